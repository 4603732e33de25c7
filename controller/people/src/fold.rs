//! Equal refusals in a row become one record with their number, so that a flood of them is on
//! record and does not fill the ledger.
//!
//! Must never drop a refusal: it is told at once or counted.

use crate::audit::Access;

/// Different refusals that are counted apart; what is beyond is counted together.
const KINDS_MAX: usize = 256;

struct Counted {
    access: Access,
    until_ms: u64,
    more: u32,
}

#[derive(Default)]
pub(crate) struct Fold {
    counted: Vec<Counted>,
    beyond: u32,
    beyond_until_ms: u64,
}

impl Fold {
    /// Takes a refusal; gives it back when it is to be recorded now.
    pub(crate) fn add(&mut self, now_ms: u64, fold_ms: u64, access: Access) -> Option<Access> {
        if let Some(known) = self.counted.iter_mut().find(|c| c.access == access) {
            known.more = known.more.saturating_add(1);
            return None;
        }
        let until_ms = now_ms.saturating_add(fold_ms);
        if self.counted.len() >= KINDS_MAX {
            if self.beyond == 0 {
                self.beyond_until_ms = until_ms;
            }
            self.beyond = self.beyond.saturating_add(1);
            return None;
        }
        self.counted.push(Counted { access: access.clone(), until_ms, more: 0 });
        Some(access)
    }

    /// What was counted and is over by now.
    pub(crate) fn over(&mut self, now_ms: u64) -> Vec<Access> {
        let mut told = Vec::new();
        self.counted.retain(|counted| {
            let over = now_ms >= counted.until_ms;
            if over && counted.more > 0 {
                told.push(Access { times: counted.more, ..counted.access.clone() });
            }
            !over
        });
        if self.beyond > 0 && now_ms >= self.beyond_until_ms {
            told.push(Access::many(self.beyond));
            self.beyond = 0;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(n: usize) -> Access {
        Access { who: format!("u{n}"), ..Access::many(1) }
    }

    #[test]
    fn nothing_is_lost_and_little_is_written() {
        let mut fold = Fold::default();
        let mut written: Vec<Access> = Vec::new();
        for n in 0..10_000 {
            written.extend(fold.add(7, 1_000, refusal(n % 400)));
        }
        assert_eq!(written.len(), KINDS_MAX);
        written.extend(fold.over(1_006));
        assert_eq!(written.len(), KINDS_MAX, "not over yet");
        written.extend(fold.over(1_007));
        assert_eq!(written.len(), 2 * KINDS_MAX + 1);
        assert_eq!(written.iter().map(|access| access.times).sum::<u32>(), 10_000);
        assert!(fold.add(1_008, 1_000, refusal(1)).is_some(), "begins anew");
    }
}
