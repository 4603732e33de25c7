//! What a trial run is made of: the prepared packs of a challenge or the labels of a setup, what
//! each must come to, and the comparison with what it came to (domain.md section 6).
//!
//! Used by `trials.rs`. Must never look at the ledger or the line.

use codes::SerialNumber;
use contracts::packml::UnitMode;
use ledger::{PackRow, TrialPack};
use line_core::event::PackFate;
use line_core::reason::RejectReason;
use line_core::record::Verdict;
use line_core::station::StationRules;
use line_core::verify::BatchData;
use serde::Serialize;
use serde_json::{Value, json};

/// What is wrong with a prepared pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prepared {
    /// Nothing: it must be judged good, or everything is rejected for another reason.
    GoodControl,
    /// No code.
    NoCode,
    /// A code that cannot be read.
    Unreadable,
    /// Another serial than the one expected.
    WrongContent,
    /// Another product's code.
    WrongProduct,
    /// The code of the first control again.
    Duplicate,
    /// The right code, printed badly.
    LowGrade,
    /// The readable text differs from the code.
    WrongText,
    /// Another product's carton.
    WrongCarton,
    /// No tamper-evident label.
    TamperEvidenceMissing,
    /// Too light.
    Underweight,
    /// A setup label.
    SetupLabel,
}

impl Prepared {
    /// Reasons that prove the test; none: it must be judged good.
    #[must_use]
    pub const fn expected(self) -> &'static [RejectReason] {
        use RejectReason as R;
        match self {
            Self::GoodControl | Self::SetupLabel => &[],
            Self::NoCode | Self::Unreadable => &[R::NoRead],
            Self::WrongContent | Self::WrongProduct => &[R::ContentMismatch],
            Self::Duplicate => &[R::ContentMismatch, R::Slip],
            Self::LowGrade => &[R::LowGrade],
            Self::WrongText => &[R::TextMismatch],
            Self::WrongCarton => &[R::CartonMismatch],
            Self::TamperEvidenceMissing => &[R::TamperEvidenceMissing],
            Self::Underweight => &[R::WeightOutOfLimits],
        }
    }

    fn name(self) -> String {
        crate::names::name_of(&self)
    }
}

/// Prepared packs in the order in which they are laid onto the infeed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Challenge or setup.
    pub mode: UnitMode,
    /// The packs.
    pub packs: Vec<Prepared>,
}

impl Plan {
    /// Every way to be bad that the recipe must find, between two controls.
    #[must_use]
    pub fn challenge(stations: &StationRules) -> Self {
        use Prepared as P;
        let by_recipe = [
            (stations.text_check.is_some(), P::WrongText),
            (stations.carton_code.is_some(), P::WrongCarton),
            (stations.tamper_evident, P::TamperEvidenceMissing),
            (stations.checkweigher.is_some(), P::Underweight),
        ];
        let mut packs = vec![
            P::GoodControl,
            P::NoCode,
            P::Unreadable,
            P::WrongContent,
            P::WrongProduct,
            P::Duplicate,
            P::LowGrade,
        ];
        packs.extend(by_recipe.iter().filter(|(named, _)| *named).map(|(_, pack)| *pack));
        packs.push(P::GoodControl);
        Self { mode: UnitMode::Challenge, packs }
    }

    /// So many labels without live serials.
    #[must_use]
    pub fn setup(labels: u32) -> Self {
        Self { mode: UnitMode::Setup, packs: vec![Prepared::SetupLabel; labels as usize] }
    }

    /// The marked set: what the n-th pack must bear. No product ever has such a serial.
    #[must_use]
    pub fn numbers(&self) -> Vec<SerialNumber> {
        let word = if self.mode == UnitMode::Setup { "SETUP" } else { "CHALLENGE" };
        (1..=self.packs.len()).filter_map(|n| format!("{word}-{n:05}").parse().ok()).collect()
    }

    /// What a person must prepare, for people and for the simulated floor.
    #[must_use]
    pub fn to_json(&self, batch: &BatchData) -> Value {
        let numbers = self.numbers();
        let entry = |(n, pack): (usize, &Prepared)| {
            json!({
                "track": n + 1,
                "prepared": pack.name(),
                "expected": pack.expected(),
                "label": label(*pack, n, &numbers, batch),
            })
        };
        self.packs.iter().enumerate().map(entry).collect()
    }

    /// What came of each pack.
    #[must_use]
    pub fn judge(&self, rows: &[PackRow]) -> Vec<TrialPack> {
        let judged = |(n, prepared): (usize, &Prepared)| {
            let track = n as u32 + 1;
            let row = rows.iter().find(|row| row.track == track);
            let expected = prepared.expected();
            let (verdict, reason) = (row.and_then(|r| r.verdict), row.and_then(|r| r.reason));
            let as_expected = match verdict {
                Some(Verdict::Accept) => expected.is_empty(),
                Some(Verdict::Reject) => reason.is_some_and(|reason| expected.contains(&reason)),
                None => false,
            };
            let in_bin = row.is_some_and(|row| row.fate == PackFate::Ejected);
            TrialPack {
                track,
                prepared: prepared.name(),
                expected: expected.iter().map(crate::names::name_of).collect(),
                verdict: verdict.map(|verdict| crate::names::name_of(&verdict)),
                reason: reason.map(|reason| crate::names::name_of(&reason)),
                fate: row.map_or_else(
                    || "not_seen".to_owned(),
                    |row| super::queries::fate_name(row.fate).to_owned(),
                ),
                passed: as_expected && in_bin,
            }
        };
        self.packs.iter().enumerate().map(judged).collect()
    }
}

/// The label on a prepared pack, none for one without.
fn label(pack: Prepared, n: usize, numbers: &[SerialNumber], batch: &BatchData) -> Value {
    let serial = match pack {
        Prepared::NoCode => return Value::Null,
        Prepared::Duplicate => numbers.first(),
        _ => numbers.get(n),
    };
    let serial = serial.map(ToString::to_string).unwrap_or_default();
    let serial = if pack == Prepared::WrongContent { format!("{serial}X") } else { serial };
    let other = "09999999999994";
    let gtin = if pack == Prepared::WrongProduct { other } else { batch.gtin.as_str() };
    let national = batch.national.map(|n| [n.scheme().digits().to_owned(), n.as_str().to_owned()]);
    json!({
        "gtin": gtin,
        "national": national,
        "serial": serial,
        "expiry": String::from_utf8_lossy(&batch.expiry.to_yymmdd()),
        "lot": batch.lot.as_str(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(track: u32, verdict: Verdict, reason: Option<RejectReason>, fate: PackFate) -> PackRow {
        PackRow {
            track,
            serial: None,
            verdict: Some(verdict),
            reason,
            fate,
            infeed_count: 0,
            io_epoch: 1,
        }
    }

    /// Every pack as it has to come out.
    fn passed(plan: &Plan) -> Vec<PackRow> {
        let rows = plan.packs.iter().enumerate().map(|(n, pack)| {
            let reason = pack.expected().first().copied();
            let verdict = if reason.is_some() { Verdict::Reject } else { Verdict::Accept };
            row(n as u32 + 1, verdict, reason, PackFate::Ejected)
        });
        rows.collect()
    }

    #[test]
    fn a_challenge_has_each_station_of_the_recipe_and_two_controls() {
        let none = Plan::challenge(&StationRules::default());
        assert_eq!(none.packs.len(), 8);
        let tamper = StationRules { tamper_evident: true, ..StationRules::default() };
        let plan = Plan::challenge(&tamper);
        assert!(plan.packs.contains(&Prepared::TamperEvidenceMissing));
        assert!(!plan.packs.contains(&Prepared::Underweight));
        let controls = plan.packs.iter().filter(|p| **p == Prepared::GoodControl).count();
        assert_eq!(controls, 2);
        assert_eq!(plan.numbers().len(), plan.packs.len());
    }

    #[test]
    fn passes_only_when_each_pack_was_rejected_for_its_reason_and_is_in_the_bin() {
        let plan = Plan::challenge(&StationRules::default());
        let good = passed(&plan);
        assert!(plan.judge(&good).iter().all(|pack| pack.passed));
        for at in 0..good.len() {
            let mut accepted = good.clone();
            let flipped = good[at].verdict == Some(Verdict::Reject);
            accepted[at].verdict = Some(if flipped { Verdict::Accept } else { Verdict::Reject });
            accepted[at].reason = (!flipped).then_some(RejectReason::NoRead);
            let mut elsewhere = good.clone();
            elsewhere[at].fate = PackFate::Exited;
            let mut purged = good.clone();
            purged[at].verdict = Some(Verdict::Reject);
            purged[at].reason = Some(RejectReason::Purge);
            let mut missing = good.clone();
            missing.remove(at);
            for rows in [accepted, elsewhere, purged, missing] {
                let failed = plan.judge(&rows).iter().filter(|pack| !pack.passed).count();
                assert_eq!(failed, 1, "pack {}", at + 1);
            }
        }
    }
}
