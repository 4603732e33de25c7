//! The real ledger thread on a disk that loses power, fails, fills up and stalls (faults, rows 1,
//! 3, 4 and 5).

use super::super::rings::{CommandEnds, LineEnds, Rings, rings};
use super::super::sample::spec;
use super::*;
use crash_vfs::{Cut, Disk, Fault, Medium, Mount, Random, Replay};
use ledger::{Chain, LedgerKind, Reader, ServiceBody, keys};
use line_core::ids::{EncoderCount, Epoch, IoSeq, Nanos, RecordSeq};
use line_core::limits::RECORD_RING;
use line_core::record::{Device, RecordBody};
use ringbuf::traits::{Observer, Producer};
use std::time::Instant;
use tempfile::TempDir;

/// Records of one trial.
const RECORDS: u64 = 60;
/// Nothing that is waited for takes so long on the slowest machine.
const SAFETY_NET: Duration = Duration::from_secs(60);

/// The thread with a loaded order, on a disk of its own.
struct Floor {
    disk: Arc<Disk>,
    line: LineEnds,
    signs: Arc<Signs>,
    ledger: LedgerHandle,
    thread: Option<JoinHandle<()>>,
    _commands: CommandEnds,
    batch: BatchNo,
    path: PathBuf,
    /// Events of the order before its first record.
    before: u64,
    _mount: Mount,
    _dir: TempDir,
}

fn record(seq: u64) -> Record {
    Record {
        seq: RecordSeq(seq),
        now: Nanos(seq),
        io_epoch: Epoch(1),
        io_seq: IoSeq(seq as u32),
        encoder: EncoderCount(seq),
        body: RecordBody::LinkUp { device: Device::Camera, epoch: Epoch(1) },
    }
}

fn loaded(ledger: &mut Ledger) -> BatchNo {
    let spec = spec("B-1");
    let now = wall_clock();
    ledger.set_authority(now, spec.gtin, Some("all"), "test").unwrap();
    let batch = ledger.open_batch(now, &spec).unwrap();
    ledger.allocate_slice(now, batch, 0, &["A1".parse().unwrap()]).unwrap();
    ledger.finish_allocation(now, batch).unwrap();
    batch
}

fn events(path: &std::path::Path, batch: BatchNo) -> u64 {
    let head = Reader::open(path).and_then(|reader| reader.head(Chain::Batch(batch)));
    head.unwrap().map_or(0, |(events, _)| events)
}

impl Floor {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = keys::make(dir.path()).unwrap();
        let disk = Disk::new();
        let mount = Mount::at(dir.path(), disk.clone()).unwrap();
        let path = dir.path().join("ledger.db");
        let line_id = "LINE-1".parse().unwrap();
        let kind = LedgerKind::Simulation;
        let mut ledger = Ledger::create(&path, kind, &line_id, &key, wall_clock()).unwrap();
        let batch = loaded(&mut ledger);
        let before = events(&path, batch);
        let (handle, thread) = start(ledger).unwrap();
        let Rings { line, ledger, commands, signs, .. } = rings(0);
        handle.attach(ledger, batch, signs.clone()).unwrap();
        // Attached before the first record: what follows is the thread's work.
        handle.with(|_| ()).unwrap();
        let thread = Some(thread);
        Self {
            disk,
            line,
            signs,
            ledger: handle,
            thread,
            _commands: commands,
            batch,
            path,
            before,
            _mount: mount,
            _dir: dir,
        }
    }

    fn push(&mut self, seqs: std::ops::RangeInclusive<u64>) {
        seqs.for_each(|seq| self.line.records.try_push(record(seq)).unwrap());
    }

    /// Waits until the thread has told `enough`.
    fn listen(&self, enough: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while !enough(self) {
            let told = &self.signs.durable;
            assert!(since.elapsed() < SAFETY_NET, "waited in vain; told: {told:?}");
            std::thread::yield_now();
        }
    }

    fn watermark(&self) -> u64 {
        self.signs.durable.durable()
    }

    fn faulted(&self) -> bool {
        self.signs.durable.is_lost()
    }

    /// Waits for the thread's end.
    fn end(&mut self) {
        self.ledger.end();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Records on the disk after a power cut now, with nothing un-synced.
    fn durable(&self) -> u64 {
        let trace = self.disk.trace();
        let mut replay = Replay::new(&trace, Medium::Honest);
        while replay.step() {}
        let image = replay.image(Cut::Dropped, &mut Random::new(0));
        let dir = tempfile::tempdir().unwrap();
        let _mount = Mount::at(dir.path(), Disk::holding(&image)).unwrap();
        events(&dir.path().join("ledger.db"), self.batch) - self.before
    }
}

#[test]
fn i2_a_watermark_is_never_ahead_of_the_disk() {
    for after in 0..40 {
        let mut floor = Floor::new();
        floor.disk.fault(floor.disk.operations() + after, Fault::Cut);
        floor.push(1..=RECORDS);
        floor.listen(|floor| floor.faulted() || floor.watermark() == RECORDS);
        floor.end();
        let (told, durable) = (floor.watermark(), floor.durable());
        assert!(told <= durable, "cut after {after}: {told} told, {durable} on the disk");
    }
}

#[test]
fn i2_an_io_error_is_a_fault_and_nothing_is_told_after_it() {
    for (after, fault) in (0..12).flat_map(|n| [(n, Fault::Error), (n, Fault::ErrorAfter)]) {
        let mut floor = Floor::new();
        floor.disk.fault(floor.disk.operations() + after, fault);
        floor.push(1..=RECORDS);
        floor.listen(Floor::faulted);
        assert!(floor.signs.ledger_lost());
        let told = floor.watermark();
        let about = format!("{fault:?} after {after}");
        // The thread has a new handle: other work goes on, the order's records do not.
        let recovery = floor.ledger.with(|ledger| ledger.recover(BatchNo(1)).is_ok());
        assert!(recovery.unwrap(), "{about}");
        floor.line.records.try_push(record(RECORDS + 1)).unwrap();
        floor.ledger.with(|_| ()).unwrap();
        floor.end();
        assert_eq!(floor.watermark(), told, "{about}: told after the fault");
        assert!(told <= events(&floor.path, floor.batch) - floor.before, "{about}");
    }
}

#[test]
fn a_full_disk_holds_the_watermark_until_there_is_room() {
    let mut floor = Floor::new();
    floor.disk.limit(floor.disk.used());
    floor.push(1..=RECORDS);
    floor.listen(|floor| floor.line.records.is_empty());
    floor.disk.repair();
    floor.listen(|floor| floor.watermark() == RECORDS);
    floor.end();
    assert!(!floor.faulted(), "{:?}", floor.signs.durable);
    assert_eq!(floor.durable(), RECORDS);
}

#[test]
fn i7_a_stalled_disk_bounds_what_waits() {
    let mut floor = Floor::new();
    floor.disk.fault(floor.disk.operations(), Fault::Stall);
    floor.push(1..=1);
    floor.disk.wait_for_stall();
    let mut next = 2;
    while floor.line.records.try_push(record(next)).is_ok() {
        next += 1;
    }
    assert_eq!(next - 2, RECORD_RING as u64, "the ring is all that waits");
    assert_eq!(floor.watermark(), 0);
    floor.disk.resume();
    floor.listen(|floor| floor.watermark() == next - 1);
    floor.end();
    assert_eq!(floor.durable(), next - 1);
}

/// A job's commit without answer is the order's, too: the line learns of it at once, and the next
/// job has a handle that lives.
#[test]
fn i2_a_dead_handle_is_replaced_after_a_job() {
    let mut floor = Floor::new();
    floor.disk.fault(floor.disk.operations() + 1, Fault::Error);
    let note = |ledger: &mut Ledger| {
        let body = ServiceBody::ServiceStop { clean: true };
        ledger.append_service(wall_clock(), Chain::Site, &body).is_ok()
    };
    assert!(!floor.ledger.with(note).unwrap(), "the disk failed");
    floor.listen(Floor::faulted);
    assert!(floor.signs.ledger_lost());
    assert!(floor.ledger.with(note).unwrap(), "a new handle");
    floor.end();
}
