//! A checker that cannot fail proves nothing: every kind of finding is planted and must be found,
//! alone; a clean batch must pass.

mod excuses;
mod files;
mod fixture;
mod planted;
mod reading;
mod trials;

use std::collections::BTreeSet;

use super::What;
use fixture::Fixture;

/// What a case must come to: false good, false reject, unexplained; the findings.
type Expected<'a> = ([u64; 3], &'a [What]);

fn check(name: &str, fixture: &Fixture, (counts, whats): Expected<'_>) {
    let j = fixture.judge().unwrap();
    let found: BTreeSet<What> = j.findings.iter().map(|finding| finding.what).collect();
    let expected: BTreeSet<What> = whats.iter().copied().collect();
    assert_eq!(found, expected, "{name}: {:#?}", j.findings);
    assert_eq!([j.false_good, j.false_reject, j.unexplained], counts, "{name}: {:#?}", j.findings);
    assert_eq!(j.sums_agree, !whats.contains(&What::SumDiffers), "{name}");
    assert_eq!(j.order_agrees, !whats.contains(&What::OrderDiffers), "{name}");
    let spoilt = counts[0] > 0 || counts[2] > 0 || !j.sums_agree || !j.order_agrees;
    assert_eq!(j.ok, !spoilt, "{name}");
    assert_eq!(j.findings_total, j.findings.len() as u64, "{name}");
}
