//! The ledger's writing handle: create, open, and the one way to run a transaction.
//!
//! Owned by the ledger thread. Must never decide, read a clock or own a thread, and must never be
//! used again after a commit whose outcome is unknown (fault 4).

use crate::backup::Manifest;
use crate::chain::{EventColumns, GENESIS_PREV, Hash};
use crate::clock::WallClock;
use crate::error::{CommitError, Fail, LedgerError, Refusal, classify};
use crate::ids::{BatchId, BatchNo, Chain, LedgerKind, LineId, SITE_CHAIN};
use crate::keys::{self, SigningKeySeed};
use crate::ledger_body::LedgerBody;
use crate::lock::{WriterLock, beside};
use crate::rotation::key_in_force;
use crate::schema::{self, SCHEMA, SCHEMA_VERSION};
use crate::service::ServiceBody;
use crate::tx::{Head, Heads, OpenChain, Tx};
use contracts::open_scs::JobOrderState;
use ed25519_dalek::SigningKey;
use line_core::ids::RecordSeq;
use line_core::record::RECORD_VERSION;
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};

/// A ledger, open for writing.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) conn: Connection,
    pub(crate) kind: LedgerKind,
    pub(crate) line_id: LineId,
    pub(crate) epoch: u32,
    pub(crate) key: SigningKey,
    pub(crate) heads: Heads,
    /// Batch and number of the last record, to notice one that is missing or repeated.
    pub(crate) last_record: Option<(BatchNo, RecordSeq)>,
    /// Last event that a checkpoint covers, and when it was made, ms since 1970.
    pub(crate) checkpointed: (i64, i64),
    buffer: Vec<u8>,
    unknown: Option<String>,
    path: PathBuf,
    _lock: WriterLock,
}

impl Ledger {
    /// Creates a ledger; the caller has put the key beside it (`keys::make`).
    ///
    /// # Errors
    /// The file exists, another process holds its lock, or it cannot be written.
    pub fn create(
        path: &Path,
        kind: LedgerKind,
        line_id: &LineId,
        seed: &SigningKeySeed,
        now: WallClock,
    ) -> Result<Self, LedgerError> {
        let lock = WriterLock::take(path)?;
        if path.exists() {
            return Err(LedgerError::NotUsable(format!("{} exists already", path.display())));
        }
        let conn = schema::writer(path, true)?;
        let head = Head { chain_seq: 0, seq: 0, hash: GENESIS_PREV };
        let mut ledger = Self {
            conn,
            kind,
            line_id: line_id.clone(),
            epoch: 1,
            key: seed.signing_key(),
            heads: Heads { next_seq: 1, site: head, batch: None, trial: None },
            last_record: None,
            checkpointed: (0, now.unix_ms),
            buffer: Vec::with_capacity(1024),
            unknown: None,
            path: path.to_owned(),
            _lock: lock,
        };
        let created = LedgerBody::LedgerCreated {
            ledger_kind: kind,
            line_id: line_id.clone(),
            ledger_epoch: ledger.epoch,
            schema_version: SCHEMA_VERSION,
            record_version: u32::from(RECORD_VERSION),
            public_key: seed.public_key_hex(),
        };
        ledger.transact(now, |tx| {
            tx.conn.execute_batch(SCHEMA)?;
            tx.own(Chain::Site, &created)
        })?;
        Ok(ledger)
    }

    /// Opens a ledger with the key in its directory. Checks versions, key and the ends of the
    /// chains; everything else is for `verify`.
    ///
    /// # Errors
    /// No such file, another process holds its lock, wrong version or key, or a damaged end.
    pub fn open(path: &Path, now: WallClock) -> Result<Self, LedgerError> {
        Self::open_keyed(path, now, true)
    }

    /// Opens a ledger that is being restored: the key beside it may be a new one.
    pub(crate) fn open_with_new_key(path: &Path, now: WallClock) -> Result<Self, LedgerError> {
        Self::open_keyed(path, now, false)
    }

    fn open_keyed(path: &Path, now: WallClock, own_key: bool) -> Result<Self, LedgerError> {
        let lock = WriterLock::take(path)?;
        let log = beside(path, "-wal");
        crate::log_file::settle(&log).map_err(|source| LedgerError::Io { path: log, source })?;
        let conn = schema::writer(path, false)?;
        let damaged = |what: &str| LedgerError::NotUsable(what.to_owned());
        schema::require_version(&conn)?;
        let directory = path.parent().unwrap_or(Path::new("."));
        let seed = match own_key {
            true => keys::load_own(directory, &key_in_force(&conn)?)?,
            false => keys::load(directory)?,
        };
        let kind = LedgerKind::from_name(&meta(&conn, "kind")?).ok_or(damaged("no kind"))?;
        let line_id = meta(&conn, "line_id")?.parse().map_err(|_| damaged("no line id"))?;
        let epoch = meta(&conn, "ledger_epoch")?.parse().map_err(|_| damaged("no epoch"))?;
        let heads = heads(&conn)?;
        let through = conn
            .query_row("SELECT max(through_seq) FROM checkpoint", [], |row| row.get(0))
            .map(|seq: Option<i64>| seq.unwrap_or(0))?;
        Ok(Self {
            conn,
            kind,
            line_id,
            epoch,
            key: seed.signing_key(),
            heads,
            last_record: None,
            checkpointed: (through, now.unix_ms),
            buffer: Vec::with_capacity(1024),
            unknown: None,
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Simulation or production.
    #[must_use]
    pub const fn kind(&self) -> LedgerKind {
        self.kind
    }

    /// The line that owns it.
    #[must_use]
    pub const fn line_id(&self) -> &LineId {
        &self.line_id
    }

    /// The batch that is open, in whatever state before Closed.
    #[must_use]
    pub fn open_batch_id(&self) -> Option<(BatchNo, BatchId)> {
        self.heads.batch.as_ref().map(|open| (open.no, open.id.clone()))
    }

    /// The trial run that is open beside it.
    #[must_use]
    pub fn open_trial_id(&self) -> Option<(BatchNo, BatchId)> {
        self.heads.trial.as_ref().map(|open| (open.no, open.id.clone()))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The public key of its checkpoints, 64 hex digits; the caller writes it to `signing.pub`.
    #[must_use]
    pub fn public_key_hex(&self) -> String {
        keys::hex(self.key.verifying_key().as_bytes())
    }

    /// The file of the write-ahead log, for watching its size.
    #[must_use]
    pub fn wal_path(&self) -> PathBuf {
        beside(&self.path, "-wal")
    }

    /// Appends an event of people or service; returns its sequence.
    ///
    /// # Errors
    /// The chain is not the site's or the open batch's, a signature on a production ledger is not
    /// authenticated (21 CFR 11.200), the event is a signed act's, or the commit failed.
    pub fn append_service(
        &mut self,
        now: WallClock,
        chain: Chain,
        body: &ServiceBody,
    ) -> Result<i64, LedgerError> {
        if body.is_signed() {
            return Err(Refusal::NeedsItsAct.into());
        }
        self.transact(now, |tx| tx.service(chain, body))
    }

    /// Signs the manifest of a backup of this ledger.
    #[must_use]
    pub fn sign_manifest(&self, mut manifest: Manifest) -> Manifest {
        manifest.sign(&self.key);
        manifest
    }

    /// True after a commit without answer: this handle refuses everything from then on.
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        self.unknown.is_some()
    }

    /// Runs one transaction. The heads move only after COMMIT has answered.
    pub(crate) fn transact<T>(
        &mut self,
        now: WallClock,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, Fail>,
    ) -> Result<T, LedgerError> {
        if let Some(what) = &self.unknown {
            return Err(CommitError::Unknown(what.clone()).into());
        }
        if let Err(error) = self.conn.execute_batch("BEGIN IMMEDIATE") {
            return Err(self.failed(Fail::Sql(error)));
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut tx = Tx::new(&self.conn, self.heads.clone(), now, &mut buffer);
        let done = work(&mut tx).and_then(|value| tx.store_heads().map(|()| value));
        let heads = tx.heads;
        self.buffer = buffer;
        let committed = done
            .and_then(|value| self.conn.execute_batch("COMMIT").map(|()| value).map_err(Fail::Sql));
        match committed {
            Ok(value) => {
                self.heads = heads;
                Ok(value)
            }
            Err(fail) => Err(self.failed(fail)),
        }
    }

    /// Rolls back and sorts the failure; an unknown outcome ends the use of this handle.
    pub(crate) fn failed(&mut self, fail: Fail) -> LedgerError {
        let open = !self.conn.is_autocommit();
        let undone = open.then(|| self.conn.execute_batch("ROLLBACK"));
        let rolled_back = self.conn.is_autocommit();
        if !rolled_back {
            let what = format!("roll-back failed: {undone:?} after {fail:?}");
            self.unknown = Some(what.clone());
            return CommitError::Unknown(what).into();
        }
        match fail {
            Fail::Refused(refusal) => refusal.into(),
            Fail::NotReconciled(refusal) => LedgerError::NotReconciled(refusal),
            Fail::Forbidden(forbidden) => CommitError::Forbidden(forbidden).into(),
            Fail::Sql(error) => {
                let sorted = classify(&error, rolled_back);
                if let CommitError::Unknown(what) = &sorted {
                    tracing::error!(%what, "commit outcome unknown");
                    self.unknown = Some(what.clone());
                }
                sorted.into()
            }
        }
    }
}

/// Takes away a ledger file that holds no table at all: what an interrupted creation leaves. True
/// when it did. Only the caller knows whether the ledger was ever in use.
///
/// # Errors
/// Another process holds its lock, or it is no database, or it cannot be removed.
pub fn remove_blank(path: &Path) -> Result<bool, LedgerError> {
    let _lock = WriterLock::take(path)?;
    if !path.exists() || !is_blank(path)? {
        return Ok(false);
    }
    for suffix in ["-journal", "-wal", "-shm", ""] {
        let file = beside(path, suffix);
        match std::fs::remove_file(&file) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(LedgerError::Io { path: file, source });
            }
            _ => {}
        }
    }
    Ok(true)
}

fn is_blank(path: &Path) -> rusqlite::Result<bool> {
    // With the right to write: a creation that was cut off leaves a journal to be rolled back.
    let conn = Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let tables = "SELECT count(*) FROM sqlite_schema";
    Ok(conn.query_row(tables, [], |row| row.get::<_, i64>(0))? == 0)
}

pub(crate) fn meta(conn: &Connection, key: &str) -> Result<String, LedgerError> {
    conn.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
        .map_err(|error| LedgerError::NotUsable(format!("no {key} in meta: {error}")))
}

/// The ends of the chains, compared with the last event (its hash is recomputed).
fn heads(conn: &Connection) -> Result<Heads, LedgerError> {
    let site = head(conn, SITE_CHAIN)?
        .ok_or_else(|| LedgerError::NotUsable("no site chain".to_owned()))?;
    let batch = open_chain(conn, false)?;
    let trial = open_chain(conn, true)?;
    let last: i64 = conn.query_row("SELECT max(seq) FROM event", [], |row| row.get(0))?;
    let ends = batch.iter().chain(&trial).map(|open| open.head.seq);
    let known = ends.fold(site.seq, i64::max);
    if last != known {
        return Err(LedgerError::NotUsable(format!("last event {last}, last head {known}")));
    }
    Ok(Heads { next_seq: last + 1, site, batch, trial })
}

/// The open order's chain, or the open trial's.
fn open_chain(conn: &Connection, trial: bool) -> Result<Option<OpenChain>, LedgerError> {
    let open = conn
        .query_row(
            "SELECT batch_no, batch FROM batch WHERE state <> ?1 AND (mode <> 'production') = ?2",
            (JobOrderState::Closed as i64, trial),
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        )
        .optional()?;
    let Some((no, id)) = open else { return Ok(None) };
    let head = head(conn, &id)?
        .ok_or_else(|| LedgerError::NotUsable(format!("no chain of batch {id}")))?;
    let id: BatchId = id.parse().map_err(|_| LedgerError::NotUsable("batch id".into()))?;
    Ok(Some(OpenChain { no: BatchNo(no), id, head }))
}

fn head(conn: &Connection, chain: &str) -> Result<Option<Head>, LedgerError> {
    let stored: Option<Head> = conn
        .query_row("SELECT chain_seq, seq, hash FROM chain_head WHERE chain = ?1", [chain], |row| {
            Ok(Head { chain_seq: row.get(0)?, seq: row.get(1)?, hash: row.get(2)? })
        })
        .optional()?;
    if let Some(head) = &stored {
        let (found, chain_of, chain_seq) = hash_of(conn, head.seq)?;
        if found != head.hash || chain_of != chain || chain_seq != head.chain_seq {
            return Err(LedgerError::NotUsable(format!("the end of chain {chain} is damaged")));
        }
    }
    Ok(stored)
}

/// Hash of a stored event, recomputed, with its chain and number.
fn hash_of(conn: &Connection, seq: i64) -> Result<(Hash, String, i64), LedgerError> {
    let found = conn.query_row("SELECT * FROM event WHERE seq = ?1", [seq], |row| {
        let (chain, at): (String, String) = (row.get(1)?, row.get(3)?);
        let (body, prev): (String, Vec<u8>) = (row.get(9)?, row.get(10)?);
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
        let (hash, chain_seq) = (columns.hash(), columns.chain_seq);
        Ok((hash, chain, chain_seq))
    })?;
    Ok(found)
}
