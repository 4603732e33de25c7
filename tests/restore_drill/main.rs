//! Row 20 of the faults with the real binaries: a backup beside the running line, the disk lost in
//! mid-batch, the old backup restored, and the line that went on takes up its order again.
//!
//! Asserted are serials, records and words, never a time.

#[path = "../kill_restart/person.rs"]
mod person;
#[path = "../kill_restart/plant.rs"]
mod plant;

use line_sim::truth::TruthRecord;
use person::{Person, number};
use plant::{BATCH, Line, Plant, packline, wait};
use serde_json::Value;
use std::collections::BTreeMap;

/// Errors of helpers fail the test that called them.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const BY: [&str; 6] = ["--who", "ada", "--second", "bert", "--reason", "disk lost"];

/// Every serial that was printed on a pack so far, and on how many.
fn printed(plant: &Plant) -> Outcome<BTreeMap<String, u32>> {
    let mut serials = BTreeMap::new();
    for line in std::fs::read_to_string(plant.path("truth.jsonl"))?.lines() {
        if let TruthRecord::Pack(pack) = TruthRecord::from_line(line)?
            && let Some(label) = pack.label
        {
            let text = String::from_utf8_lossy(label.serial.as_bytes()).into_owned();
            *serials.entry(text).or_default() += 1;
        }
    }
    Ok(serials)
}

/// The serial of the newest job that the lost ledger knew: what the labeler would tell.
fn last_dispatched(plant: &Plant) -> Outcome<String> {
    let conn = rusqlite::Connection::open(plant.path("data/ledger.db"))?;
    let sql = "SELECT serial FROM pool_serial WHERE job IS NOT NULL ORDER BY serial_idx DESC \
               LIMIT 1";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}

fn backed_up(plant: &Plant) -> Outcome<Value> {
    let (out, data) = (plant.text("backup"), plant.text("data"));
    packline(&["backup", "--data-dir", &data, "--out", &out, "--with-key", "--json"], "")?.json()
}

fn restored(plant: &Plant) -> Outcome<Value> {
    let (from, data) = (plant.text("backup"), plant.text("data"));
    let words = ["restore", "--from", &from, "--data-dir", &data, "--json"];
    packline(&[&words[..], &BY[..]].concat(), "")?.json()
}

/// What was on the belt at the backup has gone on long ago: none of it is proven any more.
fn nothing_of_it_is_proven(plant: &Plant) -> Outcome<usize> {
    let unresolved: Vec<Value> =
        plant.packs()?.into_iter().filter(|pack| pack["state"] == "unresolved").collect();
    for pack in &unresolved {
        let track = pack["track"].to_string();
        let words = ["resolve", BATCH, &track, "--as", "removed", "--reason", "lost record"];
        let said = plant.order(&words)?;
        assert_eq!(said.code, 0, "{}", said.err);
    }
    Ok(unresolved.len())
}

fn runs_on(plant: &Plant, line: &Line, more: i64) -> Outcome<Value> {
    let mut person = Person::new(plant, line);
    let good = number(&plant.status()?, "/good");
    person.until("packs leave", |status| number(status, "/good") >= good + more)
}

#[test]
fn row_20_the_restored_order_prints_no_serial_again() -> Outcome {
    const PACKS: u32 = 400;
    let plant = Plant::new(PACKS)?;
    let line = plant.start_line(PACKS, "no-pixels", 20)?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    runs_on(&plant, &line, 10)?;
    let made = backed_up(&plant)?;
    assert_eq!((&made["state"], &made["verified"]), (&"done".into(), &true.into()), "{made}");
    let status = runs_on(&plant, &line, 30)?;
    assert_eq!(status["unit_state"], "execute", "a backup holds nothing up: {status}");
    service.kill()?;
    let last = last_dispatched(&plant)?;
    std::fs::remove_dir_all(plant.path("data"))?;

    let told = restored(&plant)?;
    assert_eq!((&told["ledger_epoch"], &told["new_key"]), (&2.into(), &false.into()), "{told}");
    assert_eq!(told["open_order"]["batch"], BATCH, "{told}");
    let mut refused = plant.spawn_service()?;
    let status = wait("the service refuses", || refused.ended())?;
    let said = plant.said()?;
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains(&format!("packline order unblock {BATCH}")), "{said}");
    let words = [&["unblock", BATCH, "--last-used", &last, "--json"], &BY[..]].concat();
    let unblocked = plant.order(&words)?.json()?;
    let looked_for = nothing_of_it_is_proven(&plant)?;
    assert!(unblocked["left"].as_u64() > Some(0), "{unblocked}");

    let mut service = plant.start_service()?;
    runs_on(&plant, &line, 20)?;
    assert!(service.stop()?.success());
    line.end()?;
    let serials = printed(&plant)?;
    let twice: Vec<&String> = serials.iter().filter(|(_, n)| **n > 1).map(|(s, _)| s).collect();
    assert!(twice.is_empty(), "printed on two packs: {twice:?}");
    assert!(serials.len() > 60, "{}", serials.len());
    let (db, anchors) = (plant.text("data/ledger.db"), plant.text("data/anchors.jsonl"));
    let key = plant.text("data/signing.pub");
    let words = ["audit", "verify", "--json", "--db", &db, "--anchors", &anchors, "--key", &key];
    let audit = packline(&words, "")?.json()?;
    assert_eq!((&audit["chain"], &audit["anchored"]), (&"ok".into(), &true.into()), "{audit}");
    println!(
        "{} serials printed, none twice; {} invalid by the restore, {looked_for} packs looked for",
        serials.len(),
        unblocked["invalid"]
    );
    Ok(())
}

#[test]
fn a_product_is_blocked_after_a_restore_and_an_edited_backup_is_refused() -> Outcome {
    let plant = Plant::new(5)?;
    let mut service = plant.start_service()?;
    plant.load()?;
    let closed = plant.order(&["close", BATCH, "--json"])?.json()?;
    assert_eq!(closed["state"], "closed");
    backed_up(&plant)?;
    assert!(service.stop()?.success());
    let manifest = std::fs::read(plant.path("backup/manifest.json"))?;
    std::fs::rename(plant.path("data"), plant.path("old"))?;
    let edited =
        String::from_utf8_lossy(&manifest).replace("\"with_key\": true", "\"with_key\": false");
    std::fs::write(plant.path("backup/manifest.json"), edited)?;
    let (from, data) = (plant.text("backup"), plant.text("data"));
    let words = ["restore", "--from", &from, "--data-dir", &data];
    let said = packline(&[&words[..], &BY[..]].concat(), "")?;
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(!plant.path("data").exists());
    std::fs::write(plant.path("backup/manifest.json"), manifest)?;
    let alone = ["--who", "ada", "--second", "ada", "--reason", "disk lost"];
    let said = packline(&[&words[..], &alone[..]].concat(), "")?;
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(!plant.path("data").exists());
    restored(&plant)?;
    let said = packline(&[&words[..], &BY[..]].concat(), "")?;
    assert_eq!(said.code, 2, "not into a directory that is in use: {}", said.err);

    plant.edit("order.toml", BATCH, "DEMO-0002")?;
    let (order, config) = (plant.text("order.toml"), plant.text("line.toml"));
    let load = |plant: &Plant| plant.order(&["load", &order, "--config", &config]);
    let said = load(&plant)?;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("packline serial unblock --gtin 04150037528643"), "{}", said.err);
    let words = ["serial", "unblock", "--gtin", "04150037528643", "--data-dir", &data];
    let said = packline(&[&words[..], &BY[..]].concat(), "")?;
    assert_eq!(said.code, 0, "{}", said.err);
    // Twenty characters are enough to draw without knowing what was used.
    let said = load(&plant)?;
    assert_eq!(said.code, 0, "{}", said.err);
    Ok(())
}

#[test]
fn a_closed_batch_is_sealed_and_read_from_its_file() -> Outcome {
    let plant = Plant::new(5)?;
    let mut service = plant.start_service()?;
    plant.load()?;
    let closed = plant.order(&["close", BATCH, "--json"])?.json()?;
    assert_eq!(closed["state"], "closed");
    let busy = plant.order(&["seal", BATCH])?;
    assert_eq!(busy.code, 2, "a service holds the ledger: {}", busy.err);
    assert!(service.stop()?.success());
    let data = plant.text("data");
    let export = || {
        packline(&["serial", "export", "--batch", BATCH, "--data-dir", &data, "--json"], "")?.json()
    };
    let before = (export()?, plant.orders()?[0]["good"].clone());
    let sealed = plant.order(&["seal", "--keep", "0", "--json"])?.json()?;
    assert_eq!(sealed["sealed"][0]["batch"], BATCH, "{sealed}");
    assert!(
        sealed["used_pages_after"].as_i64() <= sealed["used_pages_before"].as_i64(),
        "{sealed}"
    );
    assert_eq!((export()?, plant.orders()?[0]["good"].clone()), before);
    let serial = before.0["serials"][0]["serial"].as_str().ok_or("no serial")?.to_owned();
    let words = ["serial", "trace", "04150037528643", &serial, "--data-dir", &data, "--json"];
    assert_eq!(packline(&words, "")?.json()?["batch"], BATCH);
    let (db, dir) = (plant.text("data/ledger.db"), plant.text("data/sealed"));
    let words = ["audit", "verify", "--db", &db, "--sealed", &dir, "--json"];
    let audit = packline(&words, "")?.json()?;
    assert_eq!((&audit["chain"], &audit["sealed_verified"]), (&"ok".into(), &1.into()), "{audit}");
    std::fs::remove_file(plant.path("data/sealed").join(format!("{BATCH}.packline")))?;
    let said = packline(&words, "")?;
    assert_eq!(said.code, 3, "{}", said.err);
    let said = plant.order(&["packs", BATCH])?;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("is not there"), "{}", said.err);
    // What was used stays used, and the line goes on.
    assert!(plant.start_service()?.stop()?.success());
    Ok(())
}
