//! Planted errors, one at a time, in a batch that is clean without them.

use serde_json::{Value, json};

use super::check;
use super::fixture::{BATCH, Fixture, LINE, RECIPE, Row, Serial, Way, label, serial};
use crate::judge::{Recipe, What};
use crate::truth::Fate;
use crate::world::label::{LabelText, Text};

type Case = (&'static str, fn(&mut Fixture), [u64; 3], &'static [What]);

fn run(table: &[Case]) {
    for (name, spoil, counts, whats) in table {
        let mut fixture = Fixture::clean();
        spoil(&mut fixture);
        check(name, &fixture, (*counts, whats));
    }
}

/// The order asks for its first pack; `at` is where the ledger has the approval.
fn with_first_pack(f: &mut Fixture, at: Option<usize>) {
    f.order.first_pack_due = true;
    if let Some(at) = at {
        let taken = json!({"kind": "serial_taken", "serial": 0, "taken": "first_pack"});
        f.events.insert(at, (BATCH, taken));
    }
}

#[test]
fn what_left_before_the_first_packs_approval_is_a_false_good() {
    let judged = |at: fn(&Fixture) -> Option<usize>| {
        let mut f = Fixture::clean();
        let at = at(&f);
        with_first_pack(&mut f, at);
        f.judge().unwrap()
    };
    let never = judged(|_| None);
    assert_eq!(never.false_good, never.good_out, "{:#?}", never.findings);
    assert!(never.findings.iter().all(|f| f.what == What::LeftBeforeApproval));
    assert!(judged(|_| Some(0)).ok);
    // Behind the first accept: one left too early.
    let late = judged(|f| Some(f.place("pack_exited", 2)));
    assert!(late.false_good >= 1 && late.false_good < late.good_out, "{:#?}", late.findings);
}

#[test]
fn a_clean_batch_passes() {
    let judgement = Fixture::clean().judge().unwrap();
    assert!(judgement.ok && judgement.closed, "{:#?}", judgement.findings);
    assert_eq!((judgement.packs, judgement.good_out, judgement.pending), (14, 9, 0));
    assert_eq!((judgement.excused.purge, judgement.fates.retrieved), (1, 1));
    assert!(judgement.sums.len() > 40);
    check("clean", &Fixture::clean(), ([0, 0, 0], &[]));
}

/// Both the label and the command bear other data: a stale batch header, a wrong field.
fn relabel(f: &mut Fixture, change: fn(&mut LabelText)) {
    let pack = f.pack(2);
    for text in [&mut pack.label, &mut pack.commanded].into_iter().flatten() {
        change(text);
    }
}

const FALSE_GOOD: &[Case] = {
    use What::*;
    &[
        (
            "left without a track",
            |f| f.forget(2),
            [1, 0, 1],
            &[LeftUnknown, UnknownToLedger, SumDiffers],
        ),
        (
            "left blank",
            |f| (f.pack(2).label, f.pack(2).good) = (None, false),
            [1, 0, 0],
            &[LeftBlank],
        ),
        (
            "left with another lot",
            |f| relabel(f, |l| l.lot = Text::new(b"LOT-7782")),
            [1, 0, 0],
            &[LeftWithOtherCode],
        ),
        (
            "left with another expiry",
            |f| relabel(f, |l| l.expiry = Text::new(b"291129")),
            [1, 0, 0],
            &[LeftWithOtherCode],
        ),
        (
            "left with another product",
            |f| relabel(f, |l| l.gtin = Text::new(b"04150037528650")),
            [1, 0, 0],
            &[LeftWithOtherCode],
        ),
        (
            "left misprinted",
            |f| f.pack(2).label = Some(label("7K2M9QXT000Z")),
            [1, 0, 0],
            &[LeftWithOtherCode, LeftNotAsCommanded],
        ),
        (
            "left as ledger says, not as commanded",
            |f| f.pack(2).commanded = f.pack(3).commanded,
            [1, 0, 1],
            &[LeftNotAsCommanded, CommandedTwice, SumDiffers],
        ),
        ("left rejected", |f| f.row(2).verdict = Some("reject"), [1, 0, 0], &[LeftNotAccepted]),
        ("left undecided", |f| f.row(2).verdict = None, [1, 0, 0], &[LeftNotAccepted]),
        (
            "left before the accept was stored",
            |f| f.row(2).accepted = false,
            [1, 0, 0],
            &[LeftNotAccepted],
        ),
        (
            "left without a reading",
            |f| f.body("verdict", 2)["read"] = Value::Null,
            [1, 0, 0],
            &[LeftNotRead],
        ),
        (
            "left with a neighbour's reading",
            |f| f.body("verdict", 2)["read"] = f.body("verdict", 1)["read"].clone(),
            [1, 0, 0],
            &[LeftNotRead],
        ),
        (
            "left with a low grade",
            |f| f.body("verdict", 2)["grade"]["overall"] = json!(14),
            [1, 0, 0],
            &[LeftLowGrade],
        ),
        ("left without a serial", |f| f.row(2).serial = None, [1, 0, 0], &[LeftWithoutSerial]),
        (
            "left with a serial of nobody",
            |f| f.row(2).serial = Some("X".to_owned()),
            [1, 0, 0],
            &[LeftWithOtherCode, LeftNotRead, LeftNotCommissioned],
        ),
        (
            "left and scrapped",
            |f| f.serial_of(2).state = 6,
            [1, 0, 0],
            &[LeftNotCommissioned, SumDiffers],
        ),
        (
            "left and commissioned for another track",
            |f| f.body("pack_exited", 2)["serial"] = json!(0),
            [2, 0, 0],
            &[LeftNotCommissioned],
        ),
        (
            "left and commissioned twice",
            |f| {
                let twice = f.body("pack_exited", 2).clone();
                f.events.push(("B-1", twice));
            },
            [1, 0, 0],
            &[LeftNotCommissioned, SumDiffers],
        ),
        (
            "two left with one serial",
            |f| f.pack(4).label = f.pack(2).label,
            [1, 0, 0],
            &[LeftSharingSerial, LeftWithOtherCode, LeftNotAsCommanded],
        ),
    ]
};

const OTHERWISE: &[Case] = {
    use What::*;
    &[
        ("as the recipe wants it", |_| (), [0, 0, 0], &[]),
        (
            "left with another text",
            |f| f.pack(2).text = f.pack(1).text.clone(),
            [1, 0, 0],
            &[LeftWithOtherText],
        ),
        (
            "left with a text of another year",
            |f| f.pack(2).text = f.pack(2).text.as_ref().map(|t| t.replace("2029", "2028")),
            [1, 0, 0],
            &[LeftWithOtherText],
        ),
        ("left without a text", |f| f.pack(2).text = None, [1, 0, 0], &[LeftWithOtherText]),
        (
            "left in another carton",
            |f| f.pack(2).carton = Some("C-2".to_owned()),
            [1, 0, 0],
            &[LeftInOtherCarton],
        ),
        ("left in no carton", |f| f.pack(2).carton = None, [1, 0, 0], &[LeftInOtherCarton]),
        (
            "left without tamper-evident label",
            |f| f.pack(2).tamper = Some(false),
            [1, 0, 0],
            &[LeftWithoutTamperEvident],
        ),
        ("left too light", |f| f.pack(2).weight_mg = Some(23_999), [1, 0, 0], &[LeftOffWeight]),
        ("left too heavy", |f| f.pack(2).weight_mg = Some(26_001), [1, 0, 0], &[LeftOffWeight]),
    ]
};

#[test]
fn what_the_stations_would_have_seen_is_false_good() {
    for (name, spoil, counts, whats) in OTHERWISE {
        let mut fixture = Fixture::clean();
        fixture.order.recipe = Recipe::from_toml(RECIPE).unwrap();
        spoil(&mut fixture);
        check(name, &fixture, (*counts, whats));
    }
}

#[test]
fn false_good_is_found() {
    run(FALSE_GOOD);
}

/// What no station of the recipe looks at makes no pack a false good.
#[test]
fn only_what_the_recipe_asks_for_counts() {
    let spoil = |f: &mut Fixture| {
        let pack = f.pack(2);
        (pack.text, pack.carton) = (None, Some("C-2".to_owned()));
        (pack.tamper, pack.weight_mg) = (Some(false), Some(0));
    };
    let recipe = |text: &str| Recipe::from_toml(text).unwrap();
    let mut f = Fixture::clean();
    spoil(&mut f);
    f.order.recipe = recipe("[verify]\nstations = [\"camera\"]");
    check("camera alone", &f, ([0, 0, 0], &[]));
    f.order.recipe = recipe("[verify]\nstations = [\"camera\", \"tamper_evident\"]");
    check("tamper-evident", &f, ([1, 0, 0], &[What::LeftWithoutTamperEvident]));
    let fields = "[verify]\nstations = [\"text_check\"]\ntext_check.fields = [\"lot\"]";
    f.order.recipe = recipe(fields);
    f.pack(2).text = f.pack(1).text.clone();
    check("another serial, the same lot", &f, ([0, 0, 0], &[]));
    let none = "[verify]\nstations = [\"carton_code\"]";
    assert!(Recipe::from_toml(none).is_err_and(|e| e.to_string().contains("carton_code")));
}

#[test]
fn a_rejected_pack_that_left_is_found() {
    use What::*;
    let expected = [FateDiffers, LeftNotAccepted, LeftNotRead, LeftNotCommissioned, SumDiffers];
    for (way, extra) in [(Way::Smeared, 3), (Way::Purged, 13)] {
        let mut f = Fixture::clean();
        assert!(LINE[extra - 1] == way);
        f.pack(extra).fate = Fate::Exited;
        check("ejector missed", &f, ([1, 0, 1], &expected));
    }
}

const UNEXPLAINED: &[Case] = {
    use What::*;
    &[
        (
            "recorded as exited, truly ejected",
            |f| f.pack(2).fate = Fate::Ejected,
            [0, 0, 1],
            &[FateDiffers, CommissionedNotLeft, SumDiffers],
        ),
        (
            "recorded as exited, truly removed",
            |f| f.pack(2).fate = Fate::Removed,
            [0, 0, 1],
            &[FateDiffers, CommissionedNotLeft, SumDiffers],
        ),
        (
            "recorded as exited, taken back",
            |f| f.pack(2).fate = Fate::Retrieved,
            [0, 0, 1],
            &[FateDiffers, CommissionedNotLeft, SumDiffers],
        ),
        (
            "recorded as ejected, truly removed",
            |f| f.pack(3).fate = Fate::Removed,
            [0, 0, 1],
            &[FateDiffers, SumDiffers],
        ),
        (
            "recorded as removed, truly in the bin",
            |f| f.row(3).fate = "removed",
            [0, 0, 1],
            &[FateDiffers, SumDiffers],
        ),
        (
            "still on the belt",
            |f| f.pack(3).fate = Fate::OnBelt,
            [0, 0, 1],
            &[FateDiffers, SumDiffers],
        ),
        (
            "closed in process",
            |f| f.row(3).fate = "in_process",
            [0, 0, 1],
            &[FateDiffers, SumDiffers],
        ),
        (
            "closed unresolved",
            |f| f.row(3).fate = "unresolved",
            [0, 0, 1],
            &[FateDiffers, SumDiffers],
        ),
        ("an ejected pack is unknown", |f| f.forget(3), [0, 0, 1], &[UnknownToLedger, SumDiffers]),
        (
            "a removed pack is unknown without a restart",
            |f| f.forget(7),
            [0, 0, 1],
            &[UnknownToLedger, SumDiffers],
        ),
        (
            "a track that never was",
            |f| f.rows.push(phantom()),
            [0, 0, 1],
            &[UnknownToTruth, SumDiffers],
        ),
        (
            "two packs are one",
            |f| f.pack(4).infeed_count = f.pack(2).infeed_count,
            [1, 0, 2],
            &[
                SameTrackTwice,
                TrackNotOrdinal,
                UnknownToTruth,
                LeftWithOtherCode,
                CommissionedNotLeft,
            ],
        ),
        (
            "the tracks do not follow the edges",
            |f| {
                f.pack(5).infeed_ordinal = Some(106);
            },
            [0, 0, 1],
            &[TrackNotOrdinal],
        ),
        (
            "commissioned without a pack",
            |f| f.serials[13].state = 7,
            [0, 0, 1],
            &[CommissionedNotLeft, SumDiffers],
        ),
        (
            "commissioned and ejected",
            |f| f.serial_of(3).state = 7,
            [0, 0, 1],
            &[CommissionedNotLeft, SumDiffers],
        ),
        (
            "given back and printed",
            |f| f.serial_of(3).state = 1,
            [0, 0, 1],
            &[UnusedButPrinted, SumDiffers],
        ),
        (
            "allocated and printed",
            |f| f.serial_of(3).state = 2,
            [0, 0, 1],
            &[UnusedButPrinted, SumDiffers],
        ),
        (
            "given back and on a label that was lost",
            |f| f.scrap(14),
            [0, 0, 1],
            &[UnusedButPrinted, SumDiffers],
        ),
        (
            "a serial of nobody was printed",
            |f| {
                f.pack(3).commanded = Some(label("STRANGE"));
            },
            [0, 0, 1],
            &[CommandedUnknown, SumDiffers],
        ),
        (
            "printed by two jobs",
            |f| f.pack(3).commanded = f.pack(4).commanded,
            [0, 0, 1],
            &[CommandedTwice, SumDiffers],
        ),
        (
            "issued to two batches",
            |f| {
                let (serial, batch) = (serial(1), "B-0");
                f.serials.push(Serial { batch, serial, idx: 0, state: 7, track: Some(1) });
            },
            [0, 0, 1],
            &[IssuedTwice],
        ),
    ]
};

#[test]
fn what_is_not_explained_is_found() {
    run(UNEXPLAINED);
}

fn phantom() -> Row {
    Row {
        batch: "B-1",
        track: 15,
        serial: None,
        verdict: Some("reject"),
        reason: Some("purge"),
        fate: "ejected",
        infeed_count: 99_999,
        io_epoch: 1,
        accepted: false,
    }
}

#[test]
fn every_term_of_the_books_is_compared() {
    let books = Fixture::clean().books.unwrap();
    for term in books.as_object().unwrap().keys() {
        for more in [-1, 1] {
            let mut f = Fixture::clean();
            f.book(term, more);
            check(term, &f, ([0, 0, 0], &[What::SumDiffers]));
        }
    }
}

#[test]
fn sums_that_hide_a_pack_in_two_terms_are_found() {
    let pairs: [&[(&str, i64)]; 5] = [
        &[("infeed", 1), ("declared_removals", 1)],
        &[("infeed", 1), ("declared_additions", -1)],
        &[("infeed", -1), ("confirmed_ejects", -1), ("ejects_without_serial", -1)],
        &[("exit_edges", 1), ("retrieved_after_exit", 1)],
        &[("labeler_printed", 1), ("duplicate", 1), ("infeed", 0), ("printed_undeclared", -1)],
    ];
    for terms in pairs {
        let mut f = Fixture::clean();
        terms.iter().for_each(|(term, more)| f.book(term, *more));
        check(&format!("{terms:?}"), &f, ([0, 0, 0], &[What::SumDiffers]));
    }
}

#[test]
fn other_spoilt_books_and_orders_are_found() {
    use What::*;
    run(&[
        ("closed without books", |f| f.books = None, [0, 0, 0], &[SumDiffers]),
        (
            "an ejection that no pack explains",
            |f| {
                f.events.push(("B-1", json!({"kind": "ejected_without_pack", "count": 7})));
            },
            [0, 0, 0],
            &[SumDiffers],
        ),
        (
            "another lot",
            |f| f.order.lot.push('X'),
            [9, 0, 0],
            &[OrderDiffers, LeftWithOtherCode, LeftNotRead],
        ),
        (
            "another expiry",
            |f| f.order.expiry = "291129".to_owned(),
            [9, 0, 0],
            &[OrderDiffers, LeftWithOtherCode, LeftNotRead],
        ),
        (
            "another product",
            |f| f.order.gtin = "04150037528650".to_owned(),
            [9, 0, 0],
            &[OrderDiffers, LeftWithOtherCode, LeftNotRead],
        ),
    ]);
}
