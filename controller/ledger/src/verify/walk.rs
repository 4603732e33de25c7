//! One pass over all events in order, each linked to its chain and handed to the rebuild.
//!
//! The events are read, hashed and parsed here while a second thread applies them. Must never go
//! on after the first fault: what follows would rest on it.

use super::chains::Chains;
use super::rebuild::{Rebuild, Step};
use super::report::Bad;
use crate::chain::EventColumns;
use crate::ledger_body::LedgerBody;
use crate::stored_body::StoredBody;
use rusqlite::{Connection, OptionalExtension, Row};
use std::sync::mpsc::{SyncSender, sync_channel};

/// Events handed over at once.
const STEPS: usize = 256;
/// Handfuls that may wait.
const WAITING: usize = 8;

/// Walks over the events of `stored` and rebuilds the projections.
pub(super) fn walk(
    stored: &Connection,
    rebuild: Rebuild,
    chains: &mut Chains,
) -> (Rebuild, Option<Bad>) {
    std::thread::scope(|scope| {
        let (sender, steps) = sync_channel::<Vec<Step>>(WAITING);
        let rebuilding = scope.spawn(move || rebuild.all(&steps));
        let mut walk = Walk { stored, chains, steps: Vec::with_capacity(STEPS), sender };
        let broken = walk.run().err();
        // What is before the fault is looked at, too: it may hold an earlier one.
        let _ended = walk.hand_over();
        drop(walk);
        match rebuilding.join() {
            Ok((rebuild, refused)) => {
                let good = refused.as_ref().map_or(i64::MAX, |bad| bad.seq - 1);
                chains.records = chains.records.min(good);
                (rebuild, first(refused, broken))
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn first(a: Option<Bad>, b: Option<Bad>) -> Option<Bad> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a.seq <= b.seq { a } else { b }),
        (a, b) => a.or(b),
    }
}

struct Walk<'a> {
    stored: &'a Connection,
    chains: &'a mut Chains,
    steps: Vec<Step>,
    sender: SyncSender<Vec<Step>>,
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a str> {
    Ok(row.get_ref(column)?.as_str()?)
}

pub(super) fn blob<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a [u8]> {
    Ok(row.get_ref(column)?.as_blob()?)
}

pub(super) fn columns<'a>(row: &'a Row<'_>) -> rusqlite::Result<EventColumns<'a>> {
    Ok(EventColumns {
        seq: row.get(0)?,
        chain: text(row, 1)?,
        chain_seq: row.get(2)?,
        at: text(row, 3)?,
        mono_ns: row.get(4)?,
        clock_synchronised: row.get(5)?,
        io_epoch: row.get(6)?,
        io_seq: row.get(7)?,
        encoder: row.get(8)?,
        body: text(row, 9)?,
        prev: blob(row, 10)?,
    })
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), Bad> {
        let mut select = self.sql(self.stored.prepare("SELECT * FROM event ORDER BY seq"))?;
        let mut rows = self.sql(select.query([]))?;
        while let Some(row) = self.sql(rows.next())? {
            let event = self.sql(columns(row))?;
            let hash = self.sql(blob(row, 11))?;
            if self.chains.is_in_its_file(&event) {
                continue;
            }
            let step = self.step(&event, hash)?;
            self.steps.push(step);
            if self.steps.len() == STEPS && !self.hand_over() {
                break;
            }
        }
        Ok(())
    }

    /// The events read so far go to the rebuild; false when it has found a fault.
    fn hand_over(&mut self) -> bool {
        let steps = std::mem::replace(&mut self.steps, Vec::with_capacity(STEPS));
        self.sender.send(steps).is_ok()
    }

    /// An event that cannot be read is the next one.
    fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, Bad> {
        result.map_err(|error| Bad::seq(self.chains.records + 1, &error.to_string()))
    }

    fn step(&mut self, event: &EventColumns<'_>, stored: &[u8]) -> Result<Step, Bad> {
        let (hash, chain, batch_no) = self.chains.link(event, stored)?;
        let bad = |what: String| Bad::at(event, &what);
        let body = StoredBody::parse(event.body).map_err(bad)?;
        if batch_no == 0 && matches!(body, StoredBody::Record(_)) {
            return Err(bad("a record of the core in the site chain".to_owned()));
        }
        let mut step = Step {
            seq: event.seq,
            chain,
            chain_seq: event.chain_seq,
            batch_no,
            io_epoch: event.io_epoch.unwrap_or(0),
            body,
            serials: Vec::new(),
            config: Vec::new(),
            residue: None,
        };
        if let StoredBody::Ledger(own) = &step.body {
            self.chains.own(event, own, hash).map_err(bad)?;
            step.serials = serials(self.stored, batch_no, own).map_err(bad)?;
            step.config = config(self.stored, own).map_err(bad)?;
            step.residue = self.chains.residue(self.stored, own).map_err(bad)?;
        }
        Ok(step)
    }
}

/// Texts that the digest of an allocation binds.
pub(super) fn serials(
    stored: &Connection,
    batch_no: i64,
    body: &LedgerBody,
) -> Result<Vec<String>, String> {
    let LedgerBody::SerialsAllocated { first, count, .. } = body else {
        return Ok(Vec::new());
    };
    let end = i64::from(*first) + i64::from(*count);
    let read = || {
        let mut select = stored.prepare_cached(
            "SELECT serial FROM pool_serial WHERE batch_no = ?1 \
             AND serial_idx >= ?2 AND serial_idx < ?3 ORDER BY serial_idx",
        )?;
        let rows = select.query_map((batch_no, first, end), |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<String>>>()
    };
    read().map_err(|error| error.to_string())
}

/// Text of a configuration or of a recipe that the hash in the event binds.
pub(super) fn config(stored: &Connection, body: &LedgerBody) -> Result<Vec<u8>, String> {
    let hash = match body {
        LedgerBody::BatchOpened { spec, .. } => &spec.config_hash,
        LedgerBody::RecipeDrafted(drafted) => &drafted.sha256,
        LedgerBody::ConfigurationDrafted(drafted) => &drafted.sha256,
        _ => return Ok(Vec::new()),
    };
    stored
        .query_row("SELECT bytes FROM config WHERE hash = ?1", [hash], |row| row.get(0))
        .optional()
        .map_err(|error| error.to_string())?
        .ok_or_else(|| "the text of a configuration or of a recipe is missing".to_owned())
}
