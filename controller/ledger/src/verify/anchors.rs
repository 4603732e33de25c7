//! Anchors kept elsewhere, and whether the ledger still holds what they signed.
//!
//! Must never count an anchor that is not signed by the key in force at its event, in a chain of
//! keys that has the pinned one.

use super::signers::Signers;
use crate::anchor::{Anchor, public_key};
use crate::error::LedgerError;
use crate::keys::{hex, unhex};
use serde::Serialize;
use std::collections::HashMap;
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
    /// The key kept elsewhere, hex.
    pinned: String,
    all: Vec<Anchor>,
    /// (chain, chain_seq) to hash; two anchors that differ are kept as a fault.
    heads: HashMap<(String, i64), String>,
    fault: Option<(i64, String)>,
}

impl Anchors {
    pub(super) fn read(file: &Path, key: &str) -> Result<Self, LedgerError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| LedgerError::Io { path: file.to_owned(), source })?;
        Self::from_lines(&text, key)
    }

    /// Lines of an anchor file and the public key in hex.
    pub(super) fn from_lines(text: &str, key: &str) -> Result<Self, LedgerError> {
        let key = public_key(key).ok_or_else(|| {
            LedgerError::NotUsable("the public key is no Ed25519 key of 64 hex digits".to_owned())
        })?;
        let pinned = hex(key.as_bytes());
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

    /// False when an anchor knows another hash of this event.
    pub(super) fn meet(&mut self, chain: &str, chain_seq: i64, hash: &[u8]) -> bool {
        if self.heads.is_empty() {
            return true;
        }
        match self.heads.remove(&(chain.to_owned(), chain_seq)) {
            Some(expected) => unhex(&expected).as_deref() == Some(hash),
            None => true,
        }
    }

    /// What is wrong after every event has been met.
    pub(super) fn fault(
        &self,
        (line_id, epoch, kind): (&str, u32, &str),
        signers: &Signers,
    ) -> Option<(i64, String)> {
        let said = |seq: i64, what: &str| Some((seq, what.to_owned()));
        if !signers.has(&self.pinned) {
            return said(1, "the ledger has another key than the one given");
        }
        let foreign = |anchor: &&Anchor| {
            anchor.line_id.as_str() != line_id
                || anchor.ledger_epoch != epoch
                || anchor.ledger_kind.name() != kind
        };
        let unsigned = |anchor: &&Anchor| {
            !signers.at(anchor.through_seq).is_some_and(|key| anchor.is_signed_by(key))
        };
        let missing = self.heads.keys().min_by_key(|(_, chain_seq)| *chain_seq);
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

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn newest(&self) -> Option<NewestAnchor> {
        let newest = self.all.iter().max_by_key(|anchor| anchor.through_seq)?;
        Some(NewestAnchor { at: newest.at.clone(), through_seq: newest.through_seq })
    }

    /// Last event that an anchor covers.
    pub(super) fn covered(&self) -> i64 {
        self.all.iter().map(|anchor| anchor.through_seq).max().unwrap_or(0)
    }
}
