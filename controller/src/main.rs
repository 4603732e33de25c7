//! `packline`: parses the words and does them.

use clap::Parser;
use packline::cli::args::Cli;
use packline::cli::dispatch::dispatch;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let quiet = || EnvFilter::new("warn,opcua_core=off,opcua_crypto=off,opcua_server=error,opcua_client=error");
    let filter = EnvFilter::try_from_env("PACKLINE_LOG").unwrap_or_else(|_| quiet());
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).init();
    dispatch(Cli::parse())
}
