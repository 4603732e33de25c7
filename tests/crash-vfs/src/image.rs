//! What a power cut leaves behind: the durable state and a choice of what was not synced.
//!
//! Made from a trace, operation by operation, so one run of a workload gives every cut of it. Must
//! never touch a byte that was durable and not being written.

use crate::SECTOR;
use crate::random::Random;
use crate::trace::{Inode, Op, write};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What becomes of un-synced sectors and directory entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// All are there, as after the death of the process alone.
    Kept,
    /// None is there.
    Dropped,
    /// Each sector is there or not, by chance: torn inside pages and out of order.
    Torn,
    /// Each sector is there, or not, or holds nonsense.
    Garbled,
}

impl Cut {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Kept, Self::Dropped, Self::Torn, Self::Garbled];
}

/// Whether a sync means what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Yes.
    Honest,
    /// No: the latest `cache` operations are in a volatile cache, synced or not.
    Lying {
        /// Operations.
        cache: usize,
    },
}

/// Files by name.
pub type Image = BTreeMap<Arc<str>, Vec<u8>>;

/// The medium at one operation of a trace.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    trace: &'a [Op],
    medium: Medium,
    at: usize,
    content: BTreeMap<Inode, Vec<u8>>,
    directory: BTreeMap<Arc<str>, Inode>,
    /// Issued and not durable, with their number.
    pending: VecDeque<(usize, &'a Op)>,
}

impl<'a> Replay<'a> {
    /// Before the first operation, on an empty disk.
    #[must_use]
    pub fn new(trace: &'a [Op], medium: Medium) -> Self {
        let (content, directory) = (BTreeMap::new(), BTreeMap::new());
        Self { trace, medium, at: 0, content, directory, pending: VecDeque::new() }
    }

    /// The same on a disk that has `image` already.
    #[must_use]
    pub fn on(mut self, image: &Image) -> Self {
        for (inode, (name, content)) in image.iter().enumerate() {
            self.content.insert(inode, content.clone());
            self.directory.insert(name.clone(), inode);
        }
        self
    }

    /// Number of the operation that is in flight when the power goes.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Goes on to the next operation; false after the last.
    pub fn step(&mut self) -> bool {
        let Some(op) = self.trace.get(self.at) else { return false };
        self.at += 1;
        match (op, self.medium) {
            (Op::Sync { inode, directory }, Medium::Honest) => self.sync(*inode, *directory),
            (Op::Sync { .. }, Medium::Lying { .. }) => {}
            (Op::SyncLost { inode }, _) => self.lose(*inode),
            (Op::Delete { directory: true, .. }, Medium::Honest) => {
                self.pending.push_back((self.at, op));
                self.settle(|op| matches!(op, Op::Create { .. } | Op::Delete { .. }));
            }
            _ => self.pending.push_back((self.at, op)),
        }
        if let Medium::Lying { cache } = self.medium {
            while self.pending.front().is_some_and(|(number, _)| number + cache <= self.at) {
                let oldest = self.pending.pop_front();
                oldest.into_iter().for_each(|(_, op)| self.apply(op));
            }
        }
        true
    }

    fn sync(&mut self, synced: Inode, directory: bool) {
        self.settle(|op| match op {
            Op::Write { inode, .. } | Op::Truncate { inode, .. } => *inode == synced,
            Op::Create { .. } | Op::Delete { .. } => directory,
            Op::Sync { .. } | Op::SyncLost { .. } => false,
        });
    }

    /// Drops what was written to a file and not synced: readable, and never on the medium.
    fn lose(&mut self, of: Inode) {
        self.pending.retain(|(_, op)| !matches!(op, Op::Write { inode, .. } if *inode == of));
    }

    /// Makes durable what `which` names.
    fn settle(&mut self, which: impl Fn(&Op) -> bool) {
        for (number, op) in std::mem::take(&mut self.pending) {
            if which(op) { self.apply(op) } else { self.pending.push_back((number, op)) }
        }
    }

    fn apply(&mut self, op: &Op) {
        change(&mut self.content, &mut self.directory, op);
    }

    /// What is on the medium when the power goes now.
    #[must_use]
    pub fn image(&self, cut: Cut, random: &mut Random) -> Image {
        let mut content = self.content.clone();
        let mut directory = self.directory.clone();
        // The operation in flight may have begun.
        let in_flight = self.trace.get(self.at).map(|op| (self.at, op));
        let undone = self.pending.iter().copied().chain(in_flight);
        let entries = |op: &Op| matches!(op, Op::Create { .. } | Op::Delete { .. });
        let changes = self.pending.iter().filter(|(_, op)| entries(op)).count() + 1;
        // Entries survive in their order, up to one of them.
        let mut surviving = match cut {
            Cut::Kept => usize::MAX,
            Cut::Dropped => 0,
            Cut::Torn | Cut::Garbled => random.below(changes + 1),
        };
        for (_, op) in undone {
            if entries(op) {
                if surviving > 0 {
                    change(&mut content, &mut directory, op);
                }
                surviving = surviving.saturating_sub(1);
            } else {
                leave(&mut content, op, cut, random);
            }
        }
        let named = directory.into_iter();
        named.map(|(name, inode)| (name, content.remove(&inode).unwrap_or_default())).collect()
    }
}

fn change(
    content: &mut BTreeMap<Inode, Vec<u8>>,
    directory: &mut BTreeMap<Arc<str>, Inode>,
    op: &Op,
) {
    match op {
        Op::Create { name, inode } => {
            content.entry(*inode).or_default();
            directory.insert(name.clone(), *inode);
        }
        Op::Write { inode, offset, data } => {
            write(content.entry(*inode).or_default(), *offset, data);
        }
        Op::Truncate { inode, length } => content.entry(*inode).or_default().resize(*length, 0),
        Op::Delete { name, .. } => {
            directory.remove(name);
        }
        Op::Sync { .. } | Op::SyncLost { .. } => {}
    }
}

/// Leaves of an un-synced write what the cut says, sector by sector.
fn leave(content: &mut BTreeMap<Inode, Vec<u8>>, op: &Op, cut: Cut, random: &mut Random) {
    match op {
        Op::Write { inode, offset, data } => {
            let file = content.entry(*inode).or_default();
            let mut begin = 0;
            while begin < data.len() {
                let sector_end = ((offset + begin) / SECTOR + 1) * SECTOR;
                let end = (sector_end - offset).min(data.len());
                leave_sector(file, offset + begin, &data[begin..end], cut, random);
                begin = end;
            }
        }
        Op::Truncate { inode, length } => {
            let there = match cut {
                Cut::Kept => true,
                Cut::Dropped => false,
                Cut::Torn | Cut::Garbled => random.below(2) == 0,
            };
            if there {
                content.entry(*inode).or_default().resize(*length, 0);
            }
        }
        Op::Create { .. } | Op::Delete { .. } | Op::Sync { .. } | Op::SyncLost { .. } => {}
    }
}

fn leave_sector(file: &mut Vec<u8>, at: usize, data: &[u8], cut: Cut, random: &mut Random) {
    let garbled = |random: &mut Random| {
        let mut nonsense = vec![0; data.len()];
        random.fill(&mut nonsense);
        nonsense
    };
    match (cut, random.below(8)) {
        (Cut::Dropped, _) | (Cut::Torn, 4..) | (Cut::Garbled, 6..) => {}
        (Cut::Garbled, 4..6) => write(file, at, &garbled(random)),
        (Cut::Kept | Cut::Torn | Cut::Garbled, _) => write(file, at, data),
    }
}
