//! `packline backup`, `restore`, `order unblock`, `serial unblock`.
//!
//! A backup goes through the running service where there is one; the others need the ledger for
//! themselves. Must never hold a rule: ledger and service refuse.

use super::args::DataDir;
use super::backup_args::{
    BackupArgs, RestoreArgs, TwoPersonsArgs, UnblockArgs, UnblockProductArgs,
};
use super::exit::Exit;
use super::offline;
use super::order::{Failure, ledger_path, print, service, text};
use super::session;
use crate::pools::{Given, Pool};
use crate::service::{backup, wall_clock};
use codes::SerialNumber;
use hmi::{Act, BackupWish};
use ledger::backup::{BackupError, RestoreJob, Restored, restore as restored};
use ledger::{Ledger, LostPart, LostSerials, Persons};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A running backup is asked after so often.
const ASK_EVERY: Duration = Duration::from_millis(200);

fn ended(result: Result<(), Failure>) -> Exit {
    match result {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn failed(error: &BackupError) -> Failure {
    let exit = if error.is_broken() { Exit::NotProven } else { Exit::Refused };
    Failure { exit, ..Failure::from(backup::problem(error)) }
}

/// `packline backup`.
#[must_use]
pub fn make(args: BackupArgs) -> Exit {
    let at = args.at.clone();
    ended(made(args).map(|answer| {
        print(&answer, &at, |a| {
            let key = if a["with_key"] == true { "with" } else { "without" };
            format!(
                "{}: the ledger through record {}, {} files, {} bytes, verified; {key} the signing \
                 key",
                text(a, "out"),
                a["through_seq"],
                a["files"],
                a["bytes"]
            )
        });
    }))
}

fn made(args: BackupArgs) -> Result<Value, Failure> {
    let out = std::path::absolute(&args.out)
        .map_err(|e| Failure::refused(format!("{}: {e}", args.out.display())))?;
    let BackupArgs { with_key, with_images, with_sealed, person, at, .. } = args;
    let wish = BackupWish { out, with_key, with_images, with_sealed };
    ledger_path(&at)?;
    let client = service(&at)?;
    if client.is_none()
        && let Some((user, _)) = person.login.persons()
    {
        let what = format!("no service runs here for {user} to log in to; start `packline run`");
        return Err(Failure { text: what, exit: Exit::Unreachable });
    }
    let Some(client) = client else {
        let job = backup::job(&at.data_dir, wish);
        return backup::offline(&job, &person.who).map_err(|e| failed(&e));
    };
    match person.login.persons() {
        Some(persons) => session::act(&at, persons, &Act::Backup { wish }, None)?,
        None => client.begin_backup(&wish, &person.who)?,
    };
    loop {
        std::thread::sleep(ASK_EVERY);
        let state = client.backup_state()?;
        match text(&state, "state") {
            "running" => {}
            "done" => return Ok(state),
            _ => {
                let error = &state["error"];
                let text = format!("{}; {}", text(error, "detail"), text(error, "remedy"));
                let broken = error["code"] == "broken";
                let exit = if broken { Exit::NotProven } else { Exit::Refused };
                return Err(Failure { text, exit });
            }
        }
    }
}

fn persons(args: TwoPersonsArgs) -> Persons {
    let TwoPersonsArgs { who, second, reason } = args;
    Persons { who, second, reason, authenticated: false }
}

/// `packline restore`.
#[must_use]
pub fn restore(args: RestoreArgs) -> Exit {
    let at = args.at.clone();
    ended(restored_into(args).map(|answer| print(&answer, &at, restored_words)))
}

fn restored_into(args: RestoreArgs) -> Result<Value, Failure> {
    if service(&args.at)?.is_some() {
        let what = "a service runs in that directory; stop it, and restore into a new one";
        return Err(Failure::refused(what));
    }
    let key = args.key.as_ref().map(std::fs::read_to_string).transpose();
    let key = key.map_err(|e| Failure::refused(format!("failed to read the public key: {e}")))?;
    let job = RestoreJob {
        from: &args.from,
        to: &args.at.data_dir,
        persons: persons(args.persons),
        anchors: args.anchors.as_deref().zip(key.as_deref()),
    };
    let done = restored(&job, wall_clock()).map_err(|e| failed(&e))?;
    Ok(restored_json(&done))
}

fn restored_json(done: &Restored) -> Value {
    let open = done.open.as_ref().map(|open| {
        json!({ "batch": open.batch, "dispatched": open.dispatched,
                "undispatched": open.undispatched, "blocked": true })
    });
    let lost = done.lost.as_ref().map(|lost| json!({ "events": lost.events, "at": lost.at }));
    json!({
        "line_id": done.anchor.line_id, "ledger_epoch": done.anchor.ledger_epoch,
        "through_seq": done.manifest.through_seq(), "backup_at": done.manifest.anchor.at,
        "new_key": done.new_key, "open_order": open, "products_blocked": done.products,
        "lost_at_least": lost,
    })
}

fn restored_words(a: &Value) -> String {
    let mut words = format!(
        "restored up to record {} of {}; the ledger is in epoch {} now",
        a["through_seq"],
        text(a, "backup_at"),
        a["ledger_epoch"]
    );
    if !a["lost_at_least"].is_null() {
        let lost = &a["lost_at_least"];
        let at = text(lost, "at");
        words += &format!("\nlost: at least {} records, until {at}", lost["events"]);
    }
    if a["new_key"] == true {
        words += "\nthe signing key is a new one: keep signing.pub elsewhere, beside the old one";
    }
    if !a["open_order"].is_null() {
        let batch = text(&a["open_order"], "batch");
        words += &format!(
            "\nblocked: batch {batch}; find out what was printed last, then packline order unblock \
             {batch} .."
        );
    }
    words + "\nblocked: every product, until packline serial unblock --gtin G .. (docs/backup.md)"
}

/// Serials of a list; its form is a pool's.
fn listed(file: Option<&Path>) -> Result<Vec<SerialNumber>, Failure> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let name = file.display().to_string();
    let pool = Pool::read(file, &name, &Given::default());
    let pool = pool.map_err(|e| Failure::refused(e.to_string()))?;
    pool.numbers().map_err(Failure::refused)
}

/// `packline order unblock`.
pub(super) fn unblock(args: UnblockArgs) -> Result<(), Failure> {
    let UnblockArgs { batch, last_used, used, persons: by, at } = args;
    let mut serials = listed(used.as_deref())?;
    let is_known = used.is_some() || last_used.is_some();
    if let Some(last) = last_used {
        serials.push(last.parse().map_err(|e: codes::CodeError| Failure::refused(e.to_string()))?);
    }
    let lost = if is_known { LostPart::UsedUpTo(serials) } else { LostPart::Unknown };
    let (mut ledger, no) = offline::open(&ledger_path(&at)?, &batch)?;
    let done = ledger
        .unblock_batch(wall_clock(), no, &lost, &persons(by))
        .map_err(|e| Failure::refused(e.to_string()))?;
    let answer = json!({
        "batch": batch, "invalid": done.invalid, "scrapped": done.scrapped,
        "unresolved": done.unresolved, "left": done.left,
    });
    print(&answer, &at, |_| {
        format!(
            "batch {batch} is unblocked: {} serials are SNInvalid, {} labels scrapped, {} packs to \
             be looked for; {} serials may still be printed",
            done.invalid, done.scrapped, done.unresolved, done.left
        )
    });
    Ok(())
}

/// `packline serial unblock`.
#[must_use]
pub fn unblock_product(args: UnblockProductArgs) -> Exit {
    ended(product_unblocked(args))
}

fn product_unblocked(args: UnblockProductArgs) -> Result<(), Failure> {
    let UnblockProductArgs { gtin, nothing_used, used, persons: by, at } = args;
    let code = gtin.parse().map_err(|e: codes::CodeError| Failure::refused(e.to_string()))?;
    let serials = listed(used.as_deref())?;
    let lost = match (nothing_used, &used) {
        (true, _) => LostSerials::None,
        (false, Some(_)) => LostSerials::Listed,
        (false, None) => LostSerials::Unknown,
    };
    let mut ledger = unlocked(&at)?;
    ledger
        .unblock_product(wall_clock(), code, (lost, &serials), &persons(by))
        .map_err(|e| Failure::refused(e.to_string()))?;
    let answer = json!({ "gtin": gtin, "lost": lost, "used": serials.len() });
    print(&answer, &at, |_| format!("orders of {gtin} may be loaded again"));
    Ok(())
}

fn unlocked(at: &DataDir) -> Result<Ledger, Failure> {
    Ledger::open(&ledger_path(at)?, wall_clock()).map_err(|e| Failure::refused(e.to_string()))
}
