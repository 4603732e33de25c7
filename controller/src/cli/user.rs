//! `packline user ..`: through the running service where there is one and somebody logs in, else on
//! the ledger itself, under its lock.
//!
//! Must never hold a rule (`people` decides), show a password but a new one-time password once, or
//! change a user without a name and a reason on record.

use super::args::DataDir;
use super::exit::Exit;
use super::order::{Failure, ledger_path, print, text};
use super::user_args::{By, PasswordArgs, UserCommand};
use super::user_desk::{Desk, failed, unopened};
use super::user_service;
use crate::accounts::{ask_password, one_time};
use ledger::Reader;
use people::{Action, NewUser, UserChange, UserId, markdown, table_text};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Does a `user` command.
#[must_use]
pub fn run(command: UserCommand) -> Exit {
    match execute(command) {
        Ok(()) => Exit::Ok,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn execute(command: UserCommand) -> Result<(), Failure> {
    // While a service runs the ledger is its own.
    if let Some((user, by, told_by)) = user_service::change(&command)? {
        return told(&user, &by.at, told_by["one_time_password"].as_str());
    }
    match command {
        UserCommand::List { at } => list(&at),
        UserCommand::Roles { markdown, json } => roles(markdown, json),
        UserCommand::Add { user, name, roles, language, by } => {
            let roles = roles.into_iter().collect();
            with_password(&user, &by, |phc| UserChange::Add(NewUser { name, roles, language, phc }))
        }
        UserCommand::Role { user, roles, by } => {
            change(&user, &by, UserChange::Roles(roles.into_iter().collect()))
        }
        UserCommand::Block { user, by } => change(&user, &by, UserChange::Block),
        UserCommand::Unblock { user, by } => change(&user, &by, UserChange::Unblock),
        UserCommand::Retire { user, by } => change(&user, &by, UserChange::Retire),
        UserCommand::Password(args) if args.own => own_password(&args.user, &args.at),
        UserCommand::Password(args) => {
            let PasswordArgs { user, administrator, console, reason, at, .. } = args;
            let by = By { administrator, console, reason: reason.unwrap_or_default(), at };
            if let Some(given) = user_service::give_password(&user, &by)? {
                return told(&user, &by.at, given["one_time_password"].as_str());
            }
            with_password(&user, &by, UserChange::GivePassword)
        }
    }
}

fn list(at: &DataDir) -> Result<(), Failure> {
    let users = Reader::open(&ledger_path(at)?).and_then(|reader| reader.users());
    let users: Vec<Value> = users
        .map_err(unopened)?
        .into_iter()
        .map(|row| {
            json!({
                "user": row.user, "name": row.facts.name, "roles": row.facts.roles,
                "state": row.facts.state, "language": row.facts.language,
                "must_change": row.facts.must_change, "added_seq": row.added_seq,
                "last_seq": row.seq,
            })
        })
        .collect();
    print(&json!({ "users": users }), at, |a| {
        let rows = a["users"].as_array().into_iter().flatten();
        let lines = rows.map(|user| {
            let roles = user["roles"].as_array().into_iter().flatten();
            let roles: Vec<&str> = roles.filter_map(Value::as_str).collect();
            let (id, state) = (text(user, "user"), text(user, "state"));
            format!("{id:<16} {state:<8} {:<40} {}", roles.join(", "), text(user, "name"))
        });
        let lines: Vec<String> = lines.collect();
        if lines.is_empty() { "there are no users yet".to_owned() } else { lines.join("\n") }
    });
    Ok(())
}

fn roles(as_markdown: bool, as_json: bool) -> Result<(), Failure> {
    let answer = match (as_markdown, as_json) {
        (true, _) => markdown(),
        (_, true) => {
            let actions = Action::ALL.iter().map(|action| {
                json!({
                    "action": action.name(), "what": action.words(),
                    "roles": action.roles().names(), "anyone": !action.needs_session(),
                })
            });
            format!("{}\n", json!({ "actions": actions.collect::<Vec<_>>() }))
        }
        _ => table_text(),
    };
    let written = io::stdout().lock().write_all(answer.as_bytes());
    written.map_err(|error| Failure::refused(format!("failed to write the answer: {error}")))
}

fn ask(prompt: &str) -> Result<people::Password, Failure> {
    ask_password(prompt).map_err(|error| Failure::refused(format!("no password: {error}")))
}

fn change(user: &UserId, by: &By, change: UserChange) -> Result<(), Failure> {
    made(&mut Desk::open(&by.at)?, user, by, change)?;
    told(user, &by.at, None)
}

/// Changes a user, in the name of whoever `by` says.
fn made(desk: &mut Desk, user: &UserId, by: &By, change: UserChange) -> Result<(), Failure> {
    let Some(administrator) = &by.administrator else {
        return desk.change_as_console(user, change, &by.reason);
    };
    let password = ask(&format!("password of {administrator}"))?;
    desk.login(administrator, &password)?;
    desk.change(user, change, &by.reason)
}

/// A change that comes with a one-time password.
fn with_password(
    user: &UserId,
    by: &By,
    change: impl FnOnce(people::Phc) -> UserChange,
) -> Result<(), Failure> {
    let mut desk = Desk::open(&by.at)?;
    let (drawn, phc) = one_time(&desk.hasher).map_err(failed)?;
    made(&mut desk, user, by, change(phc))?;
    told(user, &by.at, Some(drawn.text()))
}

fn told(user: &UserId, at: &DataDir, drawn: Option<&str>) -> Result<(), Failure> {
    let rows = Reader::open(&ledger_path(at)?).and_then(|reader| reader.users());
    let row = rows.map_err(unopened)?.into_iter().find(|row| row.user == user.as_str());
    let row = row.ok_or_else(|| Failure::refused(format!("user {user} is not in the ledger")))?;
    let mut answer = json!({
        "user": row.user, "roles": row.facts.roles, "state": row.facts.state, "seq": row.seq,
    });
    if let Some(drawn) = drawn {
        answer["one_time_password"] = drawn.into();
    }
    print(&answer, at, |a| {
        let (state, roles) = (text(a, "state"), row.facts.roles.join(", "));
        let words = format!("user {user} is {state}: {roles} (event {})", a["seq"]);
        match drawn {
            None => words,
            Some(drawn) => format!(
                "{words}\none-time password, shown this once: {drawn}\nit must be changed at the \
                 first login"
            ),
        }
    });
    Ok(())
}

fn own_password(user: &UserId, at: &DataDir) -> Result<(), Failure> {
    if user_service::own_password(user, at)? {
        return told(user, at, None);
    }
    let mut desk = Desk::open(at)?;
    let old = ask(&format!("password of {user}"))?;
    desk.login(user, &old)?;
    desk.set_own_password(&old, || ask("new password"))?;
    told(user, at, None)
}
