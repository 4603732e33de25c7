//! `line-sim bench`: measurements that anyone can repeat from a seed.
//!
//! Called by the command line. It must never write a figure that it did not measure.

pub mod degraded;
pub mod optics;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// What to measure.
    #[command(subcommand)]
    pub what: BenchWhat,
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum BenchWhat {
    /// How many degraded codes the camera reads, and how fast.
    Optics(optics::OpticsArgs),
}

/// Measures.
#[must_use]
pub fn run(args: &BenchArgs) -> ExitCode {
    match &args.what {
        BenchWhat::Optics(args) => optics::run(args),
    }
}
