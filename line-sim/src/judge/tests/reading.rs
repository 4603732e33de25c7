//! Batches that are not closed, files that cannot be read, and the command.

use std::fs;

use clap::Parser;
use tempfile::TempDir;

use super::check;
use super::fixture::{Fixture, Way};
use crate::judge::cli::{JudgeArgs, run};
use crate::judge::{JudgeError, Order, What};
use crate::truth::Fate;

/// The last pack has left; the ledger has its accept and not yet its exit.
fn open() -> Fixture {
    let mut f = Fixture::line(&[Way::Good, Way::Good, Way::Good]);
    (f.state, f.books) = ("running", None);
    f.row(3).fate = "in_process";
    f.serial_of(3).state = 4;
    let at = f.place("pack_exited", 3);
    f.events.remove(at);
    f
}

#[test]
fn a_batch_that_is_not_closed_is_judged_as_far_as_it_is() {
    let judgement = open().judge().unwrap();
    assert!(judgement.ok && !judgement.closed, "{:#?}", judgement.findings);
    assert_eq!((judgement.pending, judgement.good_out), (1, 3));
}

#[test]
fn an_open_batch_hides_nothing() {
    use What::*;
    type Case = (&'static str, fn(&mut Fixture), [u64; 3], &'static [What]);
    let table: &[Case] = &[
        ("left before its accept", |f| f.row(3).accepted = false, [1, 0, 0], &[LeftNotAccepted]),
        (
            "left with its serial unprinted",
            |f| f.serial_of(3).state = 2,
            [1, 0, 0],
            &[LeftNotCommissioned],
        ),
        ("left unresolved and read", |f| f.row(3).fate = "unresolved", [0, 0, 0], &[]),
        (
            "truly ejected, recorded as exited",
            |f| f.pack(2).fate = Fate::Ejected,
            [0, 1, 1],
            &[FateDiffers, CommissionedNotLeft, GoodRejected, SumDiffers],
        ),
        (
            "an early track that never was",
            |f| {
                f.pack(1).infeed_count = Some(7);
                f.pack(1).fate = Fate::OnBelt;
            },
            [0, 0, 2],
            &[UnknownToLedger, UnknownToTruth, CommissionedNotLeft, SumDiffers],
        ),
        (
            "a late track that is not yet over",
            |f| {
                f.packs.pop();
            },
            [0, 0, 0],
            &[],
        ),
        (
            "a late pack that the ledger has not read",
            |f| {
                f.forget(3);
                (f.pack(3).fate, f.pack(3).good) = (Fate::OnBelt, false);
            },
            [0, 0, 0],
            &[],
        ),
    ];
    for (name, change, counts, whats) in table {
        let mut f = open();
        change(&mut f);
        check(name, &f, (*counts, whats));
    }
}

#[test]
fn a_torn_last_line_is_counted_and_no_other() {
    let mut f = Fixture::clean();
    f.tail = "{\"pack\":15,\"infeed_ord";
    assert_eq!(f.judge().unwrap().torn_lines, 1);
    f.tail = "{\"pack\":15,\"infeed_ord\n";
    assert!(matches!(f.judge(), Err(JudgeError::Truth { line: 17, .. })), "{:?}", f.judge());
    f.tail = "{\"truth\":2,\"seed\":1,\"scenario\":\"\",\"camera\":\"\"}\n";
    assert!(matches!(f.judge(), Err(JudgeError::Truth { .. })));
}

#[test]
fn strange_words_are_no_judgement() {
    let mut f = Fixture::clean();
    f.row(2).fate = "lost";
    assert!(matches!(f.judge(), Err(JudgeError::Strange { what: "v_pack.fate", .. })));
    let mut f = Fixture::clean();
    f.serials[0].state = 12;
    assert!(matches!(f.judge(), Err(JudgeError::Strange { .. })));
    let mut f = Fixture::clean();
    f.books.as_mut().unwrap().as_object_mut().unwrap().remove("in_process");
    assert!(matches!(f.judge(), Err(JudgeError::Strange { what: "v_batch.books_json", .. })));
    let mut f = Fixture::clean();
    f.order.batch = "B-9".to_owned();
    assert!(matches!(f.judge(), Err(JudgeError::NoBatch(batch)) if batch == "B-9"));
}

#[test]
fn orders() {
    let toml = "batch = \"B\"\ngtin = \"1\"\nlot = \"L\"\ntarget = 5\nexpiry = ";
    let table = [
        ("\"2029-11-30\"", Some("0112129\u{1d}1729113010L")),
        ("\"291130\"", Some("same")),
        ("\"30.11.2029\"", None),
        ("\"2029-11\"", None),
        ("5", None),
    ];
    for (expiry, code) in table {
        let order = Order::from_toml(&format!("{toml}{expiry}\n"));
        assert_eq!(order.is_ok(), code.is_some(), "{expiry}");
        if let Ok(order) = order {
            assert_eq!(order.code("29"), "0112129\u{1d}1729113010L");
        }
    }
    let json = r#"{"batch": "B", "gtin": "1", "lot": "L", "expiry": "291130", "target": 5}"#;
    assert_eq!(Order::from_json(json).unwrap().lot, "L");
}

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: JudgeArgs,
}

#[test]
fn the_command_tells_by_its_exit_code() {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let mut f = Fixture::clean();
    f.write_truth(&dir, "good", &f.packs, &f.faults);
    f.pack(2).fate = Fate::Ejected;
    f.write_truth(&dir, "bad", &f.packs, &f.faults);
    drop(f.write_ledger(&dir.path().join("ledger.db")));
    let order = "batch = \"B-1\"\ngtin = \"04150037528643\"\nlot = \"LOT-7781\"\n\
                 expiry = \"2029-11-30\"\n";
    fs::write(at("order.toml"), order).unwrap();
    for (truth, code) in [("good.jsonl", 0), ("bad.jsonl", 3), ("none.jsonl", 2)] {
        let (truth, ledger, order) = (at(truth), at("ledger.db"), at("order.toml"));
        let args = ["judge", "--truth", &truth, "--ledger", &ledger, "--order", &order];
        let command = Command::try_parse_from(args).unwrap();
        let expected = std::process::ExitCode::from(code);
        assert_eq!(format!("{:?}", run(&command.args)), format!("{expected:?}"), "{truth}");
    }
    assert!(Command::try_parse_from(["judge", "--ledger", "l", "--order", "o"]).is_err());
}
