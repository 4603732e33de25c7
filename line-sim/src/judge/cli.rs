//! `line-sim judge`: files in, a summary on standard error, JSON on standard output.
//!
//! Called by the simulator's command line. Exit codes: 0 the batch is proven, 3 it is not, 2 it
//! could not be judged. It must never hold a rule.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{JudgeError, Judgement, Order, Recipe, Rules, judge_by};

/// Findings that the summary shows.
const SHOWN_MAX: usize = 20;

/// Arguments of `judge`.
#[derive(Clone, Debug, Args)]
pub struct JudgeArgs {
    /// Ground truth (JSON lines); several files, in order of time, of a simulator started again.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub truth: Vec<PathBuf>,
    /// The ledger's database.
    #[arg(long, value_name = "FILE")]
    pub ledger: PathBuf,
    /// The order (TOML, or JSON by its file name): batch, gtin, lot, expiry.
    #[arg(long, value_name = "FILE")]
    pub order: PathBuf,
    /// The product's recipe (TOML): what the stations beside the camera must prove.
    #[arg(long, value_name = "FILE")]
    pub product: Option<PathBuf>,
    /// The judgement as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// Lowest grade of a pack that may leave, in tenths.
    #[arg(long, default_value_t = Rules::default().grade_min_tenths, value_name = "TENTHS")]
    pub grade_min: u8,
    /// How long after its end a fault excuses a reject.
    #[arg(long, default_value_t = Rules::default().settling_ms, value_name = "MS")]
    pub settling_ms: u64,
    /// How long before its end on the line a pack was there at least.
    #[arg(long, default_value_t = Rules::default().transit_ms, value_name = "MS")]
    pub transit_ms: u64,
}

/// Judges, prints, and gives the exit code.
pub fn run(args: &JudgeArgs) -> ExitCode {
    match judged(args) {
        Ok(judgement) => {
            eprint!("{}", summary(&judgement));
            ExitCode::from(if judgement.ok { 0 } else { 3 })
        }
        Err(error) => {
            eprintln!("line-sim judge: {error}");
            ExitCode::from(2)
        }
    }
}

fn judged(args: &JudgeArgs) -> Result<Judgement, JudgeError> {
    let rules = Rules {
        grade_min_tenths: args.grade_min,
        settling_ms: args.settling_ms,
        transit_ms: args.transit_ms,
    };
    let recipe = args.product.as_deref().map(Recipe::from_file).transpose()?;
    let order = Order::from_file(&args.order)?.with_recipe(recipe.unwrap_or_default());
    let judgement = judge_by(rules, &args.truth, &args.ledger, &order)?;
    if args.json {
        // Plain structs of numbers and texts always serialize.
        println!("{}", serde_json::to_string(&judgement).unwrap_or_default());
    }
    Ok(judgement)
}

/// The judgement for people.
fn summary(j: &Judgement) -> String {
    let yes_no = |yes| if yes { "yes" } else { "NO" };
    let fates = &j.fates;
    let mut lines = vec![
        format!("batch {}: {} packs, {} left as good", j.batch, j.packs, j.good_out),
        format!(
            "{} ejected, {} removed, {} taken back, {} on the belt",
            fates.ejected, fates.removed, fates.retrieved, fates.on_belt
        ),
    ];
    if j.trial_packs > 0 {
        lines.push(format!("{} packs of trials, counted apart", j.trial_packs));
    }
    if !j.closed {
        lines.push(format!(
            "the batch is not closed: books not compared, {} packs pending",
            j.pending
        ));
    }
    lines.push(format!(
        "false good {}, unexplained {}, false reject {}; sums agree: {}, order agrees: {}",
        j.false_good,
        j.unexplained,
        j.false_reject,
        yes_no(j.sums_agree),
        yes_no(j.order_agrees)
    ));
    for finding in j.findings.iter().take(SHOWN_MAX) {
        let pack = finding.pack.map_or(String::new(), |pack| format!(" pack {pack}"));
        let track = finding.track.map_or(String::new(), |track| format!(" track {track}"));
        lines.push(format!("  {:?}{pack}{track}: {}", finding.what, finding.detail));
    }
    let more = j.findings_total.saturating_sub(SHOWN_MAX as u64);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.push(format!("judged: {}", if j.ok { "ok" } else { "NOT OK" }));
    lines.join("\n") + "\n"
}
