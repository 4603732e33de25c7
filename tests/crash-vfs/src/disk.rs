//! The disk: files as the operating system shows them, the trace of what was asked, and what is to
//! go wrong.
//!
//! Shared by every connection to its files, from any thread. Must never answer an operation after
//! the power has gone.

use crate::image::Image;
use crate::locks::{FileLocks, ShmLocks};
use crate::shared::Regions;
use crate::trace::{Inode, Op, write};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// What goes wrong at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The power goes: this operation and all after it fail, reading too.
    Cut,
    /// An I/O error, once; nothing of the operation is done.
    Error,
    /// An I/O error although the operation was done: a commit without answer.
    ErrorAfter,
    /// A sync fails, and what it should have made durable is lost although it can be read
    /// (Linux marks such pages clean, so that the next sync succeeds). Strikes at a sync only.
    SyncLost,
    /// No room, once.
    Full,
    /// The operation waits until [`Disk::resume`].
    Stall,
}

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    Error,
    Full,
}

/// Content and locks of one file.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) locks: FileLocks,
    pub(crate) shm_locks: ShmLocks,
    pub(crate) regions: Regions,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) files: Vec<Content>,
    pub(crate) directory: BTreeMap<Arc<str>, Inode>,
    trace: Vec<Op>,
    faults: BTreeMap<usize, Fault>,
    /// Most bytes of all files together.
    room: Option<usize>,
    /// Requests for the write lock that are still to be refused.
    pub(crate) busy: u32,
    /// `PRAGMA synchronous = FULL` becomes NORMAL on its way.
    pub(crate) weak: bool,
    dead: bool,
    stalled: bool,
}

/// A disk.
#[derive(Debug, Default)]
pub struct Disk {
    state: Mutex<State>,
    changed: Condvar,
}

impl Disk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A disk that holds `image`, durably.
    #[must_use]
    pub fn holding(image: &Image) -> Arc<Self> {
        let disk = Self::new();
        let mut state = disk.state();
        for (inode, (name, bytes)) in image.iter().enumerate() {
            state.directory.insert(name.clone(), inode);
            state.files.push(Content { bytes: bytes.clone(), ..Content::default() });
        }
        drop(state);
        disk
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Operations so far: writes, truncations, syncs, files made and deleted.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.state().trace.len()
    }

    /// Every operation so far.
    #[must_use]
    pub fn trace(&self) -> Vec<Op> {
        self.state().trace.clone()
    }

    /// The files as the operating system shows them.
    #[must_use]
    pub fn shown(&self) -> Image {
        let state = self.state();
        let file =
            |(name, inode): (&Arc<str>, &Inode)| (name.clone(), state.files[*inode].bytes.clone());
        state.directory.iter().map(file).collect()
    }

    /// Something goes wrong at operation `at` (0 is the first one of this disk).
    pub fn fault(&self, at: usize, fault: Fault) {
        self.state().faults.insert(at, fault);
    }

    /// Nothing more goes wrong.
    pub fn repair(&self) {
        let mut state = self.state();
        state.faults.clear();
        (state.room, state.busy, state.stalled) = (None, 0, false);
        self.changed.notify_all();
    }

    /// All files together hold no more than so many bytes.
    pub fn limit(&self, bytes: usize) {
        self.state().room = Some(bytes);
    }

    /// Bytes of all files.
    #[must_use]
    pub fn used(&self) -> usize {
        self.state().used()
    }

    /// The next `times` requests for SQLite's write lock find it taken.
    pub fn busy(&self, times: u32) {
        self.state().busy = times;
    }

    /// Every connection from now on gets `synchronous = NORMAL` when it asks for FULL: the negative
    /// control of power cuts.
    pub fn weaken_synchronous(&self) {
        self.state().weak = true;
    }

    /// True when the power has gone.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// Waits until an operation stalls.
    pub fn wait_for_stall(&self) {
        let mut state = self.state();
        while !state.stalled {
            state = self.wait(state);
        }
    }

    /// Lets the stalled operation go on.
    pub fn resume(&self) {
        self.state().stalled = false;
        self.changed.notify_all();
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Appends to a file that is not SQLite's; it is made when there is none.
    ///
    /// # Errors
    /// The disk fails.
    pub fn append(&self, name: &str, data: &[u8]) -> std::io::Result<()> {
        let inode = self.open(name, true).map_err(io_error)?;
        let inode = inode.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
        let offset = self.state().files[inode].bytes.len();
        self.write(inode, offset, data).map_err(io_error)
    }

    /// Cuts a file that is not SQLite's to so many bytes.
    ///
    /// # Errors
    /// There is none, or the disk fails.
    pub fn cut_to(&self, name: &str, length: usize) -> std::io::Result<()> {
        self.truncate(self.named(name)?, length).map_err(io_error)
    }

    /// Syncs a file that is not SQLite's, and the directory with it when that is asked.
    ///
    /// # Errors
    /// There is none, or the disk fails.
    pub fn sync_file(&self, name: &str, directory: bool) -> std::io::Result<()> {
        self.sync(self.named(name)?, directory).map_err(io_error)
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// There is none.
    pub fn read_file(&self, name: &str) -> std::io::Result<Vec<u8>> {
        let inode = self.named(name)?;
        Ok(self.state().files[inode].bytes.clone())
    }

    /// Writes into a file that is there.
    ///
    /// # Errors
    /// There is none, or the disk fails.
    pub fn write_file(&self, name: &str, offset: usize, data: &[u8]) -> std::io::Result<()> {
        self.write(self.named(name)?, offset, data).map_err(io_error)
    }

    fn named(&self, name: &str) -> std::io::Result<Inode> {
        let inode = self.state().directory.get(name).copied();
        inode.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
    }

    /// The content of a name; made when it is not there and `create` says so.
    pub(crate) fn open(&self, name: &str, create: bool) -> Result<Option<Inode>, Failed> {
        let known = {
            let state = self.state();
            if state.dead {
                return Err(Failed::Error);
            }
            state.directory.get(name).copied()
        };
        if known.is_some() || !create {
            return Ok(known);
        }
        let name: Arc<str> = name.into();
        self.perform(|state| {
            let inode = state.files.len();
            Op::Create { name: name.clone(), inode }
        })?;
        Ok(self.state().directory.get(&name).copied())
    }

    pub(crate) fn write(&self, inode: Inode, offset: usize, data: &[u8]) -> Result<(), Failed> {
        self.perform(|_| Op::Write { inode, offset, data: data.into() })
    }

    pub(crate) fn truncate(&self, inode: Inode, length: usize) -> Result<(), Failed> {
        self.perform(|_| Op::Truncate { inode, length })
    }

    pub(crate) fn sync(&self, inode: Inode, directory: bool) -> Result<(), Failed> {
        self.perform(|_| Op::Sync { inode, directory })
    }

    pub(crate) fn delete(&self, name: &str, directory: bool) -> Result<(), Failed> {
        let name: Arc<str> = name.into();
        self.perform(|_| Op::Delete { name: name.clone(), directory })
    }

    /// One operation that changes the medium, with whatever goes wrong at it.
    fn perform(&self, op: impl Fn(&State) -> Op) -> Result<(), Failed> {
        let mut state = self.state();
        let at = state.trace.len();
        let fault = if state.dead { None } else { state.faults.remove(&at) };
        if fault == Some(Fault::Stall) {
            state.stalled = true;
            self.changed.notify_all();
            while state.stalled {
                state = self.wait(state);
            }
        }
        if fault == Some(Fault::Cut) {
            state.dead = true;
        }
        if state.dead || fault == Some(Fault::Error) {
            return Err(Failed::Error);
        }
        let op = op(&state);
        if let (Some(Fault::SyncLost), Op::Sync { inode, .. }) = (fault, &op) {
            let inode = *inode;
            state.apply(Op::SyncLost { inode });
            return Err(Failed::Error);
        }
        if fault == Some(Fault::Full) || !state.has_room(&op) {
            return Err(Failed::Full);
        }
        state.apply(op);
        if fault == Some(Fault::ErrorAfter) { Err(Failed::Error) } else { Ok(()) }
    }
}

impl State {
    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }

    fn used(&self) -> usize {
        self.directory.values().map(|&inode| self.files[inode].bytes.len()).sum()
    }

    fn has_room(&self, op: &Op) -> bool {
        let Op::Write { inode, offset, data } = op else { return true };
        let growth = (offset + data.len()).saturating_sub(self.files[*inode].bytes.len());
        growth == 0 || self.room.is_none_or(|room| self.used() + growth <= room)
    }

    fn apply(&mut self, op: Op) {
        match &op {
            Op::Create { name, inode } => {
                self.files.push(Content::default());
                self.directory.insert(name.clone(), *inode);
            }
            Op::Write { inode, offset, data } => {
                write(&mut self.files[*inode].bytes, *offset, data);
            }
            Op::Truncate { inode, length } => self.files[*inode].bytes.resize(*length, 0),
            Op::Delete { name, .. } => {
                self.directory.remove(name);
            }
            Op::Sync { .. } | Op::SyncLost { .. } => {}
        }
        self.trace.push(op);
    }
}

fn io_error(failed: Failed) -> std::io::Error {
    std::io::Error::from(match failed {
        Failed::Error => std::io::ErrorKind::Other,
        Failed::Full => std::io::ErrorKind::StorageFull,
    })
}
