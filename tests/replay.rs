//! Recordings run again: the committed ones for ever the same, new ones of the line in virtual time
//! against their own digests and against a real ledger; and whatever is not the same is found.
//!
//! The files in `tests/recordings` were made by real processes over sockets with
//! `packline replay --save`. They say what the rules decided when they were made: a change of the
//! core that alters one record fails here and names it. `SEED` and `SEEDS` widen the search.

#[path = "support/loaded.rs"]
mod loaded;
#[path = "support/stations.rs"]
mod stations;
mod support;

use line_core::event::{Input, Output};
use line_core::ids::{Nanos, RecordSeq};
use line_core::record::{Record, RecordBody};
use loaded::{clock, loaded};
use packline::recordings::{
    Lived, Origin, Outcome, ReplayError, Seen, Source, alone, header, replay,
};
use packline::simulation::observer::{CoreStart, Observer};
use packline::simulation::virtual_line::{Pace, VirtualBatch, VirtualLine};
use recording::{End, Timed, Writer};
use stations::with_stations;
use std::path::{Path, PathBuf};
use support::virtual_batch;
use tempfile::TempDir;

const ALL: &str = include_str!("../config/scenarios/all.toml");

fn again(source: &Source) -> Result<Outcome, ReplayError> {
    replay(source, &mut |_| {})
}

fn of_file(file: PathBuf) -> Source {
    Source { files: vec![file], ledger: None }
}

/// What the core was given and what it made.
#[derive(Default)]
struct Tape {
    inputs: Vec<Timed>,
    records: Vec<Record>,
}

impl Observer for Tape {
    fn begin(&mut self, _: CoreStart<'_>) {}

    fn input(&mut self, now: Nanos, input: &Input) {
        self.inputs.push(Timed { now, input: *input });
    }

    fn output(&mut self, output: &Output) {
        if let Output::Record(record) = output {
            self.records.push(*record);
        }
    }

    fn settled(&mut self) {}
}

/// A batch that has run in virtual time, with all that it was given and made.
fn lived(batch: VirtualBatch) -> Lived {
    let (config, data, numbers, seed) =
        (batch.line, batch.batch, batch.numbers.clone(), batch.seed);
    let target = u32::try_from(batch.sim.packs_total).expect("a small batch");
    let mut line = VirtualLine::observed(batch, Pace::Even, Tape::default());
    assert!(line.run(), "seed {seed}: standstill");
    let tape = std::mem::take(line.observer());
    let origin = Origin { batch: "B-1".into(), ..Origin::default() };
    Lived {
        header: header(origin, config, &data, &numbers, (target, 0)),
        serials: numbers,
        inputs: tape.inputs,
        records: tape.records,
    }
}

fn kept(dir: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let file = dir.path().join(name);
    std::fs::write(&file, bytes).expect("a file");
    file
}

/// The recording of a life as the service writes it: without serials and digests.
fn plain(life: &Lived, inputs: &[Timed], end: Option<End>) -> Vec<u8> {
    let (mut writer, mut out) = (Writer::new(), Vec::new());
    writer.begin(&life.header, None, &mut out);
    for timed in inputs {
        writer.push(timed, &mut out);
    }
    match end {
        Some(end) => writer.end(end, &mut out),
        None => writer.flush(&mut out),
    }
    out
}

#[test]
fn committed_recordings_are_decided_as_ever() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let entries = std::fs::read_dir(&folder).expect("the recordings");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rec"));
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let name = file.display().to_string();
        assert!(std::fs::metadata(&file).expect("a file").len() < 300_000, "{name} is too large");
        let outcome = again(&of_file(file)).expect("a replay");
        println!("{name}: {} packs, {} records", outcome.packs, outcome.compared);
        assert_eq!(outcome.first_difference, None, "{name}");
        assert!(outcome.identical && outcome.complete, "{name}: {outcome:#?}");
        assert!(outcome.compared == outcome.records && outcome.verdicts >= 40, "{outcome:#?}");
    }
}

/// Every fault and every station, in virtual time: what was made is made again.
#[test]
fn a_line_in_virtual_time_is_run_again() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first: u64 = number("SEED").unwrap_or(1);
    for seed in first..first + number("SEEDS").unwrap_or(3) {
        let life = lived(with_stations(virtual_batch(300, ALL, seed)));
        let dir = tempfile::tempdir().expect("a directory");
        let bytes = alone(std::slice::from_ref(&life)).expect("a recording");
        let outcome = again(&of_file(kept(&dir, "a.rec", &bytes))).expect("a replay");
        println!("seed {seed}: {} inputs in {} bytes", outcome.inputs, bytes.len());
        assert_eq!(outcome.first_difference, None, "seed {seed}");
        let records = life.records.len() as u64;
        assert_eq!((outcome.compared, outcome.records), (records, records), "seed {seed}");
        assert_eq!(outcome.inputs, life.inputs.len() as u64, "seed {seed}");
    }
}

/// Another rule, or one input left out: the first record that differs is named.
#[test]
fn another_decision_is_found_where_it_fell() {
    let life = lived(virtual_batch(60, "", 5));
    let dir = tempfile::tempdir().expect("a directory");
    let digests = alone(std::slice::from_ref(&life)).expect("a recording");
    assert!(again(&of_file(kept(&dir, "same.rec", &digests))).expect("a replay").identical);

    let mut strict = life.clone();
    strict.header.line.gate_counts -= 1_000;
    let bytes = alone(&[strict]).expect("a recording");
    let outcome = again(&of_file(kept(&dir, "rule.rec", &bytes))).expect("a replay");
    assert!(outcome.first_difference.is_some() && !outcome.identical, "another gate is no matter");

    let result = |timed: &Timed| matches!(timed.input, Input::CameraResult(_));
    let mut deaf = life;
    let at = deaf.inputs.iter().position(result).expect("a result");
    deaf.inputs.remove(at);
    let bytes = alone(&[deaf]).expect("a recording");
    let outcome = again(&of_file(kept(&dir, "deaf.rec", &bytes))).expect("a replay");
    let first = outcome.first_difference.expect("a difference");
    assert_eq!((first.what, first.segment), ("digest", 1));
    assert!(first.input > at as u64, "{first:?} before what was left out");
}

/// A ledger of the batch with these records, and the source that compares with it.
fn in_ledger(life: &Lived, dir: &TempDir, change: impl FnOnce(&mut Lived)) -> Source {
    let batch = virtual_batch(60, "", 5);
    let (mut ledger, no) = loaded(dir.path(), &batch.batch, &batch.numbers);
    let mut kept_life = life.clone();
    change(&mut kept_life);
    for group in kept_life.records.chunks(64) {
        ledger.append(clock(1), no, group).expect("a commit");
    }
    Source { files: Vec::new(), ledger: Some(dir.path().join("ledger.db")) }
}

fn against(life: &Lived, bytes: &[u8], change: impl FnOnce(&mut Lived)) -> Outcome {
    let dir = tempfile::tempdir().expect("a directory");
    let mut source = in_ledger(life, &dir, change);
    source.files.push(kept(&dir, "0001.rec", bytes));
    again(&source).expect("a replay")
}

#[test]
fn a_ledger_that_says_the_same_is_identical_and_what_it_does_not_say_is_found() {
    let life = lived(virtual_batch(60, "", 5));
    let whole = plain(&life, &life.inputs, Some(End::Clean));
    let outcome = against(&life, &whole, |_| {});
    assert!(outcome.identical && outcome.complete, "{outcome:#?}");
    assert_eq!(outcome.compared, life.records.len() as u64);

    // One number of one body, one stamp, and the last record missing.
    let last = life.records.len() - 1;
    let of_pack = |life: &Lived| {
        let is = |body: &RecordBody| matches!(body, RecordBody::PackInfeed { .. });
        life.records.iter().position(|record| is(&record.body)).expect("a pack")
    };
    let at = of_pack(&life);
    let body = against(&life, &whole, |life| {
        if let RecordBody::PackInfeed { count, .. } = &mut life.records[at].body {
            count.0 += 1;
        }
    });
    let first = body.first_difference.expect("a difference");
    assert_eq!((first.what, first.record), ("body", at as u64 + 1));
    assert!(first.ledger_seq.is_some() && first.expected != first.got, "{first:?}");
    let stamp = against(&life, &whole, |life| life.records[at].encoder.0 += 1);
    assert_eq!(stamp.first_difference.expect("a difference").what, "encoder");
    let cut = against(&life, &whole, |life| life.records.truncate(last));
    let first = cut.first_difference.expect("a difference");
    assert_eq!(first.what, "a record that was durable is not there");
}

/// The process was killed: the recording ends before the ledger, or the ledger before it.
#[test]
fn a_recording_that_ends_early_is_compared_up_to_there() {
    let life = lived(virtual_batch(60, "", 5));
    let some = &life.inputs[..life.inputs.len() / 2];
    let torn = plain(&life, some, None);
    let outcome = against(&life, &torn[..torn.len() - 1], |_| {});
    assert!(outcome.identical && !outcome.complete, "{outcome:#?}");
    let outcome = against(&life, &torn, |_| {});
    assert!(outcome.identical && !outcome.complete && outcome.compared > 100, "{outcome:#?}");
    assert_eq!(outcome.compared + outcome.not_recorded, life.records.len() as u64);
    assert!(outcome.notes.iter().any(|note| note.contains("ends early")), "{outcome:#?}");

    // Said to have ended in order, it must hold every record.
    let clean = plain(&life, some, Some(End::Clean));
    let first = against(&life, &clean, |_| {}).first_difference.expect("a difference");
    assert_eq!(first.what, "a record that the replay does not make");
    let full = against(&life, &plain(&life, some, Some(End::Full)), |_| {});
    assert!(full.identical && !full.complete, "{full:#?}");

    // Records that never were durable need not be there; one that was must.
    let mut durable = RecordSeq(0);
    for timed in some {
        if let Input::Watermark(seq) = timed.input {
            durable = durable.max(seq);
        }
    }
    let keep = durable.0 as usize;
    let outcome = against(&life, &torn, |life| life.records.truncate(keep));
    assert!(outcome.identical && outcome.complete, "{outcome:#?}");
    let lost = against(&life, &torn, |life| life.records.truncate(keep - 1));
    let first = lost.first_difference.expect("a difference");
    assert_eq!((first.what, first.record), ("a record that was durable is not there", durable.0));
}

#[test]
fn a_damaged_recording_is_refused_with_block_and_byte() {
    let life = lived(virtual_batch(60, "", 5));
    let mut bytes = alone(&[life]).expect("a recording");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    let dir = tempfile::tempdir().expect("a directory");
    let mut seen = 0;
    let source = of_file(kept(&dir, "a.rec", &bytes));
    let error = replay(&source, &mut |_: Seen<'_>| seen += 1).expect_err("a damaged recording");
    let text = error.to_string();
    assert!(text.contains("block ") && text.contains(" at byte "), "{text}");
    assert_eq!(seen, 0, "something was run before the damage was found");
}

/// Serials of another batch would give other codes: they are refused before anything is run.
#[test]
fn serials_that_are_not_the_recorded_ones_are_refused() {
    let mut life = lived(virtual_batch(60, "", 5));
    life.serials.swap(0, 1);
    let bytes = alone(&[life]).expect("a recording");
    let dir = tempfile::tempdir().expect("a directory");
    let error = again(&of_file(kept(&dir, "a.rec", &bytes))).expect_err("other serials");
    assert!(error.to_string().contains("serials"), "{error}");
}
