//! What an online backup does to the line: a verdict and its commit with a backup running beside
//! them, over the same without one, in turns.
//!
//! The core decides and the ledger commits at an even pace, as on a line; the backup is the one
//! that ships, with its rebuild and its verification. Must never put its files outside the build
//! directory.

mod support;

use ledger::backup::{BackupError, BackupJob, LEDGER_FILE, Manifest, PUBLIC_KEY_FILE, make};
use ledger::{Anchor, BatchNo, Ledger, LedgerError, LedgerKind, WalCheckpointer, keys};
use line_core::record::Record;
use packline::service::realtime::give_way_to_the_line;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use support::batch;
use support::belt::Belt;
use support::order::{now, spec};
use support::spread::Spread;
use support::table::{Table, ratio};
use support::{Done, Run, elapsed_ns};

/// Records of a commit, and the pace of commits: a thousand records a second.
const GROUP: usize = 10;
const EVERY: Duration = Duration::from_millis(10);
/// Events in the ledger before the first backup.
const FILLED: usize = 100_000;
const FILL_GROUP: usize = 2_048;
/// Turns of each.
const TURNS: usize = 3;
/// Most commits of a turn.
const COMMITS_MAX: usize = 6_000;
const RECORDS_PER_PACK: usize = 6;
/// As the service's checkpoint thread.
const WAL_CHECK: Duration = Duration::from_millis(500);

/// A manifest to be signed by the ledger's owner, and where it goes then.
type Ask = (Manifest, Sender<Manifest>);

struct Bench {
    ledger: Ledger,
    asks: Receiver<Ask>,
    ask: Sender<Ask>,
    batch: BatchNo,
    belt: Belt,
    stored: usize,
}

/// Nanoseconds from the instant at which a group was due.
#[derive(Default)]
struct Found {
    decided: Vec<u64>,
    durable: Vec<u64>,
}

impl Bench {
    fn new(dir: &Path, packs: usize, filled: usize) -> Result<Self, Box<dyn Error>> {
        let belt = Belt::new(batch::line(10.0)?, packs, false)?;
        let key = keys::make(dir)?;
        let (path, line) = (dir.join(LEDGER_FILE), "LINE-1".parse()?);
        let mut ledger = Ledger::create(&path, LedgerKind::Simulation, &line, &key, now(0))?;
        std::fs::write(dir.join(PUBLIC_KEY_FILE), ledger.public_key_hex() + "\n")?;
        ledger.set_authority(now(0), batch::data()?.gtin, Some("all"), "benchmark")?;
        let no = ledger.open_batch(now(1), &spec(packs)?)?;
        let mut first = 0;
        for slice in belt.numbers().chunks(ledger::SLICE_MAX) {
            first = u32::try_from(ledger.allocate_slice(now(2), no, first, slice)?)?;
        }
        ledger.finish_allocation(now(3), no)?;
        let (ask, asks) = channel();
        let mut bench = Self { ledger, asks, ask, batch: no, belt, stored: 0 };
        while bench.stored < filled {
            let group = bench.take(FILL_GROUP);
            bench.commit(&group)?;
        }
        WalCheckpointer::open(&path)?.truncate()?;
        Ok(bench)
    }

    fn take(&mut self, count: usize) -> Vec<Record> {
        while self.belt.records.len() < count {
            self.belt.step();
        }
        let rest = self.belt.records.split_off(count);
        std::mem::replace(&mut self.belt.records, rest)
    }

    fn commit(&mut self, group: &[Record]) -> Done {
        self.stored += group.len();
        self.ledger.append(now(self.stored), self.batch, group)?;
        Ok(())
    }

    /// As the ledger thread: a job between two commits.
    fn sign(&self) {
        while let Ok((manifest, tell)) = self.asks.try_recv() {
            let _ = tell.send(self.ledger.sign_manifest(manifest));
        }
    }

    /// Decides and commits at its pace until `enough` says so; returns the number of groups.
    fn run(
        &mut self,
        found: &mut Found,
        enough: impl Fn(usize) -> bool,
    ) -> Result<usize, Box<dyn Error>> {
        let (begun, mut groups) = (Instant::now(), 0);
        while !enough(groups) && groups < COMMITS_MAX {
            let due = begun + EVERY * groups as u32;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let group = self.take(GROUP);
            found.decided.push(elapsed_ns(due));
            self.commit(&group)?;
            found.durable.push(elapsed_ns(due));
            self.sign();
            groups += 1;
        }
        Ok(groups)
    }
}

/// One backup, as the service makes it: the ledger's owner only signs.
fn back_up(dir: &Path, out: &Path, anchor: &Anchor, ask: &Sender<Ask>) -> Result<(), BackupError> {
    let (data_dir, out) = (dir.to_owned(), out.to_owned());
    let job = BackupJob { data_dir, out, with_key: false, with: Vec::new() };
    let gone = || LedgerError::NotUsable("nobody signs".to_owned());
    let mut sign = |manifest| {
        let (tell, told) = channel();
        ask.send((manifest, tell)).map_err(|_| gone())?;
        told.recv().map_err(|_| gone())
    };
    make(&job, anchor, &mut sign, &mut |_| {})?;
    Ok(())
}

/// A turn with a backup beside it; returns how many groups it lasted.
fn beside(
    bench: &mut Bench,
    (dir, out): (&Path, &Path),
    gives_way: bool,
    found: &mut Found,
) -> Result<usize, Box<dyn Error>> {
    let anchor = bench.ledger.checkpoint(now(bench.stored))?;
    let ask = bench.ask.clone();
    let (groups, made) = std::thread::scope(|scope| {
        let backup = scope.spawn(move || {
            if gives_way {
                give_way_to_the_line();
            }
            back_up(dir, out, &anchor, &ask)
        });
        let groups = bench.run(found, |_| backup.is_finished());
        while !backup.is_finished() {
            bench.sign();
            std::thread::sleep(EVERY);
        }
        (groups, backup.join())
    });
    match made {
        Ok(made) => made?,
        Err(panic) => std::panic::resume_unwind(panic),
    }
    std::fs::remove_dir_all(out)?;
    groups
}

fn rows(table: &mut Table, what: &str, alone: Vec<u64>, others: [(&str, Vec<u64>); 2]) {
    let alone = Spread::new(alone);
    table.row(&format!("{what}, alone"), alone.cells(1e6, 2));
    for (name, spans) in others {
        let beside = Spread::new(spans);
        table.row(&format!("{what}, {name}"), beside.cells(1e6, 2));
        let mut ratios = vec![ratio(beside.mean(), alone.mean())];
        let at = |part| ratio(beside.at(part) as f64, alone.at(part) as f64);
        ratios.extend([0.5, 0.99, 0.999, 1.0].map(at));
        table.row(&format!("{what}, {name} / alone"), ratios);
    }
}

fn main() -> Done {
    let run = Run::from_args();
    let setting = "A thousand records a second of the real core on a scripted belt, ten a commit, \
                   WAL, synchronous=FULL, checkpoints every 500 ms on a thread of their own; \
                   backups as they ship (they give way to the line), turns without, and backups of \
                   equal rights as a control, one after the other. \
                   Times from the instant at which a group was due: its records made, its commit \
                   answered.";
    run.open("backup_beside", setting);
    let (filled, turns) = (run.scaled(FILLED), if run.scaled(2) > 1 { TURNS } else { 1 });
    let packs = (filled + 3 * turns * COMMITS_MAX * GROUP) / RECORDS_PER_PACK + 1_000;
    let dir = tempfile::Builder::new().prefix("backup").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut bench = Bench::new(dir.path(), packs, filled)?;
    let checkpoints = WalCheckpointer::open(&dir.path().join(LEDGER_FILE))?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let thread = std::thread::spawn(move || {
        while !stopped.load(Ordering::Acquire) {
            std::thread::sleep(WAL_CHECK);
            let _ = checkpoints.passive();
        }
    });
    let [mut alone, mut with, mut equal] =
        [const { Found { decided: vec![], durable: vec![] } }; 3];
    let out = dir.path().join("made");
    let places = (dir.path(), out.as_path());
    let mut groups = Vec::new();
    for _ in 0..turns {
        let lasted = beside(&mut bench, places, true, &mut with)?;
        bench.run(&mut alone, |groups| groups >= lasted)?;
        beside(&mut bench, places, false, &mut equal)?;
        groups.push(lasted);
    }
    stop.store(true, Ordering::Release);
    let _ = thread.join();
    let mut heads = vec![""];
    heads.extend(Spread::HEAD);
    let mut table = Table::new(&heads);
    let names = ["backup", "backup of equal rights"];
    let others = [(names[0], with.decided), (names[1], equal.decided)];
    rows(&mut table, "decided", alone.decided, others);
    let others = [(names[0], with.durable), (names[1], equal.durable)];
    rows(&mut table, "durable", alone.durable, others);
    let lasted: Vec<String> = groups.iter().map(|n| format!("{:.1}", *n as f64 / 100.0)).collect();
    println!("Milliseconds; {filled} events before; the backups took {} s:\n", lasted.join(", "));
    table.print();
    Ok(())
}
