//! Camera triggers and results: each result is bound to the pack whose trigger it carries.
//!
//! Part of `Line`. Must never bind by order of arrival or by content.

use super::Line;
use crate::event::CameraReading;
use crate::ids::{EncoderCount, Epoch, TrackIndex};
use crate::reason::HoldCause;
use crate::record::{Device, RecordBody};
use crate::register::Stage;
use crate::track::{Slot, Trigger};
use crate::verify::Reading;

impl Line {
    pub(super) fn camera_up(&mut self, epoch: Epoch, recipe_ok: bool, triggers: u32) {
        self.record(RecordBody::LinkUp { device: Device::Camera, epoch });
        self.camera.up = true;
        self.camera.recipe_ok = recipe_ok;
        self.camera.epoch = epoch;
        self.camera.triggers = triggers;
        if self.camera.armed.is_some_and(|(armed, ..)| armed != epoch) {
            self.camera.armed = None;
            self.camera.pending.clear();
            self.hold(HoldCause::CameraRestart);
        }
    }

    pub(super) fn camera_down(&mut self) {
        if self.camera.up {
            self.camera.up = false;
            self.record(RecordBody::LinkDown { device: Device::Camera });
            self.hold(HoldCause::CameraLink);
        }
    }

    /// On an empty belt: from now on the n-th trigger of the line I/O is the camera's n-th.
    pub(super) fn arm_camera(&mut self) {
        let fired = self.io.totals[contracts::line_io::Channel::CameraTrigger.index()];
        self.camera.armed = Some((self.camera.epoch, fired, self.camera.triggers));
        self.camera.last_fired = self.camera.triggers;
        self.camera.pending.clear();
    }

    pub(super) fn trigger_fired(&mut self, ordinal: u32, count: EncoderCount) {
        let Some((_, io_base, camera_base)) = self.camera.armed else { return };
        let number = camera_base.wrapping_add(ordinal.wrapping_sub(io_base));
        self.camera.last_fired = number;
        let near = self.config.window_counts / 2;
        let commanded = |s: &Slot| match s.trigger {
            Trigger::Commanded(at) => at.distance(count) <= near,
            Trigger::None | Trigger::Fired(_) => false,
        };
        let offset = self.config.trigger_counts;
        let reached = |at: EncoderCount| at.plus(offset) <= count.plus(near);
        if let Some(slot) = self.tracker.awaiting(Stage::Trigger, reached, commanded) {
            slot.trigger = Trigger::Fired(number);
        }
        self.bind_pending();
    }

    fn bind_pending(&mut self) {
        for _ in 0..self.camera.pending.len() {
            if let Some(reading) = self.camera.pending.pop_front() {
                self.camera_result(&reading);
            }
        }
    }

    pub(super) fn camera_result(&mut self, result: &CameraReading) {
        let armed = self.camera.armed.is_some_and(|(epoch, ..)| epoch == result.epoch);
        if !armed {
            self.discard(result, None);
            return;
        }
        let number = result.trigger;
        if number > self.camera.last_fired {
            if self.camera.pending.push_back(*result).is_err() {
                self.hold(HoldCause::CameraOutOfStep);
            }
            return;
        }
        let fired = |s: &Slot| s.trigger == Trigger::Fired(number);
        let Some(slot) = self.tracker.the_one(Stage::Trigger, fired) else {
            self.discard(result, None);
            return;
        };
        let track = slot.track;
        if slot.reading.is_some() {
            slot.duplicate = true;
            self.discard(result, Some(track));
            self.second_result(track);
        } else if slot.decided.is_some() {
            self.discard(result, Some(track));
        } else {
            slot.reading = Some(Reading::new(result, self.config.simulation));
        }
    }

    fn discard(&mut self, result: &CameraReading, track: Option<TrackIndex>) {
        let (trigger, result_seq) = (result.trigger, result.seq);
        if self.counts.counting() && self.has_credit() {
            self.record(RecordBody::ResultDiscarded { trigger, result_seq, track });
        }
    }
}
