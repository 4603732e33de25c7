//! What the labeler remembers of the jobs that it has accepted: checksum, and what became of each.
//!
//! Kept by the labeler. Must never hold a job's data.

use std::collections::VecDeque;

use contracts::labeler::opcua::{JobResult, JobState};

/// Jobs remembered; older ones are forgotten.
const KNOWN_JOBS_MAX: usize = 4_096;

/// The last accepted jobs of the epoch, without gaps.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownJobs {
    jobs: VecDeque<(u32, JobResult)>,
}

impl KnownJobs {
    /// Remembers an accepted job, the next one.
    pub(super) fn accept(&mut self, seq: u32, crc: u32) {
        if self.jobs.len() >= KNOWN_JOBS_MAX {
            self.jobs.pop_front();
        }
        self.jobs.push_back((crc, JobResult { seq, ..JobResult::default() }));
    }

    /// Checksum that a job was accepted with, while it is remembered.
    pub(super) fn crc(&self, seq: u32) -> Option<u32> {
        self.at(seq).and_then(|at| self.jobs.get(at)).map(|(crc, _)| *crc)
    }

    /// Something has become of a job.
    pub(super) fn set(&mut self, seq: u32, state: JobState) {
        if let Some((_, result)) = self.at(seq).and_then(|at| self.jobs.get_mut(at)) {
            result.state = state;
        }
    }

    /// A job's label is on a pack, with the n-th strobe.
    pub(super) fn applied(&mut self, seq: u32, strobe: u32) {
        if let Some((_, result)) = self.at(seq).and_then(|at| self.jobs.get_mut(at)) {
            *result = JobResult { state: JobState::Applied, strobe, ..*result };
        }
    }

    /// Up to `max` results from `from` on.
    pub(super) fn results(&self, from: u32, max: usize) -> Vec<JobResult> {
        let wanted = self.jobs.iter().map(|(_, result)| *result);
        wanted.skip_while(|result| result.seq < from).take(max).collect()
    }

    fn at(&self, seq: u32) -> Option<usize> {
        let first = self.jobs.front()?.1.seq;
        usize::try_from(seq.checked_sub(first)?).ok()
    }
}
