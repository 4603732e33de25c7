//! The labeler's batch header of an order; its hash is the recipe that labeler, camera and stations
//! echo.
//!
//! Used by the run and by the line in virtual time.

use codes::SymbolSize;
use contracts::labeler::BatchHeader;
use line_core::verify::BatchData;

/// The header of an order; no symbol: the smallest square that fits.
#[must_use]
pub fn batch_header(
    batch: &BatchData,
    look_ahead: u16,
    template_revision: u16,
    symbol: Option<SymbolSize>,
) -> BatchHeader {
    let side = |modules: u16| u8::try_from(modules).unwrap_or(0);
    let symbol = symbol.map_or((0, 0), |size| (side(size.rows()), side(size.columns())));
    let mut header =
        BatchHeader { template_revision, look_ahead, symbol, ..BatchHeader::default() };
    header.gtin.copy_from_slice(batch.gtin.as_str().as_bytes());
    let lot = batch.lot.as_str().as_bytes();
    header.lot[..lot.len()].copy_from_slice(lot);
    header.expiry = batch.expiry.to_yymmdd();
    if let Some(national) = &batch.national {
        header.national_ai = national.scheme().digits().parse().unwrap_or(0);
        let text = national.as_bytes();
        header.national[..text.len()].copy_from_slice(text);
    }
    header
}
