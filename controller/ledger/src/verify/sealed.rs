//! The file of a sealed batch on its own: its chain from genesis to head, the checkpoint that
//! covers it, and every projection rebuilt.
//!
//! Used when a batch is sealed, and by those who have the file alone. Must never claim that the
//! key in it is the line's: that needs the public key from elsewhere, or the ledger that names the
//! file's SHA-256.

use super::compare;
use super::rebuild::{Rebuild, Step};
use super::report::{Bad, SealedBatch, VerifyReport};
use super::signers::Signers;
use super::walk::{blob, columns, config, serials};
use crate::backup::BackupError;
use crate::chain::{EventColumns, Hash};
use crate::error::LedgerError;
use crate::ids::SITE_CHAIN;
use crate::keys::{hex, unhex};
use crate::ledger_body::LedgerBody;
use crate::stored_body::StoredBody;
use crate::tx::Head;
use rusqlite::Connection;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// What is found in the file of a sealed batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SealedReport {
    /// The batch.
    pub batch: String,
    /// Its events.
    pub events: i64,
    /// Hash of the last one, hex.
    pub head: String,
    /// The key that was given is the one that signed.
    pub signed_by_given_key: bool,
    /// The first thing found wrong.
    pub first_bad: Option<Bad>,
}

/// Verifies the file of a sealed batch; with `key` (64 hex digits) also that this key signed.
///
/// # Errors
/// The file cannot be read. A damaged one is no error but a report.
pub fn check(file: &Path, key: Option<&str>) -> Result<SealedReport, LedgerError> {
    let stored = super::source::live(file)?;
    let rebuilt = Rebuild::new()?;
    let mut walk = Walk::new(&stored, &rebuilt);
    let broken = walk.run().err();
    let mut report = walk.report();
    report.first_bad = broken.or_else(|| compare::compare(&stored, &rebuilt.conn).err());
    let key = key.map(str::trim);
    report.signed_by_given_key = key.is_some_and(|key| walk.signed_by == key);
    if report.first_bad.is_none() && key.is_some() && !report.signed_by_given_key {
        report.first_bad = Some(Bad::seq(0, "the checkpoint is signed by another key than given"));
    }
    Ok(report)
}

/// Verifies the files of a ledger's sealed batches in `dir`, each against what is on record of it.
/// The first that is missing, another one or damaged is the report's first fault.
///
/// # Errors
/// A file is there and cannot be read.
pub fn check_files(report: &mut VerifyReport, dir: &Path) -> Result<(), LedgerError> {
    for batch in report.sealed.clone() {
        let path = dir.join(&batch.file);
        let wrong =
            if path.is_file() { differs(&path, &batch)? } else { Some("is missing".into()) };
        match wrong {
            None => report.sealed_verified += 1,
            Some(what) => {
                let what = format!("the file {} of batch {} {what}", batch.file, batch.batch);
                report.first_bad.get_or_insert(Bad::seq(0, &what));
            }
        }
    }
    Ok(())
}

fn differs(path: &Path, batch: &SealedBatch) -> Result<Option<String>, LedgerError> {
    let sha256 = crate::backup::sha256_of(path)
        .map_err(|error| LedgerError::NotUsable(error.to_string()))?;
    if sha256 != batch.sha256 {
        return Ok(Some("is not the one that was sealed".to_owned()));
    }
    let found = check(path, None)?;
    let same = (found.batch.as_str(), found.events) == (batch.batch.as_str(), batch.events);
    Ok(match found.first_bad {
        Some(bad) => Some(format!("is broken: record {}: {}", bad.seq, bad.what)),
        None if !same => Some("holds another batch".to_owned()),
        None => None,
    })
}

/// Makes the file out of the events and texts in `raw`.
pub(crate) fn fill(raw: &Path, file: &Path, batch: &str) -> Result<(), BackupError> {
    let stored = Connection::open(raw).map_err(LedgerError::from)?;
    let rebuilt = Rebuild::at(file).map_err(LedgerError::from)?;
    let mut walk = Walk::new(&stored, &rebuilt);
    walk.run().map_err(|bad| {
        BackupError::Broken(format!("record {} of {batch}: {}", bad.seq, bad.what))
    })?;
    rebuilt.conn.execute_batch("COMMIT").map_err(LedgerError::from)?;
    drop(rebuilt);
    crate::backup::take_events(file, raw).map_err(LedgerError::from)?;
    Ok(())
}

struct Walk<'a> {
    stored: &'a Connection,
    rebuilt: &'a Rebuild,
    signers: Signers,
    batch: Arc<str>,
    batch_no: i64,
    head: Head,
    /// `batch_head`: number and hash of the event itself.
    ended: Option<(i64, Hash)>,
    /// The key of the checkpoint, hex.
    signed_by: String,
}

impl<'a> Walk<'a> {
    fn new(stored: &'a Connection, rebuilt: &'a Rebuild) -> Self {
        let head = Head { chain_seq: 0, seq: 0, hash: [0; 32] };
        Self {
            stored,
            rebuilt,
            signers: Signers::default(),
            batch: "".into(),
            batch_no: 0,
            head,
            ended: None,
            signed_by: String::new(),
        }
    }

    fn report(&self) -> SealedReport {
        SealedReport {
            batch: (*self.batch).to_owned(),
            events: self.head.chain_seq,
            head: hex(&self.head.hash),
            ..SealedReport::default()
        }
    }

    fn run(&mut self) -> Result<(), Bad> {
        let sql = |error: rusqlite::Error| Bad::seq(0, &error.to_string());
        let mut select = self.stored.prepare("SELECT * FROM event ORDER BY seq").map_err(sql)?;
        let mut rows = select.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let event = columns(row).map_err(sql)?;
            let hash = event.hash();
            if blob(row, 11).map_err(sql)? != hash {
                return Err(Bad::at(&event, "a column was changed: the hash does not fit"));
            }
            self.event(&event, hash).map_err(|what| Bad::at(&event, &what))?;
        }
        if self.signed_by.is_empty() {
            return Err(Bad::seq(0, "the checkpoint that covers the batch is missing"));
        }
        self.rebuilt.head(&self.batch, &self.head)
    }

    fn event(&mut self, event: &EventColumns<'_>, hash: Hash) -> Result<(), String> {
        let body = StoredBody::parse(event.body)?;
        if event.chain == SITE_CHAIN {
            let StoredBody::Ledger(own) = &body else {
                return Err("an event of the site that does not belong here".to_owned());
            };
            if self.site(event, own, hash)? {
                return self.apply(event, body);
            }
            return Ok(());
        }
        if self.batch_no == 0 || event.chain != &*self.batch || self.ended.is_some() {
            return Err("an event of another chain".to_owned());
        }
        if event.chain_seq != self.head.chain_seq + 1 || event.prev != self.head.hash {
            return Err("not linked to the event before it in its chain".to_owned());
        }
        self.head = Head { chain_seq: event.chain_seq, seq: event.seq, hash };
        if let StoredBody::Ledger(LedgerBody::BatchUnblocked { .. }) = &body {
            // The restore that blocked it is in the site chain.
            let blocked = self.rebuilt.conn.execute("UPDATE batch SET blocked = 1", []);
            blocked.map_err(|error| error.to_string())?;
        }
        self.apply(event, body)
    }

    /// An event of the site chain; true when the projections need it.
    fn site(
        &mut self,
        event: &EventColumns<'_>,
        own: &LedgerBody,
        hash: Hash,
    ) -> Result<bool, String> {
        let key = |added: bool| if added { Ok(false) } else { Err("a key is none".to_owned()) };
        match own {
            LedgerBody::LedgerCreated { public_key, .. } => {
                key(self.signers.add_root(event.seq, public_key)).map(|_| true)
            }
            LedgerBody::KeyRotated(rotation) => {
                key(self.signers.add(event.seq, &rotation.new_public_key))
            }
            LedgerBody::LedgerRestored { public_key, .. } => {
                key(self.signers.add_root(event.seq, public_key))
            }
            LedgerBody::BatchGenesis { batch, batch_no } if self.batch_no == 0 => {
                self.batch = batch.as_str().into();
                self.batch_no = batch_no.0;
                self.head = Head { chain_seq: 0, seq: event.seq, hash };
                Ok(false)
            }
            LedgerBody::BatchHead { batch, chain_seq, hash: last } => {
                let ends = (&*self.batch, self.head.chain_seq, hex(&self.head.hash));
                if (batch.as_str(), *chain_seq, last.clone()) != ends {
                    return Err("the chain does not end as its head says".to_owned());
                }
                self.ended = Some((event.chain_seq, hash));
                Ok(false)
            }
            LedgerBody::Checkpoint { anchor } => self.covered(event, anchor).map(|()| false),
            _ => Err("an event of the site that does not belong here".to_owned()),
        }
    }

    /// The checkpoint follows the batch's head and signs it.
    fn covered(&mut self, event: &EventColumns<'_>, anchor: &crate::Anchor) -> Result<(), String> {
        let (chain_seq, hash) = self.ended.ok_or("a checkpoint before the batch's head")?;
        let signs_it = anchor.heads.first().is_some_and(|head| {
            head.chain == SITE_CHAIN
                && head.chain_seq == chain_seq
                && unhex(&head.hash).as_deref() == Some(&hash[..])
        });
        let follows = event.chain_seq == chain_seq + 1 && event.prev == hash;
        let key = self.signers.at(event.seq).ok_or("a checkpoint before the creation")?;
        if !signs_it || !follows || !anchor.is_signed_by(key) {
            return Err("the checkpoint does not cover the batch's head".to_owned());
        }
        self.signed_by = hex(key.as_bytes());
        Ok(())
    }

    fn apply(&self, event: &EventColumns<'_>, body: StoredBody) -> Result<(), String> {
        let batch_no = if event.chain == SITE_CHAIN { 0 } else { self.batch_no };
        let mut step = Step {
            seq: event.seq,
            chain: event.chain.into(),
            chain_seq: event.chain_seq,
            batch_no,
            io_epoch: event.io_epoch.unwrap_or(0),
            serials: Vec::new(),
            config: Vec::new(),
            residue: None,
            body,
        };
        if let StoredBody::Ledger(own) = &step.body {
            step.serials = serials(self.stored, batch_no, own)?;
            step.config = config(self.stored, own)?;
        }
        self.rebuilt.apply(&step)
    }
}
