//! The keys that signed for a ledger, each from its event on.
//!
//! Filled by the walk from `ledger_created` and `key_rotated`. Must never take a key that the one
//! before it has not signed for.

use crate::anchor::public_key;
use ed25519_dalek::VerifyingKey;

/// Keys in the order in which they came into force.
#[derive(Default)]
pub(super) struct Signers(Vec<Signer>);

struct Signer {
    from_seq: i64,
    hex: String,
    key: VerifyingKey,
}

impl Signers {
    /// False when the text is no key.
    pub(super) fn add(&mut self, from_seq: i64, hex: &str) -> bool {
        let Some(key) = public_key(hex) else { return false };
        self.0.push(Signer { from_seq, hex: hex.to_owned(), key });
        true
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

    pub(super) fn has(&self, hex: &str) -> bool {
        self.0.iter().any(|signer| signer.hex == hex)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
