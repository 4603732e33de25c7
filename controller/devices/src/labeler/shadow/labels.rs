//! Which labels were printed and applied, as far as the device tells.
//!
//! Part of the labeler's shadow. Must never give a label to a job that was not the first to wait.

use super::counter::Counter;
use super::{Doing, LabelerShadow, Pending, ShadowError};
use crate::points::{Facts, number};
use line_core::ids::Nanos;
use std::collections::BTreeMap;

/// So long the device may show fewer jobs than it was given before they count as lost: its points
/// need not change in one scan.
const LOST_AFTER_MS: u64 = 200;

impl LabelerShadow {
    /// Counts what was printed and applied since the last read.
    pub(super) fn count(&mut self, facts: &Facts) -> Result<(), ShadowError> {
        let on_the_way =
            usize::from(matches!(&self.pending, Some(Pending { doing: Doing::Job(_), .. })));
        let status = self.dialect.status.clone();
        if let Some(point) = &status.printed {
            let labels = step(&mut self.printed, facts, point, &self.moduli)?;
            (0..labels).for_each(|_| self.one_printed());
        } else if matches!(&self.pending, Some(Pending { doing: Doing::Clear(_), .. })) {
            // What is no longer there was dropped, as far as anybody can tell.
        } else if let Some(point) = &status.queued {
            let queued = usize::try_from(number(facts, point)).unwrap_or(usize::MAX);
            while self.waiting.len() > queued.saturating_add(on_the_way) {
                self.one_printed();
            }
        } else if let Some(point) = &status.ready
            && number(facts, point) != 0
        {
            while self.waiting.len() > on_the_way {
                self.one_printed();
            }
        }
        match &status.applied {
            Some(point) => {
                let labels = step(&mut self.applied, facts, point, &self.moduli)?;
                for _ in 0..labels {
                    self.one_applied();
                }
            }
            None => while self.one_applied() {},
        }
        Ok(())
    }

    /// Finds jobs that the device has lost without restarting: a slot that is free though its label
    /// was never counted.
    pub(super) fn check_held(&mut self, facts: &Facts, now: Nanos) -> Result<(), ShadowError> {
        let status = &self.dialect.status;
        let held = match (&status.queued, &status.ready) {
            (Some(queued), _) => number(facts, queued),
            (None, Some(ready)) if self.dialect.slots == 1 => u64::from(number(facts, ready) == 0),
            _ => return Ok(()),
        };
        let on_the_way = matches!(&self.pending, Some(Pending { doing: Doing::Job(_), .. }));
        let given = (self.waiting.len() as u64).saturating_sub(u64::from(on_the_way));
        if held >= given {
            self.fewer_since = None;
            return Ok(());
        }
        let since = *self.fewer_since.get_or_insert(now);
        if now.since(since) < Nanos::from_ms(LOST_AFTER_MS) {
            return Ok(());
        }
        Err(ShadowError::Lost { held, given })
    }

    /// A label was printed: of the first job that waits, or of none.
    fn one_printed(&mut self) {
        self.status.printed_total = self.status.printed_total.wrapping_add(1);
        let Some(job) = self.waiting.pop_front() else { return };
        self.status.last_printed = job;
        // What is printed was taken, whether or not its answer has come.
        if job == self.status.last_accepted.wrapping_add(1) {
            self.status.last_accepted = job;
        }
        self.on_web.push_back(job);
    }

    fn one_applied(&mut self) -> bool {
        let Some(job) = self.on_web.pop_front() else { return false };
        self.status.applied_total = self.status.applied_total.wrapping_add(1);
        self.status.last_applied = job;
        true
    }
}

/// How far the counter at a point went.
pub(super) fn step(
    counter: &mut Counter,
    facts: &Facts,
    point: &str,
    moduli: &BTreeMap<String, u64>,
) -> Result<u32, ShadowError> {
    let modulus = moduli.get(point).copied().unwrap_or(1 << 16).max(2);
    counter.step(number(facts, point), modulus).map_err(|(from, to)| ShadowError::Restarted {
        point: point.to_owned(),
        from,
        to,
    })
}
