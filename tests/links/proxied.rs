//! Every driver through a proxy that does to its link what networks do: each kind of fault both
//! ways, in an order from a seed, while work goes on. Nothing is lost, nothing comes twice, nothing
//! comes out of turn, and no job is taken twice.
//!
//! The seed is printed; LINK_SEED sets it, LINK_ROUNDS repeats every fault.

use super::{Bench, PROTOCOLS, dispatch, header, is_up, line_io_up, result, stations};
use crate::chance::Chance;
use contracts::labeler::LabelerFault;
use devices::Setup;
use devices::labeler::session::JOB_TAIL;
use line_core::event::Output;
use line_core::ids::{EncoderCount, TrackIndex};
use line_sim::proxy::{Direction, Fault, FaultKind};

/// Pieces of work made around each fault.
const EACH: u32 = 20;

/// Every kind, both ways, in an order and for times that the seed tells.
fn faults() -> Vec<Fault> {
    let mut chance = Chance::of("LINK_SEED");
    let rounds = std::env::var("LINK_ROUNDS").map_or(1, |text| text.parse().unwrap());
    let mut faults = Vec::new();
    for _ in 0..rounds {
        for kind in FaultKind::ALL {
            for direction in Direction::ALL {
                let (frames, ms) = (chance.within(1, 3) as u32, chance.within(1, 350));
                faults.push(Fault { kind, direction, frames, ms });
            }
        }
    }
    for i in (1..faults.len()).rev() {
        faults.swap(i, chance.within(0, i as u64) as usize);
    }
    faults
}

/// Work before, during and after each fault; `done` is asked whether all of `made` has come.
fn through_every_fault(bench: &Bench, work: impl Fn(u32, u32), done: impl Fn(&Bench, u32) -> bool) {
    let proxy = bench.proxy.as_ref().unwrap();
    let mut made = 0;
    for fault in faults() {
        work(made + 1, made + EACH);
        proxy.inject(fault);
        work(made + EACH + 1, made + 2 * EACH);
        made += 2 * EACH;
        let told = format!("{fault:?}, {made} made");
        bench.until(&told, |b| proxy.is_quiet() && done(b, made));
    }
    let counts = proxy.counts();
    let struck: Vec<_> = counts.struck.iter().map(|(k, n)| format!("{} {n}", k.name())).collect();
    println!("{made} made, {} connections, struck: {}", counts.connections, struck.join(", "));
    assert_eq!(counts.begun.len(), FaultKind::ALL.len());
}

#[test]
fn jobs_are_taken_once_and_in_order_through_every_fault() {
    for protocol in PROTOCOLS {
        let mut bench = Bench::proxied();
        bench.recorder.set_up(header());
        bench.labeler(protocol, 2);
        bench.until("up", |b| b.recorder.count(is_up) > 0);
        let say = |from: u32, to: u32| {
            for job in from..=to {
                // The core never has more under way than the driver holds.
                let room =
                    |b: &Bench| b.script(|s| s.labeler.status.last_accepted) + JOB_TAIL as u32;
                bench.until("room", |b| room(b) >= job);
                bench.recorder.say(dispatch(1, job));
            }
        };
        let last = |b: &Bench| b.script(|s| s.labeler.status.last_accepted);
        through_every_fault(&bench, say, |b, made| last(b) == made);
        let made = last(&bench);
        bench.script(|s| {
            assert!(s.labeler.accepted.iter().map(|job| job.0).eq(1..=made), "{protocol:?}");
            assert_eq!(s.labeler.status.fault, LabelerFault::None);
        });
        bench.recorder.say(Output::FlushLabeler { flush: 1 });
        bench.until("flush", |b| b.recorder.flushed() == Some((1, made)));
    }
}

#[test]
fn events_triggers_and_permits_come_once_and_in_order_through_every_fault() {
    let mut bench = Bench::proxied();
    bench.line_io(2);
    bench.until("up", |b| b.recorder.count(is_up) > 0);
    let work = |from: u32, to: u32| {
        bench.script(|s| s.line_io.edges(to - from + 1));
        let ups = bench.recorder.find_all(line_io_up);
        let (epoch, permit_epoch) = *ups.last().unwrap();
        for n in from..=to {
            let (from, to) = (EncoderCount(10), EncoderCount(20));
            bench.recorder.say(Output::Trigger { epoch, at: EncoderCount(u64::from(n)) });
            bench.recorder.say(Output::Permit { permit_epoch, track: TrackIndex(n), from, to });
        }
    };
    let triggers = |b: &Bench| b.script(|s| s.line_io.triggers.len());
    let done = |b: &Bench, made: u32| {
        b.recorder.events().len() == made as usize && triggers(b) == made as usize
    };
    through_every_fault(&bench, work, done);
    let made = bench.recorder.events().len() as u64;
    assert!(bench.recorder.events().into_iter().map(u64::from).eq(1..=made));
    bench.script(|s| assert!(s.line_io.triggers.iter().copied().eq(1..=made)));
    let ups = bench.recorder.find_all(|input| line_io_up(input).map(|up| up.1));
    assert!(ups.is_sorted_by(|a, b| a < b), "each contact begins a permit epoch: {ups:?}");
    // What the device holds is of the last contact alone.
    let old = bench.script(|s| s.line_io.permits.clone());
    assert!(old.is_sorted_by(|a, b| a < b), "{old:?}");
}

#[test]
fn results_of_the_camera_come_once_and_in_order_through_every_fault() {
    let mut bench = Bench::proxied();
    bench.recorder.set_up(Setup::Recipe(9));
    bench.camera(2);
    bench.until("recipe", |b| b.script(|s| s.camera.status.recipe_hash == 9));
    let shoot = |from: u32, to: u32| bench.script(|s| s.camera.shoot(to - from + 1));
    let found = |b: &Bench| b.recorder.find_all(result);
    through_every_fault(&bench, shoot, |b, made| found(b).len() == made as usize);
    let found = found(&bench);
    assert!(found.iter().copied().eq((1..=found.len() as u64).map(|seq| (1, seq))));
}

#[test]
fn results_of_a_station_come_once_and_in_order_through_every_fault() {
    for protocol in PROTOCOLS {
        let bench = stations::bench(protocol, Bench::proxied());
        let measure = |from: u32, to: u32| stations::measure(&bench, to - from + 1);
        let found = |b: &Bench| stations::results(b);
        through_every_fault(&bench, measure, |b, made| found(b).len() == made as usize);
        let found = found(&bench);
        assert!(found.iter().copied().eq((1..=found.len() as u32).map(|seq| (1, seq))));
    }
}
