//! The simulator as a child process of the same executable; it ends when its standard input closes.
//!
//! Spoken to through sockets alone. Must never outlive us.

use super::files::Files;
use crate::cli::hands::Hands;
use line_sim::hands::{HandsRequest, HandsResponse};
use line_sim::runner::Addresses;
use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A running simulator.
pub struct Simulator {
    /// Where its devices are.
    pub addresses: Addresses,
    child: Child,
    stdin: Option<ChildStdin>,
    hands: RefCell<Hands>,
}

impl Simulator {
    /// Starts it and waits for its addresses.
    ///
    /// # Errors
    /// In words.
    pub fn start(files: &Files, seed: u64) -> Result<Self, String> {
        let exe = std::env::current_exe().map_err(|e| format!("failed to find myself: {e}"))?;
        let mut child = Command::new(exe)
            .args(["line-sim", "run", "--until-stdin-closes", "--seed", &seed.to_string()])
            .arg("--config")
            .arg(files.path("sim.toml"))
            .arg("--scenario")
            .arg(files.path("scenario.toml"))
            .arg("--truth")
            .arg(files.path(files.truth))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("failed to start the simulator: {e}"))?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            let _ = BufReader::new(out).read_line(&mut line);
        }
        let addresses: Addresses = serde_json::from_str(&line).map_err(|e| {
            let _ = child.kill();
            let _ = child.wait();
            format!("failed to start the simulator: it did not tell its addresses: {e}")
        })?;
        let hands = RefCell::new(Hands::at(addresses.hands.to_string()));
        Ok(Self { addresses, child, stdin, hands })
    }

    /// Uses eyes and hands.
    ///
    /// # Errors
    /// In words.
    pub fn hands(&self, request: HandsRequest) -> Result<HandsResponse, String> {
        self.hands.borrow_mut().request(&request)
    }

    /// Closes its input and waits until it has written the last of the truth.
    ///
    /// # Errors
    /// It failed.
    pub fn end(mut self) -> Result<(), String> {
        drop(self.stdin.take());
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("the simulator ended with {status}")),
            Err(error) => Err(format!("failed to wait for the simulator: {error}")),
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}
