//! `packline campaign`: runs the fault campaign, or one case of it again.
//!
//! Must never call a campaign clean that has a failure: exit 3, with the seed and a smaller case.

use super::args::CampaignArgs;
use super::exit::Exit;
use crate::simulation::campaign::batch::Shipped;
use crate::simulation::campaign::case::Case;
use crate::simulation::campaign::driver::{Plan, drive};
use crate::simulation::campaign::minimise::minimise;
use crate::simulation::campaign::mix;
use crate::simulation::campaign::run::run_case;
use crate::simulation::campaign::state::State;
use crate::simulation::campaign::totals::Totals;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

/// The state is written this often.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Runs it.
#[must_use]
pub fn run(args: &CampaignArgs) -> Exit {
    // A batch that breaks off is a finding with its words; they need no second place.
    std::panic::set_hook(Box::new(|_| {}));
    let result = match (&args.case, args.batch_seed) {
        (Some(path), _) => {
            Case::read(path).and_then(|case| replay(&case, &path.display().to_string(), args.json))
        }
        (None, Some(seed)) => replay_batch(seed, args),
        (None, None) => campaign(args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("packline campaign: {error}");
        Exit::Refused
    })
}

/// One batch of a campaign, known by its seed.
fn replay_batch(seed: u64, args: &CampaignArgs) -> Result<Exit, String> {
    let case = mix::case(seed);
    let exit = replay(&case, &format!("batch of seed {seed}"), args.json)?;
    if exit == Exit::NotProven {
        let path = args.cases.join(format!("{seed}.toml"));
        write_case(&minimise(&mut Shipped::default(), &case), &path)?;
        eprintln!("a smaller case: {}", path.display());
    }
    Ok(exit)
}

fn replay(case: &Case, name: &str, as_json: bool) -> Result<Exit, String> {
    let outcome = run_case(&mut Shipped::default(), case, false)?;
    for told in outcome.wrong.iter().chain(&outcome.lost_good) {
        eprintln!("{told}");
    }
    let clean = outcome.wrong.is_empty();
    eprintln!(
        "{name}: {} packs, {} left as good, {}",
        outcome.packs,
        outcome.good,
        if clean { "ok" } else { "NOT OK" }
    );
    if as_json {
        println!("{}", json!({ "packs": outcome.packs, "ok": clean, "wrong": outcome.wrong }));
    }
    Ok(if clean { Exit::Ok } else { Exit::NotProven })
}

fn campaign(args: &CampaignArgs) -> Result<Exit, String> {
    let seed = args.seed.map_or_else(drawn_seed, Ok)?;
    let mut state = match &args.state {
        Some(path) => State::read(path, seed)?,
        None => State::new(seed),
    };
    eprintln!("campaign: seed {seed}, {} packs, {} jobs", args.packs, args.jobs);
    let plan =
        Plan { packs: args.packs, jobs: usize::from(args.jobs), stop_at_failure: !args.keep_going };
    let bar = bar(args.packs);
    let (begun, before) = (Instant::now(), state.totals.packs);
    let mut written = Instant::now();
    let mut failed_to_write = None;
    drive(&mut state, plan, |state| {
        bar.set_position(state.totals.packs);
        bar.set_message(format!("{} failures", state.totals.failed));
        if let Some(path) = args.state.as_ref().filter(|_| written.elapsed() > WRITE_EVERY) {
            written = Instant::now();
            failed_to_write = state.write(path).err();
        }
        failed_to_write.is_none()
    })?;
    let wall_s = begun.elapsed().as_secs_f64();
    bar.finish_and_clear();
    if let Some(error) = failed_to_write {
        return Err(error);
    }
    write_cases(&mut state.totals, &args.cases)?;
    if let Some(path) = &args.state {
        state.write(path)?;
    }
    let rate = (state.totals.packs - before) as f64 / wall_s.max(1e-9);
    tell(&state, args, rate);
    let clean = state.totals.failed == 0;
    Ok(if clean { Exit::Ok } else { Exit::NotProven })
}

fn drawn_seed() -> Result<u64, String> {
    getrandom::u64().map_err(|e| format!("the operating system gives no random bytes: {e}"))
}

fn bar(packs: u64) -> ProgressBar {
    let bar = ProgressBar::new(packs);
    let style = "{bar:32} {pos}/{len} packs  {per_sec}  {eta} left  {msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

/// Every failure that was kept becomes a file that can be run again, and so do batches that lost
/// good packs.
fn write_cases(totals: &mut Totals, directory: &Path) -> Result<(), String> {
    let mut shipped = Shipped::default();
    for failure in totals.failures.iter_mut().filter(|failure| failure.case.is_none()) {
        let smaller = minimise(&mut shipped, &mix::case(failure.seed));
        let path = directory.join(format!("{}.toml", failure.seed));
        write_case(&smaller, &path)?;
        failure.case = Some(path.display().to_string());
    }
    for &(_, seed) in &totals.lost_good {
        write_case(&mix::case(seed), &directory.join(format!("false-reject-{seed}.toml")))?;
    }
    Ok(())
}

fn write_case(case: &Case, path: &Path) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("failed to write {}: {e}", path.display());
    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
    std::fs::write(path, case.to_toml()?).map_err(failed)
}

fn tell(state: &State, args: &CampaignArgs, packs_per_s: f64) {
    let t = &state.totals;
    let [core, world, judge, rest, all] = t.cpu_us_per_pack();
    for (class, acted) in &t.acted {
        let bound = acted.bound().map_or("no bound".to_owned(), |b| format!("below {b:.1e}"));
        eprintln!("{class:32} {:>10} packs {:>9} times  {bound}", acted.packs, acted.times);
    }
    eprintln!(
        "{} packs in {} batches, {:.0} h of line time: false good {}, unexplained {}, \
         unreconciled {}, late {}, differences {}; false reject {}, declared {}",
        t.packs,
        t.batches,
        t.line_s / 3_600.0,
        t.false_good,
        t.unexplained,
        t.unreconciled,
        t.late,
        t.differences,
        t.false_reject,
        t.declared
    );
    if t.failed == 0 && t.packs > 0 {
        eprintln!(
            "no failure in {} packs: below {:.1e} a pack with 95 % confidence, for these faults as \
             they are modelled and mixed",
            t.packs,
            3.0 / t.packs as f64
        );
    }
    eprintln!(
        "{packs_per_s:.0} packs/s; CPU a pack {all:.2} us; of a sample: core {core:.2}, world \
         {world:.2}, judge {judge:.2}, rest {rest:.2} us"
    );
    for failure in &t.failures {
        let first = failure.wrong.first().map_or("", String::as_str);
        let case = failure.case.as_deref().unwrap_or("-");
        eprintln!("FAILED batch {} seed {}: {first}\n  {case}", failure.batch, failure.seed);
    }
    if args.json {
        println!("{}", as_json(state, args, packs_per_s));
    }
}

fn as_json(state: &State, args: &CampaignArgs, packs_per_s: f64) -> serde_json::Value {
    let t = &state.totals;
    let [core, world, judge, rest, all] = t.cpu_us_per_pack();
    let classes: serde_json::Map<_, _> = t
        .acted
        .iter()
        .map(|(class, acted)| {
            let of = json!({
                "packs": acted.packs, "times": acted.times, "bound_95": acted.bound(),
            });
            (class.clone(), of)
        })
        .collect();
    json!({
        "packs": t.packs, "batches": t.batches, "seed": state.seed, "jobs": args.jobs,
        "good": t.good, "false_good": t.false_good, "unexplained": t.unexplained,
        "unreconciled": t.unreconciled, "late": t.late, "differences": t.differences,
        "false_reject": t.false_reject, "ledger_late": t.ledger_late, "declared": t.declared,
        "line_s": t.line_s, "inputs": t.inputs, "classes": classes, "packs_per_s": packs_per_s,
        "cpu_us_per_pack": {
            "core": core, "world": world, "judge": judge, "rest": rest, "all": all,
        },
        "failed_batches": t.failed, "failures": t.failures,
    })
}
