//! Commands by state: each is refused where PackML forbids it, and changes nothing then.

use super::config;
use super::fixture::{READY, Rig};
use super::pack::{Pack, Step, Way};
use crate::event::{Command as Cmd, Input, PackFate, Refusal};
use crate::reason::{HoldCause, RejectReason as R};
use contracts::line_io::{Channel as C, Edge, inputs};
use contracts::open_scs::JobOrderState as O;
use contracts::packml::UnitState as S;

/// A line in each state that it can rest in.
fn in_state(state: S) -> Rig {
    let rig = match state {
        S::Idle => Rig::idle(config()),
        S::Starting => {
            let mut rig = Rig::idle(config());
            assert_eq!(rig.command(Cmd::Start), Ok(()));
            rig
        }
        S::Execute => Rig::running(),
        S::Holding => {
            let mut rig = Rig::running();
            rig.inputs = READY | inputs::MOVING;
            rig.sample();
            assert_eq!(rig.command(Cmd::Hold), Ok(()));
            rig
        }
        S::Held => {
            let mut rig = Rig::running();
            assert_eq!(rig.command(Cmd::Hold), Ok(()));
            rig
        }
        S::Unholding => {
            let mut rig = Rig::running();
            rig.edge(C::Gate, Edge::Rising);
            rig.sample();
            assert_eq!(rig.command(Cmd::Unhold), Ok(()));
            rig
        }
        S::Completing => {
            let mut rig = Rig::running();
            assert_eq!(rig.command(Cmd::Stop), Ok(()));
            rig
        }
        S::Complete => {
            let mut rig = in_state(S::Completing);
            rig.sample();
            rig.labeler_report();
            rig
        }
        S::Aborted => {
            let mut rig = Rig::running();
            assert_eq!(rig.command(Cmd::Abort), Ok(()));
            rig
        }
        S::Stopped => {
            let mut rig = Rig::running();
            assert_eq!(rig.command(Cmd::Shutdown), Ok(()));
            rig.sample();
            rig.labeler_report();
            rig
        }
        _ => panic!("the line does not use {state:?}"),
    };
    assert_eq!(rig.line.unit_state(), state);
    rig
}

#[test]
fn each_command_in_each_state() {
    let commands = [Cmd::Start, Cmd::Hold, Cmd::Unhold, Cmd::Stop, Cmd::Abort];
    // true: done; false: refused as WrongState. In the order of `commands`.
    let table = [
        (S::Idle, [true, false, false, false, true]),
        (S::Starting, [false, true, false, false, true]),
        (S::Execute, [false, true, false, true, true]),
        (S::Holding, [false, false, false, false, true]),
        (S::Held, [false, false, true, true, true]),
        (S::Unholding, [false, true, false, false, true]),
        (S::Completing, [false, true, false, true, true]),
        (S::Complete, [false, false, false, false, true]),
        (S::Stopped, [false, false, false, false, true]),
        (S::Aborted, [false, false, false, false, false]),
    ];
    for (state, allowed) in table {
        for (command, allowed) in commands.into_iter().zip(allowed) {
            let mut rig = in_state(state);
            let order = rig.line.order_state();
            let expected = if allowed { Ok(()) } else { Err(Refusal::WrongState) };
            assert_eq!(rig.command(command), expected, "{command:?} in {state:?}");
            if !allowed {
                let now = (rig.line.unit_state(), rig.line.order_state());
                assert_eq!(now, (state, order), "a refused {command:?} changed something");
            }
        }
    }
}

#[test]
fn a_start_needs_every_device_and_its_recipe() {
    type Up = fn(&mut Rig);
    let all: [Up; 3] = [Rig::line_io_up, Rig::labeler_up, Rig::camera_up];
    for missing in 0..all.len() {
        let mut rig = Rig::dark(config(), 100, 100);
        for (_, up) in all.iter().enumerate().filter(|(i, _)| *i != missing) {
            up(&mut rig);
        }
        assert_eq!(rig.command(Cmd::Start), Err(Refusal::DeviceNotReady), "device {missing}");
        assert_eq!(rig.line.unit_state(), S::Idle);
    }
    let mut rig = Rig::idle(config());
    rig.report.header_ok = false;
    rig.labeler_report();
    assert_eq!(rig.command(Cmd::Start), Err(Refusal::DeviceNotReady), "another header");
    let mut rig = Rig::idle(config());
    let epoch = crate::ids::Epoch(1);
    rig.input(Input::CameraUp { epoch, recipe_ok: false, triggers: 0 });
    assert_eq!(rig.command(Cmd::Start), Err(Refusal::DeviceNotReady), "another recipe");
}

#[test]
fn a_hold_goes_on_only_when_its_cause_is_gone() {
    let mut rig = Rig::running();
    rig.inputs = READY | inputs::BIN_FULL;
    rig.sample();
    assert!(rig.held_for(HoldCause::BinFull));
    assert_eq!(rig.command(Cmd::Unhold), Err(Refusal::CauseRemains));
    rig.inputs = READY;
    rig.sample();
    assert_eq!(rig.command(Cmd::Unhold), Ok(()));
    assert_eq!(rig.line.unit_state(), S::Execute);

    let mut rig = Rig::running();
    rig.inputs = inputs::AIR_OK;
    rig.sample();
    assert!(rig.held_for(HoldCause::Utilities));
    assert_eq!(rig.command(Cmd::Unhold), Err(Refusal::CauseRemains));
}

#[test]
fn a_hold_waits_for_the_belt_to_stand() {
    let mut rig = in_state(S::Holding);
    rig.sample();
    assert_eq!(rig.line.unit_state(), S::Holding);
    rig.inputs = READY;
    rig.sample();
    assert_eq!(rig.line.unit_state(), S::Held);
    assert_eq!(rig.line.order_state(), O::Held);
}

#[test]
fn a_stop_lets_the_packs_on_the_belt_reach_their_fate() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().then(5_000, |rig| assert_eq!(rig.command(Cmd::Stop), Ok(())))]);
    rig.labeler_report();
    assert_eq!(rig.fate(1), PackFate::Exited);
    assert_eq!((rig.line.unit_state(), rig.line.order_state()), (S::Complete, O::Completed));
}

#[test]
fn a_stop_out_of_a_hold_that_lost_proof_purges_first() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().without(Step::Result).goes(Way::Bin).then(4_500, |rig| {
        rig.edge(C::Gate, Edge::Rising);
        rig.edge(C::Gate, Edge::Falling);
        rig.sample();
        assert_eq!(rig.command(Cmd::Stop), Ok(()));
        rig.labeler_report();
        rig.sample();
    })]);
    rig.purge();
    rig.sample();
    rig.labeler_report();
    assert_eq!(rig.verdicts(1), [Some(R::Purge)]);
    assert_eq!((rig.line.unit_state(), rig.line.order_state()), (S::Complete, O::Completed));
}

/// A refused stop must not leave the line on its way to completion.
#[test]
fn a_stop_that_is_refused_leaves_the_goal_as_it_was() {
    let mut rig = Rig::running();
    rig.inputs = READY | inputs::BIN_FULL;
    rig.sample();
    assert_eq!(rig.command(Cmd::Stop), Err(Refusal::CauseRemains));
    rig.inputs = READY;
    rig.sample();
    assert_eq!(rig.command(Cmd::Unhold), Ok(()));
    assert_eq!(rig.line.unit_state(), S::Execute);
}

#[test]
fn an_abort_leaves_what_is_on_the_belt_to_a_person() {
    let mut rig = Rig::running();
    rig.run(&[Pack::good().then(5_000, |rig| {
        assert_eq!(rig.command(Cmd::Abort), Ok(()));
        assert_eq!(rig.line.unresolved().len(), 1);
    })]);
    assert_eq!((rig.line.unit_state(), rig.line.order_state()), (S::Aborted, O::Aborted));
}
