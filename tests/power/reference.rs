//! The reference batch: everything a ledger does in the life of an order, as steps that can be done
//! one by one, on any disk, from any of them on.
//!
//! Records come from a whole line in virtual time, with faults. Must never depend on the clock: the
//! same step on the same ledger makes the same events, hash for hash.

use codes::SerialNumber;
use contracts::packml::UnitMode;
use crash_vfs::{Disk, Mount, Op};
use ledger::{
    Anchor, BatchNo, BatchSpec, Chain, Challenge, ClearanceItem, DeclaredTerm, Ledger, LedgerError,
    LedgerKind, Meaning, Reader, ReturnPolicy, SLICE_MAX, ServiceBody, Signed, WalCheckpointer,
    WallClock, Workflow, keys,
};
use line_core::record::{Record, RecordBody};
use packline::simulation::virtual_line::{Declared, VirtualLine};
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

use crate::acts::{checked, signed, two};
use crate::judge::Due;
use crate::support::virtual_batch;

/// Name of the ledger on the disk.
pub const LEDGER: &str = "ledger.db";
/// Name of the anchor file on the disk.
pub const ANCHORS: &str = "anchors.jsonl";
/// One of everything that makes records of its own kind.
const FAULTS: &str = r#"
[[scheduled]]
fault = "missing_print"
at_pack = 4
[[scheduled]]
fault = "wrong_data"
at_pack = 8
[[scheduled]]
fault = "camera_timeout"
at_pack = 12
[[scheduled]]
fault = "device_restart"
device = "labeler"
at_pack = 16
"#;
/// Serials of the order beyond two a pack, and those of the order after it.
const SERIALS: usize = 60;
const NEXT_SERIALS: usize = 40;
/// The orders.
pub const FIRST: BatchNo = BatchNo(1);
pub const NEXT: BatchNo = BatchNo(2);

/// One call of the ledger.
#[derive(Clone, Debug)]
pub enum Step {
    Create,
    Authority,
    Open(BatchNo),
    Slice(BatchNo, Range<usize>),
    Finish(BatchNo),
    Records(Range<usize>),
    Service(Chain, Box<ServiceBody>),
    Declare(DeclaredTerm, i64, String),
    Clear,
    Check,
    Start,
    Recipe,
    Approve,
    Checkpoint,
    Passive,
    Truncate,
    Close,
}

/// Heads of the site chain and of both orders: number of events and hash. They stand for every
/// event, and through `verify` for every row.
pub type Heads = [Option<(u64, String)>; 3];

/// The steps and what they are made of.
pub struct Script {
    pub steps: Vec<Step>,
    pub records: Vec<Record>,
    numbers: Vec<SerialNumber>,
    /// Serials of the first order.
    own: usize,
    spec: [BatchSpec; 2],
}

/// A directory with the key; disks are mounted on it.
pub struct Place {
    dir: TempDir,
    pub ledger: PathBuf,
    pub anchors: PathBuf,
}

/// A ledger in use, with the checkpoint thread's connection.
pub struct Bench {
    pub ledger: Ledger,
    checkpointer: Option<WalCheckpointer>,
}

/// The script, done once on a disk that holds.
pub struct Reference {
    pub script: Script,
    /// Heads after each step.
    pub states: Vec<Heads>,
    /// Anchors whose line was synced after each step.
    pub anchors: Vec<usize>,
    /// Operations of the disk when each step had answered.
    pub marks: Vec<usize>,
    pub trace: Vec<Op>,
    pub home: Place,
}

pub fn clock(at: usize) -> WallClock {
    WallClock { unix_ms: 1_790_000_000_000 + at as i64 * 1_000, synchronised: true }
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Script {
    /// A batch of `packs`, its records committed `group` at a time.
    pub fn new(packs: u64, group: usize, seed: u64) -> Self {
        let mut batch = virtual_batch(packs, FAULTS, seed);
        let numbers = batch.numbers.to_vec();
        let own = packs as usize * 2 + SERIALS;
        batch.numbers = numbers[..own].to_vec().into_boxed_slice();
        let (gtin, lot, expiry) = (batch.batch.gtin, batch.batch.lot, batch.batch.expiry);
        let mut line = VirtualLine::new(batch);
        assert!(line.run(), "seed {seed}: the line came to a standstill");
        let config_bytes = b"{}".to_vec();
        let spec = |id: &str, target: usize| BatchSpec {
            batch: id.parse().expect("a batch"),
            gtin,
            lot,
            expiry,
            target: target as u32,
            overage_percent: 0,
            low_pool_warning: 0,
            return_policy: ReturnPolicy::Returned,
            config_hash: sha256_hex(&config_bytes),
            config_bytes: config_bytes.clone(),
            challenge: Challenge::WaivedSimulation,
            mode: UnitMode::Production,
            workflow: Workflow::default(),
            recipe: None,
            configuration: None,
        };
        let steps = steps(line.kept.records.len(), own, &line.declared, group);
        let mut spec = [spec("B-1", packs as usize), spec("B-2", NEXT_SERIALS)];
        let starts = Workflow { clearance: true, device_check: true, ..Workflow::default() };
        spec[0].workflow = Workflow { signatures: true, ..starts };
        let numbers = numbers[..own + NEXT_SERIALS].to_vec();
        Self { steps, records: line.kept.records, numbers, own, spec }
    }

    /// Does one step; the anchor that came of it, when one did.
    pub fn perform(&self, bench: &mut Bench, at: usize) -> Result<Option<Anchor>, LedgerError> {
        let (now, ledger) = (clock(at), &mut bench.ledger);
        match &self.steps[at] {
            Step::Create => {}
            Step::Authority => {
                ledger.set_authority(now, self.spec[0].gtin, Some("all"), "test")?;
            }
            Step::Open(no) => {
                ledger.open_batch(now, self.order(*no))?;
            }
            Step::Slice(no, range) => {
                let own = if *no == FIRST { 0 } else { self.own };
                let serials = &self.numbers[own + range.start..own + range.end];
                ledger.allocate_slice(now, *no, range.start as u32, serials)?;
            }
            Step::Finish(no) => ledger.finish_allocation(now, *no)?,
            Step::Records(range) => {
                let last = ledger.append(now, FIRST, &self.records[range.clone()])?;
                assert_eq!(last, self.records[range.end - 1].seq, "the watermark");
            }
            Step::Service(chain, body) => {
                ledger.append_service(now, *chain, body)?;
            }
            Step::Declare(term, count, reason) => {
                let signed = Signed::unproven("test", Meaning::Performed, "declare_count", reason);
                ledger.declare(now, FIRST, (*term, *count), &signed)?;
            }
            Step::Clear => {
                let items =
                    [ClearanceItem { item: "no packs of the last batch".into(), done: true }];
                ledger.clear_line(now, FIRST, (&items, "clean"), &two(Meaning::Reviewed))?;
            }
            Step::Check => {
                ledger.check_devices(now, FIRST, &checked())?;
            }
            Step::Start => {
                ledger.sign_start(now, FIRST, &signed("olga", Meaning::Performed))?;
            }
            Step::Recipe => {
                let author = signed("erik", Meaning::Performed);
                ledger.draft_recipe(now, self.spec[0].gtin, "revision = 1", &author)?;
            }
            Step::Approve => {
                let persons =
                    [signed("sara", Meaning::Approved), signed("quinn", Meaning::Approved)];
                ledger.approve_recipe(now, self.spec[0].gtin, 1, &persons)?;
            }
            Step::Checkpoint => return ledger.checkpoint(now).map(Some),
            Step::Passive => {
                bench.checkpointer()?.passive()?;
            }
            Step::Truncate => {
                bench.checkpointer()?.truncate()?;
            }
            Step::Close => {
                let persons = two(Meaning::Approved);
                let closed = ledger.close_batch_signed(now, FIRST, &persons)?;
                return Ok(Some(closed.anchor));
            }
        }
        Ok(None)
    }

    fn order(&self, no: BatchNo) -> &BatchSpec {
        &self.spec[(no.0 - 1) as usize]
    }

    /// Print jobs that the first `steps` steps have recorded: each used a serial up.
    pub fn dispatched(&self, steps: usize) -> usize {
        let through = self.steps[..steps].iter().rev().find_map(|step| match step {
            Step::Records(range) => Some(range.end),
            _ => None,
        });
        let assigned = |r: &&Record| matches!(r.body, RecordBody::JobAssigned { .. });
        self.records[..through.unwrap_or(0)].iter().filter(assigned).count()
    }

    /// Packs that entered.
    pub fn packs(&self) -> usize {
        let enters = |r: &&Record| matches!(r.body, RecordBody::PackInfeed { .. });
        self.records.iter().filter(enters).count()
    }

    /// Serials of the first order.
    pub fn serials(&self) -> &[SerialNumber] {
        &self.numbers[..self.own]
    }
}

fn steps(records: usize, serials: usize, declared: &[Declared], group: usize) -> Vec<Step> {
    let mut steps = vec![Step::Create, Step::Authority, Step::Recipe, Step::Approve];
    steps.push(Step::Open(FIRST));
    let slices = |no: BatchNo, count: usize| {
        let starts = (0..count).step_by(SLICE_MAX);
        starts.map(move |first| Step::Slice(no, first..(first + SLICE_MAX).min(count)))
    };
    steps.extend(slices(FIRST, serials));
    steps.extend([Step::Finish(FIRST), Step::Checkpoint, Step::Truncate]);
    steps.extend([Step::Clear, Step::Check, Step::Start]);
    for (n, first) in (0..records).step_by(group).enumerate() {
        steps.push(Step::Records(first..(first + group).min(records)));
        match n % 10 {
            3 => steps.push(Step::Passive),
            5 => steps.push(Step::Service(
                Chain::Batch(FIRST),
                Box::new(signed("olga", Meaning::Performed).body()),
            )),
            8 => steps.push(Step::Checkpoint),
            _ => {}
        }
    }
    for Declared { term, count, reason } in declared {
        let term = match term.as_str() {
            "additions" => DeclaredTerm::Additions,
            "removals" => DeclaredTerm::Removals,
            _ => continue,
        };
        steps.push(Step::Declare(term, i64::from(*count), reason.clone()));
    }
    steps.extend([Step::Close, Step::Truncate, Step::Open(NEXT)]);
    steps.extend(slices(NEXT, NEXT_SERIALS));
    steps.push(Step::Finish(NEXT));
    steps
}

impl Place {
    /// A directory with a key of its own.
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        keys::make(dir.path())?;
        let file = |name: &str| dir.path().join(name);
        Ok(Self { ledger: file(LEDGER), anchors: file(ANCHORS), dir })
    }

    /// Another directory with the same key.
    pub fn beside(&self) -> Result<Self, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        std::fs::copy(self.dir.path().join(keys::KEY_FILE), dir.path().join(keys::KEY_FILE))?;
        let file = |name: &str| dir.path().join(name);
        Ok(Self { ledger: file(LEDGER), anchors: file(ANCHORS), dir })
    }

    pub fn mount(&self, disk: Arc<Disk>) -> Mount {
        Mount::at(self.dir.path(), disk).expect("a mount")
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Makes the ledger.
    pub fn create(&self) -> Result<Bench, LedgerError> {
        let key = keys::load(self.path())?;
        let line = "LINE-1".parse().expect("a line");
        let kind = LedgerKind::Simulation;
        let ledger = Ledger::create(&self.ledger, kind, &line, &key, clock(0))?;
        Ok(Bench { ledger, checkpointer: None })
    }

    /// Opens it again.
    pub fn open(&self) -> Result<Bench, LedgerError> {
        let ledger = Ledger::open(&self.ledger, clock(0))?;
        Ok(Bench { ledger, checkpointer: None })
    }

    pub fn heads(&self) -> Result<Heads, LedgerError> {
        let reader = Reader::open(&self.ledger)?;
        let batches = reader.batches(2)?;
        let batch = |no: BatchNo| {
            let known = batches.iter().any(|batch| batch.batch_no == no);
            if known { reader.head(Chain::Batch(no)) } else { Ok(None) }
        };
        Ok([reader.head(Chain::Site)?, batch(FIRST)?, batch(NEXT)?])
    }
}

impl Bench {
    fn checkpointer(&mut self) -> Result<&WalCheckpointer, LedgerError> {
        match &mut self.checkpointer {
            Some(open) => Ok(open),
            none => Ok(none.insert(WalCheckpointer::open(self.ledger.path())?)),
        }
    }
}

/// Appends an anchor as the service does: behind the last whole line, and synced.
pub fn keep_anchor(disk: &Disk, anchor: &Anchor) -> std::io::Result<()> {
    let known = disk.shown().get(ANCHORS).cloned();
    let whole = known.as_deref().map_or(0, Anchor::whole_lines);
    if known.as_ref().is_some_and(|known| whole < known.len()) {
        disk.cut_to(ANCHORS, whole)?;
    }
    disk.append(ANCHORS, anchor.to_line().as_bytes())?;
    disk.sync_file(ANCHORS, known.is_none())
}

impl Reference {
    /// Does the whole script on `disk`.
    pub fn run(script: Script, disk: Arc<Disk>) -> Result<Self, Box<dyn Error>> {
        let home = Place::new()?;
        let mount = home.mount(disk.clone());
        let mut bench = home.create()?;
        let (mut states, mut marks, mut anchors) = (vec![], vec![], vec![]);
        for at in 0..script.steps.len() {
            let mut kept = anchors.last().copied().unwrap_or(0);
            if let Some(anchor) = script.perform(&mut bench, at)? {
                keep_anchor(&disk, &anchor)?;
                kept += 1;
            }
            marks.push(disk.operations());
            anchors.push(kept);
            states.push(home.heads()?);
        }
        drop(bench);
        drop(mount);
        Ok(Self { script, states, anchors, marks, trace: disk.trace(), home })
    }

    /// What had answered before operation `at` was asked.
    pub fn due(&self, at: usize) -> Due {
        let steps = self.marks.partition_point(|&mark| mark <= at);
        let anchors = steps.checked_sub(1).map_or(0, |last| self.anchors[last]);
        Due { steps, anchors }
    }
}
