//! One pass over all events in order: hash, links, heads, signatures, anchors, and the rebuild.
//!
//! Must never go on after the first fault: what follows would rest on it.

use super::Bad;
use super::anchors::{Anchors, EpochEnd};
use crate::anchor::{Anchor, public_key};
use crate::apply::{self, Place};
use crate::chain::{EventColumns, GENESIS_PREV, Hash};
use crate::error::Fail;
use crate::ids::{LedgerKind, SITE_CHAIN};
use crate::keys::{hex, unhex};
use crate::ledger_body::LedgerBody;
use crate::stored_body::StoredBody;
use crate::tx::{Head, store_head};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashMap;

struct ChainState {
    batch_no: i64,
    head: Head,
    sealed: bool,
}

pub(super) struct Walk<'a> {
    stored: &'a Connection,
    rebuilt: &'a Connection,
    anchors: Option<Anchors>,
    chains: HashMap<String, ChainState>,
    created: Option<Created>,
    epoch_ends: Vec<EpochEnd>,
    records: i64,
}

/// What the first event says.
struct Created {
    kind: LedgerKind,
    line_id: String,
    epoch: u32,
    public_key: String,
}

/// An event as stored.
struct Stored {
    seq: i64,
    chain: String,
    chain_seq: i64,
    at: String,
    mono_ns: Option<i64>,
    clock_synchronised: i64,
    io_epoch: Option<i64>,
    io_seq: Option<i64>,
    encoder: Option<i64>,
    body: String,
    prev: Vec<u8>,
    hash: Vec<u8>,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            chain: row.get(1)?,
            chain_seq: row.get(2)?,
            at: row.get(3)?,
            mono_ns: row.get(4)?,
            clock_synchronised: row.get(5)?,
            io_epoch: row.get(6)?,
            io_seq: row.get(7)?,
            encoder: row.get(8)?,
            body: row.get(9)?,
            prev: row.get(10)?,
            hash: row.get(11)?,
        })
    }

    fn computed(&self) -> Hash {
        EventColumns {
            seq: self.seq,
            chain: &self.chain,
            chain_seq: self.chain_seq,
            at: &self.at,
            mono_ns: self.mono_ns,
            clock_synchronised: self.clock_synchronised,
            io_epoch: self.io_epoch,
            io_seq: self.io_seq,
            encoder: self.encoder,
            body: &self.body,
            prev: &self.prev,
        }
        .hash()
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        stored: &'a Connection,
        rebuilt: &'a Connection,
        anchors: Option<Anchors>,
    ) -> Self {
        let head = Head { chain_seq: 0, seq: 0, hash: GENESIS_PREV };
        let site = ChainState { batch_no: 0, head, sealed: false };
        let chains = HashMap::from([(SITE_CHAIN.to_owned(), site)]);
        Self { stored, rebuilt, anchors, chains, created: None, epoch_ends: Vec::new(), records: 0 }
    }

    pub(super) fn run(&mut self) -> Result<(), Bad> {
        let stored = self.stored;
        if self.anchors.is_some() {
            self.epoch_ends = epoch_ends(stored).map_err(|error| self.bad_next(error))?;
        }
        let mut select = stored
            .prepare("SELECT * FROM event ORDER BY seq")
            .map_err(|error| self.bad_next(error.to_string()))?;
        let mut rows = select.query([]).map_err(|error| self.bad_next(error.to_string()))?;
        loop {
            let row = rows.next().map_err(|error| self.bad_next(error.to_string()))?;
            let Some(row) = row else { break };
            let event = Stored::read(row).map_err(|error| self.bad_next(error.to_string()))?;
            let hash = self.link(&event)?;
            self.content(&event, hash).map_err(|what| Bad { seq: event.seq, what })?;
            self.records += 1;
        }
        self.end()
    }

    fn bad_next(&self, what: String) -> Bad {
        Bad { seq: self.records + 1, what }
    }

    /// Sequence, hash, link to the event before, anchors.
    fn link(&mut self, event: &Stored) -> Result<Hash, Bad> {
        let due = self.records + 1;
        let bad = |what: &str| Err(Bad { seq: due, what: what.to_owned() });
        if event.seq != due {
            return bad("event missing or out of order");
        }
        let hash = event.computed();
        if event.hash != hash {
            return bad("a column was changed: the hash does not fit");
        }
        let Some(chain) = self.chains.get_mut(&event.chain) else {
            return bad("a chain without genesis in the site chain");
        };
        if chain.sealed {
            return bad("an event behind the head of a closed batch");
        }
        if event.chain_seq != chain.head.chain_seq + 1 || event.prev != chain.head.hash {
            return bad("not linked to the event before it in its chain");
        }
        chain.head = Head { chain_seq: event.chain_seq, seq: event.seq, hash };
        let ends = self.epoch_ends.iter().filter(|end| end.through_seq < event.seq);
        let epoch = ends.map(|end| end.epoch + 1).max().unwrap_or(1);
        let fits = self
            .anchors
            .as_mut()
            .is_none_or(|anchors| anchors.meet(epoch, &event.chain, event.chain_seq, &hash));
        if fits { Ok(hash) } else { bad("an anchor knows another hash of this event") }
    }

    /// The body, and what it changes.
    fn content(&mut self, event: &Stored, hash: Hash) -> Result<(), String> {
        let body = StoredBody::parse(&event.body)?;
        let batch_no = self.chains.get(&event.chain).map_or(0, |chain| chain.batch_no);
        let place = Place {
            conn: self.rebuilt,
            seq: event.seq,
            chain: &event.chain,
            batch_no,
            io_epoch: event.io_epoch.unwrap_or(0),
        };
        let applied = match &body {
            StoredBody::Record(_) if batch_no == 0 => {
                return Err("a record of the core in the site chain".to_owned());
            }
            StoredBody::Record(record) => apply::record::apply(&place, record),
            StoredBody::Service(service) => apply::service::apply(&place, service),
            StoredBody::Ledger(own) => {
                let serials = self.serials(batch_no, own)?;
                let serials: Vec<&str> = serials.iter().map(String::as_str).collect();
                let config = self.config(own)?;
                apply::own::apply(&place, own, &serials, &config)
            }
        };
        applied.map_err(|fail| match fail {
            Fail::Sql(error) => error.to_string(),
            Fail::Forbidden(forbidden) => forbidden.to_string(),
            Fail::Refused(refusal) => refusal.to_string(),
            Fail::NotReconciled(refusal) => refusal.to_string(),
        })?;
        match body {
            StoredBody::Ledger(own) => self.own(event, &own, hash),
            StoredBody::Record(_) | StoredBody::Service(_) => Ok(()),
        }
    }

    /// Texts that the digest of an allocation binds.
    fn serials(&self, batch_no: i64, body: &LedgerBody) -> Result<Vec<String>, String> {
        let LedgerBody::SerialsAllocated { first, count, .. } = body else {
            return Ok(Vec::new());
        };
        let end = i64::from(*first) + i64::from(*count);
        let read = || {
            let mut select = self.stored.prepare_cached(
                "SELECT serial FROM pool_serial WHERE batch_no = ?1 \
                 AND serial_idx >= ?2 AND serial_idx < ?3 ORDER BY serial_idx",
            )?;
            let rows = select.query_map((batch_no, first, end), |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|error| error.to_string())
    }

    /// Configuration that the hash in the order binds.
    fn config(&self, body: &LedgerBody) -> Result<Vec<u8>, String> {
        let LedgerBody::BatchOpened { spec, .. } = body else {
            return Ok(Vec::new());
        };
        self.stored
            .query_row("SELECT bytes FROM config WHERE hash = ?1", [&spec.config_hash], |row| {
                row.get(0)
            })
            .optional()
            .map_err(|error| error.to_string())?
            .ok_or_else(|| "the order's configuration is missing".to_owned())
    }

    /// What the ledger's own events say of the chains.
    fn own(&mut self, event: &Stored, body: &LedgerBody, hash: Hash) -> Result<(), String> {
        let in_site = event.chain == SITE_CHAIN;
        let belongs_to_site = matches!(
            body,
            LedgerBody::LedgerCreated { .. }
                | LedgerBody::AuthoritySet { .. }
                | LedgerBody::BatchGenesis { .. }
                | LedgerBody::BatchHead { .. }
                | LedgerBody::Checkpoint { .. }
                | LedgerBody::LedgerRestored { .. }
                | LedgerBody::SerialsUsed { .. }
                | LedgerBody::ProductUnblocked { .. }
        );
        if in_site != belongs_to_site {
            return Err("the event is in the wrong chain".to_owned());
        }
        match body {
            LedgerBody::LedgerCreated {
                ledger_kind, line_id, ledger_epoch, public_key, ..
            } => {
                if event.seq != 1 {
                    return Err("created twice".to_owned());
                }
                self.created = Some(Created {
                    kind: *ledger_kind,
                    line_id: line_id.as_str().to_owned(),
                    epoch: *ledger_epoch,
                    public_key: public_key.clone(),
                });
                Ok(())
            }
            LedgerBody::BatchGenesis { batch, batch_no } => {
                let head = Head { chain_seq: 0, seq: 0, hash };
                let chain = ChainState { batch_no: batch_no.0, head, sealed: false };
                match self.chains.insert(batch.as_str().to_owned(), chain) {
                    None => Ok(()),
                    Some(_) => Err("a second genesis of the same chain".to_owned()),
                }
            }
            LedgerBody::BatchHead { batch, chain_seq, hash } => {
                self.seal(batch.as_str(), *chain_seq, hash)
            }
            LedgerBody::Checkpoint { anchor } => self.checkpoint(event, anchor),
            LedgerBody::LedgerRestored { ledger_epoch, through_seq, public_key, .. } => {
                self.restored(event.seq, *ledger_epoch, *through_seq, public_key)
            }
            LedgerBody::AuthoritySet { .. }
            | LedgerBody::BatchOpened { .. }
            | LedgerBody::PoolImported { .. }
            | LedgerBody::PoolKept { .. }
            | LedgerBody::SerialsAllocated { .. }
            | LedgerBody::PoolAllocated { .. }
            | LedgerBody::LoadingCancelled { .. }
            | LedgerBody::BatchUnblocked { .. }
            | LedgerBody::SerialsUsed { .. }
            | LedgerBody::ProductUnblocked { .. }
            | LedgerBody::BatchClosed { .. } => Ok(()),
        }
    }

    /// From here on another epoch, and perhaps another key. Between the backup's last event and
    /// this one are only the two signatures.
    fn restored(&mut self, seq: i64, epoch: u32, through: i64, key: &str) -> Result<(), String> {
        let created = self.created.as_mut().ok_or("a restore before the creation")?;
        if through + 3 != seq {
            return Err("a restore that does not follow its backup".to_owned());
        }
        created.epoch = epoch;
        created.public_key = key.to_owned();
        Ok(())
    }

    fn seal(&mut self, chain: &str, chain_seq: i64, hash: &str) -> Result<(), String> {
        let state = self.chains.get_mut(chain).ok_or("head of an unknown chain")?;
        let same = state.head.chain_seq == chain_seq && hex(&state.head.hash) == hash;
        state.sealed = true;
        if same { Ok(()) } else { Err("head of a chain that ends otherwise".to_owned()) }
    }

    fn checkpoint(&self, event: &Stored, anchor: &Anchor) -> Result<(), String> {
        let created = self.created.as_ref().ok_or("a checkpoint before the creation")?;
        let key = public_key(&created.public_key).ok_or("the public key is none")?;
        if !anchor.is_signed_by(&key) {
            return Err("the checkpoint's signature does not fit".to_owned());
        }
        if anchor.ledger_epoch != created.epoch {
            return Err("a checkpoint of another epoch".to_owned());
        }
        for head in &anchor.heads {
            let state = self.chains.get(&head.chain).ok_or("checkpoint of an unknown chain")?;
            // The site chain has grown by the checkpoint itself.
            let same = if head.chain == SITE_CHAIN {
                head.chain_seq + 1 == event.chain_seq
                    && unhex(&head.hash) == Some(event.prev.clone())
            } else {
                head.chain_seq == state.head.chain_seq && head.hash == hex(&state.head.hash)
            };
            if !same {
                return Err(format!("the checkpoint knows another head of {}", head.chain));
            }
        }
        if anchor.through_seq + 1 == event.seq { Ok(()) } else { Err("other sequence".into()) }
    }

    /// After the last event: open ends.
    fn end(&mut self) -> Result<(), Bad> {
        let bad = |seq: i64, what: String| Err(Bad { seq, what });
        for (name, chain) in &self.chains {
            if chain.head.chain_seq == 0 {
                continue;
            }
            if let Err(fail) = store_head(self.rebuilt, name, &chain.head) {
                return bad(chain.head.seq, format!("{fail:?}"));
            }
        }
        let Some(created) = &self.created else {
            return bad(0, "no event".to_owned());
        };
        let Some(anchors) = &self.anchors else { return Ok(()) };
        if !anchors.knows(&created.public_key) {
            return bad(1, "the ledger has another key than the one given".to_owned());
        }
        let name = (created.line_id.as_str(), created.kind.name());
        match anchors.fault(name, created.epoch, &self.epoch_ends) {
            Some((seq, what)) => bad(seq, what),
            None => Ok(()),
        }
    }

    pub(super) fn kind(&self) -> Option<LedgerKind> {
        self.created.as_ref().map(|created| created.kind)
    }

    pub(super) fn line_id(&self) -> Option<String> {
        self.created.as_ref().map(|created| created.line_id.clone())
    }

    pub(super) fn records(&self) -> i64 {
        self.records
    }

    pub(super) fn site_head(&self) -> Option<Hash> {
        self.chains.get(SITE_CHAIN).map(|site| site.head.hash)
    }

    /// Anchors, those of a lost part, and the last event they cover.
    pub(super) fn anchored(&self) -> Option<(usize, usize, i64)> {
        let ends = &self.epoch_ends;
        self.anchors.as_ref().map(|anchors| {
            let (there, lost) = anchors.len(ends);
            (there, lost, anchors.covered(ends))
        })
    }

    /// Epoch that the ledger is in.
    pub(super) fn epoch(&self) -> Option<u32> {
        self.created.as_ref().map(|created| created.epoch)
    }
}

/// Where the epochs ended, before the walk: what follows the end of one belongs to the next, the
/// signatures of the restore first.
fn epoch_ends(stored: &Connection) -> Result<Vec<EpochEnd>, String> {
    let read = || {
        let mut select = stored.prepare(
            "SELECT body FROM event WHERE chain = 'site' \
             AND body LIKE '{\"kind\":\"ledger_restored\"%' ORDER BY seq",
        )?;
        let rows = select.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<String>>>()
    };
    let bodies = read().map_err(|error| error.to_string())?;
    let end = |body: &String| match StoredBody::parse(body)? {
        StoredBody::Ledger(LedgerBody::LedgerRestored { ledger_epoch, through_seq, .. }) => {
            Ok(EpochEnd { epoch: ledger_epoch.saturating_sub(1), through_seq })
        }
        _ => Err("a restore that is none".to_owned()),
    };
    bodies.iter().map(end).collect()
}
