//! Anchors: signed heads of the chains, to be kept where the ledger's owner cannot rewrite them.
//!
//! Made by checkpoints, appended by the caller to a file elsewhere (one JSON line each), checked
//! by `verify`. Must never be trusted without the signature.

use crate::chain::{Form, Hash};
use crate::ids::{LedgerKind, LineId};
use crate::keys::{hex, unhex};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// First field of the signed form.
const ANCHOR_FORM: &str = "packline anchor 1";

/// Head of one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Name of the chain.
    pub chain: String,
    /// Number of its last event.
    pub chain_seq: i64,
    /// Hash of its last event, hex.
    pub hash: String,
}

/// Signed heads of the site chain and of the open batch's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The line.
    pub line_id: LineId,
    /// Kind of the ledger.
    pub ledger_kind: LedgerKind,
    /// Epoch of the ledger.
    pub ledger_epoch: u32,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// Last event of the ledger that the heads cover.
    pub through_seq: i64,
    /// The heads, the site chain's first.
    pub heads: Vec<ChainHead>,
    /// Ed25519 over the form of docs/record-format.md, hex.
    pub signature: String,
}

impl Anchor {
    /// The line for the anchor file, with its line feed.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// Reads a line of the anchor file.
    ///
    /// # Errors
    /// Not the JSON of an anchor.
    pub fn from_line(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }

    /// Bytes of an anchor file up to the end of its last anchor. What is behind was being written
    /// when the power failed; it is cut off before the next anchor is appended, or the two would
    /// be one line that is none.
    #[must_use]
    pub fn whole_lines(file: &[u8]) -> usize {
        let is_anchor = |line: &[u8]| {
            let text = line.strip_suffix(b"\n").and_then(|line| str::from_utf8(line).ok());
            text.is_some_and(|text| Self::from_line(text).is_ok())
        };
        let mut end = file.len();
        while end > 0 {
            let before = &file[..end - 1];
            let begin = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            if is_anchor(&file[begin..end]) {
                break;
            }
            end = begin;
        }
        end
    }

    fn form(&self) -> Hash {
        let mut form = Form::new();
        form.text(ANCHOR_FORM);
        form.text(self.line_id.as_str());
        form.text(self.ledger_kind.name());
        form.integer(Some(i64::from(self.ledger_epoch)));
        form.text(&self.at);
        form.integer(Some(self.through_seq));
        form.integer(Some(self.heads.len() as i64));
        for head in &self.heads {
            form.text(&head.chain);
            form.integer(Some(head.chain_seq));
            form.text(&head.hash);
        }
        form.finish()
    }

    pub(crate) fn sign(&mut self, key: &SigningKey) {
        self.signature = hex(&key.sign(&self.form()).to_bytes());
    }

    /// True when the signature is the key's.
    pub(crate) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        let signature = unhex(&self.signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| key.verify_strict(&self.form(), &signature).is_ok())
    }
}

/// The key of 64 hex digits.
pub(crate) fn public_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = unhex(text.trim())?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKeySeed;

    #[test]
    fn a_torn_end_of_the_anchor_file_is_cut_off() {
        let line = Anchor {
            line_id: "L-1".parse().expect("an id"),
            ledger_kind: LedgerKind::Simulation,
            ledger_epoch: 1,
            at: String::new(),
            through_seq: 1,
            heads: vec![],
            signature: String::new(),
        }
        .to_line();
        let table: [(String, usize); 6] = [
            (String::new(), 0),
            (line.clone(), 1),
            (line.repeat(2), 2),
            (format!("{line}{}", &line[..40]), 1),
            (format!("{line}\0\0\n\0\0{{\n"), 1),
            (format!("{line}nonsense\n{line}"), 3),
        ];
        for (file, lines) in table {
            let kept: usize = file.split_inclusive('\n').take(lines).map(str::len).sum();
            assert_eq!(Anchor::whole_lines(file.as_bytes()), kept, "{file:?}");
        }
    }

    /// The vector of docs/record-format.md: seed of 32 bytes 0x07.
    #[test]
    fn test_vector_of_the_anchor() {
        let key = SigningKeySeed::from_bytes([7; 32]);
        let head = ChainHead { chain: "site".into(), chain_seq: 1, hash: "11".repeat(32) };
        let mut anchor = Anchor {
            line_id: "L-1".parse().expect("an id"),
            ledger_kind: LedgerKind::Simulation,
            ledger_epoch: 1,
            at: "2026-11-22T12:21:53.007+00:00".into(),
            through_seq: 1,
            heads: vec![head],
            signature: String::new(),
        };
        anchor.sign(&key.signing_key());
        let public = public_key(&key.public_key_hex()).expect("a key");
        assert!(anchor.is_signed_by(&public));
        let page = include_str!("../../../docs/record-format.md");
        assert!(page.contains(anchor.to_line().trim()), "{}", anchor.to_line());
        let back = Anchor::from_line(&anchor.to_line()).expect("a line");
        assert_eq!(back, anchor);
        let changed = [
            Anchor { ledger_epoch: 2, ..anchor.clone() },
            Anchor { ledger_kind: LedgerKind::Production, ..anchor.clone() },
            Anchor { through_seq: 2, ..anchor.clone() },
            Anchor { heads: vec![], ..anchor.clone() },
            Anchor { at: "2026-11-22T12:21:54.007+00:00".into(), ..anchor.clone() },
        ];
        for other in changed {
            assert!(!other.is_signed_by(&public), "{other:?}");
        }
    }
}
