//! Events a second: `EVENTS=1000000 cargo test --release -p packline-verify --test speed --
//! --nocapture`. A small ledger without `EVENTS`; no time is asserted.

#[path = "../../ledger/tests/common/mod.rs"]
mod common;

use common::{Script, fresh, loaded, now, path, spec};
use serde_json::Value;
use std::process::Command;

/// Records of a good pack's life in `Script`.
const RECORDS_PER_PACK: u64 = 6;

#[test]
fn a_closed_batch_of_many_events_verifies() {
    let given = std::env::var("EVENTS").ok().and_then(|text| text.parse::<u64>().ok());
    let packs = (given.unwrap_or(6_000) / RECORDS_PER_PACK) as u32;
    let (dir, mut ledger) = fresh();
    let no = loaded(&mut ledger, &spec("B-1", packs), packs as usize);
    let mut script = Script::new();
    script.start();
    (0..packs).for_each(|_| script.good());
    script.complete();
    let records = std::mem::take(&mut script.records);
    for group in records.chunks(512) {
        ledger.append(now(10), no, group).expect("records");
        ledger.maybe_checkpoint(now(11)).expect("a checkpoint");
    }
    let anchor = ledger.close_batch(now(20), no).expect("closed").anchor;
    let key = ledger.public_key_hex();
    drop(ledger);
    let beside = |name: &str, text: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, text).expect("written");
        file
    };
    let (anchors, key) = (beside("anchors.jsonl", &anchor.to_line()), beside("signing.pub", &key));
    let output = Command::new(env!("CARGO_BIN_EXE_packline-verify"))
        .arg(path(&dir))
        .args(["--json", "--anchors"])
        .arg(anchors)
        .arg("--key")
        .arg(key)
        .output()
        .expect("it runs");
    let said: Value = serde_json::from_slice(&output.stdout).expect("a verdict");
    assert_eq!((output.status.code(), &said["anchored"]), (Some(0), &true.into()), "{said}");
    assert!(said["events"].as_u64() > Some(u64::from(packs) * RECORDS_PER_PACK), "{said}");
    let (events, seconds) = (&said["events"], &said["seconds"]);
    let bytes = path(&dir).metadata().expect("the file").len();
    println!("{events} events of {} MB in {seconds} s", bytes >> 20);
}
