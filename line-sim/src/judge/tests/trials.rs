//! Trials between an order's packs: counted apart, and nothing of theirs may leave.

use super::check;
use super::fixture::{Fixture, Row, TRIAL};
use crate::judge::What;
use crate::truth::{Fate, PackTruth};

/// After the first two packs a person lays out these, and the order goes on behind them.
fn interrupted(by: &[(Option<&str>, Fate)], known: bool) -> Fixture {
    let mut f = Fixture::clean();
    let more = by.len() as u32;
    for pack in f.packs.iter_mut().skip(2) {
        pack.infeed_ordinal = pack.infeed_ordinal.map(|ordinal| ordinal + more);
        pack.pack += u64::from(more);
        pack.job = pack.job.map(|mut job| {
            job.seq += more;
            job
        });
    }
    for fault in &mut f.faults {
        fault.packs.iter_mut().for_each(|pack| *pack += u64::from(more));
    }
    let trial = (0..).zip(by).map(|(at, (prepared, fate))| PackTruth {
        pack: u64::from(at + 3),
        infeed_ordinal: Some(at + 103),
        infeed_count: Some(u64::from(at) * 10 + 2_500),
        label: None,
        commanded: None,
        job: None,
        text: None,
        good: false,
        prepared: prepared.map(str::to_owned),
        fate: *fate,
        ..f.packs[1].clone()
    });
    let trial: Vec<PackTruth> = trial.collect();
    f.packs.splice(2..2, trial);
    for at in (0..more).filter(|_| known) {
        f.rows.push(Row {
            batch: TRIAL,
            track: at + 1,
            serial: None,
            verdict: Some("reject"),
            reason: Some("no_read"),
            fate: "ejected",
            infeed_count: u64::from(at) * 10 + 2_500,
            io_epoch: 1,
            accepted: false,
        });
    }
    f
}

const CHALLENGE: [(Option<&str>, Fate); 3] = [
    (Some("no_code"), Fate::Ejected),
    (Some("unreadable"), Fate::Ejected),
    (Some("good"), Fate::Ejected),
];

#[test]
fn a_trial_in_mid_order_is_none_of_the_order() {
    for known in [true, false] {
        let f = interrupted(&CHALLENGE, known);
        check("challenge", &f, ([0, 0, 0], &[]));
        let judgement = f.judge().unwrap();
        assert_eq!((judgement.trial_packs, judgement.packs), (3, 14), "known {known}");
        assert_eq!(judgement.other_batches, 0);
    }
    let setup = interrupted(&[(None, Fate::Ejected); 2], true);
    check("setup", &setup, ([0, 0, 0], &[]));
    assert_eq!(setup.judge().unwrap().trial_packs, 2);
}

#[test]
fn nothing_of_a_trial_may_leave() {
    let left: &[What] = &[What::LeftFromTrial];
    for known in [true, false] {
        let f = interrupted(&[(Some("wrong_content"), Fate::Exited)], known);
        check("prepared", &f, ([1, 0, 0], left));
    }
    check("setup", &interrupted(&[(None, Fate::Exited)], true), ([1, 0, 0], left));
    // One that the order itself took for its own: every proof is there, and yet.
    let mut f = Fixture::clean();
    f.pack(2).prepared = Some("good".to_owned());
    check("among the order's", &f, ([1, 0, 0], left));
}

#[test]
fn an_ordinary_pack_that_nobody_knows_is_not_excused() {
    let f = interrupted(&[(None, Fate::Ejected)], false);
    let found = f.judge().unwrap();
    assert!(found.unexplained > 0 && !found.ok, "{:#?}", found.findings);
}
