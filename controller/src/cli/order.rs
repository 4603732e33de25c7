//! `packline order ..`: through the running service where there is one, else on
//! the ledger itself, under its lock.
//!
//! Must never hold a rule: with a service the service answers, without one core and ledger do.

use super::args::{DataDir, Login, OrderCommand, Person, ResolutionKind};
use super::client::{Client, ClientError};
use super::exit::Exit;
use super::{by_hand, offline, pool, session, trial};
use crate::service::pack_json;
use hmi::{Act, OrderAction, Problem, Take};
use ledger::Reader;
use line_core::reason::Resolution;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

const PAGE: u32 = 1_000;

/// Why a command failed, in words and with its exit code.
#[derive(Debug)]
pub struct Failure {
    /// What is printed.
    pub text: String,
    /// How the command ends.
    pub exit: Exit,
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self { text: error.to_string(), exit: error.exit() }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let mut text = problem.detail.clone();
        for part in [&problem.place, &problem.remedy] {
            if !part.is_empty() && !problem.detail.contains(part.as_str()) {
                text.push_str("; ");
                text.push_str(part);
            }
        }
        let exit = if problem.status >= 500 { Exit::Unreachable } else { Exit::Refused };
        Self { text, exit }
    }
}

impl Failure {
    /// A refusal in words.
    #[must_use]
    pub fn refused(text: impl Into<String>) -> Self {
        Self { text: text.into(), exit: Exit::Refused }
    }
}

/// Does an `order` command.
#[must_use]
pub fn run(command: OrderCommand) -> Exit {
    let command = match command {
        OrderCommand::Challenge(args) => return trial::run("challenge", &args, None),
        OrderCommand::Setup { labels, trial } => {
            return super::trial::run("setup", &trial, Some(labels));
        }
        other => other,
    };
    match execute(command) {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn execute(command: OrderCommand) -> Result<(), Failure> {
    match command {
        OrderCommand::Load { file, pool, login, config, at } => match login {
            Some(user) => pool::load_as(&file, pool, &user, &at),
            None => pool::load(&file, pool, config, &at),
        },
        OrderCommand::Declare { batch, term, count, reason, person, at } => {
            by_hand::declare(&at, &batch, (term, count), &reason, &person)
        }
        OrderCommand::Sample { take, second, .. } => {
            let what = second.map_or(Take::Sample, |second| Take::FirstPack { second });
            by_hand::take(&take, &what)
        }
        OrderCommand::Remove { take } => by_hand::take(&take, &Take::Removal),
        OrderCommand::Seal(args) => super::seal::run(args),
        OrderCommand::Unblock(args) => super::backup::unblock(args),
        OrderCommand::List { at } => list(&at),
        OrderCommand::Start { batch, reason, person, at } => {
            act(&at, (batch, OrderAction::Start), &person, reason.as_deref())
        }
        OrderCommand::Stop { batch, reason, person, at } => {
            act(&at, (batch, OrderAction::Stop), &person, reason.as_deref())
        }
        OrderCommand::Close { batch, reason, person, at } => {
            close(&at, &batch, &person, reason.as_deref())
        }
        OrderCommand::Packs { batch, at } => packs(&at, &batch),
        OrderCommand::Challenge(_) | OrderCommand::Setup { .. } => Ok(()),
        OrderCommand::Resolve { batch, track, resolution, reason, person, login, at } => {
            let login = Login { user: login, second: None };
            let person = Person { who: person.who, login };
            resolve(&at, (&batch, track, resolution), &reason, &person)
        }
    }
}

pub(super) fn service(at: &DataDir) -> Result<Option<Client>, Failure> {
    Ok(Client::find(&at.data_dir)?)
}

pub(super) fn ledger_path(at: &DataDir) -> Result<PathBuf, Failure> {
    let path = at.data_dir.join("ledger.db");
    if path.exists() {
        return Ok(path);
    }
    let dir = at.data_dir.display();
    Err(Failure::refused(format!("there is no ledger in {dir}; name it with --data-dir")))
}

pub(super) fn print(value: &Value, at: &DataDir, words: impl FnOnce(&Value) -> String) {
    if at.json {
        println!("{value}");
    } else {
        println!("{}", words(value));
    }
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("-")
}

fn list(at: &DataDir) -> Result<(), Failure> {
    let answer = crate::service::orders_json(&ledger_path(at)?)?;
    if at.json {
        println!("{answer}");
        return Ok(());
    }
    for order in answer.get("orders").and_then(Value::as_array).into_iter().flatten() {
        println!(
            "{:<16} {:<10} GTIN {} lot {} expiry {} good {}/{}",
            text(order, "batch"),
            text(order, "state"),
            text(order, "gtin"),
            text(order, "lot"),
            text(order, "expiry"),
            order.get("good").unwrap_or(&Value::Null),
            order.get("target").unwrap_or(&Value::Null),
        );
    }
    Ok(())
}

fn act(
    at: &DataDir,
    (batch, action): (String, OrderAction),
    person: &Person,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let name = if action == OrderAction::Start { "start" } else { "stop" };
    let answer = match (person.login.persons(), service(at)?) {
        (Some(persons), _) => {
            session::act(at, persons, &Act::of_order(batch.clone(), action), reason)?
        }
        (None, Some(client)) => client.order(&batch, name, &person.who, reason)?,
        (None, None) => {
            return Err(Failure {
                text: format!("no service runs in {}; start `packline run`", at.data_dir.display()),
                exit: Exit::Unreachable,
            });
        }
    };
    print(&answer, at, |a| format!("batch {batch}: {name} ({})", text(a, "unit_state")));
    Ok(())
}

fn close(at: &DataDir, batch: &str, person: &Person, reason: Option<&str>) -> Result<(), Failure> {
    let answer = match (person.login.persons(), service(at)?) {
        (Some(persons), _) => {
            let act = Act::of_order(batch.to_owned(), OrderAction::Close);
            session::act(at, persons, &act, reason)?
        }
        (None, Some(client)) => client.order(batch, "close", &person.who, reason)?,
        (None, None) => offline::close(&ledger_path(at)?, batch, &person.who)?,
    };
    print(&answer, at, |_| format!("batch {batch} is closed; its books reconcile"));
    Ok(())
}

fn packs(at: &DataDir, batch: &str) -> Result<(), Failure> {
    let reader = Reader::open(&ledger_path(at)?).map_err(|e| Failure::refused(e.to_string()))?;
    let row = crate::service::batch_row(&reader, batch)?;
    let reader = where_it_is(reader, &row, &at.data_dir)?;
    let mut out = std::io::stdout().lock();
    let mut after = 0;
    loop {
        let page =
            reader.packs(row.batch_no, after, PAGE).map_err(|e| Failure::refused(e.to_string()))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.track;
        for pack in &page {
            let line = pack_json(pack, &at.data_dir, batch);
            let written = if at.json {
                writeln!(out, "{line}")
            } else {
                let (serial, verdict) = (text(&line, "serial"), text(&line, "verdict"));
                let (reason, state) = (text(&line, "reason"), text(&line, "state"));
                writeln!(out, "{:>8} {serial:<20} {verdict:<7} {reason:<18} {state}", pack.track)
            };
            if written.is_err() {
                return Ok(()); // whoever reads has gone away
            }
        }
    }
}

/// The ledger, or the file that a batch is sealed in.
pub(super) fn where_it_is(
    reader: Reader,
    row: &ledger::BatchRow,
    data_dir: &Path,
) -> Result<Reader, Failure> {
    let Some(file) = &row.sealed_file else { return Ok(reader) };
    Reader::open_sealed(data_dir, file).map_err(|e| Failure::refused(e.to_string()))
}

fn resolve(
    at: &DataDir,
    (batch, track, kind): (&str, u32, ResolutionKind),
    reason: &str,
    person: &Person,
) -> Result<(), Failure> {
    let (name, resolution) = match kind {
        ResolutionKind::Exited => ("exited", Resolution::Exited),
        ResolutionKind::Ejected => ("ejected", Resolution::Ejected),
        ResolutionKind::Removed => ("removed", Resolution::Removed),
    };
    let who = person.who.as_str();
    let answer = match (person.login.persons(), service(at)?) {
        (Some(persons), _) => {
            let act = Act::ResolvePack { batch: batch.to_owned(), track, resolution };
            session::act(at, persons, &act, Some(reason))?
        }
        (None, Some(client)) => client.resolve(batch, track, name, reason, who)?,
        (None, None) => offline::resolve(&ledger_path(at)?, batch, track, kind, reason, who)?,
    };
    print(&answer, at, |_| format!("pack {track} of {batch} is {name}"));
    Ok(())
}
