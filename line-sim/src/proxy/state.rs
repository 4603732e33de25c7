//! What a proxy does at present: frames that faults wait for, links that are swallowed or down.
//!
//! Shared by the connections of a proxy, its clock and its owner; takes the time from its caller.
//! It must never touch a socket.

use super::fault::{Direction, Fault, FaultKind};
use super::outbox::Act;
use super::script::{Scheduled, Script};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// What has been done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Connections that were accepted.
    pub connections: u64,
    /// Frames that came, to the device and to the controller.
    pub frames: [u64; 2],
    /// Faults that have begun, by kind.
    pub begun: BTreeMap<FaultKind, u64>,
    /// Frames that were struck, and connections of what strikes the link, by kind.
    pub struck: BTreeMap<FaultKind, u64>,
}

/// What becomes of a connection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Open,
    /// Accepted, never answered.
    Dark,
    Down(FaultKind),
}

/// See the module.
pub(super) struct State {
    begun: Instant,
    script: Vec<Scheduled>,
    /// Frame faults that wait for frames of their direction.
    waiting: [VecDeque<Fault>; 2],
    /// Both are swallowed until then, and what is accepted before stays dark.
    dark_until: Option<Instant>,
    swallowed_until: [Option<Instant>; 2],
    /// From, to; the connections of that time have been reset already, or not yet.
    cuts: VecDeque<Cut>,
    pub(super) counts: Counts,
}

struct Cut {
    kind: FaultKind,
    from: Instant,
    to: Instant,
    reset: bool,
}

fn is_before(now: Instant, until: Option<Instant>) -> bool {
    until.is_some_and(|until| now < until)
}

impl State {
    pub(super) fn new(now: Instant, script: Script) -> Self {
        Self {
            begun: now,
            script: script.fault,
            waiting: Default::default(),
            dark_until: None,
            swallowed_until: [None; 2],
            cuts: VecDeque::new(),
            counts: Counts::default(),
        }
    }

    /// Begins a fault.
    pub(super) fn begin(&mut self, fault: Fault, now: Instant) {
        *self.counts.begun.entry(fault.kind).or_default() += 1;
        let until = now + Duration::from_millis(fault.ms);
        match fault.kind {
            FaultKind::HalfOpen => self.swallowed_until[fault.direction.index()] = Some(until),
            FaultKind::Blackhole => self.dark_until = Some(until),
            FaultKind::Cut => self.cut(FaultKind::Cut, now, until),
            FaultKind::Flap => {
                let half = Duration::from_millis(fault.ms);
                for n in 0..fault.frames {
                    let from = now + half * 2 * n;
                    self.cut(FaultKind::Flap, from, from + half);
                }
            }
            kind if kind.is_of_frames() => {
                self.waiting[fault.direction.index()].push_back(fault);
            }
            _ => {}
        }
    }

    fn cut(&mut self, kind: FaultKind, from: Instant, to: Instant) {
        self.cuts.push_back(Cut { kind, from, to, reset: false });
    }

    /// The present: true when the connections must be reset.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.begun).as_millis();
        let is_due = |s: &Scheduled| s.at_ms.is_some_and(|ms| u128::from(ms) <= passed);
        let due: Vec<Fault> = self.script.extract_if(.., |s| is_due(s)).map(|s| s.fault).collect();
        due.into_iter().for_each(|fault| self.begin(fault, now));
        self.cuts.retain(|cut| now < cut.to || !cut.reset);
        let mut reset = false;
        for cut in self.cuts.iter_mut().filter(|cut| cut.from <= now && !cut.reset) {
            (cut.reset, reset) = (true, true);
        }
        reset
    }

    /// What becomes of a connection that is accepted now.
    pub(super) fn link(&self, now: Instant) -> Link {
        let down = self.cuts.iter().find(|cut| cut.from <= now && now < cut.to);
        match down {
            Some(cut) => Link::Down(cut.kind),
            None if is_before(now, self.dark_until) => Link::Dark,
            None => Link::Open,
        }
    }

    /// Every fault that has begun is over.
    pub(super) fn is_quiet(&self, now: Instant) -> bool {
        self.waiting.iter().all(VecDeque::is_empty)
            && self.link(now) == Link::Open
            && self.cuts.iter().all(|cut| cut.to <= now && cut.reset)
            && !self.swallowed_until.iter().any(|until| is_before(now, *until))
    }

    pub(super) fn struck(&mut self, kind: FaultKind) {
        *self.counts.struck.entry(kind).or_default() += 1;
    }

    /// The kind of the cut that resets connections now.
    pub(super) fn cut_kind(&self, now: Instant) -> FaultKind {
        let under_way = |cut: &&Cut| cut.from <= now;
        self.cuts.iter().rfind(under_way).map_or(FaultKind::Cut, |cut| cut.kind)
    }

    /// What becomes of a frame that has come.
    pub(super) fn on_frame(&mut self, direction: Direction, now: Instant) -> Act {
        let at = direction.index();
        self.counts.frames[at] += 1;
        let number = self.counts.frames[at];
        let is_due = |s: &Scheduled| {
            s.fault.direction == direction && s.at_frame.is_some_and(|frame| frame <= number)
        };
        let due: Vec<Fault> = self.script.extract_if(.., |s| is_due(s)).map(|s| s.fault).collect();
        due.into_iter().for_each(|fault| self.begin(fault, now));
        if is_before(now, self.dark_until) {
            self.struck(FaultKind::Blackhole);
            return Act::Swallow;
        }
        if is_before(now, self.swallowed_until[at]) {
            self.struck(FaultKind::HalfOpen);
            return Act::Swallow;
        }
        let Some(fault) = self.waiting[at].front_mut() else { return Act::Pass };
        let Fault { kind, ms, .. } = *fault;
        fault.frames = fault.frames.saturating_sub(1);
        if fault.frames == 0 {
            self.waiting[at].pop_front();
        }
        self.struck(kind);
        let later = Duration::from_millis(ms);
        match kind {
            FaultKind::Drop => Act::Swallow,
            FaultKind::Delay => Act::Delay(later),
            FaultKind::Reorder => Act::SetBack(later),
            FaultKind::Duplicate => Act::Again(later),
            FaultKind::Truncate => Act::Truncate,
            _ => Act::Pass,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{ToController, ToDevice};

    const MS: Duration = Duration::from_millis(1);

    fn state(faults: &[Fault]) -> (State, Instant) {
        let now = Instant::now();
        let mut state = State::new(now, Script::default());
        faults.iter().for_each(|fault| state.begin(*fault, now));
        (state, now)
    }

    #[test]
    fn faults_of_frames_strike_their_direction_one_after_the_other() {
        let drop = Fault { frames: 2, ..Fault::new(FaultKind::Drop, ToDevice, 0) };
        let (mut state, now) = state(&[drop, Fault::new(FaultKind::Delay, ToDevice, 7)]);
        assert_eq!(state.on_frame(ToController, now), Act::Pass);
        let acts = [Act::Swallow, Act::Swallow, Act::Delay(MS * 7), Act::Pass];
        for act in acts {
            assert_eq!(state.is_quiet(now), act == Act::Pass);
            assert_eq!(state.on_frame(ToDevice, now), act);
        }
        assert_eq!(state.counts.frames, [4, 1]);
        assert_eq!(state.counts.struck, [(FaultKind::Drop, 2), (FaultKind::Delay, 1)].into());
        assert_eq!(state.counts.begun, [(FaultKind::Drop, 1), (FaultKind::Delay, 1)].into());
    }

    #[test]
    fn a_half_open_link_swallows_one_direction_and_a_black_hole_both() {
        let (mut state, now) = state(&[Fault::new(FaultKind::HalfOpen, ToController, 9)]);
        for (ms, act) in [(0, Act::Swallow), (8, Act::Swallow), (9, Act::Pass)] {
            assert_eq!(state.on_frame(ToController, now + MS * ms), act);
            assert_eq!(state.on_frame(ToDevice, now + MS * ms), Act::Pass);
            assert_eq!(state.link(now + MS * ms), Link::Open);
            assert_eq!(state.is_quiet(now + MS * ms), ms == 9);
        }
        let later = now + MS * 20;
        state.begin(Fault::new(FaultKind::Blackhole, ToDevice, 9), later);
        assert_eq!(state.link(later), Link::Dark);
        for direction in Direction::ALL {
            assert_eq!(state.on_frame(direction, later), Act::Swallow);
            assert_eq!(state.on_frame(direction, later + MS * 9), Act::Pass);
        }
        assert_eq!(state.link(later + MS * 9), Link::Open);
    }

    #[test]
    fn a_cut_resets_once_and_a_flap_as_often_as_it_says() {
        let flap = Fault { frames: 2, ..Fault::new(FaultKind::Flap, ToDevice, 10) };
        for (fault, down, resets) in [
            (Fault::new(FaultKind::Cut, ToDevice, 10), vec![(0, 10)], vec![0]),
            (flap, vec![(0, 10), (20, 30)], vec![0, 20]),
        ] {
            let (mut state, now) = state(&[fault]);
            let mut reset = Vec::new();
            for ms in 0..50 {
                let at = now + MS * ms;
                if state.tick(at) {
                    reset.push(ms);
                }
                let is_down = down.iter().any(|&(from, to)| (from..to).contains(&ms));
                let expected = if is_down { Link::Down(fault.kind) } else { Link::Open };
                assert_eq!(state.link(at), expected, "{ms}");
            }
            assert_eq!(reset, resets);
            assert!(state.is_quiet(now + MS * 50));
        }
    }

    /// A cut that nobody looked at while it lasted still resets, and only then is it over.
    #[test]
    fn a_cut_that_came_and_went_between_two_looks_still_resets() {
        let flap = Fault { frames: 2, ..Fault::new(FaultKind::Flap, ToDevice, 10) };
        let (mut state, now) = state(&[flap]);
        let later = now + MS * 50;
        assert!(!state.is_quiet(later));
        assert!(state.tick(later));
        assert!(state.is_quiet(later));
    }

    #[test]
    fn a_script_strikes_at_its_time_and_at_its_frame() {
        let text = "[[fault]]\nat_ms = 5\nkind = \"cut\"\nms = 3\n\
                    [[fault]]\nat_frame = 3\nkind = \"truncate\"\ndirection = \"to_controller\"\n";
        let now = Instant::now();
        let mut state = State::new(now, Script::from_toml(text).unwrap());
        assert!(!state.tick(now + MS * 4));
        assert!(state.tick(now + MS * 5));
        assert_eq!(state.link(now + MS * 7), Link::Down(FaultKind::Cut));
        assert!(!state.tick(now + MS * 9));
        let acts = [1, 2, 3, 4].map(|_| state.on_frame(ToController, now));
        assert_eq!(acts, [Act::Pass, Act::Pass, Act::Truncate, Act::Pass]);
    }
}
