//! Has an order's first pack been approved?
//!
//! The part of [`Reader`] behind the start of an order and its hold for the first pack. Must never
//! take a label for approved whose pack was rejected for a fault.

use crate::error::LedgerError;
use crate::ids::BatchNo;
use crate::reader::Reader;
use crate::terms::TakenAs;
use contracts::open_scs::SerialState;
use line_core::reason::RejectReason;

impl Reader {
    /// True when two persons have taken, as first pack, the label of a pack with which nothing was
    /// wrong but that this approval was due.
    ///
    /// # Errors
    /// Reading failed.
    pub fn first_pack_approved(&self, batch: BatchNo) -> Result<bool, LedgerError> {
        let mut select = self.conn.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM pack p JOIN pool_serial s \
             ON s.batch_no = p.batch_no AND s.serial_idx = p.serial_idx \
             JOIN event e ON e.seq = s.last_seq \
             WHERE p.batch_no = ?1 AND p.reason = ?2 AND s.state = ?3 \
             AND json_extract(e.body, '$.taken') = ?4)",
        )?;
        let reason = crate::names::reason_name(RejectReason::FirstPack);
        let args = (batch.0, reason, SerialState::LabelSampled as i64, TakenAs::FirstPack.name());
        Ok(select.query_row(args, |row| row.get(0))?)
    }
}
