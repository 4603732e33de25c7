//! I7, everything is bounded: without credit a pack is untracked and the line holds; the worst
//! input stays within its outputs.

use super::config;
use super::fixture::Rig;
use super::pack::Pack;
use crate::event::{Command, Input, Output, PackFate};
use crate::limits::{OUTPUTS_PER_INPUT, RECORD_RESERVE, RECORD_RING, RECORDS_PER_PACK, SLOTS};
use crate::line_config::LineConfig;
use crate::reason::{HoldCause, RejectReason as R};
use contracts::line_io::{Channel as C, Edge};
use contracts::packml::UnitState;

/// Records pile up that are not durable: `left` more than a first pack needs.
fn pile_up(rig: &mut Rig, left: u64) {
    rig.durable_at_once = false;
    let most = (RECORD_RING - RECORD_RESERVE - RECORDS_PER_PACK) as u64 - left;
    let waiting = |rig: &Rig| {
        let (emitted, durable) = rig.line.records();
        emitted.0 - durable.0
    };
    while waiting(rig) < most {
        rig.labeler_up();
    }
}

#[test]
fn i7_with_the_last_credit_a_pack_is_tracked() {
    let mut rig = Rig::running();
    pile_up(&mut rig, 0);
    rig.run(&[Pack::good().then(10, |rig| {
        rig.make_durable();
        rig.durable_at_once = true;
    })]);
    assert!(!rig.held_for(HoldCause::LedgerCredit));
    assert_eq!(rig.fate(1), PackFate::Exited);
}

#[test]
fn i7_without_credit_a_pack_is_untracked_and_the_line_holds() {
    let mut rig = Rig::running();
    pile_up(&mut rig, 0);
    rig.labeler_up();
    rig.run(&[Pack::good().then(10, |rig| {
        assert!(rig.held_for(HoldCause::LedgerCredit), "I7: no hold");
        rig.make_durable();
        rig.durable_at_once = true;
    })]);
    assert!(!rig.permitted(1), "I7: a permit without credit");
    assert_eq!(rig.verdicts(1), [Some(R::Untracked)]);
    assert_eq!(rig.fate(1), PackFate::Ejected);
    assert_eq!(rig.command(Command::Unhold), Ok(()), "the credit is there again");
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
}

/// Packs one behind the other without end, and no commit: what waits stays within the ring.
#[test]
fn i7_a_ledger_that_stands_still_never_loses_a_record() {
    let mut rig = Rig::running();
    rig.durable_at_once = false;
    let mut packs = 0;
    while rig.line.unit_state() == UnitState::Execute {
        rig.run(&vec![Pack::good(); 20]);
        packs += 20;
        assert!(packs < 2_000, "I7: it never holds");
    }
    let (emitted, durable) = rig.line.records();
    assert!(emitted.0 - durable.0 < RECORD_RING as u64, "I7: {}", emitted.0 - durable.0);
}

/// A line so long that every slot can be taken by a pack that nothing is known of.
fn long_line() -> Rig {
    let far = LineConfig {
        labeler_counts: 900_000,
        camera_eye_counts: 900_000,
        trigger_counts: 900_100,
        gate_counts: 910_000,
        exit_counts: 920_000,
        purge_counts: 930_000,
        ..config()
    };
    Rig::running_with(far)
}

fn crowd(rig: &mut Rig, packs: usize) {
    for _ in 0..packs {
        rig.encoder += 1_200;
        rig.edge(C::Infeed, Edge::Rising);
    }
}

#[test]
fn i7_beyond_the_slots_a_pack_is_unresolved_and_the_line_holds() {
    let mut rig = long_line();
    crowd(&mut rig, SLOTS);
    assert!(rig.line.holds().is_empty());
    crowd(&mut rig, 1);
    assert!(rig.held_for(HoldCause::LedgerCredit), "I7: no hold");
    assert!(rig.held_for(HoldCause::UnexplainedPack), "I7: a pack without a slot");
    assert_eq!(rig.line.unresolved().len(), 1);
}

/// The worst input there is: each slot gets a verdict and its notice (`watch` asserts the bound).
#[test]
fn i7_a_purge_with_every_slot_taken_stays_within_its_outputs() {
    let mut rig = long_line();
    crowd(&mut rig, SLOTS);
    rig.edge(C::Gate, Edge::Rising);
    rig.sample();
    assert!(rig.held_for(HoldCause::ForeignPack));
    rig.durable_at_once = false;
    let before = rig.seen.len();
    assert_eq!(rig.command(Command::Unhold), Ok(()));
    let outputs = rig.seen.len() - before;
    assert!((2 * SLOTS..=OUTPUTS_PER_INPUT).contains(&outputs), "I7: {outputs} outputs");
}

#[test]
fn i7_every_slot_lost_at_once_stays_within_its_outputs() {
    let lose: [fn(&mut Rig); 4] = [
        Rig::line_io_restarts,
        |rig| {
            rig.lose_event();
            rig.edge(C::Gate, Edge::Falling);
        },
        |rig| rig.move_to(rig.encoder + 2_000_000),
        |rig| assert_eq!(rig.command(Command::Abort), Ok(())),
    ];
    for (i, lose) in lose.into_iter().enumerate() {
        let mut rig = long_line();
        crowd(&mut rig, SLOTS);
        lose(&mut rig);
        assert_eq!(rig.line.unresolved().len(), SLOTS, "way {i}");
    }
}

/// Accepted packs with permits out: the purge takes each back by its verdict.
#[test]
fn i7_a_purge_of_accepted_packs_tells_each_once() {
    let mut rig = Rig::running();
    let mut packs = vec![Pack::good(); 3];
    packs[2] = Pack::good().then(5_000, |rig| {
        rig.edge(C::CameraEye, Edge::Rising);
        assert!(rig.held_for(HoldCause::ForeignPack));
        assert_eq!(rig.command(Command::Unhold), Ok(()));
        rig.labeler_report();
        rig.sample();
    });
    rig.run(&packs);
    assert_eq!(rig.verdicts(3), [None, Some(R::Purge)]);
    assert_eq!(rig.fate(3), PackFate::Ejected);
}

/// Same inputs, same outputs, byte for byte.
#[test]
fn a_script_run_twice_gives_the_same_outputs() {
    let run = || {
        let mut rig = Rig::running();
        let bad = Pack::good().without(super::pack::Step::Result);
        rig.run(&[Pack::good(), bad, Pack::good()]);
        rig.input(Input::Tick);
        rig.seen
    };
    let (first, second): (Vec<Output>, Vec<Output>) = (run(), run());
    assert_eq!(first, second);
}
