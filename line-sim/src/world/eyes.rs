//! What the eyes see: packs that stick together are one block, an eye may miss a pack or stay
//! blocked.
//!
//! Asked for each front and end of a pack at an eye. It must never decide what the line I/O makes
//! of an edge.

use contracts::line_io::Channel;

use crate::scenario::{Eye, FaultKind};
use crate::world::World;
use crate::world::packs::Whereabouts;

impl Eye {
    pub(crate) const fn channel(self) -> Channel {
        match self {
            Self::Infeed => Channel::Infeed,
            Self::CameraEye => Channel::CameraEye,
            Self::Gate => Channel::Gate,
            Self::Exit => Channel::Exit,
            Self::EjectConfirm => Channel::EjectConfirm,
        }
    }

    pub(crate) fn of(channel: Channel) -> Option<Self> {
        Self::ALL.into_iter().find(|eye| eye.channel() == channel)
    }
}

impl World {
    /// A pack's front is at an eye: true when the eye sees it become blocked.
    pub(crate) fn front_at(&mut self, eye: Eye, id: u64) -> bool {
        let now = self.now;
        let Some(pack) = self.packs.get_mut(id) else { return false };
        let of_eyes = pack.card.faults.contains(FaultKind::SensorMissing)
            || pack.card.faults.contains(FaultKind::SensorStuck);
        if of_eyes && pack.card.eye_of(FaultKind::SensorMissing) == Some(eye) {
            pack.strikes(FaultKind::SensorMissing);
            return false;
        }
        if self.stuck_eye == Some(eye) {
            pack.struck.insert(FaultKind::SensorStuck);
            self.log.begin(FaultKind::SensorStuck, eye.name(), now, Some(id));
            return false;
        }
        let apart = eye == Eye::EjectConfirm;
        let is_free = apart || !pack.touches || !self.line_io.is_blocked(eye.channel());
        let sticks = of_eyes && pack.card.eye_of(FaultKind::SensorStuck) == Some(eye);
        if sticks && self.stuck_eye.is_none() {
            pack.strikes(FaultKind::SensorStuck);
            self.stuck_eye = Some(eye);
            self.log.begin(FaultKind::SensorStuck, eye.name(), now, Some(id));
        }
        is_free
    }

    /// A pack's end is at an eye: true when the eye sees it become clear.
    pub(crate) fn end_at(&self, eye: Eye, id: u64) -> bool {
        let comes_here = |place| match eye {
            Eye::EjectConfirm => false,
            // One that sticks to it may have gone into the chute before.
            Eye::Exit => matches!(place, Whereabouts::Belt | Whereabouts::Exit),
            _ => place != Whereabouts::Gone,
        };
        let followed = self.packs.get(id + 1).is_some_and(|p| p.touches && comes_here(p.place));
        self.stuck_eye != Some(eye) && !followed
    }

    /// Somebody cleans the eyes: one that was stuck sees again. True when there was one.
    pub(crate) fn clean_eyes(&mut self) -> bool {
        let Some(eye) = self.stuck_eye.take() else { return false };
        self.log.end(FaultKind::SensorStuck, self.now);
        let channel = eye.channel();
        let before_it = self.packs.iter().any(|pack| {
            matches!(pack.place, Whereabouts::Belt | Whereabouts::Exit)
                && self.stations.blocked_by(pack.id).any(|blocked| blocked == channel)
        });
        if !before_it {
            self.clear_eye(channel, self.belt.position_um(self.now));
        }
        true
    }

    /// Nothing is before an eye any more.
    pub(crate) fn clear_eye(&mut self, channel: Channel, belt_um: u64) {
        if Eye::of(channel).is_some_and(|eye| self.stuck_eye == Some(eye)) {
            return;
        }
        match channel {
            Channel::Gate => self.line_io.gate_falling(belt_um),
            _ => self.line_io.falling(channel, belt_um),
        }
    }
}
