//! Bad line, product and order files at `order load`: exit 2, words that help, nothing begun.

use crate::Outcome;
use crate::plant::{Plant, Said, packline};
use serde_json::Value;

const LINE: &str = "line.toml";
const PRODUCT: &str = "products/demo.toml";
const ORDER: &str = "order.toml";
const STATIONS: &str = "stations = [\"camera\"]";
const LABELER: &str = "endpoint = \"127.0.0.1:15021\"";
const WEIGHED: &str = "[devices.checkweigher]\nendpoint = \"127.0.0.1:15030\"\n\
                       profile = \"devices/station-modbus.toml\"\n\n[images]";

/// What is changed in which file, and what must be told.
struct Bad {
    name: &'static str,
    edits: Vec<(&'static str, &'static str, &'static str)>,
    told: Vec<&'static str>,
}

fn bad(
    name: &'static str,
    edits: &[(&'static str, &'static str, &'static str)],
    told: &[&'static str],
) -> Bad {
    Bad { name, edits: edits.to_vec(), told: told.to_vec() }
}

fn lines() -> Vec<Bad> {
    vec![
        bad(
            "a station whose result comes too late",
            &[(LINE, "\n[rate]", "checkweigher_mm = 790.0\n\n[rate]"), (LINE, "[images]", WEIGHED)],
            &["line.toml", "geometry.checkweigher_mm", "no time for a result", "move it below"],
        ),
        bad(
            "a station on a line of 40 packs a second",
            &[
                (LINE, "\n[rate]", "checkweigher_mm = 500.0\n\n[rate]"),
                (LINE, "[images]", WEIGHED),
                (LINE, "packs_per_s = 10.0", "packs_per_s = 40.0"),
            ],
            &["line.toml", "rate.packs_per_s", "25 ms between two packs", "15 packs/s or less"],
        ),
        bad(
            "an OPC UA endpoint for a Modbus profile",
            &[(LINE, LABELER, "endpoint = \"opc.tcp://127.0.0.1:15021\"")],
            &["devices.labeler.endpoint", "no endpoint for the profile labeler-modbus", "use "],
        ),
        bad(
            "braking beyond the handover",
            &[(LINE, "braking_mm = 40.0", "braking_mm = 400.0")],
            &["line.toml", "geometry.braking_mm", "1320 mm", "brake within 80 mm"],
        ),
    ]
}

fn products() -> Vec<Bad> {
    let label = "template = \"fmd-2d-and-text\"";
    vec![
        bad(
            "a symbol that is too small",
            &[(PRODUCT, label, "symbol = \"14x14\"\ntemplate = \"fmd-2d-and-text\"")],
            &["demo.toml", "label.symbol", "14x14 holds 8 codewords", "choose a larger symbol"],
        ),
        bad(
            "a national number of an unknown scheme",
            &[(PRODUCT, label, "national = \"719:5440\"\ntemplate = \"fmd-2d-and-text\"")],
            &["demo.toml", "label.national", "write AI and number"],
        ),
        bad(
            "a station in the recipe that the line has not",
            &[(PRODUCT, STATIONS, "stations = [\"camera\", \"tamper_evident\"]")],
            &["asks for tamper_evident", "line.toml", "verify.stations", "on a line with that"],
        ),
        bad(
            "a format that is used up",
            &[(
                PRODUCT,
                "length = 20\nalphabet = \"safe30\"",
                "length = 4\nalphabet = \"numeric\"",
            )],
            &["10000", "serial.length, serial.alphabet", "longer serial number"],
        ),
        bad(
            "another line's authority",
            &[(PRODUCT, "line_id = \"LINE-1\"", "line_id = \"LINE-2\"")],
            &["04150037528643", "LINE-2", "load the order on that line"],
        ),
    ]
}

fn orders() -> Vec<Bad> {
    vec![
        bad(
            "a wrong check digit",
            &[(ORDER, "04150037528643", "04150037528644")],
            &["order.toml", "gtin", "check digit"],
        ),
        bad(
            "an unknown product",
            &[(ORDER, "04150037528643", "04150037528650")],
            &["04150037528650", "products"],
        ),
        bad(
            "an expired lot",
            &[(ORDER, "2029-11-30", "2020-11-30")],
            &["order.toml", "expiry", "2020-11-30", "do not pack it"],
        ),
        bad(
            "a lot with other characters",
            &[(ORDER, "LOT-7781", "LOT 7781#")],
            &["order.toml", "lot", "1 to 20 characters"],
        ),
    ]
}

fn load(plant: &Plant) -> Outcome<Said> {
    plant.order(&["load", &plant.text(ORDER), "--config", &plant.text(LINE), "--json"])
}

/// Orders, and that the chains hold.
fn known(plant: &Plant) -> Outcome<Vec<Value>> {
    let db = plant.text("data/ledger.db");
    let said = packline(&["audit", "verify", "--db", &db, "--json"], "")?;
    assert_eq!(said.json()?["chain"], "ok");
    plant.orders()
}

/// Why orders were refused, as the ledger has it on record.
fn on_record(plant: &Plant) -> Outcome<Vec<String>> {
    let ledger = rusqlite::Connection::open(plant.path("data/ledger.db"))?;
    let mut bodies = ledger.prepare("SELECT body FROM event ORDER BY seq")?;
    let bodies = bodies.query_map([], |row| row.get::<_, String>(0))?;
    let mut answers = Vec::new();
    for body in bodies {
        let body: Value = serde_json::from_str(&body?)?;
        if body["kind"] == "command" && body["what"] == "load an order" {
            answers.push(body["answer"].as_str().unwrap_or_default().to_owned());
        }
    }
    Ok(answers)
}

/// Row 14 of the faults: what an operator gets wrong is refused with the reason, and audited, with
/// a service and without one.
fn a_refused_order_is_on_record(plant: &Plant) -> Outcome {
    let before = on_record(plant)?;
    let tell = |plant: &Plant| -> Outcome<String> {
        assert_eq!(load(plant)?.code, 2);
        Ok(on_record(plant)?.pop().unwrap_or_default())
    };
    assert_eq!(tell(plant)?, "order_open", "started twice");
    assert_eq!(plant.order(&["close", "DEMO-0001", "--json"])?.code, 0);
    assert_eq!(tell(plant)?, "refused", "a batch that was there before");
    plant.edit(ORDER, "DEMO-0001", "GOOD-2")?;
    plant.edit(ORDER, "2029-11-30", "2020-11-30")?;
    let service = plant.start_service()?;
    assert_eq!(tell(plant)?, "bad_order", "expired");
    let told = load(plant)?.err;
    for part in ["the order is not loaded", "order.toml:6:", "expiry", "do not pack it"] {
        assert_eq!(told.matches(part).count(), 1, "the service says {part:?} once: {told}");
    }
    plant.edit(ORDER, "2020-11-30", "2029-11-30")?;
    plant.edit(ORDER, "04150037528643", "04150037528650")?;
    assert_eq!(tell(plant)?, "bad_order", "another product");
    drop(service);
    assert_eq!(on_record(plant)?.len(), before.len() + 5, "each once");
    known(plant).map(|_| ())
}

#[test]
fn a_bad_file_is_refused_whole_and_the_ledger_is_as_it_was() -> Outcome {
    let plant = Plant::new(20)?;
    plant.edit(ORDER, "DEMO-0001", "GOOD-1")?;
    load(&plant)?.json()?;
    plant.order(&["close", "GOOD-1", "--json"])?.json()?;
    plant.edit(ORDER, "GOOD-1", "DEMO-0001")?;
    let before = known(&plant)?;
    assert_eq!(before.len(), 1);
    for bad in lines().into_iter().chain(products()).chain(orders()) {
        let files: Vec<&str> = [LINE, PRODUCT, ORDER].to_vec();
        let kept = files.iter().map(|file| std::fs::read_to_string(plant.path(file)));
        let kept = kept.collect::<Result<Vec<_>, _>>()?;
        for (file, from, to) in &bad.edits {
            plant.edit(file, from, to)?;
        }
        let said = load(&plant)?;
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{}: {}", bad.name, said.err);
        // Errors with an excerpt are wrapped to the terminal's width.
        let words = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in &bad.told {
            assert!(words.contains(part), "{}: {part:?} is not in {words}", bad.name);
        }
        assert_eq!(known(&plant)?, before, "{}", bad.name);
        for (file, text) in files.iter().zip(kept) {
            plant.write(file, &text)?;
        }
    }
    let loaded = load(&plant)?.json()?;
    assert_eq!(loaded["state"], "loaded", "what was in order is taken");
    a_refused_order_is_on_record(&plant)
}
