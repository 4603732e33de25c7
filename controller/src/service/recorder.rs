//! The recorder thread: carries every input of the core from its ring into the batch's recording.
//!
//! Started with each run. It looks into its ring at intervals, so that the line thread never pays
//! for waking it. Must never make the line wait: when it cannot follow, when the disk does not
//! take it or the bound is reached, the recording ends and says so, and the line runs on.

use super::is_closed;
use super::rings::Signs;
use crate::recordings::{Store, StoreError};
use ledger::{LedgerError, Reader};
use line_core::event::Input;
use line_core::ids::Nanos;
use recording::{End, SegmentHeader, Timed, Writer};
use ringbuf::HeapCons;
use ringbuf::traits::{Consumer, Observer};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tracing::{info, warn};

/// Looks into the ring so often: at 4,000 inputs a second it holds 80 then.
const NAP: Duration = Duration::from_millis(20);
/// What is recorded is in the file after this long; a process that is killed loses no more.
const WRITE_EVERY: Duration = Duration::from_millis(250);
/// Kept free below the bound for the last block's frame and the end.
const RESERVE: u64 = 512;

/// How a recording stands, for the line thread and for people.
#[derive(Debug)]
pub struct RecorderState(AtomicU8);

const RECORDING: u8 = 0;
const OFF: u8 = 1;
const LOST: u8 = 2;
const FULL: u8 = 3;
const FAILED: u8 = 4;

impl RecorderState {
    fn new(on: bool) -> Arc<Self> {
        Arc::new(Self(AtomicU8::new(if on { RECORDING } else { OFF })))
    }

    /// True while inputs are wanted.
    pub fn is_recording(&self) -> bool {
        self.0.load(Ordering::Acquire) == RECORDING
    }

    /// The ring was full: inputs are missing from here.
    pub fn lose(&self) {
        self.set(LOST);
    }

    /// Why the recording has ended before its batch, as the alarm's name; none while all is well.
    pub fn ended_early(&self) -> Option<&'static str> {
        match self.0.load(Ordering::Acquire) {
            LOST => Some("recording_gap"),
            FULL => Some("recording_full"),
            FAILED => Some("recording_failed"),
            _ => None,
        }
    }

    fn set(&self, state: u8) {
        self.0.store(state, Ordering::Release);
    }
}

/// What a recording begins with.
pub struct Recording {
    /// Where recordings are.
    pub store: Store,
    /// Header of the segment; its number is given here.
    pub header: SegmentHeader,
    /// The serials, when the ledger does not have them.
    pub serials: Option<Box<[codes::SerialNumber]>>,
    /// What the core was told before any device.
    pub recovered: Vec<Input>,
    /// The ledger, which knows the batches that are not closed: their recordings stay.
    pub ledger: PathBuf,
}

/// Starts the thread on its end of the ring; nothing is recorded when the store is off.
///
/// # Errors
/// The operating system gives no thread.
pub fn start(
    recording: Recording,
    ring: HeapCons<Timed>,
    signs: Arc<Signs>,
) -> std::io::Result<(Arc<RecorderState>, JoinHandle<()>)> {
    let on = recording.store.is_on();
    let state = RecorderState::new(on);
    let told = state.clone();
    let thread = std::thread::Builder::new().name("recorder".into()).spawn(move || {
        // Not by the state: the ring may have overflowed before this thread began.
        if !on {
            return;
        }
        let batch = recording.header.batch.clone();
        let recorded = Recorder::begin(recording, state.clone())
            .and_then(|mut recorder| recorder.run(ring, &signs));
        if let Err(error) = recorded {
            state.set(FAILED);
            warn!(batch, %error, "the recording ends early; the line runs on");
        }
    })?;
    Ok((told, thread))
}

/// Old recordings go only when the ledger says which batches are closed.
fn make_room(store: &Store, ledger: &Path) -> Result<(), StoreError> {
    match open_batches(ledger) {
        Ok(keep) => {
            for batch in store.make_room(&keep)? {
                info!(batch, "the recording of a closed batch was deleted: the bound of all");
            }
        }
        Err(error) => warn!(%error, "no recording is deleted: the ledger does not answer"),
    }
    Ok(())
}

fn open_batches(path: &Path) -> Result<Vec<String>, LedgerError> {
    let rows = Reader::open(path)?.batches(ledger::PAGE_MAX)?;
    Ok(rows.into_iter().filter(|row| !is_closed(row)).map(|row| row.batch).collect())
}

struct Recorder {
    file: File,
    writer: Writer,
    out: Vec<u8>,
    written: u64,
    bound: u64,
    state: Arc<RecorderState>,
}

impl Recorder {
    fn begin(recording: Recording, state: Arc<RecorderState>) -> Result<Self, StoreError> {
        let Recording { store, mut header, serials, recovered, ledger } = recording;
        make_room(&store, &ledger)?;
        let begun = store.begin(&header.batch)?;
        header.segment = begun.number;
        let (mut writer, mut out) = (Writer::new(), Vec::new());
        writer.begin(&header, serials.as_deref(), &mut out);
        let bound = begun.bound;
        let mut recorder = Self { file: begun.file, writer, out, written: 0, bound, state };
        for input in recovered {
            recorder.take(&Timed { now: Nanos::default(), input })?;
        }
        recorder.write()?;
        Ok(recorder)
    }

    /// Until the line thread has let go of its end of the ring.
    fn run(&mut self, mut ring: HeapCons<Timed>, signs: &Signs) -> Result<(), StoreError> {
        let mut written_at = Instant::now();
        loop {
            // Asked before the ring is drained: what was pushed before is then in it.
            let over = !ring.write_is_held();
            let lost = self.state.0.load(Ordering::Acquire) == LOST;
            while let Some(timed) = ring.try_pop() {
                self.take(&timed)?;
                if !self.has_room() {
                    self.state.set(FULL);
                    return self.end(End::Full);
                }
            }
            if lost {
                return self.end(End::Gap);
            }
            if over {
                return self.end_of_run(signs);
            }
            if written_at.elapsed() >= WRITE_EVERY {
                self.flush()?;
                written_at = Instant::now();
            }
            std::thread::sleep(NAP);
        }
    }

    /// A line thread that ended without being asked leaves a recording without an end.
    fn end_of_run(&mut self, signs: &Signs) -> Result<(), StoreError> {
        match (signs.stopping(), signs.ledger_lost()) {
            (false, _) => self.flush(),
            (true, false) => self.end(End::Clean),
            (true, true) => self.end(End::LedgerLost),
        }
    }

    fn has_room(&self) -> bool {
        let waiting = (self.out.len() + self.writer.waiting()) as u64;
        self.written + waiting + RESERVE <= self.bound
    }

    fn take(&mut self, timed: &Timed) -> Result<(), StoreError> {
        self.writer.push(timed, &mut self.out);
        if self.out.is_empty() { Ok(()) } else { self.write() }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.writer.flush(&mut self.out);
        self.write()
    }

    fn write(&mut self) -> Result<(), StoreError> {
        self.file.write_all(&self.out).map_err(StoreError::write)?;
        self.written += self.out.len() as u64;
        self.out.clear();
        Ok(())
    }

    fn end(&mut self, end: End) -> Result<(), StoreError> {
        self.writer.end(end, &mut self.out);
        self.write()?;
        self.file.sync_data().map_err(StoreError::write)
    }
}

#[cfg(test)]
mod tests;
