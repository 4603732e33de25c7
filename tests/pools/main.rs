//! Pools from outside, partitions, samples and declared numbers through `packline` itself: with a
//! service and without one.
//!
//! Plant and processes are those of the kill tests; records of packs come from the script of the
//! ledger's tests. Bad pools in [`bad`], good ones in [`good`], several lines in [`lines`], what a
//! person does in [`hand`].

mod bad;
#[path = "../../controller/ledger/tests/common/mod.rs"]
mod common;
mod good;
mod hand;
mod lines;
#[path = "../kill_restart/plant.rs"]
#[expect(dead_code, reason = "the kill tests use all of it")]
mod plant;

use plant::{Plant, Said};

/// Errors of helpers fail the test that called them.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const HELD: &str = "holder = \"line\"\nline_id = \"LINE-1\"";
/// What a provider says, as options.
const CLAIM: [&str; 4] = ["--provider", "Example Pharma", "--claim", "unique until 2034-12-31"];

/// A plant whose product's serials the site hands out; an order needs four times `target`.
fn site_plant(target: u32) -> Outcome<Plant> {
    let plant = Plant::new(target)?;
    plant.edit("products/demo.toml", HELD, "holder = \"site\"")?;
    Ok(plant)
}

/// Serials of 20 digits from `first` on.
fn serials(first: u32, count: u32) -> Vec<String> {
    (first..first + count).map(|n| format!("{n:020}")).collect()
}

fn csv(serials: &[String]) -> String {
    format!("serial\n{}\n", serials.join("\n"))
}

/// `order load` of the plant's order under another batch id, with more words.
fn load(plant: &Plant, batch: &str, words: &[&str]) -> Outcome<Said> {
    let order = std::fs::read_to_string(plant.path("order.toml"))?.replace("DEMO-0001", batch);
    plant.write("this.toml", &order)?;
    let (file, config) = (plant.text("this.toml"), plant.text("line.toml"));
    let always = ["load", &file, "--config", &config, "--json"];
    plant.order(&[&always, words].concat())
}

/// `serial export` as rows.
fn export(plant: &Plant, batch: &str, state: &str) -> Outcome<Vec<serde_json::Value>> {
    let data = plant.text("data");
    let words =
        ["serial", "export", "--batch", batch, "--state", state, "--data-dir", &data, "--json"];
    let object = plant::packline(&words, "")?.json()?;
    assert_eq!((&object["format"], &object["batch"]), (&1.into(), &batch.into()));
    Ok(object["serials"].as_array().ok_or("no serials")?.clone())
}

/// The exported serial numbers alone.
fn numbers(rows: &[serde_json::Value]) -> Vec<String> {
    rows.iter().filter_map(|row| row["serial"].as_str()).map(str::to_owned).collect()
}

/// `audit verify` finds nothing.
fn intact(plant: &Plant) -> Outcome {
    let db = plant.text("data/ledger.db");
    let said = plant::packline(&["audit", "verify", "--db", &db, "--json"], "")?;
    assert_eq!(said.code, 0, "{}", said.err);
    Ok(())
}
