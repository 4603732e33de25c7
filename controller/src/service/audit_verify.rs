//! The whole ledger recomputed while the line runs, against the anchors beside it.
//!
//! Called by the read side, on a thread of its own that gives way to the line. Must never call
//! anything in order that was not checked. What somebody who holds the disk could do to ledger and
//! anchors together, `packline-verify` finds with anchors from elsewhere.

use super::load::ledger_problem;
use super::realtime::give_way_to_the_line;
use crate::cli::audit::report_json;
use hmi::{Answer, Problem};
use ledger::verify::verify as recomputed;
use std::path::Path;
use std::time::Instant;

/// `{chain, records, anchors, head, first_bad, seconds, ..}`, as `packline audit verify` tells it.
///
/// # Errors
/// A [`Problem`]: a file cannot be read. A damaged ledger is an answer.
pub fn verify(ledger: &Path, data_dir: &Path) -> Answer {
    let work = || {
        give_way_to_the_line();
        beside(ledger, data_dir)
    };
    let ended = std::thread::scope(|scope| scope.spawn(work).join());
    ended.map_err(|_| Problem::new(500, "verify", "the verification broke down").at("ledger"))?
}

fn beside(ledger: &Path, data_dir: &Path) -> Answer {
    let begun = Instant::now();
    let (lines, key) = (data_dir.join("anchors.jsonl"), data_dir.join("signing.pub"));
    let key = std::fs::read_to_string(key).ok().filter(|_| lines.exists());
    let anchors = key.as_deref().map(|key| (lines.as_path(), key.trim()));
    let report = recomputed(ledger, anchors).map_err(|e| ledger_problem(&e))?;
    let mut told = report_json(&report);
    told["seconds"] = begun.elapsed().as_secs().into();
    Ok(told)
}
