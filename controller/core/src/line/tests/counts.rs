//! I4, conservation: the records of a batch agree with the devices' own counters.

use super::fixture::Rig;
use super::pack::{Pack, Step, Way};
use crate::event::{Command, PackFate};
use crate::ids::TrackIndex;
use crate::reason::Resolution;
use crate::record::{LineCounts, RecordBody};
use contracts::line_io::{Channel as C, Edge};
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;

/// The counts of the last `Counts` record, and the packs that were still in process.
fn counted(rig: &Rig) -> (LineCounts, u32) {
    let of = |body: &RecordBody| match *body {
        RecordBody::Counts { counts, in_process } => Some((counts, in_process)),
        _ => None,
    };
    rig.records().filter_map(of).last().unwrap()
}

fn number(rig: &Rig, is: impl Fn(&RecordBody) -> bool) -> u64 {
    rig.records().filter(|body| is(body)).count() as u64
}

fn finish(rig: &mut Rig) {
    assert_eq!(rig.command(Command::Stop), Ok(()));
    rig.sample();
    rig.labeler_report();
    assert_eq!(rig.line.unit_state(), UnitState::Complete);
    assert_eq!(rig.line.order_state(), JobOrderState::Completed);
}

#[test]
fn i4_every_pack_has_one_fate_and_the_counters_agree() {
    let mut rig = Rig::running();
    let bad = Pack::good().without(Step::Result);
    rig.run(&[Pack::good(), bad.clone(), Pack::good(), Pack::good().goes(Way::Bin), bad]);
    finish(&mut rig);
    let (counts, in_process) = counted(&rig);
    assert_eq!(in_process, 0);
    assert_eq!((counts.infeed, counts.exit, counts.eject_confirm, counts.printed), (5, 2, 3, 5));
    assert_eq!(number(&rig, |b| matches!(b, RecordBody::PackInfeed { .. })), 5);
    assert_eq!(number(&rig, |b| matches!(b, RecordBody::PackExited { .. })), 2);
    assert_eq!(number(&rig, |b| matches!(b, RecordBody::PackEjected { .. })), 3);
    assert_eq!(number(&rig, |b| matches!(b, RecordBody::Printed { .. })), 5);
}

/// What passed before the counts began is nobody's.
#[test]
fn i4_counts_begin_after_the_start_purge() {
    let mut rig = Rig::idle(super::config());
    for eye in [C::Infeed, C::EjectConfirm, C::Exit] {
        rig.edge(eye, Edge::Rising);
        rig.edge(eye, Edge::Falling);
    }
    assert_eq!(rig.command(Command::Start), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    assert_eq!(rig.line.line_counts(), LineCounts::default());
    rig.run(&[Pack::good()]);
    assert_eq!(rig.fate(1), PackFate::Exited);
    finish(&mut rig);
    let (counts, _) = counted(&rig);
    assert_eq!((counts.infeed, counts.exit, counts.eject_confirm), (1, 1, 0));
}

/// Device counters begin anew with a device epoch; the batch's do not.
#[test]
fn i4_counts_run_on_over_restarts_of_devices_and_of_the_controller() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good(), Pack::good()]);
    rig.line_io_restarts();
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    rig.run(&[Pack::good()]);
    assert_eq!(rig.fate(3), PackFate::Exited, "tracks count on");
    rig.labeler_restarts();
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    rig.run(&[Pack::good()]);
    rig.restart();
    rig.all_up();
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    rig.run(&[Pack::good()]);
    assert_eq!(rig.fate(5), PackFate::Exited);
    finish(&mut rig);
    let (counts, _) = counted(&rig);
    assert_eq!((counts.infeed, counts.exit, counts.eject_confirm, counts.printed), (5, 5, 0, 5));
    assert_eq!(rig.line.line_commissioned(), 5);
}

/// The order completes by its target, with what is on the way to the exit counted in.
#[test]
fn i4_an_order_completes_at_its_target() {
    let mut rig = Rig::dark(super::config(), 100, 2);
    rig.all_up();
    assert_eq!(rig.command(Command::Start), Ok(()));
    rig.purge();
    rig.run(&[Pack::good(), Pack::good()]);
    rig.labeler_report();
    assert_eq!(rig.line.unit_state(), UnitState::Complete);
    assert_eq!(rig.line.line_commissioned(), 2);
}

#[test]
fn i4_a_resolved_pack_is_counted_once() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good(), Pack::good().goes(Way::Lost)]);
    let resolve = Command::Resolve { track: TrackIndex(2), resolution: Resolution::Removed };
    assert_eq!(rig.command(resolve), Ok(()));
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    finish(&mut rig);
    let (counts, in_process) = counted(&rig);
    assert_eq!((counts.infeed, counts.exit, in_process), (2, 1, 0));
    assert_eq!(number(&rig, |b| matches!(b, RecordBody::PackResolved { .. })), 1);
}

/// An abort stops the belt, and the devices count on until it rests: the last counts tell it all.
#[test]
fn i4_what_is_counted_after_an_abort_is_recorded() {
    let mut rig = Rig::running();
    assert_eq!(rig.command(Command::Abort), Ok(()));
    assert_eq!(counted(&rig).0, LineCounts::default());
    rig.edge(C::Exit, Edge::Rising);
    rig.report.printed_total += 1;
    rig.labeler_report();
    rig.sample();
    let (counts, _) = counted(&rig);
    assert_eq!((counts.exit, counts.printed), (1, 1));
    let before = number(&rig, |b| matches!(b, RecordBody::Counts { .. }));
    rig.labeler_report();
    rig.sample();
    assert_eq!(number(&rig, |b| matches!(b, RecordBody::Counts { .. })), before, "told once");
}

/// An abort before the counts began counts nothing of what the devices counted for others.
#[test]
fn i4_an_abort_before_the_counts_begin_counts_nothing() {
    let mut rig = Rig::idle(super::config());
    for eye in [C::Infeed, C::Exit] {
        rig.edge(eye, Edge::Rising);
        rig.edge(eye, Edge::Falling);
    }
    assert_eq!(rig.command(Command::Start), Ok(()));
    assert_eq!(rig.command(Command::Abort), Ok(()));
    rig.sample();
    assert_eq!(counted(&rig).0, LineCounts::default());
}

/// A pack that comes in while an aborted belt is braking waits for a person like the others.
#[test]
fn i5_a_pack_that_enters_after_an_abort_waits_for_a_person() {
    let mut rig = Rig::running();
    assert_eq!(rig.command(Command::Abort), Ok(()));
    rig.edge(C::Infeed, Edge::Rising);
    rig.sample();
    let waiting: Vec<_> = rig.line.unresolved().iter().map(|pack| pack.track).collect();
    assert_eq!(waiting, [TrackIndex(1)]);
    let resolution = Resolution::Removed;
    assert_eq!(rig.command(Command::Resolve { track: TrackIndex(1), resolution }), Ok(()));
    assert_eq!(rig.line.in_process(), 0);
}
