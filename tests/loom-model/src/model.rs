//! What must be true in every interleaving, and each planted fault: the protocol with one step
//! changed, which loom must find.
//!
//! The line is the first thread of each model. A thread that may still ring is not joined: the
//! model ends when all have ended.

use crate::ring::Ring;
use crate::sleeper::Sleeper;
use crate::wake::{Bell, Watermark, push_or_wait};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::thread;
use std::time::Duration;

const NAP: Duration = Duration::from_millis(5);

/// A model and what is expected of it.
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Switches between threads that are tried at most; all when there is no number.
    pub switches: Option<usize>,
    /// True when loom must find a fault.
    pub planted: bool,
    /// One execution.
    pub run: fn(),
}

const fn holds(name: &'static str, switches: Option<usize>, run: fn()) -> Case {
    Case { name, switches, planted: false, run }
}

const fn planted(name: &'static str, switches: Option<usize>, run: fn()) -> Case {
    Case { name, switches, planted: true, run }
}

/// Every model.
pub const CASES: &[Case] = &[
    holds("no-call-is-lost", None, || line_and_devices(1, |bell| bell.wait(NAP))),
    holds("no-call-of-two-is-lost", Some(2), || line_and_devices(2, |bell| bell.wait(NAP))),
    holds("watermark-behind-commit", Some(3), || line_and_ledger(commit_then_publish)),
    holds("full-ring-loses-nothing", Some(3), || beats_and_records(wait_for_room)),
    holds("stop-ends-the-wait", None, stop_ends_the_wait),
    holds("lost-ledger-is-heard-of", None, lost_ledger),
    planted("planted-park-without-a-look", None, || line_and_devices(1, |_| Sleeper::park(NAP))),
    planted("planted-flag-in-two-steps", None, flag_in_two_steps),
    planted("planted-publish-before-commit", Some(3), || line_and_ledger(publish_then_commit)),
    planted("planted-publish-without-release", None, publish_without_release),
    planted("planted-push-that-gives-up", Some(3), || beats_and_records(give_up)),
];

/// Devices fill their rings and ring; the line drains and waits. `wait` is what it does when there
/// was nothing.
fn line_and_devices(devices: usize, wait: fn(&Bell)) {
    let rings: Vec<_> = (0..devices).map(|_| Arc::new(Ring::new(2))).collect();
    let bell = Arc::new(Bell::default());
    for ring in &rings {
        let (ring, bell) = (Arc::clone(ring), Arc::clone(&bell));
        thread::spawn(move || {
            assert!(ring.push(7));
            bell.ring();
        });
    }
    bell.attend();
    let mut heard = 0;
    while heard < devices {
        let before = heard;
        for ring in &rings {
            while let Some(value) = ring.pop() {
                assert_eq!(value, 7);
                heard += 1;
            }
        }
        if heard == before {
            wait(&bell);
        }
    }
}

/// The flag is read and cleared in two steps: a call between them is lost.
fn flag_in_two_steps() {
    let (rung, ring) = (Arc::new(AtomicBool::new(false)), Arc::new(Ring::new(2)));
    let line = thread::current();
    let (device_rung, device_ring) = (Arc::clone(&rung), Arc::clone(&ring));
    thread::spawn(move || {
        for value in [7, 8] {
            assert!(device_ring.push(value));
            // Left out when the line is believed awake.
            if !device_rung.swap(true, Ordering::AcqRel) {
                line.unpark();
            }
        }
    });
    let mut heard = 0;
    while heard < 2 {
        while ring.pop().is_some() {
            heard += 1;
        }
        if heard < 2 {
            if !rung.load(Ordering::Acquire) {
                thread::park();
            }
            rung.store(false, Ordering::Release);
        }
    }
}

type Commit = fn(&AtomicU64, &Watermark, u64);

fn commit_then_publish(disk: &AtomicU64, mark: &Watermark, record: u64) {
    disk.store(record, Ordering::Relaxed);
    mark.publish(record);
}

fn publish_then_commit(disk: &AtomicU64, mark: &Watermark, record: u64) {
    mark.publish(record);
    disk.store(record, Ordering::Relaxed);
}

/// Records go to the ledger, which commits, publishes and rings; the line takes the watermark.
fn line_and_ledger(commit: Commit) {
    const RECORDS: u64 = 2;
    let (records, mark) = (Arc::new(Ring::new(1)), Arc::new(Watermark::default()));
    let (disk, bell) = (Arc::new(AtomicU64::new(0)), Arc::new(Bell::default()));
    let theirs = (Arc::clone(&records), Arc::clone(&mark), Arc::clone(&disk), Arc::clone(&bell));
    thread::spawn(move || {
        let (records, mark, disk, bell) = theirs;
        let mut committed = 0;
        while committed < RECORDS {
            let Some(record) = records.pop() else {
                thread::yield_now();
                continue;
            };
            committed += 1;
            assert_eq!(record, committed, "a record is missing or out of order");
            commit(&disk, &mark, record);
            bell.ring();
        }
    });
    bell.attend();
    let (mut seen, mut emitted) = (0, 0);
    while seen < RECORDS {
        let durable = mark.durable();
        assert!(durable >= seen, "the watermark fell");
        assert!(disk.load(Ordering::Relaxed) >= durable, "the watermark is ahead of the commit");
        assert!(durable <= emitted, "the watermark is ahead of the records");
        if durable > seen {
            seen = durable;
        } else if emitted < RECORDS {
            emitted += 1;
            assert!(push_or_wait(|| records.push(emitted), || false, thread::yield_now));
        } else {
            bell.wait(NAP);
        }
    }
}

/// A plain store: the commit need not be seen with the watermark.
fn publish_without_release() {
    let (disk, mark) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (their_disk, their_mark) = (Arc::clone(&disk), Arc::clone(&mark));
    thread::spawn(move || {
        their_disk.store(1, Ordering::Relaxed);
        their_mark.store(1, Ordering::Relaxed);
    });
    let durable = mark.load(Ordering::Acquire);
    assert!(disk.load(Ordering::Relaxed) >= durable, "the watermark is ahead of the commit");
}

fn wait_for_room(ring: &Ring, record: u64) {
    assert!(push_or_wait(|| ring.push(record), || false, thread::yield_now));
}

fn give_up(ring: &Ring, record: u64) {
    let _ = ring.push(record);
}

/// A full ring makes the line wait, and its heartbeat with it: each beat that is seen stands for
/// that many records in the ring or beyond it, none dropped.
fn beats_and_records(push: fn(&Ring, u64)) {
    const RECORDS: u64 = 3;
    let (records, beat) = (Arc::new(Ring::new(1)), Arc::new(AtomicU64::new(0)));
    let (their_records, their_beat) = (Arc::clone(&records), Arc::clone(&beat));
    thread::spawn(move || {
        for record in 1..=RECORDS {
            push(&their_records, record);
            their_beat.fetch_add(1, Ordering::AcqRel);
        }
    });
    let mut committed = 0;
    while committed < RECORDS {
        let beats = beat.load(Ordering::Acquire);
        while let Some(record) = records.pop() {
            assert_eq!(record, committed + 1, "a record is missing or out of order");
            committed = record;
        }
        assert!(committed >= beats, "beat {beats} and only {committed} records: one was dropped");
        thread::yield_now();
    }
}

/// A stop ends the wait for room, so that a dead ledger does not hold the service for ever.
fn stop_ends_the_wait() {
    let (records, stop) = (Arc::new(Ring::new(1)), Arc::new(AtomicBool::new(false)));
    assert!(records.push(1));
    let (their_records, their_stop) = (Arc::clone(&records), Arc::clone(&stop));
    let line = thread::spawn(move || {
        let stopping = || their_stop.load(Ordering::Acquire);
        assert!(!push_or_wait(|| their_records.push(2), stopping, thread::yield_now));
    });
    stop.store(true, Ordering::Release);
    line.join().expect("the line");
    assert_eq!((records.pop(), records.pop()), (Some(1), None));
}

/// What killed the ledger's handle is heard of although no watermark follows.
fn lost_ledger() {
    let (mark, bell) = (Arc::new(Watermark::default()), Arc::new(Bell::default()));
    let (their_mark, their_bell) = (Arc::clone(&mark), Arc::clone(&bell));
    thread::spawn(move || {
        their_mark.publish(1);
        their_mark.lose();
        their_bell.ring();
    });
    bell.attend();
    while !mark.is_lost() {
        bell.wait(NAP);
    }
    assert_eq!(mark.durable(), 1, "what was durable before is known");
}
