//! Where an interrupted campaign goes on: its totals up to the last batch in a row.
//!
//! Written while the campaign runs and read when it is started again. Must never go on with another
//! campaign's totals.

use super::totals::Totals;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

const VERSION: u32 = 1;

/// A campaign as far as it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Version of the file.
    pub campaign: u32,
    /// Seed.
    pub seed: u64,
    /// Version of the program: another one draws and judges otherwise.
    pub program: String,
    /// The next batch.
    pub next_batch: u64,
    /// Sums of those before.
    pub totals: Totals,
}

impl State {
    /// A campaign at its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { campaign: VERSION, seed, program, next_batch: 0, totals: Totals::default() }
    }

    /// Reads the state, or begins when there is none.
    ///
    /// # Errors
    /// In words: the file cannot be read, or belongs to another campaign.
    pub fn read(path: &Path, seed: u64) -> Result<Self, String> {
        let fresh = Self::new(seed);
        if !path.exists() {
            return Ok(fresh);
        }
        let failed = |e: &dyn std::fmt::Display| format!("failed to read {}: {e}", path.display());
        let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
        let state: Self = serde_json::from_str(&text).map_err(|e| failed(&e))?;
        let same = (state.campaign, &state.program) == (VERSION, &fresh.program);
        if state.seed != seed || !same {
            return Err(format!(
                "{} is of a campaign with seed {} of version {}: give that seed, or another file",
                path.display(),
                state.seed,
                state.program
            ));
        }
        Ok(state)
    }

    /// Writes the state whole or not at all.
    ///
    /// # Errors
    /// In words: the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let failed = |e: &dyn std::fmt::Display| format!("failed to write {}: {e}", path.display());
        let text = serde_json::to_string_pretty(self).map_err(|e| failed(&e))?;
        let beside = path.with_extension("tmp");
        let mut file = std::fs::File::create(&beside).map_err(|e| failed(&e))?;
        file.write_all(text.as_bytes()).map_err(|e| failed(&e))?;
        file.sync_all().map_err(|e| failed(&e))?;
        std::fs::rename(&beside, path).map_err(|e| failed(&e))
    }
}
