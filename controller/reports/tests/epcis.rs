//! EPCIS events: valid against GS1's schema, one commissioning a serial, ids that differ.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../ledger/tests/common/mod.rs"]
mod common;
mod support;

use common::everything::everything;
use common::{GTIN, path};
use ledger::Reader;
use reports::Form;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{made, outside};
use tempfile::TempDir;

fn document(dir: &TempDir, batch: &str) -> Value {
    serde_json::from_slice(&made(dir, batch, Form::Epcis).0).unwrap()
}

fn events(document: &Value) -> &Vec<Value> {
    document["epcisBody"]["eventList"].as_array().unwrap()
}

fn epcs(document: &Value, step: &str) -> Vec<String> {
    let of = events(document).iter().filter(|event| event["bizStep"] == step);
    let lists = of.flat_map(|event| event["epcList"].as_array().unwrap());
    lists.map(|epc| epc.as_str().unwrap().to_owned()).collect()
}

#[test]
fn valid_against_the_schema_of_gs1() {
    let Some(schema) = outside("epcis/EPCIS-JSON-Schema.json") else { return };
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let house = everything();
    for batch in ["B-1", "B-2", "B-2-C1"] {
        let document = document(&house.dir, batch);
        let wrong: Vec<String> =
            validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(wrong, [""; 0], "{batch}");
    }
    let mut broken = document(&house.dir, "B-1");
    broken["epcisBody"]["eventList"][0]["action"] = json!("INVENT");
    assert!(!validator.is_valid(&broken), "the schema refuses something");
}

#[test]
fn each_commissioned_serial_once_and_what_was_taken_out() {
    let house = everything();
    let reader = Reader::open(&path(&house.dir)).unwrap();
    let row = reader.batch_of("B-1").unwrap().unwrap();
    let books = reader.books(row.batch_no).unwrap();
    let document = document(&house.dir, "B-1");
    let count = |step: &str| {
        let all = epcs(&document, step);
        let different: BTreeSet<&String> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{step}: each once");
        all.len() as i64
    };
    assert_eq!(count("commissioning"), books.commissioned_ever);
    assert_eq!(count("sampling"), books.sampled);
    assert_eq!(count("decommissioning"), books.inactive);
    assert_eq!(count("destroying"), books.destroyed);
    assert!(books.sampled > 0 && books.inactive > 0, "the batch has both");
    let first = &events(&document)[0];
    assert_eq!(first["action"], "ADD");
    assert_eq!(first["disposition"], "active");
    assert_eq!(first["ilmd"]["cbvmda:lotNumber"], "LOT1");
    let ids: BTreeSet<String> =
        events(&document).iter().map(|event| event["eventID"].to_string()).collect();
    assert_eq!(ids.len(), events(&document).len());
    assert!(epcs(&document, "commissioning")[0].contains(GTIN));
}

#[test]
fn a_pack_of_a_simulation_has_no_name_of_a_real_one() {
    let house = everything();
    let text = String::from_utf8(made(&house.dir, "B-1", Form::Epcis).0).unwrap();
    assert!(!text.contains("id.gs1.org") && !text.contains("/01/"), "no Digital Link");
    assert_eq!(document(&house.dir, "B-1")["sender"], "packline simulation");
}

#[test]
fn a_trial_has_no_events() {
    let house = everything();
    assert_eq!(events(&document(&house.dir, "B-2-C1")).len(), 0);
}
