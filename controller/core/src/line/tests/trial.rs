//! Challenge and Setup: judged as ever, counted apart, and nothing ever passes.

use super::fixture::Rig;
use super::pack::{Pack, Step, Way};
use crate::event::{Command, Output, PackFate};
use crate::line_config::LineConfig;
use crate::reason::{HoldCause, RejectReason as R};
use crate::record::{ReadContent, RecordBody};
use contracts::camera::ReadStatus;
use contracts::line_io::{Channel as C, Edge, outputs};
use contracts::open_scs::JobOrderState as O;
use contracts::packml::{UnitMode, UnitState as S};

fn rig(mode: UnitMode, packs: u32) -> Rig {
    let config = LineConfig { mode, consecutive_rejects_max: 1, ..super::config() };
    let mut rig = Rig::dark(config, packs, packs);
    rig.all_up();
    assert_eq!(rig.command(Command::Start), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), S::Execute);
    rig
}

fn code(serial: &str) -> ReadContent {
    let code = format!("]d2010415003752864321{serial}\u{1d}1728123110LOT42");
    ReadContent::new(code.as_bytes())
}

/// A prepared pack that bears a code; the labeler has no job for it.
fn prepared(serial: &'static str) -> Pack {
    Pack::good().without(Step::Rise(C::Applied)).altered(move |reading| {
        reading.status = ReadStatus::Decoded;
        reading.content = code(serial);
    })
}

#[test]
fn a_challenge_judges_each_prepared_pack_and_passes_none() {
    let mut rig = rig(UnitMode::Challenge, 5);
    let blank = Pack::good().without(Step::Rise(C::Applied));
    let low = prepared("SERIAL000003").altered(|reading| {
        reading.status = ReadStatus::Decoded;
        reading.content = code("SERIAL000003");
        reading.grade.overall = 10;
    });
    let good = || prepared("SERIAL000000");
    rig.run(&[good(), blank, prepared("SERIAL000000"), low, prepared("SERIAL000004")]);
    rig.labeler_report();
    let verdicts: Vec<_> = (1..=5).map(|pack| rig.verdicts(pack)).collect();
    let expected = [None, Some(R::NoRead), Some(R::Slip), Some(R::LowGrade), None];
    assert_eq!(verdicts, expected.map(|reason| vec![reason]));
    for pack in 1..=5 {
        assert!(!rig.permitted(pack), "the pass path stays shut, also for a good control");
        assert_eq!(rig.fate(pack), PackFate::Ejected);
    }
    assert_eq!((rig.line.unit_state(), rig.line.order_state()), (S::Complete, O::Completed));
    assert!(rig.dispatched().is_empty(), "the labeler is inhibited");
    let holds = rig.records().any(|b| matches!(b, RecordBody::Hold { .. }));
    assert!(!holds, "rejects in a row are what is wanted");
    let bound = |b: &RecordBody| {
        matches!(
            b,
            RecordBody::PackEjected { serial: Some(_), .. } | RecordBody::JobAssigned { .. }
        )
    };
    assert!(!rig.records().any(bound), "no serial of a pool stands behind a prepared pack");
}

#[test]
fn no_pack_too_many_is_asked_for() {
    let mut rig = rig(UnitMode::Challenge, 1);
    let infeed = |rig: &Rig| {
        let bits =
            |o: &Output| if let Output::LineIoOutputs { bits } = o { Some(*bits) } else { None };
        rig.seen.iter().rev().find_map(bits).is_some_and(|bits| bits & outputs::INFEED != 0)
    };
    assert!(infeed(&rig));
    rig.edge(C::Infeed, Edge::Rising);
    assert!(!infeed(&rig), "the last prepared pack is on the belt");
}

#[test]
fn i5_a_prepared_pack_that_gets_out_stops_the_line() {
    let mut rig = rig(UnitMode::Challenge, 3);
    rig.run(&[prepared("SERIAL000000").goes(Way::Out)]);
    assert!(rig.held_for(HoldCause::UnexplainedPack));
    let exited = |b: &RecordBody| matches!(b, RecordBody::PackExited { .. });
    assert!(!rig.records().any(exited), "nothing of a challenge is ever commissioned");
}

#[test]
fn setup_prints_labels_and_passes_none() {
    let mut rig = rig(UnitMode::Setup, 3);
    rig.run(&[Pack::good(), Pack::good(), Pack::good()]);
    rig.labeler_report();
    for pack in 1..=3 {
        assert_eq!(rig.verdicts(pack), [None], "what it would have been");
        assert!(!rig.permitted(pack));
        assert_eq!(rig.fate(pack), PackFate::Ejected);
    }
    assert_eq!(rig.line.unit_state(), S::Complete);
}
