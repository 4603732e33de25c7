//! What came of a batch in virtual time: the simulator's truth beside the core's records.
//!
//! Used by `virtual_batch.rs`. A check of its own, simpler than the judge and without a ledger.
//! Must never look into the core.

use line_core::reason::RejectReason;
use line_core::record::{RecordBody, Verdict};
use line_sim::truth::{Fate, PackTruth, TruthRecord};
use packline::simulation::virtual_line::VirtualLine;
use std::collections::{BTreeMap, HashMap};

/// What came of a batch, truth beside record.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Physical fates.
    pub fates: BTreeMap<&'static str, u32>,
    /// Last verdicts reject, by reason.
    pub rejects: BTreeMap<String, u32>,
    /// Holds by cause.
    pub holds: BTreeMap<String, u32>,
    /// Packs that left and are not proven: must be empty.
    pub false_good: Vec<String>,
    /// Packs whose recorded fate is not the true one: must be empty.
    pub unexplained: Vec<String>,
    /// Packs that came onto the belt unseen by the infeed eye.
    pub unseen: u32,
    /// Packs that the person declared, by term.
    pub declared: BTreeMap<String, u32>,
}

impl Outcome {
    /// One line of a result table.
    pub fn row(&self) -> String {
        let fates = self.fates.iter().map(|(fate, n)| format!("{fate} {n}"));
        let fates: Vec<String> = fates.collect();
        format!("{}; {}; {}", fates.join(", "), list(&self.rejects), list(&self.holds))
    }
}

fn list(counts: &BTreeMap<String, u32>) -> String {
    let all: Vec<String> = counts.iter().map(|(name, n)| format!("{name} {n}")).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

/// The name that records give a reason or a cause.
fn name(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a name").trim_matches('"').to_owned()
}

/// Recorded life of one pack.
#[derive(Default)]
struct Life {
    serial: Option<u32>,
    verdict: Option<Verdict>,
    reason: Option<RejectReason>,
    fate: &'static str,
}

fn lives(line: &VirtualLine, outcome: &mut Outcome) -> HashMap<u64, Life> {
    let mut tracks: HashMap<u32, (u64, Life)> = HashMap::new();
    let key = |epoch: u32, count: u64| (u64::from(epoch) << 48) | count;
    for record in &line.kept.records {
        match record.body {
            RecordBody::PackInfeed { track, count } => {
                let life = Life { fate: "on_belt", ..Life::default() };
                tracks.insert(track.0, (key(record.io_epoch.0, count.0), life));
            }
            RecordBody::Hold { cause } => {
                *outcome.holds.entry(name(&cause)).or_default() += 1;
            }
            _ => note(&mut tracks, &record.body),
        }
    }
    tracks.into_values().collect()
}

fn note(tracks: &mut HashMap<u32, (u64, Life)>, body: &RecordBody) {
    let mut with = |track: u32, change: &mut dyn FnMut(&mut Life)| {
        if let Some((_, life)) = tracks.get_mut(&track) {
            change(life);
        }
    };
    match *body {
        RecordBody::LabelApplied { track, serial, .. } => {
            with(track.0, &mut |l| l.serial = Some(serial.0));
        }
        RecordBody::Verdict { track, verdict, reason, .. } => {
            with(track.0, &mut |l| (l.verdict, l.reason) = (Some(verdict), reason));
        }
        RecordBody::PackExited { track, .. } => with(track.0, &mut |l| l.fate = "exited"),
        RecordBody::PackEjected { track, .. } => with(track.0, &mut |l| l.fate = "ejected"),
        RecordBody::PackUnresolved { track, .. } => with(track.0, &mut |l| l.fate = "unresolved"),
        RecordBody::PackResolved { track, resolution, .. } => {
            use line_core::reason::Resolution as R;
            let fate = match resolution {
                R::Exited => "exited",
                R::Ejected => "ejected",
                R::Removed => "removed",
            };
            with(track.0, &mut |l| l.fate = fate);
        }
        _ => {}
    }
}

fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Exited => "exited",
        Fate::Ejected => "ejected",
        Fate::Removed | Fate::Retrieved => "removed",
        Fate::OnBelt => "on_belt",
    }
}

/// Compares the truth of a finished batch with its records.
pub fn outcome(line: &mut VirtualLine, numbers: &[codes::SerialNumber]) -> Outcome {
    let mut outcome = Outcome::default();
    let lives = lives(line, &mut outcome);
    for life in lives.values() {
        if let Some(reason) = life.reason {
            *outcome.rejects.entry(name(&reason)).or_default() += 1;
        }
    }
    for declared in &line.declared {
        *outcome.declared.entry(declared.term.clone()).or_default() += declared.count;
    }
    let mut left: HashMap<String, u64> = HashMap::new();
    for record in line.world.take_truth() {
        if let TruthRecord::Pack(pack) = record {
            judge(&pack, &lives, numbers, &mut left, &mut outcome);
        }
    }
    outcome
}

fn judge(
    pack: &PackTruth,
    lives: &HashMap<u64, Life>,
    numbers: &[codes::SerialNumber],
    left: &mut HashMap<String, u64>,
    outcome: &mut Outcome,
) {
    let fate = fate_name(pack.fate);
    *outcome.fates.entry(fate).or_default() += 1;
    let key = pack.infeed_count.map(|count| (u64::from(pack.io_epoch) << 48) | count);
    let life = key.and_then(|key| lives.get(&key));
    let unseen = key.is_none() && !pack.faults.is_empty();
    outcome.unseen += u32::from(unseen);
    // What the controller never saw come must not leave, and is no track of its.
    let quietly_gone = unseen && matches!(fate, "ejected" | "removed");
    if !quietly_gone && life.map_or("removed", |l| l.fate) != fate {
        let known = life.map(|l| l.fate);
        outcome.unexplained.push(format!("{fate} recorded as {known:?}: {pack:?}"));
    }
    if pack.fate == Fate::Exited {
        let label = pack.label.as_ref().map(|l| l.serial.to_text());
        let bound = life.and_then(|l| l.serial).and_then(|i| numbers.get(i as usize));
        let proven = pack.label == pack.commanded
            && label.as_deref() == bound.map(codes::SerialNumber::as_str)
            && life.is_some_and(|l| l.verdict == Some(Verdict::Accept));
        let twice = label.is_some_and(|l| left.insert(l, pack.pack).is_some());
        if !proven || twice {
            outcome.false_good.push(format!("{pack:?}"));
        }
    }
}
