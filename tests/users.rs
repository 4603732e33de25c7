//! `packline user` as a person at the console uses it, on a real data directory: the first
//! administrator, one-time passwords, refusals, and what the record says of all of it.
//!
//! Asserted are answers, exit codes and events, never a time.

use serde_json::Value;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const OWN: &str = "four words a night";
const BY_ADA: [&str; 4] = ["--as", "ada", "--reason", "a test"];
const CONSOLE: [&str; 3] = ["--console", "--reason", "a test"];

struct Place {
    _dir: tempfile::TempDir,
    data: PathBuf,
}

impl Place {
    /// A data directory with a ledger, made as `order load` makes it.
    fn new() -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        let place = Self { data: dir.path().join("data"), _dir: dir };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (order, line) = (root.join("config/orders/demo.toml"), root.join("config/line.toml"));
        let mut words = Command::new(env!("CARGO_BIN_EXE_packline"));
        words.args(["order", "load"]).arg(order).arg("--config").arg(line).arg("--json");
        let output = words.arg("--data-dir").arg(&place.data).output()?;
        assert!(output.status.success(), "{output:?}");
        Ok(place)
    }

    fn user(&self, words: &[&str], typed: &str) -> Outcome<Output> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_packline"))
            .arg("user")
            .args(words)
            .arg("--json")
            .arg("--data-dir")
            .arg(&self.data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // A command that asks for nothing has gone before it is told anything.
        let _ = child.stdin.take().ok_or("no input")?.write_all(typed.as_bytes());
        Ok(child.wait_with_output()?)
    }

    fn done(&self, words: &[&str], typed: &str) -> Outcome<Value> {
        let output = self.user(words, typed)?;
        assert!(output.status.success(), "{words:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Refused with exit 2 and these words; tells nothing on standard output.
    fn refused(&self, words: &[&str], typed: &str, told: &str) -> Outcome {
        let output = self.user(words, typed)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        assert!(said.contains(told) && output.stdout.is_empty(), "{words:?}: {said}");
        Ok(())
    }

    /// A new user's one-time password.
    fn added(
        &self,
        user: &str,
        name: &str,
        role: &str,
        by: &[&str],
        typed: &str,
    ) -> Outcome<String> {
        let words = [&["add", user, "--name", name, "--role", role], by].concat();
        one_time(&self.done(&words, typed)?)
    }

    /// Bodies of the events of these kinds, in their order.
    fn events(&self, kinds: &[&str]) -> Outcome<Vec<Value>> {
        let conn = rusqlite::Connection::open(self.data.join("ledger.db"))?;
        let mut select = conn.prepare("SELECT kind, body FROM v_event ORDER BY seq")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
        let wanted = rows.iter().filter(|(kind, _)| kinds.contains(&kind.as_str()));
        Ok(wanted.map(|(_, body)| serde_json::from_str(body)).collect::<Result<_, _>>()?)
    }

    fn verifies(&self) -> Outcome {
        let report = ledger::verify::verify(&self.data.join("ledger.db"), None)?;
        assert!(report.is_ok(), "{report:?}");
        Ok(())
    }
}

fn one_time(answer: &Value) -> Outcome<String> {
    Ok(answer["one_time_password"].as_str().ok_or("no one-time password")?.to_owned())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn from_the_first_administrator_to_a_retired_user() -> Outcome {
    let place = Place::new()?;
    assert_eq!(place.done(&["list"], "")?["users"], serde_json::json!([]));
    let given = place.added("ada", "Ada Archer", "administrator", &CONSOLE, "")?;
    assert_eq!(place.events(&["alarm"])?, [] as [Value; 0], "there was no other way");

    // A given password is good for one thing.
    let by_ada = [&["block", "ada"], &BY_ADA[..]].concat();
    place.refused(&by_ada, &format!("{given}\n"), "set a new one first")?;
    let change = ["password", "ada", "--own"];
    place.refused(&change, &format!("{given}\nshort\n"), "at least 12")?;
    place.refused(&change, "nonsense\nnonsense\n", "user id or password is wrong")?;
    place.done(&change, &format!("{given}\n{OWN}\n"))?;

    let typed = format!("{OWN}\n");
    let olga = place.added("olga", "Olga Oker", "operator", &BY_ADA, &typed)?;
    assert_ne!(olga, given);
    let again = [&["add", "olga", "--name", "Other Person", "--role", "operator"], &BY_ADA[..]];
    place.refused(&again.concat(), &typed, "never given again")?;
    place.refused(&by_ada, &typed, "nobody changes his own")?;
    let quality = [&["role", "olga", "--role", "quality", "--role", "administrator"], &BY_ADA[..]];
    place.refused(&quality.concat(), &typed, "administrator does not go with")?;
    let retire = [&["retire", "olga"], &BY_ADA[..]].concat();
    assert_eq!(text(&place.done(&retire, &typed)?, "state"), "retired");
    let unblock = [&["unblock", "olga"], &BY_ADA[..]].concat();
    place.refused(&unblock, &typed, "retired, for ever")?;

    let changes = place.events(&["user_changed"])?;
    let told: Vec<(&str, &str)> =
        changes.iter().map(|change| (text(change, "what"), text(change, "role"))).collect();
    let administrator = "administrator";
    let wanted = [
        ("added", "console"),
        ("password_changed", administrator),
        ("added", administrator),
        ("retired", administrator),
    ];
    assert_eq!(told, wanted);
    assert!(text(&changes[0], "by").starts_with("console:"), "{}", changes[0]);
    let refusals = place.events(&["access"])?;
    let refusals: Vec<&str> = refusals
        .iter()
        .filter(|access| access["granted"] == false)
        .map(|access| text(access, "why"))
        .collect();
    let wanted = [
        "must_change_password",
        "password_refused",
        "name_or_password",
        "id_used",
        "own_account",
        "administrator_apart",
        "retired",
    ];
    assert_eq!(refusals, wanted, "each refusal is on record, in its order");
    place.verifies()?;
    no_secret_is_told(&place, &[&given, &olga, OWN])
}

/// Neither the ledger nor the file of passwords holds one of them.
fn no_secret_is_told(place: &Place, secrets: &[&str]) -> Outcome {
    for file in ["ledger.db", "ledger.db-wal", "people.db"] {
        let Ok(bytes) = std::fs::read(place.data.join(file)) else { continue };
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{file} holds a password");
        }
    }
    Ok(())
}

#[test]
fn the_console_is_on_record_and_nobody_is_locked_out_for_ever() -> Outcome {
    let place = Place::new()?;
    let first = place.added("ada", "Ada Archer", "administrator", &CONSOLE, "")?;
    place.refused(&["add", "olga", "--name", "Olga Oker"], "", "--role")?;
    let nobody = [&["block", "ada"], &CONSOLE[..]].concat();
    place.refused(&nobody, "", "no active administrator")?;
    // The password is lost: the console gives another one; the first one is nothing from then on.
    let second = one_time(&place.done(&[&["password", "ada"], &CONSOLE[..]].concat(), "")?)?;
    let change = ["password", "ada", "--own"];
    place.refused(&change, &format!("{first}\n{OWN}\n"), "user id or password is wrong")?;
    place.done(&change, &format!("{second}\n{OWN}\n"))?;
    let alarms = place.events(&["alarm"])?;
    assert_eq!(alarms.len(), 1, "there was another way: {alarms:?}");
    assert_eq!(text(&alarms[0], "what"), "console_administration");
    place.verifies()?;
    // The file of passwords is lost, or the ledger was restored: users stay, passwords do not.
    std::fs::remove_file(place.data.join("people.db"))?;
    let typed = format!("{OWN}\n");
    place.refused(&[&["block", "ada"], &BY_ADA[..]].concat(), &typed, "password is wrong")?;
    let third = one_time(&place.done(&[&["password", "ada"], &CONSOLE[..]].concat(), "")?)?;
    place.done(&change, &format!("{third}\n{OWN}\n"))?;
    place.verifies()
}
