//! `packline order declare|sample|remove`.
//!
//! Called by `order`. Must never hold a rule: the service, or the ledger, refuses.

use super::args::{DataDir, Person};
use super::offline;
use super::order::{Failure, ledger_path, print, service, text};
use super::pool_args::{TakeArgs, TermKind};
use super::session;
use hmi::{Act, Declared, Take};
use people::UserId;

pub(super) fn declare(
    at: &DataDir,
    batch: &str,
    (term, count): (TermKind, i64),
    reason: &str,
    person: &Person,
) -> Result<(), Failure> {
    let who = person.who.as_str();
    let (declared, name) = match term {
        TermKind::Additions => (Declared::Additions, "additions"),
        TermKind::Removals => (Declared::Removals, "removals"),
        TermKind::Retrieved => (Declared::Retrieved, "retrieved"),
        TermKind::Printed => (Declared::Printed, "printed"),
        TermKind::Duplicate => (Declared::Duplicate, "duplicate"),
    };
    let answer = match (person.login.persons(), service(at)?) {
        (Some(persons), _) => {
            let act = Act::DeclareCount { batch: batch.to_owned(), term: declared, count };
            session::act(at, persons, &act, Some(reason))?
        }
        (None, Some(client)) => client.declare(batch, name, count, reason, who)?,
        (None, None) => offline::declare(&ledger_path(at)?, batch, (declared, count), reason, who)?,
    };
    print(&answer, at, |a| {
        let sum = a.get("declared").and_then(serde_json::Value::as_i64).unwrap_or_default();
        format!("batch {batch}: {name} declared, {sum} now")
    });
    Ok(())
}

pub(super) fn take(args: &TakeArgs, take: &Take) -> Result<(), Failure> {
    let TakeArgs { batch, serial, reason, who, login, at } = args;
    let who = who.as_deref().unwrap_or_default();
    let answer = match (login, service(at)?) {
        (Some(user), _) => {
            let (act, second) = act_of(batch, serial, take)?;
            session::act(at, (user, second.as_ref()), &act, Some(reason))?
        }
        (None, Some(client)) => client.take(batch, serial, take, reason, who)?,
        (None, None) => offline::take(&ledger_path(at)?, batch, serial, take, reason, who)?,
    };
    print(&answer, at, |a| format!("serial {serial} of {batch} is {}", text(a, "state")));
    Ok(())
}

/// The act, and the user who signs second.
fn act_of(batch: &str, serial: &str, take: &Take) -> Result<(Act, Option<UserId>), Failure> {
    let (batch, serial) = (batch.to_owned(), serial.to_owned());
    Ok(match take {
        Take::Sample => (Act::Sample { batch, serial }, None),
        Take::Removal => (Act::ManualRemoval { batch, serial }, None),
        Take::FirstPack { second } => {
            let second = second
                .parse()
                .map_err(|e: people::UserError| Failure::refused(format!("--second: {e}")))?;
            (Act::FirstPackApproval { batch, serial }, Some(second))
        }
    })
}
