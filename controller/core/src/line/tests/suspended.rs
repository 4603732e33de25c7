//! Suspend when starved or blocked, hold for a bin that is not locked.

use super::fixture::{READY, Rig};
use super::pack::{Pack, Way};
use crate::event::{Command as Cmd, PackFate};
use crate::reason::{HoldCause, SuspendCause};
use crate::record::RecordBody;
use contracts::line_io::inputs;
use contracts::open_scs::JobOrderState as O;
use contracts::packml::UnitState as S;

fn suspended_for(rig: &Rig, cause: SuspendCause) -> bool {
    rig.records().any(|body| *body == RecordBody::Suspended { cause })
}

#[test]
fn blocked_suspends_with_packs_on_the_belt_and_goes_on_without_a_purge() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good()
        .then(5_000, |rig| {
            rig.inputs = READY & !inputs::DOWNSTREAM_READY;
            rig.sample();
            assert!(suspended_for(rig, SuspendCause::Blocked));
            assert_eq!(
                (rig.line.unit_state(), rig.line.order_state()),
                (S::Suspended, O::Suspended)
            );
        })
        .then(5_010, |rig| {
            rig.inputs = READY;
            rig.sample();
            assert_eq!((rig.line.unit_state(), rig.line.order_state()), (S::Execute, O::Running));
        })]);
    assert_eq!(rig.fate(1), PackFate::Exited);
    assert_eq!(rig.records().filter(|b| matches!(b, RecordBody::PurgeBegin { .. })).count(), 1);
}

#[test]
fn starved_suspends_only_when_the_belt_is_empty() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().then(5_000, |rig| {
        rig.inputs = READY & !inputs::UPSTREAM_READY;
        rig.sample();
        assert_eq!(rig.line.unit_state(), S::Execute, "a pack is on its way");
    })]);
    assert_eq!(rig.fate(1), PackFate::Exited);
    rig.sample();
    assert_eq!(rig.line.unit_state(), S::Suspended);
    assert!(suspended_for(&rig, SuspendCause::Starved));
    rig.inputs = READY;
    rig.sample();
    assert_eq!(rig.line.unit_state(), S::Execute);
}

#[test]
fn a_suspended_line_can_be_stopped_and_held() {
    let mut rig = Rig::running();
    rig.inputs = READY & !inputs::UPSTREAM_READY;
    rig.sample();
    assert_eq!(rig.line.unit_state(), S::Suspended);
    assert_eq!(rig.command(Cmd::Hold), Ok(()));
    rig.sample();
    assert_eq!(rig.command(Cmd::Unhold), Ok(()));
    rig.sample();
    assert_eq!(rig.line.unit_state(), S::Suspended);
    assert_eq!(rig.command(Cmd::Stop), Ok(()));
    rig.sample();
    rig.labeler_report();
    assert_eq!((rig.line.unit_state(), rig.line.order_state()), (S::Complete, O::Completed));
}

#[test]
fn a_bin_that_is_not_locked_holds_until_it_is() {
    let mut rig = Rig::running();
    rig.inputs = READY & !inputs::BIN_LOCKED;
    rig.sample();
    assert!(rig.held_for(HoldCause::BinUnlocked));
    assert!(rig.command(Cmd::Unhold).is_err());
    rig.inputs = READY;
    rig.sample();
    assert_eq!(rig.command(Cmd::Unhold), Ok(()));
    rig.run(&[Pack::good().goes(Way::ByPermit)]);
    assert_eq!(rig.fate(1), PackFate::Exited);
}
