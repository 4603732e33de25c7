//! From a case to what is run and what it is judged by.
//!
//! Called once a batch. Must never draw a serial but from the seed of the case.

use super::case::{Case, CaseLine};
use crate::config::LineFile;
use crate::simulation::shipped_line::{LINE, place, recipe, simulator};
use crate::simulation::virtual_line::{Draw, Pace, VirtualBatch};
use contracts::station::Station;
use line_core::serial_draw::SerialDraw;
use line_core::serial_format::{Alphabet, SerialFormat};
use line_core::verify::BatchData;
use line_sim::judge::{Order, Recipe};
use line_sim::sim_config::CameraMode;
use std::collections::{BTreeMap, HashSet};

/// Product code of every batch.
const GTIN: &str = "04150037528643";
const LOT: &str = "LOT42";
const EXPIRY: (u16, u8, u8) = (2028, 12, 31);
/// Serials beyond the packs: for rejects, and for look-aheads that a resynchronisation drops.
const SERIALS_EXTRA: u64 = 800;

/// Characters of the narrow format that two lines share.
const SHORT: u8 = 4;

/// Lines and recipes that were read once and are used by many batches.
#[derive(Default)]
pub struct Shipped {
    lines: BTreeMap<(u64, Vec<Station>), Prepared>,
}

#[derive(Clone)]
struct Prepared {
    line: LineFile,
    batch: BatchData,
    order: Order,
    format: SerialFormat,
    core: line_core::line_config::LineConfig,
    sim: line_sim::sim_config::SimConfig,
}

/// What a case becomes.
pub struct Batch {
    /// What is run.
    pub virtual_batch: VirtualBatch,
    /// How time passes.
    pub pace: Pace,
    /// What it is judged by.
    pub order: Order,
    /// Serials that another line drew too.
    pub drawn_twice: u64,
}

impl Shipped {
    /// What a case is made of.
    ///
    /// # Errors
    /// In words: the line cannot work so.
    pub fn batch(&mut self, case: &Case) -> Result<Batch, String> {
        let of = &case.line;
        let key = (of.rate_packs_s.to_bits(), of.stations.clone());
        if !self.lines.contains_key(&key) {
            self.lines.insert(key.clone(), prepare(of)?);
        }
        let prepared = self.lines.get(&key).ok_or("a line that was just prepared")?;
        let mut core = prepared.core;
        core.look_ahead = of.look_ahead;
        core.consecutive_rejects_max = of.consecutive_rejects_max;
        core.reject_percent_max = of.reject_percent_max;
        core.first_pack_due = of.first_pack_due;
        let mut sim = prepared.sim.clone();
        sim.packs_total = case.packs;
        sim.ejector = of.ejector;
        sim.web_offset = of.web_offset;
        let (numbers, drawn_twice) = match of.two_lines {
            true => two_lines(case)?,
            false => (serials(case, &prepared.format, 0)?, 0),
        };
        let virtual_batch = VirtualBatch {
            line: core,
            batch: prepared.batch,
            numbers,
            sim,
            scenario: case.scenario.clone(),
            seed: case.seed,
        };
        let heartbeat_ms = u64::from(prepared.line.timing.heartbeat_ms_max) / 5;
        let pace = Pace::Drawn {
            draw: Draw::new(case.seed ^ 0x7061_6365),
            cycle_ns: of.cycle_us * 1_000,
            commit_ns: of.commit_us.map(|us| us * 1_000),
            heartbeat_ns: heartbeat_ms * 1_000_000,
        };
        let order = Order { first_pack_due: of.first_pack_due, ..prepared.order.clone() };
        Ok(Batch { virtual_batch, pace, order, drawn_twice })
    }
}

fn prepare(of: &CaseLine) -> Result<Prepared, String> {
    let words = |e: &dyn std::fmt::Display| e.to_string();
    let mut line = LineFile::parse("line.toml", LINE).map_err(|e| words(&e))?;
    place(&mut line, &of.stations);
    let line = line.scaled(of.rate_packs_s).map_err(|e| words(&e))?;
    let mut sim = simulator(&line);
    sim.camera = CameraMode::NoPixels;
    let product = recipe(&of.stations, &sim)?;
    let text = toml::to_string(&product).map_err(|e| words(&e))?;
    let judged_by = Recipe::from_toml(&text).map_err(|e| words(&e))?;
    let (year, month, day) = EXPIRY;
    let order = format!(
        "batch = \"CAMPAIGN\"\ngtin = \"{GTIN}\"\nlot = \"{LOT}\"\n\
         expiry = \"{year}-{month}-{day}\"\n"
    );
    let order = Order::from_toml(&order).map_err(|e| words(&e))?.with_recipe(judged_by);
    let batch = BatchData {
        gtin: GTIN.parse().map_err(|_| "the product code is none")?,
        expiry: codes::Expiry::from_ymd(year, month, day).map_err(|e| words(&e))?,
        lot: LOT.parse().map_err(|_| "the lot is none")?,
        national: None,
        stations: product.station_rules(),
    };
    let format = product.serial_format().map_err(|e| words(&e))?;
    let core = line.line_config(&product);
    Ok(Prepared { line, batch, order, format, core, sim })
}

/// The serials of this line, and how many of them another line drew too. So short a format would
/// meet itself many times if the parts had a character in common.
fn two_lines(case: &Case) -> Result<(Box<[codes::SerialNumber]>, u64), String> {
    let words = |e: &dyn std::fmt::Display| e.to_string();
    let format = SerialFormat::new(SHORT, Alphabet::safe30()).map_err(|e| words(&e))?;
    let symbols = String::from_utf8_lossy(format.alphabet().symbols()).into_owned();
    let (ours, theirs) = symbols.split_at(symbols.len() / 2);
    let part = |share: &str| format.partition(share).map_err(|e| words(&e));
    let ours = serials(case, &part(ours)?, 0)?;
    let theirs: HashSet<_> = serials(case, &part(theirs)?, 1)?.into_iter().collect();
    let twice = ours.iter().filter(|serial| theirs.contains(serial)).count() as u64;
    Ok((ours, twice))
}

fn serials(
    case: &Case,
    format: &SerialFormat,
    line: u64,
) -> Result<Box<[codes::SerialNumber]>, String> {
    let mut seed = [0; 32];
    let mut draw = Draw::new(case.seed ^ line);
    for eight in seed.chunks_mut(8) {
        eight.copy_from_slice(&draw.next().to_le_bytes());
    }
    let count = usize::try_from(case.packs + case.packs / 2 + SERIALS_EXTRA).unwrap_or(usize::MAX);
    let mut drawn = SerialDraw::new(seed, *format);
    let numbers = drawn.draw_distinct(count, |_| false).map_err(|e| e.to_string())?;
    Ok(numbers.into_boxed_slice())
}
