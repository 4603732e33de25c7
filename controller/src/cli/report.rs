//! `packline report` and `packline export`: a batch's record or events as a file.
//!
//! Through the running service where there is one, else on the ledger itself, under its lock. Must
//! never leave a file that is not on record.

use super::args::DataDir;
use super::client::Client;
use super::exit::Exit;
use super::order::{Failure, ledger_path, print, service};
use super::report_args::{ExportCommand, MadeArgs, ReportArgs};
use super::session;
use crate::service::{reporting, wall_clock};
use hmi::ReportForm;
use ledger::{Chain, Ledger};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};

/// Makes a batch record.
#[must_use]
pub fn report(args: &ReportArgs) -> Exit {
    told(made(&args.made, args.format.into()), &args.made.at)
}

/// Exports a batch.
#[must_use]
pub fn export(command: &ExportCommand) -> Exit {
    match command {
        ExportCommand::Epcis(args) => told(made(args, ReportForm::Epcis), &args.at),
    }
}

fn told(made: Result<Value, Failure>, at: &DataDir) -> Exit {
    match made {
        Ok(answer) => {
            let words = |a: &Value| {
                let text = |name: &str| a[name].as_str().unwrap_or_default().to_owned();
                format!("{}: {} bytes, sha256 {}", text("out"), a["bytes"], text("sha256"))
            };
            print(&answer, at, words);
            Exit::Ok
        }
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn made(args: &MadeArgs, form: ReportForm) -> Result<Value, Failure> {
    let (path, at) = (&args.out, &args.at);
    let cannot = |error: io::Error| {
        let remedy = "give --out a new file in a directory that is there";
        Failure::refused(format!("{}: cannot be written: {error}; {remedy}", path.display()))
    };
    let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(cannot)?;
    let made = match (&args.login, service(at)) {
        (Some(user), _) => {
            session::with(at, user, |session| taken(session.client(), args, form, &file))
        }
        (None, Ok(Some(client))) => taken(&client, args, form, &file),
        (None, Ok(None)) => alone(args, form, &file),
        (None, Err(failure)) => Err(failure),
    };
    let written = made.and_then(|made| file.sync_all().map_err(cannot).map(|()| made));
    let (sha256, bytes) = written.inspect_err(|_| {
        let _ = std::fs::remove_file(path);
    })?;
    Ok(json!({
        "batch": args.batch, "format": form.name(),
        "out": path.display().to_string(), "sha256": sha256, "bytes": bytes,
    }))
}

/// From the service, which has it on record; what came is what was recorded.
fn taken(
    client: &Client,
    args: &MadeArgs,
    form: ReportForm,
    file: &File,
) -> Result<(String, u64), Failure> {
    let mut out = Counted { file, hash: Sha256::new(), bytes: 0 };
    let recorded = client.report((&args.batch, form, &args.who), &mut out)?;
    let sha256: String = out.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if recorded == sha256 {
        return Ok((sha256, out.bytes));
    }
    let text = format!("the file came as {sha256}, on record is {recorded}; ask for it again");
    Err(Failure { text, exit: Exit::NotProven })
}

struct Counted<'a> {
    file: &'a File,
    hash: Sha256,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Without a service: under the ledger's lock, so that the batch stands still.
fn alone(args: &MadeArgs, form: ReportForm, file: &File) -> Result<(String, u64), Failure> {
    let path = ledger_path(&args.at)?;
    let refused = |e: ledger::LedgerError| Failure::refused(e.to_string());
    let mut ledger = Ledger::open(&path, wall_clock()).map_err(refused)?;
    let made = reporting::write(&path, &args.batch, form, file)?;
    let made = (made.sha256, made.bytes);
    let body = reporting::record(&args.batch, form, made.clone(), args.who.clone());
    ledger.append_service(wall_clock(), Chain::Site, &body).map_err(refused)?;
    Ok(made)
}
