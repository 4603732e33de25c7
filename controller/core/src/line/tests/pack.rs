//! A pack of the script: its steps with the belt travel from the infeed at which they happen.
//!
//! Used by the fixture. Must never know what the core makes of it.

use super::fixture::Rig;
use crate::event::CameraReading;
use contracts::line_io::Channel;
use std::rc::Rc;

/// A pack's leading to its trailing edge.
const LENGTH: u64 = 900;
/// From one pack to the next.
const PITCH: u64 = 1_200;

/// One thing that happens to a pack on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An eye or strobe rises.
    Rise(Channel),
    /// It falls.
    Fall(Channel),
    /// The labeler puts a label on it.
    Print,
    /// The labeler reports its counters.
    Report,
    /// The camera gives the result of its trigger.
    Result,
}

/// Where the pack goes behind the gate eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Out when the device has its permit, else into the bin.
    ByPermit,
    /// Out, whatever the device was told.
    Out,
    /// Into the bin, whatever the device was told.
    Bin,
    /// Nowhere to be seen.
    Lost,
}

/// Something done to the line when a pack is so far.
pub(super) type Hook = Rc<dyn Fn(&mut Rig)>;

/// A pack as it is scripted.
#[derive(Clone)]
pub(super) struct Pack {
    pub(super) steps: Vec<(u64, Step)>,
    pub(super) hooks: Vec<(u64, Hook)>,
    pub(super) alter: Rc<dyn Fn(&mut CameraReading)>,
    pub(super) way: Way,
    pub(super) gap: u64,
}

impl Pack {
    /// A pack with which nothing is wrong.
    pub(super) fn good() -> Self {
        use Channel as C;
        let mut steps = vec![(2_000, Step::Print), (2_010, Step::Report), (4_600, Step::Result)];
        steps.push((2_000, Step::Rise(C::Applied)));
        steps.push((4_100, Step::Rise(C::CameraTrigger)));
        let eyes = [
            (C::Infeed, 0),
            (C::CameraEye, 4_000),
            (C::Gate, 8_000),
            (C::EjectConfirm, 8_800),
            (C::Exit, 9_200),
        ];
        for (eye, at) in eyes {
            steps.push((at, Step::Rise(eye)));
            steps.push((at + LENGTH, Step::Fall(eye)));
        }
        Self { steps, hooks: Vec::new(), alter: Rc::new(|_| ()), way: Way::ByPermit, gap: PITCH }
    }

    pub(super) fn without(mut self, step: Step) -> Self {
        self.steps.retain(|&(_, s)| s != step);
        self
    }

    pub(super) fn delayed(mut self, step: Step, to: u64) -> Self {
        self.steps.iter_mut().filter(|(_, s)| *s == step).for_each(|(at, _)| *at = to);
        self
    }

    pub(super) fn again(mut self, step: Step, at: u64) -> Self {
        self.steps.push((at, step));
        self
    }

    pub(super) fn altered(mut self, alter: impl Fn(&mut CameraReading) + 'static) -> Self {
        self.alter = Rc::new(alter);
        self
    }

    /// Something else that happens when the pack is so far.
    pub(super) fn then(mut self, at: u64, hook: impl Fn(&mut Rig) + 'static) -> Self {
        self.hooks.push((at, Rc::new(hook)));
        self
    }

    pub(super) fn goes(mut self, way: Way) -> Self {
        self.way = way;
        self
    }

    /// Distance from the pack before.
    pub(super) fn behind_by(mut self, gap: u64) -> Self {
        self.gap = gap;
        self
    }
}
