//! The labeler over both of its protocols: every job is taken once and in order, whatever becomes
//! of the link, and none of an older epoch.

use super::{Bench, PROTOCOLS, Protocol, dispatch, header, is_up};
use contracts::labeler::LabelerFault;
use devices::labeler::session::JOB_TAIL;
use line_core::event::Output;
use line_sim::world::Device;
use std::time::Duration;

/// A labeler in step, with the order's header.
fn in_step(protocol: Protocol) -> Bench {
    println!("{protocol:?}");
    let mut bench = Bench::new();
    bench.recorder.set_up(header());
    bench.labeler(protocol, 2);
    bench.until("up", |b| b.recorder.count(is_up) > 0);
    bench
}

fn say(bench: &Bench, epoch: u32, jobs: impl Iterator<Item = u32>) {
    jobs.for_each(|job| bench.recorder.say(dispatch(epoch, job)));
}

/// Every job up to `last` was accepted once and in order, and none was sent again.
fn taken_once(bench: &Bench, last: u32) {
    bench.until("jobs", |b| b.script(|s| s.labeler.status.last_accepted == last));
    bench.script(|s| {
        assert!(s.labeler.accepted.iter().map(|job| job.0).eq(1..=last));
        assert!(s.labeler.arrived.iter().copied().eq(1..=last), "{:?}", s.labeler.arrived);
        assert_eq!(s.labeler.status.fault, LabelerFault::None);
    });
}

#[test]
fn every_job_is_taken_once_over_cuts_and_none_after_a_restart() {
    for protocol in PROTOCOLS {
        let bench = in_step(protocol);
        for round in 0..4 {
            say(&bench, 1, 20 * round + 1..=20 * round + 20);
            if round > 0 {
                bench.cut(Device::Labeler);
            }
            bench
                .until("jobs", |b| b.script(|s| s.labeler.status.last_accepted == 20 * round + 20));
        }
        bench.script(|s| {
            assert!(s.labeler.accepted.iter().map(|job| job.0).eq(1..=80));
            assert_eq!(s.labeler.status.fault, LabelerFault::None);
            s.cut(Device::Labeler);
        });
        say(&bench, 1, 81..=90);
        bench.restart(Device::Labeler);
        say(&bench, 2, 1..=5);
        bench.until("jobs of the new epoch", |b| b.script(|s| s.labeler.status.last_accepted == 5));
        bench.script(|s| {
            let serials: Vec<&str> = s.labeler.accepted.iter().map(|job| job.1.as_str()).collect();
            assert_eq!(serials, ["E2J1", "E2J2", "E2J3", "E2J4", "E2J5"]);
        });
    }
}

#[test]
fn a_flush_covers_every_job() {
    for protocol in PROTOCOLS {
        let bench = in_step(protocol);
        say(&bench, 1, 1..=30);
        bench.recorder.say(Output::FlushLabeler { flush: 1 });
        bench.until("flush", |b| b.recorder.flushed() == Some((1, 30)));
        bench.script(|s| assert_eq!(s.labeler.status.last_accepted, 30));
        say(&bench, 1, 31..=35);
        taken_once(&bench, 35);
    }
}

#[test]
fn a_burst_is_taken_in_order() {
    for protocol in PROTOCOLS {
        let bench = in_step(protocol);
        let tail = JOB_TAIL as u32;
        say(&bench, 1, 1..=tail);
        // The core never has more under way than the driver holds.
        for job in tail + 1..=450 {
            bench.until("room", |b| b.script(|s| s.labeler.status.last_accepted + tail >= job));
            say(&bench, 1, job..=job);
        }
        taken_once(&bench, 450);
    }
}

#[test]
fn a_submission_that_was_half_done_is_finished_and_not_repeated() {
    for protocol in PROTOCOLS {
        let bench = in_step(protocol);
        for (round, at) in (1_u32..).zip([1, 40, 77, 118, 150]) {
            bench.script(|s| s.cut_at_job = Some(at));
            say(&bench, 1, 30 * round - 29..=30 * round);
            bench.mend_when_down(Device::Labeler, round as usize);
            taken_once(&bench, 30 * round);
        }
    }
}

#[test]
fn a_slow_labeler_gets_no_job_twice() {
    for protocol in PROTOCOLS {
        let bench = in_step(protocol);
        for round in 0..3_u32 {
            bench.script(|s| {
                for job in 40 * round + 1..=40 * round + 40 {
                    bench.recorder.say(dispatch(1, job));
                }
                // Longer than a call may take: it is executed all the same, later.
                std::thread::sleep(Duration::from_millis(150));
                assert_eq!(s.labeler.status.last_accepted, 40 * round);
            });
            taken_once(&bench, 40 * round + 40);
        }
    }
}
