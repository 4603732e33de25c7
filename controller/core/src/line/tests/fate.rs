//! I5, rejection is proven too: what eject-confirm and exit eyes say is the fate, one unexplained
//! pack stops the line at once, and a person resolves by rules.

use super::fixture::Rig;
use super::pack::{Pack, Step, Way};
use crate::event::{Command, Input, Output, PackFate, Refusal};
use crate::ids::TrackIndex;
use crate::reason::{HoldCause, RejectReason as R, Resolution};
use crate::record::RecordBody;
use contracts::line_io::{Channel as C, DeviceFault, Edge, outputs};
use contracts::packml::UnitState;

fn bad() -> Pack {
    Pack::good().without(Step::Result)
}

fn resolve(rig: &mut Rig, pack: u32, resolution: Resolution) -> Result<(), Refusal> {
    rig.command(Command::Resolve { track: TrackIndex(pack), resolution })
}

fn last_outputs(rig: &Rig) -> u16 {
    let of = |o: &Output| if let Output::LineIoOutputs { bits } = o { Some(*bits) } else { None };
    rig.seen.iter().filter_map(of).next_back().unwrap_or_default()
}

/// The run permit and the infeed go with the same input that brings the fault.
fn stopped(rig: &Rig) {
    assert!(rig.held_for(HoldCause::UnexplainedPack), "I5: the line runs on");
    assert_eq!(last_outputs(rig) & (outputs::RUN | outputs::INFEED), 0, "I5: the belt runs on");
}

#[test]
fn i5_a_rejected_pack_at_the_exit_stops_the_line_at_once_and_waits_for_a_person() {
    let mut rig = Rig::running();
    rig.run(&[bad().goes(Way::Out).then(9_200, stopped_hook)]);
    let pack = rig.line.unresolved()[0];
    assert_eq!((pack.track, pack.exit_seen, pack.rejected), (TrackIndex(1), true, true));
    assert_eq!(rig.fate(1), PackFate::Unresolved);
    assert!(!rig.records().any(|b| matches!(b, RecordBody::PackExited { .. })));
    assert_eq!(rig.command(Command::Unhold), Err(Refusal::UnresolvedPacks));
}

fn stopped_hook(rig: &mut Rig) {
    stopped(rig);
}

#[test]
fn i5_no_confirmation_at_all_is_unresolved_and_stops_the_line() {
    for pack in [bad(), Pack::good()] {
        let mut rig = Rig::running();
        rig.run(&[pack.goes(Way::Lost).then(9_600, |rig| {
            assert!(rig.line.unresolved().is_empty(), "its window is not over");
        })]);
        stopped(&rig);
        assert_eq!(rig.fate(1), PackFate::Unresolved);
        assert!(!rig.line.unresolved()[0].exit_seen);
    }
}

#[test]
fn i5_a_pack_that_no_eye_sees_any_more_is_unresolved() {
    let gone = [C::CameraEye, C::Gate, C::Exit, C::EjectConfirm];
    for first in 0..3 {
        let mut rig = Rig::running();
        let lost = gone[first..].iter().fold(Pack::good(), |pack, &eye| {
            pack.without(Step::Rise(eye)).without(Step::Fall(eye))
        });
        rig.run(&[lost]);
        stopped(&rig);
        assert_eq!(rig.fate(1), PackFate::Unresolved, "{:?}", gone[first]);
    }
}

#[test]
fn i5_an_accepted_pack_that_is_ejected_is_no_good_pack() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().goes(Way::Bin)]);
    assert_eq!(rig.verdicts(1), [None, Some(R::PermitLate)]);
    assert_eq!(rig.fate(1), PackFate::Ejected);
    assert_eq!(rig.line.line_commissioned(), 0);
}

/// Its accept was on disk too late for a permit: what the exit eye sees is a fault.
#[test]
fn i5_nothing_is_commissioned_without_a_permit() {
    let mut rig = Rig::running();
    let pack = Pack::good().then(4_500, |rig| rig.durable_at_once = false);
    rig.run(&[pack.then(7_300, |rig| rig.durable_at_once = true).goes(Way::Out)]);
    stopped(&rig);
    assert_eq!((rig.fate(1), rig.line.line_commissioned()), (PackFate::Unresolved, 0));
}

/// The permit was taken back and the gate stuck open.
#[test]
fn i5_nothing_is_commissioned_after_its_permit_was_taken_back() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().again(Step::Result, 6_000).goes(Way::Out)]);
    assert!(rig.revoked(1));
    stopped(&rig);
    assert_eq!((rig.fate(1), rig.line.line_commissioned()), (PackFate::Unresolved, 0));
}

#[test]
fn i5_an_exit_edge_that_no_pack_explains_stops_the_line() {
    let mut rig = Rig::running();
    rig.edge(C::Exit, Edge::Rising);
    assert!(rig.records().any(|b| matches!(b, RecordBody::ExitedWithoutPack { .. })));
    stopped(&rig);
}

#[test]
fn i5_an_ejection_that_no_pack_explains_stops_the_line() {
    let mut rig = Rig::running();
    rig.edge(C::EjectConfirm, Edge::Rising);
    assert!(rig.records().any(|b| matches!(b, RecordBody::EjectedWithoutPack { .. })));
    stopped(&rig);
}

#[test]
fn i5_a_gap_in_the_events_loses_every_position_and_stops_the_line() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().then(5_000, Rig::lose_event), Pack::good()]);
    stopped(&rig);
    assert_eq!((rig.fate(1), rig.fate(2)), (PackFate::Unresolved, PackFate::Unresolved));
}

#[test]
fn i5_a_line_io_that_lost_its_power_lost_the_packs_positions() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().then(5_000, |rig| {
        rig.line_io_restarts();
        assert_eq!(rig.fate(1), PackFate::Unresolved);
        assert!(rig.held_for(HoldCause::LineIoRestart));
        assert_eq!(rig.line.unresolved().len(), 1);
    })]);
}

#[test]
fn i5_a_fault_of_the_device_holds_the_line() {
    let mut rig = Rig::running();
    rig.fault = DeviceFault::EjectNotConfirmed;
    rig.sample();
    assert!(rig.held_for(HoldCause::LineIoFault));
    assert_eq!(rig.line.unit_state(), UnitState::Held);
}

#[test]
fn i5_a_pack_thought_lost_that_shows_itself_needs_no_person() {
    let mut rig = Rig::running();
    let pack = Pack::good().without(Step::Rise(C::CameraEye)).without(Step::Fall(C::CameraEye));
    rig.run(&[pack]);
    assert!(rig.held_for(HoldCause::UnexplainedPack));
    assert_eq!(rig.fate(1), PackFate::Ejected);
    assert!(rig.line.unresolved().is_empty());
}

#[test]
fn i5_exited_needs_an_accept() {
    let mut rig = Rig::running();
    rig.run(&[bad().goes(Way::Out)]);
    assert_eq!(resolve(&mut rig, 1, Resolution::Exited), Err(Refusal::NotAccepted));
    assert_eq!(resolve(&mut rig, 1, Resolution::Removed), Ok(()));
    assert!(rig.line.unresolved().is_empty());
}

#[test]
fn i5_exited_needs_an_exit_edge_that_no_other_pack_owns() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good(), Pack::good().goes(Way::Lost)]);
    assert_eq!(resolve(&mut rig, 2, Resolution::Exited), Err(Refusal::NoExitEdge));
    // An edge that was not in its window: it is the spare one.
    rig.edge(C::Exit, Edge::Rising);
    rig.sample();
    assert_eq!(resolve(&mut rig, 2, Resolution::Exited), Ok(()));
    let told = RecordBody::PackResolved {
        track: TrackIndex(2),
        serial: Some(crate::ids::SerialIndex(1)),
        resolution: Resolution::Exited,
        exit_edge: true,
    };
    assert!(rig.records().any(|b| *b == told));
}

/// Two accepted packs and one edge: it resolves one of them only.
#[test]
fn i5_one_exit_edge_resolves_one_pack() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().goes(Way::Lost), Pack::good().goes(Way::Lost)]);
    rig.edge(C::Exit, Edge::Rising);
    rig.sample();
    assert_eq!(resolve(&mut rig, 1, Resolution::Exited), Ok(()));
    assert_eq!(resolve(&mut rig, 2, Resolution::Exited), Err(Refusal::NoExitEdge));
    assert_eq!(resolve(&mut rig, 2, Resolution::Ejected), Ok(()));
}

#[test]
fn i5_only_what_waits_can_be_resolved() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good(), bad().goes(Way::Lost)]);
    assert_eq!(resolve(&mut rig, 1, Resolution::Removed), Err(Refusal::NotUnresolved));
    assert_eq!(resolve(&mut rig, 3, Resolution::Removed), Err(Refusal::UnknownPack));
    assert_eq!(resolve(&mut rig, 2, Resolution::Ejected), Ok(()));
    assert_eq!(resolve(&mut rig, 2, Resolution::Ejected), Err(Refusal::NotUnresolved));
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
}

/// An accepted pack of an earlier life, whose passage the FIFO still holds.
#[test]
fn i5_a_passage_while_the_controller_was_down_is_found_in_the_events() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().goes(Way::Out).then(8_950, Rig::restart).then(8_960, |rig| {
        rig.all_up();
    })]);
    assert_eq!((rig.fate(1), rig.line.line_commissioned()), (PackFate::Exited, 1));
}

#[test]
fn i5_five_rejects_in_a_row_hold_the_line() {
    let mut rig = Rig::running_with(super::config());
    rig.run(&[bad(), bad(), bad(), bad()]);
    assert!(!rig.held_for(HoldCause::ConsecutiveRejects));
    rig.run(&[bad()]);
    assert!(rig.held_for(HoldCause::ConsecutiveRejects));
    rig.input(Input::Tick);
}

/// A person finds the pack in the chute before it has fallen past the eye: one ejection, not two.
#[test]
fn i5_an_edge_of_a_pack_that_was_found_in_the_chute_is_that_packs() {
    let mut rig = Rig::running();
    let unseen = bad().without(Step::Rise(C::Gate)).without(Step::Fall(C::Gate)).goes(Way::Bin);
    rig.run(&[unseen.then(8_700, |rig| {
        assert_eq!(rig.fate(1), PackFate::Unresolved);
        assert_eq!(resolve(rig, 1, Resolution::Ejected), Ok(()));
    })]);
    let ejected = |b: &&RecordBody| matches!(b, RecordBody::PackEjected { .. });
    assert_eq!(rig.records().filter(ejected).count(), 1);
    let stray = |b: &RecordBody| matches!(b, RecordBody::EjectedWithoutPack { .. });
    assert!(!rig.records().any(stray));
}

/// An encoder that jumped: the passage is real, the place is not proven.
#[test]
fn i5_a_displaced_exit_of_a_released_pack_is_that_packs_and_unresolved() {
    for at in [8_600, 9_800] {
        let mut rig = Rig::running();
        rig.run(&[Pack::good()
            .delayed(Step::Rise(C::Exit), at)
            .delayed(Step::Fall(C::Exit), 9_900)]);
        assert!(rig.held_for(HoldCause::UnexplainedPack), "{at}");
        assert_eq!(rig.fate(1), PackFate::Unresolved, "{at}");
        let stray = |b: &RecordBody| matches!(b, RecordBody::ExitedWithoutPack { .. });
        assert!(!rig.records().any(stray), "{at}");
        let seen = |b: &RecordBody| matches!(b, RecordBody::PackUnresolved { exit_seen: true, .. });
        assert!(rig.records().any(seen), "{at}");
    }
}

/// The gate eye did not see it: its permit, acknowledged in time, could not be used.
#[test]
fn i5_an_accepted_pack_that_the_gate_eye_missed_is_lost_at_a_station_and_not_late() {
    let mut rig = Rig::running();
    let unseen = Pack::good().without(Step::Rise(C::Gate)).without(Step::Fall(C::Gate));
    rig.run(&[unseen.goes(Way::Bin)]);
    assert_eq!(rig.verdicts(1), [None, Some(R::LostAtStation)]);
    assert_eq!(rig.fate(1), PackFate::Ejected);
}
