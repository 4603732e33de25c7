//! Rows 3 and 4 of the faults: an I/O error, no room and a taken lock at every operation of every
//! step.
//!
//! Each step is done on a disk that fails at its first operation, at its second, and so on until
//! none is left. Must never accept a success that the disk has not given.

use crate::reference::{Bench, Heads, Place, Reference, Step, clock};
use crash_vfs::{Cut, Disk, Fault, Image, Medium, Mount, Random, Replay};
use ledger::{Chain, CommitError, LedgerError, RollbackCause, ServiceBody, verify};
use std::fmt;
use std::sync::Arc;

/// What came of every failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub failures: usize,
    pub stopped: usize,
    /// Unknown commits that were there after the recovery.
    pub late: usize,
    /// Known roll-backs that went through when tried again.
    pub tried_again: usize,
    /// Checkpoints that failed while the ledger went on.
    pub checkpoints: usize,
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { failures, stopped, late, tried_again, checkpoints } = self;
        write!(
            f,
            "{failures} failures: {stopped} ended the handle ({late} commits were there all the \
             same), {tried_again} rolled back and went through later, {checkpoints} in checkpoints"
        )
    }
}

/// One disk at the beginning of one step.
struct Trial<'a> {
    reference: &'a Reference,
    place: &'a Place,
    image: &'a Image,
    at: usize,
}

/// Does every step with `fault` at each of its operations.
pub fn fail_everywhere(reference: &Reference, fault: Fault) -> Outcomes {
    let place = reference.home.beside().expect("a directory");
    let mut replay = Replay::new(&reference.trace, Medium::Honest);
    let mut outcomes = Outcomes::default();
    for at in 1..reference.script.steps.len() {
        while replay.at() < reference.marks[at - 1] {
            replay.step();
        }
        let image = replay.image(Cut::Dropped, &mut Random::new(0));
        let trial = Trial { reference, place: &place, image: &image, at };
        let mut operation = 0;
        while trial.fail(operation, fault, &mut outcomes) {
            operation += 1;
        }
    }
    outcomes
}

impl Trial<'_> {
    fn mounted(&self) -> (Arc<Disk>, Mount, Bench) {
        let disk = Disk::holding(self.image);
        let mount = self.place.mount(disk.clone());
        let bench = self.place.open().expect("a ledger");
        (disk, mount, bench)
    }

    /// False when the step has no such operation.
    fn fail(&self, operation: usize, fault: Fault, outcomes: &mut Outcomes) -> bool {
        let about = format!("step {} operation {operation} {fault:?}", self.at);
        let (disk, mount, mut bench) = self.mounted();
        // The connection of the checkpoints has operations of its own.
        let from = disk.operations();
        disk.fault(from + operation, fault);
        let done = self.reference.script.perform(&mut bench, self.at);
        if disk.operations() <= from + operation && done.is_ok() {
            return false;
        }
        outcomes.failures += 1;
        if matches!(self.reference.script.steps[self.at], Step::Passive | Step::Truncate) {
            self.goes_on(&mut bench, &about);
            outcomes.checkpoints += 1;
            return true;
        }
        match done {
            Err(LedgerError::Commit(CommitError::Unknown(_))) => {
                self.is_dead(&mut bench, &about);
                outcomes.stopped += 1;
                let left = disk.shown();
                disk.repair();
                drop(bench);
                // The service opens a new handle; or the process has died, and another one does.
                let late_here = self.recovers(&about);
                drop(mount);
                let _mount = self.place.mount(Disk::holding(&left));
                let late_there = self.recovers(&format!("{about}, in a new process"));
                outcomes.late += usize::from(late_here || late_there);
            }
            Err(LedgerError::Commit(CommitError::RolledBack(RollbackCause::Full))) => {
                assert_eq!(fault, Fault::Full, "{about}");
                let again = self.reference.script.perform(&mut bench, self.at);
                again.unwrap_or_else(|error| panic!("{about}: tried again: {error}"));
                assert_eq!(self.heads(), self.reference.states[self.at], "{about}");
                outcomes.tried_again += 1;
            }
            other => panic!("{about}: {other:?}"),
        }
        true
    }

    fn heads(&self) -> Heads {
        self.place.heads().expect("heads")
    }

    /// Nothing more goes through this handle, whatever it is.
    fn is_dead(&self, bench: &mut Bench, about: &str) {
        let body = ServiceBody::ServiceStop { clean: true };
        let service = bench.ledger.append_service(clock(0), Chain::Site, &body).map(|_| ());
        let again = self.reference.script.perform(bench, self.at).map(|_| ());
        let checkpoint = bench.ledger.checkpoint(clock(0)).map(|_| ());
        for answer in [service, again, checkpoint] {
            let dead = matches!(answer, Err(LedgerError::Commit(CommitError::Unknown(_))));
            assert!(dead, "{about}: a dead handle said {answer:?}");
        }
    }

    /// A failed checkpoint costs nothing: the step after it goes through.
    fn goes_on(&self, bench: &mut Bench, about: &str) {
        let next = self.at + 1;
        let done = self.reference.script.perform(bench, next);
        done.unwrap_or_else(|error| panic!("{about}: the step after it: {error}"));
        assert_eq!(self.heads(), self.reference.states[next], "{about}");
    }

    /// Opened anew the step is there whole or not at all, and the order goes on; true when it is.
    fn recovers(&self, about: &str) -> bool {
        let mut bench = self.place.open().unwrap_or_else(|error| panic!("{about}: {error}"));
        let heads = self.heads();
        let late = heads == self.reference.states[self.at];
        assert!(late || heads == self.reference.states[self.at - 1], "{about}: {heads:?}");
        let next = if late { self.at + 1 } else { self.at };
        if next < self.reference.script.steps.len() {
            let done = self.reference.script.perform(&mut bench, next);
            done.unwrap_or_else(|error| panic!("{about}: after the recovery: {error}"));
            assert_eq!(self.heads(), self.reference.states[next], "{about}");
        }
        let report = verify::verify(&self.place.ledger, None).expect("a report");
        assert!(report.is_ok(), "{about}: {report:?}");
        late
    }
}

/// Each kind of step once with the write lock taken by another: rolled back, then tried again.
pub fn busy_at_each_kind(reference: &Reference) -> usize {
    let place = reference.home.beside().expect("a directory");
    let mut kinds = Vec::new();
    for (at, step) in reference.script.steps.iter().enumerate().skip(1) {
        let kind = std::mem::discriminant(step);
        if matches!(step, Step::Passive | Step::Truncate) || kinds.contains(&kind) {
            continue;
        }
        kinds.push(kind);
        let mut replay = Replay::new(&reference.trace, Medium::Honest);
        while replay.at() < reference.marks[at - 1] {
            replay.step();
        }
        let image = replay.image(Cut::Dropped, &mut Random::new(0));
        let trial = Trial { reference, place: &place, image: &image, at };
        let (disk, _mount, mut bench) = trial.mounted();
        disk.busy(u32::MAX);
        let refused = reference.script.perform(&mut bench, at);
        let busy = matches!(
            refused,
            Err(LedgerError::Commit(CommitError::RolledBack(RollbackCause::Busy)))
        );
        assert!(busy, "step {at}: {refused:?}");
        disk.repair();
        reference.script.perform(&mut bench, at).expect("free again");
        assert_eq!(trial.heads(), reference.states[at], "step {at}");
    }
    kinds.len()
}

/// The disk fills up in mid-batch: nothing is lost, and the batch ends when there is room again.
pub fn fill_up(reference: &Reference) -> usize {
    let disk = Disk::new();
    let place = reference.home.beside().expect("a directory");
    let _mount = place.mount(disk.clone());
    let mut bench = place.create().expect("a ledger");
    let mut refused = 0;
    for (at, step) in reference.script.steps.iter().enumerate() {
        if matches!(step, Step::Passive | Step::Truncate) {
            // Without room a checkpoint may fail; the log keeps everything.
            let _ = reference.script.perform(&mut bench, at);
            continue;
        }
        disk.limit(disk.used());
        let mut done = reference.script.perform(&mut bench, at);
        while let Err(error) = done {
            let full =
                matches!(error, LedgerError::Commit(CommitError::RolledBack(RollbackCause::Full)));
            assert!(full, "step {at}: {error}");
            refused += 1;
            disk.limit(disk.used() + 8 * 4096);
            done = reference.script.perform(&mut bench, at);
        }
        assert_eq!(place.heads().expect("heads"), reference.states[at], "step {at}");
    }
    drop(bench);
    let report = verify::verify(&place.ledger, None).expect("a report");
    assert!(report.is_ok(), "{report:?}");
    refused
}
