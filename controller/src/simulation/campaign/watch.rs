//! What must hold at every moment, looked at from outside the core while a batch runs: invariants
//! I2, I3 and I7; and the records, handed to the judge as they become durable.
//!
//! Observer of the line in virtual time. Must never ask the core what it thinks.

use crate::simulation::observer::{CoreStart, Observer};
use crate::simulation::reference::Reference;
use contracts::packml::UnitState;
use line_core::event::{Input, Output};
use line_core::ids::{Nanos, RecordSeq};
use line_core::reason::Resolution;
use line_core::record::{Record, RecordBody, Verdict};
use line_sim::judge::{Event, Recording};
use std::collections::HashMap;

/// Findings that are kept of a batch.
const KEPT_MAX: usize = 20;

/// What a permit rests on.
#[derive(Clone, Copy, Debug)]
struct Standing {
    verdict: Verdict,
    record: RecordSeq,
}

/// See the module.
pub struct Watch {
    /// The judge's view of the records.
    pub recording: Recording,
    /// What did not hold, in words.
    pub broken: Vec<String>,
    /// Inputs of the core.
    pub inputs: u64,
    /// Records of packs put out.
    pub recorded: u64,
    /// The second opinion.
    pub reference: Reference,
    seq: i64,
    durable: RecordSeq,
    verdicts: HashMap<u32, Standing>,
    /// Record of each assignment in this life of the core.
    assigned: HashMap<u32, RecordSeq>,
    dispatched: Vec<bool>,
}

impl Watch {
    /// A watch over a batch without records.
    #[must_use]
    pub fn new(recording: Recording) -> Self {
        Self {
            recording,
            broken: Vec::new(),
            inputs: 0,
            recorded: 0,
            reference: Reference::default(),
            seq: 0,
            durable: RecordSeq(0),
            verdicts: HashMap::new(),
            assigned: HashMap::new(),
            dispatched: Vec::new(),
        }
    }

    fn broken(&mut self, what: String) {
        if self.broken.len() < KEPT_MAX {
            self.broken.push(what);
        }
    }

    fn record(&mut self, record: &Record) {
        self.recorded += u64::from(is_of_a_pack(&record.body));
        match record.body {
            RecordBody::Verdict { track, verdict, .. } => {
                self.verdicts.insert(track.0, Standing { verdict, record: record.seq });
            }
            RecordBody::JobAssigned { serial, .. } => {
                self.assigned.insert(serial.0, record.seq);
            }
            RecordBody::PackExited { track, .. } | RecordBody::PackEjected { track, .. } => {
                self.verdicts.remove(&track.0);
            }
            _ => {}
        }
    }

    /// I2: the accept that a permit rests on is in force and on disk.
    fn permit(&mut self, track: u32) {
        let standing = self.verdicts.get(&track);
        let good =
            standing.is_some_and(|s| s.verdict == Verdict::Accept && s.record <= self.durable);
        if !good {
            let durable = self.durable;
            self.broken(format!(
                "I2: a permit for track {track} that rests on {standing:?}, durable {durable:?}",
                standing = self.verdicts.get(&track)
            ));
        }
    }

    /// I3: a serial leaves once, and its assignment is on disk before.
    fn dispatch(&mut self, serial: u32) {
        let durable = self.assigned.remove(&serial).is_some_and(|seq| seq <= self.durable);
        let at = serial as usize;
        if self.dispatched.len() <= at {
            self.dispatched.resize(at + 1, false);
        }
        let again = core::mem::replace(&mut self.dispatched[at], true);
        if again || !durable {
            self.broken(format!(
                "I3: serial {serial} dispatched, before: {again}, assignment durable: {durable}"
            ));
        }
    }
}

impl Observer for Watch {
    fn begin(&mut self, start: CoreStart<'_>) {
        self.reference.begin(start);
        self.durable = RecordSeq(0);
        self.verdicts.clear();
        self.assigned.clear();
    }

    fn first_pack_approved(&mut self) {
        self.seq += 1;
        self.recording.event(self.seq, Event::FirstPackApproved);
    }

    fn input(&mut self, now: Nanos, input: &Input) {
        self.reference.input(now, input);
        self.inputs += 1;
        if let Input::Watermark(seq) = input {
            self.durable = self.durable.max(*seq);
        }
    }

    fn output(&mut self, output: &Output) {
        self.reference.output(output);
        match output {
            Output::Record(record) => self.record(record),
            Output::Permit { track, .. } => self.permit(track.0),
            Output::Dispatch(dispatch) => self.dispatch(dispatch.serial.0),
            _ => {}
        }
    }

    fn settled(&mut self) {
        self.reference.settled();
    }

    fn durable(&mut self, record: &Record) {
        self.seq += 1;
        match record.body {
            RecordBody::Verdict { track, verdict: Verdict::Accept, grade, read, .. } => {
                let text =
                    read.as_ref().and_then(|content| str::from_utf8(content.as_bytes()).ok());
                let read = text.zip(grade.map(|grade| grade.overall));
                self.recording.event(self.seq, Event::Accepted { track: track.0, read });
            }
            body => {
                if let Some(event) = event(&body) {
                    self.recording.event(self.seq, event);
                }
            }
        }
    }
}

fn is_of_a_pack(body: &RecordBody) -> bool {
    use RecordBody as R;
    matches!(
        body,
        R::PackInfeed { .. }
            | R::Verdict { .. }
            | R::PackExited { .. }
            | R::PackEjected { .. }
            | R::PackUnresolved { .. }
            | R::EjectedWithoutPack { .. }
            | R::ExitedWithoutPack { .. }
    )
}

/// What the judge takes from a record, but for accepts.
fn event(body: &RecordBody) -> Option<Event<'static>> {
    use RecordBody as R;
    Some(match *body {
        R::PackInfeed { track, .. } => Event::PackInfeed { track: track.0 },
        R::Verdict { track, verdict: Verdict::Reject, .. } => Event::Rejected { track: track.0 },
        R::PackExited { track, serial, .. } => {
            Event::PackExited { track: track.0, serial: serial.map(|serial| serial.0) }
        }
        R::PackEjected { track, .. } => Event::PackEjected { track: track.0 },
        R::PackResolved { track, serial, resolution, exit_edge } => Event::PackResolved {
            track: track.0,
            serial: serial.map(|serial| serial.0),
            exited: resolution == Resolution::Exited,
            exit_edge: Some(exit_edge),
        },
        R::EjectedWithoutPack { count } => Event::EjectedWithoutPack { count: count.0 },
        R::CountsBegin { .. } => Event::CountsBegin,
        R::Hold { .. } => Event::Hold,
        R::PurgeBegin { .. } => Event::PurgeBegin,
        R::PurgeEnd { .. } => Event::PurgeEnd,
        R::UnitState { to: UnitState::Execute, .. } => Event::Execute,
        _ => return None,
    })
}
