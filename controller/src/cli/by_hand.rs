//! `packline order declare|sample|remove`.
//!
//! Called by `order`. Must never hold a rule: the service, or the ledger, refuses.

use super::args::DataDir;
use super::offline;
use super::order::{Failure, ledger_path, print, service, text};
use super::pool_args::{TakeArgs, TermKind};
use hmi::{Declared, Take};

pub(super) fn declare(
    at: &DataDir,
    batch: &str,
    (term, count): (TermKind, i64),
    reason: &str,
    who: &str,
) -> Result<(), Failure> {
    let (declared, name) = match term {
        TermKind::Additions => (Declared::Additions, "additions"),
        TermKind::Removals => (Declared::Removals, "removals"),
        TermKind::Retrieved => (Declared::Retrieved, "retrieved"),
        TermKind::Printed => (Declared::Printed, "printed"),
        TermKind::Duplicate => (Declared::Duplicate, "duplicate"),
    };
    let answer = match service(at)? {
        Some(client) => client.declare(batch, name, count, reason, who)?,
        None => offline::declare(&ledger_path(at)?, batch, (declared, count), reason, who)?,
    };
    print(&answer, at, |a| {
        let sum = a.get("declared").and_then(serde_json::Value::as_i64).unwrap_or_default();
        format!("batch {batch}: {name} declared, {sum} now")
    });
    Ok(())
}

pub(super) fn take(args: &TakeArgs, take: &Take) -> Result<(), Failure> {
    let TakeArgs { batch, serial, reason, who, at } = args;
    let answer = match service(at)? {
        Some(client) => client.take(batch, serial, take, reason, who)?,
        None => offline::take(&ledger_path(at)?, batch, serial, take, reason, who)?,
    };
    print(&answer, at, |a| format!("serial {serial} of {batch} is {}", text(a, "state")));
    Ok(())
}
