//! What must hold in every script, whatever it is about: no permit before its accept is durable, no
//! job before its assignment is, no serial twice, nothing commissioned without both.
//!
//! Used by the fixture with each output. Must never look into the core.

use crate::event::Output;
use crate::record::{RecordBody, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What has been seen so far.
#[derive(Default)]
pub(super) struct Watch {
    /// The watermark that the core was told.
    pub(super) durable: u64,
    /// Serials that were sent to a labeler, over all lives of the controller.
    pub(super) ever_dispatched: BTreeSet<u32>,
    assigned: BTreeMap<u32, u64>,
    verdicts: BTreeMap<u32, (Verdict, u64)>,
    ever_permitted: BTreeSet<u32>,
    records: u64,
    restarted: bool,
    /// No permit may be given: the first pack is not approved.
    pub(super) first_pack_due: bool,
}

impl Watch {
    /// A new life of the controller: records count from 1 again.
    pub(super) fn restart(&mut self) {
        (self.durable, self.records, self.restarted) = (0, 0, true);
        self.assigned.clear();
        self.verdicts.values_mut().for_each(|(_, record)| *record = 0);
    }

    pub(super) fn output(&mut self, output: &Output) {
        match *output {
            Output::Record(record) => {
                self.records += 1;
                assert_eq!(record.seq.0, self.records, "a record is missing or told twice");
                self.record(&record.body, record.seq.0);
            }
            Output::Dispatch(job) => {
                let record = self.assigned.get(&job.serial.0).copied();
                assert!(
                    record.is_some_and(|r| r <= self.durable),
                    "I3: serial {} sent before its assignment was durable",
                    job.serial
                );
                let new = self.ever_dispatched.insert(job.serial.0);
                assert!(new, "I3: serial {} was sent to a labeler twice", job.serial);
            }
            Output::Permit { track, .. } => {
                assert!(!self.first_pack_due, "I1: a permit before the first pack's approval");
                let verdict = self.verdicts.get(&track.0).copied();
                assert!(
                    verdict.is_some_and(|(v, r)| v == Verdict::Accept && r <= self.durable),
                    "I2: permit for track {track} without a durable accept: {verdict:?}"
                );
                let new = self.ever_permitted.insert(track.0);
                assert!(new, "I2: a second permit for track {track}");
            }
            _ => {}
        }
    }

    fn record(&mut self, body: &RecordBody, seq: u64) {
        match *body {
            RecordBody::JobAssigned { serial, .. } => {
                let old = self.assigned.insert(serial.0, seq);
                assert_eq!(old, None, "I3: serial {serial} was given to two jobs");
            }
            RecordBody::Verdict { track, verdict, .. } => {
                self.verdicts.insert(track.0, (verdict, seq));
            }
            RecordBody::PackExited { track, serial, .. } => {
                let (verdict, record) = self.verdicts[&track.0];
                let durable = verdict == Verdict::Accept && record <= self.durable;
                let permitted = self.ever_permitted.contains(&track.0) || self.restarted;
                assert!(
                    durable && permitted && serial.is_some(),
                    "I5: track {track} commissioned without a durable accept and a permit"
                );
            }
            _ => {}
        }
    }
}
