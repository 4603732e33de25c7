//! The simulated line's configuration: geometry, speed and the devices' bounds.
//!
//! Read by the line-sim binary and handed to `World::new`. It must never hold a fault: those are
//! in the scenario.

mod ejector;
mod foreign;
mod opcua_serving;

use contracts::station::Station;
pub use ejector::EjectorKind;
pub use foreign::ForeignLabeler;
pub use opcua_serving::OpcuaServing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the camera reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CameraMode {
    /// Labels are rendered into pixels, photographed and decoded.
    #[default]
    Pixels,
    /// The reading is made from the label itself, for rates that pixels cannot follow.
    NoPixels,
}

impl CameraMode {
    /// The name as it stands in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::NoPixels => "no-pixels",
        }
    }
}

/// Over which protocols the stations beside the camera are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StationProtocols {
    /// Text check and checkweigher over OPC UA, carton code and tamper-evident over Modbus TCP.
    #[default]
    Alternate,
    /// All over Modbus TCP.
    Modbus,
    /// All over OPC UA.
    Opcua,
    /// Each over both, on ports of its own.
    Both,
}

impl StationProtocols {
    /// True when a station is served over Modbus TCP.
    #[must_use]
    pub const fn modbus(self, station: Station) -> bool {
        match self {
            Self::Modbus | Self::Both => true,
            Self::Opcua => false,
            Self::Alternate => matches!(station, Station::CartonCode | Station::TamperEvident),
        }
    }

    /// True when a station is served over OPC UA.
    #[must_use]
    pub const fn opcua(self, station: Station) -> bool {
        match self {
            Self::Opcua | Self::Both => true,
            Self::Modbus => false,
            Self::Alternate => !self.modbus(station),
        }
    }
}

/// Distances in millimetres, from the infeed photo-eye unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Geometry {
    /// From one pack's front to the next one's.
    pub pitch_mm: f64,
    /// Largest deviation of a pack from its pitch, either way.
    pub pitch_jitter_mm: f64,
    /// Length of a pack.
    pub pack_length_mm: f64,
    /// The labeler's own photo-eye, where it prints and applies.
    pub labeler_mm: f64,
    /// Photo-eye of the camera station and the camera's axis.
    pub camera_eye_mm: f64,
    /// A trigger this far before or behind the pack still sees the pack.
    pub camera_view_margin_mm: f64,
    /// Eye of the text-check station.
    pub text_check_mm: f64,
    /// Eye of the carton-code station.
    pub carton_code_mm: f64,
    /// Eye of the tamper-evident station.
    pub tamper_evident_mm: f64,
    /// Eye of the checkweigher.
    pub checkweigher_mm: f64,
    /// Photo-eye before the gate.
    pub gate_mm: f64,
    /// Photo-eye behind the gate, at the handover.
    pub exit_mm: f64,
    /// From the gate eye to the eject-confirm eye in the chute.
    pub eject_confirm_mm: f64,
    /// How far an exit or eject-confirm edge may lie from where it is expected.
    pub tracking_window_mm: f64,
    /// From full speed to standstill.
    pub brake_mm: f64,
    /// Belt travel of one encoder pulse; a whole number of micrometres.
    pub mm_per_pulse: f64,
}

impl Default for Geometry {
    fn default() -> Self {
        Self {
            pitch_mm: 120.0,
            pitch_jitter_mm: 2.0,
            pack_length_mm: 100.0,
            labeler_mm: 200.0,
            camera_eye_mm: 400.0,
            camera_view_margin_mm: 5.0,
            text_check_mm: 440.0,
            carton_code_mm: 480.0,
            tamper_evident_mm: 520.0,
            checkweigher_mm: 560.0,
            gate_mm: 800.0,
            exit_mm: 920.0,
            eject_confirm_mm: 80.0,
            tracking_window_mm: 20.0,
            brake_mm: 40.0,
            mm_per_pulse: 0.1,
        }
    }
}

/// The whole configuration of the simulated line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SimConfig {
    /// Packs a second at full speed.
    pub rate_packs_s: f64,
    /// Packs that the machine before us delivers.
    pub packs_total: u64,
    /// How the camera reads.
    pub camera: CameraMode,
    /// Kind of ejector.
    pub ejector: EjectorKind,
    /// Printed labels between print head and peel edge: 0 for a direct printer, 3 to 10 for
    /// print-and-apply.
    pub web_offset: usize,
    /// Stations beside the camera: text_check, carton_code, tamper_evident, checkweigher.
    #[schemars(with = "Vec<String>")]
    pub stations: Vec<Station>,
    /// Where everything is.
    pub geometry: Geometry,
    /// Acceleration of the belt in mm/s2.
    pub acceleration_mm_s2: f64,
    /// Age of the controller's heartbeat at which permits and run permit die.
    pub heartbeat_ms_max: u64,
    /// Belt travel that the encoder may be wrong by before the line I/O notices it.
    pub encoder_plausible_mm: f64,
    /// Code of the right carton.
    pub carton_code: String,
    /// What a complete pack weighs.
    pub weight_mg: u32,
    /// A pack within this of `weight_mg`, either way, is complete.
    pub weight_tolerance_mg: u32,
    /// Over which protocols the stations are served.
    pub station_protocols: StationProtocols,
    /// From the strobe to a station's result.
    pub station_processing_ms: u64,
    /// Largest addition to it.
    pub station_jitter_ms: u64,
    /// Results that a station holds.
    pub station_results_max: usize,
    /// From the trigger to the camera's result.
    pub camera_processing_ms: u64,
    /// Largest addition to it.
    pub camera_jitter_ms: u64,
    /// Time that a restarted device needs before it answers again.
    pub restart_ms: u64,
    /// Events that the line I/O holds for the controller.
    pub fifo_events_max: usize,
    /// Camera triggers that the line I/O holds.
    pub triggers_max: usize,
    /// Permits that the line I/O holds.
    pub permits_max: usize,
    /// Jobs that the labeler holds.
    pub labeler_jobs_max: usize,
    /// Results that the camera holds.
    pub camera_results_max: usize,
    /// Images that the camera holds.
    pub camera_images_max: usize,
    /// Epoch that the devices start with: another one for a simulator that is started again.
    pub first_epoch: u32,
    /// Packs behind the exit that a person can still take back.
    pub handover_packs: usize,
    /// Packs that fill the reject bin.
    pub bin_packs_max: u64,
    /// The machine before us delivers from the start; otherwise from the hands' `feed` on.
    pub feed_open: bool,
    /// Labelers of other makers that are served, too; each is the line's one labeler.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreign_labelers: Vec<ForeignLabeler>,
    /// What secures the links over OPC UA.
    pub opcua: OpcuaServing,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            rate_packs_s: 10.0,
            packs_total: 1_000,
            camera: CameraMode::Pixels,
            ejector: EjectorKind::PassGate,
            web_offset: 0,
            stations: Vec::new(),
            geometry: Geometry::default(),
            acceleration_mm_s2: 4_000.0,
            heartbeat_ms_max: 250,
            encoder_plausible_mm: 30.0,
            carton_code: "04150037528643-C1".to_owned(),
            weight_mg: 25_000,
            weight_tolerance_mg: 1_000,
            station_protocols: StationProtocols::Alternate,
            station_processing_ms: 15,
            station_jitter_ms: 5,
            station_results_max: 1_024,
            camera_processing_ms: 30,
            camera_jitter_ms: 5,
            restart_ms: 500,
            fifo_events_max: 4_096,
            triggers_max: 256,
            permits_max: 256,
            labeler_jobs_max: 1_024,
            camera_results_max: 1_024,
            camera_images_max: 64,
            first_epoch: 1,
            handover_packs: 5,
            bin_packs_max: 1_000_000,
            feed_open: true,
            foreign_labelers: Vec::new(),
            opcua: OpcuaServing::default(),
        }
    }
}

/// What a configuration can be wrong about.
#[derive(Debug, thiserror::Error)]
pub enum SimConfigError {
    /// Not the format.
    #[error("failed to read the simulator's configuration: {0}")]
    Toml(#[from] toml::de::Error),
    /// A number outside its range.
    #[error("{field} is {found}, expected {expected}")]
    Value {
        /// The setting.
        field: &'static str,
        /// What it holds.
        found: f64,
        /// What it may hold.
        expected: &'static str,
    },
}

impl SimConfig {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`SimConfigError`] naming the setting.
    pub fn from_toml(text: &str) -> Result<Self, SimConfigError> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the format cannot.
    ///
    /// # Errors
    /// [`SimConfigError::Value`] naming the first wrong setting.
    pub fn check(&self) -> Result<(), SimConfigError> {
        let g = &self.geometry;
        let slack = g.pitch_mm - g.pack_length_mm;
        let pulse_um = g.mm_per_pulse * 1_000.0;
        let after = "a finite number above the station before it";
        let whole = "a whole number of micrometres, at least 0.001";
        let checks = [
            ("rate_packs_s", self.rate_packs_s, "above 0", self.rate_packs_s > 0.0),
            (
                "acceleration_mm_s2",
                self.acceleration_mm_s2,
                "above 0",
                self.acceleration_mm_s2 > 0.0,
            ),
            ("pack_length_mm", g.pack_length_mm, "above 0", g.pack_length_mm > 0.0),
            ("pitch_mm", g.pitch_mm, "above the pack's length", slack > 0.0),
            (
                "pitch_jitter_mm",
                g.pitch_jitter_mm,
                "below half the gap between packs",
                (0.0..slack / 2.0).contains(&g.pitch_jitter_mm),
            ),
            (
                "encoder_plausible_mm",
                self.encoder_plausible_mm,
                "0 or more",
                self.encoder_plausible_mm >= 0.0,
            ),
            ("brake_mm", g.brake_mm, "above 0", g.brake_mm > 0.0),
            (
                "mm_per_pulse",
                g.mm_per_pulse,
                whole,
                pulse_um >= 1.0 && (pulse_um - pulse_um.round()).abs() < 1e-6,
            ),
            ("labeler_mm", g.labeler_mm, after, g.labeler_mm > 0.0),
            ("camera_eye_mm", g.camera_eye_mm, after, g.camera_eye_mm > g.labeler_mm),
            ("gate_mm", g.gate_mm, after, g.gate_mm > g.camera_eye_mm),
            ("exit_mm", g.exit_mm, after, g.exit_mm > g.gate_mm),
            ("eject_confirm_mm", g.eject_confirm_mm, "above 0", g.eject_confirm_mm > 0.0),
            ("tracking_window_mm", g.tracking_window_mm, "0 or more", g.tracking_window_mm >= 0.0),
        ];
        for (field, found, expected, holds) in checks {
            if !holds || !found.is_finite() {
                return Err(SimConfigError::Value { field, found, expected });
            }
        }
        self.check_stations()
    }

    /// Each station once, behind what it looks at and before the gate.
    fn check_stations(&self) -> Result<(), SimConfigError> {
        let g = &self.geometry;
        for (at, &station) in self.stations.iter().enumerate() {
            if self.stations[..at].contains(&station) {
                let (found, expected) = (self.stations.len() as f64, "each station once");
                return Err(SimConfigError::Value { field: "stations", found, expected });
            }
            let (field, found, from) = match station {
                Station::TextCheck => ("text_check_mm", g.text_check_mm, g.labeler_mm),
                Station::CartonCode => ("carton_code_mm", g.carton_code_mm, 0.0),
                Station::TamperEvident => ("tamper_evident_mm", g.tamper_evident_mm, 0.0),
                Station::Checkweigher => ("checkweigher_mm", g.checkweigher_mm, 0.0),
            };
            if found.is_nan() || found <= from || found >= g.gate_mm {
                let expected = "before the gate, and the text check behind the labeler";
                return Err(SimConfigError::Value { field, found, expected });
            }
        }
        Ok(())
    }

    /// The same line at another rate: pitch and pack stay, every other distance, the braking one
    /// included, and every buffer grows with the speed, so that all times stay as they are.
    #[must_use]
    pub fn at_rate(&self, rate_packs_s: f64) -> Self {
        let factor = rate_packs_s / self.rate_packs_s;
        let g = self.geometry;
        let buffer = |n: usize| ((n as f64 * factor).ceil() as usize).max(n);
        let geometry = Geometry {
            labeler_mm: g.labeler_mm * factor,
            camera_eye_mm: g.camera_eye_mm * factor,
            text_check_mm: g.text_check_mm * factor,
            carton_code_mm: g.carton_code_mm * factor,
            tamper_evident_mm: g.tamper_evident_mm * factor,
            checkweigher_mm: g.checkweigher_mm * factor,
            gate_mm: g.gate_mm * factor,
            exit_mm: g.exit_mm * factor,
            eject_confirm_mm: g.eject_confirm_mm * factor,
            brake_mm: g.brake_mm * factor,
            ..g
        };
        Self {
            rate_packs_s,
            geometry,
            acceleration_mm_s2: self.acceleration_mm_s2 * factor,
            fifo_events_max: buffer(self.fifo_events_max),
            triggers_max: buffer(self.triggers_max),
            permits_max: buffer(self.permits_max),
            labeler_jobs_max: buffer(self.labeler_jobs_max),
            camera_results_max: buffer(self.camera_results_max),
            station_results_max: buffer(self.station_results_max),
            handover_packs: buffer(self.handover_packs),
            ..self.clone()
        }
    }

    /// Full speed in mm/s.
    #[must_use]
    pub fn speed_mm_s(&self) -> f64 {
        self.rate_packs_s * self.geometry.pitch_mm
    }
}
