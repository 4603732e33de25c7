//! `config check|schema|explain` on the shipped files and on broken ones.

use super::*;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn today() -> Expiry {
    Expiry::from_ymd(2026, 11, 22).expect("date")
}

/// Runs a check; returns exit code, stdout and stderr.
fn run_check(path: &Path, json: bool) -> (Exit, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = check(path, today(), json, &mut out, &mut err).expect("write");
    let text = |bytes| String::from_utf8(bytes).expect("utf-8");
    (exit, text(out), text(err))
}

#[test]
fn shipped_files_are_in_order() {
    for (file, kind) in [
        ("config/line.toml", "line"),
        ("config/products/demo.toml", "product"),
        ("config/orders/demo.toml", "order"),
        ("config/devices/labeler-opcua.toml", "device"),
    ] {
        let (exit, out, err) = run_check(&root().join(file), true);
        assert_eq!(exit, Exit::Ok, "{err}");
        let report: Value = serde_json::from_str(&out).expect("json");
        assert_eq!((&report["ok"], &report["kind"]), (&json!(true), &json!(kind)));
        let (_, out, err) = run_check(&root().join(file), false);
        assert!(out.is_empty() && err.contains("ok"), "{err}");
    }
}

#[test]
fn a_broken_file_is_shown_with_its_text() {
    let dir = tempfile::tempdir().expect("directory");
    let path = dir.path().join("line.toml");
    let good = std::fs::read_to_string(root().join("config/line.toml")).expect("read");
    let bad = good.replace("braking_mm = 40.0", "braking_mm = 400.0");
    std::fs::write(&path, bad).expect("write");
    let (exit, out, err) = run_check(&path, true);
    assert_eq!(exit, Exit::Refused);
    let report: Value = serde_json::from_str(&out).expect("json");
    assert_eq!(report["problems"][0]["key"], "geometry.braking_mm");
    for part in ["line.toml:", "braking_mm = 400.0", "1320", "handover"] {
        assert!(err.contains(part), "{part}: {err}");
    }
    let (exit, _, err) = run_check(&dir.path().join("missing.toml"), false);
    assert_eq!(exit, Exit::Refused);
    assert!(err.contains("missing.toml") && err.contains("readable"), "{err}");
}

#[test]
fn an_endpoint_has_the_form_of_its_profile() {
    let dir = tempfile::tempdir().expect("directory");
    let path = dir.path().join("line.toml");
    std::fs::create_dir(dir.path().join("devices")).expect("create");
    for entry in std::fs::read_dir(root().join("config/devices")).expect("read").flatten() {
        std::fs::copy(entry.path(), dir.path().join("devices").join(entry.file_name()))
            .expect("copy");
    }
    let shipped = std::fs::read_to_string(root().join("config/line.toml")).expect("read");
    let url = "\"opc.tcp://127.0.0.1:15021\"";
    let over_opcua = shipped.replace("labeler-modbus", "labeler-opcua");
    let both = over_opcua.replace("\"127.0.0.1:15021\"", url);
    let table = [
        (shipped.clone(), ""),
        (both, ""),
        (over_opcua, "no endpoint for the profile labeler-opcua"),
        (shipped.replace("\"127.0.0.1:15021\"", url), "no endpoint for the profile labeler-modbus"),
        (shipped.replace("labeler-modbus", "camera-opcua"), "kind is camera-opcua"),
        (shipped.replace("labeler-modbus", "nowhere"), "nowhere.toml"),
    ];
    for (text, wanted) in table {
        std::fs::write(&path, text).expect("write");
        let (exit, _, err) = run_check(&path, false);
        assert_eq!(exit == Exit::Ok, wanted.is_empty(), "{err}");
        assert!(err.contains(wanted), "{wanted}: {err}");
    }
}

#[test]
fn schemas_and_budget_are_printed() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    for name in ["line", "product", "order", "device", "scenario"] {
        let exit = schema(name, || json!({"title": "s"}), &mut out, &mut err).expect("write");
        assert_eq!(exit, Exit::Ok);
    }
    let exit = schema("nothing", || json!({}), &mut out, &mut err).expect("write");
    assert_eq!(exit, Exit::Refused);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let file = root().join("config/line.toml");
    explain(&file, true, false, &mut out, &mut err).expect("write");
    assert!(out.is_empty());
    let text = String::from_utf8(err).expect("utf-8");
    for part in ["1200 mm/s", "266.7 ms", "37 print jobs", "left for the camera", "MiB"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("exceeds"), "{text}");
    explain(&file, true, true, &mut out, &mut Vec::new()).expect("write");
    let value: Value = serde_json::from_slice(&out).expect("json");
    assert_eq!(value["line"]["deadline_ms"], 266.667);
    assert!(value["budget"]["memory_bytes"].as_u64().is_some_and(|b| b > 1 << 20));
}
