//! Seeded chance: uniform numbers and ready-made grain for carton and sensor.
//!
//! Called by the press and by the photograph. It must never draw from anything but the generator
//! it is handed: one seed reproduces every pixel.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A uniform number in `low..high`.
pub fn between(rng: &mut ChaCha8Rng, low: f32, high: f32) -> f32 {
    let unit = (rng.next_u32() >> 8) as f32 / (1_u32 << 24) as f32;
    low + (high - low) * unit
}

/// A uniform whole number in `0..count`, and 0 for a count of 0.
pub fn below(rng: &mut ChaCha8Rng, count: usize) -> usize {
    let product = u64::from(rng.next_u32()) * count as u64;
    (product >> 32) as usize
}

/// Samples in a grain's table.
const GRAIN_SAMPLES: usize = 1 << 16;

/// A table of bell-shaped random samples (mean 0, deviation 1) that rows of pixels start anywhere
/// in: a hundredth of the time of drawing each pixel.
#[derive(Clone, Debug)]
pub struct Grain {
    samples: Vec<f32>,
}

impl Grain {
    /// A table for rows of up to `width_max` pixels; the same `seed` gives the same table.
    #[must_use]
    pub fn new(seed: u64, width_max: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // The number of ones in 64 fair bits: mean 32, deviation 4.
        let sample = |_| (rng.next_u64().count_ones() as f32 - 32.0) / 4.0;
        Self { samples: (0..GRAIN_SAMPLES + width_max).map(sample).collect() }
    }

    /// A row of `width` samples that starts where the generator says. Shorter if the row is wider
    /// than the table was made for.
    #[must_use]
    pub fn row(&self, width: usize, rng: &mut ChaCha8Rng) -> &[f32] {
        let width = width.min(self.samples.len());
        let start = below(rng, self.samples.len() - width + 1);
        &self.samples[start..start + width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grain_has_mean_zero_and_deviation_one() {
        let grain = Grain::new(7, 0);
        let count = grain.samples.len() as f32;
        let mean = grain.samples.iter().sum::<f32>() / count;
        let square = grain.samples.iter().map(|s| s * s).sum::<f32>() / count;
        assert!(mean.abs() < 0.02, "mean {mean}");
        assert!((square - 1.0).abs() < 0.03, "variance {square}");
    }

    #[test]
    fn the_same_seed_draws_the_same_numbers() {
        let draw = || {
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            (between(&mut rng, -1.0, 1.0), below(&mut rng, 9))
        };
        assert_eq!(draw(), draw());
        assert!(draw().1 < 9);
    }
}
