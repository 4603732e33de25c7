//! The labeler's batch header of an order; its hash is the recipe that labeler and camera echo.
//!
//! Used by the run and by the line in virtual time.

use contracts::labeler::BatchHeader;
use line_core::verify::BatchData;

/// The header of an order.
#[must_use]
pub fn batch_header(batch: &BatchData, look_ahead: u16, template_revision: u16) -> BatchHeader {
    let mut header = BatchHeader { template_revision, look_ahead, ..BatchHeader::default() };
    header.gtin.copy_from_slice(batch.gtin.as_str().as_bytes());
    let lot = batch.lot.as_str().as_bytes();
    header.lot[..lot.len()].copy_from_slice(lot);
    header.expiry = batch.expiry.to_yymmdd();
    header
}
