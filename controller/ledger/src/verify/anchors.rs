//! Anchors kept elsewhere, and whether the ledger still holds what they signed.
//!
//! Must never count an anchor that the pinned key has not signed.

use crate::anchor::{Anchor, public_key};
use crate::error::LedgerError;
use crate::keys::{hex, unhex};
use ed25519_dalek::VerifyingKey;
use std::collections::HashMap;
use std::path::Path;

/// Anchors not yet met, by what they say of the chains.
pub(super) struct Anchors {
    key: VerifyingKey,
    all: Vec<Anchor>,
    /// (chain, chain_seq) to hash; two anchors that differ are kept as a fault.
    heads: HashMap<(String, i64), String>,
    fault: Option<(i64, String)>,
    met: usize,
}

impl Anchors {
    pub(super) fn read(file: &Path, key: &str) -> Result<Self, LedgerError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| LedgerError::Io { path: file.to_owned(), source })?;
        let key = public_key(key)
            .ok_or_else(|| LedgerError::NotUsable("the public key is none".to_owned()))?;
        let mut anchors = Self { key, all: Vec::new(), heads: HashMap::new(), fault: None, met: 0 };
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
            Ok(anchor) if anchor.is_signed_by(&self.key) => self.keep(anchor),
            Ok(anchor) => {
                self.note(anchor.through_seq, "an anchor is not signed by the given key");
            }
            Err(_) => self.note(0, "a line of the anchor file is no anchor"),
        }
    }

    fn keep(&mut self, anchor: Anchor) {
        for head in &anchor.heads {
            let place = (head.chain.clone(), head.chain_seq);
            let before = self.heads.insert(place, head.hash.clone());
            if before.is_some_and(|before| before != head.hash) {
                self.note(anchor.through_seq, "two anchors contradict each other");
            }
        }
        self.all.push(anchor);
    }

    fn note(&mut self, seq: i64, what: &str) {
        self.fault.get_or_insert((seq, what.to_owned()));
    }

    /// The key in hex.
    pub(super) fn key_hex(&self) -> String {
        hex(self.key.as_bytes())
    }

    /// False when an anchor knows another hash of this event.
    pub(super) fn meet(&mut self, chain: &str, chain_seq: i64, hash: &[u8]) -> bool {
        let Some(expected) = self.heads.remove(&(chain.to_owned(), chain_seq)) else {
            return true;
        };
        self.met += 1;
        unhex(&expected).as_deref() == Some(hash)
    }

    /// What is wrong after every event has been met.
    pub(super) fn fault(&self, line_id: &str, epoch: u32, kind: &str) -> Option<(i64, String)> {
        let foreign = self.all.iter().find(|anchor| {
            anchor.line_id.as_str() != line_id
                || anchor.ledger_epoch != epoch
                || anchor.ledger_kind.name() != kind
        });
        let missing = self.heads.keys().min_by_key(|(_, chain_seq)| *chain_seq);
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

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Last event that an anchor covers.
    pub(super) fn covered(&self) -> i64 {
        self.all.iter().map(|anchor| anchor.through_seq).max().unwrap_or(0)
    }
}
