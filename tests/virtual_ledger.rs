//! Whole batches with faults in virtual time, recorded in the real ledger: the books close, the
//! chain verifies, and the independent judge finds what the records say to be true. It also finds
//! planted lies, those that balance among them.

#[path = "support/loaded.rs"]
mod loaded;
#[path = "support/stations.rs"]
mod stations;
mod support;

use ledger::{BatchNo, Closed, DeclaredTerm, Ledger, LedgerError, Meaning, Signed};
use line_core::ids::TrackIndex;
use line_core::reason::RejectReason;
use line_core::record::{Grade, ReadContent, Record, RecordBody, Verdict};
use line_core::verify::BatchData;
use line_sim::judge::{Judgement, Order, Recipe, What, judge};
use line_sim::sim_config::EjectorKind;
use loaded::{clock, loaded};
use packline::simulation::virtual_line::{Declared, VirtualBatch, VirtualLine};
use stations::with_stations;
use support::virtual_batch;
use tempfile::TempDir;

const DEFAULT: &str = include_str!("../config/scenarios/default.toml");
const ALL: &str = include_str!("../config/scenarios/all.toml");
const SOME_BLANK: &str = "[rates]\nmissing_print = 0.02";

/// A batch that has run, and where it is to be recorded.
struct Run {
    dir: TempDir,
    ledger: Ledger,
    no: BatchNo,
    seed: u64,
    records: Vec<Record>,
    declared: Vec<Declared>,
    numbers: Box<[codes::SerialNumber]>,
}

impl Run {
    fn of(packs: u64, scenario: &str, seed: u64) -> Self {
        Self::of_batch(virtual_batch(packs, scenario, seed))
    }

    fn of_batch(batch: VirtualBatch) -> Self {
        let (data, numbers, seed) = (batch.batch, batch.numbers.clone(), batch.seed);
        Self::of_line(&mut VirtualLine::new(batch), &data, numbers, seed)
    }

    /// Runs a line that was made for these numbers.
    fn of_line(
        line: &mut VirtualLine,
        data: &BatchData,
        numbers: Box<[codes::SerialNumber]>,
        seed: u64,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (ledger, no) = loaded(dir.path(), data, &numbers);
        let done = line.run();
        let state = (line.line.unit_state(), line.line.holds(), line.line.unresolved().to_vec());
        if std::env::var_os("SHOW").is_some() {
            for r in &line.kept.records {
                eprintln!("{:>9.3} {:>7} {:?}", r.now.0 as f64 / 1e9, r.encoder.0, r.body);
            }
        }
        assert!(done, "seed {seed}: standstill in {state:?}");
        let truth = line.world.take_truth_lines();
        std::fs::write(dir.path().join("truth.jsonl"), truth).expect("the truth");
        let order = r#"{"batch": "B-1", "gtin": "04150037528643", "lot": "LOT42",
            "expiry": "2028-12-31"}"#;
        std::fs::write(dir.path().join("order.json"), order).expect("the order");
        let records = std::mem::take(&mut line.kept.records);
        let declared = std::mem::take(&mut line.declared);
        Self { dir, ledger, no, seed, records, declared, numbers }
    }

    /// Records everything and closes the books.
    fn close(&mut self) -> Result<Closed, LedgerError> {
        for group in self.records.chunks(64) {
            let now = clock(group[0].now.0 / 1_000_000);
            if let Err(error) = self.ledger.append(now, self.no, group) {
                panic!("seed {}: {error} in {group:#?}", self.seed);
            }
        }
        for Declared { term, count, reason } in &self.declared {
            let term = match term.as_str() {
                "additions" => DeclaredTerm::Additions,
                "removals" => DeclaredTerm::Removals,
                "retrieved" => DeclaredTerm::Retrieved,
                other => panic!("seed {}: {other} is no term", self.seed),
            };
            let signed = Signed::unproven("test", Meaning::Performed, "declare_count", reason);
            self.ledger
                .declare(clock(900_000), self.no, (term, i64::from(*count)), &signed)
                .expect("declared");
        }
        self.ledger.close_batch(clock(1_000_000), self.no)
    }

    /// Ends the ledger's use and judges.
    fn judged(self) -> Judgement {
        self.judged_by(Recipe::default())
    }

    /// Ends the ledger's use and judges what the stations of `recipe` had to prove, too.
    fn judged_by(self, recipe: Recipe) -> Judgement {
        drop(self.ledger);
        let file = |name: &str| self.dir.path().join(name);
        let report = ledger::verify::verify(&file("ledger.db"), None).expect("a report");
        assert!(report.is_ok(), "seed {}: {report:?}", self.seed);
        let order = Order::from_file(&file("order.json")).expect("an order");
        let order = order.with_recipe(recipe);
        judge(&[file("truth.jsonl")], &file("ledger.db"), &order).expect("a judgement")
    }

    fn bodies(&mut self, track: TrackIndex) -> impl Iterator<Item = &mut RecordBody> {
        self.records.iter_mut().map(|record| &mut record.body).filter(move |body| {
            matches!(
                body,
                RecordBody::Verdict { track: of, .. }
                | RecordBody::PackExited { track: of, .. }
                | RecordBody::PackEjected { track: of, .. } if *of == track
            )
        })
    }

    /// The n-th pack that left with an accept, or was ejected with a label and one verdict.
    fn pack(&self, exited: bool, n: usize) -> TrackIndex {
        let of = |body: &RecordBody| match *body {
            RecordBody::PackExited { track, .. } if exited => Some(track),
            RecordBody::PackEjected { track, serial: Some(_), .. } if !exited => Some(track),
            _ => None,
        };
        let once = |track: &TrackIndex| {
            let verdicts = self.records.iter().filter(
                |r| matches!(r.body, RecordBody::Verdict { track: of, .. } if of == *track),
            );
            verdicts.count() == 1
        };
        self.records.iter().filter_map(|r| of(&r.body)).filter(once).nth(n).expect("a pack")
    }

    fn code(&self, serial: u32) -> ReadContent {
        let serial = &self.numbers[serial as usize];
        let code = format!("]d2010415003752864321{serial}\u{1d}1728123110LOT42");
        ReadContent::new(code.as_bytes())
    }

    /// Records an exited pack as rejected and ejected.
    fn call_bad(&mut self, pack: TrackIndex) {
        for body in self.bodies(pack) {
            match *body {
                RecordBody::Verdict { ref mut verdict, ref mut reason, .. } => {
                    (*verdict, *reason) = (Verdict::Reject, Some(RejectReason::NoRead));
                }
                RecordBody::PackExited { track, serial, count } => {
                    *body = RecordBody::PackEjected { track, serial, count };
                }
                _ => {}
            }
        }
    }

    /// Records an ejected pack as accepted, with the best of readings, and exited.
    fn call_good(&mut self, pack: TrackIndex) {
        let bound = self.bodies(pack).find_map(|body| match body {
            RecordBody::PackEjected { serial, .. } => *serial,
            _ => None,
        });
        let code = self.code(bound.expect("a label").0);
        for body in self.bodies(pack) {
            match *body {
                RecordBody::Verdict {
                    ref mut verdict,
                    ref mut reason,
                    ref mut grade,
                    ref mut read,
                    ..
                } => {
                    (*verdict, *reason) = (Verdict::Accept, None);
                    *grade = Some(Grade { overall: 40, parameters: [40; 7] });
                    *read = Some(code);
                }
                RecordBody::PackEjected { track, serial, count } => {
                    *body = RecordBody::PackExited { track, serial, count };
                }
                _ => {}
            }
        }
    }
}

fn found(judgement: &Judgement, what: What, track: TrackIndex) -> bool {
    judgement.findings.iter().any(|f| f.what == what && f.track == Some(track.0))
}

#[test]
fn i4_books_of_faulty_batches_close_and_the_judge_agrees() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first: u64 = number("SEED").unwrap_or(1);
    for seed in first..first + number("SEEDS").unwrap_or(6) {
        let mut run = Run::of(600, DEFAULT, seed);
        match run.close() {
            Ok(closed) => eprintln!("seed {seed}: {:?}", closed.books),
            Err(error) => panic!("seed {seed}: {error:#?}"),
        }
        let judgement = run.judged();
        assert!(judgement.ok && judgement.closed, "seed {seed}: {judgement:#?}");
        assert_eq!(judgement.packs, 600, "seed {seed}");
    }
}

/// The scenario of all classes; `SCENARIO` names a file to run instead.
fn all_faults() -> String {
    let path = std::env::var_os("SCENARIO");
    path.map_or_else(|| ALL.to_owned(), |path| std::fs::read_to_string(path).expect("a scenario"))
}

/// Every class of faults in one batch, with each ejector, printing on the pack and with a web.
#[test]
fn i4_all_faults_with_each_ejector_close_and_the_judge_agrees() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (first, packs) = (number("SEED").unwrap_or(1), number("PACKS").unwrap_or(1_000));
    let mut wrong = Vec::new();
    for seed in first..first + number("SEEDS").unwrap_or(1) {
        for (ejector, web_offset) in
            [EjectorKind::PassGate, EjectorKind::Pulse].into_iter().flat_map(|e| [(e, 0), (e, 4)])
        {
            let mut batch = with_stations(virtual_batch(packs, &all_faults(), seed));
            (batch.sim.ejector, batch.sim.web_offset) = (ejector, web_offset);
            let about = format!("seed {seed} {ejector:?} web offset {web_offset}");
            let end = std::panic::catch_unwind(|| {
                let mut run = Run::of_batch(batch);
                run.close().map(|_| ()).map_err(|error| format!("not closed: {error}"))?;
                let judgement = run.judged();
                if judgement.ok && judgement.false_reject == 0 && judgement.packs >= packs {
                    return Ok(());
                }
                Err(format!("{:#?}", (judgement.false_good, judgement.findings)))
            });
            let end = end.unwrap_or_else(|_| Err("panic, see above".to_owned()));
            eprintln!("{about}: {end:?}");
            if let Err(what) = end {
                wrong.push(format!("{about}: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Faults of belt and eyes: what came unseen is declared, and everything else is on record.
#[test]
fn i4_packs_that_came_unseen_are_declared_and_the_judge_agrees() {
    let at = |fault: &str, eye: &str| {
        format!("[[scheduled]]\nfault = \"{fault}\"\neye = \"{eye}\"\nat_pack = 50\n")
    };
    let mut classes = vec![
        "[rates]\nforeign_pack = 0.01".to_owned(),
        "[rates]\ntouching_packs = 0.01".to_owned(),
        "[rates]\nencoder_reversal = 0.01".to_owned(),
        "[rates]\nbin_full = 0.01\nair_lost = 0.01\nsafety_open = 0.01".to_owned(),
        "[rates]\ntwo_codes = 0.03\nout_of_order_result = 0.03".to_owned(),
    ];
    for eye in ["infeed", "camera_eye", "gate", "exit", "eject_confirm"] {
        classes.extend([at("sensor_missing", eye), at("sensor_stuck", eye)]);
    }
    let mut wrong = Vec::new();
    let ejectors = [EjectorKind::PassGate, EjectorKind::Pulse];
    let lines = classes.iter().flat_map(|class| ejectors.map(|ejector| (class, ejector)));
    for (seed, (scenario, ejector)) in (1..).zip(lines) {
        // A pack that is ejected, for the eye in the chute.
        let scenario = scenario.clone();
        let blank = "[[scheduled]]\nfault = \"missing_print\"\nat_pack = 50\n";
        let confirm = scenario.contains("eject_confirm");
        let scenario = if confirm { scenario + blank } else { scenario };
        let mut batch = virtual_batch(300, &scenario, seed);
        batch.sim.ejector = ejector;
        let mut run = Run::of_batch(batch);
        let scenario = format!("{scenario}{ejector:?}");
        if let Err(error) = run.close() {
            wrong.push(format!("{scenario}: {error:#?}"));
            continue;
        }
        let judgement = run.judged();
        if !judgement.ok {
            wrong.push(format!("{scenario}: {:#?}", judgement.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A good pack recorded as bad and a bad one as good: every sum is right, and both are found.
#[test]
fn two_exchanged_packs_balance_the_books_and_the_judge_finds_both() {
    let mut run = Run::of(300, SOME_BLANK, 11);
    let (good, bad) = (run.pack(true, 20), run.pack(false, 2));
    run.call_bad(good);
    run.call_good(bad);
    run.close().expect("books that balance");
    let judgement = run.judged();
    assert!(!judgement.ok && judgement.sums_agree, "{judgement:#?}");
    assert!(found(&judgement, What::LeftNotAccepted, good), "{judgement:#?}");
    assert!(found(&judgement, What::FateDiffers, good), "{judgement:#?}");
    assert!(found(&judgement, What::FateDiffers, bad), "{judgement:#?}");
    assert!(found(&judgement, What::CommissionedNotLeft, bad), "{judgement:#?}");
}

/// An accept whose reading is not the code of its serial, or whose grade is too low.
#[test]
fn an_accept_without_its_proof_is_found_by_the_judge() {
    let mut run = Run::of(200, "", 12);
    let (other, low) = (run.pack(true, 5), run.pack(true, 9));
    let code = run.code(150);
    for body in run.bodies(other) {
        if let RecordBody::Verdict { read, .. } = body {
            *read = Some(code);
        }
    }
    for body in run.bodies(low) {
        if let RecordBody::Verdict { grade: Some(grade), .. } = body {
            grade.overall = 14;
        }
    }
    run.close().expect("books that balance");
    let judgement = run.judged();
    assert_eq!(judgement.false_good, 2, "{judgement:#?}");
    assert!(found(&judgement, What::LeftNotRead, other), "{judgement:#?}");
    assert!(found(&judgement, What::LeftLowGrade, low), "{judgement:#?}");
}

/// What the records leave out, the line's own counters tell: the order does not close, and to the
/// judge the pack is still on its way.
#[test]
fn i4_a_passage_left_out_keeps_the_books_open() {
    let mut run = Run::of(200, "", 13);
    let gone = run.pack(true, 7);
    let left_out =
        |r: &Record| matches!(r.body, RecordBody::PackExited { track, .. } if track == gone);
    run.records.retain(|record| !left_out(record));
    for (seq, record) in (1..).zip(&mut run.records) {
        record.seq.0 = seq;
    }
    let refused = run.close();
    assert!(matches!(refused, Err(LedgerError::NotReconciled(_))), "{refused:#?}");
    let judgement = run.judged();
    assert!(!judgement.closed && judgement.pending == 1, "{judgement:#?}");
}

#[path = "virtual_ledger/stalled.rs"]
mod stalled;
#[path = "virtual_ledger/troubled.rs"]
mod troubled;
