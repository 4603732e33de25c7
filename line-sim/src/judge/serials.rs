//! Unexplained: the state of every serial must be possible for what became of its pack
//! (invariant I3).
//!
//! A commissioned serial whose pack did not leave as good is excused only when it was taken out
//! again and the pack taken back, or when a signature names the serial (rework, resolution). It
//! must never excuse by a state alone.

use std::collections::{HashMap, HashSet};

use super::Scene;
use super::findings::{About, Findings, What};
use super::join::Pack;
use super::ledger_view::SerialRow;
use super::terms::State;
use crate::truth::{Fate, JobRef};

/// Counts on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Serials {
    /// Commissioned although their pack did not leave as good, excused.
    pub(super) excused: i64,
    /// Encoded serials that stand on no label, of a pack or scrapped.
    pub(super) unapplied: i64,
    /// Labels of the batch that were printed and lost before a pack.
    pub(super) scrapped: i64,
    /// Labels whose serial is SNInvalid: print status unknown.
    pub(super) invalid_on_label: i64,
}

pub(super) fn check(scene: &Scene<'_>, findings: &mut Findings) -> Serials {
    for serial in &scene.ledger.issued_twice {
        findings.add(What::IssuedTwice, About::serial(serial), "twice in the ledger");
    }
    let mut serials = Serials::default();
    commissioned(scene, &mut serials, findings);
    printed(scene, &mut serials, findings);
    serials
}

fn commissioned(scene: &Scene<'_>, serials: &mut Serials, findings: &mut Findings) {
    for row in scene.ledger.serials.iter().filter(|row| row.state.ever_commissioned()) {
        let pack = row.track.and_then(|track| scene.joined.track(track));
        if pack.is_some_and(Pack::left) {
            continue;
        }
        let taken_back = pack.is_some_and(|pack| pack.truth.fate == Fate::Retrieved);
        let not_yet = row.track.is_some_and(|t| scene.joined.tracks_not_yet.contains(&t));
        if not_yet || (taken_back && row.state.taken_out()) || is_signed(scene, row) {
            serials.excused += 1;
            continue;
        }
        let about = pack
            .map_or_else(|| About { track: row.track, ..About::serial(&row.serial) }, Pack::about);
        let fate = pack.map(|pack| pack.truth.fate);
        let detail = format!("{:?}, its pack truly {fate:?}", row.state);
        findings.add(What::CommissionedNotLeft, about, detail);
    }
}

/// A signature names the serial as a word of its subject or reason.
fn is_signed(scene: &Scene<'_>, row: &SerialRow) -> bool {
    let names = |text: &String| text.split_whitespace().any(|word| word == row.serial);
    scene.ledger.records.signed.iter().any(names)
}

fn printed(scene: &Scene<'_>, serials: &mut Serials, findings: &mut Findings) {
    let mut jobs: HashMap<String, (usize, Option<JobRef>)> = HashMap::new();
    let mut applied: HashSet<String> = HashSet::new();
    for pack in &scene.joined.packs {
        if let Some(label) = &pack.truth.label {
            unused(scene, &label.serial.to_text(), &|| pack.about(), findings);
        }
        let Some(commanded) = &pack.truth.commanded else { continue };
        let serial = commanded.serial.to_text();
        let state = scene.ledger.serial(&serial).map(|row| row.state);
        match state {
            None => {
                let detail = format!("commanded {serial}");
                findings.add(What::CommandedUnknown, pack.about(), detail);
            }
            Some(State::SnInvalid) => serials.invalid_on_label += 1,
            Some(_) => {}
        }
        let job = (pack.run, pack.truth.job);
        let first = *jobs.entry(serial.clone()).or_insert(job);
        if first != job {
            let detail = format!("{serial} by {:?} and {:?}", first.1, job.1);
            findings.add(What::CommandedTwice, pack.about(), detail);
        }
        applied.insert(serial);
    }
    for label in scene.truth.runs.iter().flat_map(|run| &run.scrapped) {
        let bears = label.label.serial.to_text();
        unused(scene, &bears, &|| About::serial(&bears), findings);
        // A slipped label stands for the serial that it was printed for, whatever it bears.
        let told = label.commanded.map_or(bears, |told| told.serial.to_text());
        let Some(row) = scene.ledger.serial(&told) else { continue };
        serials.scrapped += 1;
        serials.invalid_on_label += i64::from(row.state == State::SnInvalid);
        applied.insert(told);
    }
    let encoded = scene.ledger.serials.iter().filter(|row| row.state.ever_encoded());
    serials.unapplied = encoded.filter(|row| !applied.contains(&row.serial)).count() as i64;
}

/// A serial that stands on a label cannot be one that was never used.
fn unused(scene: &Scene<'_>, serial: &str, about: &dyn Fn() -> About, findings: &mut Findings) {
    let Some(row) = scene.ledger.serial(serial) else { return };
    let open = row.state == State::Allocated && scene.ledger.closed;
    if row.state.is_unused() || open {
        let detail = format!("{serial} is {:?} and printed on a label", row.state);
        findings.add(What::UnusedButPrinted, about(), detail);
    }
}
