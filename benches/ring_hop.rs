//! A message from one thread to another: the ring and the wake-up that the service uses, beside
//! std's bounded channel, which wakes by itself.
//!
//! As in `controller/src/service/rings.rs`: a heap ring with caching ends, `unpark` after each
//! push, a consumer that drains and parks for at most 5 ms. Spinning shows what of it is the hop
//! and what the wake-up; the service itself never spins. Candidates take turns.

mod support;

use ringbuf::HeapRb;
use ringbuf::traits::{Consumer, Producer, Split};
use std::hint::{black_box, spin_loop};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{JoinHandle, Thread, park_timeout, sleep};
use std::time::{Duration, Instant};
use support::spread::Spread;
use support::table::{Table, ratio};
use support::{Done, Run, elapsed_ns};

/// As the service's input rings (`limits::INPUT_RING`).
const CAPACITY: usize = 4_096;
/// The line thread sleeps at most this long.
const NAP: Duration = Duration::from_millis(5);
/// Time between two messages: the receiver is asleep again.
const PAUSE: Duration = Duration::from_micros(150);
/// Messages of one round.
const MESSAGES: usize = 3_000;
/// Messages of one round without pauses.
const STREAM: usize = 400_000;
/// Rounds of each candidate.
const ROUNDS: usize = 5;

/// 128 bytes with the time at which they left.
#[derive(Clone, Copy)]
struct Message {
    sent: Instant,
    _body: [u8; 112],
}

const _: () = assert!(size_of::<Message>() == 128);

fn message() -> Message {
    Message { sent: Instant::now(), _body: [7; 112] }
}

/// One way from a thread to another.
trait Way: Copy + Send + 'static {
    type To: Send + 'static;
    type From: Send + 'static;
    fn make(self) -> (Self::To, Self::From);
    /// False when it is full.
    fn push(self, to: &mut Self::To, message: Message, receiver: &Thread) -> bool;
    /// Waits in this way's manner for one message.
    fn take(self, from: &mut Self::From) -> Option<Message>;
}

/// The service's ring; `spin` instead of parking.
#[derive(Clone, Copy)]
struct Ring {
    spin: bool,
}

impl Way for Ring {
    type To = ringbuf::HeapProd<Message>;
    type From = ringbuf::HeapCons<Message>;

    fn make(self) -> (Self::To, Self::From) {
        HeapRb::new(CAPACITY).split()
    }

    fn push(self, to: &mut Self::To, message: Message, receiver: &Thread) -> bool {
        let done = to.try_push(message).is_ok();
        if !self.spin {
            receiver.unpark();
        }
        done
    }

    fn take(self, from: &mut Self::From) -> Option<Message> {
        loop {
            if let Some(message) = from.try_pop() {
                return Some(message);
            }
            if self.spin { spin_loop() } else { park_timeout(NAP) }
        }
    }
}

/// std's bounded channel; `spin` instead of its own waiting.
#[derive(Clone, Copy)]
struct Channel {
    spin: bool,
}

impl Way for Channel {
    type To = SyncSender<Message>;
    type From = Receiver<Message>;

    fn make(self) -> (Self::To, Self::From) {
        sync_channel(CAPACITY)
    }

    fn push(self, to: &mut Self::To, message: Message, _: &Thread) -> bool {
        to.try_send(message).is_ok()
    }

    fn take(self, from: &mut Self::From) -> Option<Message> {
        if !self.spin {
            return from.recv().ok();
        }
        loop {
            if let Ok(message) = from.try_recv() {
                return Some(message);
            }
            spin_loop();
        }
    }
}

/// A receiver that notes how old each of `count` messages is.
fn receiver<W: Way>(way: W, mut from: W::From, count: usize) -> JoinHandle<Vec<u64>> {
    std::thread::spawn(move || {
        let mut ages = Vec::with_capacity(count);
        while ages.len() < count
            && let Some(message) = way.take(&mut from)
        {
            ages.push(elapsed_ns(message.sent));
            black_box(message);
        }
        ages
    })
}

fn round<W: Way>(way: W, count: usize, pause: Option<Duration>) -> (Vec<u64>, f64) {
    let (mut to, from) = way.make();
    let thread = receiver(way, from, count);
    let other = thread.thread().clone();
    let started = Instant::now();
    for _ in 0..count {
        if let Some(pause) = pause {
            sleep(pause);
        }
        while !way.push(&mut to, message(), &other) {
            std::thread::yield_now();
        }
    }
    let ages = thread.join().unwrap_or_default();
    (ages, elapsed_ns(started) as f64 / count as f64)
}

/// Ages and nanoseconds per message of every round.
#[derive(Default)]
struct Found {
    ages: Vec<u64>,
    stream: Vec<f64>,
}

impl Found {
    fn add<W: Way>(&mut self, way: W, run: Run) {
        self.ages.extend(round(way, run.scaled(MESSAGES), Some(PAUSE)).0);
        self.stream.push(round(way, run.scaled(STREAM), None).1);
    }

    /// Median of the rounds.
    fn stream(&self) -> f64 {
        let mut sorted = self.stream.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

fn main() -> Done {
    let run = Run::from_args();
    let setting = "128-byte message between two threads of one process, not pinned, ordinary \
                   scheduling; one message every 150 us and more. No transport, no camera.";
    run.open("ring_hop", setting);
    let mut found: [Found; 4] = Default::default();
    for _ in 0..ROUNDS {
        found[0].add(Ring { spin: false }, run);
        found[1].add(Channel { spin: false }, run);
        found[2].add(Ring { spin: true }, run);
        found[3].add(Channel { spin: true }, run);
    }
    let names = [
        "ring, park and unpark (as the service)",
        "peer: std sync_channel, recv",
        "ring, spinning",
        "peer: std sync_channel, spinning",
    ];
    let mut heads = vec!["way"];
    heads.extend(Spread::HEAD);
    heads.extend(["p50 / std", "without pauses, ns", "/ std"]);
    let mut table = Table::new(&heads);
    let streams = found.each_ref().map(Found::stream);
    let spreads = found.map(|found| Spread::new(found.ages));
    for (i, (name, spread)) in names.into_iter().zip(&spreads).enumerate() {
        let std = i | 1;
        let mut cells = spread.cells(1_000.0, 2);
        cells.push(ratio(spread.at(0.5) as f64, spreads[std].at(0.5) as f64));
        cells.push(format!("{:.0}", streams[i]));
        cells.push(ratio(streams[i], streams[std]));
        table.row(name, cells);
    }
    println!("Microseconds from push to pop ({} messages each):\n", run.scaled(MESSAGES) * ROUNDS);
    table.print();
    Ok(())
}
