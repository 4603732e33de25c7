//! What can be shown without a Raspberry Pi: the refusal, and what the interrupt threads hand on.

use super::*;

const PROFILE: &str = include_str!("../../../../../../config/devices/line-io-gpio.toml");

fn is_a_pi() -> bool {
    let model = std::fs::read_to_string("/proc/device-tree/model").unwrap_or_default();
    model.contains("Raspberry Pi")
}

#[test]
fn off_a_raspberry_pi_the_refusal_says_what_to_do() {
    if is_a_pi() {
        return; // Here the bench procedure of docs/gpio.md is the test.
    }
    let profile = LineIoGpio::load(PROFILE).unwrap();
    let error = RppalPins::open(&profile).map(drop).unwrap_err().to_string();
    for part in ["no GPIO of a Raspberry Pi", "choose another line I/O", "devices.line_io"] {
        assert!(error.contains(part), "{part:?} not in {error:?}");
    }
}

#[test]
fn every_refusal_is_a_sentence() {
    let table = [
        (Error::PermissionDenied("/dev/gpiomem".into()), "group gpio"),
        (Error::PinUsed(4), "BCM 4 is in use"),
        (Error::PinNotAvailable(40), "no pin BCM 40"),
        (Error::ThreadPanic, "ended"),
    ];
    for (error, part) in table {
        let text = refused("take an input", &error).to_string();
        assert!(text.starts_with("take an input: ") && text.contains(part), "{text}");
    }
}

fn event(seqno: u32, at_us: u64, trigger: Trigger) -> Event {
    Event { timestamp: Duration::from_micros(at_us), seqno, trigger }
}

#[test]
fn a_gap_in_the_kernels_numbers_is_told() {
    // numbers of a pin's edges, lost
    for (numbers, expected) in [([7, 8, 9], false), ([7, 9, 10], true), ([1, 1, 2], true)] {
        let (sender, edges) = sync_channel(10);
        let lost = Arc::new(AtomicBool::new(false));
        let mut callback = forward(17, sender, lost.clone());
        for (i, seqno) in numbers.into_iter().enumerate() {
            let trigger = if i % 2 == 0 { Trigger::RisingEdge } else { Trigger::FallingEdge };
            callback(event(seqno, 100 + i as u64, trigger));
        }
        assert_eq!(lost.load(Ordering::Acquire), expected, "{numbers:?}");
        let found: Vec<PinEdge> = edges.try_iter().collect();
        let levels: Vec<bool> = found.iter().map(|edge| edge.high).collect();
        assert_eq!(levels, [true, false, true]);
        assert_eq!((found[0].at, found[0].pin), (Nanos(100_000), 17));
    }
}

#[test]
fn a_full_ring_is_told_and_nobody_waits() {
    let (sender, _edges) = sync_channel(1);
    let lost = Arc::new(AtomicBool::new(false));
    let mut callback = forward(4, sender, lost.clone());
    callback(event(1, 1, Trigger::RisingEdge));
    assert!(!lost.load(Ordering::Acquire));
    callback(event(2, 2, Trigger::FallingEdge));
    assert!(lost.load(Ordering::Acquire));
}

/// Pins without a header: the ring and the clock are the real ones.
fn loose_pins() -> (RppalPins, SyncSender<PinEdge>) {
    let (sender, edges) = sync_channel(EDGES_MAX);
    let pins = RppalPins {
        inputs: [const { None }; PINS],
        outputs: [const { None }; PINS],
        edges,
        sorted: BinaryHeap::new(),
        lost: Arc::new(AtomicBool::new(false)),
    };
    (pins, sender)
}

#[test]
fn edges_of_different_threads_are_sorted_by_their_stamps() {
    let (mut pins, sender) = loose_pins();
    let start = monotonic();
    for (offset, pin) in [(300, 5), (100, 6), (400, 5), (200, 6)] {
        let edge = PinEdge { at: start.plus(Nanos(offset)), pin, high: true };
        sender.try_send(edge).unwrap();
    }
    let until = start.plus(Nanos::from_ms(2));
    let mut found = Vec::new();
    let end = loop {
        match pins.next(until) {
            PinInput::Edge(edge) => found.push(edge.at.since(start).0),
            PinInput::Time(now) => break now,
            PinInput::Lost => panic!("nothing was lost"),
        }
    };
    assert_eq!(found, [100, 200, 300, 400]);
    assert!(end >= until);
}
