//! Killed at the worst instant: edges that come again, edges that are forgotten, a purge that is
//! broken off.

use super::fixture::Rig;
use super::pack::{Pack, Step, Way};
use crate::event::{Command, LabelerReport, Output};
use crate::ids::{Epoch, TrackIndex};
use crate::limits::PURGE_TRAVELS_MAX;
use crate::reason::{HoldCause, Resolution};
use crate::record::RecordBody;
use contracts::line_io::{Channel as C, DeviceFault, Edge, inputs};
use contracts::packml::UnitState;

fn told(rig: &Rig, kind: fn(&RecordBody) -> bool) -> usize {
    rig.records().filter(|body| kind(body)).count()
}

fn lost(rig: &mut Rig) {
    rig.fault = DeviceFault::EncoderImplausible;
    rig.sample();
}

/// Killed when the record is durable and its event is not consumed.
fn killed(rig: &mut Rig) {
    rig.commit_unseen();
    rig.restart();
    rig.all_up();
    rig.sample();
}

fn resolve(rig: &mut Rig, resolution: Resolution) {
    let command = Command::Resolve { track: TrackIndex(1), resolution };
    assert_eq!(rig.command(command), Ok(()));
}

#[test]
fn i5_an_exit_edge_that_comes_again_is_still_the_waiting_packs() {
    let mut rig = Rig::running();
    let past_the_gate = Pack::good().without(Step::Rise(C::Exit)).without(Step::Fall(C::Exit));
    rig.run(&[past_the_gate.then(9_000, lost).then(9_200, |rig| {
        rig.durable_at_once = false;
        rig.edge(C::Exit, Edge::Rising);
    })]);
    killed(&mut rig);
    let stray = |b: &RecordBody| matches!(b, RecordBody::ExitedWithoutPack { .. });
    assert_eq!(told(&rig, stray), 0);
    let waiting: Vec<_> = rig.line.unresolved().iter().map(|u| u.exit_seen).collect();
    assert_eq!(waiting, [true]);
}

/// Its event is behind the last one on record, but nobody had said whose it was.
#[test]
fn i5_an_edge_that_waited_in_the_chute_when_we_were_killed_is_not_forgotten() {
    for (found, strays) in [(Resolution::Ejected, 0), (Resolution::Removed, 1)] {
        let mut rig = Rig::running();
        rig.run(&[Pack::good().goes(Way::Lost).then(7_000, |rig| {
            lost(rig);
            rig.edge(C::EjectConfirm, Edge::Rising);
            rig.edge(C::EjectConfirm, Edge::Falling);
            assert_eq!(rig.command(Command::Abort), Ok(()));
        })]);
        killed(&mut rig);
        resolve(&mut rig, found);
        let stray = |b: &RecordBody| matches!(b, RecordBody::EjectedWithoutPack { .. });
        let ejected = |b: &RecordBody| matches!(b, RecordBody::PackEjected { .. });
        assert_eq!((told(&rig, stray), told(&rig, ejected)), (strays, 1 - strays), "{found:?}");
        rig.sample();
        assert_eq!(told(&rig, stray) + told(&rig, ejected), 1, "once");
    }
}

/// The belt is empty and the labeler has dropped its jobs, but the next number is not agreed yet.
#[test]
fn i3_a_hold_between_purge_and_run_leaves_the_flush_due() {
    let mut rig = Rig::running();
    killed(&mut rig);
    let accepted = rig.report.last_accepted;
    rig.labeler_report();
    rig.sample();
    rig.move_to(rig.encoder + rig.config.purge_counts);
    let ended = |b: &RecordBody| matches!(b, RecordBody::PurgeEnd { .. });
    assert_eq!(told(&rig, ended), 1);
    assert_eq!(rig.command(Command::Hold), Ok(()));
    rig.sample();
    let flushes =
        |rig: &Rig| rig.seen.iter().filter(|o| matches!(o, Output::FlushLabeler { .. })).count();
    let before = flushes(&rig);
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    assert_eq!(flushes(&rig), before + 1);
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    let next = |b: &RecordBody| match b {
        RecordBody::JobAssigned { job, .. } => Some(*job),
        _ => None,
    };
    assert_eq!(rig.records().find_map(next), Some(accepted.next()));
}

#[test]
fn i4_a_labeler_that_restarted_while_we_were_away_counts_anew() {
    let mut rig = Rig::running();
    rig.edge(C::Applied, Edge::Rising);
    assert!(rig.held_for(HoldCause::Slip));
    rig.sample();
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    // Flushed, and no job is out.
    rig.labeler_report();
    rig.sample();
    let epoch = rig.report.epoch.next();
    rig.report = LabelerReport { epoch, header_ok: true, ..LabelerReport::default() };
    rig.restart();
    rig.all_up();
    let anew = |b: &RecordBody| match b {
        RecordBody::CountsBegin { labeler_epoch, .. } => Some(*labeler_epoch),
        _ => None,
    };
    assert_eq!(rig.records().find_map(anew), Some(Epoch(2)));
    assert!(rig.held_for(HoldCause::LabelerRestart));
}

#[test]
fn i7_a_purge_that_no_travel_ends_is_bounded() {
    let mut rig = Rig::running();
    killed(&mut rig);
    rig.inputs |= inputs::ANY_EYE_BLOCKED;
    rig.labeler_report();
    rig.sample();
    let from = rig.encoder;
    rig.move_to(from + PURGE_TRAVELS_MAX * rig.config.purge_counts);
    assert_eq!(rig.line.unit_state(), UnitState::Unholding);
    rig.move_to(rig.encoder + 1);
    assert!(rig.held_for(HoldCause::BlockedEye));
}

/// A label that no pack got is of the labeler's earlier epoch; its restart is on record since.
#[test]
fn i3_a_restart_of_the_labeler_is_told_once() {
    let mut rig = Rig::running();
    rig.edge(C::Applied, Edge::Rising);
    rig.report.last_printed = rig.report.last_accepted;
    rig.labeler_report();
    assert!(rig.held_for(HoldCause::Slip));
    rig.labeler_restarts();
    assert!(rig.held_for(HoldCause::LabelerRestart));
    killed(&mut rig);
    assert!(!rig.held_for(HoldCause::LabelerRestart), "it has not restarted since");
}

/// What the devices counted meanwhile is not known: counts of before are not told as those of now.
#[test]
fn i4_a_line_that_does_not_hear_its_devices_ends_held() {
    let mut rig = Rig::running();
    rig.commit_unseen();
    rig.restart();
    let counts = |b: &RecordBody| matches!(b, RecordBody::Counts { .. });
    assert_eq!(rig.command(Command::Shutdown), Ok(()));
    assert_eq!((rig.line.unit_state(), told(&rig, counts)), (UnitState::Held, 0));
    let mut rig = Rig::running();
    rig.labeler_restarts();
    rig.sample();
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.edge(C::Infeed, Edge::Rising);
    assert_eq!(rig.command(Command::Shutdown), Ok(()));
    assert!(rig.held_for(HoldCause::Operator));
    assert_eq!((rig.line.unit_state(), told(&rig, counts)), (UnitState::Held, 0));
}
