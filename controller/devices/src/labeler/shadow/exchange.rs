//! One handshake: values, the sign that they are whole, the device's answer.
//!
//! Part of the labeler's shadow; asked once a cycle with what was read. Must never give the sign
//! before the values.

use crate::points::{Facts, Value, Writes, number};
use profiles::dialect::{Handshake, LabelerDialect};
use std::collections::BTreeMap;

/// How far a handshake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// These are to be written now; nothing, while the answer is awaited.
    Write(Writes),
    /// The device has the values, and the handshake still goes on: these are to be written now.
    Taken(Writes),
    /// The device has the values, and the next handshake may begin.
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// An answer of an earlier pulse still stands.
    Settle,
    /// Nothing is written yet.
    Begin,
    /// The answer is to become this number.
    Answer(u64),
    /// The same once more: whether the values have come is not known.
    Again(u64),
    /// The answer to a pulse is to vanish.
    Release,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    handshake: Handshake,
    /// Values to be written.
    values: Vec<(String, Value)>,
    stage: Stage,
}

impl Exchange {
    /// A handshake for these values.
    pub(super) fn new(handshake: &Handshake, values: Vec<(String, Value)>) -> Self {
        Self { handshake: handshake.clone(), values, stage: Stage::Settle }
    }

    /// The connection was lost meanwhile: what was written may not have come.
    pub(super) fn repeat(&mut self) {
        if let Stage::Answer(wanted) = self.stage {
            self.stage = Stage::Again(wanted);
        }
    }

    /// True when the same signs again cannot make the device take the values twice.
    pub(super) fn can_be_repeated(&self) -> bool {
        matches!(self.handshake, Handshake::Toggle { .. } | Handshake::Counter { .. })
    }

    /// What to do with these facts. `moduli` says how many numbers a point can tell apart.
    pub(super) fn go_on(&mut self, facts: &Facts, moduli: &BTreeMap<String, u64>) -> Progress {
        match self.handshake.clone() {
            Handshake::None => self.without_sign(),
            Handshake::Call { method } => self.called(method),
            Handshake::Toggle { strobe, ack } => {
                let now = number(facts, &ack);
                self.until_equal(strobe, now, u64::from(now == 0))
            }
            Handshake::Counter { strobe, ack } => {
                let modulus = moduli.get(&strobe).copied().unwrap_or(1 << 16).max(2);
                let now = number(facts, &ack);
                self.until_equal(strobe, now, (now + 1) % modulus)
            }
            Handshake::Pulse { strobe, ack } => self.pulse(strobe, number(facts, &ack) != 0),
        }
    }

    /// Values that are taken as they come: written in one cycle, taken in the next.
    fn without_sign(&mut self) -> Progress {
        if matches!(self.stage, Stage::Answer(_)) {
            return Progress::Done;
        }
        self.stage = Stage::Answer(0);
        Progress::Write(Writes { values: self.values.clone(), sign: None })
    }

    /// The answer to the call is the answer to the handshake.
    fn called(&mut self, method: String) -> Progress {
        if matches!(self.stage, Stage::Answer(_)) {
            return Progress::Done;
        }
        self.stage = Stage::Answer(0);
        Progress::Write(self.values_and(method, 1))
    }

    fn until_equal(&mut self, strobe: String, now: u64, next: u64) -> Progress {
        match self.stage {
            Stage::Answer(wanted) | Stage::Again(wanted) if now == wanted => Progress::Done,
            Stage::Again(wanted) => {
                self.stage = Stage::Answer(wanted);
                Progress::Write(self.values_and(strobe, wanted))
            }
            Stage::Answer(_) | Stage::Release => Progress::Write(Writes::default()),
            Stage::Settle | Stage::Begin => {
                self.stage = Stage::Answer(next);
                Progress::Write(self.values_and(strobe, next))
            }
        }
    }

    fn pulse(&mut self, strobe: String, answered: bool) -> Progress {
        match (self.stage, answered) {
            (Stage::Settle, true) => {
                self.stage = Stage::Begin;
                Progress::Write(sign(strobe, 0))
            }
            (Stage::Settle | Stage::Begin, false) => {
                self.stage = Stage::Answer(1);
                Progress::Write(self.values_and(strobe, 1))
            }
            (Stage::Answer(_) | Stage::Again(_), true) => {
                self.stage = Stage::Release;
                Progress::Taken(sign(strobe, 0))
            }
            (Stage::Release, false) => Progress::Done,
            (Stage::Begin | Stage::Release, true) | (Stage::Answer(_) | Stage::Again(_), false) => {
                Progress::Write(Writes::default())
            }
        }
    }

    fn values_and(&self, strobe: String, number: u64) -> Writes {
        Writes { values: self.values.clone(), ..sign(strobe, number) }
    }
}

fn sign(strobe: String, number: u64) -> Writes {
    Writes { values: Vec::new(), sign: Some((strobe, Value::Number(number))) }
}

/// Takes back every sign: each strobe becomes what the device has answered.
pub(super) fn withdrawn(dialect: &LabelerDialect, facts: &Facts) -> Writes {
    let values = dialect.handshakes().filter_map(|handshake| {
        let (strobe, ack) = handshake.signs()?;
        Some((strobe.to_owned(), Value::Number(at_rest(handshake, ack, facts))))
    });
    Writes { values: values.collect(), sign: None }
}

/// The answers on which signs for data rest. When they differ from those before, the device has
/// taken something meanwhile.
pub(super) fn answers(dialect: &LabelerDialect, facts: &Facts) -> Vec<u64> {
    let header = dialect.header.iter().map(|header| &header.handshake);
    let acks = header.chain([&dialect.job.handshake]).filter_map(Handshake::signs);
    acks.map(|(_, ack)| number(facts, ack)).collect()
}

fn at_rest(handshake: &Handshake, ack: &str, facts: &Facts) -> u64 {
    match handshake {
        Handshake::Toggle { .. } | Handshake::Counter { .. } => number(facts, ack),
        Handshake::Pulse { .. } | Handshake::None | Handshake::Call { .. } => 0,
    }
}
