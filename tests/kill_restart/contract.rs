//! Commands that need neither ledger nor line: exit codes, and JSON on standard output alone.

use crate::Outcome;
use crate::plant::packline;
use serde_json::Value;
use std::collections::BTreeSet;

const GOOD: &str = "]d2010415003752864321ABC123{GS}1729113010LOT-7781";
const WRONG: &str = "010415003752864421ABC123{GS}1729113010LOT-7781";

fn shipped(name: &str) -> String {
    format!("{}/config/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn lines(text: &str) -> Outcome<Vec<Value>> {
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

#[test]
fn not_yet_and_not_at_all() -> Outcome {
    let table: [(&[&str], &str); 6] = [
        (&["demo", "--web-offset", "11"], "--web-offset"),
        (&["demo", "--packs", "0"], "--packs"),
        (&["demo", "--colour"], "--colour"),
        (&["run", "--config", "nowhere.toml"], "nowhere.toml"),
        (&["audit", "verify", "--db", "nowhere.db"], "nowhere.db"),
        (&["order", "list", "--data-dir", "nowhere"], "nowhere"),
    ];
    for (words, told) in table {
        let said = packline(words, "")?;
        assert_eq!(said.code, 2, "{words:?}: {}", said.err);
        assert!(said.err.contains(told), "{words:?}: {}", said.err);
        assert_eq!(said.out, "", "{words:?}");
    }
    Ok(())
}

#[test]
fn codes_are_checked_line_by_line() -> Outcome {
    let said = packline(&["code", "check", GOOD], "")?;
    let good = said.json()?;
    let expected = serde_json::json!({
        "ok": true, "gtin": "04150037528643", "serial": "ABC123", "lot": "LOT-7781",
        "expiry": "2029-11-30", "national": null, "error": null,
        "profile": "fmd", "ppn": null, "pzn": "03752864", "ndc": null, "notes": [],
        "elements": [
            {"ai": "01", "title": "GTIN", "value": "04150037528643", "at": 3},
            {"ai": "21", "title": "SERIAL", "value": "ABC123", "at": 19},
            {"ai": "17", "title": "USE BY or EXPIRY", "value": "291130", "at": 28},
            {"ai": "10", "title": "BATCH/LOT", "value": "LOT-7781", "at": 36},
        ],
    });
    assert_eq!(good, expected);
    let said = packline(&["code", "check", "-"], &format!("{GOOD}\n{WRONG}\n"))?;
    assert_eq!(said.code, 3, "{}", said.err);
    let rows = lines(&said.out)?;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0], expected);
    assert_eq!((&rows[1]["ok"], &rows[1]["error"]["code"]), (&false.into(), &"check_digit".into()));
    assert_eq!(rows[1]["error"]["ai"], "01");
    assert!(rows[1]["error"]["at"].is_u64() && rows[1]["error"]["message"].is_string());
    assert_eq!(packline(&["code", "check", "--profile", "dscsa", GOOD], "")?.code, 3);
    assert_eq!(packline(&["code", "check", "--profile", "udi", GOOD], "")?.code, 2);
    Ok(())
}

#[test]
fn serials_are_generated_or_refused_with_the_numbers() -> Outcome {
    let said = packline(&["serial", "generate", "--count", "1000"], "")?;
    assert_eq!(said.code, 0, "{}", said.err);
    let drawn: BTreeSet<&str> = said.out.lines().collect();
    assert_eq!(drawn.len(), 1_000);
    assert!(drawn.iter().all(|serial| serial.len() == 20));
    let again = packline(&["serial", "generate", "--count", "1000"], "")?;
    assert!(again.out.lines().all(|serial| !drawn.contains(serial)));
    let small = ["serial", "generate", "--count", "101", "--length", "6", "--alphabet", "numeric"];
    let said = packline(&small, "")?;
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    for part in ["1000000", "1010000", "101"] {
        assert!(said.err.contains(part), "{part} is missing in {}", said.err);
    }
    Ok(())
}

#[test]
fn configuration_is_checked_explained_and_described() -> Outcome {
    let kinds =
        [("line.toml", "line"), ("products/demo.toml", "product"), ("orders/demo.toml", "order")];
    for (file, kind) in kinds {
        let report = packline(&["config", "check", &shipped(file), "--json"], "")?.json()?;
        assert_eq!((&report["ok"], &report["kind"]), (&true.into(), &kind.into()), "{report}");
        let schema = packline(&["config", "schema", kind], "")?.json()?;
        assert_eq!(schema["type"], "object", "{kind}");
    }
    assert!(packline(&["config", "schema", "scenario"], "")?.json()?["properties"].is_object());
    assert_eq!(packline(&["config", "schema", "house"], "")?.code, 2);

    let folder = tempfile::tempdir()?;
    let wrong = folder.path().join("line.toml");
    let text = std::fs::read_to_string(shipped("line.toml"))?;
    std::fs::write(&wrong, text.replace("gate_mm = 800.0", "gate_mm = 300.0"))?;
    let said = packline(&["config", "check", &wrong.to_string_lossy(), "--json"], "")?;
    assert_eq!(said.code, 2);
    let report: Value = serde_json::from_str(&said.out)?;
    let problem = &report["problems"][0];
    assert_eq!(report["ok"], false);
    for name in ["file", "line", "column", "key", "what", "remedy"] {
        assert!(!problem[name].is_null(), "{name} is missing in {problem}");
    }

    let words = ["config", "explain", &shipped("line.toml"), "--budget", "--json"];
    let explained = packline(&words, "")?.json()?;
    assert_eq!(explained["line"]["camera_to_gate_mm"], 400.0, "{explained}");
    let budget = &explained["budget"];
    assert!(budget["memory_bytes"].as_u64() > Some(0), "{explained}");
    assert!(budget["sum_ms"].as_f64() <= budget["result_to_permit_budget_ms"].as_f64());
    Ok(())
}
