//! The profile of a line that is wired to the GPIO header of a Raspberry Pi: which signal is on
//! which pin, what level means yes, how the encoder, the gate and the debouncing are.
//!
//! Read by the controller's GPIO driver. Must never hold a distance of the line (those are
//! `line.toml`'s) or decide anything.

use crate::{Kind, ProfileError, read};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// First pin that is free for signals: BCM 0 and 1 belong to the identification of add-on boards.
pub const PIN_MIN: u8 = 2;
/// Last pin of the 40-pin header.
pub const PIN_MAX: u8 = 27;

/// A line wired to the pins of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineIoGpio {
    /// Version of the file format.
    pub format: u16,
    /// `line-io-gpio`.
    pub kind: Kind,
    /// What people call the device.
    pub name: String,
    /// Conveyor encoder.
    pub encoder: GpioEncoder,
    /// Photo-eyes; yes means blocked.
    pub eyes: GpioEyes,
    /// Strobes; yes is the pulse.
    pub strobes: GpioStrobes,
    /// Level inputs.
    pub levels: GpioLevels,
    /// Outputs.
    pub outputs: GpioOutputs,
    /// How long a signal must stay to be believed.
    pub debounce: GpioDebounce,
    /// The ejector.
    pub gate: GpioGate,
    /// Length of the pulse to the camera, and of the pause before the next one, in ms.
    pub camera_trigger_ms: u16,
    /// Time between two changes of the watchdog output, in ms.
    pub watchdog_ms: u16,
}

/// An input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioInput {
    /// BCM number of the pin, 2 to 27.
    pub pin: u8,
    /// Level that means yes.
    #[serde(default)]
    pub active: GpioLevel,
    /// Resistor inside the processor.
    #[serde(default)]
    pub pull: GpioPull,
}

/// An output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioOutput {
    /// BCM number of the pin, 2 to 27.
    pub pin: u8,
    /// Level that means yes.
    #[serde(default)]
    pub active: GpioLevel,
}

/// Level of a pin that means yes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GpioLevel {
    /// 3.3 V.
    #[default]
    High,
    /// 0 V.
    Low,
}

/// Resistor of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GpioPull {
    /// None: the circuit outside has one.
    #[default]
    Off,
    /// To 3.3 V.
    Up,
    /// To 0 V.
    Down,
}

/// Kind of the encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GpioEncoderKind {
    /// Channels A and B, a quarter period apart: every edge is one count, with its direction.
    Quadrature,
    /// One channel: every rising edge is one count, always forward.
    Single,
}

/// The conveyor encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioEncoder {
    /// What it is.
    pub kind: GpioEncoderKind,
    /// Channel A; it leads when the belt runs forward.
    pub a: GpioInput,
    /// Channel B, of a quadrature encoder only.
    #[serde(default)]
    pub b: Option<GpioInput>,
    /// Counts backward that are vibration; one more is a fault.
    pub backward_counts_max: u32,
    /// Without a count for so many ms the belt stands.
    pub standstill_ms: u16,
}

/// Photo-eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioEyes {
    /// At the infeed.
    pub infeed: GpioInput,
    /// At the camera station.
    pub camera_eye: GpioInput,
    /// Before the gate.
    pub gate: GpioInput,
    /// Behind the gate.
    pub exit: GpioInput,
    /// In the chute of the reject bin.
    pub eject_confirm: GpioInput,
}

/// Strobes of the stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioStrobes {
    /// The labeler: a label is on a pack.
    pub applied: GpioInput,
    /// The text check.
    #[serde(default)]
    pub text_check: Option<GpioInput>,
    /// The carton-code station.
    #[serde(default)]
    pub carton_code: Option<GpioInput>,
    /// The tamper-evident station.
    #[serde(default)]
    pub tamper_evident: Option<GpioInput>,
    /// The checkweigher.
    #[serde(default)]
    pub checkweigher: Option<GpioInput>,
}

/// Level inputs. One that is left out is reported as good: the line does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioLevels {
    /// Safety chain closed.
    pub safety_ok: GpioInput,
    /// Compressed air present.
    #[serde(default)]
    pub air_ok: Option<GpioInput>,
    /// Reject bin full.
    #[serde(default)]
    pub bin_full: Option<GpioInput>,
    /// Reject bin locked.
    #[serde(default)]
    pub bin_locked: Option<GpioInput>,
    /// The mains have failed and a UPS carries the line.
    #[serde(default)]
    pub power_fail: Option<GpioInput>,
    /// The machine before us can deliver.
    #[serde(default)]
    pub upstream_ready: Option<GpioInput>,
    /// The machine behind us can take.
    #[serde(default)]
    pub downstream_ready: Option<GpioInput>,
}

/// Outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioOutputs {
    /// Run permit of the belt.
    pub run: GpioOutput,
    /// Changes its level all the time while this program lives; feeds the watchdog relay.
    pub watchdog: GpioOutput,
    /// The machine before us may release packs.
    pub infeed: GpioOutput,
    /// Trigger of the camera.
    pub camera_trigger: GpioOutput,
    /// Ejector: `pass-gate` opens, `pulse` pushes.
    pub gate: GpioOutput,
    /// Stack light.
    #[serde(default)]
    pub red: Option<GpioOutput>,
    /// Stack light.
    #[serde(default)]
    pub amber: Option<GpioOutput>,
    /// Stack light.
    #[serde(default)]
    pub green: Option<GpioOutput>,
}

/// How long a signal must stay to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpioDebounce {
    /// Photo-eyes, in microseconds.
    pub eyes_us: u32,
    /// Strobes, in microseconds; below the shortest strobe.
    pub strobes_us: u32,
    /// Level inputs, in ms.
    pub levels_ms: u16,
}

/// The ejector; counts are those of the encoder, from the pack's edge at the gate eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum GpioGate {
    /// Rests in reject, opens for a pack with a permit.
    PassGate {
        /// Leading edge to opening.
        open_after_counts: u32,
        /// Trailing edge to closing.
        close_after_counts: u32,
        /// Opening to closing at the latest: a second pack that touches the first is not let out.
        open_counts_max: u32,
    },
    /// Rests in pass, pushes every pack without a permit.
    Pulse {
        /// Leading edge to the push.
        delay_counts: u32,
        /// Length of the push in ms.
        pulse_ms: u16,
    },
}

impl LineIoGpio {
    /// Reads the profile of a line that is wired to this machine's pins.
    ///
    /// # Errors
    /// As [`crate::Profile::load`], and [`ProfileError::Kind`] for another kind.
    pub fn load(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = read(text, Kind::LineIoGpio)?;
        profile.check_encoder()?;
        profile.check_pins()?;
        profile.check_ranges()?;
        Ok(profile)
    }

    /// Every input with its name in the file.
    #[must_use]
    pub fn inputs(&self) -> Vec<(&'static str, GpioInput)> {
        let (eyes, strobes, levels) = (&self.eyes, &self.strobes, &self.levels);
        let all = [
            ("encoder.a", Some(self.encoder.a)),
            ("encoder.b", self.encoder.b),
            ("eyes.infeed", Some(eyes.infeed)),
            ("eyes.camera_eye", Some(eyes.camera_eye)),
            ("eyes.gate", Some(eyes.gate)),
            ("eyes.exit", Some(eyes.exit)),
            ("eyes.eject_confirm", Some(eyes.eject_confirm)),
            ("strobes.applied", Some(strobes.applied)),
            ("strobes.text_check", strobes.text_check),
            ("strobes.carton_code", strobes.carton_code),
            ("strobes.tamper_evident", strobes.tamper_evident),
            ("strobes.checkweigher", strobes.checkweigher),
            ("levels.safety_ok", Some(levels.safety_ok)),
            ("levels.air_ok", levels.air_ok),
            ("levels.bin_full", levels.bin_full),
            ("levels.bin_locked", levels.bin_locked),
            ("levels.upstream_ready", levels.upstream_ready),
            ("levels.downstream_ready", levels.downstream_ready),
            ("levels.power_fail", levels.power_fail),
        ];
        all.into_iter().filter_map(|(name, input)| Some((name, input?))).collect()
    }

    /// Every output with its name in the file.
    #[must_use]
    pub fn outputs(&self) -> Vec<(&'static str, GpioOutput)> {
        let outputs = &self.outputs;
        let all = [
            ("outputs.run", Some(outputs.run)),
            ("outputs.watchdog", Some(outputs.watchdog)),
            ("outputs.infeed", Some(outputs.infeed)),
            ("outputs.camera_trigger", Some(outputs.camera_trigger)),
            ("outputs.gate", Some(outputs.gate)),
            ("outputs.red", outputs.red),
            ("outputs.amber", outputs.amber),
            ("outputs.green", outputs.green),
        ];
        all.into_iter().filter_map(|(name, output)| Some((name, output?))).collect()
    }

    fn check_encoder(&self) -> Result<(), ProfileError> {
        match (self.encoder.kind, self.encoder.b) {
            (GpioEncoderKind::Quadrature, None) => Err(ProfileError::PinMissing {
                signal: "encoder.b",
                why: "a quadrature encoder has two channels",
            }),
            (GpioEncoderKind::Single, Some(_)) => Err(ProfileError::PinTooMany {
                signal: "encoder.b",
                why: "a single encoder has channel a only",
            }),
            (GpioEncoderKind::Quadrature, Some(_)) | (GpioEncoderKind::Single, None) => Ok(()),
        }
    }

    fn check_pins(&self) -> Result<(), ProfileError> {
        let inputs = self.inputs().into_iter().map(|(name, input)| (name, input.pin));
        let outputs = self.outputs().into_iter().map(|(name, output)| (name, output.pin));
        let mut taken: Vec<(&'static str, u8)> = Vec::new();
        for (signal, pin) in inputs.chain(outputs) {
            if !(PIN_MIN..=PIN_MAX).contains(&pin) {
                return Err(ProfileError::PinUnknown { signal, pin });
            }
            if let Some(&(first, _)) = taken.iter().find(|(_, other)| *other == pin) {
                return Err(ProfileError::PinTwice { first, second: signal, pin });
            }
            taken.push((signal, pin));
        }
        Ok(())
    }

    fn check_ranges(&self) -> Result<(), ProfileError> {
        let debounce = &self.debounce;
        let gate = match self.gate {
            GpioGate::PassGate { open_after_counts, close_after_counts, open_counts_max } => [
                ("gate.open_after_counts", open_after_counts, 0, 1_000_000),
                ("gate.close_after_counts", close_after_counts, 0, 1_000_000),
                ("gate.open_counts_max", open_counts_max, 1, 1_000_000),
            ],
            GpioGate::Pulse { delay_counts, pulse_ms } => [
                ("gate.delay_counts", delay_counts, 0, 1_000_000),
                ("gate.pulse_ms", u32::from(pulse_ms), 1, 1_000),
                ("gate.pulse_ms", u32::from(pulse_ms), 1, 1_000),
            ],
        };
        let rest = [
            ("encoder.backward_counts_max", self.encoder.backward_counts_max, 0, 100_000),
            ("encoder.standstill_ms", u32::from(self.encoder.standstill_ms), 10, 5_000),
            ("debounce.eyes_us", debounce.eyes_us, 0, 10_000),
            ("debounce.strobes_us", debounce.strobes_us, 0, 10_000),
            ("debounce.levels_ms", u32::from(debounce.levels_ms), 0, 500),
            ("camera_trigger_ms", u32::from(self.camera_trigger_ms), 1, 50),
            ("watchdog_ms", u32::from(self.watchdog_ms), 1, 100),
        ];
        for (key, found, min, max) in gate.into_iter().chain(rest) {
            if !(min..=max).contains(&found) {
                return Err(ProfileError::OutOfRange { key, found, min, max });
            }
        }
        Ok(())
    }
}
