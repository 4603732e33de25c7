//! Links, strobes and results of the stations beside the camera: each result is bound to the pack
//! whose strobe it carries.
//!
//! Part of `Line`. A station's n-th strobe on the line I/O is its n-th trigger; both counters are
//! joined at an empty belt and compared ever after. Must never bind by order of arrival.

use super::Line;
use crate::event::{Input, StationReading};
use crate::ids::{EncoderCount, Epoch};
use crate::limits::RESULTS_PENDING;
use crate::reason::HoldCause;
use crate::record::{Device, RecordBody};
use crate::register::Stage;
use crate::station::{StationState, compare};
use crate::track::Slot;
use contracts::line_io::Channel;
use contracts::station::Station;
use heapless::Deque;

/// What the core knows of a station.
#[derive(Debug, Default)]
pub(super) struct StationLink {
    pub(super) up: bool,
    epoch: Epoch,
    pub(super) recipe_ok: bool,
    triggers: u32,
    armed: Option<Armed>,
    last_fired: u32,
    last_count: EncoderCount,
    pending: Deque<(StationReading, EncoderCount), RESULTS_PENDING>,
    /// The counters differed while nothing was at the station; once may be a late sample.
    differed: bool,
    /// A hold was told for that, and they differ still.
    told: bool,
}

/// Both counters as they were at the empty belt.
#[derive(Clone, Copy, Debug)]
struct Armed {
    epoch: Epoch,
    io_base: u32,
    base: u32,
}

impl Line {
    pub(super) fn station_input(&mut self, input: Input) {
        match input {
            Input::StationUp { station, epoch, recipe_ok, triggers } if self.needs(station) => {
                self.station_up(station, epoch, recipe_ok, triggers);
            }
            Input::StationResult(reading) if self.needs(reading.station) => {
                self.station_result(&reading);
            }
            Input::StationSample { station, triggers, .. } if self.needs(station) => {
                self.station_sample(station, triggers);
            }
            Input::StationDown { station } if self.needs(station) => self.station_down(station),
            _ => {}
        }
    }

    fn needs(&self, station: Station) -> bool {
        self.batch.stations.names(station)
    }

    /// Every station of the recipe answers and knows the order.
    pub(super) fn stations_ready(&self) -> bool {
        let ready = |station: Station| {
            let link = &self.stations[station.index()];
            link.up && link.recipe_ok
        };
        self.batch.stations.named().all(ready)
    }

    fn station_up(&mut self, station: Station, epoch: Epoch, recipe_ok: bool, triggers: u32) {
        self.record(RecordBody::LinkUp { device: Device::of(station), epoch });
        let link = &mut self.stations[station.index()];
        (link.up, link.recipe_ok, link.epoch, link.triggers) = (true, recipe_ok, epoch, triggers);
        if link.armed.is_some_and(|armed| armed.epoch != epoch) {
            link.armed = None;
            link.pending.clear();
            self.hold(HoldCause::StationRestart);
        }
    }

    fn station_down(&mut self, station: Station) {
        if core::mem::take(&mut self.stations[station.index()].up) {
            self.record(RecordBody::LinkDown { device: Device::of(station) });
            self.hold(HoldCause::StationLink);
        }
    }

    /// On an empty belt: from now on the n-th strobe of the line I/O is the station's n-th trigger.
    pub(super) fn arm_stations(&mut self) {
        for station in self.batch.stations.named() {
            let io_base = self.io.totals[Channel::of(station).index()];
            let link = &mut self.stations[station.index()];
            let (epoch, base) = (link.epoch, link.triggers);
            link.armed = Some(Armed { epoch, io_base, base });
            link.last_fired = base;
            (link.differed, link.told) = (false, false);
            link.pending.clear();
        }
    }

    /// True when some station's triggers cannot be joined with strobes any more.
    pub(super) fn stations_disarmed(&self) -> bool {
        self.batch.stations.named().any(|s| self.stations[s.index()].armed.is_none())
    }

    /// A strobe: the station measures the pack that stands before it.
    pub(super) fn at_station(&mut self, station: Station, ordinal: u32, count: EncoderCount) {
        if !self.needs(station) {
            return;
        }
        let at = station.index();
        let (offset, window) = (self.config.station_counts[at], self.config.window_counts);
        let link = &mut self.stations[at];
        let number = link.armed.map(|a| a.base.wrapping_add(ordinal.wrapping_sub(a.io_base)));
        if let Some(number) = number {
            link.last_fired = number;
            link.last_count = count;
            link.differed = false;
        }
        let stage = Stage::Station(station);
        let Some(slot) = self.tracker.register(stage, count, offset, window) else {
            self.foreign();
            return;
        };
        if let Some(number) = number {
            slot.stations[at] = StationState::Seen(number);
        }
        self.bind_pending_results(station, count);
    }

    /// Results that overtook their strobe in the FIFO. One that waited for longer than a window of
    /// belt travel belongs to a pack whose strobe was lost.
    fn bind_pending_results(&mut self, station: Station, count: EncoderCount) {
        let lag = self.config.window_counts.max(self.config.permit_budget_counts / 2);
        for _ in 0..self.stations[station.index()].pending.len() {
            let Some((reading, since)) = self.stations[station.index()].pending.pop_front() else {
                return;
            };
            if count > since.plus(lag) {
                self.hold(HoldCause::StationOutOfStep);
            } else {
                self.station_result(&reading);
            }
        }
    }

    fn station_result(&mut self, reading: &StationReading) {
        let at = reading.station.index();
        let encoder = self.io.encoder;
        let link = &mut self.stations[at];
        if link.armed.is_none_or(|armed| armed.epoch != reading.epoch) {
            return;
        }
        if reading.trigger > link.last_fired {
            if link.pending.push_back((*reading, encoder)).is_err() {
                self.hold(HoldCause::StationOutOfStep);
            }
            return;
        }
        let bound = |s: &Slot| s.stations[at].trigger() == Some(reading.trigger);
        let stage = Stage::Station(reading.station);
        let Some(slot) = self.tracker.the_one(stage, bound) else { return };
        let (track, first) = (slot.track, slot.stations[at] == StationState::Seen(reading.trigger));
        if !first {
            slot.duplicate = true;
            self.second_result(track);
            return;
        }
        let number = slot.label.map(|label| label.number);
        let found = compare(reading, number.as_ref(), &self.batch, self.config.simulation);
        slot.stations[at] = match found {
            Ok(()) => StationState::Proven(reading.trigger),
            Err(reason) => StationState::Failed(reading.trigger, reason),
        };
        self.record(RecordBody::StationResult {
            track,
            station: reading.station,
            trigger: reading.trigger,
            result_seq: reading.seq,
            reason: found.err(),
            value: reading.value,
            read: (!reading.content.as_bytes().is_empty()).then_some(reading.content),
        });
    }

    /// Nothing is at the station, and still its counter and the line I/O's differ: twice in a row
    /// they are out of step.
    fn station_sample(&mut self, station: Station, triggers: u32) {
        let (encoder, window) = (self.io.encoder, self.config.window_counts);
        let drained = self.io.drained;
        let link = &mut self.stations[station.index()];
        link.triggers = triggers;
        if link.armed.is_none() || !drained || encoder <= link.last_count.plus(window) {
            return;
        }
        let differs = triggers != link.last_fired;
        let twice = core::mem::replace(&mut link.differed, differs) && differs;
        link.told &= differs;
        // Told once: until they are joined anew, at the end of a purge, they go on differing.
        if twice && !link.told {
            self.hold(HoldCause::StationOutOfStep);
            let told = self.holds.contains(HoldCause::StationOutOfStep);
            self.stations[station.index()].told = told;
        }
    }
}
