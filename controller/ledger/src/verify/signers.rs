//! The keys that signed for a ledger, each from its event on.
//!
//! Filled by the walk from `ledger_created` and `key_rotated`. Must never take a key that the one
//! before it has not signed for, but as a root that a pinned key must vouch for.

use crate::anchor::public_key;
use ed25519_dalek::VerifyingKey;

/// Keys in the order in which they came into force.
#[derive(Default)]
pub(super) struct Signers(Vec<Signer>);

struct Signer {
    from_seq: i64,
    hex: String,
    key: VerifyingKey,
    /// No key before it has signed for it: the first one, and that of a restore without the old.
    is_root: bool,
}

impl Signers {
    /// A key that no key has signed for; false when the text is no key.
    pub(super) fn add_root(&mut self, from_seq: i64, hex: &str) -> bool {
        self.push(from_seq, hex, true)
    }

    /// A key that the one before it has signed for; false when the text is no key.
    pub(super) fn add(&mut self, from_seq: i64, hex: &str) -> bool {
        self.push(from_seq, hex, false)
    }

    fn push(&mut self, from_seq: i64, hex: &str, is_root: bool) -> bool {
        let Some(key) = public_key(hex) else { return false };
        self.0.push(Signer { from_seq, hex: hex.to_owned(), key, is_root });
        true
    }

    /// Event from which on keys sign that none of the pinned ones vouches for.
    pub(super) fn unvouched(&self, pinned: &[String]) -> Option<i64> {
        let mut segments: Vec<(i64, bool)> = Vec::new();
        for signer in &self.0 {
            if signer.is_root {
                segments.push((signer.from_seq, false));
            }
            let known = pinned.contains(&signer.hex);
            if let Some((_, vouched)) = segments.last_mut() {
                *vouched |= known;
            }
        }
        segments.into_iter().find(|(_, vouched)| !vouched).map(|(from, _)| from)
    }

    /// The key in force at an event.
    pub(super) fn at(&self, seq: i64) -> Option<&VerifyingKey> {
        let before = self.0.partition_point(|signer| signer.from_seq <= seq);
        before.checked_sub(1).map(|last| &self.0[last].key)
    }

    /// The key in force now, hex.
    pub(super) fn newest(&self) -> Option<&str> {
        self.0.last().map(|signer| signer.hex.as_str())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
