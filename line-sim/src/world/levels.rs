//! What holds for a while and is no pack's: level inputs, pauses of the machines before and behind
//! us, the reject bin.
//!
//! Called at a pack's release, by timers and by hands. It must never stop the belt but through the
//! safety chain: everything else is for the controller to do.

use contracts::line_io::inputs;

use crate::scenario::FaultKind;
use crate::world::faults::Card;
use crate::world::run::Timed;
use crate::world::{SimTime, World};

/// The levels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    pub(crate) safety_open: bool,
    pub(crate) air_lost: bool,
    pub(crate) bin_unlocked: bool,
    pub(crate) bin_full: bool,
    pub(crate) power_failed: bool,
    /// Packs in the bin since it was emptied.
    pub(crate) bin_packs: u64,
    /// The machine before us delivers nothing until then.
    starved_until: Option<SimTime>,
    /// The machine behind us takes nothing until then.
    blocked_until: Option<SimTime>,
}

impl World {
    /// A pack is released: what its card has in store for the levels begins.
    pub(crate) fn strike_levels(&mut self, card: Card) {
        let severity = *self.plan.severity();
        let pauses = [(FaultKind::Starved, "upstream"), (FaultKind::Blocked, "downstream")];
        for (fault, machine) in pauses.into_iter().filter(|(f, _)| card.faults.contains(*f)) {
            let until = self.now.plus_ms(card.pause_ms(&severity, fault));
            let of = match fault {
                FaultKind::Starved => &mut self.levels.starved_until,
                _ => &mut self.levels.blocked_until,
            };
            *of = (*of).max(Some(until));
            self.log.begin(fault, machine, self.now, None);
            self.log.finds(fault, self.packs.on_belt());
            self.at(until, Timed::PauseOver);
        }
        let lasting = [
            (FaultKind::SafetyOpen, "safety", &mut self.levels.safety_open),
            (FaultKind::AirLost, "air", &mut self.levels.air_lost),
            (FaultKind::BinUnlocked, "bin", &mut self.levels.bin_unlocked),
            (FaultKind::BinFull, "bin", &mut self.levels.bin_full),
            (FaultKind::PowerFail, "mains", &mut self.levels.power_failed),
        ];
        for (fault, place, level) in lasting {
            if card.faults.contains(fault) && !std::mem::replace(level, true) {
                self.log.begin(fault, place, self.now, None);
                self.log.finds(fault, self.packs.on_belt());
            }
        }
        self.infeed.set_starved(self.levels.starved_until.is_some());
    }

    /// A pause may be over.
    pub(crate) fn pause_over(&mut self) {
        let now = self.now;
        let over = |until: &mut Option<SimTime>| until.take_if(|until| *until <= now).is_some();
        if over(&mut self.levels.starved_until) {
            self.log.end(FaultKind::Starved, now);
            self.infeed.set_starved(false);
            self.infeed.hurry(self.belt.position_um(now));
        }
        if over(&mut self.levels.blocked_until) {
            self.log.end(FaultKind::Blocked, now);
        }
    }

    /// A pack lies in the bin.
    pub(crate) fn fill_bin(&mut self) {
        self.levels.bin_packs += 1;
        let is_full = self.levels.bin_packs >= self.config.bin_packs_max;
        if is_full && !std::mem::replace(&mut self.levels.bin_full, true) {
            self.log.begin(FaultKind::BinFull, "bin", self.now, None);
        }
    }

    /// Somebody ends a lasting fault. True when there was one.
    pub(crate) fn repair_level(&mut self, fault: FaultKind) -> bool {
        let level = match fault {
            FaultKind::SafetyOpen => &mut self.levels.safety_open,
            FaultKind::AirLost => &mut self.levels.air_lost,
            FaultKind::BinFull => &mut self.levels.bin_full,
            FaultKind::PowerFail => &mut self.levels.power_failed,
            _ => &mut self.levels.bin_unlocked,
        };
        let was = std::mem::take(level);
        self.log.end(fault, self.now);
        self.drive();
        was
    }

    /// The level inputs of the line I/O.
    pub(crate) fn level_inputs(&self) -> u16 {
        let levels = &self.levels;
        let bits = [
            (!levels.safety_open, inputs::SAFETY_OK),
            (!levels.air_lost, inputs::AIR_OK),
            (levels.bin_full, inputs::BIN_FULL),
            (levels.power_failed, inputs::POWER_FAIL),
            (!levels.bin_unlocked, inputs::BIN_LOCKED),
            (self.infeed.is_ready(), inputs::UPSTREAM_READY),
            (levels.blocked_until.is_none(), inputs::DOWNSTREAM_READY),
        ];
        bits.iter().fold(0, |all, (set, bit)| all | (u16::from(*set) * bit))
    }
}
