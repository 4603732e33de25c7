//! A small ledger with a row in every table: what the tamper tests forge.
//!
//! Must never be closed down to one kind of batch: each table is a place to forge.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

use crate::common::*;
use contracts::packml::UnitMode;
use ledger::{
    Anchor, BatchNo, BatchSpec, Chain, DeclaredTerm, DeviationOf, Ledger, Meaning, ServiceBody,
    TakenAs, UserFacts,
};
use line_core::ids::EncoderCount;
use line_core::record::RecordBody;
use tempfile::TempDir;

/// The ledger, what was kept elsewhere, and the keys that a thief would have.
pub struct Everything {
    pub dir: TempDir,
    /// Lines of the anchor file.
    pub anchors: String,
    /// The first public key, hex.
    pub first_key: String,
    /// The one in force at the end, hex.
    pub last_key: String,
    /// Secret keys by number, hex: the first one's file is gone by now.
    pub secrets: Vec<String>,
}

/// One batch closed with samples and a deviation, a challenge beside the next one, which is from
/// outside and open; the key was rotated in between. The WAL is in the file.
pub fn everything() -> Everything {
    let (dir, mut ledger) = fresh();
    let first_key = ledger.public_key_hex();
    let mut secrets = vec![secret(&dir)];
    let mut anchors = vec![closed_batch(&mut ledger)];
    let rotated = ledger.rotate_key(now(910), "quentin", "yearly").unwrap();
    secrets.push(secret(&dir));
    anchors.extend(rotated.anchors);
    let order = mixed_imported_batch(&mut ledger, "B-2");
    challenge(&mut ledger, order);
    let alarm = ServiceBody::Alarm { what: "low_pool".into(), raised: true };
    ledger.append_service(now(940), Chain::Batch(order), &alarm).unwrap();
    anchors.push(ledger.checkpoint(now(950)).unwrap());
    user(&mut ledger);
    let stop = ServiceBody::ServiceStop { clean: true };
    ledger.append_service(now(960), Chain::Site, &stop).unwrap();
    let last_key = ledger.public_key_hex();
    drop(ledger);
    let anchors = anchors.iter().map(Anchor::to_line).collect();
    Everything { dir, anchors, first_key, last_key, secrets }
}

/// An administrator, given another language later.
fn user(ledger: &mut Ledger) {
    let added = UserFacts {
        name: "Ada Example".into(),
        roles: vec!["engineer".into(), "administrator".into()],
        state: "active".into(),
        language: "en".into(),
        must_change: true,
        credential: 1,
    };
    let changed = UserFacts { language: "de".into(), must_change: false, ..added.clone() };
    for (n, old, new) in [(0, None, added.clone()), (1, Some(added), changed)] {
        let body = ServiceBody::UserChanged {
            by: "console:root".into(),
            role: "console".into(),
            what: "added".into(),
            user: "ada".into(),
            old,
            new,
            why: Some("first start".into()),
        };
        ledger.append_service(now(952 + n), Chain::Site, &body).unwrap();
    }
}

/// The secret key's file.
fn secret(dir: &TempDir) -> String {
    let text = std::fs::read_to_string(dir.path().join(ledger::keys::KEY_FILE)).unwrap();
    text.trim().to_owned()
}

/// A batch with samples taken out, a declared number, stray edges and a deviation.
fn closed_batch(ledger: &mut Ledger) -> Anchor {
    let no = worked(ledger, "B-1");
    let mut script = Script::new();
    mixed_records(&mut script);
    // Told again at the end, with the counts of what follows.
    script.records.truncate(script.records.len() - 2);
    script.seq -= 2;
    let stray = |n| RecordBody::EjectedWithoutPack { count: EncoderCount(n) };
    script.push(stray(77_001));
    script.push(stray(77_002));
    script.counts.eject_confirm += 2;
    script.counts.infeed += 4;
    script.complete();
    script.commit(ledger, no).unwrap();
    for (n, taken) in [(0, TakenAs::Sample), (1, TakenAs::Removal), (5, TakenAs::FirstPack)] {
        ledger.take_serial(now(800), no, &taking("B-1", n, taken)).unwrap();
    }
    service(ledger, no);
    reviewed(ledger, no);
    ledger.close_batch_signed(now(900), no, &two(Meaning::Approved)).unwrap().anchor
}

fn service(ledger: &mut Ledger, no: BatchNo) {
    let chain = Chain::Batch(no);
    let quinn = signed("quinn", Meaning::Performed);
    ledger.declare(now(811), no, (DeclaredTerm::Removals, 1), &quinn).unwrap();
    let open = (DeviationOf::Unexplained, 1);
    ledger.leave_open(now(812), no, open, &two(Meaning::Approved)).unwrap();
    let kept = ServiceBody::ImageKept { track: 1, result_seq: 1, sha256: "0".repeat(64), bytes: 9 };
    ledger.append_service(now(813), chain, &kept).unwrap();
}

fn challenge(ledger: &mut Ledger, order: BatchNo) {
    let spec = BatchSpec { mode: UnitMode::Challenge, ..spec("B-2-C1", 2) };
    let trial = ledger.open_batch(now(920), &spec).unwrap();
    ledger.finish_allocation(now(921), trial).unwrap();
    let mut script = Script::new();
    script.start();
    script.blank();
    script.complete();
    script.commit(ledger, trial).unwrap();
    ledger.close_batch(now(930), trial).unwrap();
    let result = ServiceBody::TrialResult {
        trial: "B-2-C1".into(),
        mode: "challenge".into(),
        packs: Vec::new(),
        passed: true,
    };
    ledger.append_service(now(931), Chain::Batch(order), &result).unwrap();
}
