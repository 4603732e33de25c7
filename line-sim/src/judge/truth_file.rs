//! Reads the files of ground truth.
//!
//! It must never skip a line silently: only a torn last one (the simulator was killed) is left out,
//! and counted.

use std::fs;
use std::path::Path;

use super::JudgeError;
use crate::truth::{FaultTruth, PackTruth, ScrappedLabel, TRUTH_VERSION, TruthRecord};

/// One run of the simulator.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// In order of release.
    pub(super) packs: Vec<PackTruth>,
    pub(super) faults: Vec<FaultTruth>,
    /// Labels that were printed and that no pack bears.
    pub(super) scrapped: Vec<ScrappedLabel>,
}

/// All runs that the batch saw, in order of time.
#[derive(Debug, Default)]
pub(super) struct Truth {
    pub(super) runs: Vec<Run>,
    /// Torn last lines.
    pub(super) torn_lines: u64,
}

impl Truth {
    pub(super) fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Self, JudgeError> {
        let mut truth = Self::default();
        for path in paths {
            let path = path.as_ref();
            let bytes = fs::read(path)
                .map_err(|error| JudgeError::File { path: path.to_owned(), error })?;
            let run = truth.run(&String::from_utf8_lossy(&bytes)).map_err(|(line, error)| {
                JudgeError::Truth { path: path.to_owned(), line, error }
            })?;
            truth.runs.push(run);
        }
        Ok(truth)
    }

    fn run(&mut self, text: &str) -> Result<Run, (usize, String)> {
        let mut run = Run::default();
        let mut headed = false;
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let record = match TruthRecord::from_line(line) {
                Ok(record) => record,
                Err(_) if headed && !line.ends_with('\n') => {
                    self.torn_lines += 1;
                    break;
                }
                Err(error) => return Err((number, error.to_string())),
            };
            match record {
                TruthRecord::Header(header) if header.truth == TRUTH_VERSION && !headed => {
                    headed = true;
                }
                TruthRecord::Pack(pack) if headed => run.packs.push(pack),
                TruthRecord::Fault(fault) if headed => run.faults.push(fault),
                TruthRecord::Scrapped(label) if headed => run.scrapped.push(label),
                _ => return Err((number, format!("no header of version {TRUTH_VERSION} first"))),
            }
        }
        if !headed {
            return Err((1, "empty".to_owned()));
        }
        run.packs.sort_by_key(|pack| pack.pack);
        Ok(run)
    }

    /// The truth of one run of the simulator, as the world hands it over.
    pub(super) fn of_world(records: Vec<TruthRecord>) -> Self {
        let mut run = Run::default();
        for record in records {
            match record {
                TruthRecord::Header(_) => {}
                TruthRecord::Pack(pack) => run.packs.push(pack),
                TruthRecord::Fault(fault) => run.faults.push(fault),
                TruthRecord::Scrapped(label) => run.scrapped.push(label),
            }
        }
        run.packs.sort_by_key(|pack| pack.pack);
        Self { runs: vec![run], torn_lines: 0 }
    }
}
