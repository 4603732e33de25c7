//! One chain, recomputed: every hash from its columns, every link to the event before.
//!
//! The part of [`Reader`] behind the trace of a serial. It says whether the records of one batch
//! are as they were written; whether the ledger is whole, and signed, is what `verify` says. Must
//! never hold a read transaction longer than one slice.

use crate::chain::EventColumns;
use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::reader::Reader;
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

/// Events of one read transaction.
const SLICE: u32 = 5_000;

/// What was found of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChainChecked {
    /// Events that are good.
    pub events: i64,
    /// Hash of the last good one, hex.
    pub head: String,
    /// The first event that is not as it was written, and what is wrong with it.
    pub broken: Option<(i64, &'static str)>,
}

/// An event's own hash as stored, and as computed.
struct Link {
    seq: i64,
    chain_seq: i64,
    prev: Vec<u8>,
    stored: Vec<u8>,
    computed: Vec<u8>,
}

impl Reader {
    /// Recomputes the chain of a batch as it is now; none when there is no such batch here.
    ///
    /// # Errors
    /// Reading failed.
    pub fn chain_checked(&self, batch: BatchNo) -> Result<Option<ChainChecked>, LedgerError> {
        let place = self.conn.prepare_cached(CHAIN)?.query_row([batch.0], place).optional()?;
        let Some((name, opened, mut before)) = place else { return Ok(None) };
        let (mut checked, mut at) = (ChainChecked::default(), opened - 1);
        loop {
            let links = self.links(&name, at)?;
            let full = links.len() == SLICE as usize;
            for link in links {
                if let Some(what) = link.fault(checked.events, before.as_deref()) {
                    checked.broken = Some((link.seq, what));
                    return Ok(Some(checked));
                }
                at = link.seq;
                checked.events = link.chain_seq;
                checked.head = crate::keys::hex(&link.stored);
                before = Some(link.stored);
            }
            if !full {
                return Ok(Some(checked));
            }
        }
    }

    fn links(&self, chain: &str, after: i64) -> Result<Vec<Link>, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, chain, chain_seq, at, mono_ns, clock_synchronised, io_epoch, io_seq, \
             encoder, body, prev, hash FROM event WHERE seq > ?2 AND chain = ?1 \
             ORDER BY seq LIMIT ?3",
        )?;
        let rows = select.query_map((chain, after, SLICE), link)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Name, first event, and the hash of the event of the site chain that begins it; in a file of its
/// own that event may not be there.
const CHAIN: &str = "SELECT b.batch, b.opened_seq, g.hash FROM batch b LEFT JOIN event g \
    ON g.seq = b.opened_seq - 1 AND g.chain = 'site' WHERE b.batch_no = ?1";

fn place(row: &Row<'_>) -> rusqlite::Result<(String, i64, Option<Vec<u8>>)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

impl Link {
    fn fault(&self, events: i64, before: Option<&[u8]>) -> Option<&'static str> {
        if self.chain_seq != events + 1 {
            return Some("an event is missing before it");
        }
        if self.computed != self.stored {
            return Some("a column was changed: the hash does not fit");
        }
        let linked = before.is_none_or(|before| before == self.prev);
        (!linked).then_some("not linked to the event before it")
    }
}

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    let (chain, at, body): (String, String, String) = (row.get(1)?, row.get(3)?, row.get(9)?);
    let (prev, stored): (Vec<u8>, Vec<u8>) = (row.get(10)?, row.get(11)?);
    let columns = EventColumns {
        seq: row.get(0)?,
        chain: &chain,
        chain_seq: row.get(2)?,
        at: &at,
        mono_ns: row.get(4)?,
        clock_synchronised: row.get(5)?,
        io_epoch: row.get(6)?,
        io_seq: row.get(7)?,
        encoder: row.get(8)?,
        body: &body,
        prev: &prev,
    };
    let computed = columns.hash().to_vec();
    let (seq, chain_seq) = (columns.seq, columns.chain_seq);
    Ok(Link { seq, chain_seq, prev, stored, computed })
}
