//! Every device cut off and restarted in mid-batch, one after another, over real sockets: the line
//! holds and goes on, the books close, the judge agrees; with each kind of labeler.
//!
//! `packline demo` with `config/scenarios/links.toml`; asserted are its result and the order of the
//! ledger's records, never a time. `virtual_ledger.rs` does the same over many seeds, and
//! `tests/soak/demo` for longer.

#[path = "support/strikes.rs"]
mod strikes;

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use strikes::{DEVICES, cut_and_restarted};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/scenarios/links.toml");

/// Runs the demo; its standard error is shown when the test fails.
fn demo(labeler: &str, seed: &str, data: &Path) -> Outcome<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_packline"))
        .args(["demo", "--packs", "320", "--rate", "10", "--seed", seed, "--scenario", SCENARIO])
        .args(["--stations", "all", "--camera", "no-pixels", "--labeler", labeler])
        .args(["--http", "off", "--json", "--data-dir"])
        .arg(data)
        .stdin(Stdio::null())
        .output()?;
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "labeler over {labeler}: {out}\n{err}");
    Ok(serde_json::from_str(out.trim())?)
}

/// The canonical record bodies of the batch, in order.
fn bodies(data: &Path, batch: &str) -> Outcome<Vec<Value>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let ledger = rusqlite::Connection::open_with_flags(data.join("ledger.db"), flags)?;
    let mut rows = ledger.prepare("SELECT body FROM v_event WHERE chain = ? ORDER BY seq")?;
    let texts = rows.query_map([batch], |row| row.get::<_, String>(0))?;
    texts.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
}

fn every_device_is_cut_off_and_restarted(labeler: &str, seed: &str) -> Outcome {
    let data = tempfile::tempdir()?;
    let result = demo(labeler, seed, data.path())?;
    assert_eq!(result["reconciled"], true, "{result}");
    for none in ["false_good", "unexplained"] {
        assert_eq!(result["judge"][none], 0, "{none}: {result}");
    }
    assert_eq!(result["judge"]["ok"], true, "{result}");
    assert_eq!(result["packs"]["unexplained"], json!(0), "{result}");
    assert!(result["packs"]["exit"].as_i64() > Some(200), "{result}");
    let bodies = bodies(data.path(), result["batch"].as_str().ok_or("no batch")?)?;
    // A labeler without an epoch of its own begins a new one at each contact.
    let foreign = !["modbus", "opcua"].contains(&labeler);
    for (device, ..) in DEVICES.into_iter().filter(|(d, ..)| !foreign || *d != "labeler") {
        if let Err(missing) = cut_and_restarted(&bodies, device) {
            panic!("labeler over {labeler}, {device}: no {missing}; {result}");
        }
    }
    Ok(())
}

#[test]
fn with_the_labeler_over_modbus() -> Outcome {
    every_device_is_cut_off_and_restarted("modbus", "11")
}

#[test]
fn with_a_labeler_of_plain_registers() -> Outcome {
    every_device_is_cut_off_and_restarted("registers", "13")
}

#[test]
fn with_the_labeler_over_opc_ua() -> Outcome {
    every_device_is_cut_off_and_restarted("opcua", "12")
}
