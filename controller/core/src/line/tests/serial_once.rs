//! I3, a serial is used at most once: over flush, restart of the labeler, restart of the
//! controller. (Every script of every test watches this too, see `watch.rs`.)

use super::config;
use super::fixture::Rig;
use super::pack::Pack;
use crate::event::{Command, Input, Output};
use crate::ids::RecordSeq;
use crate::reason::{HoldCause, InvalidCause};
use crate::record::RecordBody;
use contracts::line_io::{Channel as C, Edge};
use contracts::packml::UnitState;
use std::collections::BTreeSet;

fn invalid(rig: &Rig) -> Vec<(u32, InvalidCause, bool)> {
    let of = |body: &RecordBody| match *body {
        RecordBody::SerialInvalid { serial, cause, printed } => Some((serial.0, cause, printed)),
        _ => None,
    };
    rig.records().filter_map(of).collect()
}

fn assigned(rig: &Rig) -> BTreeSet<u32> {
    let of = |body: &RecordBody| match *body {
        RecordBody::JobAssigned { serial, .. } => Some(serial.0),
        _ => None,
    };
    rig.records().filter_map(of).collect()
}

#[test]
fn i3_no_job_is_sent_before_its_assignment_is_durable() {
    let mut rig = Rig::idle(config());
    assert_eq!(rig.command(Command::Start), Ok(()));
    rig.durable_at_once = false;
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    assert_eq!(assigned(&rig).len(), 16, "the look-ahead");
    assert!(rig.dispatched().is_empty(), "I3: sent before it was durable");
    let last = rig.line.records().0.0;
    rig.durable_up_to(last - 1);
    assert_eq!(rig.dispatched().len(), 15, "I3: all but the one that is not durable");
    rig.durable_up_to(last);
    assert_eq!(rig.dispatched().len(), 16);
    rig.input(Input::Watermark(RecordSeq(last)));
    assert_eq!(rig.dispatched().len(), 16);
}

#[test]
fn i3_look_ahead_is_bounded_and_filled_as_labels_are_used() {
    let mut rig = Rig::running();
    assert_eq!(rig.dispatched().len(), 16);
    rig.run(&[Pack::good(), Pack::good()]);
    assert_eq!(rig.dispatched().len(), 18);
    assert_eq!(*rig.dispatched(), (0..18).collect());
}

#[test]
fn i3_flushed_serials_become_invalid_and_are_not_sent_again() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good()]);
    rig.edge(C::Applied, Edge::Rising);
    assert!(rig.held_for(HoldCause::Slip));
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    // The strobe without a pack took the label of serial 1 with it.
    let gone: Vec<u32> = invalid(&rig).iter().map(|i| i.0).collect();
    assert_eq!(gone, (1..17).collect::<Vec<_>>());
    assert!(invalid(&rig).iter().all(|i| i.1 == InvalidCause::Flushed));
    rig.run(&[Pack::good(), Pack::good()]);
    assert_eq!(*rig.dispatched(), (0..35).collect(), "I3: each once");
}

#[test]
fn i3_a_labeler_that_restarts_makes_what_it_had_invalid() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good()]);
    rig.labeler_restarts();
    assert!(rig.held_for(HoldCause::LabelerRestart));
    let gone = invalid(&rig);
    assert_eq!(gone.len(), 16);
    assert!(gone.iter().all(|i| i.1 == InvalidCause::LabelerEpoch && i.0 > 0));
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.purge();
    rig.run(&[Pack::good(), Pack::good()]);
    assert_eq!(rig.dispatched().len(), 17 + 16 + 2);
}

/// Printed and not reported, applied and not reported: in doubt, so never again.
#[test]
fn i3_a_label_that_was_never_confirmed_is_invalid_and_told_as_printed() {
    let mut rig = Rig::running();
    let pack = Pack::good().without(super::pack::Step::Report);
    rig.run(&[pack.then(2_500, Rig::labeler_restarts)]);
    assert_eq!(invalid(&rig)[0], (0, InvalidCause::LabelerEpoch, true));
}

/// The link alone costs nothing: the labeler keeps its queue.
#[test]
fn i3_a_link_that_was_cut_invalidates_nothing() {
    let mut rig = Rig::running();
    rig.input(Input::LabelerDown);
    rig.labeler_up();
    assert!(invalid(&rig).is_empty());
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    rig.run(&[Pack::good()]);
    assert_eq!(rig.dispatched().len(), 17);
}

/// Killed at any moment, with the last records on disk or not: no serial goes out twice.
#[test]
fn i3_no_serial_twice_over_restarts_of_the_controller() {
    for at in [50, 2_005, 2_050, 4_200, 4_700, 6_000, 8_100, 9_300, 11_000] {
        for unseen in [false, true] {
            let mut rig = Rig::running();
            rig.run(&[Pack::good()]);
            let dies = move |rig: &mut Rig| {
                if unseen {
                    rig.commit_unseen();
                }
                rig.restart();
                rig.durable_at_once = true;
                rig.all_up();
                rig.labeler_report();
                rig.sample();
            };
            let pack = Pack::good().then(1_990, |rig| rig.durable_at_once = false);
            rig.run(&[pack.then(at, dies)]);
            rig.durable_at_once = true;
            rig.purge();
            for track in rig.line.unresolved().iter().map(|u| u.track).collect::<Vec<_>>() {
                let resolution = crate::reason::Resolution::Removed;
                assert_eq!(rig.command(Command::Resolve { track, resolution }), Ok(()));
            }
            if rig.line.unit_state() == UnitState::Held {
                assert_eq!(rig.command(Command::Unhold), Ok(()), "restart at {at}");
                rig.purge();
            }
            assert_eq!(rig.line.unit_state(), UnitState::Execute, "restart at {at}");
            let before = rig.dispatched().clone();
            assert!(before.len() > 17, "new jobs after the restart at {at}");
            rig.run(&[Pack::good()]);
            assert_eq!(rig.dispatched().len(), before.len() + 1, "restart at {at}");
        }
    }
}

/// The last serial of the pool: then the line holds and prints nothing.
#[test]
fn i3_an_empty_pool_holds_the_line() {
    let mut rig = Rig::dark(config(), 3, 3_000);
    rig.all_up();
    assert_eq!(rig.command(Command::Start), Ok(()));
    rig.purge();
    rig.run(&[Pack::good(), Pack::good(), Pack::good()]);
    assert!(rig.held_for(HoldCause::PoolEmpty));
    assert_eq!(rig.dispatched().len(), 3);
    let jobs = rig.seen.iter().filter(|o| matches!(o, Output::Dispatch(_))).count();
    assert_eq!(jobs, 3);
}
