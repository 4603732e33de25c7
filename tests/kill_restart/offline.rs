//! Orders without a running service, and what a service without devices refuses.

use crate::Outcome;
use crate::plant::{BATCH, Plant, packline, wait};

/// Orders that are refused: what is changed, and what has to be told.
const WRONG: [(&str, &str, [&str; 3]); 5] = [
    ("04150037528643", "04150037528644", [":4:", "check digit", "14 digits"]),
    ("lot = ", "colour = \"red\"\nlot = ", [":5:", "colour", "expected"]),
    ("2029-11-30", "2020-01-31", [":6:", "expired on 2020-01-31", "correct the date"]),
    ("2029-11-30", "2029-02-30", [":6:", "expiry", "YYYY-MM-DD"]),
    ("target = 100", "target = 0", [":7:", "no pack is wanted", "use 1 or more"]),
];

fn refuses_wrong_orders(plant: &Plant) -> Outcome {
    let good = std::fs::read_to_string(plant.path("order.toml"))?;
    for (from, to, told) in WRONG {
        plant.write("wrong.toml", &good.replace(from, to))?;
        let (file, config) = (plant.text("wrong.toml"), plant.text("line.toml"));
        let said = plant.order(&["load", &file, "--config", &config])?;
        assert_eq!(said.code, 2, "{to}: {}", said.err);
        for part in told.into_iter().chain(["wrong.toml"]) {
            assert!(said.err.contains(part), "{to}: {part:?} is missing in {}", said.err);
        }
        assert_eq!(said.out, "", "{to}");
    }
    Ok(())
}

#[test]
fn orders_without_a_service() -> Outcome {
    let plant = Plant::new(100)?;
    refuses_wrong_orders(&plant)?;
    assert!(!plant.path("data").exists(), "a wrong order leaves nothing behind");
    let (file, config) = (plant.text("order.toml"), plant.text("line.toml"));
    let load = ["load", file.as_str(), "--config", config.as_str(), "--json"];

    plant.edit("products/demo.toml", "length = 20", "length = 4")?;
    let said = plant.order(&load)?;
    assert_eq!(said.code, 2, "{}", said.err);
    // 30^4 numbers; 400 wanted need 10,000 times as many.
    for part in ["810000", "400", "4000000", "longer"] {
        assert!(said.err.contains(part), "{part} is missing in {}", said.err);
    }
    assert!(plant.orders()?.is_empty(), "a refused order leaves no batch behind");
    plant.edit("products/demo.toml", "length = 4", "length = 20")?;

    assert_eq!(plant.order(&load)?.json()?["state"], "loaded");
    let orders = plant.orders()?;
    assert_eq!(orders.len(), 1);
    let names: Vec<&String> = orders[0].as_object().into_iter().flat_map(|o| o.keys()).collect();
    let expected = [
        "batch",
        "expiry",
        "good",
        "gtin",
        "lot",
        "low_pool",
        "mode",
        "pool",
        "return_policy",
        "sealed_file",
        "serials_left",
        "state",
        "target",
    ];
    assert_eq!(names, expected);
    assert_eq!((&orders[0]["batch"], &orders[0]["state"]), (&BATCH.into(), &"loaded".into()));

    plant.write("second.toml", &std::fs::read_to_string(&file)?.replace(BATCH, "DEMO-0002"))?;
    let second = plant.text("second.toml");
    let resolve = ["resolve", BATCH, "1", "--as", "removed", "--reason", "x"];
    let table: [(&[&str], i32, &str); 7] = [
        (&["load", &second, "--config", &config], 2, "open"),
        (&["start", BATCH], 4, "no service"),
        (&["stop", BATCH], 4, "no service"),
        (&["close", "NOWHERE"], 2, "NOWHERE"),
        (&["packs", "NOWHERE"], 2, "NOWHERE"),
        (&resolve, 2, "has not run yet"),
        (&["load", "nowhere.toml"], 2, "nowhere.toml"),
    ];
    for (words, code, told) in table {
        let said = plant.order(words)?;
        assert_eq!(said.code, code, "{words:?}: {}", said.err);
        assert!(said.err.contains(told), "{words:?}: {}", said.err);
    }
    assert_eq!(plant.orders()?.len(), 1);
    let closed = plant.order(&["close", BATCH, "--json"])?.json()?;
    assert_eq!((&closed["state"], &closed["books"]["allocated"]), (&"closed".into(), &400.into()));
    Ok(())
}

#[test]
fn a_demo_does_not_begin_on_an_open_batch() -> Outcome {
    let plant = Plant::new(100)?;
    let (file, config) = (plant.text("order.toml"), plant.text("line.toml"));
    assert_eq!(plant.order(&["load", &file, "--config", &config])?.code, 0);
    let data = plant.text("data");
    let said = packline(&["demo", "--packs", "5", "--http", "off", "--data-dir", &data], "")?;
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("packline run --config") && said.err.contains(BATCH), "{}", said.err);
    assert!(!plant.path("data/truth.jsonl").exists(), "no line was started");
    Ok(())
}

#[test]
fn a_service_without_devices_starts_nothing_and_leaves_nothing_in_the_way() -> Outcome {
    let plant = Plant::new(100)?;
    let mut service = plant.start_service()?;
    refuses_wrong_orders(&plant)?;
    assert!(plant.orders()?.is_empty(), "a wrong order leaves nothing behind");
    let said = plant.order(&["load", &plant.text("order.toml")])?;
    assert_eq!(said.code, 0, "{}", said.err);
    for _ in 0..3 {
        let said = plant.order(&["start", BATCH])?;
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains("device"), "{}", said.err);
    }
    assert!(service.ended()?.is_none(), "{}", plant.said()?);
    service.kill()?;
    let said = plant.order(&["start", BATCH])?;
    assert_eq!(said.code, 4, "what a killed service left behind is no service: {}", said.err);
    let closed = plant.order(&["close", BATCH, "--json"])?.json()?;
    assert_eq!(closed["state"], "closed", "nor does it keep anybody from the ledger");
    Ok(())
}

#[test]
fn two_services_do_not_share_a_ledger() -> Outcome {
    let plant = Plant::new(100)?;
    let _first = plant.start_service()?;
    let api = std::fs::read_to_string(plant.path("data/api.json"))?;
    let mut second = plant.spawn_service()?;
    let ended = wait("the second service ends", || second.ended())?;
    assert!(matches!(ended.code(), Some(2 | 4)), "{ended}");
    assert_eq!(std::fs::read_to_string(plant.path("data/api.json"))?, api);
    assert_eq!(plant.status()?["unit_state"], "stopped");
    Ok(())
}
