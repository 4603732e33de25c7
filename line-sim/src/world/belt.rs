//! The belt: run permit, ramps, position.
//!
//! The world asks it where it is and when it will be somewhere; only the line I/O's run permit
//! moves it. It must never know what lies on it.

use crate::sim_config::SimConfig;
use crate::world::time::SimTime;

const NS_PER_S: f64 = 1e9;

/// The belt drive. Positions are micrometres of belt travel since the start.
#[derive(Clone, Debug)]
pub(crate) struct Belt {
    speed_um_s: f64,
    acceleration_um_s2: f64,
    braking_um_s2: f64,
    running: bool,
    ramp: Ramp,
}

/// A motion: from `start` on with constant acceleration for `ramp_s`, then at constant speed.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    start: SimTime,
    from_um: f64,
    from_um_s: f64,
    acceleration_um_s2: f64,
    ramp_s: f64,
    to_um: f64,
    to_um_s: f64,
}

impl Belt {
    /// A belt at rest.
    pub(crate) fn new(config: &SimConfig) -> Self {
        let speed_um_s = config.speed_mm_s() * 1_000.0;
        let brake_um = config.geometry.brake_mm * 1_000.0;
        Self {
            speed_um_s,
            acceleration_um_s2: config.acceleration_mm_s2 * 1_000.0,
            braking_um_s2: speed_um_s * speed_um_s / (2.0 * brake_um),
            running: false,
            ramp: Ramp {
                start: SimTime::ZERO,
                from_um: 0.0,
                from_um_s: 0.0,
                acceleration_um_s2: 0.0,
                ramp_s: 0.0,
                to_um: 0.0,
                to_um_s: 0.0,
            },
        }
    }

    /// Grants or withdraws the run permit.
    pub(crate) fn set_run(&mut self, now: SimTime, run: bool) {
        if run == self.running {
            return;
        }
        self.running = run;
        let (from_um, from_um_s) = self.motion_at(now);
        let (to_um_s, acceleration) = if run {
            (self.speed_um_s, self.acceleration_um_s2)
        } else {
            (0.0, -self.braking_um_s2)
        };
        let ramp_s = (to_um_s - from_um_s) / acceleration;
        self.ramp = Ramp {
            start: now,
            from_um,
            from_um_s,
            acceleration_um_s2: acceleration,
            ramp_s,
            to_um: from_um + (from_um_s + to_um_s) / 2.0 * ramp_s,
            to_um_s,
        };
    }

    /// True while it has the run permit.
    pub(crate) fn has_run_permit(&self) -> bool {
        self.running
    }

    /// Position in micrometres and speed in micrometres a second.
    fn motion_at(&self, now: SimTime) -> (f64, f64) {
        let r = &self.ramp;
        let dt = now.0.saturating_sub(r.start.0) as f64 / NS_PER_S;
        if dt >= r.ramp_s {
            return (r.to_um + r.to_um_s * (dt - r.ramp_s), r.to_um_s);
        }
        let speed = r.from_um_s + r.acceleration_um_s2 * dt;
        (r.from_um + (r.from_um_s + speed) / 2.0 * dt, speed)
    }

    /// Whole micrometres travelled.
    pub(crate) fn position_um(&self, now: SimTime) -> u64 {
        self.motion_at(now).0 as u64
    }

    /// True while it moves.
    pub(crate) fn is_moving(&self, now: SimTime) -> bool {
        self.motion_at(now).1 > 0.0
    }

    /// When it reaches a position; never, if it stops before. A position already passed gives
    /// some time in the past.
    pub(crate) fn time_at(&self, position_um: u64) -> Option<SimTime> {
        let r = &self.ramp;
        let x = position_um as f64;
        if x <= r.from_um {
            return Some(r.start);
        }
        let dt = if x <= r.to_um {
            let way = x - r.from_um;
            let squared = r.from_um_s * r.from_um_s + 2.0 * r.acceleration_um_s2 * way;
            2.0 * way / (r.from_um_s + squared.max(0.0).sqrt())
        } else if r.to_um_s > 0.0 {
            r.ramp_s + (x - r.to_um) / r.to_um_s
        } else {
            return None;
        };
        Some(r.start.plus_ns(rounded_up(dt * NS_PER_S)))
    }
}

/// The next whole number; `f64::ceil` is a call on the oldest processors that we build for.
fn rounded_up(ns: f64) -> u64 {
    let whole = ns as u64;
    whole.saturating_add(u64::from((whole as f64) < ns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ramps_up_and_stops_within_the_braking_distance() {
        let config = SimConfig::default();
        let mut belt = Belt::new(&config);
        belt.set_run(SimTime::ZERO, true);
        // 1200 mm/s at 4000 mm/s2: 0.3 s and 180 mm.
        assert_eq!(belt.position_um(SimTime::from_ms(300)), 180_000);
        assert_eq!(belt.time_at(180_000), Some(SimTime::from_ms(300)));
        assert_eq!(belt.time_at(1_380_000), Some(SimTime::from_ms(1_300)));
        belt.set_run(SimTime::from_ms(1_300), false);
        assert_eq!(belt.time_at(1_421_000), None);
        assert!(belt.time_at(1_419_999).is_some());
        let stopped = SimTime::from_ms(5_000);
        assert!(!belt.is_moving(stopped));
        assert!(belt.position_um(stopped).abs_diff(1_420_000) <= 1);
    }

    #[test]
    fn time_and_position_agree_on_every_ramp() {
        let mut belt = Belt::new(&SimConfig::default());
        for (at_ms, run) in [(0, true), (130, false), (150, true), (900, false), (905, true)] {
            let at = SimTime::from_ms(at_ms);
            belt.set_run(at, run);
            let from = belt.position_um(at);
            for ahead in [1, 50, 1_000, 20_000, 90_000] {
                let Some(time) = belt.time_at(from + ahead) else { continue };
                let there = belt.position_um(time);
                assert!(there.abs_diff(from + ahead) <= 1, "{at_ms} ms, {ahead} um: {there}");
            }
        }
    }
}
