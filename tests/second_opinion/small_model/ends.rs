//! Ends of the small model: the batch is closed; and what tells one state from another.
//!
//! Part of the small model. Must never close what does not add up.

use super::Act;
use super::surroundings::Surroundings;
use contracts::packml::UnitState;
use line_core::event::{Command, Input};
use line_core::ids::TrackIndex;
use line_core::reason::Resolution;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};

impl Surroundings {
    /// Permits that were given on the way here.
    pub fn permitted(&self) -> u64 {
        self.permitted.len() as u64
    }

    /// The line is brought to the end of its order, and the books must close.
    pub fn close(&mut self) {
        self.path.push(Act::Belt);
        for _ in 0..6 {
            self.confirm(self.applied);
            self.commit();
            let waiting: Vec<TrackIndex> =
                self.line.iter().flat_map(|l| l.unresolved()).map(|u| u.track).collect();
            for track in waiting {
                let resolution = Resolution::Removed;
                self.give(Input::Command(Command::Resolve { track, resolution }));
            }
            let state = self.line.as_ref().map(|line| line.unit_state());
            match state {
                Some(UnitState::Complete) => break,
                Some(UnitState::Held) => {
                    if self.line.as_ref().is_some_and(|line| line.first_pack_due()) {
                        self.give(Input::Command(Command::ApproveFirstPack));
                    }
                    self.give(Input::Command(Command::Unhold));
                }
                Some(UnitState::Execute) => self.give(Input::Command(Command::Stop)),
                _ => {}
            }
            self.sample();
            self.purge();
        }
        self.commit();
        let state = self.line.as_ref().map(|line| (line.unit_state(), line.holds()));
        let complete = state.is_some_and(|(unit, _)| unit == UnitState::Complete);
        assert!(complete, "{}: no end: {state:?}: {:?}", self.family.name, self.path);
        if let Err(refusal) = self.ledger.close() {
            panic!("{}: the books do not close: {refusal:?}: {:?}", self.family.name, self.path);
        }
    }

    /// What tells this state from another: everything that can make a difference later.
    pub fn key(&self) -> u64 {
        let mut text = Hashing(DefaultHasher::new());
        let (packs, waiting) = (&self.packs, (&self.waiting, &self.permits, self.accepted));
        let faults = (self.lost, self.faults, self.twice, self.proof_lost, self.put_off, self.bits);
        let labels = (&self.report, self.applied, &self.jobs, &self.triggers, &self.sent);
        let disk = (self.told, self.under_way.len(), self.ledger.seq(), self.permit_epoch);
        let belt = (self.done, self.encoder, self.io_seq, self.fifo.front().map(|e| e.0));
        let _ = write!(text, "{packs:?}{waiting:?}{faults:?}{labels:?}{disk:?}{belt:?}");
        let _ = write!(text, "{:?}{:?}", self.permitted, self.verdicts);
        let _ = write!(text, "{:?}{:?}", self.line, self.under_way);
        text.0.finish()
    }
}

/// Hashes what is written, without keeping it.
struct Hashing(DefaultHasher);

impl Write for Hashing {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
