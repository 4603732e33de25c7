//! What becomes of a pool: recorded, exported, given back, used again, given up when half loaded.

use crate::plant::{BATCH, Plant, packline};
use crate::{CLAIM, Outcome, csv, export, intact, load, numbers, serials, site_plant};
use packline::service::load::{self as loading, Source};
use packline::service::setup::Setup;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_pool_is_recorded_exported_and_used_again() -> Outcome {
    let plant = site_plant(3)?;
    plant.edit("order.toml", "\"invalid\"", "\"unallocate\"")?;
    let text = csv(&serials(0, 13));
    plant.write("pool.csv", &text)?;
    let path = plant.text("pool.csv");
    let pool = [&["--pool", path.as_str()], &CLAIM[..]].concat();
    assert_eq!(load(&plant, "B-1", &pool)?.json()?["state"], "loaded");
    let list = plant.orders()?;
    let order = &list[0];
    let expected = serde_json::json!({
        "source": "imported", "provider": CLAIM[1], "claim": CLAIM[3], "sha256": hex(&text),
        "count": 13,
    });
    assert_eq!(order["pool"], expected, "all of the file belongs to the order");
    assert_eq!((&order["serials_left"], &order["low_pool"]), (&13.into(), &true.into()));
    let evidence = plant.path("data/pools").join(format!("{}.csv", hex(&text)));
    assert_eq!(std::fs::read_to_string(evidence)?, text);

    assert_eq!(numbers(&export(&plant, "B-1", "all")?), serials(0, 13));
    assert!(export(&plant, "B-1", "commissioned")?.is_empty());
    assert_eq!(plant.order(&["close", "B-1"])?.code, 0);
    assert_eq!(numbers(&export(&plant, "B-1", "unallocated")?), serials(0, 13));

    // By the file that was exported, and by the ledger's own knowledge.
    let (data, out) = (plant.text("data"), plant.text("back.csv"));
    let words =
        ["serial", "export", "--batch", "B-1", "--state", "unallocated", "--data-dir", &data];
    let words = [&words[..], &["--out", &out]].concat();
    assert_eq!(packline(&words, "")?.code, 0);
    let again = packline(&words, "")?;
    assert!(again.code == 2 && again.err.contains("back.csv"), "nothing is overwritten");
    let back = std::fs::read_to_string(plant.path("back.csv"))?;
    let lines: Vec<&str> = back.lines().take(2).collect();
    let row = "\"04150037528643\",\"00000000000000000000\",\"unallocated\",\"1\",\"B-1\",\"\"";
    let head = "\"gtin\",\"serial\",\"state\",\"state_number\",\"batch\",\"track\"";
    assert_eq!(lines, [head, row]);
    let pool = [&["--pool", out.as_str()], &CLAIM[..]].concat();
    assert_eq!(load(&plant, "B-2", &pool)?.code, 0, "an export is a pool");
    assert_eq!(plant.order(&["close", "B-2"])?.code, 0);
    assert_eq!(load(&plant, "B-3", &["--from-returned"])?.code, 0);
    assert_eq!(numbers(&export(&plant, "B-3", "allocated")?), serials(0, 12), "as many as needed");
    let list = plant.orders()?;
    assert_eq!(list[0]["pool"], serde_json::json!({ "source": "kept", "count": 12 }));
    intact(&plant)
}

/// Loads one of two slices and dies.
fn half_loaded() -> Outcome<Plant> {
    let plant = site_plant(50)?;
    plant.write("pool.csv", &csv(&serials(0, 200)))?;
    {
        let setup = Setup::read(&plant.path("line.toml"))?;
        let mut ledger = packline::service::books::open_or_create(&setup)?;
        let given = packline::pools::Given {
            provider: Some("Example Pharma".into()),
            claim: Some("unique".into()),
        };
        let (path, name) = (plant.path("pool.csv"), "pool.csv".into());
        let source = Source::File { path, name, given };
        let order = std::fs::read_to_string(plant.path("order.toml"))?;
        let in_words = |problem: hmi::Problem| problem.detail;
        let order = loading::read("order.toml", &order).map_err(in_words)?;
        let checked = loading::check(&setup, &ledger, order, Some(&source)).map_err(in_words);
        let mut checked = checked?;
        let mut supply = checked.supply()?;
        let batch = loading::open(&mut ledger, &checked).map_err(in_words)?;
        assert!(!supply.next(&mut ledger, batch).map_err(in_words)?, "one of two slices");
    }
    assert_eq!(plant.orders()?[0]["state"], "ready");
    Ok(plant)
}

/// Without a service a person gives it up.
#[test]
fn a_half_loaded_pool_is_closed_by_hand() -> Outcome {
    let plant = half_loaded()?;
    let path = plant.text("pool.csv");
    let pool = [&["--pool", path.as_str()], &CLAIM[..]].concat();
    let said = load(&plant, "AGAIN-1", &pool)?;
    assert!(said.code == 2 && said.err.contains("still open"), "{}", said.err);
    let closed = plant.order(&["close", BATCH, "--json"])?.json()?;
    assert_eq!(
        (&closed["books"]["allocated"], &closed["books"]["returned"]),
        (&128.into(), &128.into())
    );
    assert_eq!(load(&plant, "AGAIN-1", &pool)?.code, 0);
    intact(&plant)
}

/// A crash in mid-loading: the service gives the pool up, and the same file is loaded again.
#[test]
fn a_half_loaded_pool_is_given_up_whole() -> Outcome {
    let plant = half_loaded()?;
    let service = plant.start_service()?;
    assert_eq!(plant.orders()?[0]["state"], "closed");
    assert!(plant.said()?.contains("load it again"), "{}", plant.said()?);
    let path = plant.text("pool.csv");
    let pool = [&["--pool", path.as_str()], &CLAIM[..]].concat();
    assert_eq!(load(&plant, "AGAIN-1", &pool)?.json()?["state"], "loaded", "by the service");
    assert_eq!(plant.orders()?[0]["serials_left"], 200);
    drop(service);
    intact(&plant)
}

/// The order's pool is below its warning from the start: one alarm, also over a restart.
#[test]
fn a_low_pool_is_told_once() -> Outcome {
    let plant = site_plant(3)?;
    plant.write("pool.csv", &csv(&serials(0, 12)))?;
    let path = plant.text("pool.csv");
    let pool = [&["--pool", path.as_str()], &CLAIM[..]].concat();
    let alarms = || -> Outcome<i64> {
        let conn = Connection::open(plant.path("data/ledger.db"))?;
        let sql = "SELECT count(*) FROM v_event WHERE kind = 'alarm' \
             AND body ->> 'what' = 'low_pool' AND body ->> 'raised' AND body ->> 'detail' = 'B-1'";
        Ok(conn.query_row(sql, [], |row| row.get(0))?)
    };
    let mut service = plant.start_service()?;
    assert_eq!(load(&plant, "B-1", &pool)?.code, 0);
    for _ in 0..2 {
        crate::plant::wait("the alarm", || Ok((alarms()? > 0).then_some(())))?;
        let status = plant.status()?;
        assert_eq!((&status["low_pool"], &status["serials_left"]), (&true.into(), &12.into()));
        service.stop()?;
        assert_eq!(alarms()?, 1);
        service = plant.start_service()?;
        crate::plant::wait("the order goes on", || {
            Ok(plant.status()?["batch"].as_str().map(drop))
        })?;
    }
    drop(service);
    intact(&plant)
}
