//! A demo with its page, as a newcomer starts it; ends with its handle.

use crate::Outcome;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub struct Demo {
    child: Child,
    pub addr: SocketAddr,
    _dir: TempDir,
}

impl Demo {
    /// More packs than anybody waits for, at the pace of pixels.
    pub fn start() -> Outcome<Self> {
        let dir = tempfile::tempdir()?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_packline"))
            .args(["demo", "--packs", "5000", "--seed", "8", "--http", "127.0.0.1:0", "--json"])
            .args(["--labeler", "modbus", "--data-dir"])
            .arg(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let said = child.stderr.take().ok_or("no standard error")?;
        let mut lines = BufReader::new(said).lines();
        let addr = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.trim().strip_prefix("live at http://").map(str::to_owned));
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let addr = addr.ok_or("the demo ended without an address")?.parse()?;
        Ok(Self { child, addr, _dir: dir })
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
