//! `packline order challenge` and `order setup`: begin a trial of the open order, say which packs
//! to prepare, wait for its end, show what came of each.
//!
//! Through the running service only. On a simulated line `--hands` lays the prepared packs onto the
//! infeed; on a real one a person does. Must never judge: the service does, from the record.

use super::args::{DataDir, TrialArgs};
use super::client::Client;
use super::exit::Exit;
use super::hands::Hands;
use super::order::Failure;
use super::prepare::{hold_back, lay_out, let_come};
use super::session;
use hmi::Act;
use serde_json::Value;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Without any movement for so long a trial on a simulated line has come to a standstill.
pub(super) const STANDSTILL: Duration = Duration::from_secs(120);

/// Runs a trial of `kind`, `challenge` or `setup`.
#[must_use]
pub fn run(kind: &str, args: &TrialArgs, labels: Option<u32>) -> Exit {
    match trial(kind, args, labels) {
        Ok(true) => Exit::Ok,
        Ok(false) => Exit::NotProven,
        Err(failure) => {
            eprintln!("packline: {}", failure.text);
            failure.exit
        }
    }
}

fn trial(kind: &str, args: &TrialArgs, labels: Option<u32>) -> Result<bool, Failure> {
    let client = Client::find(&args.at.data_dir)?.ok_or_else(|| no_service(&args.at))?;
    let mut hands = args.hands.map(|address| Hands::at(address.to_string()));
    if let (Some(hands), "challenge") = (&mut hands, kind) {
        hold_back(hands).map_err(Failure::refused)?;
    }
    let told = begin(&client, kind, args, labels)?;
    if !args.at.json {
        show_plan(&told);
    }
    if let (Some(hands), "challenge") = (&mut hands, kind) {
        lay_out(hands, &told).map_err(Failure::refused)?;
    }
    let limit = hands.is_some().then_some(STANDSTILL);
    let ended = wait(limit, || Ok(client.trial_state(&args.batch)?));
    if let (Some(hands), "challenge") = (&mut hands, kind) {
        let_come(hands).map_err(Failure::refused)?;
    }
    let ended = ended?;
    if args.at.json {
        println!("{ended}");
    } else {
        show_result(&ended);
    }
    Ok(ended["passed"] == true)
}

/// Begins it as the person who logs in, or under the name given.
fn begin(
    client: &Client,
    kind: &str,
    args: &TrialArgs,
    labels: Option<u32>,
) -> Result<Value, Failure> {
    let batch = args.batch.clone();
    let Some(persons) = args.person.login.persons() else {
        return Ok(client.trial(&batch, kind, labels, &args.person.who)?);
    };
    let act = match kind {
        "challenge" => Act::ChallengeTest { batch },
        _ => Act::SetupLabels { batch, labels },
    };
    session::act(&args.at, persons, &act, args.reason.as_deref())
}

fn no_service(at: &DataDir) -> Failure {
    Failure {
        text: format!("no service runs in {}; start `packline run`", at.data_dir.display()),
        exit: Exit::Unreachable,
    }
}

/// Looks at the trial until it has ended, at most `limit` without a change.
///
/// # Errors
/// It does not move on, or cannot be looked at.
pub(super) fn wait(
    limit: Option<Duration>,
    mut look: impl FnMut() -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    let (mut moved, mut last) = (Instant::now(), Value::Null);
    loop {
        std::thread::sleep(LOOK_EVERY);
        let state = look()?;
        if state["state"] == "ended" {
            return Ok(state);
        }
        if state != last {
            (moved, last) = (Instant::now(), state);
        } else if limit.is_some_and(|limit| moved.elapsed() > limit) {
            return Err(Failure {
                text: "the trial does not move on; look at the line's status".into(),
                exit: Exit::NotProven,
            });
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("-")
}

fn packs(value: &Value) -> impl Iterator<Item = &Value> {
    value["packs"].as_array().into_iter().flatten()
}

fn names(value: &Value) -> String {
    let names: Vec<&str> =
        value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() { "judged good".to_owned() } else { names.join(" or ") }
}

fn show_plan(told: &Value) {
    println!(
        "trial {} of batch {}: lay these packs onto the infeed",
        text(told, "trial"),
        text(told, "batch")
    );
    for pack in packs(told) {
        let serial = pack["label"]["serial"].as_str().unwrap_or("(no code)");
        println!(
            "{:>4}  {:<24} {:<22} must be {}",
            pack["track"].to_string(),
            text(pack, "prepared"),
            serial,
            names(&pack["expected"])
        );
    }
}

fn show_result(ended: &Value) {
    println!();
    for line in table(ended) {
        println!("{line}");
    }
}

/// What came of each pack, and of the trial.
pub(super) fn table(ended: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for pack in packs(ended) {
        let verdict =
            format!("{} {}", text(pack, "verdict"), pack["reason"].as_str().unwrap_or(""));
        let mark = if pack["passed"] == true { "ok" } else { "FAILED" };
        lines.push(format!(
            "{:>4}  {:<24} {:<32} {:<10} {mark}",
            pack["track"].to_string(),
            text(pack, "prepared"),
            verdict,
            text(pack, "fate")
        ));
    }
    if let Some(cause) = ended["interrupted"].as_str() {
        lines.push(format!("interrupted: {cause}"));
    }
    let passed = if ended["passed"] == true { "passed" } else { "FAILED" };
    lines.push(format!("{} {}: {passed}", text(ended, "mode"), text(ended, "trial")));
    lines
}
