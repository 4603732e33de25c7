//! The ledger's table of acts against the table of roles, and what a refusal tells a page.

use super::{recipe, refused, screens, steps};
use crate::service::sample::spec;
use ledger::{
    Act, Ledger, LedgerError, LedgerKind, Meaning, Reader, Refusal, Signed, Signing, Workflow, keys,
};
use people::{Action, Signing as Asked};

const RECIPE: &str = include_str!("../../../../config/products/demo.toml");

fn same(ledger: Meaning, people: people::Meaning) -> bool {
    let name = match ledger {
        Meaning::Performed => "performed",
        Meaning::Reviewed => "reviewed",
        Meaning::Approved => "approved",
    };
    name == people.name()
}

/// One table says who may, the other what the record must have: they ask for the same signatures.
#[test]
fn the_ledger_asks_for_the_signatures_of_the_table_of_roles() {
    for act in Act::ALL {
        let action: Action = act.name().parse().expect("an action of docs/roles.md");
        let equal = match (act.signing(), action.signing()) {
            (Signing::One(a), Asked::One(b)) | (Signing::NotOwn(a), Asked::NotOwn(b)) => same(a, b),
            (
                Signing::Two { first: a, second: b, not_own: own },
                Asked::Two { first, second, not_own, .. },
            ) => same(a, first) && same(b, second) && own == not_own,
            _ => false,
        };
        assert!(equal, "{}: {:?} and {:?}", act.name(), act.signing(), action.signing());
    }
}

fn signed(who: &str, meaning: Meaning) -> Signed {
    Signed::unproven(who, meaning, "test", "a test")
}

#[test]
fn a_page_is_told_what_is_missing_and_what_to_do() {
    let dir = tempfile::tempdir().expect("a directory");
    let key = keys::make(dir.path()).expect("a key");
    let path = dir.path().join("ledger.db");
    let (line, now) = ("LINE-1".parse().expect("a line"), super::super::wall_clock());
    let mut ledger =
        Ledger::create(&path, LedgerKind::Simulation, &line, &key, now).expect("a ledger");
    let mut order = spec("B-1");
    ledger.set_authority(now, order.gtin, Some("all"), "test").expect("authority");
    order.workflow = Workflow::required(vec!["the belt is empty".into()]);
    let no = ledger.open_batch(now, &order).expect("an order");
    ledger.allocate_slice(now, no, 0, &["S1".parse().expect("a serial")]).expect("a slice");
    ledger.finish_allocation(now, no).expect("loaded");
    let reader = Reader::open(&path).expect("a reader");
    let told = screens::readiness(&reader, no).expect("readiness");
    let missing = serde_json::json!(["line_clearance", "device_check", "order_start"]);
    assert_eq!(told["before_start"], missing);
    assert_eq!(told["steps"][0]["state"], "done");
    assert_eq!(told["steps"][3]["state"], "waived");
    let start = steps::sign_start(&mut ledger, no, &signed("olga", Meaning::Performed));
    let problem = start.expect_err("steps are missing");
    assert_eq!((problem.status, problem.code.as_str()), (409, "steps_missing"));
    assert!(problem.detail.contains("line_clearance, device_check"), "{}", problem.detail);
    let problem = steps::require_startable(&ledger, no).expect_err("not signed either");
    assert!(problem.detail.contains("order_start"), "{}", problem.detail);
    let overview = screens::close(&reader, no).expect("an overview");
    assert_eq!(overview["unreviewed"]["count"], 0);
    let problem = screens::pack(&reader, (no, "B-1"), dir.path(), 1, 2).expect_err("no pack");
    assert_eq!(problem.status, 404);
}

#[test]
fn a_recipe_is_checked_before_it_is_drafted_and_compared_before_it_is_approved() {
    let dir = tempfile::tempdir().expect("a directory");
    let key = keys::make(dir.path()).expect("a key");
    let path = dir.path().join("ledger.db");
    let (line, now) = ("LINE-1".parse().expect("a line"), super::super::wall_clock());
    let mut ledger =
        Ledger::create(&path, LedgerKind::Simulation, &line, &key, now).expect("a ledger");
    let (gtin, erik) = ("04150037528643", signed("erik", Meaning::Performed));
    let bad = recipe::draft(&mut ledger, gtin, "revision = 0", &erik);
    assert_eq!(bad.expect_err("no recipe").status, 422);
    let other = recipe::draft(&mut ledger, "04150037528650", RECIPE, &erik);
    assert_eq!(other.expect_err("of another product").code, "recipe");
    let text = RECIPE.replace("revision = 1", "revision = 2");
    recipe::draft(&mut ledger, gtin, RECIPE, &erik).expect("a draft");
    recipe::draft(&mut ledger, gtin, &text, &erik).expect("a draft");
    let reader = Reader::open(&path).expect("a reader");
    let told = recipe::difference(&reader, gtin, 1, 2).expect("a difference");
    let lines = told["lines"].as_array().expect("lines");
    let changed = lines.iter().filter(|line| line["change"] != "same").count();
    assert!((1..=4).contains(&changed) && lines.len() > changed, "{told}");
    let own = [signed("sara", Meaning::Approved), signed("erik", Meaning::Approved)];
    let problem = recipe::approve(&mut ledger, gtin, 1, &own).expect_err("own work");
    assert_eq!(problem.code, "own_work");
    let unknown = LedgerError::Refused(Refusal::UnknownBatch);
    assert_eq!(refused(&unknown, "x").code, "refused");
}
