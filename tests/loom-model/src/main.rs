//! The service's own wake-up and watermark, compiled against loom, which tries every interleaving.
//!
//! Without an argument each model runs in a process of its own, for a deadlock that loom finds ends
//! the process: those of the protocol must hold, the planted faults must be found. Exit 1 when one
//! does not behave. Must never hold a copy of what it models: only what is not ours (the ring, the
//! thread's handle) is made anew here.

#![cfg(loom)]

mod model;
mod ring;
mod sleeper;
#[path = "../../../controller/src/service/wake.rs"]
mod wake;

use model::{CASES, Case};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tries every interleaving and prints how many there were.
fn explore(case: &Case) {
    let runs = Arc::new(AtomicU64::new(0));
    let (count, run) = (Arc::clone(&runs), case.run);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = case.switches;
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        run();
    });
    println!("{}", runs.load(Ordering::Relaxed));
}

/// One model in a process of its own; true when it behaves.
fn judge(case: &Case) -> std::io::Result<bool> {
    let output =
        Command::new(std::env::current_exe()?).arg(case.name).stderr(Stdio::piped()).output()?;
    let (held, told) = (output.status.success(), String::from_utf8_lossy(&output.stderr));
    let reason = told.lines().find(|line| {
        ["deadlock", "ahead", "missing", "dropped"].iter().any(|word| line.contains(word))
    });
    let bound = case.switches.map_or("all".to_owned(), |n| format!("up to {n} switches"));
    let good = match (held, case.planted) {
        (true, false) => {
            let runs = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            println!("{:<32} holds in {runs} interleavings ({bound})", case.name);
            runs.parse::<u64>().is_ok_and(|runs| runs > 1)
        }
        (false, true) => {
            println!("{:<32} found: {}", case.name, reason.unwrap_or("for another reason"));
            reason.is_some()
        }
        (true, true) => {
            println!("{:<32} NOT FOUND", case.name);
            false
        }
        (false, false) => {
            println!("{:<32} BROKEN: {}", case.name, reason.unwrap_or(&told));
            false
        }
    };
    Ok(good)
}

fn main() -> ExitCode {
    if let Some(name) = std::env::args().nth(1) {
        let Some(case) = CASES.iter().find(|case| case.name == name) else {
            return ExitCode::from(2);
        };
        explore(case);
        return ExitCode::SUCCESS;
    }
    let good = CASES.iter().filter(|case| judge(case).unwrap_or(false)).count();
    println!("{good} of {} models behave", CASES.len());
    if good == CASES.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
