//! Signing keys: handed over with both signatures, across power cuts, and followed by the verifier
//! from the first one kept elsewhere.

#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use ledger::keys::{KEY_FILE, NEXT_KEY_FILE, SigningKeySeed};
use ledger::verify::{VerifyReport, verify};
use ledger::{Anchor, Ledger, LedgerError, Reader, Refusal};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use tempfile::TempDir;

fn checked(dir: &TempDir, anchors: &[Anchor], key: &str) -> VerifyReport {
    let file = dir.path().join("anchors.jsonl");
    let lines: String = anchors.iter().map(Anchor::to_line).collect();
    std::fs::write(&file, lines).unwrap();
    verify(&path(dir), Some((&file, key))).unwrap()
}

/// The secret key's file and the one that waits.
fn files(dir: &TempDir) -> (PathBuf, PathBuf) {
    (dir.path().join(KEY_FILE), dir.path().join(NEXT_KEY_FILE))
}

#[test]
fn a_rotation_is_followed_from_any_key_kept_elsewhere() {
    let (dir, mut ledger) = fresh();
    let mut keys = vec![ledger.public_key_hex()];
    let mut anchors = vec![ledger.checkpoint(now(1)).unwrap()];
    for (n, reason) in ["yearly", "an engineer left"].into_iter().enumerate() {
        let rotated = ledger.rotate_key(now(10 + n as i64), "quentin", reason).unwrap();
        assert_eq!(rotated.old_public_key, *keys.last().unwrap());
        keys.push(rotated.new_public_key.clone());
        anchors.extend(rotated.anchors);
        let no = mixed_batch(&mut ledger, &format!("B-{n}"));
        anchors.push(ledger.close_batch(now(900), no).unwrap().anchor);
    }
    drop(ledger);
    for key in &keys {
        let report = checked(&dir, &anchors, key);
        assert!(report.is_ok() && report.anchored, "{report:?}");
        assert_eq!((report.signing_keys, report.anchors), (3, anchors.len()));
    }
    let foreign = SigningKeySeed::from_bytes([9; 32]).public_key_hex();
    assert!(!checked(&dir, &anchors, &foreign).is_ok());
    let reader = Reader::open(&path(&dir)).unwrap();
    let shown: Vec<String> =
        reader.signing_keys().unwrap().into_iter().map(|key| key.public_key).collect();
    assert_eq!(shown, keys);
    assert_eq!(reader.public_key_hex().unwrap(), keys[2]);
    let mut ledger = Ledger::open(&path(&dir), now(1_000)).unwrap();
    let before = checked(&dir, &anchors, &keys[0]).records_after_last_anchor;
    anchors.push(ledger.checkpoint(now(1_001)).unwrap());
    let report = checked(&dir, &anchors, &keys[0]);
    assert!(report.is_ok() && before > 0, "the new key signs: {report:?}");
}

#[test]
fn the_new_key_is_private_and_the_old_one_is_gone() {
    let (dir, mut ledger) = fresh();
    let (file, waiting) = files(&dir);
    let old = std::fs::read_to_string(&file).unwrap();
    ledger.rotate_key(now(1), "quentin", "yearly").unwrap();
    assert_ne!(std::fs::read_to_string(&file).unwrap(), old);
    assert!(!waiting.exists());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for (who, why) in [("", "yearly"), ("quentin", " ")] {
        let refused = ledger.rotate_key(now(2), who, why);
        assert!(matches!(refused, Err(LedgerError::Refused(Refusal::NoReason))));
    }
}

/// The power fails before the commit: the old key stays, the new one was never in force.
#[test]
fn a_rotation_cut_before_its_commit_leaves_the_old_key() {
    let (dir, mut ledger) = fresh();
    let key = ledger.public_key_hex();
    let (file, waiting) = files(&dir);
    std::fs::write(&waiting, format!("{}\n", "07".repeat(32))).unwrap();
    std::fs::set_permissions(&waiting, std::fs::Permissions::from_mode(0o600)).unwrap();
    let begun = ledger.rotate_key(now(1), "quentin", "yearly");
    assert!(matches!(begun, Err(LedgerError::Key { .. })), "a waiting key is never written over");
    drop(ledger);
    let ledger = Ledger::open(&path(&dir), now(2)).unwrap();
    assert_eq!(ledger.public_key_hex(), key);
    assert!(file.exists() && !waiting.exists());
}

/// The power fails between the commit and the change of the files: opening ends the rotation.
#[test]
fn a_rotation_cut_after_its_commit_is_ended_by_opening() {
    let (dir, mut ledger) = fresh();
    let (file, waiting) = files(&dir);
    let old = std::fs::read_to_string(&file).unwrap();
    let rotated = ledger.rotate_key(now(1), "quentin", "yearly").unwrap();
    drop(ledger);
    std::fs::rename(&file, &waiting).unwrap();
    std::fs::write(&file, old).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut ledger = Ledger::open(&path(&dir), now(2)).unwrap();
    assert_eq!(ledger.public_key_hex(), rotated.new_public_key);
    assert!(!waiting.exists());
    let last = ledger.checkpoint(now(3)).unwrap();
    drop(ledger);
    let [a, b] = rotated.anchors;
    assert!(checked(&dir, &[a, b, last], &rotated.old_public_key).anchored);
}

/// Whoever stole the old key cannot make anchors for what came after it.
#[test]
fn an_anchor_of_a_key_that_is_no_longer_in_force_is_refused() {
    let (dir, mut ledger) = fresh();
    let first = ledger.public_key_hex();
    let (file, _) = files(&dir);
    let old = std::fs::read_to_string(&file).unwrap();
    let rotated = ledger.rotate_key(now(1), "quentin", "yearly").unwrap();
    drop(ledger);
    // The same ledger before the rotation, with the stolen key, goes on by itself.
    let (thief_dir, _) = (tempfile::tempdir().unwrap(), ());
    let thief = path(&thief_dir);
    std::fs::copy(path(&dir), &thief).unwrap();
    std::fs::write(thief_dir.path().join(KEY_FILE), old).unwrap();
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(thief_dir.path().join(KEY_FILE), mode).unwrap();
    assert!(matches!(Ledger::open(&thief, now(2)), Err(LedgerError::Key { .. })));
    let [old_anchor, new_anchor] = rotated.anchors;
    let swapped = Anchor { signature: old_anchor.signature.clone(), ..new_anchor };
    let report = checked(&dir, &[old_anchor, swapped], &first);
    let bad = report.first_bad.expect("found");
    assert!(bad.what.contains("not signed by the key in force"), "{bad:?}");
}
