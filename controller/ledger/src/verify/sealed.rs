//! The file of a sealed batch on its own: its chain from genesis to head, the checkpoint that
//! covers it, and every projection rebuilt.
//!
//! Used when a batch is sealed, and by those who have the file alone: nothing is written to it or
//! beside it. Must never claim that the keys in it are the line's: that needs a public key from
//! elsewhere, or the ledger that names the file's SHA-256.

use super::compare;
use super::rebuild::{Rebuild, Step};
use super::report::{Bad, SealedBatch, VerifyReport};
use super::signers::Signers;
use super::source::Evidence;
use super::walk::{blob, columns, config, serials};
use crate::backup::BackupError;
use crate::chain::{EventColumns, Hash};
use crate::error::LedgerError;
use crate::ids::{LedgerKind, LineId, SITE_CHAIN};
use crate::keys::{hex, unhex};
use crate::ledger_body::LedgerBody;
use crate::rotation::{Rotation, RotationPlace};
use crate::stored_body::StoredBody;
use crate::tx::Head;
use rusqlite::Connection;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// What is found in the file of a sealed batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SealedReport {
    /// Kind of the ledger that it came from.
    pub kind: Option<LedgerKind>,
    /// The line.
    pub line_id: Option<String>,
    /// The batch.
    pub batch: String,
    /// Its events.
    pub events: i64,
    /// Hash of the last one, hex.
    pub head: String,
    /// SHA-256 of the file, hex: what the ledger's `batch_sealed` names.
    pub sha256: String,
    /// Keys that signed for the ledger up to here.
    pub signing_keys: usize,
    /// A key that was given vouches for the one that signed: it is that key, or one that handed
    /// over to it or took over from it.
    pub signed_by_given_key: bool,
    /// The first thing found wrong.
    pub first_bad: Option<Bad>,
}

/// Verifies the file of a sealed batch; with `key` (64 hex digits, after a restore with a new key
/// two of them) also that the chain of keys which signed is the line's.
///
/// # Errors
/// The file cannot be read, or was written meanwhile. A damaged one is no error but a report.
pub fn check(file: &Path, key: Option<&str>) -> Result<SealedReport, LedgerError> {
    let evidence = Evidence::open(file)?;
    let stored = &evidence.conn;
    let rebuilt = Rebuild::new()?;
    let mut walk = Walk::new(stored, &rebuilt);
    let broken = walk.run().err();
    let mut report = walk.report();
    report.first_bad = broken.or_else(|| compare::compare(stored, &rebuilt.conn).err());
    let given = key.map(|key| key.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let vouched = given.as_ref().is_some_and(|given| walk.signers.unvouched(given).is_none());
    report.signed_by_given_key = vouched && report.first_bad.is_none();
    if report.first_bad.is_none() && given.is_some() && !vouched {
        let what = "no key that was given vouches for the one that signed: give one of the time \
                    when the batch was closed, or before";
        report.first_bad = Some(Bad::seq(0, what));
    }
    report.sha256 = sha256(file)?;
    evidence.unchanged()?;
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
    if sha256(path)? != batch.sha256 {
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

fn sha256(path: &Path) -> Result<String, LedgerError> {
    crate::backup::sha256_of(path).map_err(|error| LedgerError::NotUsable(error.to_string()))
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
    named: Option<(LedgerKind, LineId, u32)>,
    batch: Arc<str>,
    batch_no: i64,
    head: Head,
    /// `batch_head`: number and hash of the event itself.
    ended: Option<(i64, Hash)>,
    is_signed: bool,
}

impl<'a> Walk<'a> {
    fn new(stored: &'a Connection, rebuilt: &'a Rebuild) -> Self {
        let head = Head { chain_seq: 0, seq: 0, hash: [0; 32] };
        Self {
            stored,
            rebuilt,
            signers: Signers::default(),
            named: None,
            batch: "".into(),
            batch_no: 0,
            head,
            ended: None,
            is_signed: false,
        }
    }

    fn report(&self) -> SealedReport {
        SealedReport {
            kind: self.named.as_ref().map(|(kind, ..)| *kind),
            line_id: self.named.as_ref().map(|(_, line, _)| line.as_str().to_owned()),
            signing_keys: self.signers.len(),
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
        if !self.is_signed {
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
        self.vouch(&body)?;
        self.apply(event, body)
    }

    /// What the site chain says of the batch's recipe and of the line's configuration is not in
    /// this file: the versions that its first event names count as approved and released here.
    fn vouch(&self, body: &StoredBody) -> Result<(), String> {
        let StoredBody::Ledger(LedgerBody::BatchOpened { spec, .. }) = body else { return Ok(()) };
        let conn = &self.rebuilt.conn;
        let told = |done: rusqlite::Result<usize>| done.map(|_| ()).map_err(|e| e.to_string());
        if let Some(recipe) = &spec.recipe {
            let sql = "INSERT INTO recipe VALUES(?1, ?2, ?3, 'approved', '', 0, NULL, NULL)";
            told(conn.execute(sql, (spec.gtin.as_str(), recipe.version, &recipe.sha256)))?;
        }
        let Some(named) = &spec.configuration else { return Ok(()) };
        let sql = "INSERT INTO configuration VALUES(?1, ?2, '', 0, 0)";
        told(conn.execute(sql, (named.version, &named.sha256)))
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
            LedgerBody::LedgerCreated {
                public_key, ledger_kind, line_id, ledger_epoch, ..
            } => {
                self.named = Some((*ledger_kind, line_id.clone(), *ledger_epoch));
                key(self.signers.add_root(event.seq, public_key)).map(|_| true)
            }
            LedgerBody::KeyRotated(rotation) => self.rotated(event, rotation).map(|()| false),
            LedgerBody::LedgerRestored { public_key, ledger_epoch, .. } => {
                if let Some((.., epoch)) = &mut self.named {
                    *epoch = *ledger_epoch;
                }
                let known = self.signers.newest() == Some(public_key);
                key(known || self.signers.add_root(event.seq, public_key))
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

    /// The old key hands over, so that whoever knows it can follow.
    fn rotated(&mut self, event: &EventColumns<'_>, rotation: &Rotation) -> Result<(), String> {
        let (kind, line_id, epoch) = self.named.as_ref().ok_or("a rotation before the creation")?;
        let (kind, epoch) = (*kind, *epoch);
        let place = RotationPlace { line_id, kind, epoch, at: event.at, prev: event.prev };
        if self.signers.newest() != Some(&rotation.old_public_key) || !rotation.is_signed(&place) {
            return Err("the rotation is not signed by the key in force and the new one".into());
        }
        let added = self.signers.add(event.seq, &rotation.new_public_key);
        added.then_some(()).ok_or_else(|| "a key is none".to_owned())
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
        self.is_signed = true;
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
