//! `packline replay`: a recorded batch through the same core again, compared record by record.
//!
//! Must never write to the ledger, nor to a recording.

use super::args::ReplayArgs;
use super::exit::Exit;
use super::order::Failure;
use crate::recordings::{Outcome, ReplayError, Source, Store, replay, save};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Runs it again and tells what came of it.
#[must_use]
pub fn run(args: &ReplayArgs) -> Exit {
    let told = source(args).and_then(|source| run_again(args, &source));
    told.unwrap_or_else(|failure| {
        eprintln!("packline: {}", failure.text);
        failure.exit
    })
}

fn failure(error: &ReplayError) -> Failure {
    let exit = match error {
        ReplayError::File { .. } => Exit::Refused,
        ReplayError::Damaged { .. } | ReplayError::Nonsense { .. } | ReplayError::Compare(_) => {
            Exit::NotProven
        }
    };
    Failure { text: format!("failed to replay: {error}"), exit }
}

fn source(args: &ReplayArgs) -> Result<Source, Failure> {
    let ledger = Some(args.at.data_dir.join("ledger.db")).filter(|path| path.exists());
    let refused = |e: crate::recordings::StoreError| Failure::refused(e.to_string());
    let (root, batch) = (&args.at.data_dir, args.batch.as_deref().unwrap_or_default());
    let files = match &args.recording {
        Some(file) if file.is_dir() => files_in(file)?,
        Some(file) => vec![file.clone()],
        None => Store::bounded(root, 0, 0).segments(batch).map_err(refused)?,
    };
    if files.is_empty() {
        let place = args.recording.clone().unwrap_or(root.join("recordings").join(batch));
        return Err(Failure::refused(format!(
            "there is no recording in {}; name the data directory, or a file with --recording",
            place.display()
        )));
    }
    Ok(Source { files, ledger })
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let refused = |e: std::io::Error| Failure::refused(format!("{}: {e}", directory.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(refused)? {
        files.push(entry.map_err(refused)?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rec"));
    files.sort();
    Ok(files)
}

fn run_again(args: &ReplayArgs, source: &Source) -> Result<Exit, Failure> {
    let outcome = match &args.save {
        None => replay(source, &mut |_| {}).map_err(|e| failure(&e))?,
        Some(file) => {
            let (bytes, outcome) = save(source).map_err(|e| failure(&e))?;
            if outcome.identical {
                write_new(file, &bytes)?;
            }
            outcome
        }
    };
    if let Some(batch) = args.batch.as_ref().filter(|batch| **batch != outcome.batch) {
        let text = format!("the recording is of batch {}, not {batch}", outcome.batch);
        return Err(Failure::refused(text));
    }
    if args.at.json {
        let json = serde_json::to_string(&outcome);
        println!("{}", json.map_err(|e| Failure::refused(e.to_string()))?);
    } else {
        tell(&outcome);
    }
    Ok(if outcome.identical { Exit::Ok } else { Exit::NotProven })
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    made.and_then(|mut file| file.write_all(bytes))
        .map_err(|e| Failure::refused(format!("failed to write {}: {e}", path.display())))
}

fn tell(outcome: &Outcome) {
    let Outcome { batch, segments, inputs, packs, records, verdicts, compared, .. } = outcome;
    println!("batch {batch}: {packs} packs, {inputs} inputs in {segments} segments");
    println!("{records} records, {verdicts} of them verdicts; {compared} compared and the same");
    if outcome.uncommitted > 0 {
        println!("{} records were never durable: the process had ended", outcome.uncommitted);
    }
    println!("{:.1} us a pack, {} us in all", outcome.us_per_pack, outcome.took_us);
    for note in &outcome.notes {
        println!("note: {note}");
    }
    match &outcome.first_difference {
        None if outcome.complete => println!("identical, every record of the batch"),
        None => println!(
            "identical as far as it was recorded; {} records lie behind it",
            outcome.not_recorded
        ),
        Some(first) => {
            let place = first.ledger_seq.map(|seq| format!(" (ledger record {seq})"));
            println!(
                "different: {} at record {} of segment {}{}, made by its input {}",
                first.what,
                first.record,
                first.segment,
                place.unwrap_or_default(),
                first.input
            );
            println!("  expected {}", or_none(&first.expected));
            println!("  got      {}", or_none(&first.got));
        }
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}
