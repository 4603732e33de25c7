//! I1, good only if proven: one thing is wrong with the proof, and the pack gets no permit, the
//! right reason, and ends in the bin.

use super::config;
use super::fixture::Rig;
use super::pack::{Pack, Step};
use crate::event::{CameraReading, Command, Input, PackFate};
use crate::ids::Epoch;
use crate::line_config::LineConfig;
use crate::reason::{HoldCause, RejectReason as R};
use crate::record::{ReadContent, RecordBody};
use contracts::camera::{ReadStatus, flags};
use contracts::line_io::{Channel as C, Edge};

/// From here on a result can no longer become a permit in time: gate - window - lead - budget.
const RESULT_DEADLINE: u64 = 8_000 - 400 - 300 - 720;
/// From here on a permit comes too late.
const PERMIT_DEADLINE: u64 = 8_000 - 400 - 300;

/// Symbology, 01, 21, GS, 17 and 10 of the fixture's packs.
const CODE_BYTES: usize = 3 + 16 + 14 + 1 + 8 + 7;

/// Runs one pack and says why it was rejected; it must have got no permit.
fn rejected(pack: Pack) -> R {
    let mut rig = Rig::running();
    rig.run(&[pack]);
    reason(&rig)
}

fn reason(rig: &Rig) -> R {
    assert!(!rig.permitted(1), "I1: a permit: {:?}", rig.verdicts(1));
    assert_eq!(rig.fate(1), PackFate::Ejected);
    let verdicts = rig.verdicts(1);
    assert!(!verdicts.contains(&None), "I1: an accept: {verdicts:?}");
    verdicts.last().copied().flatten().unwrap()
}

fn discarded(rig: &Rig) -> usize {
    rig.records().filter(|b| matches!(b, RecordBody::ResultDiscarded { .. })).count()
}

fn replace(reading: &mut CameraReading, change: impl Fn(&mut Vec<u8>)) {
    let mut content = reading.content.as_bytes().to_vec();
    change(&mut content);
    reading.content = ReadContent::new(&content);
}

#[test]
fn i1_the_good_pack_passes_so_that_the_others_fail_for_their_own_reason() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good(), Pack::good(), Pack::good()]);
    for pack in 1..=3 {
        assert_eq!(rig.verdicts(pack), [None]);
        assert!(rig.permitted(pack) && !rig.revoked(pack));
        assert_eq!(rig.fate(pack), PackFate::Exited);
    }
    assert!(rig.line.holds().is_empty());
}

#[test]
fn i1_no_result() {
    assert_eq!(rejected(Pack::good().without(Step::Result)), R::NoResult);
}

#[test]
fn i1_no_trigger_and_so_no_result() {
    assert_eq!(rejected(Pack::good().without(Step::Rise(C::CameraTrigger))), R::NoResult);
}

#[test]
fn i1_a_result_at_the_deadline_is_late_and_one_count_before_it_is_not() {
    assert_eq!(rejected(Pack::good().delayed(Step::Result, RESULT_DEADLINE)), R::ResultLate);
    let mut rig = Rig::running();
    rig.run(&[Pack::good().delayed(Step::Result, RESULT_DEADLINE - 1)]);
    assert_eq!((rig.verdicts(1), rig.fate(1)), (vec![None], PackFate::Exited));
}

#[test]
fn i1_a_print_confirmed_after_the_deadline_is_late() {
    assert_eq!(rejected(Pack::good().delayed(Step::Report, RESULT_DEADLINE)), R::ResultLate);
}

#[test]
fn i1_a_result_behind_the_gate_eye_is_discarded() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().delayed(Step::Result, 8_100)]);
    assert_eq!((reason(&rig), discarded(&rig)), (R::NoResult, 1));
}

#[test]
fn i1_second_result_before_the_permit() {
    let mut rig = Rig::running();
    let pack = Pack::good().then(4_500, |rig| rig.durable_at_once = false);
    let pack = pack.again(Step::Result, 4_700).then(4_800, |rig| rig.durable_at_once = true);
    rig.run(&[pack]);
    assert_eq!(rig.verdicts(1), [None, Some(R::ResultDuplicate)]);
    assert!(!rig.permitted(1) && !rig.revoked(1), "I1: there was no permit to take back");
    assert_eq!(rig.fate(1), PackFate::Ejected);
}

#[test]
fn i1_second_result_before_the_print_is_confirmed() {
    let pack = Pack::good().delayed(Step::Report, 5_000).again(Step::Result, 4_700);
    assert_eq!(rejected(pack), R::ResultDuplicate);
}

#[test]
fn i1_second_result_after_the_permit_takes_it_back() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().again(Step::Result, PERMIT_DEADLINE - 1)]);
    assert!(rig.permitted(1) && rig.revoked(1), "I1: the permit stands");
    assert_eq!(rig.verdicts(1), [None, Some(R::ResultDuplicate)]);
    assert_eq!((rig.fate(1), discarded(&rig)), (PackFate::Ejected, 1));
}

#[test]
fn i1_second_result_after_the_permit_deadline_is_discarded() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().again(Step::Result, PERMIT_DEADLINE)]);
    assert!(rig.permitted(1) && !rig.revoked(1));
    assert_eq!((rig.fate(1), discarded(&rig)), (PackFate::Exited, 1));
}

#[test]
fn i1_a_result_of_a_trigger_that_is_no_packs_binds_to_none() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().altered(|r| r.trigger = 0)]);
    assert_eq!((reason(&rig), discarded(&rig)), (R::NoResult, 1));
}

#[test]
fn i1_a_result_of_a_trigger_that_was_not_fired_waits_and_binds_to_none() {
    assert_eq!(rejected(Pack::good().altered(|r| r.trigger += 1)), R::NoResult);
}

#[test]
fn i1_results_without_triggers_hold_the_line() {
    let mut rig = Rig::running();
    for i in 0..=crate::limits::RESULTS_PENDING as u32 {
        let reading = rig.reading(1_000 + i, None);
        rig.result(reading);
    }
    assert!(rig.held_for(HoldCause::CameraOutOfStep));
}

/// Content never binds: two packs whose results are exchanged are both wrong.
#[test]
fn i1_exchanged_results_are_a_slip() {
    let mut rig = Rig::running();
    let first = Pack::good().altered(|r| r.trigger += 1).delayed(Step::Result, 5_350);
    rig.run(&[first, Pack::good().altered(|r| r.trigger -= 1)]);
    assert!(!rig.permitted(1) && !rig.permitted(2), "I1: bound by content");
    assert_eq!(rig.verdicts(1), [Some(R::Slip)]);
    assert!(rig.held_for(HoldCause::Slip));
}

#[test]
fn i1_a_result_of_another_camera_epoch() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().altered(|r| r.epoch = Epoch(2))]);
    assert_eq!((reason(&rig), discarded(&rig)), (R::NoResult, 1));
}

#[test]
fn i1_a_camera_that_restarted_with_its_pack_under_way() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().then(4_500, |rig| {
        rig.input(Input::CameraDown);
        rig.camera_epoch += 1;
        rig.camera_up();
    })]);
    assert_eq!(reason(&rig), R::NoResult);
    assert!(rig.held_for(HoldCause::CameraRestart));
}

#[test]
fn i1_every_byte_of_the_code_counts() {
    for at in 0..CODE_BYTES {
        let flip = move |r: &mut CameraReading| {
            replace(r, |content| {
                assert_eq!(content.len(), CODE_BYTES);
                content[at] ^= 1;
            });
        };
        assert_eq!(rejected(Pack::good().altered(flip)), R::ContentMismatch, "byte {at}");
    }
}

#[test]
fn i1_content_missing_its_separator() {
    let cut = |r: &mut CameraReading| replace(r, |c| c.retain(|&byte| byte != 0x1d));
    assert_eq!(rejected(Pack::good().altered(cut)), R::ContentMismatch);
}

#[test]
fn i1_content_longer_or_shorter_by_one_byte() {
    let longer = |r: &mut CameraReading| replace(r, |c| c.push(0x1d));
    assert_eq!(rejected(Pack::good().altered(longer)), R::ContentMismatch);
    let shorter = |r: &mut CameraReading| replace(r, |c| c.truncate(c.len() - 1));
    assert_eq!(rejected(Pack::good().altered(shorter)), R::ContentMismatch);
}

#[test]
fn i1_content_in_lower_case() {
    let lower = |r: &mut CameraReading| replace(r, |c| c.make_ascii_lowercase());
    assert_eq!(rejected(Pack::good().altered(lower)), R::ContentMismatch);
}

#[test]
fn i1_grade_below_the_limit_by_a_tenth() {
    assert_eq!(rejected(Pack::good().altered(|r| r.grade.overall = 14)), R::LowGrade);
    let mut rig = Rig::running();
    rig.run(&[Pack::good().altered(|r| r.grade.overall = 15)]);
    assert_eq!(rig.fate(1), PackFate::Exited);
}

#[test]
fn i1_a_camera_that_found_something_else() {
    let table = [
        (ReadStatus::NoRead, R::NoRead),
        (ReadStatus::Multiple, R::MultipleCodes),
        (ReadStatus::Error, R::CameraError),
    ];
    for (status, expected) in table {
        assert_eq!(rejected(Pack::good().altered(move |r| r.status = status)), expected);
    }
}

#[test]
fn i1_a_partial_result_or_one_of_another_recipe() {
    assert_eq!(rejected(Pack::good().altered(|r| r.flags |= flags::PARTIAL)), R::CameraError);
    assert_eq!(rejected(Pack::good().altered(|r| r.recipe_ok = false)), R::CameraError);
}

#[test]
fn i1_a_simulated_camera_counts_on_no_production_line() {
    let production = LineConfig { simulation: false, ..config() };
    let mut rig = Rig::running_with(production);
    rig.run(&[Pack::good()]);
    assert_eq!(reason(&rig), R::CameraError);
    let mut rig = Rig::running_with(production);
    rig.run(&[Pack::good().altered(|r| r.flags = 0)]);
    assert_eq!(rig.fate(1), PackFate::Exited);
}

#[test]
fn i1_print_not_confirmed() {
    assert_eq!(rejected(Pack::good().without(Step::Report)), R::PrintUnconfirmed);
}

#[test]
fn i1_no_strobe_and_so_no_serial_bound() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().without(Step::Rise(C::Applied))]);
    assert_eq!(reason(&rig), R::NoJob);
    assert!(rig.held_for(HoldCause::Slip), "the labeler counts a label that was not seen");
}

#[test]
fn i1_nothing_printed() {
    assert_eq!(rejected(Pack::good().without(Step::Print)), R::NoRead);
}

#[test]
fn i1_a_strobe_without_a_pack_is_a_slip() {
    let mut rig = Rig::running();
    rig.edge(C::Applied, Edge::Rising);
    assert!(rig.held_for(HoldCause::Slip));
}

#[test]
fn i1_a_labeler_that_restarts_makes_its_unconfirmed_label_void() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().without(Step::Report).then(2_500, Rig::labeler_restarts)]);
    assert_eq!(reason(&rig), R::PrintUnconfirmed);
}

#[test]
fn i1_camera_link_lost_before_the_result() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good()
        .without(Step::Result)
        .then(4_500, |rig| rig.input(Input::CameraDown))
        .then(6_000, Rig::camera_up)]);
    assert_eq!(reason(&rig), R::NoResult);
    assert!(rig.held_for(HoldCause::CameraLink));
}

#[test]
fn i1_line_io_link_lost_before_the_permit() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good()
        .then(4_500, |rig| rig.input(Input::LineIoDown))
        .then(6_000, Rig::line_io_up)]);
    assert!(!rig.permitted(1), "I1: a permit over a link that was lost");
    assert_eq!(rig.verdicts(1), [None, Some(R::LinkDown)]);
    assert_eq!(rig.fate(1), PackFate::Ejected);
}

#[test]
fn i1_line_io_link_lost_with_the_permit_out() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good()
        .then(6_000, |rig| rig.input(Input::LineIoDown))
        .then(6_100, Rig::line_io_up)]);
    assert_eq!(rig.verdicts(1), [None, Some(R::LinkDown)], "the permit died with its epoch");
    assert_eq!(rig.fate(1), PackFate::Ejected);
}

#[test]
fn i1_recovered_packs_never_get_a_permit() {
    for at in [100, 2_100, 4_050, 4_150, 4_650, 7_000] {
        let mut rig = Rig::running();
        let pack = Pack::good()
            .then(4_550, |rig| rig.durable_at_once = false)
            .then(at, |rig| {
                rig.durable_at_once = true;
                rig.commit_unseen();
                rig.restart();
                rig.all_up();
                rig.labeler_report();
                rig.sample();
            })
            .then(4_700, |rig| rig.durable_at_once = true);
        rig.run(&[pack]);
        assert!(!rig.permitted(1), "I1: a recovered pack got a permit, restart at {at}");
        assert_eq!(rig.fate(1), PackFate::Ejected, "restart at {at}");
    }
}

#[test]
fn i1_touching_packs() {
    for eye in [C::Infeed, C::CameraEye] {
        let mut rig = Rig::running();
        let at = if eye == C::Infeed { 1_500 } else { 4_000 + 1_500 };
        let result = if eye == C::Infeed { 4_600 } else { 5_600 };
        rig.run(&[Pack::good().delayed(Step::Fall(eye), at).delayed(Step::Result, result)]);
        assert_eq!(reason(&rig), R::Touching, "{eye:?}");
        assert!(rig.held_for(HoldCause::BlockedEye), "{eye:?}");
    }
}

#[test]
fn i1_packs_too_close_are_both_rejected() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good(), Pack::good().behind_by(1_049)]);
    for pack in [1, 2] {
        assert!(!rig.permitted(pack), "I1: pack {pack}");
        assert_eq!(rig.verdicts(pack), [Some(R::NotSeparable)]);
    }
    let mut rig = Rig::running();
    rig.run(&[Pack::good(), Pack::good().behind_by(1_050)]);
    assert_eq!((rig.fate(1), rig.fate(2)), (PackFate::Exited, PackFate::Exited));
}

#[test]
fn i1_foreign_packs_hold_the_line_and_get_no_permit() {
    for eye in [C::CameraEye, C::Gate] {
        let mut rig = Rig::running();
        rig.edge(eye, Edge::Rising);
        assert!(rig.held_for(HoldCause::ForeignPack), "{eye:?}");
        assert!(!rig.seen.iter().any(|o| matches!(o, crate::event::Output::Permit { .. })));
    }
}

/// Seen by no camera eye: it is somewhere else than where its result was bound.
#[test]
fn i1_a_pack_that_a_station_did_not_see() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().without(Step::Rise(C::CameraEye)).delayed(Step::Result, 4_700)]);
    assert!(!rig.permitted(1));
    assert!(rig.held_for(HoldCause::UnexplainedPack));
}

#[test]
fn i1_what_was_on_the_belt_in_a_purge_is_rejected() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().then(4_500, |rig| {
        rig.edge(C::Gate, Edge::Rising);
        assert_eq!(rig.command(Command::Unhold), Ok(()));
        rig.sample();
    })]);
    assert_eq!(reason(&rig), R::Purge);
}
