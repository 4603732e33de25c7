//! Anchors kept elsewhere, and whether the ledger still holds what they signed.
//!
//! Must never count an anchor that is not signed by the key in force at its event, in a chain of
//! keys that has the pinned one.

use super::seals::Seals;
use super::signers::Signers;
use crate::anchor::{Anchor, public_key};
use crate::error::LedgerError;
use crate::keys::{hex, unhex};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The newest anchor that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewestAnchor {
    /// When it was made, RFC 3339 UTC.
    pub at: String,
    /// Last event that it covers.
    pub through_seq: i64,
}

/// Anchors not yet met, by what they say of the chains.
pub(super) struct Anchors {
    /// The keys kept elsewhere, hex.
    pinned: Vec<String>,
    all: Vec<Anchor>,
    /// (chain, chain_seq) to what each epoch's anchors say of it; two of one epoch that differ are
    /// kept as a fault.
    heads: HashMap<(String, i64), BTreeMap<u32, Said>>,
    fault: Option<(i64, String)>,
}

/// What anchors of one epoch say of an event.
struct Said {
    hash: String,
    /// The oldest anchor that says so covers the ledger up to here.
    through_seq: i64,
}

/// Where an epoch ended: the last event of it that a restore brought back.
pub(super) struct EpochEnd {
    pub(super) epoch: u32,
    pub(super) through_seq: i64,
}

impl Anchors {
    pub(super) fn read(file: &Path, key: &str) -> Result<Self, LedgerError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| LedgerError::Io { path: file.to_owned(), source })?;
        Self::from_lines(&text, key)
    }

    /// Lines of an anchor file and the public key in hex; after a restore without the old key the
    /// new one, too, on a line of its own.
    pub(super) fn from_lines(text: &str, key: &str) -> Result<Self, LedgerError> {
        let keys: Option<Vec<_>> = key.split_whitespace().map(public_key).collect();
        let keys = keys.filter(|keys| !keys.is_empty()).ok_or_else(|| {
            LedgerError::NotUsable("the public key is no Ed25519 key of 64 hex digits".to_owned())
        })?;
        let pinned = keys.iter().map(|key| hex(key.as_bytes())).collect();
        let mut anchors = Self { pinned, all: Vec::new(), heads: HashMap::new(), fault: None };
        text.split_inclusive('\n').for_each(|line| anchors.add(line));
        Ok(anchors)
    }

    fn add(&mut self, line: &str) {
        // A line without its line feed was being written when the power failed.
        if line.trim().is_empty() || !line.ends_with('\n') {
            return;
        }
        match Anchor::from_line(line) {
            Ok(anchor) => self.keep(anchor),
            Err(_) => self.note(0, "a line of the anchor file is no anchor"),
        }
    }

    fn keep(&mut self, anchor: Anchor) {
        for head in &anchor.heads {
            let place = (head.chain.clone(), head.chain_seq);
            let new = Said { hash: head.hash.clone(), through_seq: anchor.through_seq };
            let of_epochs = self.heads.entry(place).or_default();
            let said = of_epochs.entry(anchor.ledger_epoch).or_insert(new);
            said.through_seq = said.through_seq.min(anchor.through_seq);
            if said.hash != head.hash {
                self.note(anchor.through_seq, "two anchors contradict each other");
            }
        }
        self.all.push(anchor);
    }

    fn note(&mut self, seq: i64, what: &str) {
        self.fault.get_or_insert((seq, what.to_owned()));
    }

    /// False when an anchor knows another hash of this event of the epoch. Anchors of earlier
    /// epochs know nothing of it: theirs is lost.
    pub(super) fn meet(&mut self, epoch: u32, chain: &str, chain_seq: i64, hash: &[u8]) -> bool {
        if self.heads.is_empty() {
            return true;
        }
        let place = (chain.to_owned(), chain_seq);
        let Some(of_epochs) = self.heads.get_mut(&place) else { return true };
        let met = of_epochs.split_off(&epoch);
        if of_epochs.is_empty() {
            self.heads.remove(&place);
        }
        met.values().all(|said| unhex(&said.hash).as_deref() == Some(hash))
    }

    /// What is wrong after every event has been met.
    pub(super) fn fault(
        &self,
        (line_id, epoch, kind): (&str, u32, &str),
        (ends, seals): (&[EpochEnd], &Seals),
        signers: &Signers,
    ) -> Option<(i64, String)> {
        let said = |seq: i64, what: &str| Some((seq, what.to_owned()));
        match signers.unvouched(&self.pinned) {
            Some(1) => return said(1, "the ledger has another key than the one given"),
            Some(seq) => {
                let what = "the ledger was restored without its old key: give the new one, too, \
                            from where it was kept elsewhere";
                return said(seq, what);
            }
            None => {}
        }
        let foreign = |anchor: &&Anchor| {
            anchor.line_id.as_str() != line_id
                || anchor.ledger_epoch > epoch
                || anchor.ledger_kind.name() != kind
        };
        let unsigned = |anchor: &&Anchor| {
            let end = ends.iter().find(|end| end.epoch == anchor.ledger_epoch);
            let seq = end.map_or(anchor.through_seq, |end| anchor.through_seq.min(end.through_seq));
            // The keys that the lost part handed over to are known only from elsewhere.
            let given = self.pinned.iter().filter_map(|key| public_key(key));
            let of_lost = given.filter(|_| is_lost(ends, anchor.ledger_epoch, anchor.through_seq));
            !signers
                .at(seq)
                .into_iter()
                .copied()
                .chain(of_lost)
                .any(|key| anchor.is_signed_by(&key))
        };
        let explained = |of: &BTreeMap<u32, Said>| {
            of.iter().all(|(&epoch, said)| is_lost(ends, epoch, said.through_seq))
        };
        let here = |chain: &str| seals.of(chain).is_none();
        let missing = self.heads.iter().filter(|((chain, _), of)| here(chain) && !explained(of));
        let missing = missing.map(|(place, _)| place).min_by_key(|(_, chain_seq)| *chain_seq);
        self.fault
            .clone()
            .or_else(|| {
                said(self.all.iter().find(foreign)?.through_seq, "an anchor of another ledger")
            })
            .or_else(|| {
                let what = "an anchor is not signed by the key in force at its event";
                said(self.all.iter().find(unsigned)?.through_seq, what)
            })
            .or_else(|| {
                let (chain, chain_seq) = missing?;
                said(0, &format!("event {chain_seq} of chain {chain}, anchored, is missing"))
            })
    }

    /// Those about what is there.
    fn there(&self, ends: &[EpochEnd]) -> impl Iterator<Item = &Anchor> {
        self.all.iter().filter(|a| !is_lost(ends, a.ledger_epoch, a.through_seq))
    }

    /// Anchors about what is there, and those about what a restore has lost.
    pub(super) fn len(&self, ends: &[EpochEnd]) -> (usize, usize) {
        let there = self.there(ends).count();
        (there, self.all.len() - there)
    }

    pub(super) fn newest(&self, ends: &[EpochEnd]) -> Option<NewestAnchor> {
        let newest = self.there(ends).max_by_key(|anchor| anchor.through_seq)?;
        Some(NewestAnchor { at: newest.at.clone(), through_seq: newest.through_seq })
    }

    /// Last event that an anchor covers.
    pub(super) fn covered(&self, ends: &[EpochEnd]) -> i64 {
        self.there(ends).map(|anchor| anchor.through_seq).max().unwrap_or(0)
    }
}

/// True when a restore from an earlier backup has lost what an anchor of this epoch covers.
fn is_lost(ends: &[EpochEnd], epoch: u32, through_seq: i64) -> bool {
    ends.iter().any(|end| end.epoch >= epoch && through_seq > end.through_seq)
}
