//! What people may see of the line thread: a copy that it brings up to date ten times a second.
//!
//! Filled by the line thread only when nobody is reading. Must never make it wait.

use super::grade_minutes::{Minute, SHOWN_MINUTES};
use super::metrics::{Metrics, SHOWN_GRADES};
use contracts::open_scs::JobOrderState;
use contracts::packml::UnitState;
use contracts::station::STATIONS;
use hmi::{Latency, MarginHistogram, StrayEdges};
use line_core::hold::Holds;
use line_core::line::{Figures, Line, Unresolved};
use line_core::record::LineCounts;
use std::sync::{Arc, Mutex};

/// Unresolved packs that are shown; there may be more.
pub const SHOWN_UNRESOLVED: usize = 64;

/// The copy.
#[derive(Clone, Debug)]
pub struct LineView {
    /// PackML state.
    pub unit: UnitState,
    /// OPEN-SCS state.
    pub order: JobOrderState,
    /// Why it holds.
    pub holds: Holds,
    /// The first pack is not approved yet.
    pub first_pack_due: bool,
    /// The mains have failed and a UPS carries the line.
    pub power_fail: bool,
    /// Packs that wait for a person, up to [`SHOWN_UNRESOLVED`].
    pub unresolved: Vec<Unresolved>,
    /// Links to line I/O, labeler, camera.
    pub links: [bool; 3],
    /// Links to the stations of the recipe.
    pub station_links: [Option<bool>; STATIONS],
    /// Every device answers and reports the order's recipe.
    pub ready: bool,
    /// Labeler and camera, then the stations of the recipe, report the order's recipe.
    pub recipes: ([bool; 2], [Option<bool>; STATIONS]),
    /// Level inputs of the line I/O.
    pub inputs: u16,
    /// The line's own counters.
    pub counts: LineCounts,
    /// Packs on the belt.
    pub in_process: usize,
    /// Serials left.
    pub pool_left: usize,
    /// Fewer than the order warns at.
    pub pool_low: bool,
    /// Packs commissioned at the exit.
    pub good: u32,
    /// Accepts whose permit was late.
    pub late: u64,
    /// Edges that no pack explained.
    pub strays: StrayEdges,
    /// Ejections on record.
    pub ejections: u64,
    /// Latencies.
    pub latency: Latency,
    /// Packs by their margin.
    pub margins: MarginHistogram,
    /// In-line grades of the latest packs: track and tenths.
    pub grades: [(u32, u8); SHOWN_GRADES],
    /// In-line grades of the latest minutes.
    pub grade_minutes: [Minute; SHOWN_MINUTES],
    /// How far the labeler is ahead, rejects of the window.
    pub figures: Figures,
    /// A broken invariant of our own.
    pub overflowed: bool,
    /// Records waiting for the ledger.
    pub ring_fill: usize,
}

/// Shared between line thread and control thread.
pub type SharedView = Arc<Mutex<LineView>>;

impl LineView {
    /// What `line` shows before its thread runs.
    #[must_use]
    pub fn of(line: &Line, metrics: &Metrics) -> Self {
        let mut view = Self {
            unit: line.unit_state(),
            order: line.order_state(),
            holds: line.holds(),
            first_pack_due: line.first_pack_due(),
            power_fail: line.on_ups(),
            unresolved: Vec::with_capacity(SHOWN_UNRESOLVED),
            links: line.links(),
            station_links: line.station_links(),
            ready: false,
            recipes: line.recipes(),
            inputs: 0,
            counts: line.line_counts(),
            in_process: 0,
            pool_left: 0,
            pool_low: false,
            good: 0,
            late: 0,
            strays: metrics.strays(),
            ejections: metrics.ejections(),
            latency: metrics.latency(),
            margins: metrics.margins(),
            grades: metrics.grades(),
            grade_minutes: metrics.grade_minutes(),
            figures: line.figures(),
            overflowed: false,
            ring_fill: 0,
        };
        view.fill(line, metrics);
        view
    }

    /// Brings it up to date.
    pub fn fill(&mut self, line: &Line, metrics: &Metrics) {
        self.unit = line.unit_state();
        self.order = line.order_state();
        self.holds = line.holds();
        self.first_pack_due = line.first_pack_due();
        self.power_fail = line.on_ups();
        // Within the capacity taken at the start: no allocation.
        self.unresolved.clear();
        self.unresolved.extend(line.unresolved().iter().take(SHOWN_UNRESOLVED));
        self.links = line.links();
        self.station_links = line.station_links();
        (self.ready, self.recipes) = (line.ready(), line.recipes());
        self.inputs = line.level_inputs_seen();
        self.counts = line.line_counts();
        self.in_process = line.in_process();
        (self.pool_left, self.pool_low) = line.pool_left();
        self.good = line.line_commissioned();
        self.late = metrics.late();
        self.strays = metrics.strays();
        self.ejections = metrics.ejections();
        self.latency = metrics.latency();
        self.margins = metrics.margins();
        self.grades = metrics.grades();
        self.grade_minutes = metrics.grade_minutes();
        self.figures = line.figures();
        self.overflowed = line.overflowed();
    }
}
