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
        let check_words = plan.format.check_words;
        let (pitch_x, pitch_y) = grid.pitch_px;
        let stray = grid.shifts.iter().map(|(x, y)| x.hypot(*y)).fold(0.0, f32::max);
        let parameters = Self {
            sc: tenths(light.contrast, CONTRAST_LIMITS),
            mod_: ranked(&margins.modulation, check_words),
            rm: ranked(&margins.reflectance, check_words),
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
            let (column, row) = (index % grid.side, index / grid.side);
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

/// Grade of the codewords' margins: a few weak ones count as little as the error correction that
/// they could use up (ISO/IEC 15415 7.8.4). The best, over all grades, of what the codewords
/// below that grade leave of it.
fn ranked(margins: &[f32], check_words: usize) -> u8 {
    let mut grades: Vec<u8> =
        margins.iter().map(|margin| tenths(*margin, MODULATION_LIMITS)).collect();
    grades.sort_unstable();
    let left = |below: usize| tenths(unused(below, check_words), UNUSED_LIMITS);
    let ranks = grades.iter().enumerate().map(|(below, grade)| left(below).min(*grade));
    ranks.fold(0, u8::max)
}

/// Share of wrong modules in the worst segment of the fixed pattern.
fn worst_damage(plan: &SymbolPlan, grid: &SampledGrid, threshold: f32) -> f32 {
    let side = grid.side as isize;
    let (first, last) = (-1, side);
    let light = |_: isize| false;
    let quiet = [
        damage(grid, threshold, first..=last, |i| (i, first), light),
        damage(grid, threshold, first..=last, |i| (i, last), light),
        damage(grid, threshold, first..=last, |i| (first, i), light),
        damage(grid, threshold, first..=last, |i| (last, i), light),
    ];
    // The lines that hold no data at all are finder, timing tracks and alignment bars.
    let fixed = |column: isize, row: isize| match plan.cells[(row * side + column) as usize] {
        Cell::Light => Some(false),
        Cell::Dark => Some(true),
        Cell::Data { .. } => None,
    };
    let rows = (0..side).filter(|row| (0..side).all(|i| fixed(i, *row).is_some()));
    let columns = (0..side).filter(|column| (0..side).all(|i| fixed(*column, i).is_some()));
    let along_rows = rows.map(|row| {
        damage(grid, threshold, 0..=side - 1, |i| (i, row), |i| fixed(i, row) == Some(true))
    });
    let along_columns = columns.map(|column| {
        damage(grid, threshold, 0..=side - 1, |i| (column, i), |i| fixed(column, i) == Some(true))
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

    fn plan() -> SymbolPlan {
        SymbolPlan::new(SymbolFormat::holding(56).unwrap())
    }

    /// A flawless grid.
    fn clean_grid() -> SampledGrid {
        let format = plan().format;
        let modules = format.encode(b"010415003752864321ABCDEFGH\x1D1727123110LOT").unwrap();
        let (side, width) = (format.side, format.side + 2);
        let mut levels = vec![PAPER; width * width];
        for (index, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
            levels[(index / side + 1) * width + index % side + 1] = INK;
        }
        SampledGrid { side, levels, pitch_px: (5.0, 5.0), shifts: vec![(0.0, 0.0); 16] }
    }

    /// Changes the level of one module.
    fn touch(grid: &mut SampledGrid, index: usize, change: impl Fn(f32) -> f32) {
        let width = grid.side + 2;
        let level = &mut grid.levels[(index / grid.side + 1) * width + index % grid.side + 1];
        *level = change(*level);
    }

    /// Changes one module of each of the first `count` codewords.
    fn touch_words(grid: &mut SampledGrid, count: usize, change: impl Fn(f32) -> f32) {
        for (index, cell) in plan().cells.iter().enumerate() {
            if matches!(cell, Cell::Data { word, bit: 3 } if *word < count) {
                touch(grid, index, &change);
            }
        }
    }

    fn graded(grid: &SampledGrid) -> Grade {
        let plan = plan();
        let side = grid.side;
        let threshold = Light::of(grid).threshold;
        let dark = |i: usize| grid.level((i % side) as isize, (i / side) as isize) <= threshold;
        Grade::of(&plan, &decode(&plan, dark).unwrap(), grid)
    }

    #[test]
    fn a_flawless_symbol_is_4_0_in_all() {
        assert_eq!(graded(&clean_grid()), CLEAN);
    }

    #[test]
    fn pale_ink_costs_contrast_only() {
        let mut last = 41;
        for (ink, sc) in [(0.2, 40), (0.35, 30), (0.5, 20), (0.7, 10), (0.88, 1)] {
            let mut grid = clean_grid();
            for level in grid.levels.iter_mut().filter(|level| **level == INK) {
                *level = ink;
            }
            let grade = graded(&grid);
            assert_eq!(grade, Grade { sc, overall: sc, ..CLEAN }, "ink {ink}");
            assert!(grade.sc < last);
            last = grade.sc;
        }
    }

    #[test]
    fn uneven_ink_costs_modulation_and_margin_only() {
        let mut last = 40;
        for count in [8, 11, 14, 20] {
            let mut grid = clean_grid();
            touch_words(&mut grid, count, |level| 0.5 + (level - 0.5) * 0.1);
            let grade = graded(&grid);
            assert_eq!(grade, Grade { mod_: grade.mod_, rm: grade.rm, overall: grade.rm, ..CLEAN });
            assert_eq!(grade.mod_, grade.rm);
            assert!(grade.rm < last, "{count} words: {grade:?}");
            last = grade.rm;
        }
    }

    #[test]
    fn wrong_modules_cost_error_correction_and_margin_only() {
        let mut last = 41;
        for errors in [4, 8, 12, 16, 18] {
            let mut grid = clean_grid();
            touch_words(&mut grid, errors, |level| 1.0 - level);
            let grade = graded(&grid);
            let expected = tenths(1.0 - errors as f32 / 18.0, UNUSED_LIMITS);
            assert_eq!(grade, Grade { uec: expected, rm: expected, overall: expected, ..CLEAN });
            assert!(grade.uec < last);
            last = grade.uec;
        }
    }

    #[test]
    fn uneven_pitch_costs_anu_only() {
        for (pitch_x, anu) in [(5.2, 40), (5.4, 32), (5.5, 22), (5.6, 13), (6.0, 0)] {
            let grid = SampledGrid { pitch_px: (pitch_x, 5.0), ..clean_grid() };
            let turned = SampledGrid { pitch_px: (5.0, pitch_x), ..clean_grid() };
            let grade = graded(&grid);
            assert_eq!(grade, Grade { anu: grade.anu, overall: grade.anu, ..CLEAN });
            assert_eq!(grade, graded(&turned));
            assert!(grade.anu.abs_diff(anu) <= 1, "pitch {pitch_x}: {}", grade.anu);
        }
    }

    #[test]
    fn a_bent_grid_costs_gnu_only() {
        for (shift, gnu) in [(0.3, 40), (0.5, 30), (0.63, 20), (0.75, 10), (1.2, 0)] {
            let mut grid = clean_grid();
            grid.shifts[5] = (shift, 0.0);
            assert_eq!(graded(&grid), Grade { gnu, overall: gnu, ..CLEAN });
            grid.shifts[5] = (0.0, -shift);
            assert_eq!(graded(&grid), Grade { gnu, overall: gnu, ..CLEAN });
        }
    }

    #[test]
    fn a_damaged_fixed_pattern_costs_fpd_only() {
        let side = plan().format.side;
        let lines: [fn(usize, usize) -> usize; 4] = [
            |i, side| i * side,
            |i, side| (side - 1) * side + i,
            |i, _| i,
            |i, side| i * side + side / 2,
        ];
        for line in lines {
            let mut last = 40;
            for count in [1, 2, 4, 6] {
                let mut grid = clean_grid();
                for i in 0..count {
                    touch(&mut grid, line(5 + i, side), |level| 1.0 - level);
                }
                let grade = graded(&grid);
                assert_eq!(grade, Grade { fpd: grade.fpd, overall: grade.fpd, ..CLEAN });
                assert!(grade.fpd < last, "{count} modules: {}", grade.fpd);
                last = grade.fpd;
            }
        }
    }

    #[test]
    fn ink_in_the_quiet_zone_costs_fpd_only() {
        let mut grid = clean_grid();
        let width = grid.side + 2;
        for row in 4..10 {
            grid.levels[row * width] = INK;
        }
        let grade = graded(&grid);
        assert!(grade.fpd < 10, "{}", grade.fpd);
        assert_eq!(grade, Grade { fpd: grade.fpd, overall: grade.fpd, ..CLEAN });
    }
}
