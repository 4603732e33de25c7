//! Seeded draws for the world.
//!
//! Called where a pack is released and where the camera takes its time. It must never draw from
//! anything but the generator it is handed, so that one seed reproduces a run.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// A uniform number in `0.0..1.0`.
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// True with the given probability. Always takes one draw, so that a changed rate of one fault
/// does not shift the draws of the others.
pub(crate) fn hit(rng: &mut ChaCha8Rng, probability: f64) -> bool {
    f64::from(rng.next_u32()) < probability * 4_294_967_296.0
}

/// A uniform whole number in `low..=high` (`low` when the range is empty).
pub(crate) fn within(rng: &mut ChaCha8Rng, low: u64, high: u64) -> u64 {
    let span = high.saturating_sub(low).saturating_add(1);
    low + ((u128::from(rng.next_u64()) * u128::from(span)) >> 64) as u64
}
