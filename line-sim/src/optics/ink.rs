//! Ink on the pack, and what goes wrong with it.
//!
//! The label draws into an [`InkPlane`], the press lets faults at it. It must never know what the
//! ink says: nozzles and wipers do not read.

use rand_chacha::ChaCha8Rng;

use crate::optics::chance::{below, between};

/// Rows of pixels that one nozzle prints.
const NOZZLE_ROWS_PX: usize = 1;
/// How far full smear (1.0) drags ink until it has faded to a third, in pixels.
const SMEAR_LENGTH_PX: f32 = 14.0;
/// Share of the ink that smear drags along, for the square root of its severity.
const SMEAR_STRENGTH: f32 = 0.9;
/// Severity from which ink is dragged in full and without end: no module is left to be told.
const SMEAR_TOTAL: f32 = 0.9;

/// Print faults of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InkFaults {
    /// Nothing was printed at all.
    pub missing: bool,
    /// Ink dragged along the web before it was dry: 0 none, 1 unreadable.
    pub smear: f32,
    /// Nozzles that printed nothing, at places that the generator draws within the print.
    pub dead_nozzles: u8,
    /// Density of the ink: 1 full, 0 invisible.
    pub contrast: f32,
    /// Share of the symbol's dark modules that stay bare, each for itself.
    pub missing_modules: f32,
}

impl Default for InkFaults {
    /// A clean print.
    fn default() -> Self {
        Self { missing: false, smear: 0.0, dead_nozzles: 0, contrast: 1.0, missing_modules: 0.0 }
    }
}

/// How much ink lies on each pixel of the label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InkPlane {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width * height` values row by row, 0 bare and 255 full ink.
    pub coverage: Vec<u8>,
}

impl InkPlane {
    /// A plane without ink.
    #[must_use]
    pub fn blank(width: usize, height: usize) -> Self {
        Self { width, height, coverage: vec![0; width * height] }
    }

    /// One row of pixels.
    ///
    /// # Panics
    /// If `y` is not below the height.
    pub fn row_mut(&mut self, y: usize) -> &mut [u8] {
        &mut self.coverage[y * self.width..(y + 1) * self.width]
    }

    /// Adds the ink of another plane of the same size; where both have ink, the darker counts.
    pub fn overprint(&mut self, other: &Self) {
        for (coverage, added) in self.coverage.iter_mut().zip(&other.coverage) {
            *coverage = (*coverage).max(*added);
        }
    }

    /// Lets the faults at the ink. Missing modules are the drawing's, which knows modules.
    pub fn spoil(&mut self, faults: &InkFaults, rng: &mut ChaCha8Rng) {
        if faults.missing {
            self.coverage.fill(0);
            return;
        }
        self.kill_nozzles(faults.dead_nozzles, rng);
        self.smear(faults.smear, rng);
        self.thin(faults.contrast);
    }

    /// Clears the rows of `count` different nozzles among those that print.
    fn kill_nozzles(&mut self, count: u8, rng: &mut ChaCha8Rng) {
        let Some((first, last)) = self.printed_rows() else { return };
        let mut alive: Vec<usize> = (first..=last).step_by(NOZZLE_ROWS_PX).collect();
        for _ in 0..count {
            if alive.is_empty() {
                return;
            }
            let top = alive.swap_remove(below(rng, alive.len()));
            for y in top..(top + NOZZLE_ROWS_PX).min(self.height) {
                self.row_mut(y).fill(0);
            }
        }
    }

    /// First and last row with ink.
    fn printed_rows(&self) -> Option<(usize, usize)> {
        let inked = |row: &[u8]| row.iter().any(|coverage| *coverage > 0);
        let mut rows = self.coverage.chunks(self.width.max(1));
        let first = rows.clone().position(inked)?;
        let last = rows.rposition(inked)?;
        Some((first, last))
    }

    /// Drags ink to the right, fading; the generator varies the severity by a tenth.
    fn smear(&mut self, severity: f32, rng: &mut ChaCha8Rng) {
        if severity <= 0.0 {
            return;
        }
        let severity = severity.min(1.0) * between(rng, 0.9, 1.0);
        let share = (severity / SMEAR_TOTAL).min(1.0);
        let length_px = severity * SMEAR_LENGTH_PX / (1.001 - share.powi(4));
        let keep = (-1.0 / length_px).exp();
        let strength =
            (SMEAR_STRENGTH * severity.sqrt() + 0.4 * (severity - 0.5).max(0.0)).min(1.0);
        for row in self.coverage.chunks_mut(self.width.max(1)) {
            let mut wet = 0.0_f32;
            for coverage in row {
                wet = (wet * keep).max(f32::from(*coverage));
                *coverage = (*coverage).max((wet * strength) as u8);
            }
        }
    }

    /// Scales the density.
    fn thin(&mut self, contrast: f32) {
        if contrast < 1.0 {
            let scale = (contrast.max(0.0) * 256.0) as u32;
            for coverage in &mut self.coverage {
                *coverage = (u32::from(*coverage) * scale / 256) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    /// A bar of full ink, rows 4..16, columns 4..8.
    fn bar() -> InkPlane {
        let mut plane = InkPlane::blank(32, 20);
        for y in 4..16 {
            plane.row_mut(y)[4..8].fill(255);
        }
        plane
    }

    fn spoilt(faults: InkFaults) -> InkPlane {
        let mut plane = bar();
        plane.spoil(&faults, &mut ChaCha8Rng::seed_from_u64(1));
        plane
    }

    fn inked(plane: &InkPlane) -> usize {
        plane.coverage.iter().filter(|c| **c > 0).count()
    }

    #[test]
    fn no_fault_changes_nothing() {
        assert_eq!(spoilt(InkFaults::default()), bar());
    }

    #[test]
    fn each_fault_does_its_own() {
        assert_eq!(inked(&spoilt(InkFaults { missing: true, ..InkFaults::default() })), 0);
        let dead = spoilt(InkFaults { dead_nozzles: 2, ..InkFaults::default() });
        assert_eq!(inked(&dead), inked(&bar()) - 2 * NOZZLE_ROWS_PX * 4);
        assert_eq!(inked(&spoilt(InkFaults { dead_nozzles: 255, ..InkFaults::default() })), 0);
        let smeared = spoilt(InkFaults { smear: 0.5, ..InkFaults::default() });
        assert!(inked(&smeared) > 2 * inked(&bar()));
        let thin = spoilt(InkFaults { contrast: 0.5, ..InkFaults::default() });
        assert_eq!(thin.coverage.iter().max(), Some(&127));
    }

    #[test]
    fn a_blank_plane_has_no_nozzles_to_lose() {
        let mut plane = InkPlane::blank(8, 8);
        let faults = InkFaults { dead_nozzles: 3, smear: 1.0, ..InkFaults::default() };
        plane.spoil(&faults, &mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(inked(&plane), 0);
    }
}
