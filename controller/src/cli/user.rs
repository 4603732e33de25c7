//! `packline user ..`: through the running service where there is one and somebody logs in, else on
//! the ledger itself, under its lock.
//!
//! Must never hold a rule (`people` decides), show a password but a new one-time password once, or
//! change a user without a name and a reason on record.

use super::args::DataDir;
use super::exit::Exit;
use super::order::{Failure, ledger_path, print, text};
use super::user_args::{By, PasswordArgs, UserCommand};
use super::user_service;
use crate::accounts::{
    Accounts, AccountsError, alarm, ask_password, hasher, one_time, os_account, random,
};
use crate::service::wall_clock;
use ledger::{Chain, Ledger, LedgerError, Reader};
use people::{
    Action, Actor, Caller, Denied, Factor, Fresh, Hasher, NewUser, Policy, Role, Salt, Station,
    Token, UserChange, UserId, markdown, table_text,
};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Where a person at the console stands.
const CONSOLE: &str = "console";

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

fn failed(error: AccountsError) -> Failure {
    match error {
        AccountsError::Ledger(error) => unopened(error),
        other => Failure::refused(other.to_string()),
    }
}

fn unopened(error: LedgerError) -> Failure {
    match error {
        LedgerError::Locked { .. } => {
            Failure::refused(format!("{error}: a service runs there; stop it first"))
        }
        other => Failure::refused(other.to_string()),
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

/// The ledger and people of a data directory, and somebody who is logged in there.
struct Desk {
    ledger: Ledger,
    accounts: Accounts,
    hasher: Hasher,
    station: Station,
    token: Option<Token>,
}

impl Desk {
    fn open(at: &DataDir) -> Result<Self, Failure> {
        let ledger = Ledger::open(&ledger_path(at)?, wall_clock()).map_err(unopened)?;
        let accounts = Accounts::open(&at.data_dir, &ledger, Policy::default()).map_err(failed)?;
        let station = CONSOLE.parse().map_err(|e: people::UserError| refused(&e))?;
        let hasher = hasher().map_err(failed)?;
        Ok(Self { ledger, accounts, hasher, station, token: None })
    }

    /// What was decided is durable, a refusal, too, before it is told.
    fn answered<T>(&mut self, answer: Result<T, Denied>) -> Result<T, Failure> {
        self.accounts.carry_out(&mut self.ledger).map_err(failed)?;
        answer.map_err(|denied| refused(&denied))
    }

    fn login(&mut self, user: &UserId) -> Result<people::Password, Failure> {
        let now = self.accounts.now();
        let begun = self.accounts.people.begin_login(now, &self.station, user.as_str());
        let attempt = self.answered(begun)?;
        let password = ask(&format!("password of {user}"))?;
        let salt = Salt(random().map_err(failed)?);
        let proved = attempt.prove(&self.hasher, &password, Factor::NotAsked, salt);
        let fresh = Fresh::new(random().map_err(failed)?);
        let now = self.accounts.now();
        let done = self.accounts.people.finish_login(now, proved, &fresh, None);
        self.token = Some(self.answered(done)?.token);
        Ok(password)
    }

    /// Runs `work` as the person who is logged in.
    fn asked<T>(
        &mut self,
        work: impl FnOnce(&mut Accounts, Caller<'_>) -> Result<T, Denied>,
    ) -> Result<T, Failure> {
        let csrf = self.token.as_ref().map(Token::csrf);
        let (token, station) = (self.token.as_ref(), &self.station);
        let caller = Caller { token, csrf: csrf.as_deref(), station };
        let done = work(&mut self.accounts, caller);
        self.answered(done)
    }

    fn logout(&mut self) -> Result<(), Failure> {
        if self.token.is_none() {
            return Ok(());
        }
        self.asked(|accounts, caller| accounts.people.logout(accounts.now(), caller))
    }

    /// Changes a user, in the name of whoever `by` says.
    fn change(&mut self, user: &UserId, by: &By, change: UserChange) -> Result<(), Failure> {
        let reason = by.reason.as_str();
        if let Some(administrator) = &by.administrator {
            self.login(administrator)?;
            let done = self.asked(|accounts, caller| {
                let actor = Actor::Session(caller);
                accounts.people.administer(accounts.now(), actor, user, change, reason)
            });
            self.logout()?;
            return done;
        }
        let account = os_account();
        // On record whatever comes of it, and an alarm where it was not the only way.
        let needless = self.accounts.people.can_log_in(Role::Administrator);
        let actor = Actor::Console { account: &account };
        let now = self.accounts.now();
        let done = self.accounts.people.administer(now, actor, user, change, reason);
        self.answered(done)?;
        if needless {
            let body = alarm("console_administration");
            let raised = self.ledger.append_service(wall_clock(), Chain::Site, &body);
            raised.map_err(unopened)?;
        }
        Ok(())
    }
}

fn refused(what: &impl ToString) -> Failure {
    Failure::refused(what.to_string())
}

fn ask(prompt: &str) -> Result<people::Password, Failure> {
    ask_password(prompt).map_err(|error| Failure::refused(format!("no password: {error}")))
}

fn change(user: &UserId, by: &By, change: UserChange) -> Result<(), Failure> {
    Desk::open(&by.at)?.change(user, by, change)?;
    told(user, &by.at, None)
}

/// A change that comes with a one-time password.
fn with_password(
    user: &UserId,
    by: &By,
    change: impl FnOnce(people::Phc) -> UserChange,
) -> Result<(), Failure> {
    let mut desk = Desk::open(&by.at)?;
    let (drawn, phc) = one_time(&desk.hasher).map_err(failed)?;
    desk.change(user, by, change(phc))?;
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
    let old = desk.login(user)?;
    let attempt =
        desk.asked(|accounts, caller| accounts.people.begin_own_password(accounts.now(), caller))?;
    let new = ask("new password")?;
    let salt = Salt(random().map_err(failed)?);
    let proved = attempt.prove_and_hash(&desk.hasher, &old, &new, salt);
    let now = desk.accounts.now();
    let done = desk.accounts.people.finish_own_password(now, proved);
    let done = desk.answered(done);
    desk.logout()?;
    done?;
    told(user, at, None)
}
