//! How a recording ends: in order, at its bound, with a gap, without its line, without a disk; the
//! one who pushes is never held up.

use super::*;
use crate::recordings::{Origin, header};
use line_core::ids::RecordSeq;
use line_core::line_config::LineConfig;
use line_core::station::StationRules;
use line_core::verify::BatchData;
use recording::{Item, Reader as Blocks};
use ringbuf::traits::{Producer, Split};
use ringbuf::{HeapProd, HeapRb};
use tempfile::TempDir;

const BATCH: &str = "B-1";

struct Plant {
    dir: TempDir,
    state: Arc<RecorderState>,
    thread: JoinHandle<()>,
    ring: HeapProd<Timed>,
    signs: Arc<Signs>,
}

fn data() -> BatchData {
    BatchData {
        gtin: "04150037528643".parse().expect("a GTIN"),
        expiry: codes::Expiry::from_ymd(2028, 12, 31).expect("a date"),
        lot: "LOT42".parse().expect("a lot"),
        national: None,
        stations: StationRules::default(),
    }
}

/// A recorder with a ring of `slots` and bounds in bytes, in a directory that `prepare` has seen.
fn plant(slots: usize, bound: u64, prepare: impl FnOnce(&Path)) -> Plant {
    let dir = tempfile::tempdir().expect("a directory");
    prepare(dir.path());
    let origin = Origin { batch: BATCH.into(), ..Origin::default() };
    let recording = Recording {
        store: Store::bounded(dir.path(), bound, 1 << 40),
        header: header(origin, LineConfig::resting(true), &data(), &[], (1, 0)),
        serials: None,
        recovered: vec![Input::LedgerFault],
        ledger: dir.path().join("ledger.db"),
    };
    let (ring, consumer) = HeapRb::<Timed>::new(slots).split();
    let signs = Arc::new(Signs::default());
    let (state, thread) = start(recording, consumer, signs.clone()).expect("a thread");
    Plant { dir, state, thread, ring, signs }
}

fn input(n: u64) -> Timed {
    Timed { now: Nanos(n * 1_000), input: Input::Watermark(RecordSeq(n * n)) }
}

impl Plant {
    /// As the line thread does it.
    fn push(&mut self, n: u64) -> bool {
        if !self.state.is_recording() {
            return false;
        }
        let taken = self.ring.try_push(input(n)).is_ok();
        if !taken {
            self.state.lose();
        }
        taken
    }

    /// Pushes as fast as the recorder follows.
    fn push_slowly(&mut self, n: u64) {
        while self.state.is_recording() && self.ring.is_full() {
            std::thread::yield_now();
        }
        self.push(n);
    }

    /// The line thread ends; what was recorded then, the state, and whether the file was torn.
    fn ended(self) -> (Vec<Timed>, Option<End>, Option<&'static str>) {
        let Self { dir, state, thread, ring, .. } = self;
        drop(ring);
        thread.join().expect("the recorder ends");
        let file = dir.path().join("recordings").join(BATCH).join("0001.rec");
        let bytes = std::fs::read(file).unwrap_or_default();
        let (mut inputs, mut end) = (Vec::new(), None);
        if let Ok(mut blocks) = Blocks::new(&bytes) {
            while let Some(item) = blocks.next_item().expect("whole blocks") {
                match item {
                    Item::Inputs(more) => inputs.extend(more),
                    Item::End { end: why, .. } => end = Some(why),
                    _ => {}
                }
            }
        }
        (inputs, end, state.ended_early())
    }
}

/// What was recovered first, then what was pushed, in order.
fn check(inputs: &[Timed], pushed: u64) {
    let recovered = Timed { now: Nanos(0), input: Input::LedgerFault };
    let expected = std::iter::once(recovered).chain((0..pushed).map(input));
    assert_eq!(inputs, expected.collect::<Vec<_>>());
}

#[test]
fn a_run_that_ends_in_order_is_whole() {
    let mut plant = plant(64, 1 << 20, |_| {});
    (0..500).for_each(|n| plant.push_slowly(n));
    plant.signs.stop();
    let (inputs, end, early) = plant.ended();
    check(&inputs, 500);
    assert_eq!((end, early), (Some(End::Clean), None));
}

#[test]
fn a_line_thread_that_dies_leaves_no_end() {
    let mut plant = plant(64, 1 << 20, |_| {});
    (0..20).for_each(|n| plant.push_slowly(n));
    let (inputs, end, early) = plant.ended();
    check(&inputs, 20);
    assert_eq!((end, early), (None, None));
}

#[test]
fn a_lost_ledger_is_told() {
    let plant = plant(64, 1 << 20, |_| {});
    plant.signs.lose_ledger();
    plant.signs.stop();
    assert_eq!(plant.ended().1, Some(End::LedgerLost));
}

#[test]
fn at_its_bound_a_recording_ends_and_says_so() {
    let mut plant = plant(64, 4_000, |_| {});
    (0..100_000).for_each(|n| plant.push_slowly(n));
    assert!(!plant.push(0), "pushed into a recording that has ended");
    plant.signs.stop();
    let file = plant.dir.path().join("recordings").join(BATCH).join("0001.rec");
    let state = plant.state.clone();
    while state.is_recording() {
        std::thread::yield_now();
    }
    let size = std::fs::metadata(file).expect("a file").len();
    let (inputs, end, early) = plant.ended();
    assert!(inputs.len() > 100 && size <= 4_000, "{} in {size}", inputs.len());
    check(&inputs, inputs.len() as u64 - 1);
    assert_eq!((end, early), (Some(End::Full), Some("recording_full")));
}

/// More than the ring holds before the recorder looks into it again.
#[test]
fn a_recorder_that_does_not_follow_ends_with_a_gap() {
    let mut plant = plant(8, 1 << 20, |_| {});
    let taken = (0..1_000_000).take_while(|&n| plant.push(n)).count() as u64;
    assert!(taken < 1_000_000, "the ring was never full");
    assert!(!plant.push(taken), "pushed behind a gap");
    plant.signs.stop();
    let (inputs, end, early) = plant.ended();
    check(&inputs, taken);
    assert_eq!((end, early), (Some(End::Gap), Some("recording_gap")));
}

#[test]
fn a_directory_that_cannot_be_used_costs_the_recording_only() {
    let blocked =
        |dir: &Path| std::fs::write(dir.join("recordings"), "in the way").expect("a file");
    let mut plant = plant(8, 1 << 20, blocked);
    while plant.state.is_recording() {
        std::thread::yield_now();
    }
    assert!(!plant.push(0));
    plant.signs.stop();
    assert_eq!(plant.ended().2, Some("recording_failed"));
}

#[test]
fn a_bound_of_zero_records_nothing() {
    let mut plant = plant(8, 0, |_| {});
    assert!(!plant.push(0));
    let (inputs, end, early) = plant.ended();
    assert_eq!((inputs.len(), end, early), (0, None, None));
}
