//! What happens to the belt because of a pack's card: packs taken away, put between, or stuck
//! together, and an encoder that fails.
//!
//! Called at a pack's release and at the belt position of an incident. It must never move what lies
//! on the belt already.

use std::cmp::Reverse;

use crate::scenario::FaultKind;
use crate::truth::Fate;
use crate::world::World;
use crate::world::faults::Card;
use crate::world::label::PrintedLabel;
use crate::world::packs::{Pack, Whereabouts};

/// Something that happens at a belt position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Incident {
    /// Somebody takes the pack away.
    Taken,
    /// Somebody puts the pack onto the belt.
    PutOn,
    /// The encoder counts wrong.
    EncoderGlitch,
    /// The encoder counts backward.
    EncoderReversal,
}

impl World {
    /// Plans what a released pack's card has in store for the belt.
    pub(crate) fn plan_incidents(&mut self, id: u64, card: Card, belt_um: u64) {
        if card.faults.contains(FaultKind::MissingPack) {
            // Behind the infeed eye, before the gate eye.
            let (from_um, to_um) = (self.places.length_um + 1, self.places.gate_um - 1);
            let way_um = self.plan.taken_at_um(card.detail, from_um, to_um);
            self.incidents.push(Reverse((belt_um + way_um, id, Incident::Taken)));
        }
        let encoder = [
            (FaultKind::EncoderGlitch, Incident::EncoderGlitch),
            (FaultKind::EncoderReversal, Incident::EncoderReversal),
        ];
        for (fault, incident) in encoder {
            if card.faults.contains(fault) {
                let way_um = card.fails_at_um(fault, self.places.gate_um);
                self.incidents.push(Reverse((belt_um + way_um, id, incident)));
            }
        }
        if card.faults.contains(FaultKind::TouchingPacks) {
            self.second_pack(id, belt_um);
        } else if card.faults.contains(FaultKind::ForeignPack) {
            self.expect_intruder(card, belt_um);
        }
    }

    /// The machine before us delivers two packs at once, end to front.
    fn second_pack(&mut self, id: u64, belt_um: u64) {
        if !self.infeed.release_with_it() {
            return;
        }
        if let Some(first) = self.packs.get_mut(id) {
            first.struck.insert(FaultKind::TouchingPacks);
        }
        let placed_um = belt_um + self.places.length_um;
        let mut second = Pack::new(self.packs.next_id(), placed_um, Card::default());
        second.touches = true;
        second.io_epoch = self.line_io.epoch();
        second.struck.insert(FaultKind::TouchingPacks);
        self.packs.push(second);
        self.log.counters.released += 1;
    }

    /// The machine before us leaves a gap, in which somebody puts a pack farther on.
    fn expect_intruder(&mut self, card: Card, belt_um: u64) {
        let placed_um = belt_um + self.infeed.leave_gap();
        let id = self.packs.next_id();
        let mut intruder = Pack::new(id, placed_um, Card::default());
        intruder.place = Whereabouts::Coming;
        intruder.label = card.intruder_label().map(PrintedLabel::clean);
        self.packs.push(intruder);
        let p = &self.places;
        let (length, labeler) = (p.length_um, p.labeler_um);
        let stretches = [
            [length.min(labeler) + 1, labeler - 1],
            [labeler + 1, p.camera_um - 1],
            [p.camera_um + length + 1, p.gate_um - 1],
        ];
        let way_um = card.intruder_um(stretches);
        self.incidents.push(Reverse((placed_um + way_um, id, Incident::PutOn)));
    }

    /// The belt has come to the position of an incident.
    pub(crate) fn incident(&mut self) {
        let Some(Reverse((_, id, incident))) = self.incidents.pop() else { return };
        match incident {
            Incident::Taken => self.taken(id),
            Incident::PutOn => self.put_on(id),
            Incident::EncoderGlitch => self.encoder_fails(id, FaultKind::EncoderGlitch),
            Incident::EncoderReversal => self.encoder_fails(id, FaultKind::EncoderReversal),
        }
    }

    fn taken(&mut self, id: u64) {
        let on_belt = |pack: &&mut Pack| pack.place == Whereabouts::Belt;
        if let Some(pack) = self.packs.get_mut(id).filter(on_belt) {
            pack.struck.insert(FaultKind::MissingPack);
            self.take_off(id, Fate::Removed);
        }
    }

    fn put_on(&mut self, id: u64) {
        let epoch = self.line_io.epoch();
        let Some(pack) = self.packs.get_mut(id) else { return };
        pack.place = Whereabouts::Belt;
        pack.io_epoch = epoch;
        pack.struck.insert(FaultKind::ForeignPack);
        self.log.counters.released += 1;
    }

    fn encoder_fails(&mut self, id: u64, fault: FaultKind) {
        let Some(pack) = self.packs.get_mut(id) else { return };
        pack.struck.insert(fault);
        let card = pack.card;
        let severity = self.plan.severity();
        if fault == FaultKind::EncoderGlitch {
            self.line_io.glitch(card.glitch_counts(severity));
        } else {
            self.line_io.reverse(card.reversal_um(severity));
        }
        self.log.begin(fault, "line_io", self.now, Some(id));
        self.log.end(fault, self.now);
    }
}
