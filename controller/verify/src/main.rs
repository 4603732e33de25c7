//! `packline-verify`: a ledger file and anchors, or the file of a sealed batch in, a verdict out.
//!
//! For an inspector who trusts neither the server nor the machine that it ran on: no service, no
//! network, no configuration. The checks are `ledger::verify`. Must never write to the file or
//! beside it, and never claim what was not checked.

#![forbid(unsafe_code)]

mod tell;

use clap::Parser;
use ledger::seal::is_sealed_file;
use ledger::verify::sealed::{check as check_sealed, check_files};
use ledger::verify::{VerifyReport, verify_evidence};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Something to verify was not there, or the words were wrong.
const USAGE: u8 = 2;
/// Something was found wrong.
const BROKEN: u8 = 3;

/// Checks every record of a ledger and everything that is derived from them, without trusting the
/// program that wrote it. Exit codes: 0 nothing found wrong, 3 something found wrong, 2 it could
/// not be checked.
#[derive(Debug, Parser)]
#[command(name = "packline-verify", version)]
struct Words {
    /// The ledger (ledger.db), or a copy of it with its -wal file when there is one; or the file of
    /// a sealed batch (BATCH.packline).
    file: PathBuf,
    /// Anchors that were kept elsewhere (anchors.jsonl): without them a cut tail or a complete
    /// rewrite cannot be found.
    #[arg(long, requires = "key")]
    anchors: Option<PathBuf>,
    /// Public key that was kept elsewhere (signing.pub): the first one, or any later one. After a
    /// restore without the old key both, each on a line of its own.
    #[arg(long)]
    key: Option<PathBuf>,
    /// Directory with the files of the ledger's sealed batches: each is verified, too.
    #[arg(long)]
    sealed: Option<PathBuf>,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let words = Words::parse();
    let begun = Instant::now();
    let checked = if is_sealed_file(&words.file) {
        sealed_batch(&words, begun)
    } else {
        check(&words).map(|report| {
            tell(&words, &report, begun.elapsed());
            report.is_ok()
        })
    };
    match checked {
        Ok(is_ok) => {
            if is_ok {
                ExitCode::SUCCESS
            } else {
                BROKEN.into()
            }
        }
        Err(what) => {
            eprintln!("packline-verify: {what}");
            USAGE.into()
        }
    }
}

fn check(words: &Words) -> Result<VerifyReport, String> {
    if !words.file.is_file() {
        return Err(format!("there is no file {}; name a ledger.db", words.file.display()));
    }
    if words.key.is_some() && words.anchors.is_none() {
        return Err("a key alone proves nothing of a ledger; give --anchors, too".to_owned());
    }
    let key = words.key.as_deref().map(read_key).transpose()?;
    let elsewhere = words.anchors.as_deref().zip(key.as_deref());
    let failed = |error: ledger::LedgerError| error.to_string();
    let mut report = verify_evidence(&words.file, elsewhere).map_err(failed)?;
    let files = words.sealed.as_deref();
    files.map_or(Ok(()), |dir| check_files(&mut report, dir)).map_err(failed)?;
    Ok(report)
}

/// The file of a sealed batch; true when nothing was found wrong.
fn sealed_batch(words: &Words, begun: Instant) -> Result<bool, String> {
    if !words.file.is_file() {
        return Err(format!("there is no file {}", words.file.display()));
    }
    if words.anchors.is_some() || words.sealed.is_some() {
        let what = "the file of a sealed batch is verified with --key alone: its checkpoint is in \
                    it, anchors are about the ledger";
        return Err(what.to_owned());
    }
    let key = words.key.as_deref().map(read_key).transpose()?;
    let report = check_sealed(&words.file, key.as_deref()).map_err(|error| error.to_string())?;
    let took = begun.elapsed();
    if words.json {
        println!("{}", tell::sealed_json(&report, took));
    } else {
        print!("{}", tell::sealed_text(&words.file, &report));
    }
    Ok(report.first_bad.is_none())
}

fn read_key(path: &Path) -> Result<String, String> {
    let read = std::fs::read_to_string(path);
    let failed = |error| format!("failed to read the public key {}: {error}", path.display());
    read.map(|text| text.trim().to_owned()).map_err(failed)
}

fn tell(words: &Words, report: &VerifyReport, took: Duration) {
    if words.json {
        println!("{}", tell::json(report, took));
    } else {
        print!("{}", tell::text(&words.file, report, took));
    }
}
