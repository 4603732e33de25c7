//! `line-sim proxy`: a faulty link as a process.
//!
//! Prints where it listens, its seed and its script as one JSON line, and what it did as another
//! one when it ends. It must never go on with a script that it does not understand.

use super::{Proxy, Script, ScriptError};
use crate::runner::End;
use clap::Args;
use serde_json::json;
use std::io::{self, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `proxy`.
#[derive(Debug, Args)]
pub struct ProxyArgs {
    /// Where to listen; port 0 is any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The device: HOST:PORT or opc.tcp://HOST:PORT/.
    #[arg(long)]
    pub to: String,
    /// Faults by time or frame (TOML).
    #[arg(long, conflicts_with = "seed")]
    pub script: Option<PathBuf>,
    /// Draws the faults; without a script and a seed nothing goes wrong.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many are drawn.
    #[arg(long, default_value_t = 100)]
    pub faults: usize,
    /// Mean pause between two of them, milliseconds.
    #[arg(long, default_value_t = 2_000)]
    pub every_ms: u64,
    /// End when standard input closes.
    #[arg(long)]
    pub until_stdin_closes: bool,
}

/// Why the command failed; reads after "failed to ".
#[derive(Debug, thiserror::Error)]
enum ProxyError {
    #[error("{0}")]
    Script(#[from] ScriptError),
    #[error("read {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("find the device at {0}: give it as HOST:PORT or opc.tcp://HOST:PORT/")]
    Address(String),
    #[error("start the proxy: {0}")]
    System(#[from] io::Error),
}

/// Runs the command.
pub fn run(args: &ProxyArgs) -> ExitCode {
    match proxy(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("line-sim: failed to {error}");
            let usage = !matches!(error, ProxyError::System(_));
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn proxy(args: &ProxyArgs) -> Result<(), ProxyError> {
    let script = match (&args.script, args.seed) {
        (Some(path), _) => {
            let read = std::fs::read_to_string(path);
            let text = read.map_err(|source| ProxyError::File { path: path.clone(), source })?;
            Script::from_toml(&text)?
        }
        (None, Some(seed)) => Script::random(seed, args.faults, args.every_ms),
        (None, None) => Script::default(),
    };
    let end = End::prepare(args.until_stdin_closes)?;
    let proxy = Proxy::start(args.listen, address(&args.to)?, script.clone(), None)?;
    print(&json!({ "address": proxy.address(), "seed": args.seed, "script": script }))?;
    end.wait();
    print(&json!(proxy.counts()))?;
    Ok(())
}

/// The socket behind an endpoint.
fn address(endpoint: &str) -> Result<SocketAddr, ProxyError> {
    let host = endpoint.trim_start_matches("opc.tcp://");
    let host = host.split('/').next().unwrap_or_default();
    let found = host.to_socket_addrs().ok().and_then(|mut found| found.next());
    found.ok_or_else(|| ProxyError::Address(endpoint.to_owned()))
}

fn print(value: &serde_json::Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        for (text, expected) in [
            ("127.0.0.1:5020", Some("127.0.0.1:5020")),
            ("opc.tcp://127.0.0.1:4840/", Some("127.0.0.1:4840")),
            ("opc.tcp://127.0.0.1:4840/a/b", Some("127.0.0.1:4840")),
            ("127.0.0.1", None),
            ("opc.tcp://", None),
        ] {
            let found = address(text).ok().map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
