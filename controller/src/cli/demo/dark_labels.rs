//! What a labeler without a counter cannot tell: labels that it printed while its link was dark.
//!
//! The scripted person sees them on their packs and declares them before the books are closed. Must
//! never declare for a labeler that counts.

use super::files::Files;
use super::floor::DemoFloor;
use super::{Stop, refused};
use crate::service::batch_row;
use crate::simulation::operator::Floor;
use ledger::Reader;

/// Declares as many as are on packs and on no counter.
///
/// # Errors
/// The ledger cannot be read, or refuses the number.
pub fn declare(floor: &mut DemoFloor<'_>, files: &Files) -> Result<(), Stop> {
    let reader = Reader::open(&files.path("ledger.db")).map_err(refused)?;
    let row = batch_row(&reader, &files.batch).map_err(|p| refused(p.detail))?;
    let b = reader.books(row.batch_no).map_err(refused)?;
    let known = b.encoded + b.invalid_but_printed + b.duplicate + b.setup + b.challenge;
    let missing = u32::try_from(known - b.labeler_printed - b.printed_undeclared).unwrap_or(0);
    if missing == 0 {
        return Ok(());
    }
    let reason = "on packs; printed while the labeler's link was dark";
    floor.declare("printed", missing, reason).map_err(refused)
}
