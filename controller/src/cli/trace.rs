//! `packline serial trace`: a serial number's life, step by step, with the time of each.
//!
//! From the ledger; beside its records, the steps that only the batch's recording tells. Must never
//! show a step that was not recorded, nor write anything.

use super::args::DataDir;
use super::exit::Exit;
use super::order::{Failure, ledger_path, text};
use super::trace_words::{Words, words};
use crate::recordings::{RESULT_IN, Source, Step, Store, Told, steps_of};
use crate::service::serial_json;
use ledger::{Reader, SerialTrace};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A line of the trace.
struct Line {
    /// Life of the core: the last event before it; 0 for what is of no life.
    life: i64,
    mono_ns: Option<i64>,
    at: String,
    seq: Option<i64>,
    words: Words,
}

/// Traces a serial number.
#[must_use]
pub fn run(gtin: &str, serial: &str, at: &DataDir) -> Exit {
    match traced(gtin, serial, at) {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn traced(gtin: &str, serial: &str, at: &DataDir) -> Result<(), Failure> {
    let bad = |e: codes::CodeError| Failure::refused(e.to_string());
    let (code, number) = (gtin.parse().map_err(bad)?, serial.parse().map_err(bad)?);
    let path = ledger_path(at)?;
    let failed = |e: ledger::LedgerError| Failure::refused(e.to_string());
    let mut reader = Reader::open(&path).map_err(failed)?;
    if let Some(file) = reader.sealed_file_of(code, number).map_err(failed)? {
        reader = Reader::open_sealed(&at.data_dir, &file).map_err(failed)?;
    }
    let trace = reader.serial_trace(code, number).map_err(|e| Failure::refused(e.to_string()))?;
    let Some(trace) = trace else {
        return Err(Failure::refused(format!("{gtin} {serial} is not in this ledger")));
    };
    let (told, note) = recorded(&trace, path, at);
    let lines = lines(&trace, told);
    let zero = lines.iter().position(|line| line.words.what == "infeed");
    let zero = zero.or_else(|| lines.iter().position(|line| line.mono_ns.is_some()));
    let zero = zero.and_then(|at| lines.get(at));
    let mut answer = serial_json(gtin, serial, &trace);
    if at.json {
        let steps: Vec<Value> = lines.iter().map(|line| line.to_json(zero)).collect();
        answer["steps"] = steps.into();
        answer["note"] = note.map_or(Value::Null, Value::from);
        println!("{answer}");
        return Ok(());
    }
    let pack = trace.track.map_or(String::new(), |track| format!(", pack {track}"));
    println!("{gtin} {serial}: {}, batch {}{pack}", text(&answer, "state"), trace.batch);
    println!("{:<12}  {:>13}  step", "clock (UTC)", "ms");
    for line in &lines {
        line.print(zero);
    }
    if let Some(note) = note {
        println!("note: {note}");
    }
    Ok(())
}

/// Steps of the batch's recording, or why there are none.
fn recorded(trace: &SerialTrace, path: PathBuf, at: &DataDir) -> (Told, Option<String>) {
    let files = Store::bounded(&at.data_dir, 0, 0).segments(&trace.batch).unwrap_or_default();
    if files.is_empty() {
        let note = "without a recording of the batch only its records are told";
        return (Told::default(), Some(note.to_owned()));
    }
    let source = Source { files, ledger: Some(path) };
    match steps_of(&source, trace.serial_idx, trace.track) {
        Ok(Some(told)) => (told, None),
        Ok(None) => {
            let note = "the recording is not used: its replay differs; see `packline replay`";
            (Told::default(), Some(note.to_owned()))
        }
        Err(error) => (Told::default(), Some(format!("the recording is not used: {error}"))),
    }
}

/// Records and steps in the order of their time.
fn lines(trace: &SerialTrace, told: Told) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for event in &trace.events {
        let before = lines.iter().rev().find(|line| line.mono_ns.is_some());
        let life = event.mono_ns.map_or(0, |mono_ns| match told.lives.as_slice() {
            [] => life_by_time(before, event.seq, mono_ns),
            lives => lives.iter().rev().find(|&&after| after < event.seq).copied().unwrap_or(0),
        });
        let (mono_ns, at, seq) = (event.mono_ns, event.at.clone(), Some(event.seq));
        lines.push(Line { life, mono_ns, at, seq, words: words(&event.body) });
    }
    for step in told.steps {
        insert(&mut lines, step);
    }
    lines
}

/// Without a recording: a time that goes back is that of another process.
fn life_by_time(before: Option<&Line>, seq: i64, mono_ns: i64) -> i64 {
    let same = before.filter(|line| line.mono_ns.is_some_and(|earlier| earlier <= mono_ns));
    same.map_or(seq, |line| line.life)
}

/// A result comes before the verdict that it makes; all else after the record that made it.
fn insert(lines: &mut Vec<Line>, step: Step) {
    let first = step.what == RESULT_IN;
    let later = |line: &Line| {
        let after = |at: i64| at > step.mono_ns || first && at == step.mono_ns;
        line.life == step.after_seq && line.mono_ns.is_some_and(after)
    };
    let last = lines.iter().rposition(|line| line.life == step.after_seq);
    let at = lines.iter().position(later).or(last.map(|last| last + 1));
    let words = Words::plain(step.what, step.detail);
    let (life, mono_ns) = (step.after_seq, Some(step.mono_ns));
    let line = Line { life, mono_ns, at: String::new(), seq: None, words };
    lines.insert(at.unwrap_or(lines.len()), line);
}

impl Line {
    /// Milliseconds from `zero`, when both are of the same life of the core.
    fn ms(&self, zero: Option<&Self>) -> Option<f64> {
        let zero = zero.filter(|zero| zero.life == self.life)?;
        Some((self.mono_ns? - zero.mono_ns?) as f64 / 1e6)
    }

    fn to_json(&self, zero: Option<&Self>) -> Value {
        let from = if self.seq.is_some() { "ledger" } else { "recording" };
        let at = Some(&self.at).filter(|at| !at.is_empty());
        let Words { what, detail, who, why } = &self.words;
        json!({
            "ms": self.ms(zero), "at": at, "what": what, "detail": detail, "who": who,
            "why": why, "seq": self.seq, "from": from,
        })
    }

    fn print(&self, zero: Option<&Self>) {
        let clock = self.at.get(11..23).unwrap_or("");
        let ms = self.ms(zero).map_or(String::new(), |ms| format!("{ms:+.3}"));
        let Words { what, detail, who, why } = &self.words;
        let mut line = format!("{clock:<12}  {ms:>13}  {what:<15}  {detail}");
        if let Some(who) = who {
            line += &format!(" by {who}");
        }
        if let Some(why) = why {
            line += &format!(": {why}");
        }
        println!("{}", line.trim_end());
    }
}
