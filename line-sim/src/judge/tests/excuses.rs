//! What is excused, and how far an excuse reaches.

use serde_json::json;

use super::check;
use super::fixture::{BATCH, Fixture, OTHER, Row, Serial, Way, fault, label, serial};
use crate::judge::{Excused, What};
use crate::truth::{Fate, FaultTruth};

/// Seven packs, the fourth good and rejected for nothing.
const WRONGED: [Way; 7] =
    [Way::Good, Way::Good, Way::Good, Way::Wronged, Way::Good, Way::Good, Way::Good];

type Case = (&'static str, fn(&mut Fixture), Option<Excused>);

const NONE: Excused =
    Excused { own_fault: 0, neighbour_fault: 0, open_fault: 0, purge: 0, hold: 0, first_pack: 0 };

fn strike(f: &mut Fixture, number: usize) {
    f.pack(number).faults.push("duplicate_result".to_owned());
}

fn device_fault(f: &mut Fixture, from_ms: u64, to_ms: Option<u64>) {
    f.faults.push(fault("link_cut", "camera", from_ms, to_ms));
}

/// Puts records before (or behind) the pack's infeed.
fn records(f: &mut Fixture, at: usize, kinds: &[serde_json::Value]) {
    for (more, body) in kinds.iter().enumerate() {
        f.events.insert(at + more, ("B-1", body.clone()));
    }
}

fn hold() -> serde_json::Value {
    json!({"kind": "hold", "cause": "operator"})
}

fn executes() -> serde_json::Value {
    json!({"kind": "unit_state", "from": "unholding", "to": "execute"})
}

/// The wronged pack is the fourth; its end is at 40,000 ms.
const EXCUSES: &[Case] = &[
    ("nothing", |_| {}, None),
    ("own fault", |f| strike(f, 4), Some(Excused { own_fault: 1, ..NONE })),
    ("own ink", |f| f.pack(4).ink.push("smear".to_owned()), Some(Excused { own_fault: 1, ..NONE })),
    (
        "on a standing fault's list",
        |f| {
            let stuck = fault("slip_by_one", "labeler", 1, Some(2));
            f.faults.push(FaultTruth { packs: vec![4], ..stuck });
        },
        Some(Excused { own_fault: 1, ..NONE }),
    ),
    ("the one before", |f| strike(f, 3), Some(Excused { neighbour_fault: 1, ..NONE })),
    ("the one after", |f| strike(f, 5), Some(Excused { neighbour_fault: 1, ..NONE })),
    ("two before", |f| strike(f, 2), None),
    ("two after", |f| strike(f, 6), None),
    ("a fault just over and settled", |f| device_fault(f, 30_000, Some(37_999)), None),
    (
        "a fault that is settling",
        |f| device_fault(f, 30_000, Some(38_000)),
        Some(Excused { open_fault: 1, ..NONE }),
    ),
    ("a fault that begins after it", |f| device_fault(f, 40_001, None), None),
    (
        "a fault without an end",
        |f| device_fault(f, 40_000, None),
        Some(Excused { open_fault: 1, ..NONE }),
    ),
    (
        "a purge in its life",
        |f| {
            let at = f.place("verdict", 4);
            records(f, at, &[json!({"kind": "purge_begin"}), json!({"kind": "purge_end"})]);
        },
        Some(Excused { purge: 1, ..NONE }),
    ),
    (
        "a purge before its infeed",
        |f| {
            let at = f.place("pack_infeed", 4);
            records(f, at, &[json!({"kind": "purge_begin"}), json!({"kind": "purge_end"})]);
        },
        None,
    ),
    (
        "a hold in its life",
        |f| {
            let at = f.place("verdict", 4);
            records(f, at, &[hold(), executes()]);
        },
        Some(Excused { hold: 1, ..NONE }),
    ),
    (
        "a hold that was over",
        |f| {
            let at = f.place("pack_infeed", 4);
            records(f, at, &[hold(), executes()]);
        },
        None,
    ),
    (
        "a hold that lasts",
        |f| {
            let at = f.place("pack_infeed", 4);
            records(f, at, &[hold()]);
        },
        Some(Excused { hold: 1, ..NONE }),
    ),
    (
        "a hold after its reject",
        |f| {
            let at = f.place("pack_ejected", 4);
            records(f, at, &[hold(), executes()]);
        },
        None,
    ),
    (
        "a second reject during a hold",
        |f| {
            let at = f.place("pack_ejected", 4);
            let again = f.body("verdict", 4).clone();
            records(f, at, &[hold(), again, executes()]);
        },
        None,
    ),
    (
        "a hold of another chain",
        |f| {
            let at = f.place("verdict", 4);
            f.events.insert(at, ("B-0", hold()));
        },
        None,
    ),
];

#[test]
fn a_false_reject_hides_behind_nothing_far_away() {
    for (name, change, excused) in EXCUSES {
        let mut f = Fixture::line(&WRONGED);
        change(&mut f);
        let whats: &[What] = if excused.is_some() { &[] } else { &[What::GoodRejected] };
        check(name, &f, ([0, u64::from(excused.is_none()), 0], whats));
        assert_eq!(f.judge().unwrap().excused, excused.unwrap_or_default(), "{name}");
    }
}

#[test]
fn a_row_of_false_rejects_is_not_excused_by_the_hold_it_causes() {
    use Way::*;
    let f = Fixture::line(&[Good, Wronged, Wronged, Wronged, Held, Good]);
    check("row", &f, ([0, 3, 0], &[What::GoodRejected]));
    assert_eq!(f.judge().unwrap().excused, Excused { hold: 1, ..NONE });
}

#[test]
fn a_slight_ink_fault_that_was_read_is_no_false_good() {
    let mut f = Fixture::clean();
    let pack = f.pack(2);
    pack.ink.push("smear".to_owned());
    pack.good = false;
    check("slight smear", &f, ([0, 0, 0], &[]));
    assert_eq!(f.judge().unwrap().ink_fault_out, 1);
}

/// The last pack's infeed edge goes with the line I/O's power, and a person takes the pack away.
fn edge_lost() -> Fixture {
    let mut f = Fixture::line(&[Way::Good, Way::Good, Way::Blank]);
    f.forget(3);
    f.pack(3).fate = Fate::Removed;
    f.faults.push(fault("device_restart", "line_io", 25_000, Some(25_500)));
    f.book("infeed", -1);
    f.book("confirmed_ejects", -1);
    f.book("ejects_without_serial", -1);
    f
}

/// A pack that somebody put onto the belt lies in the bin: its edge there and a declaration stand
/// for it.
fn intruder() -> Fixture {
    let mut f = Fixture::line(&[Way::Good, Way::Good, Way::Blank]);
    f.forget(3);
    let pack = f.pack(3);
    (pack.infeed_count, pack.infeed_ordinal) = (None, None);
    pack.faults.push("foreign_pack".to_owned());
    f.events.push(("B-1", json!({"kind": "ejected_without_pack", "count": 1})));
    f.book("infeed", -1);
    f.book("declared_additions", 1);
    f
}

/// It passed the exit instead, was taken back from there, and that was declared.
fn taken_back(f: &mut Fixture) {
    f.pack(3).fate = Fate::Retrieved;
    f.events.pop();
    f.events.push(("B-1", json!({"kind": "declared", "term": "retrieved", "count": 1})));
    f.book("confirmed_ejects", -1);
    f.book("ejects_without_serial", -1);
    f.book("exit_edges", 1);
    f.book("retrieved_after_exit", 1);
    f.book("declared_removals", 1);
}

#[test]
fn a_pack_that_came_unseen_is_declared_and_must_not_leave() {
    use What::*;
    type Case = (&'static str, fn(&mut Fixture), [u64; 3], &'static [What]);
    let table: &[Case] = &[
        ("declared", |_| {}, [0, 0, 0], &[]),
        ("not declared", |f| f.book("declared_additions", -1), [0, 0, 0], &[SumDiffers]),
        (
            "for no reason unseen",
            |f| f.pack(3).faults.clear(),
            [0, 0, 1],
            &[UnknownToLedger, SumDiffers],
        ),
        (
            "left",
            |f| f.pack(3).fate = Fate::Exited,
            [1, 0, 1],
            &[LeftBlank, LeftUnknown, UnknownToLedger, SumDiffers],
        ),
        ("taken back behind the exit", taken_back, [0, 0, 0], &[]),
        (
            "taken back and not declared",
            |f| {
                taken_back(f);
                f.events.pop();
            },
            [0, 0, 0],
            &[SumDiffers],
        ),
    ];
    for (name, change, counts, whats) in table {
        let mut f = intruder();
        change(&mut f);
        check(name, &f, (*counts, whats));
    }
}

#[test]
fn a_lost_infeed_edge_is_excused_only_with_its_restart_and_of_a_pack_that_did_not_leave() {
    use What::*;
    let lost: &[What] = &[UnknownToLedger, SumDiffers];
    type Case = (&'static str, fn(&mut Fixture), bool);
    let table: &[Case] = &[
        ("lost unread", |_| {}, true),
        ("never latched", |f| f.pack(3).infeed_count = None, true),
        (
            "counted and declared",
            |f| {
                f.book("infeed", 1);
                f.book("declared_removals", 1);
            },
            true,
        ),
        ("no restart", |f| f.faults.clear(), false),
        ("another device", |f| f.faults[0].device = "camera".to_owned(), false),
        ("restart afterwards", |f| f.faults[0].from_ms = 30_001, false),
        ("restart before others left", |f| f.faults[0].from_ms = 15_000, false),
        ("ejected, and that edge went, too", |f| f.pack(3).fate = Fate::Ejected, true),
    ];
    for (name, change, excused) in table {
        let mut f = edge_lost();
        change(&mut f);
        let unexplained = u64::from(!excused);
        check(name, &f, ([0, 0, unexplained], if *excused { &[] } else { lost }));
        assert_eq!(f.judge().unwrap().edges_lost, u64::from(*excused), "{name}");
    }
    let mut f = edge_lost();
    f.pack(3).fate = Fate::Exited;
    let judgement = f.judge().unwrap();
    assert!(!judgement.ok && judgement.edges_lost == 0, "it left, and nobody knows it");
}

#[test]
fn a_label_lost_before_a_pack_is_counted() {
    let mut f = Fixture::clean();
    let idx = f.serials.len() as u32;
    f.serials.push(Serial { batch: BATCH, serial: serial(idx), idx, state: 6, track: None });
    for term in ["allocated", "encoded", "label_scrapped", "labeler_printed"] {
        f.book(term, 1);
    }
    f.scrap(idx);
    check("scrapped", &f, ([0, 0, 0], &[]));
    f.book("labeler_printed", 1);
    f.book("duplicate", 1);
    check("a label too many in the books", &f, ([0, 0, 0], &[What::SumDiffers]));
    f.pack(5).faults.push("duplicate_print".to_owned());
    check("it was printed out of turn, on the blank pack", &f, ([0, 0, 0], &[]));
    // Slipped: it bears the serial of the pack before, and stands for its own all the same.
    f.scrapped[0].label = label(&serial(0));
    check("slipped", &f, ([0, 0, 0], &[]));
}

#[test]
fn taken_back_after_commissioning_needs_a_state_or_a_signature() {
    let mut f = Fixture::line(&WRONGED[..3]);
    f.pack(3).fate = Fate::Retrieved;
    f.serial_of(3).state = 9;
    f.book("commissioned_now", -1);
    f.book("inactive", 1);
    let judgement = f.judge().unwrap();
    let whats: Vec<_> = judgement.findings.iter().map(|finding| &finding.detail).collect();
    assert!(judgement.ok, "{whats:?}");
}

#[test]
fn a_rework_needs_a_signature_that_names_the_serial() {
    let reworked = |subject: String| {
        let mut f = Fixture::line(&[Way::Good, Way::Smeared]);
        f.serial_of(2).state = 7;
        for (term, more) in [
            ("commissioned_ever", 1),
            ("commissioned_now", 1),
            ("reworked", 1),
            ("label_scrapped", -1),
        ] {
            f.book(term, more);
        }
        let body = json!({"kind": "signature", "subject": subject, "reason": "re-read"});
        f.events.push(("site", body));
        f
    };
    let named = format!("rework of {} by quality", super::fixture::serial(1));
    check("signed", &reworked(named), ([0, 0, 0], &[]));
    let unsigned = [What::CommissionedNotLeft, What::SumDiffers];
    check("not signed", &reworked("rework".to_owned()), ([0, 0, 1], &unsigned));
}

#[test]
fn an_empty_belt_after_the_simulator_restarted_is_removed() {
    let mut f = Fixture::line(&[Way::Good, Way::Missing, Way::Good]);
    f.pack(2).fate = Fate::OnBelt;
    let last = f.packs.pop();
    let mut again = f.packs.clone();
    again.clear();
    again.extend(last.map(|mut pack| {
        (pack.pack, pack.io_epoch, pack.infeed_ordinal) = (1, 2, Some(1));
        pack
    }));
    f.row(3).io_epoch = 2;
    f.second_run = Some(again);
    check("second run", &f, ([0, 0, 0], &[]));
    f.second_run = None;
    f.forget(3);
    let judgement = f.judge().unwrap();
    assert_eq!(judgement.unexplained, 1, "{:#?}", judgement.findings);
}

#[test]
fn packs_of_other_batches_are_left_alone() {
    let mut f = Fixture::clean();
    for track in [12, 13, 14] {
        let number = u64::from(track);
        let mut pack = f.packs[0].clone();
        (pack.pack, pack.infeed_count) = (number + 10, Some(number * 1_200 + 50_000));
        (pack.label, pack.fate) = (None, Fate::Ejected);
        f.packs.push(pack);
        f.rows.push(Row {
            batch: OTHER,
            track,
            serial: None,
            verdict: Some("reject"),
            reason: Some("no_job"),
            fate: "ejected",
            infeed_count: number * 1_200 + 50_000,
            io_epoch: 1,
            accepted: false,
        });
    }
    check("two batches", &f, ([0, 0, 0], &[]));
    assert_eq!(f.judge().unwrap().other_batches, 3);
}
