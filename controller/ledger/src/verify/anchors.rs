//! Anchors kept elsewhere, and whether the ledger still holds what they signed.
//!
//! Must never count an anchor that the pinned key has not signed.

use crate::anchor::{Anchor, public_key};
use crate::error::LedgerError;
use crate::keys::{hex, unhex};
use ed25519_dalek::VerifyingKey;
use std::collections::{BTreeMap, HashMap};

/// Anchors not yet met, by what they say of the chains.
pub(super) struct Anchors {
    keys: Vec<VerifyingKey>,
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
    pub(super) fn read(text: &str, key: &str) -> Result<Self, LedgerError> {
        let keys: Option<Vec<_>> = key.split_whitespace().map(public_key).collect();
        let keys = keys
            .filter(|keys| !keys.is_empty())
            .ok_or_else(|| LedgerError::NotUsable("the public key is none".to_owned()))?;
        let mut anchors = Self { keys, all: Vec::new(), heads: HashMap::new(), fault: None };
        for line in text.split_inclusive('\n') {
            anchors.add(line);
        }
        Ok(anchors)
    }

    fn add(&mut self, line: &str) {
        // A line without its line feed was being written when the power failed.
        if line.trim().is_empty() || !line.ends_with('\n') {
            return;
        }
        match Anchor::from_line(line) {
            Ok(anchor) if self.keys.iter().any(|key| anchor.is_signed_by(key)) => self.keep(anchor),
            Ok(anchor) => {
                self.note(anchor.through_seq, "an anchor is not signed by the given key");
            }
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

    /// True when this key is among those given.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.keys.iter().any(|known| hex(known.as_bytes()) == key)
    }

    /// False when an anchor knows another hash of this event of the epoch. Anchors of earlier
    /// epochs know nothing of it: theirs was lost.
    pub(super) fn meet(&mut self, epoch: u32, chain: &str, chain_seq: i64, hash: &[u8]) -> bool {
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
        (line_id, kind): (&str, &str),
        epoch: u32,
        ends: &[EpochEnd],
    ) -> Option<(i64, String)> {
        let foreign = self.all.iter().find(|anchor| {
            anchor.line_id.as_str() != line_id
                || anchor.ledger_epoch > epoch
                || anchor.ledger_kind.name() != kind
        });
        let explained = |of: &BTreeMap<u32, Said>| {
            of.iter().all(|(&epoch, said)| is_lost(ends, epoch, said.through_seq))
        };
        let missing = self.heads.iter().filter(|(_, of)| !explained(of));
        let missing = missing.map(|(place, _)| place).min_by_key(|(_, chain_seq)| *chain_seq);
        self.fault
            .clone()
            .or_else(|| foreign.map(|a| (a.through_seq, "an anchor of another ledger".to_owned())))
            .or_else(|| {
                let what = |(chain, chain_seq): &(String, i64)| {
                    format!("event {chain_seq} of chain {chain}, anchored, is missing")
                };
                missing.map(|missing| (0, what(missing)))
            })
    }

    /// Anchors about what is there, and those about what a restore has lost.
    pub(super) fn len(&self, ends: &[EpochEnd]) -> (usize, usize) {
        let of_lost = |a: &&Anchor| is_lost(ends, a.ledger_epoch, a.through_seq);
        let lost = self.all.iter().filter(of_lost).count();
        (self.all.len() - lost, lost)
    }

    /// Last event that an anchor covers.
    pub(super) fn covered(&self, ends: &[EpochEnd]) -> i64 {
        let there = self.all.iter().filter(|a| !is_lost(ends, a.ledger_epoch, a.through_seq));
        there.map(|anchor| anchor.through_seq).max().unwrap_or(0)
    }
}

/// True when a restore from an earlier backup has lost what an anchor of this epoch covers.
fn is_lost(ends: &[EpochEnd], epoch: u32, through_seq: i64) -> bool {
    ends.iter().any(|end| end.epoch >= epoch && through_seq > end.through_seq)
}
