//! The worst case in memory and time, from the bounds of `limits.rs`.
//!
//! Called by `config explain --budget`. Must never promise: it adds up bounds, it does not measure.

use super::line::LineFile;
use contracts::station::Station;
use line_core::event::{Command, Input, Output};
use line_core::limits;
use line_core::record::Record;
use serde::Serialize;
use std::collections::BTreeMap;
use std::mem::size_of;

/// Upper bound of one tracking slot.
const SLOT_BYTES: usize = 512;
/// One serial in the pool.
const POOL_SERIAL_BYTES: usize = 24;
/// Line I/O, labeler and camera, each with an input and an output ring.
const DEVICE_THREADS: usize = 3;
/// Wake-up of the line thread and the verdict, with reserve (20 us p50, 49 us p99 measured).
const RESULT_TO_VERDICT_MS: f64 = 1.0;
/// Group commit with its window and the disk (12 ms p99.9 measured at 10,000 packs/s).
const VERDICT_TO_DURABLE_MS: f64 = 20.0;
/// One cycle to carry the permit, one to carry its acknowledgement.
const LINE_IO_CYCLES: f64 = 2.0;
/// Cycle of the line I/O.
const LINE_IO_CYCLE_MS: f64 = 15.0;

/// One row of the memory budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetRow {
    /// What it is for.
    pub what: &'static str,
    /// How many.
    pub entries: usize,
    /// Bytes in all.
    pub bytes: usize,
}

/// Worst case in memory and time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// Rings, slots and pool.
    pub memory: Vec<BudgetRow>,
    /// Sum of `memory`.
    pub memory_bytes: usize,
    /// Result received to verdict.
    pub result_to_verdict_ms: f64,
    /// Verdict to durable.
    pub verdict_to_durable_ms: f64,
    /// Durable to permit acknowledged.
    pub durable_to_permit_ms: f64,
    /// Sum of the three.
    pub sum_ms: f64,
    /// What the configuration grants.
    pub result_to_permit_budget_ms: u32,
    /// Camera trigger to gate minus lead.
    pub deadline_ms: f64,
    /// What is left for exposure, decoding and the camera's link.
    pub camera_ms: f64,
    /// What is left for each station beside the camera, strobe to result, by the station's name.
    pub stations_ms: BTreeMap<&'static str, f64>,
    /// Print jobs at the labeler, and the reconnect that they cover.
    pub look_ahead: u16,
    /// Reconnect that the look-ahead covers.
    pub look_ahead_covers_ms: f64,
    /// Tracking slots that the belt can need, twice over.
    pub slots_needed: usize,
    /// Tracking slots that there are.
    pub slots: usize,
}

impl LineFile {
    /// The worst case of this line.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let row =
            |what, entries: usize, each: usize| BudgetRow { what, entries, bytes: entries * each };
        // A station beside the camera has an input ring alone: nothing goes to it.
        let inputs = (DEVICE_THREADS + self.stations().count()) * limits::INPUT_RING;
        let outputs = DEVICE_THREADS * limits::OUTPUT_RING;
        let memory = vec![
            row("tracking slots", limits::SLOTS, SLOT_BYTES),
            row("record ring", limits::RECORD_RING, size_of::<Record>()),
            row("input rings", inputs, size_of::<Input>()),
            row("output rings", outputs, size_of::<Output>()),
            row("command ring", limits::COMMAND_RING, size_of::<Command>()),
            row("recorder ring", limits::RECORDER_RING, size_of::<recording::Timed>()),
            row("serial pool", limits::ORDER_SERIALS_MAX, POOL_SERIAL_BYTES),
        ];
        let durable_to_permit_ms = LINE_IO_CYCLES * LINE_IO_CYCLE_MS;
        let deadline_ms = self.figures().deadline_ms;
        let granted_ms = self.timing.result_to_permit_budget_ms;
        let transit_s = self.geometry.exit_mm / self.speed_mm_s();
        Budget {
            memory_bytes: memory.iter().map(|row| row.bytes).sum(),
            memory,
            result_to_verdict_ms: RESULT_TO_VERDICT_MS,
            verdict_to_durable_ms: VERDICT_TO_DURABLE_MS,
            durable_to_permit_ms,
            sum_ms: RESULT_TO_VERDICT_MS + VERDICT_TO_DURABLE_MS + durable_to_permit_ms,
            result_to_permit_budget_ms: granted_ms,
            deadline_ms,
            camera_ms: deadline_ms - f64::from(granted_ms),
            stations_ms: self.stations_ms(),
            look_ahead: self.look_ahead(),
            look_ahead_covers_ms: f64::from(self.look_ahead()) / self.rate.packs_per_s * 1_000.0,
            slots_needed: (2.0 * self.rate.packs_per_s * transit_s).ceil() as usize,
            slots: limits::SLOTS,
        }
    }
    /// Time from each station's strobe to the last moment for its result.
    fn stations_ms(&self) -> BTreeMap<&'static str, f64> {
        let g = &self.geometry;
        let left_ms = |mm: f64| {
            let ms = (g.gate_mm - g.gate_lead_mm - mm) / self.speed_mm_s() * 1_000.0;
            ms - f64::from(self.timing.result_to_permit_budget_ms)
        };
        let station =
            |(station, _): (Station, _)| Some((station.name(), left_ms(self.station_mm(station)?)));
        self.stations().filter_map(station).collect()
    }
}
