//! The frames of one direction that are still to be written, each with its time.
//!
//! Filled and emptied by a connection; takes the time from its caller. A frame that is late holds
//! back all behind it, as a stream does; a copy or a frame set back comes between two of them.
//! It must never split a frame.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It goes on.
    Pass,
    /// It is lost.
    Swallow,
    /// It comes so much later.
    Delay(Duration),
    /// It comes behind the next one, or so much later.
    SetBack(Duration),
    /// It comes, and so much later once more.
    Again(Duration),
    /// Half of it comes, and nothing behind it.
    Truncate,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    line: VecDeque<(Instant, Vec<u8>)>,
    set_back: Option<(Instant, Vec<u8>)>,
    copies: Vec<(Instant, Vec<u8>)>,
}

impl Outbox {
    /// Takes a frame. False: it was the last one.
    pub(super) fn take(&mut self, mut frame: Vec<u8>, act: Act, now: Instant) -> bool {
        let mut due = now.max(self.line.back().map_or(now, |(due, _)| *due));
        match act {
            Act::Swallow => return true,
            Act::SetBack(at_most) if self.set_back.is_none() => {
                self.set_back = Some((due + at_most, frame));
                return true;
            }
            Act::Pass | Act::SetBack(_) => {}
            Act::Delay(by) => due += by,
            Act::Again(later) => self.copies.push((due + later, frame.clone())),
            Act::Truncate => frame.truncate(frame.len() / 2),
        }
        self.line.push_back((due, frame));
        if let Some((_, frame)) = self.set_back.take() {
            self.line.push_back((due, frame));
        }
        act != Act::Truncate
    }

    /// A frame whose time has come.
    pub(super) fn due(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.line.front().is_some_and(|(due, _)| *due <= now) {
            return self.line.pop_front().map(|(_, frame)| frame);
        }
        if self.set_back.as_ref().is_some_and(|(due, _)| *due <= now) {
            return self.set_back.take().map(|(_, frame)| frame);
        }
        let copy = self.copies.iter().position(|(due, _)| *due <= now)?;
        Some(self.copies.remove(copy).1)
    }

    /// When the next frame is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let waiting = self.line.front().into_iter().chain(&self.set_back).chain(&self.copies);
        waiting.map(|(due, _)| *due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Frames 1, 2, .. at 0, 1, .. ms under these acts; gives (frame, ms) as they come out.
    fn run(acts: &[Act]) -> Vec<(Vec<u8>, u64)> {
        let start = Instant::now();
        let (mut outbox, mut out) = (Outbox::default(), Vec::new());
        for ms in 0..100 {
            let now = start + MS * ms;
            if let Some(act) = acts.get(ms as usize) {
                let n = ms as u8 + 1;
                outbox.take(vec![n, n], *act, now);
            }
            while let Some(frame) = outbox.due(now) {
                out.push((frame, u64::from(ms)));
            }
        }
        assert_eq!(outbox.next_due(), None);
        out
    }

    fn check(acts: &[Act], expected: &[(u8, u64)]) {
        let expected: Vec<_> = expected.iter().map(|&(n, ms)| (vec![n, n], ms)).collect();
        assert_eq!(run(acts), expected, "{acts:?}");
    }

    #[test]
    fn each_act_alone() {
        use Act::{Again, Delay, Pass, SetBack, Swallow};
        check(&[Pass, Pass], &[(1, 0), (2, 1)]);
        check(&[Swallow, Pass], &[(2, 1)]);
        check(&[Delay(MS * 9), Pass, Pass], &[(1, 9), (2, 9), (3, 9)]);
        check(&[Delay(MS * 9), Delay(MS * 9)], &[(1, 9), (2, 18)]);
        check(&[SetBack(MS * 9), Pass, Pass], &[(2, 1), (1, 1), (3, 2)]);
        check(&[SetBack(MS * 9)], &[(1, 9)]);
        check(&[SetBack(MS * 9), SetBack(MS * 9), Pass], &[(2, 1), (1, 1), (3, 2)]);
        check(&[SetBack(MS * 9), Swallow, Pass], &[(3, 2), (1, 2)]);
        check(&[Again(Duration::ZERO), Pass], &[(1, 0), (1, 0), (2, 1)]);
        check(&[Again(MS * 2), Pass, Pass, Pass], &[(1, 0), (2, 1), (3, 2), (1, 2), (4, 3)]);
    }

    #[test]
    fn half_a_frame_is_the_last() {
        let mut outbox = Outbox::default();
        let now = Instant::now();
        assert!(outbox.take(vec![1; 8], Act::Pass, now));
        assert!(!outbox.take(vec![2; 8], Act::Truncate, now));
        assert_eq!(outbox.due(now), Some(vec![1; 8]));
        assert_eq!(outbox.due(now), Some(vec![2; 4]));
    }
}
