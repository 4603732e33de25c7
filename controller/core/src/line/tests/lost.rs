//! I5 when the counts and the packs have shifted against each other: positions are lost, and no
//! edge is given to a neighbour.

use super::fixture::Rig;
use super::pack::{Pack, Step, Way};
use crate::event::{Command, Refusal};
use crate::ids::TrackIndex;
use crate::reason::{HoldCause, Resolution};
use crate::record::RecordBody;
use contracts::line_io::{Channel as C, DeviceFault, Edge};
use contracts::packml::UnitState;

fn unseen(pack: Pack, eye: C) -> Pack {
    pack.without(Step::Rise(eye)).without(Step::Fall(eye))
}

fn exits(rig: &Rig) -> usize {
    rig.records().filter(|b| matches!(b, RecordBody::PackExited { .. })).count()
}

/// Packs that wait for a person, and whether an exit edge stands for them.
fn waiting(rig: &Rig) -> Vec<(u32, bool)> {
    let mut waiting: Vec<_> =
        rig.line.unresolved().iter().map(|u| (u.track.0, u.exit_seen)).collect();
    waiting.sort_unstable();
    waiting
}

/// Out of its window at the camera's eye: missing there, and foreign.
fn shifted() -> Pack {
    Pack::good().delayed(Step::Rise(C::CameraEye), 4_500)
}

#[test]
fn i5_a_missing_and_a_foreign_pack_are_lost_positions_of_every_pack() {
    let mut rig = Rig::running();
    rig.run(&[
        shifted().then(4_600, |rig| {
            assert!(rig.held_for(HoldCause::PositionsLost));
            assert_eq!(waiting(rig), [(1, false), (2, false), (3, false), (4, false)]);
            assert_eq!(rig.line.in_process(), 0);
        }),
        Pack::good(),
        Pack::good(),
        Pack::good(),
    ]);
    assert_eq!(exits(&rig), 0);
}

#[test]
fn i5_one_of_them_alone_is_not() {
    let mut rig = Rig::running();
    let missing = unseen(Pack::good(), C::CameraEye);
    rig.run(&[
        missing.then(4_600, |rig| {
            assert!(rig.held_for(HoldCause::UnexplainedPack));
            assert_eq!(waiting(rig), [(1, false)]);
        }),
        Pack::good(),
    ]);
    assert!(!rig.held_for(HoldCause::PositionsLost));
    let mut rig = Rig::running();
    rig.edge(C::CameraEye, Edge::Rising);
    rig.edge(C::CameraEye, Edge::Falling);
    rig.run(&[Pack::good()]);
    assert!(rig.held_for(HoldCause::ForeignPack) && !rig.held_for(HoldCause::PositionsLost));
}

/// What was before the purge says nothing of what is behind it.
#[test]
fn i5_a_purge_ends_the_doubt() {
    let mut rig = Rig::running();
    rig.run(&[unseen(Pack::good(), C::CameraEye).goes(Way::Lost)]);
    let track = TrackIndex(1);
    let resolve = Command::Resolve { track, resolution: Resolution::Removed };
    assert_eq!(rig.command(resolve), Ok(()));
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    rig.edge(C::CameraEye, Edge::Rising);
    assert!(rig.held_for(HoldCause::ForeignPack) && !rig.held_for(HoldCause::PositionsLost));
}

/// One at the exit and one at the gate, a pitch apart: the counts have jumped.
#[test]
fn i5_two_packs_missed_at_once_are_lost_positions() {
    let mut rig = Rig::running();
    let (first, second) = (Pack::good().goes(Way::Lost), unseen(Pack::good(), C::Gate));
    rig.run(&[first, second.goes(Way::Lost), Pack::good()]);
    assert!(rig.held_for(HoldCause::PositionsLost));
    assert_eq!(waiting(&rig).len(), 3);
}

/// The device knows that its counts cannot be: no position is certain from there on.
#[test]
fn i5_counts_that_cannot_be_are_lost_positions() {
    let mut rig = Rig::running();
    rig.run(&[
        Pack::good().then(8_300, |rig| {
            rig.fault = DeviceFault::EncoderImplausible;
            rig.sample();
            assert!(rig.held_for(HoldCause::LineIoFault));
            assert!(rig.held_for(HoldCause::PositionsLost));
            assert_eq!(rig.line.in_process(), 0);
        }),
        Pack::good(),
        Pack::good(),
    ]);
    assert_eq!((exits(&rig), waiting(&rig).len()), (0, 3));
    assert_eq!(waiting(&rig)[0], (1, true), "it went out, and nobody says yet which it was");
}

/// Its window is right, and still it may be another: a person looks for it.
#[test]
fn i5_no_exit_is_a_passage_while_positions_are_lost() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().goes(Way::Out).then(8_300, |rig| {
        assert!(rig.permits.contains_key(&1), "it is let out");
        // One where none should be, and one that nobody explains.
        rig.edge(C::CameraEye, Edge::Rising);
        rig.edge(C::EjectConfirm, Edge::Rising);
        assert!(rig.held_for(HoldCause::PositionsLost));
    })]);
    assert_eq!((exits(&rig), rig.line.line_commissioned()), (0, 0));
    assert_eq!(waiting(&rig), [(1, true)]);
}

#[test]
fn i5_a_pack_that_the_gate_eye_did_not_see_is_not_commissioned() {
    let mut rig = Rig::running();
    rig.run(&[unseen(Pack::good(), C::Gate).goes(Way::Out)]);
    assert_eq!((exits(&rig), rig.line.line_commissioned()), (0, 0));
    assert_eq!(waiting(&rig), [(1, true)]);
}

/// A jump of nearly a pitch: the edge lies in the window of the pack behind.
#[test]
fn i5_a_jump_of_nearly_a_pitch_gives_no_exit_to_the_neighbour() {
    let mut rig = Rig::running();
    let first = Pack::good().goes(Way::Out).delayed(Step::Rise(C::Exit), 10_050);
    let first = first.delayed(Step::Fall(C::Exit), 10_900);
    let second = unseen(Pack::good(), C::Gate).goes(Way::Lost);
    rig.run(&[first, second]);
    assert_eq!(exits(&rig), 0);
    assert_eq!(waiting(&rig), [(1, true), (2, false)]);
}

/// A second result takes the proof away from a pack that waits for a person already.
#[test]
fn i1_a_waiting_pack_whose_accept_is_gone_is_not_resolved_as_exited() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().goes(Way::Lost).again(Step::Result, 5_600).then(5_500, |rig| {
        assert_eq!(rig.verdicts(1), [None]);
        // One where none should be, and two that nobody explains: positions are lost.
        rig.edge(C::CameraEye, Edge::Rising);
        rig.edge(C::EjectConfirm, Edge::Rising);
        rig.edge(C::Exit, Edge::Rising);
        rig.sample();
        assert_eq!(waiting(rig), [(1, false)]);
        assert!(rig.line.unresolved()[0].accepted);
    })]);
    assert_eq!(rig.verdicts(1).len(), 2, "the second result rejects it");
    let asked = rig.line.unresolved()[0];
    assert!(!asked.accepted && asked.rejected);
    let (track, resolution) = (TrackIndex(1), Resolution::Exited);
    let answer = rig.command(Command::Resolve { track, resolution });
    assert_eq!(answer, Err(Refusal::NotAccepted));
}

/// Given to a pack by its place it may be the wrong one's, and as nobody's it is counted twice once
/// its pack is found in the bin.
#[test]
fn i5_an_edge_in_the_chute_waits_for_a_person_while_positions_are_lost() {
    for (found, strays) in [(Resolution::Ejected, 0), (Resolution::Removed, 1)] {
        let mut rig = Rig::running();
        rig.run(&[Pack::good().goes(Way::Lost).then(7_000, |rig| {
            rig.fault = DeviceFault::EncoderImplausible;
            rig.sample();
            rig.edge(C::EjectConfirm, Edge::Rising);
        })]);
        let told =
            |rig: &Rig, kind: fn(&RecordBody) -> bool| rig.records().filter(|b| kind(b)).count();
        let stray = |b: &RecordBody| matches!(b, RecordBody::EjectedWithoutPack { .. });
        let ejected = |b: &RecordBody| matches!(b, RecordBody::PackEjected { .. });
        assert_eq!((told(&rig, stray), told(&rig, ejected)), (0, 0), "nobody has said anything");
        let resolve = Command::Resolve { track: TrackIndex(1), resolution: found };
        assert_eq!(rig.command(resolve), Ok(()));
        assert_eq!((told(&rig, stray), told(&rig, ejected)), (strays, 1 - strays), "{found:?}");
        assert!(rig.line.unresolved().is_empty());
    }
}

fn strays_and_ejections(rig: &Rig) -> (usize, usize) {
    let told = |kind: fn(&RecordBody) -> bool| rig.records().filter(|b| kind(b)).count();
    (
        told(|b| matches!(b, RecordBody::EjectedWithoutPack { .. })),
        told(|b| matches!(b, RecordBody::PackEjected { .. })),
    )
}

/// It may be of a pack that everybody looks for from now on.
#[test]
fn i5_the_edge_in_the_chute_that_loses_positions_waits_for_a_person() {
    for (found, told) in [(Resolution::Ejected, (0, 1)), (Resolution::Removed, (1, 0))] {
        let mut rig = Rig::running();
        rig.run(&[Pack::good().goes(Way::Lost).then(7_000, |rig| {
            rig.edge(C::CameraEye, Edge::Rising);
            rig.edge(C::EjectConfirm, Edge::Rising);
            assert!(rig.held_for(HoldCause::PositionsLost));
        })]);
        assert_eq!(strays_and_ejections(&rig), (0, 0), "nobody has said anything");
        let resolve = Command::Resolve { track: TrackIndex(1), resolution: found };
        assert_eq!(rig.command(resolve), Ok(()));
        assert_eq!(strays_and_ejections(&rig), told, "{found:?}");
    }
}

/// In a purge everything falls, and a place may be wrong by a pack: as nobody's the edge would be
/// counted twice once its pack is found in the bin.
#[test]
fn i5_an_edge_of_nobody_in_a_purge_waits_while_a_pack_is_on_the_belt() {
    for (found, told) in [(Resolution::Ejected, (0, 1)), (Resolution::Removed, (1, 0))] {
        let mut rig = Rig::running();
        rig.run(&[Pack::good().goes(Way::Lost).then(5_000, |rig| {
            rig.labeler_restarts();
            rig.sample();
            assert_eq!(rig.command(Command::Unhold), Ok(()));
            rig.edge(C::EjectConfirm, Edge::Rising);
            rig.edge(C::EjectConfirm, Edge::Falling);
            assert_eq!(strays_and_ejections(rig), (0, 0));
        })]);
        rig.move_to(rig.encoder + 10_000);
        assert_eq!(waiting(&rig), [(1, false)]);
        let resolve = Command::Resolve { track: TrackIndex(1), resolution: found };
        assert_eq!(rig.command(resolve), Ok(()));
        assert_eq!(strays_and_ejections(&rig), told, "{found:?}");
    }
}
