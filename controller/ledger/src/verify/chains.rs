//! The chains as the events make them: sequence, hash, link, genesis and head, checkpoints, keys.
//!
//! Fed by the walk, event by event. Must never take an event whose hash it has not computed
//! itself, nor look at a projection.

use super::anchors::{Anchors, EpochEnd};
use super::report::{Bad, OpenBatch};
use super::seals::Seals;
use super::signers::Signers;
use crate::anchor::Anchor;
use crate::chain::{EventColumns, GENESIS_PREV, Hash};
use crate::ids::{LedgerKind, LineId, SITE_CHAIN};
use crate::keys::{hex, unhex};
use crate::ledger_body::LedgerBody;
use crate::rotation::{Rotation, RotationPlace};
use crate::schema::SCHEMA_VERSION;
use crate::seal::{Residue, Seal};
use crate::tx::Head;
use line_core::record::RECORD_VERSION;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One chain so far.
pub(super) struct ChainState {
    name: Arc<str>,
    batch_no: i64,
    pub(super) head: Head,
    sealed: bool,
    /// Events that no anchor covers.
    unanchored: i64,
}

/// What the first event says.
struct Created {
    kind: LedgerKind,
    line_id: LineId,
    epoch: u32,
}

/// All chains so far.
pub(super) struct Chains {
    all: BTreeMap<String, ChainState>,
    anchors: Option<Anchors>,
    covered: i64,
    pub(super) ends: Vec<EpochEnd>,
    pub(super) seals: Seals,
    created: Option<Created>,
    /// Why this verifier cannot judge the ledger: it is of another version.
    pub(super) other_version: Option<String>,
    pub(super) signers: Signers,
    pub(super) records: i64,
}

impl Chains {
    /// `ends` says where the epochs ended that restores have cut off, `seals` which batches are in
    /// files of their own.
    pub(super) fn new(anchors: Option<Anchors>, ends: Vec<EpochEnd>, seals: Vec<Seal>) -> Self {
        let covered = anchors.as_ref().map_or(0, |anchors| anchors.covered(&ends));
        let all = BTreeMap::from([(SITE_CHAIN.to_owned(), state(SITE_CHAIN, 0, GENESIS_PREV))]);
        let signers = Signers::default();
        Self {
            all,
            anchors,
            covered,
            ends,
            created: None,
            other_version: None,
            seals: Seals::new(seals),
            signers,
            records: 0,
        }
    }

    /// Sequence, hash, link to the event before, anchors; returns the event's hash, and the name
    /// and batch number of its chain.
    pub(super) fn link(
        &mut self,
        event: &EventColumns<'_>,
        stored: &[u8],
    ) -> Result<(Hash, Arc<str>, i64), Bad> {
        let bad = |what: &str| Err(Bad::at(event, what));
        if event.seq != self.records + 1 {
            return Err(Bad::seq(self.records + 1, "event missing or out of order"));
        }
        let hash = event.hash();
        if stored != hash {
            return bad("a column was changed: the hash does not fit");
        }
        let Some(chain) = self.all.get_mut(event.chain) else {
            return bad("a chain without genesis in the site chain");
        };
        if chain.sealed {
            return bad("an event behind the head of a closed batch");
        }
        if event.chain_seq != chain.head.chain_seq + 1 || event.prev != chain.head.hash {
            return bad("not linked to the event before it in its chain");
        }
        chain.head = Head { chain_seq: event.chain_seq, seq: event.seq, hash };
        chain.unanchored += i64::from(event.seq > self.covered);
        let anchors = self.anchors.as_mut();
        let ended = self.ends.iter().filter(|end| end.through_seq < event.seq);
        let epoch = ended.map(|end| end.epoch + 1).max().unwrap_or(1);
        if !anchors.is_none_or(|a| a.meet(epoch, event.chain, event.chain_seq, &hash)) {
            return bad("an anchor knows another hash of this event");
        }
        self.records += 1;
        Ok((hash, Arc::clone(&chain.name), chain.batch_no))
    }

    /// True for an event of a batch that is in a file of its own, there or already removed: it is
    /// not looked at here.
    pub(super) fn is_in_its_file(&mut self, event: &EventColumns<'_>) -> bool {
        self.records += self.seals.take(event.seq - self.records - 1);
        let here = self.seals.of(event.chain).is_some();
        if here {
            self.records += self.seals.take(1);
        }
        here
    }

    /// What stays of a batch that is in a file of its own; it must be what its sealing named.
    pub(super) fn residue(
        &self,
        stored: &Connection,
        body: &LedgerBody,
    ) -> Result<Option<Residue>, String> {
        let LedgerBody::BatchGenesis { batch, batch_no } = body else { return Ok(None) };
        let Some(seal) = self.seals.of(batch.as_str()) else { return Ok(None) };
        let residue = Residue::read(stored, *batch_no).map_err(|error| error.to_string())?;
        if residue.digest() != seal.residue {
            return Err(format!("what is left of {batch} is not what its sealing named"));
        }
        Ok(Some(residue))
    }

    /// What one of the ledger's own events says of the chains.
    pub(super) fn own(
        &mut self,
        event: &EventColumns<'_>,
        body: &LedgerBody,
        hash: Hash,
    ) -> Result<(), String> {
        use LedgerBody as L;
        let belongs_to_site = matches!(
            body,
            L::LedgerCreated { .. }
                | L::AuthoritySet { .. }
                | L::BatchGenesis { .. }
                | L::BatchHead { .. }
                | L::Checkpoint { .. }
                | L::KeyRotated { .. }
                | L::BatchSealed(_)
                | L::LedgerRestored { .. }
                | L::SerialsUsed { .. }
                | L::ProductUnblocked { .. }
                | L::RecipeDrafted(_)
                | L::RecipeApproved(_)
                | L::RecipeRetired(_)
                | L::ConfigurationDrafted(_)
                | L::ConfigurationReleased(_)
        );
        if (event.chain == SITE_CHAIN) != belongs_to_site {
            return Err("the event is in the wrong chain".to_owned());
        }
        match body {
            L::LedgerCreated { .. } => self.created(event, body),
            L::BatchGenesis { batch, batch_no } => {
                let chain = state(batch.as_str(), batch_no.0, hash);
                match self.all.insert(batch.as_str().to_owned(), chain) {
                    None => Ok(()),
                    Some(_) => Err("a second genesis of the same chain".to_owned()),
                }
            }
            L::BatchHead { batch, chain_seq, hash } => self.seal(batch.as_str(), *chain_seq, hash),
            L::Checkpoint { anchor } => self.checkpoint(event, anchor),
            L::BatchSealed(seal) => self.seals.met(seal),
            L::KeyRotated(rotation) => self.rotated(event, rotation),
            L::LedgerRestored { ledger_epoch, through_seq, public_key, .. } => {
                self.restored(event.seq, (*ledger_epoch, *through_seq), public_key)
            }
            L::AuthoritySet { .. }
            | L::BatchOpened { .. }
            | L::PoolImported { .. }
            | L::PoolKept { .. }
            | L::SerialsAllocated { .. }
            | L::PoolAllocated { .. }
            | L::LoadingCancelled { .. }
            | L::BatchUnblocked { .. }
            | L::SerialsUsed { .. }
            | L::ProductUnblocked { .. }
            | L::RecipeDrafted(_)
            | L::RecipeApproved(_)
            | L::RecipeRetired(_)
            | L::ConfigurationDrafted(_)
            | L::ConfigurationReleased(_)
            | L::BatchClosed { .. } => Ok(()),
        }
    }

    fn created(&mut self, event: &EventColumns<'_>, body: &LedgerBody) -> Result<(), String> {
        let LedgerBody::LedgerCreated {
            ledger_kind,
            line_id,
            ledger_epoch,
            schema_version,
            record_version,
            public_key,
        } = body
        else {
            return Ok(());
        };
        if event.seq != 1 {
            return Err("created twice".to_owned());
        }
        let ours = (SCHEMA_VERSION, u32::from(RECORD_VERSION));
        if (*schema_version, *record_version) != ours {
            let what = format!(
                "schema {schema_version} and records of version {record_version}: this verifier \
                 knows {} and {}, use the one of the program that wrote the ledger",
                ours.0, ours.1
            );
            self.other_version = Some(what.clone());
            return Err(what);
        }
        let (kind, line_id, epoch) = (*ledger_kind, line_id.clone(), *ledger_epoch);
        self.created = Some(Created { kind, line_id, epoch });
        let added = self.signers.add_root(event.seq, public_key);
        added.then_some(()).ok_or_else(|| "the public key is none".to_owned())
    }

    fn seal(&mut self, chain: &str, chain_seq: i64, hash: &str) -> Result<(), String> {
        let state = self.all.get_mut(chain).ok_or("head of an unknown chain")?;
        if let Some(seal) = self.seals.of(chain) {
            state.sealed = true;
            let same = (seal.events, seal.head.as_str()) == (chain_seq, hash);
            return if same { Ok(()) } else { Err("sealed with another head".to_owned()) };
        }
        let same = state.head.chain_seq == chain_seq && hex(&state.head.hash) == hash;
        state.sealed = true;
        if same { Ok(()) } else { Err("head of a chain that ends otherwise".to_owned()) }
    }

    fn checkpoint(&self, event: &EventColumns<'_>, anchor: &Anchor) -> Result<(), String> {
        let key = self.signers.at(event.seq).ok_or("a checkpoint before the creation")?;
        if !anchor.is_signed_by(key) {
            return Err("the checkpoint's signature does not fit".to_owned());
        }
        if Some(anchor.ledger_epoch) != self.created.as_ref().map(|created| created.epoch) {
            return Err("a checkpoint of another epoch".to_owned());
        }
        for head in anchor.heads.iter().filter(|head| self.seals.of(&head.chain).is_none()) {
            let state = self.all.get(&head.chain).ok_or("checkpoint of an unknown chain")?;
            // The site chain has grown by the checkpoint itself.
            let same = if head.chain == SITE_CHAIN {
                head.chain_seq + 1 == event.chain_seq
                    && unhex(&head.hash).as_deref() == Some(event.prev)
            } else {
                head.chain_seq == state.head.chain_seq && head.hash == hex(&state.head.hash)
            };
            if !same {
                return Err(format!("the checkpoint knows another head of {}", head.chain));
            }
        }
        // One that is not named would not be covered by the anchor.
        let open = self.all.values().filter(|chain| !chain.sealed);
        let named = |chain: &ChainState| anchor.heads.iter().any(|head| head.chain == *chain.name);
        if let Some(chain) = open.into_iter().find(|chain| !named(chain)) {
            return Err(format!("the checkpoint leaves out chain {}", chain.name));
        }
        if anchor.through_seq + 1 == event.seq { Ok(()) } else { Err("other sequence".into()) }
    }

    fn rotated(&mut self, event: &EventColumns<'_>, rotation: &Rotation) -> Result<(), String> {
        let created = self.created.as_ref().ok_or("a rotation before the creation")?;
        let place = RotationPlace {
            line_id: &created.line_id,
            kind: created.kind,
            epoch: created.epoch,
            at: event.at,
            prev: event.prev,
        };
        if self.signers.newest() != Some(&rotation.old_public_key) {
            return Err("a key was rotated that is not in force".to_owned());
        }
        if !rotation.is_signed(&place) {
            return Err("the rotation is not signed by the old and the new key".to_owned());
        }
        let added = self.signers.add(event.seq, &rotation.new_public_key);
        added.then_some(()).ok_or_else(|| "the new key is none".to_owned())
    }

    /// From here on another epoch, and perhaps another key. Between the backup's last event and
    /// this one are only the two signatures.
    fn restored(&mut self, seq: i64, (epoch, end): (u32, i64), key: &str) -> Result<(), String> {
        let created = self.created.as_mut().ok_or("a restore before the creation")?;
        if end + 3 != seq {
            return Err("a restore that does not follow its backup".to_owned());
        }
        created.epoch = epoch;
        let known = self.signers.newest() == Some(key);
        let added = known || self.signers.add_root(seq, key);
        added.then_some(()).ok_or_else(|| "the new key is none".to_owned())
    }

    /// After the last event: anchors that nothing met.
    pub(super) fn end(&self) -> Result<(), Bad> {
        let Some(created) = &self.created else {
            return Err(Bad::seq(0, "no event"));
        };
        if let Some(what) = self.seals.fault() {
            return Err(Bad::seq(0, &what));
        }
        let Some(anchors) = &self.anchors else { return Ok(()) };
        if self.covered > self.records {
            let (covered, last) = (self.covered, self.records);
            let what = format!("an anchor covers event {covered}, the ledger ends with {last}");
            return Err(Bad::seq(last + 1, &what));
        }
        let ledger = (created.line_id.as_str(), created.epoch, created.kind.name());
        match anchors.fault(ledger, (&self.ends, &self.seals), &self.signers) {
            Some((seq, what)) => Err(Bad::seq(seq, &what)),
            None => Ok(()),
        }
    }

    /// Name and end of each chain that has an event.
    pub(super) fn heads(&self) -> impl Iterator<Item = (&str, &Head)> {
        let begun = self.all.values().filter(|chain| chain.head.chain_seq > 0);
        begun.map(|chain| (&*chain.name, &chain.head))
    }

    pub(super) fn site_head(&self) -> String {
        self.all.get(SITE_CHAIN).map(|site| hex(&site.head.hash)).unwrap_or_default()
    }

    /// Epoch that the ledger is in.
    pub(super) fn epoch(&self) -> Option<u32> {
        self.created.as_ref().map(|created| created.epoch)
    }

    /// Kind and line, as the first event says.
    pub(super) fn named(&self) -> (Option<LedgerKind>, Option<String>) {
        let created = self.created.as_ref();
        (created.map(|c| c.kind), created.map(|c| c.line_id.as_str().to_owned()))
    }

    pub(super) fn anchors(&self) -> Option<&Anchors> {
        self.anchors.as_ref()
    }

    /// Events that no anchor covers.
    pub(super) fn unanchored(&self) -> i64 {
        self.records - self.covered.min(self.records)
    }

    /// Batches, and those of them without a head in the site chain.
    pub(super) fn batches(&self) -> (u64, Vec<OpenBatch>) {
        let batches = || self.all.values().filter(|chain| chain.batch_no != 0);
        let open = |chain: &ChainState| OpenBatch {
            batch: (*chain.name).to_owned(),
            events: chain.head.chain_seq,
            events_since_last_anchor: chain.unanchored,
        };
        let open = batches().filter(|chain| !chain.sealed).map(open).collect();
        (batches().count() as u64, open)
    }
}

fn state(name: &str, batch_no: i64, hash: Hash) -> ChainState {
    let head = Head { chain_seq: 0, seq: 0, hash };
    ChainState { name: name.into(), batch_no, head, sealed: false, unanchored: 0 }
}
