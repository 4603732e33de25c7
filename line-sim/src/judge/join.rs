//! Joins packs of the ground truth with those of the ledger: by line-I/O epoch and encoder count of
//! the infeed edge.
//!
//! Finds what only one side knows. It must never join by serial or by order alone: that would let
//! a wrong binding explain itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::findings::{About, Findings, What};
use super::ledger_view::{LedgerView, PackRow};
use super::truth_file::{Run, Truth};
use crate::scenario::FaultKind;
use crate::truth::{Fate, PackTruth};

/// A pack of the batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pack<'a> {
    /// File of the ground truth.
    pub(super) run: usize,
    /// Where it stands in that file.
    pub(super) at: usize,
    pub(super) truth: &'a PackTruth,
    pub(super) row: Option<&'a PackRow>,
    /// Infeed edges of packs that are not this batch's, earlier in its line-I/O epoch.
    pub(super) edges_apart: u32,
}

impl Pack<'_> {
    /// The one that findings name.
    pub(super) fn about(&self) -> About {
        let bears = || self.truth.label.map(|label| label.serial.to_text());
        About {
            pack: Some((self.run, self.truth.pack)),
            track: self.row.map(|row| row.track),
            serial: self.row.and_then(|row| row.serial.clone()).or_else(bears),
        }
    }

    /// Left as good: through the exit, past the handover, not taken back.
    pub(super) fn left(&self) -> bool {
        self.truth.fate == Fate::Exited
    }

    /// No edge of the infeed eye stands for it: put onto the belt behind it, stuck to another pack,
    /// or missed by it.
    pub(super) fn entered_unseen(&self) -> bool {
        let hides = |fault: &String| FaultKind::HIDE_ENTRY.iter().any(|f| f.name() == fault);
        self.truth.infeed_count.is_none() && self.truth.faults.iter().any(hides)
    }

    /// An eye was blocked when it came, or missed it.
    pub(super) fn met_a_faulty_eye(&self) -> bool {
        let of_eyes = [FaultKind::SensorStuck, FaultKind::SensorMissing];
        self.truth.faults.iter().any(|name| of_eyes.iter().any(|f| f.name() == name))
    }

    /// In a batch that is not closed: the ledger has not come to its end yet.
    pub(super) fn is_pending(&self, closed: bool) -> bool {
        !closed && self.row.is_some_and(|row| row.fate.is_open())
    }
}

/// The packs of the batch.
#[derive(Debug, Default)]
pub(super) struct Joined<'a> {
    pub(super) packs: Vec<Pack<'a>>,
    /// Where each track is in `packs`.
    pub(super) by_track: HashMap<u32, usize>,
    /// Packs of other production batches.
    pub(super) other_batches: u64,
    /// Packs of trials (challenge, setup), and prepared ones that no batch knows.
    pub(super) trials: u64,
    /// Packs removed by hand, or ejected, whose infeed edge went with the line I/O's power.
    pub(super) edges_lost: u64,
    /// Packs that came onto the line without an edge of the infeed eye and did not leave as good:
    /// the ledger has no track for them, only declarations.
    pub(super) unseen: u64,
    /// Packs on the belt that the ledger does not know yet, in a batch that is not closed.
    pub(super) packs_not_yet: u64,
    /// Tracks whose end the ground truth does not hold yet, in a batch that is not closed.
    pub(super) tracks_not_yet: HashSet<u32>,
}

impl<'a> Joined<'a> {
    /// The pack of a track.
    pub(super) fn track(&self, track: u32) -> Option<&Pack<'a>> {
        self.by_track.get(&track).and_then(|at| self.packs.get(*at))
    }

    /// Packs that an open batch has not come to the end of.
    pub(super) fn pending(&self, closed: bool) -> u64 {
        let open = self.packs.iter().filter(|pack| pack.is_pending(closed)).count() as u64;
        open + self.packs_not_yet + self.tracks_not_yet.len() as u64
    }
}

/// Joins; what cannot be joined is found, excused or not yet due.
pub(super) fn join<'a>(
    truth: &'a Truth,
    ledger: &'a LedgerView,
    findings: &mut Findings,
) -> Joined<'a> {
    let mut rows: HashMap<(u32, u64), &PackRow> = HashMap::new();
    for row in &ledger.packs {
        // Of two tracks with one edge only the first can be joined: the other never was.
        rows.entry((row.io_epoch, row.infeed_count)).or_insert(row);
    }
    let mut joined = Joined::default();
    for (number, run) in truth.runs.iter().enumerate() {
        join_run(number, run, ledger, &rows, &mut joined, findings);
    }
    for (at, pack) in joined.packs.iter().enumerate() {
        let Some(row) = pack.row else { continue };
        if let Some(first) = joined.by_track.insert(row.track, at) {
            let detail =
                format!("pack {} has the same infeed edge", joined.packs[first].truth.pack);
            findings.add(What::SameTrackTwice, pack.about(), detail);
        }
    }
    ordinals(&joined, findings);
    unknown_packs(truth, ledger.closed, &mut joined, findings);
    unknown_tracks(truth, ledger, &mut joined, findings);
    joined
}

fn join_run<'a>(
    number: usize,
    run: &'a Run,
    ledger: &LedgerView,
    rows: &HashMap<(u32, u64), &'a PackRow>,
    joined: &mut Joined<'a>,
    findings: &mut Findings,
) {
    let edge = |pack: &PackTruth| pack.infeed_count.map(|count| (pack.io_epoch, count));
    let row = |pack: &PackTruth| edge(pack).and_then(|edge| rows.get(&edge)).copied();
    let is_theirs = |pack: &PackTruth| {
        row(pack).is_none() && edge(pack).is_some_and(|edge| ledger.elsewhere.contains_key(&edge))
    };
    let is_trial = |pack: &PackTruth| {
        let trial = edge(pack).and_then(|edge| ledger.elsewhere.get(&edge)).copied();
        row(pack).is_none() && (pack.prepared.is_some() || trial == Some(true))
    };
    let mut edges_apart: HashMap<u32, u32> = HashMap::new();
    // A pack that no batch knows belongs to the batch of the pack before it, or else after it.
    let first = run.packs.iter().find(|pack| row(pack).is_some() || is_theirs(pack));
    let mut ours = first.is_none_or(|pack| row(pack).is_some());
    for (at, truth) in run.packs.iter().enumerate() {
        let row = row(truth);
        let trial = is_trial(truth);
        // A prepared pack that nobody knows tells nothing of the packs around it.
        if truth.prepared.is_none() || row.is_some() || is_theirs(truth) {
            ours = row.is_some() || (ours && !is_theirs(truth));
        }
        let apart = edges_apart.entry(truth.io_epoch).or_default();
        let pack = Pack { run: number, at, truth, row, edges_apart: *apart };
        if trial || truth.prepared.is_some() {
            left_a_trial(&pack, findings);
        }
        if ours && !trial {
            joined.packs.push(pack);
        } else {
            *apart += u32::from(truth.infeed_ordinal.is_some());
            *(if trial { &mut joined.trials } else { &mut joined.other_batches }) += 1;
        }
    }
}

/// Everything that a trial sees goes into the bin, and a prepared pack does so in any case.
fn left_a_trial(pack: &Pack<'_>, findings: &mut Findings) {
    if pack.left() {
        let name = pack.truth.prepared.as_deref();
        let detail = format!("a pack of a trial, prepared as {name:?}, left through the exit");
        findings.add(What::LeftFromTrial, pack.about(), detail);
    }
}

/// Within a line-I/O epoch the tracks must follow the infeed ordinals without a gap of their own;
/// the edges of trials and other batches in between are theirs.
fn ordinals(joined: &Joined<'_>, findings: &mut Findings) {
    let mut bases: BTreeMap<(usize, u32), i64> = BTreeMap::new();
    for pack in &joined.packs {
        let (Some(row), Some(ordinal)) = (pack.row, pack.truth.infeed_ordinal) else { continue };
        let base = i64::from(ordinal) - i64::from(pack.edges_apart) - i64::from(row.track);
        let first = *bases.entry((pack.run, row.io_epoch)).or_insert(base);
        if base != first {
            let expected = i64::from(ordinal) - i64::from(pack.edges_apart) - first;
            let detail = format!("infeed edge {ordinal} is track {}, not {expected}", row.track);
            findings.add(What::TrackNotOrdinal, pack.about(), detail);
        }
    }
}

/// Packs that the ledger does not know.
fn unknown_packs(truth: &Truth, closed: bool, joined: &mut Joined<'_>, findings: &mut Findings) {
    let (mut lost, mut not_yet, mut unseen) = (0, 0, 0);
    let place = |pack: &Pack<'_>| (pack.run, pack.truth.io_epoch);
    let known = joined.packs.iter().filter(|pack| pack.row.is_some());
    let last: HashMap<_, _> = known.map(|pack| (place(pack), pack.at)).collect();
    for pack in joined.packs.iter().filter(|pack| pack.row.is_none()) {
        let edge = pack.truth.infeed_count;
        let is_last = last.get(&place(pack)).is_none_or(|last| *last < pack.at);
        let by_hand = matches!(pack.truth.fate, Fate::Removed | Fate::Ejected);
        if pack.entered_unseen() && !pack.left() && pack.truth.fate != Fate::OnBelt {
            unseen += 1;
        } else if by_hand && (edge.is_none() || is_last) && went_with_power(truth, pack) {
            lost += 1;
        } else if !closed && is_last && pack.truth.fate == Fate::OnBelt {
            not_yet += 1;
        } else {
            let detail = format!(
                "line-I/O epoch {}, infeed edge {edge:?}, {:?}",
                pack.truth.io_epoch, pack.truth.fate
            );
            findings.add(What::UnknownToLedger, pack.about(), detail);
        }
    }
    joined.edges_lost += lost;
    joined.unseen += unseen;
    joined.packs_not_yet += not_yet;
}

/// True when the line I/O lost its power after the last pack of this epoch had left and before
/// this one was taken away.
fn went_with_power(truth: &Truth, pack: &Pack<'_>) -> bool {
    let Some(run) = truth.runs.get(pack.run) else { return false };
    let left = run.packs.iter().filter(|other| {
        other.fate == Fate::Exited
            && other.io_epoch == pack.truth.io_epoch
            && other.pack < pack.truth.pack
    });
    let last_left_ms = left.map(|other| other.at_ms).max().unwrap_or(0);
    run.faults.iter().any(|fault| {
        fault.fault == "device_restart"
            && fault.device == "line_io"
            && (last_left_ms..=pack.truth.at_ms).contains(&fault.from_ms)
    })
}

/// Tracks that the ground truth does not know.
fn unknown_tracks(
    truth: &Truth,
    ledger: &LedgerView,
    joined: &mut Joined<'_>,
    findings: &mut Findings,
) {
    let packs = truth.runs.iter().flat_map(|run| &run.packs);
    // The belt keeps its order: what entered before a pack that was handed over has come to its
    // end too.
    let mut handed_over: HashMap<u32, u64> = HashMap::new();
    for pack in packs.filter(|pack| pack.fate == Fate::Exited) {
        let last = handed_over.entry(pack.io_epoch).or_default();
        *last = (*last).max(pack.infeed_count.unwrap_or(0));
    }
    for row in &ledger.packs {
        if joined.by_track.contains_key(&row.track) {
            continue;
        }
        let over = handed_over.get(&row.io_epoch).is_some_and(|last| row.infeed_count < *last);
        if !ledger.closed && !over {
            joined.tracks_not_yet.insert(row.track);
            continue;
        }
        let about = About { pack: None, track: Some(row.track), serial: row.serial.clone() };
        let detail = format!(
            "line-I/O epoch {}, infeed edge at {}, {:?}",
            row.io_epoch, row.infeed_count, row.fate
        );
        findings.add(What::UnknownToTruth, about, detail);
    }
}
