//! From millimetres to what the core uses: encoder counts, look-ahead, deadline, and the same line
//! at a higher rate.
//!
//! Called at start and by the demo. Must never be asked before the checks have passed.

use super::errors::ConfigError;
use super::line::{Geometry, LineFile};
use super::product::ProductFile;
use super::refuse_findings;
use contracts::packml::UnitMode;
use line_core::limits::LOOK_AHEAD_MAX;
use line_core::line_config::LineConfig;
use serde::Serialize;

/// Geometry in figures, as the demo prints it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Distance between two leading edges.
    pub pitch_mm: f64,
    /// Belt speed.
    pub speed_mm_s: f64,
    /// Camera (its eye and axis) to gate eye.
    pub camera_to_gate_mm: f64,
    /// Camera trigger to the last moment for the permit: gate eye minus lead.
    pub deadline_ms: f64,
}

impl LineFile {
    /// Geometry and rules in encoder counts, for this product.
    #[must_use]
    pub fn line_config(&self, product: &ProductFile) -> LineConfig {
        let g = &self.geometry;
        let counts = |mm: f64| (mm / g.mm_per_pulse).round().max(0.0) as u64;
        let budget_s = f64::from(self.timing.result_to_permit_budget_ms) / 1_000.0;
        let grade = self.rules.grade_min.max(product.verify.grade_min);
        LineConfig {
            pack_counts: counts(g.pack_length_mm),
            pitch_counts_min: counts(separable_mm(g)),
            labeler_counts: counts(g.labeler_mm),
            camera_eye_counts: counts(g.camera_eye_mm),
            trigger_counts: counts(g.camera_trigger_mm),
            station_counts: self.station_counts().map(Option::unwrap_or_default),
            gate_counts: counts(g.gate_mm),
            exit_counts: counts(g.exit_mm),
            eject_counts_min: counts(g.eject_confirm_mm - g.eject_window_mm),
            eject_counts_max: counts(g.eject_confirm_mm + g.eject_window_mm),
            window_counts: counts(g.window_mm),
            gate_lead_counts: counts(g.gate_lead_mm),
            permit_budget_counts: counts(budget_s * self.speed_mm_s()),
            purge_counts: counts(g.exit_mm + g.purge_margin_mm),
            look_ahead: self.look_ahead(),
            grade_min: (grade * 10.0).ceil() as u8,
            consecutive_rejects_max: self.rules.consecutive_rejects_max,
            reject_percent_max: self.rules.reject_percent_max,
            mode: UnitMode::Production,
            simulation: self.ledger == super::LedgerKind::Simulation,
            first_pack_due: false,
        }
    }

    /// Print jobs at the labeler: as given, or rate x worst reconnect up to the limit.
    #[must_use]
    pub fn look_ahead(&self) -> u16 {
        let worst_s = f64::from(self.timing.reconnect_worst_ms) / 1_000.0;
        let jobs = (self.rate.packs_per_s * worst_s).ceil().clamp(4.0, LOOK_AHEAD_MAX as f64);
        self.rules.look_ahead.unwrap_or(jobs as u16)
    }

    /// The line at another rate. Above the file's rate it keeps pitch, pack, windows and the place
    /// of the trigger in the pack, and stretches every other distance, braking included, so that
    /// the *time* from camera to gate stays; below it the geometry stays and the belt runs slower.
    ///
    /// # Errors
    /// [`ConfigError`] when the line cannot work at this rate.
    pub fn scaled(&self, packs_per_s: f64) -> Result<Self, ConfigError> {
        let mut line = self.clone();
        line.rate.packs_per_s = packs_per_s;
        let factor = packs_per_s / self.rate.packs_per_s;
        if factor > 1.0 {
            let g = &mut line.geometry;
            let into_the_pack_mm = g.camera_trigger_mm - g.camera_eye_mm;
            for distance_mm in [
                &mut g.labeler_mm,
                &mut g.camera_eye_mm,
                &mut g.gate_mm,
                &mut g.exit_mm,
                &mut g.handover_mm,
                &mut g.eject_confirm_mm,
                &mut g.gate_lead_mm,
                &mut g.braking_mm,
                &mut g.purge_margin_mm,
            ] {
                *distance_mm *= factor;
            }
            for station_mm in [
                &mut g.text_check_mm,
                &mut g.carton_code_mm,
                &mut g.tamper_evident_mm,
                &mut g.checkweigher_mm,
            ] {
                *station_mm = station_mm.map(|mm| mm * factor);
            }
            g.camera_trigger_mm = g.camera_eye_mm + into_the_pack_mm;
        }
        let name = format!("line at {packs_per_s} packs/s");
        refuse_findings(&name, "", line.findings())?;
        Ok(line)
    }

    /// Geometry in figures.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let g = &self.geometry;
        let camera_to_gate_mm = g.gate_mm - g.camera_eye_mm;
        let trigger_to_permit_mm = g.gate_mm - g.camera_trigger_mm - g.gate_lead_mm;
        let speed_mm_s = self.speed_mm_s();
        let deadline_ms = trigger_to_permit_mm / speed_mm_s * 1_000.0;
        let rounded = |value: f64| (value * 1_000.0).round() / 1_000.0;
        Figures {
            pitch_mm: rounded(g.pitch_mm),
            speed_mm_s: rounded(speed_mm_s),
            camera_to_gate_mm: rounded(camera_to_gate_mm),
            deadline_ms: rounded(deadline_ms),
        }
    }
}

/// Smallest distance of two packs that can still be told apart: their windows do not overlap, and
/// a quarter of the gap is left between them.
fn separable_mm(g: &Geometry) -> f64 {
    let gap = (g.pitch_mm - g.pack_length_mm) / 4.0;
    (g.pack_length_mm + gap).max(2.0 * g.window_mm)
}
