//! Follows what becomes of each job: which result to ask for next, and whether an answer can be.
//!
//! Used by the transport. The core joins strobes and jobs by the labeler's counters; here the
//! labeler's own account of each job is held against them. Must never change what the session is
//! told.

use contracts::labeler::LabelerStatus;
use contracts::labeler::opcua::{JobResult, JobState};
use tracing::warn;

/// Place in the results of the labeler's epoch.
#[derive(Debug, Default)]
pub(super) struct ResultCursor {
    epoch: u32,
    /// First job whose end is not known; 0 before the first contact.
    next: u32,
}

impl ResultCursor {
    /// First job to ask for.
    pub(super) fn from(&self) -> u32 {
        self.next.max(1)
    }

    /// Takes an answer. False when it cannot be: results of other jobs than those asked for, or
    /// that contradict the counters of the same moment.
    pub(super) fn take(&mut self, status: &LabelerStatus, results: &[JobResult]) -> bool {
        if self.next == 0 || self.epoch != status.epoch {
            // Jobs of before the first contact are history; a new epoch begins at 1.
            self.next = if self.next == 0 { status.last_applied.wrapping_add(1) } else { 1 };
            self.epoch = status.epoch;
            return true;
        }
        // The labeler has forgotten those before.
        let first = results.first().map_or(self.next, |result| result.seq.max(self.next));
        let expected = (0..).map(|n| first.wrapping_add(n));
        let possible = results.iter().zip(expected).all(|(result, seq)| {
            result.seq == seq && seq <= status.last_accepted && agrees(result, status)
        });
        if possible {
            self.next = first;
            for result in results.iter().take_while(|result| result.state.is_final()) {
                if result.state == JobState::Scrapped {
                    warn!(job = result.seq, "label scrapped: printed and never applied");
                }
                self.next = result.seq.wrapping_add(1);
            }
        }
        possible
    }
}

/// The state is one that the labeler's counters allow.
fn agrees(result: &JobResult, status: &LabelerStatus) -> bool {
    let (seq, applied) = (result.seq, result.strobe > 0);
    let counted = result.strobe <= status.applied_total;
    match result.state {
        JobState::Queued => !applied && seq > status.last_printed,
        JobState::Dropped => !applied,
        JobState::Printed => !applied && seq <= status.last_printed && seq > status.last_applied,
        JobState::Applied => applied && counted && seq <= status.last_applied,
        JobState::Scrapped => !applied && seq <= status.last_printed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use JobState::{Applied, Dropped, Printed, Queued, Scrapped};

    fn result(seq: u32, state: JobState, strobe: u32) -> JobResult {
        JobResult { seq, state, strobe }
    }

    #[test]
    fn what_can_be_and_what_cannot() {
        let status = LabelerStatus {
            epoch: 7,
            last_accepted: 14,
            last_printed: 12,
            last_applied: 10,
            applied_total: 9,
            ..LabelerStatus::default()
        };
        let all = [
            result(8, Applied, 8),
            result(9, Scrapped, 0),
            result(10, Applied, 9),
            result(11, Printed, 0),
            result(12, Printed, 0),
            result(13, Queued, 0),
        ];
        let table: &[(&[JobResult], Option<u32>)] = &[
            (&[], Some(8)),
            (&all, Some(11)),
            (&all[..1], Some(9)),
            (&all[1..], Some(11)),
            (&[result(7, Applied, 7)], None),
            (&[result(8, Applied, 8), result(10, Applied, 9)], None),
            (&[result(8, Queued, 0)], None),
            (&[result(8, Printed, 0)], None),
            (&[result(8, Applied, 0)], None),
            (&[result(8, Applied, 10)], None),
            (&[result(8, Dropped, 0)], Some(9)),
            (&[result(11, Applied, 9)], None),
            (&[result(15, Queued, 0)], None),
        ];
        for (results, next) in table {
            let mut cursor = ResultCursor { epoch: 7, next: 8 };
            assert_eq!(cursor.take(&status, results), next.is_some(), "{results:?}");
            assert_eq!(cursor.from(), next.unwrap_or(8), "{results:?}");
        }
    }

    #[test]
    fn history_is_passed_over_and_a_new_epoch_begins_at_one() {
        let at = |epoch, last_applied| LabelerStatus { epoch, last_applied, ..Default::default() };
        let mut cursor = ResultCursor::default();
        assert_eq!(cursor.from(), 1);
        assert!(cursor.take(&at(3, 40), &[result(1, Applied, 1)]));
        assert_eq!(cursor.from(), 41);
        assert!(cursor.take(&at(4, 2), &[]));
        assert_eq!(cursor.from(), 1);
    }
}
