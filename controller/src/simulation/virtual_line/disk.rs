//! The disk of the line in virtual time: group commits that take their time.
//!
//! Called at every step. Must never make a record durable before its commit has returned.

use super::VirtualLine;
use crate::simulation::observer::Observer;
use line_core::event::Input;
use line_core::ids::RecordSeq;
use line_core::record::{Record, RecordBody};
use std::collections::VecDeque;

/// Records on their way to disk.
#[derive(Debug, Default)]
pub(super) struct Disk {
    waiting: VecDeque<Record>,
    /// Last record of the commit under way, and when it returns.
    commit: Option<(RecordSeq, u64)>,
    /// No commit returns before.
    stalled_until: u64,
}

impl Disk {
    pub(super) fn push(&mut self, record: Record) {
        self.waiting.push_back(record);
    }

    /// When the commit under way returns.
    pub(super) fn due_ns(&self) -> Option<u64> {
        self.commit.map(|(_, due)| due)
    }

    /// What the controller shows is old.
    pub(super) fn is_stalled(&self, now_ns: u64) -> bool {
        now_ns < self.stalled_until
    }

    /// Records wait and no commit is under way.
    pub(super) fn wants_commit(&self) -> bool {
        self.commit.is_none() && !self.waiting.is_empty()
    }

    /// Packs at the infeed whose record is not on disk: epoch and count of the edge, and the track.
    pub(super) fn entered(&self) -> impl Iterator<Item = ((u32, u64), u32)> + '_ {
        self.waiting.iter().filter_map(|record| match record.body {
            RecordBody::PackInfeed { track, count } => {
                Some(((record.io_epoch.0, count.0), track.0))
            }
            _ => None,
        })
    }

    pub(super) fn forget(&mut self) {
        *self = Self { stalled_until: self.stalled_until, ..Self::default() };
    }
}

impl<O: Observer> VirtualLine<O> {
    /// No commit returns for a while.
    pub fn stall_disk(&mut self, ns: u64) {
        self.disk.stalled_until = self.now_ns + ns;
        if let Some((_, due)) = &mut self.disk.commit {
            *due = (*due).max(self.disk.stalled_until);
        }
    }

    /// Tells the core what has become durable and begins the next commit.
    pub(super) fn commit(&mut self) {
        self.stall_as_planned();
        if let Some((seq, _)) = self.disk.commit.take_if(|(_, due)| *due <= self.now_ns) {
            self.write_up_to(seq);
            self.inputs.push_back(Input::Watermark(seq));
            self.drain();
        }
        self.begin_commit();
    }

    fn stall_as_planned(&mut self) {
        let (emitted, durable) = self.line.records();
        self.waiting_max = self.waiting_max.max(emitted.0 - durable.0);
        let now_ms = self.now_ns / 1_000_000;
        if let Some(stall) = self.stalls.iter().find(|stall| stall.contains(&now_ms)) {
            self.stall_disk((stall.end - now_ms) * 1_000_000);
        }
    }

    fn begin_commit(&mut self) {
        let last = self.disk.waiting.back().map(|record| record.seq);
        if self.disk.commit.is_none()
            && let Some(seq) = last
        {
            let due = (self.now_ns + self.pace.commit_ns()).max(self.disk.stalled_until);
            self.disk.commit = Some((seq, due));
        }
    }

    /// What stands on disk afterwards, whether its commit was answered or not.
    pub(super) fn write_up_to(&mut self, seq: RecordSeq) {
        while let Some(record) = self.disk.waiting.pop_front_if(|record| record.seq <= seq) {
            if let Err(contradiction) = self.ledger.append(&record) {
                self.contradictions.push(contradiction);
            }
            self.observer.durable(&record);
        }
    }

    /// The commit under way when the controller ended was written after all.
    pub(super) fn write_unanswered(&mut self) {
        if let Some((seq, _)) = self.disk.commit {
            self.write_up_to(seq);
        }
    }

    /// At the end everything is written.
    pub(super) fn commit_all(&mut self) {
        self.write_up_to(RecordSeq(u64::MAX));
        self.disk.commit = None;
    }
}
