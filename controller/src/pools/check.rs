//! The checks of a pool from outside: those that drawn serials pass by construction, and the
//! provider's word.
//!
//! Called before the order is opened, so that a refusal leaves nothing behind. Must never stop at
//! the first finding.

use super::findings::{Findings, Kind, quoted};
use super::{Places, Pool, PoolError};
use codes::{Gtin, SerialNumber};
use ledger::{Issued, LedgerError};
use line_core::guess_rule::GuessRule;
use line_core::limits::ORDER_SERIALS_MAX;
use line_core::serial_format::SerialFormat;
use std::collections::HashMap;

/// Longest name of a provider and longest claim, in bytes.
const PROVIDER_BYTES_MAX: usize = 120;
const CLAIM_BYTES_MAX: usize = 500;

/// What the order needs of its pool.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Product code.
    pub gtin: Gtin,
    /// Form of the recipe's serials.
    pub format: SerialFormat,
    /// Target and overage.
    pub serials: u32,
    /// Serials of the product that are alive in this ledger.
    pub alive: u64,
}

/// Checks everything; `issued` tells what the ledger knows of a serial. Returns the serials in the
/// order of the file.
///
/// # Errors
/// [`PoolError`] with all findings; reading the ledger failed.
pub fn check(
    pool: &Pool,
    wanted: &Wanted,
    issued: impl FnMut(SerialNumber) -> Result<Option<Issued>, LedgerError>,
) -> Result<Result<Vec<SerialNumber>, PoolError>, LedgerError> {
    let mut found = Findings::default();
    provider(pool, &mut found);
    count(pool, wanted, &mut found);
    let numbers = forms(pool, wanted, &mut found);
    let numbers = distinct(pool, numbers, &mut found);
    history(pool, &numbers, issued, &mut found)?;
    if found.is_empty() {
        return Ok(Ok(numbers.into_iter().map(|(number, _)| number).collect()));
    }
    Ok(Err(found.into_error()))
}

/// Somebody must answer for what this ledger cannot know.
fn provider(pool: &Pool, found: &mut Findings) {
    if pool.places == Places::Ledger {
        return;
    }
    for (name, text, max) in
        [("provider", &pool.provider, PROVIDER_BYTES_MAX), ("claim", &pool.claim, CLAIM_BYTES_MAX)]
    {
        let what = if text.trim().is_empty() {
            format!("the {name} is missing: uniqueness beyond this ledger is the provider's word")
        } else if text.len() > max || text.chars().any(char::is_control) {
            format!("the {name} is not 1 to {max} bytes of printable text")
        } else {
            continue;
        };
        let remedy = "say it with --provider and --claim (CSV), or in the file (JSON)";
        found.add(Kind::Provider, pool.file.clone(), what, remedy);
    }
}

fn count(pool: &Pool, wanted: &Wanted, found: &mut Findings) {
    let (there, needed) = (pool.len(), wanted.serials);
    let mut refuse = |kind, what, remedy| found.add(kind, pool.file.clone(), what, remedy);
    if there < needed as usize {
        let what = format!("{there} serials, target and overage of the order need {needed}");
        refuse(Kind::Count, what, "ask the provider for more, or lower the order's target");
    }
    if there > ORDER_SERIALS_MAX {
        let what = format!("{there} serials, an order holds at most {ORDER_SERIALS_MAX}");
        refuse(Kind::Count, what, "split the pool and the order");
    }
    let guess = GuessRule::check(wanted.format.space(), wanted.alive, there as u64);
    if let Err(error) = guess {
        let remedy = "agree on longer serial numbers with the provider, and change the recipe";
        refuse(Kind::GuessRule, error.to_string(), remedy);
    }
}

/// Product code, characters and length of each.
fn forms(pool: &Pool, wanted: &Wanted, found: &mut Findings) -> Vec<(SerialNumber, u64)> {
    let mut numbers = Vec::with_capacity(pool.len());
    for entry in &pool.entries {
        let place = || pool.place(entry.at);
        if let Some(gtin) = entry.gtin.as_deref().filter(|gtin| *gtin != wanted.gtin.as_str()) {
            let place = if pool.places == Places::Items { pool.file.clone() } else { place() };
            let what = format!("gtin {}, the order is for {}", quoted(gtin), wanted.gtin.as_str());
            found.add(Kind::Gtin, place, what, "take the pool of the order's product code");
        }
        let serial = entry.serial.as_str();
        let (length, text) = (wanted.format.length(), quoted(serial));
        let what = match serial.parse::<SerialNumber>() {
            Ok(number) if wanted.format.can_write(number.as_bytes()) => {
                numbers.push((number, entry.at));
                continue;
            }
            Ok(_) if serial.len() != usize::from(length) => {
                format!("serial {text} has {} characters, the recipe says {length}", serial.len())
            }
            Ok(_) => {
                let known = wanted.format.alphabet().symbols();
                let odd =
                    serial.chars().find(|c| u8::try_from(*c).is_ok_and(|b| !known.contains(&b)));
                let odd = odd.map(|c| format!("{c:?}")).unwrap_or_default();
                format!("serial {text} has {odd}, which the recipe's alphabet has not")
            }
            Err(error) => format!("serial {text}: {error}"),
        };
        found.add(Kind::Form, place(), what, "ask the provider for a correct pool");
    }
    numbers
}

/// Serials that stand in the file twice.
fn distinct(
    pool: &Pool,
    numbers: Vec<(SerialNumber, u64)>,
    found: &mut Findings,
) -> Vec<(SerialNumber, u64)> {
    let mut seen: HashMap<SerialNumber, u64> = HashMap::with_capacity(numbers.len());
    let mut once = Vec::with_capacity(numbers.len());
    for (number, at) in numbers {
        match seen.get(&number) {
            None => {
                seen.insert(number, at);
                once.push((number, at));
            }
            Some(first) => {
                let first = pool.short_place(*first);
                let what = format!("serial {number} stands in {first} already");
                let remedy = "ask the provider: a pool with a duplicate is not to be trusted";
                found.add(Kind::Repeated, pool.place(at), what, remedy);
            }
        }
    }
    once
}

/// Serials that the product had in this ledger, but for those given back undispatched.
fn history(
    pool: &Pool,
    numbers: &[(SerialNumber, u64)],
    mut issued: impl FnMut(SerialNumber) -> Result<Option<Issued>, LedgerError>,
    found: &mut Findings,
) -> Result<(), LedgerError> {
    for (number, at) in numbers {
        let Some(before) = issued(*number)?.filter(|before| !before.unallocated) else { continue };
        let what = format!("serial {number} was used by batch {} before", before.batch);
        let remedy = "ask the provider for serials that were never handed out";
        found.add(Kind::Issued, pool.place(*at), what, remedy);
    }
    Ok(())
}
