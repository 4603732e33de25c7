//! The command line of the simulator; the packline binary calls the same code in a child process
//! of its own executable.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 judged and not proven,
//! or read wrong or not at all. It must
//! never hold a rule of the line.

use crate::bench::BenchArgs;
use crate::judge::cli::JudgeArgs;
use crate::proxy::cli::ProxyArgs;
use crate::read::ReadArgs;
use crate::render::RenderArgs;
use crate::runner::{RunOptions, run};
use clap::{Args, Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// A serialization line on loopback sockets, from a seed.
#[derive(Debug, Parser)]
#[command(name = "line-sim", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a line in real time and serve its devices.
    Run(RunArgs),
    /// Prove from ground truth, order and ledger what became of each pack.
    Judge(JudgeArgs),
    /// Measure what the simulator can do.
    Bench(BenchArgs),
    /// Draw the labels of an order.
    Render(RenderArgs),
    /// Read codes and text from pictures, as the camera does.
    Read(ReadArgs),
    /// Stand between a controller and a device and do to their link what networks do.
    Proxy(ProxyArgs),
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Configuration of the line (TOML); without one the default line.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Seed of everything that is random.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// What goes wrong (TOML); without one nothing does.
    #[arg(long)]
    pub scenario: Option<PathBuf>,
    /// Where to write the ground truth (JSON lines).
    #[arg(long)]
    pub truth: Option<PathBuf>,
    /// End when standard input closes: the simulator of a demo ends with its parent.
    #[arg(long)]
    pub until_stdin_closes: bool,
}

/// Parses `args` (the program's name first) and does what they say.
pub fn main_from(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Cli::try_parse_from(args) {
        Ok(cli) => execute(cli.command),
        Err(error) => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}

/// Messages go to standard error; the OPC UA library's warnings are about security that a line on
/// loopback does not have.
fn log_to_stderr() {
    let quiet = || EnvFilter::new("warn,opcua_server=error,opcua_crypto=off");
    let filter = EnvFilter::try_from_env("LINE_SIM_LOG").unwrap_or_else(|_| quiet());
    let logger = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false);
    // Fails when the caller has set another one: that one is used.
    let _ = logger.with_env_filter(filter).try_init();
}

fn execute(command: Command) -> ExitCode {
    match command {
        Command::Judge(args) => crate::judge::cli::run(&args),
        Command::Run(args) => {
            log_to_stderr();
            let options = RunOptions {
                config: args.config,
                seed: args.seed,
                scenario: args.scenario,
                truth: args.truth,
                until_stdin_closes: args.until_stdin_closes,
            };
            match run(&options) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("line-sim: failed to {error}");
                    ExitCode::FAILURE
                }
            }
        }
        Command::Bench(args) => crate::bench::run(&args),
        Command::Render(args) => crate::render::run(&args),
        Command::Read(args) => crate::read::run(&args),
        Command::Proxy(args) => {
            log_to_stderr();
            crate::proxy::cli::run(&args)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let table = [
            ("line-sim run --config a --seed 7 --scenario b --truth c --until-stdin-closes", true),
            ("line-sim run", true),
            ("line-sim run --rate 7", false),
            ("line-sim judge --truth a b --ledger c --order d --json", true),
            ("line-sim judge --ledger c --order d", false),
            ("line-sim bench optics --pictures 9 --seed 7 --out a --json", true),
            ("line-sim bench", false),
            ("line-sim render --order a --serial b --symbol 16x48 --national 710:1 --out c", true),
            ("line-sim render --order a --serial b --symbol 16 --out c", false),
            ("line-sim read a.png b.png --text", true),
            ("line-sim proxy --to a:1 --seed 7 --faults 9 --every-ms 500", true),
            ("line-sim proxy --listen 127.0.0.1:0 --to a:1 --script b --until-stdin-closes", true),
            ("line-sim proxy --to a:1 --script b --seed 7", false),
            ("line-sim proxy --seed 7", false),
            ("line-sim fly", false),
        ];
        for (text, expected) in table {
            assert_eq!(Cli::try_parse_from(text.split(' ')).is_ok(), expected, "{text}");
        }
    }
}
