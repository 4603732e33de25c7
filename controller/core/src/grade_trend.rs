//! The trend of the in-line grade, parameter by parameter: an early warning while every pack still
//! passes.
//!
//! Called by `line` with the grade of each decoded code. Must never change a verdict.

use serde::{Deserialize, Serialize};

/// A parameter of the in-line grade, in the order of `InLineGrade::parameters`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeParameter {
    /// Symbol contrast.
    SymbolContrast,
    /// Modulation.
    Modulation,
    /// Reflectance margin.
    ReflectanceMargin,
    /// Axial non-uniformity.
    AxialNonUniformity,
    /// Grid non-uniformity.
    GridNonUniformity,
    /// Unused error correction.
    UnusedErrorCorrection,
    /// Fixed pattern damage.
    FixedPatternDamage,
}

/// Parameters of the grade.
pub const PARAMETERS: usize = 7;

impl GradeParameter {
    /// Every parameter, in the order of the grade.
    pub const ALL: [Self; PARAMETERS] = [
        Self::SymbolContrast,
        Self::Modulation,
        Self::ReflectanceMargin,
        Self::AxialNonUniformity,
        Self::GridNonUniformity,
        Self::UnusedErrorCorrection,
        Self::FixedPatternDamage,
    ];
}

/// Codes after which a mean says something.
const SETTLED: u32 = 32;
/// Weight of a new code: one in so many.
const WEIGHT: i32 = 32;
/// A mean this close to the limit warns, in tenths.
const WARN_TENTHS: i32 = 5;
/// A mean this far from it is well again, in tenths.
const CLEAR_TENTHS: i32 = 8;
/// Means are kept in 1/1024 of a tenth.
const SCALE: i32 = 1_024;

/// A warning that began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrendChange {
    /// Which parameter.
    pub parameter: GradeParameter,
    /// Its mean in tenths.
    pub mean: u8,
    /// It began.
    pub raised: bool,
}

/// Exponentially weighted means of the parameters over the batch's codes.
#[derive(Clone, Copy, Debug, Default)]
pub struct GradeTrend {
    means: [i32; PARAMETERS],
    seen: u32,
    warned: u8,
}

impl GradeTrend {
    /// Notes the grade of a decoded code, in tenths.
    pub fn note(&mut self, parameters: [u8; PARAMETERS]) {
        self.seen = self.seen.saturating_add(1);
        for (mean, grade) in self.means.iter_mut().zip(parameters) {
            let grade = i32::from(grade) * SCALE;
            *mean = if self.seen == 1 { grade } else { *mean + (grade - *mean) / WEIGHT };
        }
    }

    /// The next warning that begins or ends against the recipe's limit in tenths; call until none.
    pub fn change(&mut self, grade_min: u8) -> Option<TrendChange> {
        if self.seen < SETTLED {
            return None;
        }
        let limit = i32::from(grade_min);
        let at = (0..PARAMETERS).find(|&at| {
            let mean = self.means[at] / SCALE;
            let warned = self.warned & (1 << at) != 0;
            if warned { mean >= limit + CLEAR_TENTHS } else { mean < limit + WARN_TENTHS }
        })?;
        self.warned ^= 1 << at;
        let parameter = GradeParameter::ALL[at];
        let raised = self.warned & (1 << at) != 0;
        Some(TrendChange { parameter, mean: (self.means[at] / SCALE) as u8, raised })
    }

    /// Means in tenths, none before enough codes were seen.
    #[must_use]
    pub fn means(&self) -> Option<[u8; PARAMETERS]> {
        (self.seen >= SETTLED).then(|| self.means.map(|mean| (mean / SCALE) as u8))
    }

    /// The parameters whose warning stands.
    pub fn warnings(self) -> impl Iterator<Item = GradeParameter> {
        (0..PARAMETERS)
            .filter(move |at| self.warned & (1 << at) != 0)
            .map(|at| GradeParameter::ALL[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warns_once_before_the_limit_and_clears_with_distance() {
        let mut trend = GradeTrend::default();
        let limit = 15;
        let mut sink = |from: u8, to: u8| {
            let mut changes = Vec::new();
            for step in 0..400 {
                let contrast = from as i32 + (to as i32 - from as i32) * step / 400;
                let mut grade = [40; PARAMETERS];
                grade[0] = contrast as u8;
                trend.note(grade);
                while let Some(change) = trend.change(limit) {
                    changes.push((change, contrast));
                }
            }
            changes
        };
        assert_eq!(sink(40, 30), []);
        let falling = sink(30, 16);
        assert_eq!(falling.len(), 1, "{falling:?}");
        let (change, contrast) = falling[0];
        assert_eq!(change.parameter, GradeParameter::SymbolContrast);
        assert!(change.raised && change.mean >= limit, "{change:?}: before the limit");
        assert!(contrast > i32::from(limit), "no pack has failed yet");
        assert_eq!(trend.warnings().count(), 1);
        let mut sink = |grade: u8| {
            (0..200).find_map(|_| {
                trend.note([grade; PARAMETERS]);
                trend.change(limit)
            })
        };
        let cleared = sink(40).unwrap();
        assert!(!cleared.raised && cleared.mean >= limit + 8, "{cleared:?}");
    }

    #[test]
    fn says_nothing_of_a_few_codes() {
        let mut trend = GradeTrend::default();
        for _ in 0..SETTLED - 1 {
            trend.note([1; PARAMETERS]);
            assert_eq!(trend.change(15), None);
        }
        assert_eq!(trend.means(), None);
        trend.note([1; PARAMETERS]);
        assert!(trend.change(15).is_some_and(|change| change.raised));
    }
}
