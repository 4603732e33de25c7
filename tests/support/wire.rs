//! Proxies between a service and its devices, and what can be seen on the line I/O's link: the line
//! thread's heartbeat, the run permit, how far the belt went between two answers.
//!
//! Used by the tests of links and kills with real processes. Counts heartbeats and encoder pulses,
//! never milliseconds; must never know what the service or the line think.

use contracts::line_io::{LineIoCommand, LineIoStatus, outputs};
use line_sim::proxy::{Direction, Proxy, Script, Tap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The line thread makes a heartbeat every fifth of `heartbeat_ms_max`.
pub const BEATS_PER_HEARTBEAT: u64 = 5;
/// `heartbeat_ms_max` of the shipped line, in encoder pulses at its speed.
const HEARTBEAT_PULSES: u64 = 250 * 1_200 / 100;
/// What the belt may travel between two answers, in encoder pulses: until the command after the
/// first of them, which bears the last heartbeat and whose answer is lost, then `heartbeat_ms_max`
/// and the braking distance.
pub const TRAVEL_MAX: u64 = HEARTBEAT_PULSES / BEATS_PER_HEARTBEAT + HEARTBEAT_PULSES + 400;
/// Modbus: the header of a frame, and of a request or an answer of function code 23.
const MBAP: usize = 7;
const REQUEST: usize = MBAP + 10;
const ANSWER: usize = MBAP + 2;
const FC23: u8 = 0x17;

/// A proxy before an endpoint (`host:port` or `opc.tcp://host:port/`), and the endpoint of it.
///
/// # Errors
/// When the endpoint is none, or the system gives no port.
pub fn before(endpoint: &str, tap: Option<Tap>) -> io::Result<(Proxy, String)> {
    let scheme = if endpoint.starts_with("opc.tcp://") { "opc.tcp://" } else { "" };
    let host = endpoint.trim_start_matches(scheme).trim_end_matches('/');
    let to: SocketAddr = host.parse().map_err(io::Error::other)?;
    let any = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let proxy = Proxy::start(any, to, Script::default(), tap)?;
    let end = if scheme.is_empty() { "" } else { "/" };
    let ours = format!("{scheme}{}{end}", proxy.address());
    Ok((proxy, ours))
}

/// What was seen on the line I/O's link; clones look at the same.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Seen>>, Arc<Mutex<Vec<u64>>>);

/// See [`Wire`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    heartbeat: u16,
    /// Heartbeats of the line thread, over restarts of the service.
    pub beats: u64,
    /// The service lets the belt run.
    pub runs: bool,
    io_epoch: u32,
    /// Encoder pulses of the line I/O's last answer.
    pub encoder: u64,
    /// Permit epoch of the line I/O.
    pub permit_epoch: u32,
    /// Answers of the line I/O.
    pub answers: u64,
    /// Farthest that the belt went between two answers.
    pub travel_max: u64,
    /// How far it went to the first answer since [`Wire::watch_next`], and the permit epoch there:
    /// nothing that comes from a new service has been obeyed by then.
    pub next: Option<(u64, u32)>,
    watches: bool,
}

impl Wire {
    /// A tap for the proxy of the line I/O.
    #[must_use]
    pub fn tap(&self) -> Tap {
        let wire = self.clone();
        Box::new(move |direction, frame| {
            if frame.get(MBAP) != Some(&FC23) {
                return;
            }
            match direction {
                Direction::ToDevice => {
                    if let Ok(command) = LineIoCommand::decode(&words(frame, REQUEST)) {
                        wire.command(&command);
                    }
                }
                Direction::ToController => {
                    if let Ok(status) = LineIoStatus::decode(&words(frame, ANSWER)) {
                        wire.lock().status(&status);
                    }
                }
            }
        })
    }

    /// The next answer of the line I/O tells what has become of belt and permits until then.
    pub fn watch_next(&self) {
        let mut seen = self.lock();
        (seen.next, seen.watches) = (None, true);
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn command(&self, command: &LineIoCommand) {
        let mut seen = self.lock();
        if seen.command(command) {
            self.stops().push(seen.beats);
        }
    }

    /// Heartbeats at which the run permit was taken back.
    fn stops(&self) -> MutexGuard<'_, Vec<u64>> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Heartbeat at which the run permit was taken back first, after this one.
    #[must_use]
    pub fn first_stop_after(&self, beat: u64) -> Option<u64> {
        self.stops().iter().copied().find(|stop| *stop >= beat)
    }

    /// What has been seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        *self.lock()
    }
}

fn words(frame: &[u8], from: usize) -> Vec<u16> {
    let bytes = frame.get(from..).unwrap_or_default();
    bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

impl Seen {
    /// True: the run permit is taken back.
    fn command(&mut self, command: &LineIoCommand) -> bool {
        let passed = command.heartbeat.wrapping_sub(self.heartbeat);
        // Of another process, or of a frame that came late, the distance means nothing.
        self.beats += if passed < 1_000 { u64::from(passed) } else { 1 };
        self.heartbeat = command.heartbeat;
        let runs = command.outputs & outputs::RUN != 0;
        core::mem::replace(&mut self.runs, runs) && !runs
    }

    fn status(&mut self, status: &LineIoStatus) {
        if status.epoch == self.io_epoch {
            let travel = status.encoder.saturating_sub(self.encoder);
            self.travel_max = self.travel_max.max(travel);
            if core::mem::take(&mut self.watches) {
                self.next = Some((travel, status.permit_epoch));
            }
        }
        self.io_epoch = status.epoch;
        self.encoder = status.encoder;
        self.permit_epoch = status.permit_epoch;
        self.answers += 1;
    }
}
