//! False reject: a pack that was good in truth and is in the reject bin, or has a reject as its
//! verdict, without an excuse. The excuses, tried in this order:
//!
//! 1. *own fault*: a fault struck the pack (its own list, its ink, or a standing fault's list);
//! 2. *neighbour fault*: the same of the pack released just before or just after it;
//! 3. *open fault*: a fault of a device or a standing fault was open while the pack was on the
//!    line: from its begin to its end plus [`Rules::settling_ms`], against the
//!    [`Rules::transit_ms`] before the pack's end, in the same run of the simulator;
//! 4. *purge*, 5. *hold*: one was in force between the record of the pack's infeed and the record
//!    of its first reject (or its ejection): order of records, no times. A purge lasts from its
//!    begin to its end, a hold until the unit executes again;
//! 6. *first pack*: the order asks for its approval, and the reject's record is from before that.
//!
//! The recorded reason excuses nothing: `purge` without a purge is a false reject, and a hold that
//! follows a row of false rejects does not excuse those before it. It must never look further than
//! one neighbour or one stay on the line.
//!
//! [`Rules::settling_ms`]: super::Rules::settling_ms
//! [`Rules::transit_ms`]: super::Rules::transit_ms

use std::collections::HashSet;

use super::findings::{Findings, What};
use super::join::Pack;
use super::judgement::Excused;
use super::ledger_view::PackRow;
use super::records::StopKind;
use super::truth_file::Run;
use super::{Rules, Scene};
use crate::truth::{Fate, PackTruth};

/// Packs on the lists of standing faults, one set a run.
type Struck = Vec<HashSet<u64>>;

pub(super) fn check(scene: &Scene<'_>, findings: &mut Findings) -> Excused {
    let runs = &scene.truth.runs;
    let lists = |run: &Run| run.faults.iter().flat_map(|fault| fault.packs.clone()).collect();
    let struck: Struck = runs.iter().map(lists).collect();
    let mut excused = Excused::default();
    for pack in scene.joined.packs.iter().filter(|pack| pack.truth.good) {
        let Some(row) = pack.row else { continue };
        let rejected = row.verdict.as_deref() == Some("reject");
        if !rejected && pack.truth.fate != Fate::Ejected {
            continue;
        }
        match excuse(scene, &struck, pack, row, &mut excused) {
            Some(count) => *count += 1,
            None => {
                let detail = format!("reason {:?}, {:?}", row.reason, pack.truth.fate);
                findings.add(What::GoodRejected, pack.about(), detail);
            }
        }
    }
    excused
}

fn excuse<'e>(
    scene: &Scene<'_>,
    struck: &Struck,
    pack: &Pack<'_>,
    row: &PackRow,
    excused: &'e mut Excused,
) -> Option<&'e mut u64> {
    let run = &scene.truth.runs[pack.run];
    let has_fault = |pack_truth: &PackTruth| {
        !pack_truth.faults.is_empty()
            || !pack_truth.ink.is_empty()
            || struck[pack.run].contains(&pack_truth.pack)
    };
    if has_fault(pack.truth) {
        return Some(&mut excused.own_fault);
    }
    let number = pack.truth.pack;
    let around = pack.at.saturating_sub(1)..=(pack.at + 1).min(run.packs.len() - 1);
    let mut neighbours = run.packs[around].iter().filter(|n| n.pack.abs_diff(number) == 1);
    if neighbours.any(has_fault) {
        return Some(&mut excused.neighbour_fault);
    }
    if fault_open(&scene.rules, run, pack.truth.at_ms) {
        return Some(&mut excused.open_fault);
    }
    let records = &scene.ledger.records;
    let life = records.tracks.get(&row.track).and_then(|records| records.life())?;
    if records.stopped(StopKind::Purge, life) {
        return Some(&mut excused.purge);
    }
    if records.stopped(StopKind::Hold, life) {
        return Some(&mut excused.hold);
    }
    let waited = scene.order.first_pack_due && records.before_approval(life.1);
    waited.then_some(&mut excused.first_pack)
}

/// A fault was open during the last stretch of a stay on the line that ended at `at_ms`.
fn fault_open(rules: &Rules, run: &Run, at_ms: u64) -> bool {
    run.faults.iter().any(|fault| {
        let over_ms = fault.to_ms.map_or(u64::MAX, |to| to.saturating_add(rules.settling_ms));
        fault.from_ms <= at_ms && over_ms >= at_ms.saturating_sub(rules.transit_ms)
    })
}
