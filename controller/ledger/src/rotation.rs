//! Rotation of the signing key: an event of the site chain that both keys have signed.
//!
//! Called by `packline audit key rotate`; checked by `verify`. Must never give up the old key
//! before the event that names the new one is committed.

use crate::anchor::Anchor;
use crate::chain::{Form, Hash};
use crate::checkpoint::{self, Signer};
use crate::clock::WallClock;
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::{Chain, LedgerKind, LineId};
use crate::keys::{self, SigningKeySeed, hex, unhex};
use crate::ledger::Ledger;
use crate::ledger_body::LedgerBody;
use crate::reader::Reader;
use crate::tx::Tx;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// First field of the signed form.
const ROTATION_FORM: &str = "packline key rotation 1";

/// What a `key_rotated` event says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Key that signed until now, 64 hex digits.
    pub old_public_key: String,
    /// Key that signs from now on, 64 hex digits.
    pub new_public_key: String,
    /// Login name.
    pub who: String,
    /// Why.
    pub reason: String,
    /// Ed25519 by the old key over the form of docs/record-format.md, hex.
    pub old_signature: String,
    /// The same by the new key: who made the event holds both.
    pub new_signature: String,
}

/// Where in which ledger the event stands: part of what is signed, so that it fits nowhere else.
pub(crate) struct RotationPlace<'a> {
    pub(crate) line_id: &'a LineId,
    pub(crate) kind: LedgerKind,
    pub(crate) epoch: u32,
    /// The event's `at`.
    pub(crate) at: &'a str,
    /// The event's `prev`: hash of the site chain's event before it.
    pub(crate) prev: &'a [u8],
}

impl Rotation {
    fn form(&self, place: &RotationPlace<'_>) -> Hash {
        let mut form = Form::new();
        form.text(ROTATION_FORM);
        form.text(place.line_id.as_str());
        form.text(place.kind.name());
        form.integer(Some(i64::from(place.epoch)));
        form.text(place.at);
        form.text(&hex(place.prev));
        for field in [&self.old_public_key, &self.new_public_key, &self.who, &self.reason] {
            form.text(field);
        }
        form.finish()
    }

    pub(crate) fn sign(&mut self, place: &RotationPlace<'_>, old: &SigningKey, new: &SigningKey) {
        let form = self.form(place);
        self.old_signature = hex(&old.sign(&form).to_bytes());
        self.new_signature = hex(&new.sign(&form).to_bytes());
    }

    /// True when both keys have signed it for this place.
    pub(crate) fn is_signed(&self, place: &RotationPlace<'_>) -> bool {
        let form = self.form(place);
        let by = |key: &str, signature: &str| {
            let signature = unhex(signature).and_then(|s| Signature::from_slice(&s).ok());
            let key: Option<VerifyingKey> = crate::anchor::public_key(key);
            key.zip(signature).is_some_and(|(key, s)| key.verify_strict(&form, &s).is_ok())
        };
        by(&self.old_public_key, &self.old_signature)
            && by(&self.new_public_key, &self.new_signature)
    }
}

/// A key that signs or has signed the checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SigningKeyRow {
    /// Number, from 1.
    pub key_no: i64,
    /// 64 hex digits.
    pub public_key: String,
    /// Event from which on it signs.
    pub from_seq: i64,
    /// When that was, RFC 3339 UTC.
    pub at: String,
}

/// What a rotation made: both anchors belong into the anchor file, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The event.
    pub seq: i64,
    /// Key until now.
    pub old_public_key: String,
    /// Key from now on.
    pub new_public_key: String,
    /// The old key's last anchor and the new one's first.
    pub anchors: [Anchor; 2],
}

/// The public key that signs the checkpoints now, hex.
pub(crate) fn key_in_force(conn: &Connection) -> Result<String, LedgerError> {
    let sql = "SELECT public_key FROM signing_key ORDER BY key_no DESC LIMIT 1";
    conn.query_row(sql, [], |row| row.get(0))
        .map_err(|error| LedgerError::NotUsable(format!("no signing key: {error}")))
}

impl Reader {
    /// The public key that signs the checkpoints now, hex.
    ///
    /// # Errors
    /// Reading failed.
    pub fn public_key_hex(&self) -> Result<String, LedgerError> {
        key_in_force(&self.conn)
    }

    /// Every key that signs or has signed, the first one first.
    ///
    /// # Errors
    /// Reading failed.
    pub fn signing_keys(&self) -> Result<Vec<SigningKeyRow>, LedgerError> {
        let sql = "SELECT key_no, public_key, from_seq, at FROM v_signing_key ORDER BY key_no";
        let mut select = self.conn.prepare(sql)?;
        let rows = select.query_map([], |row| {
            let (key_no, public_key) = (row.get(0)?, row.get(1)?);
            Ok(SigningKeyRow { key_no, public_key, from_seq: row.get(2)?, at: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Ledger {
    /// Draws a new signing key and hands over to it: a last checkpoint by the old key,
    /// `key_rotated`, a first checkpoint by the new one, in one commit. The new key waits in a
    /// file beside the old one until the commit has answered, then takes its place; after a power
    /// cut in between, opening the ledger finishes what was begun.
    ///
    /// # Errors
    /// `who` or `reason` is empty, a file cannot be written, or the commit failed: then the old
    /// key stays.
    pub fn rotate_key(
        &mut self,
        now: WallClock,
        who: &str,
        reason: &str,
    ) -> Result<Rotated, LedgerError> {
        if who.trim().is_empty() || reason.trim().is_empty() {
            return Err(Refusal::NoReason.into());
        }
        let directory = self.path().parent().unwrap_or(Path::new(".")).to_owned();
        let seed = keys::make_next(&directory)?;
        let rotated = self.hand_over(now, &seed, who, reason)?;
        keys::take_next(&directory)?;
        Ok(rotated)
    }

    fn hand_over(
        &mut self,
        now: WallClock,
        seed: &SigningKeySeed,
        who: &str,
        reason: &str,
    ) -> Result<Rotated, LedgerError> {
        let old = self.signer();
        let new = Signer { key: seed.signing_key(), ..old.clone() };
        let mut rotation = Rotation {
            old_public_key: self.public_key_hex(),
            new_public_key: seed.public_key_hex(),
            who: who.to_owned(),
            reason: reason.to_owned(),
            old_signature: String::new(),
            new_signature: String::new(),
        };
        let keys = [rotation.old_public_key.clone(), rotation.new_public_key.clone()];
        let (seq, anchors) = self.transact(now, |tx| {
            let last = checkpoint::write(tx, &old)?;
            let seq = write(tx, &mut rotation, &old, &new)?;
            Ok((seq, [last, checkpoint::write(tx, &new)?]))
        })?;
        self.key = new.key;
        self.checkpointed = (anchors[1].through_seq, now.unix_ms);
        let [old_public_key, new_public_key] = keys;
        Ok(Rotated { seq, old_public_key, new_public_key, anchors })
    }
}

fn write(
    tx: &mut Tx<'_>,
    rotation: &mut Rotation,
    old: &Signer,
    new: &Signer,
) -> Result<i64, Fail> {
    let (at, prev) = (tx.at.clone(), tx.heads.site.hash);
    let place = RotationPlace {
        line_id: &old.line_id,
        kind: old.kind,
        epoch: old.epoch,
        at: &at,
        prev: &prev,
    };
    rotation.sign(&place, &old.key, &new.key);
    tx.own(Chain::Site, &LedgerBody::KeyRotated(rotation.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of docs/record-format.md: seeds of 32 bytes 0x07 and 0x08.
    #[test]
    fn test_vector_of_the_rotation() {
        let keys = [7, 8].map(|byte| SigningKeySeed::from_bytes([byte; 32]));
        let line_id: LineId = "L-1".parse().expect("an id");
        let place = RotationPlace {
            line_id: &line_id,
            kind: LedgerKind::Simulation,
            epoch: 1,
            at: "2026-11-22T12:21:53.007+00:00",
            prev: &[0x11; 32],
        };
        let mut rotation = Rotation {
            old_public_key: keys[0].public_key_hex(),
            new_public_key: keys[1].public_key_hex(),
            who: "quentin".into(),
            reason: "yearly".into(),
            old_signature: String::new(),
            new_signature: String::new(),
        };
        rotation.sign(&place, &keys[0].signing_key(), &keys[1].signing_key());
        assert!(rotation.is_signed(&place));
        let body = LedgerBody::KeyRotated(rotation.clone());
        let body = serde_json::to_string(&body).expect("a body");
        let page = include_str!("../../../docs/record-format.md");
        assert!(page.contains(&body), "{body}");
        let elsewhere = RotationPlace { prev: &[0x12; 32], ..place };
        assert!(!rotation.is_signed(&elsewhere), "bound to its place");
        let changed = [
            Rotation { who: "olga".into(), ..rotation.clone() },
            Rotation { reason: "none".into(), ..rotation.clone() },
            Rotation { old_signature: rotation.new_signature.clone(), ..rotation.clone() },
            Rotation { new_signature: rotation.old_signature.clone(), ..rotation.clone() },
            Rotation { old_public_key: rotation.new_public_key.clone(), ..rotation.clone() },
            Rotation { new_public_key: rotation.old_public_key.clone(), ..rotation },
        ];
        let place = RotationPlace { prev: &[0x11; 32], ..elsewhere };
        assert!(changed.iter().all(|other| !other.is_signed(&place)));
    }
}
