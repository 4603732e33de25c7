//! kill -9 and a hang of the whole controller, again and again at random instants of one batch,
//! with either ejector: what the line I/O may do without a heartbeat is counted in encoder pulses
//! on its own link (faults, row 2).
//!
//! KILL_SEED sets the seed, KILLS the number of kills of each batch (tests/soak/kills).

use crate::Outcome;
use crate::kills::{Instants, run_out, standstill, those_in};
use crate::person::{Person, number};
use crate::plant::{Line, Plant, wait};
use crate::proof::close_and_prove;
use crate::wire::{TRAVEL_MAX, Wire, before};
use line_sim::hands::Zone;
use line_sim::proxy::{Direction, Fault, FaultKind, Proxy};
use line_sim::runner::Addresses;
use line_sim::sim_config::EjectorKind;
use line_sim::truth::{Fate, PackTruth};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// With those of [`crate::kills`] more than twenty in all (faults, row 2).
const KILLS: u32 = 7;
/// Packs that a life lasts, about; it ends at any moment of recovery, purge or run.
const LIFE_PACKS: u32 = 18;
const LIFE_MS: u64 = 4_000;
/// Frames of a dead controller that are still under way are late by so much.
const LATE_MS: u64 = 2_000;
/// Packs with their front between gate and exit: their permit was used while it lived.
const BEYOND_GATE: usize = 2;

struct Rig {
    plant: Plant,
    line: Line,
    wire: Wire,
    proxy: Proxy,
    packs: u32,
    instants: Instants,
}

impl Rig {
    fn new(packs: u32, ejector: EjectorKind) -> Outcome<Self> {
        let instants = Instants::new();
        let plant = Plant::new(packs)?;
        // Each restart drops what the labeler has: a look-ahead of serials.
        plant.edit("order.toml", "overage_percent = 300.0", "overage_percent = 1000.0")?;
        let ejector = serde_json::to_value(ejector)?;
        let config =
            format!("packs_total = {packs}\ncamera = \"no-pixels\"\nejector = {ejector}\n");
        let (line, at) = plant.spawn_line_as(&config, 7)?;
        let wire = Wire::default();
        let (proxy, line_io) = before(&at.line_io, Some(wire.tap()))?;
        plant.name_devices(&Addresses { line_io, ..at })?;
        Ok(Self { plant, line, wire, proxy, packs, instants })
    }

    /// Ends or hangs the controller, with its last frame `late` or not: the belt stands still
    /// before it has gone too far, and what comes late does not move it. Gives the packs on it, and
    /// whether a frame did come late: when the machine stands still it may have come before.
    fn nobody_commands(
        &self,
        late: bool,
        end: impl FnOnce() -> Outcome,
    ) -> Outcome<(BTreeSet<u64>, bool)> {
        let under_way = Instant::now();
        if late {
            wait("the belt runs", || Ok(self.wire.seen().runs.then_some(())))?;
            let delay = Fault::new(FaultKind::Delay, Direction::ToDevice, LATE_MS);
            self.proxy.inject(delay);
            wait("a frame is under way", || Ok(self.proxy.is_quiet().then_some(())))?;
        }
        end()?;
        let answers = self.wire.seen().answers;
        let is_late = late && under_way.elapsed() < Duration::from_millis(LATE_MS);
        if is_late {
            let came = || self.wire.seen().answers > answers;
            wait("the late frame arrives", || Ok(came().then_some(())))?;
        }
        let belt = those_in(&standstill(&self.line)?, &[Zone::Belt]);
        self.wire.watch_next();
        Ok((belt, is_late))
    }

    /// The first answer of the line I/O tells how far the belt has gone meanwhile, and that it has
    /// begun a permit epoch by itself.
    fn went_no_further(&self, permit_epoch: u32, late: bool) -> Outcome {
        let (travel, found) = wait("the line I/O answers", || Ok(self.wire.seen().next))?;
        let seen = self.wire.seen();
        assert!(seen.travel_max <= TRAVEL_MAX, "the belt outlived the heartbeat: {seen:?}");
        assert!(!late || travel == 0, "a frame of the dead moved the belt: {seen:?}");
        assert!(found > permit_epoch, "permits outlived the heartbeat: {seen:?}");
        Ok(())
    }
}

/// Of the packs that lay on the belt when nobody commanded, only those left whose permit was used.
fn stayed(truth: &[PackTruth], belts: &[BTreeSet<u64>]) {
    for belt in belts {
        let out = truth.iter().filter(|p| p.fate == Fate::Exited && belt.contains(&p.pack));
        let out = out.count();
        assert!(out <= BEYOND_GATE, "{out} packs left by permits of a dead controller");
    }
}

/// Kills at random instants, some with frames still under way, then to the end and the proof.
fn killed_at_random(ejector: EjectorKind) -> Outcome {
    let kills = std::env::var("KILLS").map_or(Ok(KILLS), |text| text.parse())?;
    let mut rig = Rig::new(60 + LIFE_PACKS * kills, ejector)?;
    let mut service = rig.plant.start_service()?;
    rig.plant.load_and_start()?;
    let mut belts = Vec::new();
    let mut person = Person::new(&rig.plant, &rig.line);
    person.until("packs leave", |status| number(status, "/good") >= 3)?;
    for kill in 1..=kills {
        let (late, permit_epoch) = (kill % 3 == 0, rig.wire.seen().permit_epoch);
        let (belt, late) = rig.nobody_commands(late, || service.kill())?;
        belts.push(belt);
        service = rig.plant.start_service()?;
        rig.went_no_further(permit_epoch, late)?;
        rig.instants.sleep(LIFE_MS);
    }
    let mut person = Person::new(&rig.plant, &rig.line);
    person.until("the order goes on", |status| number(status, "/packs/in_process") >= 7)?;
    assert!(person.asked.is_empty(), "a restart alone loses no pack: {:?}", person.asked);
    run_out(&rig.plant, &mut person, rig.packs)?;
    let visits = person.visits;
    let (truth, books) = close_and_prove(&rig.plant, rig.line)?;
    assert!(service.stop()?.success());
    stayed(&truth, &belts);
    let travel = rig.wire.seen().travel_max;
    println!("{kills} kills, {visits} visits, travel {travel} of {TRAVEL_MAX}: {books}");
    Ok(())
}

#[test]
fn killed_at_random_with_a_pass_gate() -> Outcome {
    killed_at_random(EjectorKind::PassGate)
}

#[test]
fn killed_at_random_with_a_pulse_ejector() -> Outcome {
    killed_at_random(EjectorKind::Pulse)
}

/// The controller hangs and comes back with what it had to say still in its buffers.
#[test]
fn a_controller_that_hangs_is_as_good_as_dead_and_goes_on_when_it_wakes() -> Outcome {
    let hangs = std::env::var("KILLS").map_or(Ok(3), |text| text.parse())?;
    let mut rig = Rig::new(40 + 2 * LIFE_PACKS * hangs, EjectorKind::PassGate)?;
    let mut service = rig.plant.start_service()?;
    rig.plant.load_and_start()?;
    let mut belts = Vec::new();
    let mut person = Person::new(&rig.plant, &rig.line);
    for _ in 0..hangs {
        let good = number(&rig.plant.status()?, "/good") + 5;
        let on = move |status: &Value| {
            status["unit_state"] == "execute" && number(status, "/good") >= good
        };
        person.until("packs leave", on)?;
        rig.instants.sleep(1_000);
        let permit_epoch = rig.wire.seen().permit_epoch;
        belts.push(rig.nobody_commands(false, || service.signal("-STOP"))?.0);
        service.signal("-CONT")?;
        rig.went_no_further(permit_epoch, false)?;
    }
    assert!(person.asked.is_empty(), "a hang alone loses no pack: {:?}", person.asked);
    run_out(&rig.plant, &mut person, rig.packs)?;
    let visits = person.visits;
    let (truth, books) = close_and_prove(&rig.plant, rig.line)?;
    assert!(service.stop()?.success());
    stayed(&truth, &belts);
    println!("{hangs} hangs, {visits} visits, travel {}: {books}", rig.wire.seen().travel_max);
    Ok(())
}
