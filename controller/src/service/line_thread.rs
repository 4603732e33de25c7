//! The line thread: drains its rings, runs the core, hands its outputs on, makes the heartbeat.
//!
//! No async, no allocation after start, no file. Must never wait for anything but its next input:
//! a full ring stops the line (the heartbeat stops with it), it never drops a record.

use super::clock::MonotonicClock;
use super::metrics::Metrics;
use super::recorder::RecorderState;
use super::rings::{LineEnds, Signs};
use super::view::{LineView, SharedView};
use super::wake::push_or_wait;
use devices::ImageRequest;
use line_core::event::{Input, Output};
use line_core::ids::Nanos;
use line_core::line::Line;
use line_core::record::Verdict;
use recording::Timed;
use ringbuf::HeapProd;
use ringbuf::traits::{Consumer, Observer, Producer};
use std::sync::Arc;
use std::time::Duration;

/// The line thread sleeps at most this long.
const NAP: Duration = Duration::from_millis(5);
/// What people see is brought up to date this often.
const VIEW_EVERY: Nanos = Nanos::from_ms(100);
/// Inputs of one ring in a row before the others have their turn.
const TURN: usize = 64;

/// Which images are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None.
    None,
    /// Of rejected packs.
    Rejected,
    /// Of every pack.
    All,
}

/// Everything the line thread owns.
pub struct LineThread {
    /// The core.
    pub line: Box<Line>,
    /// Its rings.
    pub ends: LineEnds,
    /// Shared signs.
    pub signs: Arc<Signs>,
    /// Monotonic time.
    pub clock: MonotonicClock,
    /// Latencies.
    pub metrics: Metrics,
    /// What people see.
    pub view: SharedView,
    /// Wishes for images.
    pub images: HeapProd<ImageRequest>,
    /// Which images are wanted.
    pub keep: Keep,
    /// A fifth of `heartbeat_ms_max`.
    pub beat_every: Nanos,
    /// How the recording stands.
    pub recorder: Arc<RecorderState>,
}

impl LineThread {
    /// Runs until the signs say stop.
    pub fn run(mut self) {
        self.signs.i_am_the_line();
        let (mut beat_at, mut view_at) = (Nanos::default(), Nanos::default());
        while !self.signs.stopping() {
            let busy = self.turn();
            let now = self.clock.now();
            if now >= beat_at && !self.line.overflowed() {
                self.signs.beat();
                beat_at = now.plus(self.beat_every);
            }
            if now >= view_at {
                self.publish();
                view_at = now.plus(VIEW_EVERY);
            }
            if !busy {
                self.give(Input::Tick, None);
                self.signs.wait_as_line(NAP);
            }
        }
        self.publish();
    }

    /// One turn over every ring; true when there was something.
    fn turn(&mut self) -> bool {
        let mut busy = self.take_watermarks();
        for ring in 0..self.ends.inputs.len() {
            for _ in 0..TURN {
                let Some(received) = self.ends.inputs[ring].try_pop() else { break };
                busy = true;
                self.give(received.input, Some(received.at));
            }
        }
        while let Some(command) = self.ends.commands.try_pop() {
            busy = true;
            self.give(Input::Command(command), None);
        }
        busy
    }

    fn take_watermarks(&mut self) -> bool {
        let (risen, lost) = self.ends.durable.news();
        if let Some(seq) = risen {
            self.metrics.durable(seq, self.clock.now());
            self.give(Input::Watermark(seq), None);
        }
        if lost {
            self.give(Input::LedgerFault, None);
        }
        risen.is_some() || lost
    }

    fn give(&mut self, input: Input, received: Option<Nanos>) {
        // Results alone are measured from their reception.
        let is_proof = matches!(input, Input::CameraResult(_) | Input::StationResult(_));
        let received = received.filter(|_| is_proof);
        // Whole microseconds: a recording tells them in half the bytes.
        let now = Nanos(self.clock.now().0 / 1_000 * 1_000);
        self.remember(Timed { now, input });
        self.line.handle(now, input);
        while let Some(output) = self.line.poll() {
            self.hand_on(output, received);
        }
    }

    /// One push; when the recorder does not follow, the recording ends here and the line runs on.
    fn remember(&mut self, timed: Timed) {
        if self.recorder.is_recording() && self.ends.recorder.try_push(timed).is_err() {
            self.recorder.lose();
        }
    }

    fn hand_on(&mut self, output: Output, received: Option<Nanos>) {
        self.metrics.output(&output, self.clock.now(), received);
        match output {
            Output::Record(record) => {
                self.wait_for_room(|ends| ends.records.try_push(record).is_ok())
            }
            Output::Answer(answer) => {
                // Whoever has the answer sees what came of it.
                self.publish();
                let _ = self.ends.answers.try_push(answer);
            }
            Output::Dispatch(_) | Output::FlushLabeler { .. } => self.order_device(1, output),
            Output::Trigger { .. }
            | Output::Permit { .. }
            | Output::Revoke { .. }
            | Output::NewPermitEpoch { .. }
            | Output::LineIoOutputs { .. }
            | Output::Consumed { .. } => self.order_device(0, output),
            Output::Decided { track, verdict, result_seq, .. } => {
                let accepted = verdict == Verdict::Accept;
                let wanted = match self.keep {
                    Keep::None => false,
                    Keep::Rejected => !accepted,
                    Keep::All => true,
                };
                if let (true, Some(seq)) = (wanted, result_seq) {
                    let _ = self.images.try_push(ImageRequest { seq, track, accepted });
                }
            }
            Output::PermitAcknowledged { .. } => {}
        }
    }

    fn order_device(&mut self, device: usize, output: Output) {
        self.wait_for_room(|ends| ends.outputs[device].try_push(output).is_ok());
    }

    /// A record or an order to a device is never dropped: while there is no room the heartbeat
    /// stands still, and the line I/O closes the gate by itself.
    fn wait_for_room(&mut self, mut push: impl FnMut(&mut LineEnds) -> bool) {
        let Self { ends, signs, .. } = self;
        let pause = || std::thread::sleep(Duration::from_micros(200));
        push_or_wait(|| push(ends), || signs.stopping(), pause);
    }

    fn publish(&mut self) {
        if let Ok(mut view) = self.view.try_lock() {
            LineView::fill(&mut view, &self.line, &self.metrics);
            view.ring_fill = self.ends.records.occupied_len();
        }
    }
}
