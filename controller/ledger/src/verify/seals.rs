//! Batches that are in files of their own: their events are missing here, and that is explained.
//!
//! Looked up before the walk, met again by it. Must never explain more missing events than the
//! files hold.

use crate::ledger_body::LedgerBody;
use crate::seal::Seal;
use crate::stored_body::StoredBody;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Sealed batches by name, and how many of their events have been passed.
#[derive(Default)]
pub(super) struct Seals {
    all: BTreeMap<String, Seal>,
    left: i64,
    met: usize,
}

impl Seals {
    pub(super) fn new(seals: Vec<Seal>) -> Self {
        let left = seals.iter().map(|seal| seal.events).sum();
        let named = |seal: Seal| (seal.batch.as_str().to_owned(), seal);
        Self { all: seals.into_iter().map(named).collect(), left, met: 0 }
    }

    pub(super) fn of(&self, chain: &str) -> Option<&Seal> {
        self.all.get(chain)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Seal> {
        self.all.values()
    }

    /// How many of `missing` events the files explain; all or none.
    pub(super) fn take(&mut self, missing: i64) -> i64 {
        if !(1..=self.left).contains(&missing) {
            return 0;
        }
        self.left -= missing;
        missing
    }

    /// The walk has come to a sealing.
    pub(super) fn met(&mut self, seal: &Seal) -> Result<(), String> {
        self.met += 1;
        let known = self.of(seal.batch.as_str()) == Some(seal);
        if known { Ok(()) } else { Err(format!("{} is sealed twice", seal.batch)) }
    }

    /// What is wrong after the last event.
    pub(super) fn fault(&self) -> Option<String> {
        if self.met != self.all.len() {
            return Some("a sealing that is not in its chain".to_owned());
        }
        let left = self.left;
        (left != 0).then(|| format!("{left} events fewer are missing than sealed files hold"))
    }
}

/// Every `batch_sealed` of a ledger.
pub(super) fn seals(stored: &Connection) -> rusqlite::Result<Vec<Seal>> {
    let mut select = stored.prepare(
        "SELECT body FROM event WHERE chain = 'site' \
         AND body LIKE '{\"kind\":\"batch_sealed\"%' ORDER BY seq",
    )?;
    let bodies: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let seal = |body: &String| match StoredBody::parse(body) {
        Ok(StoredBody::Ledger(LedgerBody::BatchSealed(seal))) => Some(seal),
        _ => None,
    };
    Ok(bodies.iter().filter_map(seal).collect())
}
