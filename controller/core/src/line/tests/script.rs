//! Runs scripted packs over the rig: their steps in order of belt travel, the gate as the device
//! would have it.
//!
//! Used by the tests as `Rig::run`. Must never ask the core where a pack goes.

use super::fixture::Rig;
use super::pack::{Hook, Pack, Step, Way};
use codes::SerialNumber;
use contracts::line_io::{Channel, Edge};

/// A scripted pack on the belt.
struct OnBelt {
    start: u64,
    pack: Pack,
    label: Option<SerialNumber>,
    trigger: Option<u32>,
    passes: bool,
}

enum Event {
    Step(Step),
    Hook(Hook),
}

impl Rig {
    /// Runs packs over the belt, one behind the other, and on until nothing is expected any more.
    pub(super) fn run(&mut self, packs: &[Pack]) {
        let mut start = self.encoder;
        let mut belt = Vec::new();
        let mut events = Vec::new();
        for (i, pack) in packs.iter().enumerate() {
            start += pack.gap;
            let steps = pack.steps.iter().map(|&(at, step)| (start + at, i, Event::Step(step)));
            events.extend(steps);
            let hooks =
                pack.hooks.iter().map(|(at, hook)| (start + at, i, Event::Hook(hook.clone())));
            events.extend(hooks);
            let pack = pack.clone();
            belt.push(OnBelt { start, pack, label: None, trigger: None, passes: false });
        }
        events.sort_by_key(|event| event.0);
        for (at, i, event) in events {
            self.move_to(at);
            match event {
                Event::Step(step) => self.step(step, &mut belt[i]),
                Event::Hook(hook) => hook(self),
            }
            self.sample();
        }
        self.move_to(start + 12_000);
    }

    fn step(&mut self, step: Step, on: &mut OnBelt) {
        match step {
            Step::Print => self.print(on),
            Step::Report => self.labeler_report(),
            Step::Result => {
                let Some(trigger) = on.trigger else { return };
                let mut reading = self.reading(trigger, on.label);
                (on.pack.alter)(&mut reading);
                self.result(reading);
            }
            Step::Rise(Channel::Applied) if on.label.is_none() => {}
            Step::Rise(Channel::CameraTrigger) => {
                if self.triggers.contains(&(on.start + 4_100)) {
                    self.camera_triggers += 1;
                    on.trigger = Some(self.camera_triggers);
                    self.edge(Channel::CameraTrigger, Edge::Rising);
                }
            }
            Step::Rise(eye) => {
                self.gate_decides(eye, on);
                if goes_by(eye, on) {
                    self.edge(eye, Edge::Rising);
                }
            }
            Step::Fall(eye) if goes_by(eye, on) => self.edge(eye, Edge::Falling),
            Step::Fall(_) => {}
        }
    }

    fn print(&mut self, on: &mut OnBelt) {
        if let Some((job, number)) = self.jobs.pop_front() {
            on.label = Some(number);
            (self.report.last_printed, self.report.last_applied) = (job, job);
            self.report.printed_total += 1;
            self.report.applied_total += 1;
        }
    }

    fn gate_decides(&mut self, eye: Channel, on: &mut OnBelt) {
        if eye == Channel::Gate {
            let here = self.encoder;
            let open = |&(from, to): &(u64, u64)| from <= here && here <= to;
            on.passes = self.permits.values().any(open);
        }
    }
}

/// True when the pack comes by this eye.
fn goes_by(eye: Channel, on: &OnBelt) -> bool {
    match (eye, on.pack.way) {
        (Channel::Exit, Way::ByPermit) => on.passes,
        (Channel::EjectConfirm, Way::ByPermit) => !on.passes,
        (Channel::Exit, way) => way == Way::Out,
        (Channel::EjectConfirm, way) => way == Way::Bin,
        _ => true,
    }
}
