//! `packline-verify`: a ledger file and anchors in, a verdict out.
//!
//! For an inspector who trusts neither the server nor the machine that it ran on: no service, no
//! network, no configuration. The checks are `ledger::verify`. Must never write to the file or
//! beside it, and never claim what was not checked.

#![forbid(unsafe_code)]

mod tell;

use clap::Parser;
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
    /// The ledger (ledger.db), or a copy of it with its -wal file when there is one.
    file: PathBuf,
    /// Anchors that were kept elsewhere (anchors.jsonl): without them a cut tail or a complete
    /// rewrite cannot be found.
    #[arg(long, requires = "key")]
    anchors: Option<PathBuf>,
    /// Public key that was kept elsewhere (signing.pub): the first one, or any later one.
    #[arg(long, requires = "anchors")]
    key: Option<PathBuf>,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let words = Words::parse();
    let begun = Instant::now();
    match check(&words) {
        Ok(report) => {
            tell(&words, &report, begun.elapsed());
            if report.is_ok() { ExitCode::SUCCESS } else { BROKEN.into() }
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
    let key = words.key.as_deref().map(read_key).transpose()?;
    let elsewhere = words.anchors.as_deref().zip(key.as_deref());
    verify_evidence(&words.file, elsewhere).map_err(|error| error.to_string())
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
