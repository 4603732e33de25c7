//! Signed checkpoints of the chains, and checkpoints of SQLite's write-ahead log.
//!
//! The first are called by the ledger thread, the second by the checkpoint thread on its own
//! connection. Must never run a WAL checkpoint on the writer's connection.

use crate::anchor::{Anchor, ChainHead};
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError};
use crate::ids::{Chain, LedgerKind, LineId, SITE_CHAIN};
use crate::keys::hex;
use crate::ledger::Ledger;
use crate::ledger_body::LedgerBody;
use crate::tx::{Head, Tx};
use ed25519_dalek::SigningKey;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Events after which a checkpoint is due.
pub const CHECKPOINT_EVENTS: i64 = 10_000;
/// Time after which a checkpoint is due, when there are new events.
pub const CHECKPOINT_MS: u64 = 60_000;

/// What an anchor says of the ledger itself.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) kind: LedgerKind,
    pub(crate) line_id: LineId,
    pub(crate) epoch: u32,
    pub(crate) key: SigningKey,
}

impl Ledger {
    /// Makes a checkpoint when one is due: [`CHECKPOINT_EVENTS`] new events, or
    /// [`CHECKPOINT_MS`] with at least one. The caller appends [`Anchor::to_line`] to a file that
    /// is kept elsewhere and syncs it.
    ///
    /// # Errors
    /// The commit failed.
    pub fn maybe_checkpoint(&mut self, now: WallClock) -> Result<Option<Anchor>, LedgerError> {
        let (through, at) = self.checkpointed;
        let new = self.heads.next_seq - 1 - through;
        let waited = now.unix_ms.abs_diff(at) >= CHECKPOINT_MS;
        // The checkpoint's own event is not news.
        let due = new >= CHECKPOINT_EVENTS || (waited && new > 1);
        if due { self.checkpoint(now).map(Some) } else { Ok(None) }
    }

    /// Makes a checkpoint now.
    ///
    /// # Errors
    /// The commit failed.
    pub fn checkpoint(&mut self, now: WallClock) -> Result<Anchor, LedgerError> {
        let signer = self.signer();
        let anchor = self.transact(now, |tx| write(tx, &signer))?;
        self.checkpointed = (anchor.through_seq, now.unix_ms);
        Ok(anchor)
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer {
            kind: self.kind,
            line_id: self.line_id.clone(),
            epoch: self.epoch,
            key: self.key.clone(),
        }
    }
}

/// Signs the heads as they are in this transaction and writes the event.
pub(crate) fn write(tx: &mut Tx<'_>, signer: &Signer) -> Result<Anchor, Fail> {
    let name = |chain: &str, head: &Head| ChainHead {
        chain: chain.to_owned(),
        chain_seq: head.chain_seq,
        hash: hex(&head.hash),
    };
    let mut heads = vec![name(SITE_CHAIN, &tx.heads.site)];
    let open = tx.heads.batch.iter().chain(&tx.heads.trial);
    heads.extend(open.map(|open| name(open.id.as_str(), &open.head)));
    let mut anchor = Anchor {
        line_id: signer.line_id.clone(),
        ledger_kind: signer.kind,
        ledger_epoch: signer.epoch,
        at: tx.at.clone(),
        through_seq: tx.heads.next_seq - 1,
        heads,
        signature: String::new(),
    };
    anchor.sign(&signer.key);
    tx.own(Chain::Site, &LedgerBody::Checkpoint { anchor: anchor.clone() })?;
    Ok(anchor)
}

/// Result of a WAL checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalStatus {
    /// A reader or the writer was in the way.
    pub busy: bool,
    /// Frames in the log.
    pub log_frames: i64,
    /// Frames of them copied into the file.
    pub checkpointed_frames: i64,
}

/// The checkpoint thread's own connection.
#[derive(Debug)]
pub struct WalCheckpointer {
    conn: Connection,
}

impl WalCheckpointer {
    /// Opens a second connection to the ledger.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let conn = crate::schema::writer(path, false)?;
        conn.busy_timeout(Duration::ZERO)?;
        Ok(Self { conn })
    }

    /// Copies what it can without waiting for anybody.
    ///
    /// # Errors
    /// An I/O error.
    pub fn passive(&self) -> Result<WalStatus, LedgerError> {
        self.run("PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Copies everything and empties the log: at breaks only, the writer waits for it.
    ///
    /// # Errors
    /// An I/O error.
    pub fn truncate(&self) -> Result<WalStatus, LedgerError> {
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn run(&self, sql: &str) -> Result<WalStatus, LedgerError> {
        let status = self.conn.query_row(sql, [], |row| {
            Ok(WalStatus {
                busy: row.get(0)?,
                log_frames: row.get(1)?,
                checkpointed_frames: row.get(2)?,
            })
        })?;
        Ok(status)
    }
}
