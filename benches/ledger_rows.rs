//! Records per second into the ledger, empty and with a million events, beside the disk's own limit
//! and beside a plain log without chain and projections.
//!
//! The records are those of the real core on a scripted belt. Every candidate commits in turns, so
//! that noise strikes all alike. Must never put its files outside the build directory.

mod support;

use ledger::{BatchNo, Ledger, LedgerKind, WalCheckpointer, keys};
use line_core::record::Record;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;
use support::batch;
use support::belt::Belt;
use support::order::{now, spec};
use support::spread::Spread;
use support::table::{Table, ratio};
use support::{Done, Run, elapsed_ns};

/// Records of a commit.
const GROUPS: [usize; 2] = [64, 256];
/// Commits of each candidate that are timed.
const COMMITS: usize = 1_200;
/// Events in the ledger before the second half.
const FILLED: usize = 1_000_000;
/// Records of a commit while it is filled.
const FILL_GROUP: usize = 2_048;
/// Records that a pack of the script makes, rounded down.
const RECORDS_PER_PACK: usize = 6;
/// Bytes of an event beside its body that go into the hash: the other columns and their lengths.
const BESIDE_BODY: usize = 160;

/// Everything that commits.
struct Bench {
    ledger: Ledger,
    checkpoints: WalCheckpointer,
    batch: BatchNo,
    plain: Connection,
    disk: File,
    belt: Belt,
    filler: Vec<u8>,
    stored: usize,
}

/// What one size of group took.
#[derive(Default)]
struct Found {
    ledger: Vec<u64>,
    plain: Vec<u64>,
    disk: Vec<u64>,
    sha: Vec<u64>,
    bytes: u64,
}

/// A log with the same settings, keys and bodies; nothing is chained or projected.
fn plain_log(path: &Path) -> Result<Connection, rusqlite::Error> {
    let conn = Connection::open(path)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "cache_size", -65_536)?;
    conn.execute_batch(
        "CREATE TABLE event(seq INTEGER PRIMARY KEY, mono_ns INTEGER, io_epoch INTEGER, \
         io_seq INTEGER, encoder INTEGER, body TEXT NOT NULL) STRICT",
    )?;
    Ok(conn)
}

impl Bench {
    fn new(dir: &Path, packs: usize) -> Result<Self, Box<dyn Error>> {
        let belt = Belt::new(batch::line(10.0)?, packs, false)?;
        let path = dir.join("ledger.db");
        let key = keys::make(dir)?;
        let line = "LINE-1".parse()?;
        let mut ledger = Ledger::create(&path, LedgerKind::Simulation, &line, &key, now(0))?;
        ledger.set_authority(now(0), batch::data()?.gtin, Some("all"), "benchmark")?;
        let no = ledger.open_batch(now(1), &spec(packs)?)?;
        let checkpoints = WalCheckpointer::open(&path)?;
        let mut first = 0;
        for (i, slice) in belt.numbers().chunks(ledger::SLICE_MAX).enumerate() {
            first = u32::try_from(ledger.allocate_slice(now(2), no, first, slice)?)?;
            if i.is_multiple_of(256) {
                checkpoints.truncate()?;
            }
        }
        ledger.finish_allocation(now(3), no)?;
        checkpoints.truncate()?;
        let plain = plain_log(&dir.join("plain.db"))?;
        let disk = File::create(dir.join("disk"))?;
        let filler = (0..=u8::MAX).cycle().take(1 << 23).collect();
        Ok(Self { ledger, checkpoints, batch: no, plain, disk, belt, filler, stored: 0 })
    }

    fn take(&mut self, count: usize) -> Vec<Record> {
        while self.belt.records.len() < count {
            self.belt.step();
        }
        let rest = self.belt.records.split_off(count);
        std::mem::replace(&mut self.belt.records, rest)
    }

    fn commit_chained(&mut self, group: &[Record]) -> Done {
        self.stored += group.len();
        self.ledger.append(now(self.stored), self.batch, group)?;
        Ok(())
    }

    fn commit_plain(&self, group: &[Record]) -> Done {
        self.plain.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert =
            self.plain.prepare_cached("INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?;
        for r in group {
            let body = serde_json::to_string(&r.body)?;
            let (ns, encoder) = (r.now.0.cast_signed(), r.encoder.0.cast_signed());
            let seq = r.seq.0.cast_signed();
            insert.execute(params![seq, ns, r.io_epoch.0, r.io_seq.0, encoder, body])?;
        }
        self.plain.execute_batch("COMMIT")?;
        Ok(())
    }

    fn write_disk(&mut self, bytes: usize) -> Done {
        self.disk.write_all(&self.filler[..bytes.min(self.filler.len())])?;
        self.disk.sync_data()?;
        Ok(())
    }

    /// Both logs of writes are emptied, as at a break.
    fn settle(&self) -> Done {
        self.checkpoints.truncate()?;
        self.plain.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    fn fill(&mut self, events: usize) -> Done {
        while self.stored < events {
            let group = self.take(FILL_GROUP);
            self.commit_chained(&group)?;
            self.commit_plain(&group)?;
            if self.ledger.wal_path().metadata()?.len() > 1 << 28 {
                self.settle()?;
            }
        }
        self.settle()
    }

    /// `commits` of each candidate in turns; the disk gets as many bytes as the ledger's log took.
    fn measure(&mut self, size: usize, commits: usize) -> Result<Found, Box<dyn Error>> {
        self.settle()?;
        self.disk.set_len(0)?;
        std::io::Seek::rewind(&mut self.disk)?;
        let mut found = Found::default();
        let mut logged = self.ledger.wal_path().metadata()?.len();
        for _ in 0..commits {
            let group = self.take(size);
            found.ledger.push(timed(|| self.commit_chained(&group))?);
            let log = self.ledger.wal_path().metadata()?.len();
            let bytes = log - logged;
            logged = log;
            found.bytes += bytes;
            found.plain.push(timed(|| self.commit_plain(&group))?);
            found.disk.push(timed(|| self.write_disk(bytes as usize))?);
            found.sha.push(timed(|| hashes(&group))?);
        }
        Ok(found)
    }
}

fn timed(work: impl FnOnce() -> Done) -> Result<u64, Box<dyn Error>> {
    let started = Instant::now();
    work()?;
    Ok(elapsed_ns(started))
}

/// The bodies as JSON and as many SHA-256 as the chain needs, in memory.
fn hashes(group: &[Record]) -> Done {
    for record in group {
        let mut body = serde_json::to_vec(&record.body)?;
        body.resize(body.len() + BESIDE_BODY, 0);
        black_box(Sha256::digest(&body));
    }
    Ok(())
}

fn rows(table: &mut Table, state: &str, size: usize, found: Found) {
    let bytes = found.bytes as f64 / found.ledger.len() as f64;
    let named = [
        ("ledger", found.ledger),
        ("plain log, no chain", found.plain),
        ("disk: as many bytes, fdatasync", found.disk),
        ("in memory: JSON and SHA-256", found.sha),
    ];
    let mut own = None;
    for (name, spans) in named {
        let spread = Spread::new(spans);
        let rate = size as f64 * 1e9 / spread.mean();
        let own = *own.get_or_insert(rate);
        let mut cells = vec![format!("{rate:.0}"), ratio(own, rate)];
        cells.extend(spread.cells(1e6, 2));
        let logged = name.starts_with("ledger") || name.starts_with("disk");
        cells.push(if logged { format!("{:.0}", bytes / 1_024.0) } else { "-".to_owned() });
        table.row(&format!("{state}, group {size}: {name}"), cells);
    }
}

fn main() -> Done {
    let run = Run::from_args();
    let setting = "Records of the real core on a scripted belt (no transport, no camera, every \
                   50th pack ejected), WAL, synchronous=FULL, no checkpoint while the clock runs; \
                   seed 42. A commit is one group.";
    run.open("ledger_rows", setting);
    let (filled, commits) = (run.scaled(FILLED), run.scaled(COMMITS));
    let measured: usize = GROUPS.iter().map(|size| 2 * size * commits).sum();
    let packs = (filled + measured) / RECORDS_PER_PACK + 1_000;
    let dir = tempfile::Builder::new().prefix("ledger").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut bench = Bench::new(dir.path(), packs)?;
    let mut heads = vec!["", "records/s", "ledger / this"];
    heads.extend(Spread::HEAD);
    heads.push("KiB a commit");
    let mut table = Table::new(&heads);
    for size in GROUPS {
        let found = bench.measure(size, commits)?;
        rows(&mut table, "empty", size, found);
    }
    bench.fill(filled)?;
    let events = bench.stored;
    for size in GROUPS {
        let found = bench.measure(size, commits)?;
        rows(&mut table, &format!("{events} events"), size, found);
    }
    println!("Milliseconds per commit ({commits} of each in turns); rates by the mean:\n");
    table.print();
    let size = dir.path().join("ledger.db").metadata()?.len() as f64;
    println!("Bytes on disk per event at the end: {:.0}.\n", size / bench.stored as f64);
    Ok(())
}
