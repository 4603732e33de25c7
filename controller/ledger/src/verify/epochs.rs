//! Where the epochs of a restored ledger ended, looked up before the walk.
//!
//! What follows the end of an epoch belongs to the next one, the signatures of the restore first.
//! Must never be believed by itself: the walk meets the same events and checks them.

use super::anchors::EpochEnd;
use crate::error::LedgerError;
use crate::ledger_body::LedgerBody;
use crate::stored_body::StoredBody;
use rusqlite::Connection;

pub(super) fn ends(stored: &Connection) -> Result<Vec<EpochEnd>, LedgerError> {
    let mut select = stored.prepare(
        "SELECT body FROM event WHERE chain = 'site' \
         AND body LIKE '{\"kind\":\"ledger_restored\"%' ORDER BY seq",
    )?;
    let bodies: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let end = |body: &String| match StoredBody::parse(body) {
        Ok(StoredBody::Ledger(LedgerBody::LedgerRestored {
            ledger_epoch, through_seq, ..
        })) => Some(EpochEnd { epoch: ledger_epoch.saturating_sub(1), through_seq }),
        _ => None,
    };
    Ok(bodies.iter().filter_map(end).collect())
}
