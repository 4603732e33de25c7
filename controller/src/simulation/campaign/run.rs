//! Runs one case and judges it.
//!
//! Called by the driver, by `minimise` and by replays. Must never let a batch pass that came to a
//! standstill or broke off.

use super::batch::{Batch, Shipped};
use super::case::{Case, CaseLine, What};
use super::people::People;
use super::watch::Watch;
use crate::names::name_of;
use crate::simulation::memory_ledger::MemoryLedger;
use crate::simulation::virtual_line::{Meter, VirtualLine};
use contracts::packml::UnitState;
use line_core::event::PackFate;
use line_core::reason::RejectReason;
use line_core::record::Verdict;
use line_sim::judge::{
    Class, Event, Finding, Judgement, Order, RecordedPack, Recording, Rules, judge_recording,
};
use line_sim::truth::TruthRecord;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// After its order's end a line is watched for this long: nothing may come late.
const AFTERWARDS_NS: u64 = 1_500_000_000;

/// What came of a batch.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Packs that entered the line.
    pub packs: u64,
    /// Packs that left as good.
    pub good: u64,
    /// Packs that left as good and are not proven.
    pub false_good: u64,
    /// Packs or serials recorded otherwise than it happened.
    pub unexplained: u64,
    /// Good packs rejected without an excuse.
    pub false_reject: u64,
    /// Good packs rejected because the ledger's disk stalled.
    pub ledger_late: u64,
    /// Books that do not close: 0 or 1.
    pub unreconciled: u64,
    /// Things that turned up after the order's end.
    pub late: u64,
    /// Differences to the reference.
    pub differences: u64,
    /// Packs declared by people: additions, removals, taken back.
    pub declared: u64,
    /// Inputs of the core.
    pub inputs: u64,
    /// Simulated seconds.
    pub line_s: f64,
    /// Packs on which each class acted, and how often it struck.
    pub acted: BTreeMap<String, (u64, u64)>,
    /// What was wrong, in words; the first names the kind.
    pub wrong: Vec<String>,
    /// Good packs that were lost without an excuse, in words.
    pub lost_good: Vec<String>,
    /// Time by part, when it was measured.
    pub meter: Meter,
}

/// Runs a case.
///
/// # Errors
/// In words: the case cannot be run at all.
pub fn run_case(shipped: &mut Shipped, case: &Case, metered: bool) -> Result<Outcome, String> {
    let batch = shipped.batch(case)?;
    let ran = catch_unwind(AssertUnwindSafe(|| run(batch, case, metered)));
    Ok(ran.unwrap_or_else(|cause| {
        let words = cause.downcast_ref::<String>().cloned();
        let words = words.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let words = words.unwrap_or_else(|| "without words".to_owned());
        Outcome {
            packs: case.packs,
            unexplained: 1,
            wrong: vec![format!("broken off: {words}")],
            ..Outcome::default()
        }
    }))
}

fn run(batch: Batch, case: &Case, metered: bool) -> Outcome {
    let begun = Instant::now();
    let recording = Recording::new(&batch.order);
    let drawn_twice = batch.drawn_twice;
    let watch = Watch::new(recording);
    let mut line = VirtualLine::observed(batch.virtual_batch, batch.pace, watch);
    line.measure(metered);
    let mut people = People::new(case);
    let done = run_to_end(&mut line, &mut people);
    let mut outcome = Outcome { line_s: line.now_ns() as f64 / 1e9, ..Outcome::default() };
    if !done {
        let (state, holds) = (line.line.unit_state(), line.line.holds());
        let waiting = line.line.unresolved().len();
        outcome.wrong.push(format!("standstill: {state:?} {holds:?}, {waiting} packs wait"));
        outcome.unexplained += 1;
        line.end();
    }
    outcome.late = watch_afterwards(&mut line, done);
    if outcome.late > 0 {
        outcome.wrong.push(format!("late: {} records after the end", outcome.late));
    }
    for (what, (packs, times)) in people.acted {
        let sum = outcome.acted.entry(what.to_owned()).or_default();
        *sum = (sum.0 + packs, sum.1 + times);
    }
    let measured = line.meter();
    let judging = Instant::now();
    judged(&mut line, &batch.order, case, &mut outcome);
    outcome.meter = measured;
    if metered {
        outcome.meter.judge_ns = judging.elapsed().as_nanos() as u64;
        outcome.meter.all_ns = begun.elapsed().as_nanos() as u64;
    }
    outcome.wrong.extend(people.wrong);
    if case.line.two_lines {
        outcome.acted.insert("two_lines_one_product".to_owned(), (outcome.packs, 1));
    }
    if case.line.first_pack_due {
        outcome.acted.insert("first_pack_due".to_owned(), (outcome.packs, 1));
    }
    if drawn_twice > 0 {
        outcome.unexplained += drawn_twice;
        outcome.wrong.push(format!("row 21: {drawn_twice} serials were drawn by two lines"));
    }
    outcome
}

fn run_to_end(line: &mut VirtualLine<Watch>, people: &mut People<'_>) -> bool {
    while !line.is_late() {
        line.step();
        people.act(line);
        if line.is_alive() && !people.are_waiting_for_controller() {
            line.go_on();
        }
        if line.is_over() {
            return true;
        }
    }
    false
}

/// The order is over: the belt comes to rest, a given-up one is cleared, the rest is written. Gives
/// how many records of packs came after that.
fn watch_afterwards(line: &mut VirtualLine<Watch>, done: bool) -> u64 {
    if !done {
        return 0;
    }
    // What the line I/O still holds belongs to the books: nobody closes them before it is heard.
    while line.line.links()[..2] != [true; 2] && !line.is_late() {
        line.step();
    }
    let until = line.now_ns() + AFTERWARDS_NS;
    let at_end = line.observer().recorded;
    while line.now_ns() < until {
        line.step();
    }
    let aborted = line.line.unit_state() == UnitState::Aborted;
    let late = line.observer().recorded - at_end;
    if aborted {
        line.clear_after_abort();
    }
    line.end();
    // A belt that was stopped in mid-run may still brush an eye.
    if aborted { 0 } else { late }
}

/// Labels that a labeler may print after the last count of it that reached the disk: those of two
/// seconds and its look-ahead.
fn labels_untold_max(line: &CaseLine) -> i64 {
    (line.rate_packs_s * 2.0) as i64 + i64::from(line.look_ahead)
}

fn judged(line: &mut VirtualLine<Watch>, order: &Order, case: &Case, outcome: &mut Outcome) {
    let truth = line.world.take_truth();
    count_faults(&truth, &mut outcome.acted);
    let contradictions = core::mem::take(&mut line.contradictions);
    outcome.unexplained += contradictions.len() as u64;
    outcome.wrong.extend(contradictions.iter().take(5).map(|c| format!("contradiction: {}", c.0)));
    let declared = line.ledger.declared();
    outcome.declared =
        (declared.additions + declared.removals + declared.retrieved + declared.printed) as u64;
    line.ledger.declare_printed(labels_untold_max(&case.line));
    let closed = line.ledger.close();
    let books = match &closed {
        Ok(books) => serde_json::to_string(books).ok(),
        Err(refusal) => {
            outcome.unreconciled = 1;
            outcome.wrong.push(format!("unreconciled: {refusal:?}"));
            None
        }
    };
    let numbers = line.numbers().to_vec();
    let ledger = line.ledger.clone();
    let watch = line.observer();
    outcome.inputs = watch.inputs;
    outcome.differences = watch.reference.count();
    outcome.wrong.append(&mut watch.broken);
    let differences = watch.reference.differences().iter().take(4);
    outcome.wrong.extend(differences.map(|d| {
        let (expected, got) = (&d.expected, &d.got);
        format!("difference: {} at input {}: {expected}, got {got}", d.what, d.input)
    }));
    let taken_back = Event::TakenBack { count: declared.retrieved };
    watch.recording.event(i64::MAX, taken_back);
    if let Err(error) = hand_over(&ledger, &numbers, books, &mut watch.recording) {
        outcome.wrong.push(format!("unexplained: {error}"));
        outcome.unexplained += 1;
    }
    let judgement = judge_recording(Rules::default(), truth, &watch.recording, order);
    weigh(&judgement, outcome);
    if line.line.overflowed() {
        outcome.wrong.push("I7: the core lost an output".to_owned());
    }
}

fn weigh(judgement: &Judgement, outcome: &mut Outcome) {
    outcome.packs = judgement.packs;
    outcome.good = judgement.good_out;
    outcome.false_good += judgement.false_good;
    outcome.unexplained += judgement.unexplained;
    if !judgement.ok && !judgement.sums_agree && outcome.unreconciled == 0 {
        outcome.unreconciled = 1;
    }
    let in_words = |finding: &Finding| {
        let (pack, track) = (finding.pack, finding.track);
        format!("{:?}: pack {pack:?} track {track:?}: {}", finding.what, finding.detail)
    };
    let of = |lost: bool| {
        judgement.findings.iter().filter(move |f| (f.what.class() == Class::FalseReject) == lost)
    };
    outcome.wrong.extend(of(false).take(6).map(in_words));
    // The disk stalls by the campaign's own doing, which the judge cannot know.
    let stalled = |f: &&Finding| outcome.acted.contains_key(What::DiskStall.name()) && is_late(f);
    outcome.ledger_late = of(true).filter(stalled).count() as u64;
    outcome.false_reject = judgement.false_reject.saturating_sub(outcome.ledger_late);
    outcome.lost_good.extend(of(true).filter(|f| !stalled(f)).take(6).map(in_words));
}

fn is_late(finding: &Finding) -> bool {
    finding.detail.contains(name_of(&RejectReason::LedgerLate).as_str())
}

/// Hands over what the ledger's views would show; the records are there already.
///
/// # Errors
/// A fate or state that the documents do not name.
pub fn hand_over(
    ledger: &MemoryLedger,
    numbers: &[codes::SerialNumber],
    books: Option<String>,
    recording: &mut Recording,
) -> Result<(), line_sim::judge::JudgeError> {
    for (number, row) in numbers.iter().zip(ledger.serials()) {
        let track = row.track.map(|track| track.0);
        recording.serial(number.as_str(), row.state as u8, track)?;
    }
    for (track, row) in ledger.packs() {
        let serial = row.serial.and_then(|serial| numbers.get(serial.0 as usize));
        recording.pack(RecordedPack {
            track,
            serial: serial.map(codes::SerialNumber::as_str),
            verdict: row.verdict.map(|verdict| match verdict {
                Verdict::Accept => "accept",
                Verdict::Reject => "reject",
            }),
            reason: row.reason.as_ref().map(name_of),
            fate: fate_word(row.fate),
            infeed_count: row.infeed.0,
            io_epoch: row.io_epoch.0,
            accepted: row.accepted,
        })?;
    }
    books.map_or(Ok(()), |books| recording.close(&books))
}

/// As in `docs/ledger-views.md`.
const fn fate_word(fate: PackFate) -> &'static str {
    match fate {
        PackFate::InProcess => "in_process",
        PackFate::Exited => "exited",
        PackFate::Ejected => "ejected",
        PackFate::Unresolved => "unresolved",
        PackFate::ResolvedExited => "resolved_exited",
        PackFate::ResolvedEjected => "resolved_ejected",
        PackFate::Removed => "removed",
    }
}

/// On how many packs each class acted, by ground truth: those that it struck, or those on the belt
/// when it did.
fn count_faults(truth: &[TruthRecord], acted: &mut BTreeMap<String, (u64, u64)>) {
    let mut add = |class: &str, packs: u64, times: u64| match acted.get_mut(class) {
        Some(sum) => *sum = (sum.0 + packs, sum.1 + times),
        None => {
            acted.insert(class.to_owned(), (packs, times));
        }
    };
    for record in truth {
        match record {
            TruthRecord::Pack(pack) => pack.faults.iter().for_each(|fault| add(fault, 1, 1)),
            TruthRecord::Fault(fault) if fault.on_belt > 0 || fault.packs.is_empty() => {
                let class = match fault.fault.as_str() {
                    "device_restart" | "link_cut" => format!("{}_{}", fault.device, fault.fault),
                    other => other.to_owned(),
                };
                add(&class, fault.on_belt, 1);
            }
            TruthRecord::Header(_) | TruthRecord::Fault(_) | TruthRecord::Scrapped(_) => {}
        }
    }
}
