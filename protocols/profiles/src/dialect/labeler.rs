//! What a labeler that does not keep our contract does instead: how it takes a header and a job,
//! how it says that it has them, what it counts, how it is emptied.
//!
//! Names points; where these lie is the protocol's part of the profile. What the device leaves out
//! is made up for by `devices::labeler::shadow`, at the cost of look-ahead or of serials. It must
//! never hold a wish of the line.

use super::{Field, Meanings, Pace, Places, Sums, Template};
use crate::ProfileError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values by the point that they are written to.
pub type Writes = BTreeMap<String, Template>;

/// Most jobs that a labeler can hold, as far as a profile may use them.
pub const SLOTS_MAX: u16 = 64;

/// The labeler's own way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelerDialect {
    /// Jobs that it holds at a time; the look-ahead never exceeds it.
    pub slots: u16,
    /// The batch header: what is the same on every label. Without one nothing is sent, and the
    /// label in the device must be right by other means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Action>,
    /// The device shows what is in force at the points of the header: they are read each cycle and
    /// compared. Without this the echo in the device check is our own word.
    #[serde(default)]
    pub header_read_back: bool,
    /// How a job is given.
    pub job: Action,
    /// How every job that waits is dropped.
    pub clear: Action,
    /// What is read each cycle.
    pub status: StatusDialect,
    /// How fast to talk to the device.
    #[serde(default)]
    pub pace: Pace,
    /// Numbers for what points show, by point; a point without one shows numbers itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub meanings: Meanings,
    /// Points that are the sum of others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sums: Sums,
}

/// Something that the device is told to do: values, then the sign.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Values, by the point that each is written to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub write: Writes,
    /// The sign that the values are whole, and the answer.
    #[serde(default)]
    pub handshake: Handshake,
}

/// How the device is told that values are whole, and how it says that it has taken them.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Handshake {
    /// No sign: the device takes values as they come. Taken when the write is answered.
    #[default]
    None,
    /// A method is called; the values are its arguments. Taken when the call is answered.
    Call {
        /// The method.
        method: String,
    },
    /// `strobe` changes; the device makes `ack` equal to it when it has taken the values.
    Toggle {
        /// Written.
        strobe: String,
        /// Read.
        ack: String,
    },
    /// `strobe` gets the number after that in `ack`; the device shows it in `ack` when it has taken
    /// the values.
    Counter {
        /// Written.
        strobe: String,
        /// Read.
        ack: String,
    },
    /// `strobe` becomes 1; the device sets `ack` when it has taken the values; `strobe` becomes 0;
    /// the device clears `ack`.
    Pulse {
        /// Written.
        strobe: String,
        /// Read.
        ack: String,
    },
}

/// What the device says of itself. Names of points that are read.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StatusDialect {
    /// 1 while a job can be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<String>,
    /// Jobs that can be taken now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<String>,
    /// Jobs that wait to be printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued: Option<String>,
    /// Counter of labels printed; it begins anew after its last number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub printed: Option<String>,
    /// Counter of labels applied. Without it a label counts as applied when it is printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<String>,
    /// Changes when the device restarts. Without it a counter that jumps tells a restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// 0 while all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What numbers of `fault` mean; those that are not listed are `web-break`: nothing is printed
    /// until a person has mended it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub faults: BTreeMap<String, FaultMeaning>,
}

/// What a fault of the device means to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultMeaning {
    /// Nothing that the line must know.
    None,
    /// A pack came and no job waited.
    Empty,
    /// Nothing is printed until a person has mended it.
    WebBreak,
}

impl Handshake {
    /// The point that gives the sign, and the one that answers it.
    #[must_use]
    pub fn signs(&self) -> Option<(&str, &str)> {
        match self {
            Self::None | Self::Call { .. } => None,
            Self::Toggle { strobe, ack }
            | Self::Counter { strobe, ack }
            | Self::Pulse { strobe, ack } => Some((strobe, ack)),
        }
    }
}

impl Action {
    /// Names fit the places that the protocol has for them.
    fn check(&self, places: &impl Places) -> Result<(), ProfileError> {
        if let Handshake::Call { method } = &self.handshake {
            return places.takes(method, &self.write);
        }
        let strobe = self.handshake.signs().map(|(strobe, _)| strobe);
        self.write.keys().map(String::as_str).chain(strobe).try_for_each(|name| places.writes(name))
    }

    fn is_empty(&self) -> bool {
        self.write.is_empty() && self.handshake == Handshake::None
    }
}

impl LabelerDialect {
    /// Everything that it is told to do.
    fn actions(&self) -> impl Iterator<Item = &Action> {
        self.header.iter().chain([&self.job, &self.clear])
    }

    /// Every handshake that it has.
    pub fn handshakes(&self) -> impl Iterator<Item = &Handshake> {
        self.actions().map(|action| &action.handshake)
    }

    /// Points that are read each cycle as numbers; a sum by the points that it adds.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.counted().flat_map(|name| {
            let sum = self.sums.get(name);
            let own = sum.is_none().then_some(name);
            own.into_iter().chain(sum.into_iter().flatten().map(String::as_str))
        })
    }

    /// What is read each cycle as numbers, points and sums.
    fn counted(&self) -> impl Iterator<Item = &str> {
        let status = &self.status;
        let named = [
            &status.ready,
            &status.free,
            &status.queued,
            &status.printed,
            &status.applied,
            &status.epoch,
            &status.fault,
        ];
        let acks = self.handshakes().filter_map(Handshake::signs).map(|(_, ack)| ack);
        named.into_iter().filter_map(Option::as_deref).chain(acks)
    }

    /// Points that are read each cycle.
    pub fn read(&self) -> impl Iterator<Item = &str> {
        let header = self.header.iter().filter(|_| self.header_read_back);
        self.numbers().chain(header.flat_map(|header| header.write.keys().map(String::as_str)))
    }

    /// It is possible, and its names fit the places that the protocol has for them.
    pub(crate) fn check(&self, places: &impl Places) -> Result<(), ProfileError> {
        self.check_alone()?;
        self.actions().try_for_each(|action| action.check(places))?;
        for name in self.numbers() {
            if self.meanings.contains_key(name) {
                places.reads(name)
            } else {
                places.counts(name)
            }?;
        }
        self.read().try_for_each(|name| places.reads(name))
    }

    /// What can be told without the points.
    fn check_alone(&self) -> Result<(), ProfileError> {
        let dialect = |why| Err(ProfileError::Dialect { why });
        if !(1..=SLOTS_MAX).contains(&self.slots) {
            let (found, max) = (u32::from(self.slots), u32::from(SLOTS_MAX));
            return Err(ProfileError::OutOfRange { key: "slots", found, min: 1, max });
        }
        if !self.job.write.values().any(|value| value.fields().any(|field| field == Field::Serial))
        {
            return dialect("job.write has no place for {serial}: every label would be the same");
        }
        if self.clear.is_empty() {
            return dialect(
                "clear is empty: what waits in the device after a fault must not be printed",
            );
        }
        let of_a_job =
            |action: &Action| action.write.values().any(|v| v.fields().any(Field::is_of_a_job));
        if of_a_job(&self.clear) || self.header.as_ref().is_some_and(of_a_job) {
            return dialect("{serial} and {job} have a value in job.write only");
        }
        self.pace.check()?;
        let status = &self.status;
        let counts = status.printed.is_some() || status.queued.is_some();
        if !counts && (status.ready.is_none() || self.slots > 1) {
            return dialect(
                "nothing tells how many labels are printed: name status.printed or status.queued, \
                 or status.ready with slots = 1",
            );
        }
        if self.slots > 1
            && status.free.is_none()
            && status.queued.is_none()
            && status.ready.is_none()
        {
            return dialect(
                "nothing tells when a job can be taken: name status.free, queued or ready",
            );
        }
        Ok(())
    }
}
