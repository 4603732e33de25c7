//! A ledger in a directory of its own, and a script that makes the records of a small batch.
//!
//! Used by the tests of this directory. Must never open the tables but through outside means.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests")]

pub mod everything;
mod workflow;

use codes::SerialNumber;
use contracts::open_scs::JobOrderState;
use ledger::{
    BatchId, BatchNo, BatchSpec, Challenge, CommitError, Ledger, LedgerKind, PoolSource,
    ReturnPolicy, WallClock, keys,
};
use line_core::ids::{
    EncoderCount, Epoch, IoSeq, JobSeq, Nanos, RecordSeq, SerialIndex, TrackIndex,
};
use line_core::reason::{RejectReason, Resolution};
use line_core::record::{LineCounts, Record, RecordBody, Verdict};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use tempfile::TempDir;

#[allow(unused_imports, reason = "each test file uses a part of it")]
pub use workflow::{
    checked, configuration, item, ready, recipe, reviewed, signed, taking, two, worked,
    worked_batch,
};

pub const GTIN: &str = "04150037528643";
pub const START_MS: i64 = 1_795_350_113_007;

pub fn now(ms: i64) -> WallClock {
    WallClock { unix_ms: START_MS + ms, synchronised: true }
}

/// A seed for a random test, printed so that it can be repeated with `SEED=..`.
pub fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| {
        let elapsed = std::time::UNIX_EPOCH.elapsed().unwrap();
        elapsed.as_nanos() as u64
    });
    println!("SEED={seed}");
    seed
}

/// SplitMix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

pub fn path(dir: &TempDir) -> PathBuf {
    dir.path().join("line.ledger")
}

pub fn fresh() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let key = keys::make(dir.path()).unwrap();
    let line = "L-1".parse().unwrap();
    let mut ledger =
        Ledger::create(&path(&dir), LedgerKind::Simulation, &line, &key, now(0)).unwrap();
    ledger.set_authority(now(0), GTIN.parse().unwrap(), Some("all"), "admin").unwrap();
    (dir, ledger)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn spec(batch: &str, target: u32) -> BatchSpec {
    let config = format!("{{\"line\":{{\"of\":{batch:?}}},\"product\":1}}").into_bytes();
    BatchSpec {
        batch: batch.parse::<BatchId>().unwrap(),
        gtin: GTIN.parse().unwrap(),
        lot: "LOT1".parse().unwrap(),
        expiry: "2027-11-30".parse().unwrap(),
        target,
        overage_percent: 10,
        low_pool_warning: 5,
        return_policy: ReturnPolicy::Returned,
        config_hash: hex(&Sha256::digest(&config)),
        config_bytes: config,
        challenge: Challenge::WaivedSimulation,
        mode: contracts::packml::UnitMode::Production,
        workflow: ledger::Workflow::default(),
        recipe: None,
        configuration: None,
    }
}

pub fn serials(prefix: &str, from: usize, count: usize) -> Vec<SerialNumber> {
    (from..from + count).map(|n| format!("{prefix}{n:08}").parse().unwrap()).collect()
}

/// What a provider says of a pool of `count` serials.
pub fn imported(count: u32) -> PoolSource {
    PoolSource::Imported {
        provider: "Example Pharma".into(),
        claim: "unique for the product code until 2034-12-31".into(),
        sha256: hex(&Sha256::digest(b"pool.csv")),
        count,
    }
}

/// Opens a batch and loads it with `count` serials.
pub fn loaded(ledger: &mut Ledger, spec: &BatchSpec, count: usize) -> BatchNo {
    let no = ledger.open_batch(now(1), spec).unwrap();
    load(ledger, spec, no, count);
    no
}

fn load(ledger: &mut Ledger, spec: &BatchSpec, no: BatchNo, count: usize) {
    let all = serials(spec.batch.as_str().replace('-', "").as_str(), 0, count);
    let mut first = 0;
    for slice in all.chunks(ledger::SLICE_MAX) {
        assert_eq!(ledger.allocate_slice(now(2), no, first, slice).unwrap(), {
            first += slice.len() as u32;
            first as usize
        });
    }
    ledger.finish_allocation(now(3), no).unwrap();
}

/// Makes records in the order of a line, with its own counters.
pub struct Script {
    pub seq: u64,
    pub io_seq: u32,
    pub encoder: u64,
    pub serial: u32,
    pub job: u32,
    pub track: u32,
    pub counts: LineCounts,
    pub records: Vec<Record>,
}

pub const LABELER: Epoch = Epoch(7);
pub const IO: Epoch = Epoch(3);

impl Script {
    pub fn new() -> Self {
        Self {
            seq: 0,
            io_seq: 0,
            encoder: 1_000,
            serial: 0,
            job: 0,
            track: 0,
            counts: LineCounts::default(),
            records: Vec::new(),
        }
    }

    pub fn push(&mut self, body: RecordBody) {
        self.seq += 1;
        self.io_seq += 1;
        self.encoder += 10;
        self.records.push(Record {
            seq: RecordSeq(self.seq),
            now: Nanos(self.seq * 1_000_000),
            io_epoch: IO,
            io_seq: IoSeq(self.io_seq),
            encoder: EncoderCount(self.encoder),
            body,
        });
    }

    pub fn order(&mut self, from: JobOrderState, to: JobOrderState) {
        self.push(RecordBody::OrderState { from, to });
    }

    pub fn start(&mut self) {
        self.order(JobOrderState::Loaded, JobOrderState::Running);
        let counts = self.counts;
        self.push(RecordBody::CountsBegin {
            counts,
            io_epoch: IO,
            infeed_base: 11,
            exit_base: 12,
            eject_base: 13,
            labeler_epoch: LABELER,
            printed_base: 14,
        });
    }

    /// A serial goes to the labeler; returns it and its job.
    pub fn assign(&mut self) -> (SerialIndex, JobSeq) {
        let serial = SerialIndex(self.serial);
        self.serial += 1;
        self.job += 1;
        let job = JobSeq(self.job);
        self.push(RecordBody::JobAssigned { serial, labeler_epoch: LABELER, job });
        (serial, job)
    }

    pub fn print(&mut self, serial: SerialIndex, job: JobSeq) {
        self.counts.printed += 1;
        self.push(RecordBody::Printed { serial, labeler_epoch: LABELER, job });
    }

    pub fn infeed(&mut self) -> TrackIndex {
        self.track += 1;
        self.counts.infeed += 1;
        let track = TrackIndex(self.track);
        let count = EncoderCount(self.encoder);
        self.push(RecordBody::PackInfeed { track, count });
        track
    }

    pub fn verdict(
        &mut self,
        track: TrackIndex,
        serial: Option<SerialIndex>,
        reason: Option<RejectReason>,
    ) {
        let verdict = if reason.is_none() { Verdict::Accept } else { Verdict::Reject };
        self.push(RecordBody::Verdict {
            track,
            serial,
            verdict,
            reason,
            trigger: Some(track.0),
            result_seq: Some(u64::from(track.0)),
            grade: None,
            read: None,
        });
    }

    /// A pack with a printed label on it, before its verdict.
    pub fn labelled(&mut self) -> (TrackIndex, SerialIndex) {
        let (serial, job) = self.assign();
        self.print(serial, job);
        let track = self.infeed();
        let count = EncoderCount(self.encoder);
        self.push(RecordBody::LabelApplied { track, serial, job, count });
        (track, serial)
    }

    pub fn accepted(&mut self) -> (TrackIndex, SerialIndex) {
        let (track, serial) = self.labelled();
        self.verdict(track, Some(serial), None);
        (track, serial)
    }

    pub fn exit(&mut self, track: TrackIndex, serial: SerialIndex) {
        self.counts.exit += 1;
        let count = EncoderCount(self.encoder);
        self.push(RecordBody::PackExited { track, serial: Some(serial), count });
    }

    pub fn eject(&mut self, track: TrackIndex, serial: Option<SerialIndex>) {
        self.counts.eject_confirm += 1;
        let count = EncoderCount(self.encoder);
        self.push(RecordBody::PackEjected { track, serial, count });
    }

    pub fn good(&mut self) {
        let (track, serial) = self.accepted();
        self.exit(track, serial);
    }

    pub fn rejected(&mut self, reason: RejectReason) {
        let (track, serial) = self.labelled();
        self.verdict(track, Some(serial), Some(reason));
        self.eject(track, Some(serial));
    }

    pub fn blank(&mut self) {
        let track = self.infeed();
        self.verdict(track, None, Some(RejectReason::NoJob));
        self.eject(track, None);
    }

    pub fn unresolved(&mut self, track: TrackIndex, serial: SerialIndex, exit_seen: bool) {
        let serial = Some(serial);
        self.push(RecordBody::PackUnresolved { track, serial, accepted: true, exit_seen });
    }

    pub fn resolve(
        &mut self,
        track: TrackIndex,
        serial: SerialIndex,
        resolution: Resolution,
        exit_edge: bool,
    ) {
        let serial = Some(serial);
        self.push(RecordBody::PackResolved { track, serial, resolution, exit_edge });
    }

    pub fn complete(&mut self) {
        let counts = self.counts;
        self.push(RecordBody::Counts { counts, in_process: 0 });
        self.order(JobOrderState::Running, JobOrderState::Completed);
    }

    /// Commits everything made so far in groups.
    pub fn commit(&mut self, ledger: &mut Ledger, no: BatchNo) -> Result<RecordSeq, CommitError> {
        let records = std::mem::take(&mut self.records);
        let mut last = Ok(RecordSeq(0));
        for group in records.chunks(64) {
            last = ledger.append(now(10 + self.seq as i64), no, group);
            if last.is_err() {
                break;
            }
        }
        last
    }
}

/// A batch with one of everything; returns the number of a batch that can be closed.
pub fn mixed_batch(ledger: &mut Ledger, batch: &str) -> BatchNo {
    let spec = spec(batch, 12);
    let no = loaded(ledger, &spec, 20);
    mixed(ledger, no);
    no
}

/// The same with a pool from outside.
pub fn mixed_imported_batch(ledger: &mut Ledger, batch: &str) -> BatchNo {
    let spec = spec(batch, 12);
    let no = ledger.open_batch_from(now(1), &spec, &imported(20)).unwrap();
    load(ledger, &spec, no, 20);
    mixed(ledger, no);
    no
}

fn mixed(ledger: &mut Ledger, no: BatchNo) {
    let mut script = Script::new();
    mixed_records(&mut script);
    script.commit(ledger, no).unwrap();
}

/// 5 good, 2 rejected, 1 blank, resolved packs of each kind, an invalid serial, an unprinted one,
/// a label never applied.
pub fn mixed_records(script: &mut Script) {
    script.start();
    (0..5).for_each(|_| script.good());
    script.rejected(RejectReason::ContentMismatch);
    script.rejected(RejectReason::NoRead);
    script.blank();
    let (track, serial) = script.accepted();
    script.counts.exit += 1;
    script.unresolved(track, serial, true);
    script.resolve(track, serial, Resolution::Exited, true);
    let (track, serial) = script.accepted();
    script.unresolved(track, serial, false);
    script.resolve(track, serial, Resolution::Ejected, false);
    let (track, serial) = script.accepted();
    script.counts.exit += 1;
    script.unresolved(track, serial, true);
    script.resolve(track, serial, Resolution::Removed, true);
    let (invalid, _) = script.assign();
    let cause = line_core::reason::InvalidCause::LabelerEpoch;
    script.counts.printed += 1;
    script.push(RecordBody::SerialInvalid { serial: invalid, cause, printed: true });
    let (web, job) = script.assign();
    script.print(web, job);
    let _unprinted = script.assign();
    script.complete();
}
