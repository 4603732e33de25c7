//! Row 4 of the faults, the worst of it: a sync fails, and what it should have made durable can
//! still be read, but never reaches the disk.
//!
//! Then everything that was acknowledged afterwards must outlive a power cut, whether the service
//! went on with a new handle or a new process began. Must never call what can be read durable.

use crate::reference::{Bench, LEDGER, Place, Reference, Step};
use crash_vfs::{Cut, Disk, Fault, Image, Medium, Mount, Op, Random, Replay};
use ledger::{CommitError, LedgerError, WalCheckpointer, verify};
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

/// Who goes on after the failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The service, whose connection of the checkpoints stays open.
    Handle,
    /// Another process, on the same kernel with its pages.
    Process,
    /// The same without writing the log once more: the control.
    ProcessAsItIs,
}

/// What came of every failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Syncs that failed.
    pub syncs: usize,
    /// Those of a checkpoint, which cost nothing.
    pub checkpoints: usize,
    /// Commits without answer that could be read afterwards.
    pub late: usize,
    /// Acknowledged steps that a power cut then took.
    pub taken: usize,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { syncs, checkpoints, late, taken } = self;
        write!(
            f,
            "{syncs} failed syncs ({checkpoints} of checkpoints), {late} commits could be read \
             afterwards, {taken} acknowledged steps lost by a cut"
        )
    }
}

struct Trial<'a> {
    reference: &'a Reference,
    place: &'a Place,
    image: &'a Image,
    at: usize,
    after: After,
}

/// Fails every sync of every step.
pub fn lose_every_sync(reference: &Reference, after: After) -> Lost {
    let place = reference.home.beside().expect("a directory");
    let mut replay = Replay::new(&reference.trace, Medium::Honest);
    let mut lost = Lost::default();
    for at in 1..reference.script.steps.len() - 2 {
        while replay.at() < reference.marks[at - 1] {
            replay.step();
        }
        let image = replay.image(Cut::Dropped, &mut Random::new(0));
        let trial = Trial { reference, place: &place, image: &image, at, after };
        let mut operation = 0;
        while trial.fail(operation, &mut lost) {
            operation += 1;
        }
    }
    lost
}

impl Trial<'_> {
    /// False when the step has no such operation.
    fn fail(&self, operation: usize, lost: &mut Lost) -> bool {
        let about = format!("step {} operation {operation}, {:?}", self.at, self.after);
        let disk = Disk::holding(self.image);
        let mount = self.place.mount(disk.clone());
        let mut bench = self.place.open().expect("a ledger");
        let checkpoints = WalCheckpointer::open(&self.place.ledger).expect("a connection");
        let from = disk.operations();
        disk.fault(from + operation, Fault::SyncLost);
        let done = self.reference.script.perform(&mut bench, self.at);
        if !disk.trace().iter().any(|op| matches!(op, Op::SyncLost { .. })) {
            done.unwrap_or_else(|error| panic!("{about}: nothing failed: {error}"));
            return disk.operations() > from + operation;
        }
        lost.syncs += 1;
        let is_checkpoint =
            matches!(self.reference.script.steps[self.at], Step::Passive | Step::Truncate);
        if is_checkpoint {
            lost.checkpoints += 1;
        } else {
            let ended = matches!(done, Err(LedgerError::Commit(CommitError::Unknown(_))));
            assert!(ended, "{about}: {done:?}");
            let again = self.reference.script.perform(&mut bench, self.at);
            let dead = matches!(again, Err(LedgerError::Commit(CommitError::Unknown(_))));
            assert!(dead, "{about}: a dead handle said {again:?}");
        }
        if self.after == After::Handle {
            drop(bench);
            self.goes_on(&disk, self.image, is_checkpoint, lost, &about);
            drop((checkpoints, mount));
            return true;
        }
        // The process dies: nothing is closed, and the kernel shows what it showed.
        let (shown, medium) = (disk.shown(), self.on_medium(&disk));
        drop((bench, checkpoints, mount));
        let disk = Disk::holding(&shown);
        let _mount = self.place.mount(disk.clone());
        if self.after == After::Process {
            settle(&disk);
        }
        self.goes_on(&disk, &medium, is_checkpoint, lost, &about);
        true
    }

    /// What is on the medium; every file that is shown has its name there.
    fn on_medium(&self, disk: &Disk) -> Image {
        let trace = disk.trace();
        let mut replay = Replay::new(&trace, Medium::Honest).on(self.image);
        while replay.step() {}
        let mut medium = replay.image(Cut::Dropped, &mut Random::new(0));
        let shown = disk.shown();
        medium.retain(|name, _| shown.contains_key(name));
        for name in shown.keys() {
            medium.entry(name.clone()).or_default();
        }
        medium
    }

    /// Opened anew, the order goes on by two steps and a checkpoint fails or not; then the power
    /// goes, and what had answered must be there.
    fn goes_on(
        &self,
        disk: &Arc<Disk>,
        medium: &Image,
        is_checkpoint: bool,
        lost: &mut Lost,
        about: &str,
    ) {
        let mut bench = self.place.open().unwrap_or_else(|error| panic!("{about}: {error}"));
        let heads = self.place.heads().expect("heads");
        let there = heads == self.reference.states[self.at];
        assert!(there || heads == self.reference.states[self.at - 1], "{about}: {heads:?}");
        lost.late += usize::from(there && !is_checkpoint);
        let first = if there { self.at + 1 } else { self.at };
        for next in first..=first + 1 {
            let done = self.reference.script.perform(&mut bench, next);
            done.unwrap_or_else(|error| panic!("{about}: step {next}: {error}"));
        }
        let acknowledged = &self.reference.states[first + 1];
        for (seed, cut) in Cut::ALL.into_iter().enumerate() {
            let found = self.cut((disk, medium), cut, seed as u64);
            let whole = found.is_some_and(|(heads, whole)| whole && heads == *acknowledged);
            lost.taken += usize::from(!whole);
        }
    }

    /// Heads after a power cut now, and whether the ledger is whole; none when it does not open.
    fn cut(
        &self,
        (disk, medium): (&Disk, &Image),
        cut: Cut,
        seed: u64,
    ) -> Option<(crate::reference::Heads, bool)> {
        let trace = disk.trace();
        let mut replay = Replay::new(&trace, Medium::Honest).on(medium);
        while replay.step() {}
        let left = replay.image(cut, &mut Random::new(seed));
        let place = self.reference.home.beside().expect("a directory");
        let _mount: Mount = place.mount(Disk::holding(&left));
        let _bench: Bench = place.open().ok()?;
        let whole = verify::verify(&place.ledger, None).is_ok_and(|report| report.is_ok());
        Some((place.heads().ok()?, whole))
    }
}

/// What `Ledger::open` does to the log of a real file, on the disk of the tests.
fn settle(disk: &Arc<Disk>) {
    let name = format!("{LEDGER}-wal");
    let mut log = OnDisk { disk, name: &name, at: 0 };
    if disk.shown().contains_key(name.as_str()) {
        ledger::log_file::write_again(&mut log).expect("written again");
        disk.sync_file(&name, false).expect("synced");
    }
}

/// A file of the disk as the program's own code reads and writes one.
struct OnDisk<'a> {
    disk: &'a Disk,
    name: &'a str,
    at: usize,
}

impl Read for OnDisk<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.disk.read_file(self.name)?;
        let left = bytes.get(self.at..).unwrap_or_default();
        let read = left.len().min(into.len());
        into[..read].copy_from_slice(&left[..read]);
        self.at += read;
        Ok(read)
    }
}

impl Write for OnDisk<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.write_file(self.name, self.at, bytes)?;
        self.at += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for OnDisk<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(at) = to else {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        };
        self.at = at as usize;
        Ok(at)
    }
}
