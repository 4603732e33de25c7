//! Makes a failing case smaller while it still fails in the same way.
//!
//! Called once a failure. Must never keep a change after which another thing fails.

use super::batch::Shipped;
use super::case::Case;
use super::mix::rates;
use super::run::run_case;
use line_sim::sim_config::EjectorKind;

/// Runs that one failure may cost.
const RUNS_MAX: u32 = 250;

/// The kind of a failure: the word before the first colon.
fn kind(wrong: &[String]) -> String {
    let first = wrong.first().map(String::as_str).unwrap_or_default();
    first.split(':').next().unwrap_or_default().to_owned()
}

struct Search<'a> {
    shipped: &'a mut Shipped,
    kind: String,
    best: Case,
    runs: u32,
}

impl Search<'_> {
    /// Tries a smaller case; true when it fails in the same way, and is the best from now on.
    fn takes(&mut self, case: Case) -> bool {
        if self.runs >= RUNS_MAX || case == self.best {
            return false;
        }
        self.runs += 1;
        let outcome = run_case(self.shipped, &case, false);
        let same = outcome.is_ok_and(|o| !o.wrong.is_empty() && kind(&o.wrong) == self.kind);
        if same {
            self.best = case;
        }
        same
    }

    fn fewer_disturbances(&mut self) {
        let mut at = 0;
        while at < self.best.disturbances.len() {
            let mut case = self.best.clone();
            case.disturbances.remove(at);
            if !self.takes(case) {
                at += 1;
            }
        }
    }

    fn fewer_faults(&mut self) {
        for rate in rates() {
            let mut case = self.best.clone();
            *rate(&mut case.scenario.rates) = 0.0;
            self.takes(case);
        }
    }

    fn fewer_packs(&mut self) {
        for part in [2, 4, 8, 16] {
            loop {
                let mut case = self.best.clone();
                case.packs -= case.packs / part;
                if case.packs < 10 || !self.takes(case) {
                    break;
                }
            }
        }
    }

    fn simpler_line(&mut self) {
        type Change = fn(&mut Case);
        let changes: [Change; 7] = [
            |case| case.line.stations.clear(),
            |case| case.line.first_pack_due = false,
            |case| case.line.web_offset = 0,
            |case| case.line.ejector = EjectorKind::PassGate,
            |case| case.line.rate_packs_s = 10.0,
            |case| (case.line.consecutive_rejects_max, case.line.reject_percent_max) = (50, 100),
            |case| (case.line.cycle_us, case.line.commit_us) = (5_000, [1_000, 2_000]),
        ];
        for change in changes {
            let mut case = self.best.clone();
            change(&mut case);
            self.takes(case);
        }
    }
}

/// The smallest case found, with a note of what it shows; the case itself when it does not fail.
#[must_use]
pub fn minimise(shipped: &mut Shipped, case: &Case) -> Case {
    let Ok(outcome) = run_case(shipped, case, false) else { return case.clone() };
    if outcome.wrong.is_empty() {
        return case.clone();
    }
    let kind = kind(&outcome.wrong);
    let mut search = Search { shipped, kind, best: case.clone(), runs: 0 };
    let mut before = u32::MAX;
    while before != search.runs && search.runs < RUNS_MAX {
        before = search.runs;
        let was = search.best.clone();
        search.fewer_packs();
        search.fewer_disturbances();
        search.fewer_faults();
        search.simpler_line();
        if search.best == was {
            break;
        }
    }
    let mut best = search.best;
    if let Ok(outcome) = run_case(shipped, &best, false) {
        best.note = outcome.wrong.first().cloned().unwrap_or_default();
    }
    best
}
