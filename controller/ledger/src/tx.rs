//! One transaction: events with their hashes, and what they change.
//!
//! Made by `Ledger::transact`. Must never outlive it: the chain heads count only after COMMIT.

use crate::apply::{self, Place, int};
use crate::chain::{EventColumns, Hash};
use crate::clock::WallClock;
use crate::error::{Fail, Forbidden};
use crate::ids::{BatchId, BatchNo, Chain, SITE_CHAIN};
use crate::ledger_body::LedgerBody;
use crate::service::ServiceBody;
use line_core::record::Record;
use rusqlite::{Connection, params};
use serde::Serialize;

/// End of a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub chain_seq: i64,
    pub seq: i64,
    pub hash: Hash,
}

/// The open batch's chain.
#[derive(Clone, Debug)]
pub(crate) struct OpenChain {
    pub no: BatchNo,
    pub id: BatchId,
    pub head: Head,
}

/// Ends of the chains that may grow, and the next event's sequence.
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    pub next_seq: i64,
    pub site: Head,
    /// The order's batch.
    pub batch: Option<OpenChain>,
    /// A trial run's batch beside it.
    pub trial: Option<OpenChain>,
}

impl Heads {
    /// The open batch of this number.
    pub(crate) fn open(&self, no: BatchNo) -> Option<&OpenChain> {
        self.batch.iter().chain(&self.trial).find(|open| open.no == no)
    }

    fn open_mut(&mut self, no: BatchNo) -> Option<&mut OpenChain> {
        self.batch.iter_mut().chain(&mut self.trial).find(|open| open.no == no)
    }

    /// The batch of this number is closed.
    pub(crate) fn close(&mut self, no: BatchNo) {
        for place in [&mut self.batch, &mut self.trial] {
            if place.as_ref().is_some_and(|open| open.no == no) {
                *place = None;
            }
        }
    }
}

/// Columns that only records of the core have.
struct Stamp {
    mono_ns: i64,
    io_epoch: i64,
    io_seq: i64,
    encoder: i64,
}

pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) heads: Heads,
    pub(crate) at: String,
    synchronised: bool,
    buffer: &'a mut Vec<u8>,
    site_grew: bool,
    batch_grew: bool,
}

const INSERT_EVENT: &str =
    "INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const STORE_HEAD: &str = "INSERT INTO chain_head VALUES(?1, ?2, ?3, ?4) ON CONFLICT(chain) \
     DO UPDATE SET chain_seq = excluded.chain_seq, seq = excluded.seq, hash = excluded.hash";

impl<'a> Tx<'a> {
    pub(crate) fn new(
        conn: &'a Connection,
        heads: Heads,
        now: WallClock,
        buffer: &'a mut Vec<u8>,
    ) -> Self {
        let at = now.to_rfc3339();
        let synchronised = now.synchronised;
        Self { conn, heads, at, synchronised, buffer, site_grew: false, batch_grew: false }
    }

    /// A record of the core in an open batch's chain.
    pub(crate) fn record(&mut self, batch: BatchNo, record: &Record) -> Result<(), Fail> {
        let stamp = Stamp {
            mono_ns: int(record.now.0),
            io_epoch: i64::from(record.io_epoch.0),
            io_seq: i64::from(record.io_seq.0),
            encoder: int(record.encoder.0),
        };
        let chain = Chain::Batch(batch);
        let seq = self.event(chain, Some(&stamp), &record.body)?;
        apply::record::apply(&self.place(chain, seq, stamp.io_epoch), &record.body)
    }

    /// An event of people or service.
    pub(crate) fn service(&mut self, chain: Chain, body: &ServiceBody) -> Result<i64, Fail> {
        let seq = self.event(chain, None, body)?;
        apply::service::apply(&self.place(chain, seq, 0), body)?;
        Ok(seq)
    }

    /// An event of the ledger itself.
    pub(crate) fn own(&mut self, chain: Chain, body: &LedgerBody) -> Result<i64, Fail> {
        self.own_with(chain, body, &[], &[])
    }

    /// The same with the serial texts or the configuration that belong to it.
    pub(crate) fn own_with(
        &mut self,
        chain: Chain,
        body: &LedgerBody,
        serials: &[&str],
        config: &[u8],
    ) -> Result<i64, Fail> {
        let seq = self.event(chain, None, body)?;
        apply::own::apply(&self.place(chain, seq, 0), body, serials, config)?;
        Ok(seq)
    }

    /// An event whose projection the caller has applied itself.
    pub(crate) fn own_applied(&mut self, chain: Chain, body: &LedgerBody) -> Result<i64, Fail> {
        self.event(chain, None, body)
    }

    pub(crate) fn place(&self, chain: Chain, seq: i64, io_epoch: i64) -> Place<'_> {
        let open = match chain {
            Chain::Site => None,
            Chain::Batch(no) => self.heads.open(no),
        };
        let (name, batch_no) = open.map_or((SITE_CHAIN, 0), |open| (open.id.as_str(), open.no.0));
        Place { conn: self.conn, seq, chain: name, batch_no, io_epoch }
    }

    fn event(
        &mut self,
        chain: Chain,
        stamp: Option<&Stamp>,
        body: &impl Serialize,
    ) -> Result<i64, Fail> {
        let broken = |what: String| Fail::Forbidden(Forbidden { what });
        self.buffer.clear();
        serde_json::to_writer(&mut *self.buffer, body).map_err(|e| broken(e.to_string()))?;
        let body = str::from_utf8(self.buffer).map_err(|e| broken(e.to_string()))?;
        let seq = self.heads.next_seq;
        let (name, head) = match chain {
            Chain::Site => (SITE_CHAIN, &mut self.heads.site),
            Chain::Batch(no) => {
                let open = self.heads.open_mut(no).ok_or(crate::error::Refusal::UnknownBatch)?;
                (open.id.as_str(), &mut open.head)
            }
        };
        let columns = EventColumns {
            seq,
            chain: name,
            chain_seq: head.chain_seq + 1,
            at: &self.at,
            mono_ns: stamp.map(|stamp| stamp.mono_ns),
            clock_synchronised: i64::from(self.synchronised),
            io_epoch: stamp.map(|stamp| stamp.io_epoch),
            io_seq: stamp.map(|stamp| stamp.io_seq),
            encoder: stamp.map(|stamp| stamp.encoder),
            body,
            prev: &head.hash,
        };
        let hash = columns.hash();
        insert(self.conn, &columns, &hash)?;
        *head = Head { chain_seq: columns.chain_seq, seq: columns.seq, hash };
        match chain {
            Chain::Site => self.site_grew = true,
            Chain::Batch(_) => self.batch_grew = true,
        }
        self.heads.next_seq += 1;
        Ok(self.heads.next_seq - 1)
    }

    /// Writes the heads that moved; last step before COMMIT.
    pub(crate) fn store_heads(&self) -> Result<(), Fail> {
        if self.site_grew {
            store_head(self.conn, SITE_CHAIN, &self.heads.site)?;
        }
        let open = self.heads.batch.iter().chain(&self.heads.trial);
        for open in open.filter(|_| self.batch_grew) {
            store_head(self.conn, open.id.as_str(), &open.head)?;
        }
        Ok(())
    }
}

fn insert(conn: &Connection, event: &EventColumns<'_>, hash: &Hash) -> Result<(), Fail> {
    conn.prepare_cached(INSERT_EVENT)?.execute(params![
        event.seq,
        event.chain,
        event.chain_seq,
        event.at,
        event.mono_ns,
        event.clock_synchronised,
        event.io_epoch,
        event.io_seq,
        event.encoder,
        event.body,
        event.prev,
        hash
    ])?;
    Ok(())
}

pub(crate) fn store_head(conn: &Connection, chain: &str, head: &Head) -> Result<(), Fail> {
    conn.prepare_cached(STORE_HEAD)?.execute(params![
        chain,
        head.chain_seq,
        head.seq,
        head.hash
    ])?;
    Ok(())
}
