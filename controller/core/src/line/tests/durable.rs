//! I2, durable before the gate: the permit waits for the watermark, and what is not on disk in time
//! is rejected. (Every script of every test watches this too, see `watch.rs`.)

use super::fixture::Rig;
use super::pack::{Pack, Way};
use crate::event::{Command, Input, Output, PackFate, Refusal};
use crate::ids::RecordSeq;
use crate::reason::{HoldCause, RejectReason as R};
use crate::record::{RecordBody, Verdict};
use contracts::line_io::outputs;
use contracts::packml::UnitState;

const PERMIT_DEADLINE: u64 = 8_000 - 400 - 300;

/// The record of the pack's accept.
fn accept(rig: &Rig, pack: u32) -> u64 {
    let of = |o: &Output| match o {
        Output::Record(record) => match record.body {
            RecordBody::Verdict { track, verdict: Verdict::Accept, .. } if track.0 == pack => {
                Some(record.seq.0)
            }
            _ => None,
        },
        _ => None,
    };
    rig.seen.iter().find_map(of).unwrap()
}

#[test]
fn i2_no_permit_before_the_watermark_covers_the_accept() {
    let mut rig = Rig::running();
    let pack = Pack::good().then(4_500, |rig| rig.durable_at_once = false);
    let pack = pack.then(5_000, |rig| {
        let record = accept(rig, 1);
        assert!(!rig.permitted(1), "I2: permit before any watermark");
        rig.durable_up_to(record - 1);
        assert!(!rig.permitted(1), "I2: permit before its own record is durable");
        rig.durable_up_to(record);
        assert!(rig.permitted(1));
    });
    rig.run(&[pack]);
}

#[test]
fn i2_a_watermark_of_records_that_were_never_told_counts_for_nothing() {
    let mut rig = Rig::running();
    rig.durable_at_once = false;
    rig.input(Input::Watermark(RecordSeq(u64::MAX)));
    rig.run(&[Pack::good()]);
    assert!(!rig.permitted(1), "I2: durable in advance");
}

#[test]
fn i2_an_accept_that_is_not_durable_at_the_deadline_is_ledger_late() {
    let mut rig = Rig::running();
    let pack = Pack::good().then(4_500, |rig| rig.durable_at_once = false);
    rig.run(&[pack.then(PERMIT_DEADLINE, |rig| rig.make_durable())]);
    assert!(!rig.permitted(1), "I2: a permit for a pack that is late");
    assert_eq!(rig.verdicts(1), [None, Some(R::LedgerLate)]);
    assert_eq!(rig.fate(1), PackFate::Ejected);

    let mut rig = Rig::running();
    let pack = Pack::good().then(4_500, |rig| rig.durable_at_once = false);
    rig.run(&[pack.then(PERMIT_DEADLINE - 1, |rig| rig.durable_at_once = true)]);
    assert_eq!((rig.verdicts(1), rig.fate(1)), (vec![None], PackFate::Exited));
}

#[test]
fn i2_a_commit_without_answer_drops_every_permit_that_is_not_out() {
    let mut rig = Rig::running();
    let pack = Pack::good().then(4_500, |rig| rig.durable_at_once = false);
    let pack = pack.then(5_000, |rig| {
        rig.input(Input::LedgerFault);
        rig.make_durable();
        rig.durable_at_once = true;
    });
    rig.run(&[pack, Pack::good()]);
    assert!(!rig.permitted(1) && !rig.permitted(2), "I2: a permit after an unknown commit");
    assert_eq!(rig.verdicts(1), [None, Some(R::LinkDown)]);
    assert!(rig.held_for(HoldCause::Ledger));
    assert_eq!(rig.command(Command::Unhold), Err(Refusal::CauseRemains));
}

/// Every split of the records into commits: whatever the group, no permit runs ahead of it.
#[test]
fn i2_permits_follow_commits_of_any_size() {
    for behind in [1, 2, 3, 5, 9, 17] {
        let mut rig = Rig::running();
        rig.durable_at_once = false;
        let mut packs = vec![Pack::good(); 8];
        for at in (50..10_000).step_by(250) {
            let commit = move |rig: &mut Rig| {
                let emitted = rig.line.records().0.0;
                rig.durable_up_to(emitted.saturating_sub(behind));
            };
            for pack in &mut packs {
                *pack = pack.clone().then(at, commit);
            }
        }
        rig.run(&packs);
        let out = (1..=8).filter(|&pack| rig.fate(pack) == PackFate::Exited).count();
        let expected = if behind <= 2 { 8 } else { 0 };
        assert!(out >= expected, "{out} of 8 passed, {behind} records behind");
    }
}

/// The FIFO is consumed only up to what durable records explain.
#[test]
fn i2_events_are_consumed_only_when_their_records_are_durable() {
    let mut rig = Rig::running();
    rig.durable_at_once = false;
    let consumed =
        |rig: &Rig| rig.seen.iter().filter(|o| matches!(o, Output::Consumed { .. })).count();
    let before = consumed(&rig);
    rig.run(&[Pack::good()]);
    assert_eq!(consumed(&rig), before, "consumed without a commit");
    rig.make_durable();
    assert_eq!(consumed(&rig), before + 1);
}

/// A pack that came in before would be nobody's after a crash.
#[test]
fn i4_no_pack_comes_in_before_the_begin_of_its_count_is_on_disk() {
    let mut rig = Rig::idle(super::config());
    rig.all_up();
    rig.durable_at_once = false;
    assert_eq!(rig.command(Command::Start), Ok(()));
    rig.purge();
    assert_eq!(rig.line.unit_state(), UnitState::Execute);
    let opened = |rig: &Rig| {
        let bits = |o: &Output| match o {
            Output::LineIoOutputs { bits } => Some(bits & outputs::INFEED != 0),
            _ => None,
        };
        rig.seen.iter().rev().find_map(bits)
    };
    assert_ne!(opened(&rig), Some(true), "I4: the infeed is open, and the count is not begun");
    rig.make_durable();
    assert_eq!(opened(&rig), Some(true));
}

/// An assignment becomes durable while the labeler drops what it has: printed behind that, its
/// label would be for no pack.
#[test]
fn i3_nothing_is_sent_behind_a_flush() {
    let mut rig = Rig::running();
    rig.durable_at_once = false;
    rig.run(&[Pack::good().goes(Way::Bin)]);
    let sent = |rig: &Rig| rig.seen.iter().filter(|o| matches!(o, Output::Dispatch(_))).count();
    let before = sent(&rig);
    assert_eq!(rig.command(Command::Stop), Ok(()));
    rig.sample();
    let flushed = rig.seen.iter().any(|o| matches!(o, Output::FlushLabeler { flush: 2 }));
    assert!(flushed, "the belt is empty");
    rig.make_durable();
    assert_eq!(sent(&rig), before, "I3: a job behind the flush");
}
