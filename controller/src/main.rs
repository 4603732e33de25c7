//! `packline`: parses the words and does them.

use clap::Parser;
use packline::cli::args::{Cli, Command};
use packline::cli::dispatch::dispatch;
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// The OPC UA library logs each lost connection several times; our own links say it once.
const QUIET: &str = "opcua_client=off,opcua_core=off,opcua_crypto=off,opcua_server=off,\
                     opcua_types=off";

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A demo's faults are meant: they show on its progress bar, not as warnings above it.
    let meant = matches!(cli.command, Command::Demo(_) | Command::Campaign(_));
    let level = if meant { "error" } else { "warn" };
    let quiet = || EnvFilter::new(format!("{level},{QUIET}"));
    let filter = EnvFilter::try_from_env("PACKLINE_LOG").unwrap_or_else(|_| quiet());
    let colour = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(colour);
    log.with_env_filter(filter).init();
    dispatch(cli)
}
