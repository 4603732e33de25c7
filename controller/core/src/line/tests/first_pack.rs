//! No permit is ever given while the order's first pack is not approved; the first one is shown in
//! the bin, the line holds, and its approval ends that.

use super::fixture::Rig;
use super::pack::{Pack, Step, Way};
use crate::event::{Command, PackFate, Refusal};
use crate::line_config::LineConfig;
use crate::reason::{HoldCause, RejectReason as R};
use contracts::line_io::{DeviceFault, outputs};
use contracts::packml::{UnitMode, UnitState as S};

fn due() -> LineConfig {
    LineConfig { first_pack_due: true, consecutive_rejects_max: 3, ..super::config() }
}

/// An order that waits for its first pack; from here on a permit fails the test.
fn waiting() -> Rig {
    let mut rig = Rig::running_with(due());
    assert!(rig.line.first_pack_due());
    rig.watch.first_pack_due = true;
    rig
}

fn approve(rig: &mut Rig) {
    assert_eq!(rig.command(Command::ApproveFirstPack), Ok(()));
    rig.watch.first_pack_due = false;
}

#[test]
fn i1_no_permit_while_the_first_pack_is_due() {
    let mut rig = waiting();
    // Five on the belt behind each other: none counts as a row of rejects.
    rig.run(&[Pack::good(), Pack::good(), Pack::good(), Pack::good(), Pack::good()]);
    for pack in 1..=5 {
        assert_eq!(rig.verdicts(pack), [Some(R::FirstPack)], "pack {pack}");
        assert_eq!((rig.permitted(pack), rig.fate(pack)), (false, PackFate::Ejected));
    }
    assert!(rig.held_for(HoldCause::FirstPack));
    assert!(!rig.line.holds().contains(HoldCause::ConsecutiveRejects));
    assert_eq!(rig.line.unit_state(), S::Held);
}

#[test]
fn a_real_fault_keeps_its_own_reason_and_shows_no_first_pack() {
    let mut rig = waiting();
    rig.run(&[
        Pack::good().without(Step::Result),
        Pack::good().altered(|reading| reading.grade.overall = 10),
        Pack::good().without(Step::Print),
    ]);
    let verdicts: Vec<_> = (1..=3).map(|pack| rig.verdicts(pack)).collect();
    let expected = [R::NoResult, R::LowGrade, R::NoRead];
    assert_eq!(verdicts, expected.map(|reason| vec![Some(reason)]));
    assert!(!rig.line.holds().contains(HoldCause::FirstPack));
}

#[test]
fn the_line_goes_on_only_when_the_first_pack_is_approved() {
    let mut rig = waiting();
    rig.run(&[Pack::good()]);
    assert_eq!(rig.command(Command::Unhold), Err(Refusal::CauseRemains));
    approve(&mut rig);
    assert_eq!(rig.command(Command::ApproveFirstPack), Err(Refusal::WrongState), "once");
    assert_eq!(rig.line.unit_state(), S::Held, "the approval alone moves nothing");
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    assert_eq!(rig.line.unit_state(), S::Execute, "without a purge: positions are certain");
    rig.run(&[Pack::good(), Pack::good()]);
    for pack in 2..=3 {
        assert_eq!((rig.verdicts(pack), rig.fate(pack)), (vec![None], PackFate::Exited));
    }
    assert_eq!(rig.line.line_commissioned(), 2);
}

#[test]
fn what_was_judged_before_the_approval_stays_rejected() {
    let mut rig = waiting();
    let first = Pack::good();
    // Behind its verdict, ahead of the gate.
    let second = Pack::good().then(5_000, |rig| {
        approve(rig);
        assert!(!rig.line.first_pack_due());
    });
    rig.run(&[first, second, Pack::good()]);
    assert_eq!(rig.verdicts(1), [Some(R::FirstPack)]);
    assert_eq!(rig.verdicts(2), [Some(R::FirstPack)]);
    assert_eq!((rig.verdicts(3), rig.fate(3)), (vec![None], PackFate::Exited));
    assert!(!rig.line.holds().contains(HoldCause::FirstPack), "it was approved on the way");
}

#[test]
fn i5_a_first_pack_that_gets_out_stops_the_line() {
    let mut rig = waiting();
    rig.run(&[Pack::good().goes(Way::Out)]);
    assert!(rig.held_for(HoldCause::UnexplainedPack));
    assert_eq!(rig.fate(1), PackFate::Unresolved);
}

#[test]
fn an_order_without_an_approval_can_be_ended() {
    let mut rig = waiting();
    rig.run(&[Pack::good()]);
    assert_eq!(rig.command(Command::Stop), Ok(()));
    assert_eq!(rig.line.unit_state(), S::Completing);
    // What was still on the belt follows into the bin and holds nothing.
    rig.run(&[Pack::good()]);
    rig.labeler_report();
    rig.sample();
    assert_eq!((rig.line.unit_state(), rig.line.line_commissioned()), (S::Complete, 0));
}

#[test]
fn after_a_restart_it_is_due_again() {
    let mut rig = waiting();
    rig.run(&[Pack::good()]);
    rig.restart();
    rig.fault = DeviceFault::None;
    rig.all_up();
    assert!(rig.line.first_pack_due());
    rig.purge();
    if rig.line.unit_state() == S::Held {
        assert_eq!(rig.command(Command::Unhold), Ok(()));
        rig.purge();
    }
    rig.run(&[Pack::good()]);
    assert_eq!(rig.verdicts(2), [Some(R::FirstPack)]);
    assert!(rig.held_for(HoldCause::FirstPack));
}

#[test]
fn trials_ask_for_no_first_pack() {
    for mode in [UnitMode::Challenge, UnitMode::Setup] {
        let rig = Rig::idle(LineConfig { mode, ..due() });
        assert!(!rig.line.first_pack_due(), "{mode:?}");
    }
}

#[test]
fn the_belt_stands_while_it_waits() {
    let mut rig = waiting();
    rig.run(&[Pack::good()]);
    let bits = rig.seen.iter().rev().find_map(|output| match output {
        crate::event::Output::LineIoOutputs { bits } => Some(*bits),
        _ => None,
    });
    assert_eq!(bits.map(|bits| bits & (outputs::RUN | outputs::INFEED)), Some(0));
}
