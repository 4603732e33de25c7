//! In-line grade of a symbol, after the parameters of ISO/IEC 15415 and 16022 annex M.
//!
//! The camera calls it with what the decoder proved and the sampling measured. It is the grade of
//! a camera on a line, not of a calibrated verifier, and must never be called one.
//!
//! The parameters fall by their own fault: ink too pale SC, uneven ink MOD and RM, wrong modules
//! UEC and RM, wrong pitch ANU, bent grid GNU, damaged finder or quiet zone FPD.

use crate::optics::codewords::Decoded;
use crate::optics::sampling::SampledGrid;
use crate::optics::symbol::{Cell, SymbolPlan};

/// The best grade, 4.0, in tenths.
pub const TENTHS_MAX: u8 = 40;

/// Limits of a parameter for the grades 0, 1, 2, 3 and 4; between them the grade is proportional.
type Limits = [f32; 5];
const CONTRAST_LIMITS: Limits = [0.0, 0.20, 0.40, 0.55, 0.70];
const MODULATION_LIMITS: Limits = [0.0, 0.20, 0.30, 0.40, 0.50];
const AXIAL_LIMITS: Limits = [0.15, 0.12, 0.10, 0.08, 0.06];
const GRID_LIMITS: Limits = [1.0, 0.75, 0.63, 0.50, 0.38];
const UNUSED_LIMITS: Limits = [0.0, 0.25, 0.37, 0.50, 0.62];
const DAMAGE_LIMITS: Limits = [0.25, 0.17, 0.13, 0.09, 0.0];

/// The grades of one symbol, each in tenths from 0 (0.0) to 40 (4.0). All 0 when nothing was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grade {
    /// Symbol contrast.
    pub sc: u8,
    /// Modulation: evenness of the modules, whether right or wrong.
    pub mod_: u8,
    /// Reflectance margin: modulation where a wrong module counts as none.
    pub rm: u8,
    /// Axial non-uniformity: pitch along rows against columns.
    pub anu: u8,
    /// Grid non-uniformity: modules off the regular grid.
    pub gnu: u8,
    /// Unused error correction.
    pub uec: u8,
    /// Fixed pattern damage: finder, timing tracks, quiet zone.
    pub fpd: u8,
    /// The lowest of all.
    pub overall: u8,
}

impl Grade {
    /// Grades a symbol.
    #[must_use]
    pub fn of(plan: &SymbolPlan, decoded: &Decoded, grid: &SampledGrid) -> Self {
        let light = Light::of(grid);
        let margins = WordMargins::of(plan, decoded, grid, light);
        let check_words = plan.format.block_check_words();
        let (pitch_x, pitch_y) = grid.pitch_px;
        let stray = grid.shifts.iter().map(|(x, y)| x.hypot(*y)).fold(0.0, f32::max);
        let parameters = Self {
            sc: tenths(light.contrast, CONTRAST_LIMITS),
            mod_: ranked(plan, &margins.modulation),
            rm: ranked(plan, &margins.reflectance),
            anu: tenths((pitch_x - pitch_y).abs() / (pitch_x + pitch_y) * 2.0, AXIAL_LIMITS),
            gnu: tenths(stray, GRID_LIMITS),
            uec: tenths(unused(decoded.errors, check_words), UNUSED_LIMITS),
            fpd: tenths(worst_damage(plan, grid, light.threshold), DAMAGE_LIMITS),
            overall: 0,
        };
        Self { overall: parameters.lowest(), ..parameters }
    }

    fn lowest(&self) -> u8 {
        let all = [self.sc, self.mod_, self.rm, self.anu, self.gnu, self.uec, self.fpd];
        all.into_iter().fold(TENTHS_MAX, u8::min)
    }
}

/// The grade of a value in tenths; limits may rise or fall towards the better.
fn tenths(value: f32, limits: Limits) -> u8 {
    let sign = if limits[4] > limits[0] { 1.0 } else { -1.0 };
    let value = value * sign;
    let reached = |step: usize| {
        let (low, high) = (limits[step] * sign, limits[step + 1] * sign);
        ((value - low) / (high - low)).clamp(0.0, 1.0)
    };
    let grade: f32 = (0..limits.len() - 1).map(reached).sum();
    (grade * 10.0).round() as u8
}

/// Share of the error correction that is left; an error takes two check words.
fn unused(errors: usize, check_words: usize) -> f32 {
    (1.0 - 2.0 * errors as f32 / check_words as f32).max(0.0)
}

/// Brightness of a symbol as a whole.
#[derive(Clone, Copy)]
struct Light {
    contrast: f32,
    threshold: f32,
}

impl Light {
    fn of(grid: &SampledGrid) -> Self {
        let lowest = grid.levels.iter().copied().fold(f32::INFINITY, f32::min);
        let highest = grid.levels.iter().copied().fold(0.0, f32::max);
        Self { contrast: (highest - lowest).max(0.0), threshold: (highest + lowest) / 2.0 }
    }
}

/// For each codeword the margin of its worst module, 0..1.
struct WordMargins {
    modulation: Vec<f32>,
    reflectance: Vec<f32>,
}

impl WordMargins {
    fn of(plan: &SymbolPlan, decoded: &Decoded, grid: &SampledGrid, light: Light) -> Self {
        let words = plan.format.data_words + plan.format.check_words;
        let mut margins = Self { modulation: vec![1.0; words], reflectance: vec![1.0; words] };
        for (index, (cell, dark)) in plan.cells.iter().zip(&decoded.modules).enumerate() {
            let Cell::Data { word, .. } = *cell else { continue };
            let (column, row) = (index % grid.columns, index / grid.columns);
            let above = grid.level(column as isize, row as isize) - light.threshold;
            let margin = 2.0 * above.abs() / light.contrast.max(f32::EPSILON);
            let right = (above <= 0.0) == *dark;
            let proven = if right { margin } else { 0.0 };
            margins.modulation[word] = margins.modulation[word].min(margin);
            margins.reflectance[word] = margins.reflectance[word].min(proven);
        }
        margins
    }
}

/// Grade of the codewords' margins: that of the block with the lowest.
fn ranked(plan: &SymbolPlan, margins: &[f32]) -> u8 {
    let mut blocks = vec![Vec::new(); plan.format.blocks];
    for (word, margin) in margins.iter().enumerate() {
        blocks[plan.format.block(word)].push(tenths(*margin, MODULATION_LIMITS));
    }
    let check_words = plan.format.block_check_words();
    blocks.into_iter().map(|grades| ranked_block(grades, check_words)).fold(TENTHS_MAX, u8::min)
}

/// A few weak codewords count as little as the error correction that they could use up (ISO/IEC
/// 15415 7.8.4): the best, over all grades, of what the codewords below that grade leave of it.
fn ranked_block(mut grades: Vec<u8>, check_words: usize) -> u8 {
    grades.sort_unstable();
    let left = |below: usize| tenths(unused(below, check_words), UNUSED_LIMITS);
    let ranks = grades.iter().enumerate().map(|(below, grade)| left(below).min(*grade));
    ranks.fold(0, u8::max)
}

/// Share of wrong modules in the worst line of the fixed pattern or of the quiet zone.
fn worst_damage(plan: &SymbolPlan, grid: &SampledGrid, threshold: f32) -> f32 {
    let (rows, columns) = (grid.rows as isize, grid.columns as isize);
    let light = |_: isize| false;
    let quiet = [
        damage(grid, threshold, -1..=columns, |i| (i, -1), light),
        damage(grid, threshold, -1..=columns, |i| (i, rows), light),
        damage(grid, threshold, -1..=rows, |i| (-1, i), light),
        damage(grid, threshold, -1..=rows, |i| (columns, i), light),
    ];
    // The lines that hold no data at all are finder, timing tracks and alignment patterns.
    let fixed = |column: isize, row: isize| match plan.cells[(row * columns + column) as usize] {
        Cell::Light => Some(false),
        Cell::Dark => Some(true),
        Cell::Data { .. } => None,
    };
    let across = (0..rows).filter(|row| (0..columns).all(|i| fixed(i, *row).is_some()));
    let down = (0..columns).filter(|column| (0..rows).all(|i| fixed(*column, i).is_some()));
    let along_rows = across.map(|row| {
        damage(grid, threshold, 0..=columns - 1, |i| (i, row), |i| fixed(i, row) == Some(true))
    });
    let along_columns = down.map(|column| {
        damage(grid, threshold, 0..=rows - 1, |i| (column, i), |i| fixed(column, i) == Some(true))
    });
    along_rows.chain(along_columns).chain(quiet).fold(0.0, f32::max)
}

/// Share of modules along a line that are not as dark or light as they should be.
fn damage(
    grid: &SampledGrid,
    threshold: f32,
    line: std::ops::RangeInclusive<isize>,
    place: impl Fn(isize) -> (isize, isize),
    dark: impl Fn(isize) -> bool,
) -> f32 {
    let count = line.clone().count();
    let wrong = line
        .filter(|i| {
            let (column, row) = place(*i);
            (grid.level(column, row) <= threshold) != dark(*i)
        })
        .count();
    wrong as f32 / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optics::codewords::decode;
    use crate::optics::symbol::SymbolFormat;

    const INK: f32 = 0.1;
    const PAPER: f32 = 0.9;
    const CLEAN: Grade =
        Grade { sc: 40, mod_: 40, rm: 40, anu: 40, gnu: 40, uec: 40, fpd: 40, overall: 40 };
    /// One region, four regions, four regions and two blocks; a rectangle of one region, of two.
    const SIZES: [(usize, usize); 5] = [(24, 24), (32, 32), (52, 52), (12, 26), (16, 48)];

    /// A symbol and a grid of it.
    struct Sample {
        plan: SymbolPlan,
        grid: SampledGrid,
    }

    impl Sample {
        /// A flawless grid.
        fn clean((rows, columns): (usize, usize)) -> Self {
            let plan = SymbolPlan::new(SymbolFormat::of(rows, columns).unwrap());
            let modules = plan.format.encode(b"010415003752864321A").unwrap();
            let mut levels = vec![PAPER; (columns + 2) * (rows + 2)];
            for (index, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
                levels[(index / columns + 1) * (columns + 2) + index % columns + 1] = INK;
            }
            let shifts = vec![(0.0, 0.0); 16];
            let grid = SampledGrid { rows, columns, levels, pitch_px: (5.0, 5.0), shifts };
            Self { plan, grid }
        }

        /// Changes the level of one module.
        fn touch(&mut self, column: usize, row: usize, change: impl Fn(f32) -> f32) {
            let width = self.grid.columns + 2;
            let level = &mut self.grid.levels[(row + 1) * width + column + 1];
            *level = change(*level);
        }

        /// Changes one module of each of the first `count` codewords of each block.
        fn touch_words(&mut self, count: usize, change: impl Fn(f32) -> f32) {
            let (columns, blocks) = (self.grid.columns, self.plan.format.blocks);
            for (index, cell) in self.plan.cells.clone().into_iter().enumerate() {
                if matches!(cell, Cell::Data { word, bit: 3 } if word < count * blocks) {
                    self.touch(index % columns, index / columns, &change);
                }
            }
        }

        /// Errors that a block can correct.
        fn correctable(&self) -> usize {
            self.plan.format.block_check_words() / 2
        }

        fn graded(&self) -> Grade {
            let columns = self.grid.columns;
            let threshold = Light::of(&self.grid).threshold;
            let level = |i: usize| self.grid.level((i % columns) as isize, (i / columns) as isize);
            let decoded = decode(&self.plan, |i| level(i) <= threshold).unwrap();
            Grade::of(&self.plan, &decoded, &self.grid)
        }
    }

    #[test]
    fn a_flawless_symbol_is_4_0_in_all() {
        for format in crate::optics::symbol::FORMATS.into_iter().filter(|f| f.data_words > 10) {
            assert_eq!(Sample::clean((format.rows, format.columns)).graded(), CLEAN, "{format:?}");
        }
    }

    #[test]
    fn pale_ink_costs_contrast_only() {
        for size in SIZES {
            let mut last = 41;
            for (ink, sc) in [(0.2, 40), (0.35, 30), (0.5, 20), (0.7, 10), (0.88, 1)] {
                let mut sample = Sample::clean(size);
                for level in sample.grid.levels.iter_mut().filter(|level| **level == INK) {
                    *level = ink;
                }
                let grade = sample.graded();
                assert_eq!(grade, Grade { sc, overall: sc, ..CLEAN }, "ink {ink}");
                assert!(grade.sc < last);
                last = grade.sc;
            }
        }
    }

    #[test]
    fn uneven_ink_costs_modulation_and_margin_only() {
        for size in SIZES {
            let mut last = 40;
            for share in [0.45, 0.6, 0.8, 1.1] {
                let mut sample = Sample::clean(size);
                let count = (sample.correctable() as f32 * share).ceil() as usize;
                sample.touch_words(count, |level| 0.5 + (level - 0.5) * 0.1);
                let grade = sample.graded();
                let (mod_, rm) = (grade.mod_, grade.rm);
                assert_eq!(grade, Grade { mod_, rm, overall: rm, ..CLEAN }, "{size:?}");
                assert_eq!(mod_, rm);
                assert!(rm < last, "{size:?}: {count} words: {grade:?}");
                last = rm;
            }
        }
    }

    #[test]
    fn wrong_modules_cost_error_correction_and_margin_only() {
        for size in SIZES {
            let mut last = 40;
            for share in [0.25, 0.5, 0.7, 0.85, 1.0] {
                let mut sample = Sample::clean(size);
                let errors = (sample.correctable() as f32 * share).ceil() as usize;
                sample.touch_words(errors, |level| 1.0 - level);
                let grade = sample.graded();
                let check_words = sample.plan.format.block_check_words();
                let expected = tenths(unused(errors, check_words), UNUSED_LIMITS);
                let fallen = Grade { uec: expected, rm: expected, overall: expected, ..CLEAN };
                assert_eq!(grade, fallen, "{size:?}: {errors} errors");
                assert!(grade.uec < last || share < 0.4, "{size:?}: {errors} errors");
                last = grade.uec;
            }
            assert_eq!(last, 0, "{size:?}");
        }
    }

    #[test]
    fn uneven_pitch_costs_anu_only() {
        for size in SIZES {
            for (pitch_x, anu) in [(5.2, 40), (5.4, 32), (5.5, 22), (5.6, 13), (6.0, 0)] {
                let mut sample = Sample::clean(size);
                sample.grid.pitch_px = (pitch_x, 5.0);
                let grade = sample.graded();
                assert_eq!(grade, Grade { anu: grade.anu, overall: grade.anu, ..CLEAN });
                assert!(grade.anu.abs_diff(anu) <= 1, "pitch {pitch_x}: {}", grade.anu);
                sample.grid.pitch_px = (5.0, pitch_x);
                assert_eq!(grade, sample.graded());
            }
        }
    }

    #[test]
    fn a_bent_grid_costs_gnu_only() {
        for size in SIZES {
            for (shift, gnu) in [(0.3, 40), (0.5, 30), (0.63, 20), (0.75, 10), (1.2, 0)] {
                for shift in [(shift, 0.0), (0.0, -shift)] {
                    let mut sample = Sample::clean(size);
                    sample.grid.shifts[5] = shift;
                    assert_eq!(sample.graded(), Grade { gnu, overall: gnu, ..CLEAN });
                }
            }
        }
    }

    /// Damages `count` modules of a line for growing counts; only this grade may fall.
    fn check_damage(size: (usize, usize), name: &str, line: impl Fn(usize) -> (usize, usize)) {
        let mut last = 40;
        for count in 1..4 {
            let mut sample = Sample::clean(size);
            for i in 0..count {
                let (column, row) = line(4 + i);
                sample.touch(column, row, |level| 1.0 - level);
            }
            let grade = sample.graded();
            assert_eq!(grade, Grade { fpd: grade.fpd, overall: grade.fpd, ..CLEAN }, "{name}");
            assert!(grade.fpd < last, "{size:?}: {count} modules of the {name}: {grade:?}");
            last = grade.fpd;
        }
    }

    #[test]
    fn a_damaged_fixed_pattern_costs_fpd_only() {
        for (rows, columns) in SIZES {
            let size = (rows, columns);
            check_damage(size, "left leg", |i| (0, i));
            check_damage(size, "bottom leg", |i| (i, rows - 1));
            check_damage(size, "upper timing track", |i| (i, 0));
            check_damage(size, "right timing track", |i| (columns - 1, i));
            if columns >= 32 {
                check_damage(size, "inner timing track", |i| (columns / 2 - 1, i));
                check_damage(size, "inner leg", |i| (columns / 2, i));
            }
            if rows >= 32 {
                check_damage(size, "inner base", |i| (i, rows / 2 - 1));
            }
        }
    }

    #[test]
    fn ink_in_the_quiet_zone_costs_fpd_only() {
        for size in SIZES {
            let mut sample = Sample::clean(size);
            let width = sample.grid.columns + 2;
            for row in 1..1 + size.0 / 3 {
                sample.grid.levels[row * width] = INK;
            }
            let grade = sample.graded();
            assert!(grade.fpd < 10, "{}", grade.fpd);
            assert_eq!(grade, Grade { fpd: grade.fpd, overall: grade.fpd, ..CLEAN });
        }
    }
}
