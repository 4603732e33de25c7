//! The header of a Raspberry Pi: edges with the kernel's time stamps, through `rppal`.
//!
//! Opened by the loop. Each input has a thread of the library that waits for its interrupts and
//! pushes them into one bounded ring; they are handed out [`SETTLE`] later, sorted by their stamps,
//! so that threads may overtake each other. Numbers that the kernel gives to the edges of a pin
//! tell when one was lost. Must never drop an edge silently or wait for a full ring.

use super::pins::{PINS, PinEdge, PinInput, Pins};
use crate::LinkError;
use line_core::ids::Nanos;
use profiles::LineIoGpio;
use profiles::gpio::{GpioLevel, GpioPull};
use rppal::gpio::{Error, Event, Gpio, InputPin, OutputPin, Trigger};
use rustix::time::{ClockId, clock_gettime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Edges between interrupt and loop: half a second of a fast encoder.
const EDGES_MAX: usize = 8_192;
/// An edge is handed out so long after it happened.
pub const SETTLE: Nanos = Nanos(1_000_000);

/// See the module.
#[derive(Debug)]
pub struct RppalPins {
    inputs: [Option<InputPin>; PINS],
    outputs: [Option<OutputPin>; PINS],
    edges: Receiver<PinEdge>,
    sorted: BinaryHeap<Reverse<PinEdge>>,
    lost: Arc<AtomicBool>,
}

impl RppalPins {
    /// Takes the pins of the profile; outputs are put to rest first.
    ///
    /// # Errors
    /// [`LinkError::Device`]: no Raspberry Pi, no permission, or a pin that is taken.
    pub fn open(profile: &LineIoGpio) -> Result<Self, LinkError> {
        let gpio = Gpio::new().map_err(|error| refused("open the GPIO header", &error))?;
        let (sender, edges) = sync_channel(EDGES_MAX);
        let mut pins = Self {
            inputs: [const { None }; PINS],
            outputs: [const { None }; PINS],
            edges,
            sorted: BinaryHeap::with_capacity(EDGES_MAX),
            lost: Arc::new(AtomicBool::new(false)),
        };
        for (_, output) in profile.outputs() {
            let pin = gpio.get(output.pin).map_err(|e| refused("take an output", &e))?;
            let place = pins.outputs.get_mut(usize::from(output.pin));
            if let Some(place) = place {
                *place = Some(match output.active {
                    GpioLevel::High => pin.into_output_low(),
                    GpioLevel::Low => pin.into_output_high(),
                });
            }
        }
        for (_, input) in profile.inputs() {
            let pin = gpio.get(input.pin).map_err(|e| refused("take an input", &e))?;
            let mut pin = match input.pull {
                GpioPull::Off => pin.into_input(),
                GpioPull::Up => pin.into_input_pullup(),
                GpioPull::Down => pin.into_input_pulldown(),
            };
            let callback = forward(input.pin, sender.clone(), pins.lost.clone());
            pin.set_async_interrupt(Trigger::Both, None, callback)
                .map_err(|e| refused("wait for an input's edges", &e))?;
            if let Some(place) = pins.inputs.get_mut(usize::from(input.pin)) {
                *place = Some(pin);
            }
        }
        Ok(pins)
    }
}

/// What a pin's thread does with each of its edges.
fn forward(
    pin: u8,
    sender: SyncSender<PinEdge>,
    lost: Arc<AtomicBool>,
) -> impl FnMut(Event) + Send + 'static {
    let mut last: Option<u32> = None;
    move |event| {
        let at = u64::try_from(event.timestamp.as_nanos()).unwrap_or(u64::MAX);
        let high = event.trigger == Trigger::RisingEdge;
        let follows = last.is_none_or(|last| last.wrapping_add(1) == event.seqno);
        last = Some(event.seqno);
        if sender.try_send(PinEdge { at: Nanos(at), pin, high }).is_err() || !follows {
            lost.store(true, Ordering::Release);
        }
    }
}

fn refused(doing: &'static str, error: &Error) -> LinkError {
    let what = match error {
        Error::UnknownModel => "this machine has no GPIO of a Raspberry Pi: choose another line \
                                I/O in [devices.line_io], or run on one that the rppal library \
                                knows"
            .to_owned(),
        Error::PermissionDenied(path) => {
            format!("no permission for {path}: add the user of the service to the group gpio")
        }
        Error::PinUsed(pin) => format!("BCM {pin} is in use already"),
        Error::PinNotAvailable(pin) => format!("this machine has no pin BCM {pin}"),
        Error::Io(error) => error.to_string(),
        Error::ThreadPanic => "a thread of the library ended".to_owned(),
    };
    LinkError::Device { doing, what }
}

/// The clock of the kernel's stamps.
fn monotonic() -> Nanos {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Nanos(seconds.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec.unsigned_abs()))
}

impl Pins for RppalPins {
    fn now(&self) -> Nanos {
        monotonic().since(SETTLE)
    }

    fn next(&mut self, until: Nanos) -> PinInput {
        loop {
            // The time before the edges: what comes in between belongs to the next round.
            let now = self.now();
            let room = EDGES_MAX.saturating_sub(self.sorted.len());
            self.sorted.extend(self.edges.try_iter().take(room).map(Reverse));
            if self.lost.swap(false, Ordering::AcqRel) {
                return PinInput::Lost;
            }
            let first = self.sorted.peek().map(|Reverse(edge)| edge.at);
            if first.is_some_and(|at| at <= now)
                && let Some(Reverse(edge)) = self.sorted.pop()
            {
                return PinInput::Edge(edge);
            }
            if now >= until {
                return PinInput::Time(now);
            }
            let due = first.map_or(until, |at| at.min(until)).since(now);
            let pause = Duration::from_nanos(due.0);
            if first.is_some() {
                std::thread::sleep(pause);
            } else if let Ok(edge) = self.edges.recv_timeout(pause) {
                self.sorted.push(Reverse(edge));
            }
        }
    }

    fn level(&self, pin: u8) -> bool {
        let input = self.inputs.get(usize::from(pin)).and_then(Option::as_ref);
        input.is_some_and(InputPin::is_high)
    }

    fn set(&mut self, pin: u8, high: bool) {
        if let Some(Some(output)) = self.outputs.get_mut(usize::from(pin)) {
            output.write(if high { rppal::gpio::Level::High } else { rppal::gpio::Level::Low });
        }
    }
}

#[cfg(test)]
mod tests;
