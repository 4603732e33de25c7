//! The offline verifier: chains, signatures, anchors, and every projection rebuilt and compared.
//!
//! For those who do not trust the server: it reads the file only. Must never claim anything about
//! a cut tail or a complete rewrite without anchors.

#[cfg(test)]
mod act_forge_tests;
mod anchors;
mod chains;
mod compare;
mod epochs;
#[cfg(test)]
mod forge_tests;
mod rebuild;
mod report;
pub mod sealed;
mod seals;
mod signers;
mod source;
#[cfg(test)]
mod tamper_tests;
mod walk;

use crate::error::LedgerError;
use anchors::Anchors;
use chains::Chains;
use rebuild::Rebuild;
use rusqlite::Connection;
use source::Evidence;
use std::path::Path;

pub use anchors::NewestAnchor;
pub use report::{Bad, OpenBatch, Outcome, SealedBatch, VerifyReport};

/// Verifies the ledger at `path`, which a running line may be writing; with `anchors` (a file of
/// anchor lines, and the public key in hex, both from elsewhere) also against a cut tail and a
/// complete rewrite. It reads in one transaction through SQLite's locks, so on a running line it
/// holds back the checkpoints while it works.
///
/// # Errors
/// A file cannot be opened, or the public key is none. A damaged ledger is no error but a report.
pub fn verify(path: &Path, anchors: Option<(&Path, &str)>) -> Result<VerifyReport, LedgerError> {
    let stored = source::live(path)?;
    let anchors = anchors.map(|(file, key)| Anchors::read(file, key)).transpose()?;
    check(&stored, anchors)
}

/// The same for evidence: nothing is written to the file or beside it. With a write-ahead log
/// beside the file, a private copy of both is read, which needs room in the directory for
/// temporary files.
///
/// # Errors
/// As [`verify`]; or the file was written meanwhile.
pub fn verify_evidence(
    path: &Path,
    anchors: Option<(&Path, &str)>,
) -> Result<VerifyReport, LedgerError> {
    let evidence = Evidence::open(path)?;
    let anchors = anchors.map(|(file, key)| Anchors::read(file, key)).transpose()?;
    let report = check(&evidence.conn, anchors)?;
    evidence.unchanged()?;
    Ok(report)
}

/// The same for a ledger that the caller has opened, with the text of an anchor file. The caller
/// sees to it that nothing is written meanwhile (one read transaction).
///
/// # Errors
/// The public key is none, or no temporary file can be made.
pub fn verify_open(
    stored: &Connection,
    anchors: Option<(&str, &str)>,
) -> Result<VerifyReport, LedgerError> {
    let anchors = anchors.map(|(lines, key)| Anchors::from_lines(lines, key)).transpose()?;
    check(stored, anchors)
}

/// Rebuilds every projection from the events and texts of `stored` into `target`, a new file.
pub(crate) fn rebuild(stored: &Connection, target: &Path) -> Result<Option<Bad>, LedgerError> {
    let mut chains = Chains::new(None, Vec::new(), seals::seals(stored)?);
    let (rebuilt, walked) = walk::walk(stored, Rebuild::at(target)?, &mut chains);
    let broken = walked.or_else(|| ended(&chains, &rebuilt).err());
    rebuilt.conn.execute_batch("COMMIT")?;
    Ok(broken)
}

fn check(stored: &Connection, anchors: Option<Anchors>) -> Result<VerifyReport, LedgerError> {
    let ends = if anchors.is_some() { epochs::ends(stored)? } else { Vec::new() };
    let mut chains = Chains::new(anchors, ends, seals::seals(stored)?);
    let (rebuilt, walked) = walk::walk(stored, Rebuild::new()?, &mut chains);
    if let Some(what) = chains.other_version {
        return Err(LedgerError::NotUsable(what));
    }
    let broken = walked.or_else(|| ended(&chains, &rebuilt).err());
    let mut report = report_of(&chains, broken);
    if report.is_ok() {
        let compared = compare::compare(stored, &rebuilt.conn);
        report.projections = if compared.is_ok() { Outcome::Ok } else { Outcome::Broken };
        report.first_bad = compared.err();
        report.anchored &= report.is_ok();
    }
    Ok(report)
}

/// After the last event: the ends of the chains, and anchors that nothing met.
fn ended(chains: &Chains, rebuilt: &Rebuild) -> Result<(), Bad> {
    chains.heads().try_for_each(|(name, head)| rebuilt.head(name, head))?;
    chains.end()
}

fn report_of(chains: &Chains, broken: Option<Bad>) -> VerifyReport {
    let (kind, line_id) = chains.named();
    let (batches, open_batches) = chains.batches();
    let anchors = chains.anchors();
    let (given, lost) = anchors.map_or((0, 0), |anchors| anchors.len(&chains.ends));
    VerifyReport {
        kind,
        line_id,
        records: chains.records,
        sealed_verified: 0,
        sealed: chains.seals.all().map(SealedBatch::of).collect(),
        batches,
        open_batches,
        chain: if broken.is_none() { Outcome::Ok } else { Outcome::Broken },
        projections: Outcome::NotChecked,
        head: chains.site_head(),
        signing_keys: chains.signers.len(),
        anchored: given > 0 && broken.is_none(),
        anchors: given,
        anchors_of_lost_part: lost,
        ledger_epoch: chains.epoch(),
        newest_anchor: anchors.and_then(|anchors| anchors.newest(&chains.ends)),
        records_after_last_anchor: chains.unanchored(),
        first_bad: broken,
    }
}
