//! Which signal is on which pin, and what level means yes there.
//!
//! Made from the profile by the soft device. Must never hold a state.

use super::encoder::Side;
use super::pins::PINS;
use contracts::line_io::{Channel, inputs};
use profiles::LineIoGpio;
use profiles::gpio::{GpioInput, GpioLevel, GpioOutput};

/// What an input is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A channel of the encoder.
    Encoder(Side),
    /// A photo-eye.
    Eye(Channel),
    /// A station's strobe.
    Strobe(Channel),
    /// A level input, as its place among [`LEVELS`].
    Level(usize),
}

/// Bits of the level inputs, and what is reported where a line does not have one.
pub(super) const LEVELS: [(u16, bool); 7] = [
    (inputs::SAFETY_OK, false),
    (inputs::AIR_OK, true),
    (inputs::BIN_FULL, false),
    (inputs::BIN_LOCKED, true),
    (inputs::UPSTREAM_READY, true),
    (inputs::DOWNSTREAM_READY, true),
    (inputs::POWER_FAIL, false),
];

/// An output, as its place among [`OUTPUTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Out {
    Run,
    Watchdog,
    Infeed,
    CameraTrigger,
    Gate,
    Red,
    Amber,
    Green,
}

/// Every output.
pub(super) const OUTPUTS: [Out; 8] = [
    Out::Run,
    Out::Watchdog,
    Out::Infeed,
    Out::CameraTrigger,
    Out::Gate,
    Out::Red,
    Out::Amber,
    Out::Green,
];

/// See the module.
#[derive(Debug)]
pub(super) struct Wiring {
    inputs: [Option<(Role, GpioLevel)>; PINS],
    outputs: [Option<GpioOutput>; OUTPUTS.len()],
}

impl Wiring {
    /// The wiring that a profile describes.
    pub(super) fn new(profile: &LineIoGpio) -> Self {
        let mut inputs = [None; PINS];
        for (role, input) in roles(profile) {
            if let Some(place) = input.and_then(|input| inputs.get_mut(usize::from(input.pin))) {
                *place = input.map(|input| (role, input.active));
            }
        }
        let out = &profile.outputs;
        let outputs = OUTPUTS.map(|output| match output {
            Out::Run => Some(out.run),
            Out::Watchdog => Some(out.watchdog),
            Out::Infeed => Some(out.infeed),
            Out::CameraTrigger => Some(out.camera_trigger),
            Out::Gate => Some(out.gate),
            Out::Red => out.red,
            Out::Amber => out.amber,
            Out::Green => out.green,
        });
        Self { inputs, outputs }
    }

    /// What a pin is for, and whether this level means yes.
    pub(super) fn input(&self, pin: u8, high: bool) -> Option<(Role, bool)> {
        let (role, active) = (*self.inputs.get(usize::from(pin))?)?;
        Some((role, high == (active == GpioLevel::High)))
    }

    /// Pins of the inputs.
    pub(super) fn input_pins(&self) -> impl Iterator<Item = u8> {
        self.inputs.iter().zip(0..).filter_map(|(input, pin)| input.map(|_| pin))
    }

    /// Pin and level of an output that shall say `yes`.
    pub(super) fn output(&self, output: Out, yes: bool) -> Option<(u8, bool)> {
        let output = (*self.outputs.get(output as usize)?)?;
        Some((output.pin, yes == (output.active == GpioLevel::High)))
    }
}

fn roles(profile: &LineIoGpio) -> [(Role, Option<GpioInput>); 19] {
    let (encoder, eyes, strobes) = (&profile.encoder, &profile.eyes, &profile.strobes);
    let levels = &profile.levels;
    [
        (Role::Encoder(Side::A), Some(encoder.a)),
        (Role::Encoder(Side::B), encoder.b),
        (Role::Eye(Channel::Infeed), Some(eyes.infeed)),
        (Role::Eye(Channel::CameraEye), Some(eyes.camera_eye)),
        (Role::Eye(Channel::Gate), Some(eyes.gate)),
        (Role::Eye(Channel::Exit), Some(eyes.exit)),
        (Role::Eye(Channel::EjectConfirm), Some(eyes.eject_confirm)),
        (Role::Strobe(Channel::Applied), Some(strobes.applied)),
        (Role::Strobe(Channel::TextCheck), strobes.text_check),
        (Role::Strobe(Channel::CartonCode), strobes.carton_code),
        (Role::Strobe(Channel::TamperEvident), strobes.tamper_evident),
        (Role::Strobe(Channel::Checkweigher), strobes.checkweigher),
        (Role::Level(0), Some(levels.safety_ok)),
        (Role::Level(1), levels.air_ok),
        (Role::Level(2), levels.bin_full),
        (Role::Level(3), levels.bin_locked),
        (Role::Level(4), levels.upstream_ready),
        (Role::Level(5), levels.downstream_ready),
        (Role::Level(6), levels.power_fail),
    ]
}
