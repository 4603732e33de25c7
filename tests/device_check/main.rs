//! `packline device check`: every shipped labeler against the simulator, a register map that nobody
//! ships, and profiles that are wrong in each way.

mod invented;

use invented::{Invented, PROFILE};
use line_sim::runner::Addresses;
use line_sim::sim_config::ForeignLabeler;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const DEVICES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/devices/");

/// A simulated line that stands still, with every labeler that it can serve.
struct Line(Child, Addresses);

impl Line {
    fn start(folder: &Path) -> Outcome<Self> {
        let config = folder.join("sim.toml");
        let labelers = "\"registers\", \"variables\", \"methods\", \"zpl\", \"text\"";
        let text = "packs_total = 1\ncamera = \"no-pixels\"\n".to_owned();
        std::fs::write(&config, text + &format!("foreign_labelers = [{labelers}]\n"))?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_line-sim"))
            .args(["run", "--seed", "5", "--config"])
            .arg(&config)
            .arg("--truth")
            .arg(folder.join("truth.jsonl"))
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let addresses = serde_json::from_str(&line)?;
        Ok(Self(child, addresses))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn check(profile: &str, more: &[&str]) -> Outcome<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_packline"));
    command.args(["device", "check", profile, "--json"]).args(more);
    Ok(command.stdin(Stdio::null()).output()?)
}

fn told(output: &Output) -> Outcome<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    let told = serde_json::from_str(text.trim());
    told.map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("{error}: {text}: {said}").into()
    })
}

/// Names of the steps, and whether all went.
fn steps(told: &Value) -> (Vec<&str>, bool) {
    let steps = told["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    (names, told["ok"] == true)
}

#[test]
fn every_shipped_labeler_takes_a_job_that_is_dropped_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let line = Line::start(folder.path())?;
    let foreign = |kind| line.1.foreign_labelers.get(&kind).map(String::as_str);
    let table = [
        ("labeler-modbus.toml", Some(line.1.labeler.as_str()), false),
        ("labeler-opcua.toml", Some(line.1.labeler_opcua.as_str()), false),
        ("labeler-registers.toml", foreign(ForeignLabeler::Registers), true),
        ("labeler-variables.toml", foreign(ForeignLabeler::Variables), true),
        ("labeler-methods.toml", foreign(ForeignLabeler::Methods), true),
        ("labeler-zpl.toml", foreign(ForeignLabeler::Zpl), true),
        ("labeler-text.toml", foreign(ForeignLabeler::Text), true),
    ];
    for (profile, endpoint, has_points) in table {
        let endpoint = endpoint.ok_or("it is not served")?;
        let more = ["--endpoint", endpoint, "--security", "none"];
        let output = check(&format!("{DEVICES}{profile}"), &more)?;
        let told = told(&output)?;
        let mut expected = if has_points { vec!["read", "understand"] } else { vec![] };
        expected.extend(["connect", "header", "job", "drop"]);
        assert_eq!(steps(&told), (expected, true), "{profile}: {told}");
        assert_eq!(output.status.code(), Some(0), "{profile}");
    }
    Ok(())
}

#[test]
fn a_register_map_that_nobody_ships_takes_a_file_and_no_code() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (device, address) = Invented::start()?;
    let profile = folder.path().join("invented.toml");
    std::fs::write(&profile, PROFILE)?;
    let endpoint = address.to_string();
    let output = check(&profile.to_string_lossy(), &["--endpoint", &endpoint])?;
    let told = told(&output)?;
    let expected = vec!["read", "understand", "connect", "header", "job", "drop"];
    assert_eq!(steps(&told), (expected, true), "{told}");
    let memory = device.memory();
    assert_eq!(memory.taken, ["PACKLINECHECK"]);
    assert!(memory.queue.is_empty(), "{:?}", memory.queue);
    assert_eq!(memory.header, ("00000000000000".to_owned(), "CHECK".to_owned()));
    Ok(())
}

#[test]
fn what_is_wrong_is_told_and_where() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (_device, address) = Invented::start()?;
    let endpoint = address.to_string();
    let profile = folder.path().join("wrong.toml");
    let text = profile.to_string_lossy().into_owned();
    let table = [
        // A word that the profile does not know.
        (PROFILE.replace("otherwise = 1", "").replace("7 = 0", "6 = 0"), 3, "understand"),
        // An answer that never comes.
        (PROFILE.replace("address = 30,", "address = 31,"), 3, "job"),
        // Another unit.
        (PROFILE.replace("unit_id = 17", "unit_id = 16"), 4, "connect"),
    ];
    for (wrong, code, step) in table {
        std::fs::write(&profile, wrong)?;
        let output = check(&text, &["--endpoint", &endpoint, "--seconds", "3"])?;
        let told = told(&output)?;
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert_eq!(steps(&told).0.last(), Some(&step), "{told}");
    }
    std::fs::write(&profile, PROFILE.replace("slots = 2", "slots = 0"))?;
    let output = check(&text, &[])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("slots is 0, use 1 to 64"), "{said}");
    let output = check(&format!("{DEVICES}labeler-zpl.toml"), &[])?;
    let explained = told(&output)?["explained"].to_string();
    assert_eq!(output.status.code(), Some(0));
    assert!(explained.contains("To drop what waits: calls cancel_all"), "{explained}");
    Ok(())
}
