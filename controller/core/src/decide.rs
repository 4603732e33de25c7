//! Reject statistics: when do rejects become a hold?
//!
//! Called by `line` with each verdict, in the order of the packs' verdicts. Must never change a
//! verdict.

use crate::line_config::LineConfig;
use crate::reason::{HoldCause, RejectReason};

/// Packs over which the reject percentage is taken.
pub const PERCENT_WINDOW: u32 = 100;

/// Rejects in a row and among the last hundred.
#[derive(Clone, Copy, Debug, Default)]
pub struct RejectWatch {
    consecutive: u16,
    window: u128,
    seen: u32,
}

impl RejectWatch {
    /// Starts anew, after a person has looked at the line.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Notes a verdict; `None` is an accept. Purged packs, and those that only wait for the first
    /// one's approval, say nothing about the process.
    pub fn note(&mut self, reason: Option<RejectReason>, config: &LineConfig) -> Option<HoldCause> {
        if matches!(reason, Some(RejectReason::Purge | RejectReason::FirstPack)) {
            return None;
        }
        let rejected = reason.is_some();
        self.consecutive = if rejected { self.consecutive + 1 } else { 0 };
        self.window = (self.window << 1) | u128::from(rejected);
        self.window &= (1 << PERCENT_WINDOW) - 1;
        self.seen = (self.seen + 1).min(PERCENT_WINDOW);
        if self.consecutive >= config.consecutive_rejects_max {
            return Some(HoldCause::ConsecutiveRejects);
        }
        let full = self.seen == PERCENT_WINDOW;
        let rejects = self.window.count_ones();
        if full && rejects > u32::from(config.reject_percent_max) {
            return Some(HoldCause::RejectPercentage);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::tests::config;

    #[test]
    fn holds_by_rejects_in_a_row() {
        let config = LineConfig { consecutive_rejects_max: 3, ..config() };
        let bad = Some(RejectReason::NoRead);
        let mut watch = RejectWatch::default();
        assert_eq!(watch.note(bad, &config), None);
        assert_eq!(watch.note(bad, &config), None);
        assert_eq!(watch.note(None, &config), None);
        assert_eq!(watch.note(bad, &config), None);
        assert_eq!(watch.note(Some(RejectReason::Purge), &config), None);
        assert_eq!(watch.note(Some(RejectReason::FirstPack), &config), None);
        assert_eq!(watch.note(bad, &config), None);
        assert_eq!(watch.note(bad, &config), Some(HoldCause::ConsecutiveRejects));
    }

    #[test]
    fn holds_by_percentage_of_the_last_hundred() {
        let config = LineConfig { reject_percent_max: 10, ..config() };
        let mut watch = RejectWatch::default();
        let mut held = None;
        for i in 0..200 {
            let reason = (i % 9 == 0).then_some(RejectReason::NoRead);
            held = held.or(watch.note(reason, &config).map(|cause| (i, cause)));
        }
        assert_eq!(held, Some((99, HoldCause::RejectPercentage)));
    }
}
