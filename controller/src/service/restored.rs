//! After a restore: what blocks, in words, and how a person ends it.
//!
//! Called before an order goes on or is loaded. Must never end a block itself: the ledger does,
//! with two persons' signatures.

use super::load::ledger_problem;
use codes::Gtin;
use hmi::Problem;
use ledger::{Ledger, LostSerials, ProductBlock};
use line_core::limits::ORDER_SERIALS_MAX;
use line_core::serial_format::SerialFormat;

/// Two orders drawn blind, one of them lost, have a serial in common with a probability below one
/// in a million: the space is at least a million times the product of their sizes.
const BLIND_SPACE_MIN: u128 = 1_000_000 * (ORDER_SERIALS_MAX as u128) * (ORDER_SERIALS_MAX as u128);

/// Refuses an open order that a restore has blocked.
///
/// # Errors
/// A [`Problem`] that says what to do.
pub fn require_unblocked(ledger: &Ledger) -> Result<(), Problem> {
    let Some((no, id)) = ledger.open_batch_id() else { return Ok(()) };
    if !ledger.is_blocked(no).map_err(|e| ledger_problem(&e))? {
        return Ok(());
    }
    let what = format!(
        "batch {id} was open when the backup was made that this ledger was restored from: serials \
         may have been printed since that it does not know of"
    );
    Err(Problem::new(409, "restored_order", what).at(id.as_str()).remedy(format!(
        "find out what was printed last, then packline order unblock {id} --who A --second B \
         --reason R [--last-used SERIAL | --used FILE]; without either none of its serials is \
         printed any more (docs/backup.md)"
    )))
}

/// Refuses an order of a product that a restore has blocked; `drawn` is the format of the serials
/// that this line is to draw, none for a pool.
///
/// # Errors
/// A [`Problem`] that says what to do.
pub fn require_product(
    ledger: &Ledger,
    gtin: Gtin,
    drawn: Option<&SerialFormat>,
) -> Result<(), Problem> {
    let refused = |what: String| {
        Err(Problem::new(409, "restored_product", what).at("gtin").remedy(format!(
            "packline serial unblock --gtin {gtin} --who A --second B --reason R with \
             --nothing-used or --used FILE (docs/backup.md)"
        )))
    };
    match ledger.product_block(gtin).map_err(|e| ledger_problem(&e))? {
        ProductBlock::Never | ProductBlock::Unblocked(LostSerials::None | LostSerials::Listed) => {
            Ok(())
        }
        ProductBlock::Blocked => refused(format!(
            "the ledger was restored from a backup, and serials of {gtin} may have been used since \
             that it does not know of"
        )),
        ProductBlock::Unblocked(LostSerials::Unknown) => match drawn {
            Some(format) if format.space() >= BLIND_SPACE_MIN => Ok(()),
            Some(format) => refused(format!(
                "it is not known which serials of {gtin} were used after the backup, and {} \
                 serials are too few to draw without knowing ({BLIND_SPACE_MIN} are enough)",
                format.space()
            )),
            None => refused(format!(
                "it is not known which serials of {gtin} were used after the backup: a pool from \
                 outside, or kept serials, may have been used already"
            )),
        },
    }
}
