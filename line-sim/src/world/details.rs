//! The seeded details of a pack's faults: where, how much, how long.
//!
//! Asked when a fault of the pack's card strikes. It must never draw from anything but the pack's
//! own seed, so that the same pack suffers the same whatever happened before.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::scenario::{Eye, FaultKind, Severity};
use crate::world::chance::{unit, within};
use crate::world::faults::Card;
use crate::world::label::{LabelText, Text};

/// A product that is not the order's.
const FOREIGN_GTIN: &[u8] = b"04012345678901";

/// The generator of one fault of a pack.
fn draws(card: Card, fault: FaultKind) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(card.detail);
    rng.set_stream(fault as u64 + 1);
    rng
}

impl Card {
    /// The eye that misses the pack, or stays blocked from it on.
    pub(crate) fn eye_of(&self, fault: FaultKind) -> Option<Eye> {
        let drawn = || Eye::ALL[within(&mut draws(*self, fault), 0, 4) as usize];
        self.faults.contains(fault).then(|| self.eye.unwrap_or_else(drawn))
    }

    /// How long a pause lasts, milliseconds.
    pub(crate) fn pause_ms(&self, severity: &Severity, fault: FaultKind) -> u64 {
        let [low, high] = severity.pause_ms;
        self.duration_ms.unwrap_or_else(|| within(&mut draws(*self, fault), low, high))
    }

    /// Counts that the encoder shows too many (above 0) or misses.
    pub(crate) fn glitch_counts(&self, severity: &Severity) -> i64 {
        let mut rng = draws(*self, FaultKind::EncoderGlitch);
        let [low, high] = severity.encoder_glitch_counts;
        let counts = within(&mut rng, low, high) as i64;
        if within(&mut rng, 0, 1) == 0 { counts } else { -counts }
    }

    /// Way over which the encoder counts backward, micrometres.
    pub(crate) fn reversal_um(&self, severity: &Severity) -> u64 {
        let [low, high] = severity.encoder_reversal_mm;
        let share = unit(&mut draws(*self, FaultKind::EncoderReversal));
        ((low + (high - low) * share) * 1_000.0) as u64
    }

    /// Belt travel from the pack's infeed at which the encoder fails, of a way that long.
    pub(crate) fn fails_at_um(&self, fault: FaultKind, way_um: u64) -> u64 {
        let mut rng = draws(*self, fault);
        rng.set_word_pos(64);
        within(&mut rng, 1, way_um)
    }

    /// How long after the next pack's result this one's comes, milliseconds: in time or late.
    pub(crate) fn after_next_ms(&self, severity: &Severity) -> u64 {
        let mut rng = draws(*self, FaultKind::OutOfOrderResult);
        let [low, high] = severity.late_result_ms;
        match within(&mut rng, 0, 1) {
            0 => within(&mut rng, 1, 10),
            _ => within(&mut rng, low, high),
        }
    }

    /// Where somebody puts a pack onto the belt: one of the stretches, and the way of its front.
    pub(crate) fn intruder_um(&self, stretches: [[u64; 2]; 3]) -> u64 {
        let mut rng = draws(*self, FaultKind::ForeignPack);
        let [low, high] = stretches[within(&mut rng, 0, 2) as usize];
        within(&mut rng, low, high)
    }

    /// What the pack bears that somebody puts onto the belt: another product's label, or nothing.
    pub(crate) fn intruder_label(&self) -> Option<LabelText> {
        let mut rng = draws(*self, FaultKind::ForeignPack);
        rng.set_word_pos(64);
        (within(&mut rng, 0, 1) == 0).then(|| foreign_label(&mut rng))
    }

    /// The second label in the camera's view.
    pub(crate) fn stray_label(&self) -> LabelText {
        foreign_label(&mut draws(*self, FaultKind::TwoCodes))
    }
}

fn foreign_label(rng: &mut ChaCha8Rng) -> LabelText {
    let serial = format!("F{:09}", within(rng, 0, 999_999_999));
    LabelText {
        gtin: Text::new(FOREIGN_GTIN),
        serial: Text::new(serial.as_bytes()),
        expiry: Text::new(b"271130"),
        lot: Text::new(b"OTHER-1"),
        national: None,
    }
}
