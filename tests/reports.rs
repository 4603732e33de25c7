//! `packline report` and `packline export` as a person at the console uses them, on a real data
//! directory without a service: files, answers, exit codes, and what goes on record.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    /// A data directory with an order, made as `order load` makes it; answers with the batch.
    fn new() -> Outcome<(Self, String)> {
        let place = Self { dir: tempfile::tempdir()? };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (order, line) = (root.join("config/orders/demo.toml"), root.join("config/line.toml"));
        let (order, line) = (order.display().to_string(), line.display().to_string());
        let output = place.said(&["order", "load", &order, "--config", &line, "--json"])?;
        assert!(output.status.success(), "{output:?}");
        let answer: Value = serde_json::from_slice(&output.stdout)?;
        let batch = answer["batch"].as_str().ok_or("no batch")?.to_owned();
        Ok((place, batch))
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn said(&self, words: &[&str]) -> Outcome<Output> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_packline"));
        Ok(command.args(words).arg("--data-dir").arg(self.data()).output()?)
    }

    /// Bodies of the events of this kind, in their order.
    fn events(&self, kind: &str) -> Outcome<Vec<Value>> {
        let conn = rusqlite::Connection::open(self.data().join("ledger.db"))?;
        let mut select = conn.prepare("SELECT body FROM v_event WHERE kind = ?1 ORDER BY seq")?;
        let rows = select.query_map([kind], |row| row.get::<_, String>(0))?;
        rows.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
    }
}

#[test]
fn each_form_is_made_and_its_hash_is_on_record() -> Outcome {
    let (place, batch) = Place::new()?;
    let out = |form: &str| place.dir.path().join(form).display().to_string();
    for form in ["pdf", "xlsx", "csv", "json", "epcis"] {
        let file = out(form);
        let mut words = vec!["report", &batch, "--format", form];
        if form == "epcis" {
            words = vec!["export", "epcis", &batch];
        }
        words.extend(["--out", &file, "--who", "rita", "--json"]);
        let output = place.said(&words)?;
        assert!(output.status.success(), "{form}: {output:?}");
        let answer: Value = serde_json::from_slice(&output.stdout)?;
        let bytes = std::fs::read(&file)?;
        let digest = Sha256::digest(&bytes);
        let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(answer["sha256"], sha256, "{form}");
        let made = place.events("report_made")?.pop().ok_or("no event")?;
        assert_eq!((&made["format"], &made["batch"]), (&form.into(), &batch.as_str().into()));
        assert_eq!((&made["sha256"], &made["who"]), (&sha256.into(), &"rita".into()));
        assert_eq!(made["bytes"], bytes.len());
    }
    let report = ledger::verify::verify(&place.data().join("ledger.db"), None)?;
    assert!(report.is_ok(), "{report:?}");
    Ok(())
}

#[test]
fn what_is_refused_leaves_no_file_and_no_record() -> Outcome {
    let (place, batch) = Place::new()?;
    let file = place.dir.path().join("record.json");
    let name = file.display().to_string();
    let refused = |words: &[&str], told: &str| -> Outcome {
        let output = place.said(words)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        assert!(said.contains(told) && output.stdout.is_empty(), "{words:?}: {said}");
        Ok(())
    };
    refused(&["report", "NONE", "--out", &name], "NONE")?;
    assert!(!file.exists(), "a file is left");
    refused(&["report", &batch, "--out", "/no/such/dir/x.pdf"], "cannot be written")?;
    std::fs::write(&file, "mine")?;
    refused(&["report", &batch, "--out", &name], "cannot be written")?;
    assert_eq!(std::fs::read_to_string(&file)?, "mine");
    assert_eq!(place.events("report_made")?.len(), 0);
    Ok(())
}
