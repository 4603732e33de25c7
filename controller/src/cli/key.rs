//! `packline audit key`: which keys sign the checkpoints, and the handing over to a new one.
//!
//! Called by `dispatch`. Must never show a secret key.

use super::args::{DataDir, KeyCommand};
use super::exit::Exit;
use super::order::{Failure, ledger_path};
use crate::service::books::{write_anchor, write_public_key};
use crate::service::wall_clock;
use ledger::{Ledger, LedgerError, Reader};
use serde_json::json;

/// Does an `audit key` command.
#[must_use]
pub fn run(command: &KeyCommand) -> Exit {
    let done = match command {
        KeyCommand::Show { at } => show(at),
        KeyCommand::Rotate { reason, person, at } => rotate(&person.who, reason, at),
    };
    match done {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn refused(error: LedgerError) -> Failure {
    match error {
        LedgerError::Locked { .. } => Failure::refused(format!("{error}; stop the service first")),
        other => Failure::refused(other.to_string()),
    }
}

fn show(at: &DataDir) -> Result<(), Failure> {
    let reader = Reader::open(&ledger_path(at)?).map_err(refused)?;
    let keys = reader.signing_keys().map_err(refused)?;
    if at.json {
        println!("{}", json!({ "keys": keys }));
        return Ok(());
    }
    for key in keys {
        println!("{}  {} from event {}, {}", key.key_no, key.public_key, key.from_seq, key.at);
    }
    Ok(())
}

fn rotate(who: &str, reason: &str, at: &DataDir) -> Result<(), Failure> {
    let mut ledger = Ledger::open(&ledger_path(at)?, wall_clock()).map_err(refused)?;
    let rotated = ledger.rotate_key(wall_clock(), who, reason).map_err(refused)?;
    // The ledger has handed over; what follows can be done again from it.
    let unwritten = |error: std::io::Error| Failure {
        text: format!("the key is rotated, but a file beside the ledger was not written: {error}"),
        exit: Exit::Unreachable,
    };
    for anchor in &rotated.anchors {
        write_anchor(&at.data_dir, anchor).map_err(unwritten)?;
    }
    write_public_key(&at.data_dir, &rotated.new_public_key).map_err(unwritten)?;
    if at.json {
        println!(
            "{}",
            json!({
                "seq": rotated.seq, "old_public_key": rotated.old_public_key,
                "new_public_key": rotated.new_public_key,
            })
        );
        return Ok(());
    }
    println!("event {}: {} hands over", rotated.seq, rotated.old_public_key);
    println!("to {}", rotated.new_public_key);
    println!("keep a copy of signing.pub and of the newest anchors elsewhere (docs/keys.md)");
    Ok(())
}
