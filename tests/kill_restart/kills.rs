//! kill -9 in mid-batch: gate and belt stop by the device alone, the service goes on unasked, no
//! serial comes twice, the sums close (faults, rows 2 and 19).

use crate::Outcome;
use crate::chance::Chance;
use crate::person::{Person, number, serial_of};
use crate::plant::{BATCH, Line, Plant, wait};
use crate::proof::close_and_prove;
use line_sim::hands::{SeenPack, Zone};
use line_sim::truth::Fate;
use std::collections::BTreeSet;
use std::time::Duration;

/// `heartbeat_ms_max`, `braking_mm`, speed and the smallest distance of two packs of the shipped
/// line: what may still pass an eye after the last heartbeat.
const HEARTBEAT_S: f64 = 0.25;
const BRAKING_MM: f64 = 40.0;
const SPEED_MM_S: f64 = 1_200.0;
const PACKS_MM: f64 = 116.0;
/// Packs with their front between gate and exit, where a permit has been used already.
const BEYOND_GATE: usize = 2;
const SHORT_LIVES: u32 = 5;

/// Instants of kills, from the seed.
pub struct Instants(pub Chance);

impl Instants {
    /// From `KILL_SEED`, or drawn.
    pub fn new() -> Self {
        Self(Chance::of("KILL_SEED"))
    }

    /// Some instant within this time.
    pub fn sleep(&mut self, below_ms: u64) {
        std::thread::sleep(Duration::from_millis(self.0.within(0, below_ms)));
    }
}

/// Packs that may pass any eye after the last heartbeat.
fn passing_max() -> usize {
    ((HEARTBEAT_S * SPEED_MM_S + BRAKING_MM) / PACKS_MM).floor() as usize + 1
}

/// Numbers of the packs that are seen there.
pub fn those_in(packs: &[SeenPack], zones: &[Zone]) -> BTreeSet<u64> {
    packs.iter().filter(|pack| zones.contains(&pack.zone)).map(|pack| pack.pack).collect()
}

/// Waits until nothing has moved for two heartbeats.
pub fn standstill(line: &Line) -> Outcome<Vec<SeenPack>> {
    wait("the belt stands still", || {
        let before = line.look()?;
        std::thread::sleep(Duration::from_secs_f64(2.0 * HEARTBEAT_S));
        let after = line.look()?;
        Ok((before == after).then_some(after))
    })
}

/// What is asserted while no controller lives; gives the packs on the belt.
fn dead(plant: &Plant, line: &Line, person: &Person<'_>) -> Outcome<Vec<SeenPack>> {
    let at_kill = line.look()?;
    let rest = standstill(line)?;
    let all = [Zone::Belt, Zone::Exit, Zone::Bin];
    for (what, zones) in [("infeed", &all[..]), ("exit", &[Zone::Exit])] {
        let (before, after) = (those_in(&at_kill, zones), those_in(&rest, zones));
        let passed = after.difference(&before).count();
        assert!(passed <= passing_max(), "{passed} packs passed the {what} without a heartbeat");
    }
    // Whatever has left had its accept on disk before, for nobody could write one since.
    let records = plant.packs()?;
    for seen in rest.iter().filter(|pack| pack.zone == Zone::Exit) {
        let scanned = person.scan(seen)?;
        let serial = serial_of(&scanned).ok_or("a pack left without a code")?;
        let accepted =
            records.iter().any(|row| row["serial"] == serial && row["verdict"] == "accept");
        assert!(accepted, "pack {} left with {serial} and no accept", seen.pack);
    }
    Ok(rest.into_iter().filter(|pack| pack.zone == Zone::Belt).collect())
}

/// Starts the service again; it goes on without a command, and further packs come in.
fn goes_on(plant: &Plant, person: &mut Person<'_>) -> Outcome<crate::plant::Process> {
    let service = plant.start_service()?;
    let known = plant.packs()?.len() as i64;
    person.until("the order goes on", |status| {
        status["unit_state"] == "execute" && number(status, "/packs/infeed") > known + 3
    })?;
    Ok(service)
}

/// Runs on to the last pack and stops the order.
pub fn run_out(plant: &Plant, person: &mut Person<'_>, packs: u32) -> Outcome {
    let all = i64::from(packs);
    person.until("the last pack is in", |status| {
        status["unit_state"] == "execute" && number(status, "/packs/infeed") >= all
    })?;
    let said = plant.order(&["stop", BATCH])?;
    assert_eq!(said.code, 0, "{}", said.err);
    person.until("the order completes", |status| status["order_state"] == "completed")?;
    Ok(())
}

/// Lives that end at any moment of recovery, purge or run; `KILL_LIVES` for a longer run.
fn short_lives() -> Outcome<u32> {
    Ok(std::env::var("KILL_LIVES").map_or(Ok(SHORT_LIVES), |text| text.parse())?)
}

#[test]
fn killed_again_and_again_the_batch_goes_on_and_its_books_close() -> Outcome {
    let mut instants = Instants::new();
    let lives = short_lives()?;
    let packs = 90 + 5 * lives;
    let plant = Plant::new(packs)?;
    // Each restart drops what the labeler has: a look-ahead of serials.
    plant.edit("order.toml", "overage_percent = 300.0", "overage_percent = 1000.0")?;
    let line = plant.start_line(packs, "no-pixels", instants.0.0)?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    let mut person = Person::new(&plant, &line);
    person.until("packs leave", |status| number(status, "/good") >= 3)?;
    let mut belts = Vec::new();
    for _ in 0..2 {
        instants.sleep(1_000);
        service.kill()?;
        belts.push(dead(&plant, &line, &person)?);
        service = goes_on(&plant, &mut person)?;
    }
    for _ in 0..lives {
        service.kill()?;
        belts.push(dead(&plant, &line, &person)?);
        service = plant.start_service()?;
        instants.sleep(2_500);
    }
    // A life may end in a purge, when nothing is printed: more labels than can still run off.
    let labelled = |belt: Vec<SeenPack>| {
        belt.iter().filter(|pack| pack.labelled && pack.zone == Zone::Belt).count()
    };
    person.until("labelled packs are on the belt", |status| {
        status["unit_state"] == "execute"
            && line.look().is_ok_and(|belt| labelled(belt) > passing_max())
    })?;
    assert!(person.asked.is_empty(), "a restart alone loses no pack: {:?}", person.asked);
    service.kill()?;
    let belt = dead(&plant, &line, &person)?;
    // Nobody sees it: the service has to ask what became of this pack.
    let pack = belt.iter().find(|pack| pack.labelled).ok_or("no labelled pack")?;
    let taken = serial_of(&person.scan(pack)?).ok_or("no code")?.to_owned();
    person.take(pack)?;
    belts.push(belt);
    service = goes_on(&plant, &mut person)?;
    assert_eq!(person.asked, [taken]);
    run_out(&plant, &mut person, packs)?;
    let visits = person.visits;
    let (truth, books) = close_and_prove(&plant, line)?;
    assert!(service.stop()?.success());
    for belt in &belts {
        let belt = those_in(belt, &[Zone::Belt]);
        let left =
            truth.iter().filter(|p| p.fate == Fate::Exited && belt.contains(&p.pack)).count();
        assert!(left <= BEYOND_GATE, "{left} packs left by permits of a dead controller");
    }
    println!("{} kills, {visits} visits, 1 pack asked for: {books}", belts.len());
    Ok(())
}

#[test]
fn killed_with_pixels_and_with_the_order_complete() -> Outcome {
    const PACKS: u32 = 80;
    let mut instants = Instants::new();
    let plant = Plant::new(PACKS)?;
    let line = plant.start_line(PACKS, "pixels", instants.0.0)?;
    let mut service = plant.start_service()?;
    plant.load_and_start()?;
    let mut person = Person::new(&plant, &line);
    person.until("packs leave", |status| number(status, "/good") >= 3)?;
    instants.sleep(1_500);
    service.kill()?;
    dead(&plant, &line, &person)?;
    let mut service = goes_on(&plant, &mut person)?;
    run_out(&plant, &mut person, PACKS)?;
    assert!(person.asked.is_empty(), "a restart alone loses no pack: {:?}", person.asked);
    // Complete, not closed: nothing but closing is left, before and after a restart.
    service.kill()?;
    let mut service = plant.start_service()?;
    let status = person.until("it is there", |status| status["order_state"] == "completed")?;
    assert_eq!(status["unit_state"], "complete");
    let (truth, books) = close_and_prove(&plant, line)?;
    assert!(service.stop()?.success());
    println!("{} packs with pixels: {books}", truth.len());
    Ok(())
}

#[test]
fn killed_while_an_order_is_loaded_it_is_loaded_whole_or_not_at_all() -> Outcome {
    let mut instants = Instants::new();
    let plant = Plant::new(5_000)?;
    let mut rounds = BTreeSet::new();
    for round in 0..3 {
        let batch = format!("LOAD-{round}");
        let text = std::fs::read_to_string(plant.path("order.toml"))?.replace(BATCH, &batch);
        plant.write("round.toml", &text)?;
        let mut service = plant.start_service()?;
        let file = plant.text("round.toml");
        let said = std::thread::scope(|scope| -> Outcome<_> {
            let load = scope.spawn(|| plant.order(&["load", &file]).map_err(|e| e.to_string()));
            instants.sleep(400);
            service.kill()?;
            let said = load.join().map_err(|_| "the command panicked")?;
            Ok(said?)
        })?;
        let mut service = plant.start_service()?;
        let open: Vec<_> = plant.orders()?.into_iter().filter(|o| o["state"] != "closed").collect();
        assert!(open.len() <= 1, "{open:?}");
        assert!(open.iter().all(|o| o["state"] == "loaded"), "{open:?}");
        // Killed before the command found it: no service, and no configuration to do without.
        let known = matches!((said.code, open.len()), (4, _) | (0, 1) | (2, 0));
        assert!(known, "{}: {}; {open:?}", said.code, said.err);
        rounds.insert((said.code, open.len()));
        if !open.is_empty() {
            let closed = plant.order(&["close", &batch, "--json"])?.json()?;
            assert_eq!(closed["books"]["allocated"], 20_000);
        }
        assert!(service.stop()?.success());
    }
    println!("exit code of the load and orders found: {rounds:?}");
    Ok(())
}
