//! Draws the batches of a campaign: line, faults and disturbances of each from one `u64`.
//!
//! Asked by the driver for batch after batch. Must never draw from anything but seed and number of
//! the batch, so that each can be run alone.

use super::case::{Case, CaseLine, Disturbance, What};
use crate::simulation::virtual_line::Draw;
use contracts::station::Station;
use line_sim::scenario::{Rates, Scenario, Severity};
use line_sim::sim_config::EjectorKind;

/// A class of faults: its rate in a scenario, and between which rates it is drawn.
type Class = (fn(&mut Rates) -> &mut f64, [f64; 2]);

/// Faults of single packs: each costs that pack.
const OFTEN: [f64; 2] = [0.001, 0.03];
/// Faults that hold the line or cost the belt: each costs dozens of packs.
const SELDOM: [f64; 2] = [0.000_2, 0.004];

/// Tells the stream of this draw from the others of a seed.
const FIRST_PACK: u64 = 0x6669_7273_7470_6163;

/// The same for belt, eyes and encoder.
const ON_BELT: [f64; 2] = [0.000_2, 0.003_9];

const CLASSES: [Class; 41] = [
    (|r| &mut r.missing_print, OFTEN),
    (|r| &mut r.smear, OFTEN),
    (|r| &mut r.dead_nozzles, OFTEN),
    (|r| &mut r.low_contrast, OFTEN),
    (|r| &mut r.wrong_data, OFTEN),
    (|r| &mut r.slip_by_one, SELDOM),
    (|r| &mut r.missing_pack, ON_BELT),
    (|r| &mut r.camera_timeout, OFTEN),
    (|r| &mut r.late_result, OFTEN),
    (|r| &mut r.duplicate_result, OFTEN),
    (|r| &mut r.ejector_stuck, ON_BELT),
    (|r| &mut r.labeler_restart, SELDOM),
    (|r| &mut r.camera_restart, SELDOM),
    (|r| &mut r.line_io_restart, ON_BELT),
    (|r| &mut r.labeler_link_cut, SELDOM),
    (|r| &mut r.camera_link_cut, SELDOM),
    (|r| &mut r.line_io_link_cut, SELDOM),
    (|r| &mut r.duplicate_print, SELDOM),
    (|r| &mut r.web_break, SELDOM),
    (|r| &mut r.wrong_text, OFTEN),
    (|r| &mut r.wrong_carton, OFTEN),
    (|r| &mut r.tamper_missing, OFTEN),
    (|r| &mut r.weight_off, OFTEN),
    (|r| &mut r.station_timeout, OFTEN),
    (|r| &mut r.station_late, OFTEN),
    (|r| &mut r.foreign_pack, ON_BELT),
    (|r| &mut r.touching_packs, ON_BELT),
    (|r| &mut r.out_of_order_result, OFTEN),
    (|r| &mut r.sensor_missing, ON_BELT),
    (|r| &mut r.sensor_stuck, ON_BELT),
    (|r| &mut r.encoder_glitch, ON_BELT),
    (|r| &mut r.encoder_reversal, ON_BELT),
    (|r| &mut r.bin_full, SELDOM),
    (|r| &mut r.two_codes, OFTEN),
    (|r| &mut r.starved, SELDOM),
    (|r| &mut r.blocked, SELDOM),
    (|r| &mut r.safety_open, SELDOM),
    (|r| &mut r.air_lost, SELDOM),
    (|r| &mut r.bin_unlocked, SELDOM),
    (|r| &mut r.station_restart, SELDOM),
    (|r| &mut r.station_link_cut, SELDOM),
];

/// What is drawn for a batch's people and host, with the chance that a batch has any of it, and how
/// often at most.
const DISTURBANCES: [(What, f64, u64); 12] = [
    (What::Start, 0.10, 3),
    (What::Hold, 0.20, 4),
    (What::Unhold, 0.20, 8),
    (What::Stop, 0.05, 1),
    (What::Abort, 0.05, 1),
    (What::Resolve, 0.10, 8),
    (What::Shutdown, 0.10, 2),
    (What::KillWritten, 0.15, 3),
    (What::KillLost, 0.15, 3),
    (What::LedgerFault, 0.10, 2),
    (What::DiskStall, 0.10, 3),
    (What::ClockLeap, 0.10, 3),
];

/// The rate of every class in a scenario.
pub fn rates() -> impl Iterator<Item = fn(&mut Rates) -> &mut f64> {
    CLASSES.into_iter().map(|(rate, _)| rate)
}

/// Seed of a batch of the campaign: other seeds give other batches, whatever the number.
#[must_use]
pub fn batch_seed(campaign: u64, batch: u64) -> u64 {
    let mut draw = Draw::new(campaign);
    let base = draw.next();
    // A whole number of TOML has 63 bits.
    Draw::new(base ^ batch.wrapping_mul(0xd134_2543_de82_ef95)).next() >> 1
}

/// The batch of a seed.
#[must_use]
pub fn case(seed: u64) -> Case {
    let mut draw = Draw::new(seed);
    let packs = draw.order_of(60.0, 4_000.0) as u64;
    let mut line = line(&mut draw);
    // A stream of its own: what a seed draws beside it stays what it was.
    line.first_pack_due = Draw::new(seed ^ FIRST_PACK).hit(0.15);
    let mut scenario = scenario(&mut draw, packs);
    // In so narrow a format one wrong character is often another serial of the pool.
    if line.two_lines {
        scenario.rates.wrong_data = 0.0;
    }
    let disturbances = disturbances(&mut draw, packs, line.rate_packs_s);
    Case { seed, note: String::new(), packs, line, disturbances, scenario }
}

fn line(draw: &mut Draw) -> CaseLine {
    let stations = match draw.within(0, 3) {
        0 | 1 => Vec::new(),
        2 => Station::ALL.to_vec(),
        _ => Station::ALL.into_iter().filter(|_| draw.hit(0.5)).collect(),
    };
    // A station's result needs 67 ms to be told from its neighbour's.
    let rates: &[f64] = match stations.is_empty() {
        true => &[10.0, 15.0, 25.0, 50.0, 75.0, 100.0, 150.0, 200.0],
        false => &[10.0, 12.5, 15.0],
    };
    let commit_from = draw.within(200, 4_000);
    CaseLine {
        rate_packs_s: draw.one_of(rates).unwrap_or(10.0),
        ejector: if draw.hit(0.5) { EjectorKind::PassGate } else { EjectorKind::Pulse },
        web_offset: if draw.hit(0.5) { 0 } else { draw.within(1, 10) as usize },
        stations,
        look_ahead: draw.within(16, 64) as u16,
        consecutive_rejects_max: draw.one_of(&[5, 8, 50]).unwrap_or(5),
        reject_percent_max: draw.one_of(&[20, 50, 100]).unwrap_or(20),
        two_lines: draw.hit(0.1),
        first_pack_due: false,
        cycle_us: draw.within(1_000, 6_000),
        commit_us: [commit_from, commit_from + draw.within(100, 8_000)],
    }
}

/// A few classes of faults, or nearly none, or very many.
fn scenario(draw: &mut Draw, packs: u64) -> Scenario {
    let mut scenario = Scenario { name: "campaign".to_owned(), ..Scenario::default() };
    scenario.severity = severity(draw);
    let share = draw.one_of(&[0.0, 0.05, 0.1, 0.1, 0.2, 0.2, 0.4, 0.8]).unwrap_or(0.1);
    // What costs the belt is drawn so that a batch of any length meets it some times at most.
    let calm = (400.0 / packs as f64).clamp(0.15, 1.0);
    for (rate, [low, high]) in CLASSES {
        if draw.hit(share) {
            let calm = if high < OFTEN[1] { calm } else { 1.0 };
            *rate(&mut scenario.rates) = round(draw.order_of(low, high) * calm);
        }
    }
    scenario
}

/// Six digits are enough to run the same batch from a file.
fn round(rate: f64) -> f64 {
    (rate * 1e6).round() / 1e6
}

fn severity(draw: &mut Draw) -> Severity {
    let mut severity = Severity::default();
    if draw.hit(0.5) {
        severity.link_cut_ms = [20, 4_000];
        severity.late_result_ms = [1, 900];
        severity.duplicate_result_ms = [0, 500];
        severity.pause_ms = [50, 4_000];
    }
    if draw.hit(0.5) {
        severity.encoder_glitch_counts = [1, 900];
        severity.encoder_reversal_mm = [0.1, 40.0];
    }
    severity
}

fn disturbances(draw: &mut Draw, packs: u64, rate_packs_s: f64) -> Vec<Disturbance> {
    let mut all = Vec::new();
    if draw.hit(0.4) {
        return all;
    }
    let nominal_ms = (packs as f64 / rate_packs_s * 1_000.0) as u64 + 3_000;
    for (what, chance, most) in DISTURBANCES {
        let times = if draw.hit(chance) { draw.within(1, most) } else { 0 };
        for _ in 0..times {
            let at_ms = draw.within(0, nominal_ms * 3 / 2);
            let ms = match what {
                What::ClockLeap => draw.within(1, 3_600_000),
                What::DiskStall => draw.within(10, 2_000),
                What::LedgerFault => draw.within(10, 600),
                _ => draw.within(20, 4_000),
            };
            all.push(Disturbance { at_ms, what, ms });
        }
    }
    all.sort_by_key(|disturbance| disturbance.at_ms);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_case_and_survives_its_file() {
        for batch in 0..50 {
            let seed = batch_seed(7, batch);
            let drawn = case(seed);
            assert_eq!(drawn, case(seed));
            let text = drawn.to_toml().unwrap();
            assert_eq!(toml::from_str::<Case>(&text).unwrap(), drawn, "{text}");
        }
        assert_ne!(batch_seed(1, 2), batch_seed(2, 1));
    }

    #[test]
    fn every_class_is_drawn() {
        let mut drawn = Rates::default();
        let mut whats = std::collections::BTreeSet::new();
        let mut first_packs = 0;
        for batch in 0..500 {
            let case = case(batch_seed(1, batch));
            let mut rates = case.scenario.rates;
            for (rate, _) in CLASSES {
                *rate(&mut drawn) += *rate(&mut rates);
            }
            first_packs += usize::from(case.line.first_pack_due);
            whats.extend(case.disturbances.iter().map(|d| d.what));
        }
        for (at, (rate, _)) in CLASSES.iter().enumerate() {
            assert!(*rate(&mut drawn) > 0.0, "class {at}");
        }
        assert_eq!(whats.len(), What::ALL.len());
        assert!((50..100).contains(&first_packs), "{first_packs} of 500");
    }
}
