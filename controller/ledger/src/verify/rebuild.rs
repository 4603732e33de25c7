//! The projections made anew from the events, in a ledger of their own.
//!
//! Fed by the walk. Must never see a stored projection: serial texts and configurations are handed
//! over, and the events' digests bind them.

use super::report::Bad;
use crate::apply::{self, Place};
use crate::error::Fail;
use crate::schema::SCHEMA;
use crate::seal::Residue;
use crate::stored_body::StoredBody;
use crate::tx::{Head, store_head};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Page cache of the rebuild; what is beyond goes to a temporary file.
const CACHE_KIB: i64 = 128 * 1024;

/// An event whose place in its chain is proven.
pub(super) struct Step {
    pub(super) seq: i64,
    pub(super) chain: Arc<str>,
    pub(super) chain_seq: i64,
    pub(super) batch_no: i64,
    pub(super) io_epoch: i64,
    pub(super) body: StoredBody,
    pub(super) serials: Vec<String>,
    pub(super) config: Vec<u8>,
    /// What stays of a batch that is in a file of its own.
    pub(super) residue: Option<Residue>,
}

/// The projections so far.
pub(super) struct Rebuild {
    pub(super) conn: Connection,
}

impl Rebuild {
    /// An empty ledger in a temporary file that ends with the connection.
    pub(super) fn new() -> rusqlite::Result<Self> {
        Self::at(Path::new(""))
    }

    /// An empty ledger in a new file; a crash may damage it.
    pub(super) fn at(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        conn.pragma_update(None, "journal_mode", "MEMORY")?;
        conn.pragma_update(None, "synchronous", "OFF")?;
        conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
        conn.set_prepared_statement_cache_capacity(96);
        conn.execute_batch(SCHEMA)?;
        conn.execute_batch("BEGIN")?;
        Ok(Self { conn })
    }

    /// Applies all that comes; stops at the first event that the tables do not allow.
    pub(super) fn all(self, steps: &Receiver<Vec<Step>>) -> (Self, Option<Bad>) {
        for step in steps.iter().flatten() {
            if let Err(what) = self.apply(&step) {
                let (chain, chain_seq) = (Some((*step.chain).to_owned()), Some(step.chain_seq));
                return (self, Some(Bad { seq: step.seq, chain, chain_seq, what }));
            }
        }
        (self, None)
    }

    pub(super) fn apply(&self, step: &Step) -> Result<(), String> {
        let place = Place {
            conn: &self.conn,
            seq: step.seq,
            chain: &step.chain,
            batch_no: step.batch_no,
            io_epoch: step.io_epoch,
        };
        let applied = match &step.body {
            StoredBody::Record(record) => apply::record::apply(&place, record),
            StoredBody::Service(service) => apply::service::apply(&place, service),
            StoredBody::Ledger(own) => {
                let serials: Vec<&str> = step.serials.iter().map(String::as_str).collect();
                apply::own::apply(&place, own, &serials, &step.config)
            }
        };
        if let Some(residue) = &step.residue {
            residue.store(&self.conn).map_err(|error| error.to_string())?;
        }
        applied.map_err(said)
    }

    /// The end of a chain.
    pub(super) fn head(&self, chain: &str, head: &Head) -> Result<(), Bad> {
        store_head(&self.conn, chain, head).map_err(|fail| Bad::seq(head.seq, &said(fail)))
    }
}

fn said(fail: Fail) -> String {
    match fail {
        Fail::Sql(error) => error.to_string(),
        Fail::Forbidden(forbidden) => forbidden.to_string(),
        Fail::Refused(refusal) => refusal.to_string(),
        Fail::NotReconciled(refusal) => refusal.to_string(),
    }
}
