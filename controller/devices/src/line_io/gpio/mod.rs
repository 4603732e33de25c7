//! The line wired to the GPIO header of this machine: the controller's own host is the line-I/O
//! device.
//!
//! `run` is called by the binary on a thread of its own, with real-time priority where the system
//! gives it. One loop takes edges and time from the pins, feeds the soft device, shows its outputs,
//! and carries commands and statuses between it and the same session that speaks to a device on
//! the network. The heartbeat in each command is the line thread's, checked by the soft device on
//! its own time. Must never use a runtime's timers, wait for the line thread, or leave an output on
//! when it ends.

mod audit;
mod debounce;
mod encoder;
mod fifo;
mod gate;
mod life;
pub mod memory;
mod permits;
pub mod pins;
mod proof;
#[cfg(target_os = "linux")]
mod rppal_pins;
pub mod soft_device;
mod top_speed;
mod triggers;
mod wiring;

pub use proof::Window;
pub use top_speed::TopSpeed;

use super::session::LineIoSession;
use crate::link::Supervisor;
use crate::{DeviceIo, LinkError};
use audit::Audit;
use line_core::ids::Nanos;
use pins::{PinInput, Pins};
use profiles::LineIoGpio;
use soft_device::SoftDevice;
use tracing::error;

/// What is written as endpoint of this line I/O.
pub const ENDPOINT: &str = "gpio";
/// Time between two exchanges with the session.
const CYCLE: Nanos = Nanos::from_ms(2);
/// The same while something waits on either side: never a spinning thread.
const BURST: Nanos = Nanos(250_000);
/// Time between two looks at the levels of the inputs.
const AUDIT: Nanos = Nanos::from_ms(50);

/// How the line is wired, and what the soft device must know of its geometry.
#[derive(Clone, Debug)]
pub struct GpioConfig {
    /// The wiring.
    pub profile: LineIoGpio,
    /// Gate eye to exit eye.
    pub exit: Window,
    /// Gate eye to the eye in the chute.
    pub confirm: Window,
    /// Older heartbeats end permits and run permit.
    pub heartbeat_ms_max: u32,
    /// What the belt can move at its top speed.
    pub top_speed: TopSpeed,
}

/// Is the line-I/O device until `io` says stop.
///
/// # Errors
/// [`LinkError::Device`] when this machine does not give the pins: it is no Raspberry Pi, there is
/// no permission, another program has them. Nothing is retried: nothing would change.
pub fn run(
    config: &GpioConfig,
    session: &mut LineIoSession,
    io: &mut dyn DeviceIo,
) -> Result<(), LinkError> {
    serve(config, new_epoch()?, &mut open(config)?, session, io);
    Ok(())
}

#[cfg(target_os = "linux")]
fn open(config: &GpioConfig) -> Result<impl Pins, LinkError> {
    rppal_pins::RppalPins::open(&config.profile)
}

#[cfg(not(target_os = "linux"))]
fn open(_config: &GpioConfig) -> Result<memory::MemoryPins, LinkError> {
    let what = "this machine has no GPIO of a Raspberry Pi: choose another line I/O in \
                [devices.line_io]";
    Err(LinkError::Device { doing: "open the GPIO header", what: what.into() })
}

/// An epoch that the device never had: a start of this thread is a restart of the device.
fn new_epoch() -> Result<u32, LinkError> {
    getrandom::u32().map_err(|error| LinkError::Device {
        doing: "draw the device's epoch",
        what: error.to_string(),
    })
}

/// The loop, on any pins; `epoch` is one that the device never had.
pub fn serve(
    config: &GpioConfig,
    epoch: u32,
    pins: &mut impl Pins,
    session: &mut LineIoSession,
    io: &mut dyn DeviceIo,
) {
    let mut supervisor = Supervisor::new("line-io");
    let start = pins.now();
    let mut device = SoftDevice::new(config, epoch, start, &|pin| pins.level(pin));
    let mut audit = Audit::new(|pin| pins.level(pin), device.input_pins());
    let (mut exchange_at, mut audit_at) = (start, start.plus(AUDIT));
    while !io.stop() {
        device.show(&mut |pin, high| pins.set(pin, high));
        if device.now() >= exchange_at {
            exchange(&mut device, session, io);
            supervisor.is_up(session.is_up());
            let pause = if session.wants_more() { BURST } else { CYCLE };
            exchange_at = device.now().plus(pause);
            device.show(&mut |pin, high| pins.set(pin, high));
        }
        if device.now() >= audit_at {
            audit_at = device.now().plus(AUDIT);
            look(&mut device, &mut audit, pins);
        }
        match pins.next(exchange_at.min(audit_at).min(device.deadline())) {
            PinInput::Edge(edge) => {
                audit.edge(edge.pin, edge.high);
                device.on_edge(edge);
            }
            PinInput::Time(now) => device.on_time(now),
            PinInput::Lost => {
                error!("edges of GPIO pins were lost: positions are no longer certain");
                start_over(&mut device, &mut audit, pins);
            }
        }
    }
    device.rest(&mut |pin, high| pins.set(pin, high));
}

fn exchange(device: &mut SoftDevice, session: &mut LineIoSession, io: &mut dyn DeviceIo) {
    while let Some(output) = io.output() {
        session.apply(&output);
    }
    let status = device.exchange(&session.command(io.heartbeat()));
    session.on_status(&status, &mut |input| io.input(input));
}

/// Looks for inputs whose interrupts are dead.
fn look(device: &mut SoftDevice, audit: &mut Audit, pins: &impl Pins) {
    let mut dead = None;
    for pin in device.input_pins() {
        if audit.is_dead(pin, pins.level(pin)) {
            dead = Some(pin);
        }
    }
    if let Some(pin) = dead {
        error!(pin, "a GPIO pin changed without an interrupt: positions are no longer certain");
        start_over(device, audit, pins);
    }
}

fn start_over(device: &mut SoftDevice, audit: &mut Audit, pins: &impl Pins) {
    device.on_lost(&|pin| pins.level(pin));
    audit.adopt(|pin| pins.level(pin), device.input_pins());
}

#[cfg(test)]
mod tests;
