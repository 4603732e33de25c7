//! The run loop: what happens next, in exact order of time.
//!
//! `World::advance` goes from event to event; each is handled in `passage.rs` or `trouble.rs`. It
//! must never skip or reorder: at one instant the belt comes before the timers.

use std::cmp::Reverse;

use contracts::station::Station;

use crate::truth::Fate;
use crate::world::camera_device::Published;
use crate::world::packs::Whereabouts;
use crate::world::stations::Stage;
use crate::world::{Device, SimTime, World};

/// Something that happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timed {
    /// The result of a capture job is due.
    Publish(u64),
    /// The result of a station's job is due.
    Measured(Station, u64),
    /// Power is back at a device.
    PowerOn(Device),
    /// A fault scheduled by time.
    Scheduled(usize),
    /// A machine before or behind us may go on.
    PauseOver,
}

/// Something that happens at a belt position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Travelled {
    Release,
    Station(Stage),
    ChuteRise,
    ChuteFall,
    Trigger,
    EjectOverdue,
    Incident,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Next {
    Travelled(Travelled, u64),
    HeartbeatLost,
    Timed,
}

impl World {
    /// Lets time pass until `to`; everything due until then happens in order. A time in the past
    /// changes nothing.
    pub fn advance(&mut self, to: SimTime) {
        while let Some((at, next)) = self.next() {
            if at > to {
                break;
            }
            self.now = at;
            match next {
                Next::Travelled(what, belt_um) => self.travelled(what, belt_um),
                Next::HeartbeatLost => {
                    self.line_io.lose_heartbeat();
                    self.drive();
                }
                Next::Timed => self.timed(),
            }
        }
        self.now = self.now.max(to);
    }

    /// When something happens next, if nothing is commanded until then.
    #[must_use]
    pub fn next_event_time(&self) -> Option<SimTime> {
        self.next().map(|(at, _)| at)
    }

    /// True when every pack was released and none is on the belt or in the chute any more.
    #[must_use]
    pub fn all_packs_done(&self) -> bool {
        let under_way = |place| matches!(place, Whereabouts::Belt | Whereabouts::Bin);
        self.infeed.remaining() == 0 && !self.packs.iter().any(|pack| under_way(pack.place))
    }

    /// The end of the run: every pack that is not yet history is written as it stands. Call once;
    /// afterwards the world only serves its last ground truth.
    pub fn finish(&mut self) {
        let open: Vec<u64> = self.packs.iter().map(|pack| pack.id).collect();
        for id in open {
            let (place, fate) = match self.packs.get(id) {
                Some(pack) => (pack.place, pack.fate),
                None => continue,
            };
            let (fate, at) = fate.unwrap_or((Fate::OnBelt, self.now));
            if !matches!(place, Whereabouts::Gone | Whereabouts::Coming) {
                self.record(id, fate, at);
            }
        }
        self.packs.forget();
        self.labeler.end();
        self.log.scrapped(self.labeler.take_scrapped(), self.now);
        self.log.finish();
    }

    fn next(&self) -> Option<(SimTime, Next)> {
        let travelled = self.next_travelled().and_then(|(belt_um, what)| {
            let at = self.belt.time_at(belt_um)?;
            Some((at.max(self.now), Next::Travelled(what, belt_um)))
        });
        let heartbeat = self.line_io.heartbeat_deadline();
        let heartbeat = heartbeat.map(|at| (at.max(self.now), Next::HeartbeatLost));
        let timed = self.timed.peek().map(|Reverse((at, ..))| (*at.max(&self.now), Next::Timed));
        // The first of equals wins.
        let mut first = travelled;
        for other in [heartbeat, timed].into_iter().flatten() {
            if first.is_none_or(|(at, _)| other.0 < at) {
                first = Some(other);
            }
        }
        first
    }

    /// The nearest belt position at which something happens; the first of equals wins.
    fn next_travelled(&self) -> Option<(u64, Travelled)> {
        let (station_um, stage) = self.stations.next();
        let mut best = (station_um, Travelled::Station(stage));
        let others = [
            (self.infeed.next_um(), Travelled::Release),
            (self.chute_rise.front().map(|(um, _)| *um), Travelled::ChuteRise),
            (self.chute_fall.front().map(|(um, _)| *um), Travelled::ChuteFall),
            (self.line_io.trigger_um(), Travelled::Trigger),
            (self.line_io.eject_deadline_um(), Travelled::EjectOverdue),
            (self.incidents.peek().map(|Reverse((um, ..))| *um), Travelled::Incident),
        ];
        for (um, what) in others {
            if let Some(um) = um.filter(|um| *um < best.0) {
                best = (um, what);
            }
        }
        (best.0 < u64::MAX).then_some(best)
    }

    /// Plans something.
    pub(crate) fn at(&mut self, at: SimTime, what: Timed) {
        self.timed_count += 1;
        self.timed.push(Reverse((at, self.timed_count, what)));
    }

    fn timed(&mut self) {
        let Some(Reverse((_, _, what))) = self.timed.pop() else { return };
        match what {
            Timed::Publish(job) => self.publish(job),
            Timed::Measured(station, job) => self.measured(station, job),
            Timed::PowerOn(device) => self.power_on(device),
            Timed::PauseOver => self.pause_over(),
            Timed::Scheduled(index) => {
                let entry = self.scheduled[index];
                if let Some(trouble) = self.plan.due(&entry) {
                    self.strike(trouble);
                }
            }
        }
    }

    /// A result is due and may be read.
    pub(crate) fn publish(&mut self, job: u64) {
        if let Published::AgainAfterMs(ms) = self.camera.publish(job) {
            self.at(self.now.plus_ms(ms), Timed::Publish(job));
        }
    }

    /// Belt and infeed follow what the line I/O grants.
    pub(crate) fn drive(&mut self) {
        let run = self.line_io.grants_run() && !self.levels.safety_open;
        let release = self.line_io.grants_infeed();
        if run != self.belt.has_run_permit() {
            self.belt.set_run(self.now, run);
        }
        if release != self.infeed.is_open() {
            self.infeed.set_open(release, self.belt.position_um(self.now));
        }
    }
}
