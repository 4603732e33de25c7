//! Every ring between the threads of a running order, in one place: who fills it, who empties it,
//! and how many fit.
//!
//! Made once per run. Must never block: a full ring is said, nothing is dropped silently.

use super::wake::{Bell, Watermark};
use hmi::Problem;
use line_core::event::{Command, Input, Output, Refusal};
use line_core::ids::{Nanos, RecordSeq};
use line_core::limits::{COMMAND_RING, INPUT_RING, OUTPUT_RING, RECORD_RING, RECORDER_RING};
use line_core::record::Record;
use recording::Timed;
use ringbuf::traits::Split;
use ringbuf::{HeapCons, HeapProd, HeapRb};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

/// A device's input with the time at which it was received.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// When its adapter had it.
    pub at: Nanos,
    /// What it is.
    pub input: Input,
}

/// The line thread's ends.
pub struct LineEnds {
    /// From line I/O, labeler and camera, and from each station beside it.
    pub inputs: Vec<HeapCons<Received>>,
    /// To line I/O, labeler and camera.
    pub outputs: [HeapProd<Output>; 3],
    /// To the ledger.
    pub records: HeapProd<Record>,
    /// From the ledger.
    pub durable: DurableEnd,
    /// From people.
    pub commands: HeapCons<Command>,
    /// To people, one for each command.
    pub answers: HeapProd<Result<(), Refusal>>,
    /// To the recorder: each input as the core gets it.
    pub recorder: HeapProd<Timed>,
}

/// A device thread's ends.
pub struct DeviceEnds {
    /// To the line.
    pub inputs: HeapProd<Received>,
    /// From the line; none for a station, to which nothing goes.
    pub outputs: Option<HeapCons<Output>>,
}

/// The ledger thread's ends.
pub struct LedgerEnds {
    /// From the line; what is durable goes back by [`Signs::durable`].
    pub records: HeapCons<Record>,
}

/// The command side's ends.
pub struct CommandEnds {
    /// To the line.
    pub commands: HeapProd<Command>,
    /// From the line.
    pub answers: HeapCons<Result<(), Refusal>>,
}

/// What the line has heard of the ledger.
#[derive(Debug)]
pub struct DurableEnd {
    signs: Arc<Signs>,
    seen: u64,
    lost: bool,
}

impl DurableEnd {
    /// The watermark when it has risen, and whether the ledger was lost: each once.
    pub fn news(&mut self) -> (Option<RecordSeq>, bool) {
        // The loss first: what was durable before it is then seen, too.
        let lost = self.signs.durable.is_lost() && !self.lost;
        let durable = self.signs.durable.durable();
        let risen = durable > self.seen;
        (self.seen, self.lost) = (durable, self.lost || lost);
        (risen.then_some(RecordSeq(durable)), lost)
    }
}

/// Signs that every thread of a run shares.
#[derive(Debug, Default)]
pub struct Signs {
    stop: AtomicBool,
    pub(super) durable: Watermark,
    heartbeat: AtomicU16,
    line: Bell,
}

impl Signs {
    /// Asks every thread to end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.wake_line();
    }

    /// True when the threads shall end.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// The ledger's handle is dead: reopen and recover.
    pub fn lose_ledger(&self) {
        self.durable.lose();
        self.wake_line();
    }

    /// Every record up to here is on disk: the commit has returned.
    pub fn durable(&self, seq: RecordSeq) {
        self.durable.publish(seq.0);
        self.wake_line();
    }

    /// True when the ledger's handle is dead.
    pub fn ledger_lost(&self) -> bool {
        self.durable.is_lost()
    }

    /// The line thread's counter: one more.
    pub fn beat(&self) {
        self.heartbeat.fetch_add(1, Ordering::AcqRel);
    }

    /// The line thread's counter.
    pub fn heartbeat(&self) -> u16 {
        self.heartbeat.load(Ordering::Acquire)
    }

    /// The calling thread is the line thread.
    pub fn i_am_the_line(&self) {
        self.line.attend();
    }

    /// The line thread waits until it is woken, at most so long.
    pub fn wait_as_line(&self, at_most: Duration) {
        self.line.wait(at_most);
    }

    /// Wakes the line thread.
    pub fn wake_line(&self) {
        self.line.ring();
    }
}

/// The ends of every ring, to be handed to the threads.
pub struct Rings {
    /// For the line thread.
    pub line: LineEnds,
    /// For line I/O, labeler and camera.
    pub devices: [DeviceEnds; 3],
    /// For the stations beside the camera.
    pub stations: Vec<DeviceEnds>,
    /// For the ledger thread.
    pub ledger: LedgerEnds,
    /// For the command side.
    pub commands: CommandEnds,
    /// For the recorder.
    pub recorder: HeapCons<Timed>,
    /// Shared.
    pub signs: Arc<Signs>,
}

/// Makes the rings of one run on a line with so many stations beside the camera.
#[must_use]
pub fn rings(stations: usize) -> Rings {
    let device = || {
        let (input_prod, input_cons) = HeapRb::<Received>::new(INPUT_RING).split();
        let (output_prod, output_cons) = HeapRb::<Output>::new(OUTPUT_RING).split();
        let ends = DeviceEnds { inputs: input_prod, outputs: Some(output_cons) };
        (ends, input_cons, output_prod)
    };
    let [(io, io_in, io_out), (labeler, labeler_in, labeler_out), (camera, camera_in, camera_out)] =
        [device(), device(), device()];
    let mut inputs = vec![io_in, labeler_in, camera_in];
    let beside = (0..stations).map(|_| {
        let (input_prod, input_cons) = HeapRb::<Received>::new(INPUT_RING).split();
        inputs.push(input_cons);
        DeviceEnds { inputs: input_prod, outputs: None }
    });
    let stations = beside.collect();
    let (record_prod, record_cons) = HeapRb::<Record>::new(RECORD_RING).split();
    let signs = Arc::new(Signs::default());
    let (command_prod, command_cons) = HeapRb::<Command>::new(COMMAND_RING).split();
    let (answer_prod, answer_cons) = HeapRb::new(COMMAND_RING).split();
    let (taken_prod, taken_cons) = HeapRb::<Timed>::new(RECORDER_RING).split();
    Rings {
        line: LineEnds {
            inputs,
            outputs: [io_out, labeler_out, camera_out],
            records: record_prod,
            durable: DurableEnd { signs: Arc::clone(&signs), seen: 0, lost: false },
            commands: command_cons,
            answers: answer_prod,
            recorder: taken_prod,
        },
        devices: [io, labeler, camera],
        stations,
        ledger: LedgerEnds { records: record_cons },
        commands: CommandEnds { commands: command_prod, answers: answer_cons },
        recorder: taken_cons,
        signs,
    }
}

/// The core's refusal in words.
#[must_use]
pub fn refusal(refusal: Refusal, place: &str) -> Problem {
    use Refusal as R;
    let (code, what, remedy) = match refusal {
        R::WrongState => (
            "wrong_state",
            "the line does not allow this in its present PackML state",
            "look at unit_state and holds in the status",
        ),
        R::DeviceNotReady => (
            "device_not_ready",
            "a device does not answer, or has not confirmed the order's recipe",
            "look at devices in the status; bring the device back",
        ),
        R::UnresolvedPacks => (
            "unresolved_packs",
            "packs wait for a person to say what became of them",
            "find each and use `packline order resolve BATCH TRACK --as ..`",
        ),
        R::UnknownPack => ("unknown_pack", "there is no such pack", "check the track"),
        R::NotUnresolved => {
            ("not_unresolved", "this pack's fate is known already", "nothing is to be done")
        }
        R::NotAccepted => (
            "not_accepted",
            "the pack was never accepted: it must not count as good",
            "take it off the line and resolve it as removed",
        ),
        R::NoExitEdge => (
            "no_exit_edge",
            "the exit counter has no passage left that could be this pack's",
            "take it off the line and resolve it as removed",
        ),
        R::CauseRemains => (
            "cause_remains",
            "a cause of the hold is still there",
            "look at holds in the status and remove the cause",
        ),
    };
    Problem::new(409, code, what).at(place).remedy(remedy)
}
