//! Allocation: which serials of a slice the product may have now.
//!
//! Called for `serials_allocated` by the writer and by `verify`. Must never allocate a serial that
//! has ever left the process (invariant I3).

use super::Place;
use super::step::{ALLOCATE, REALLOCATE};
use crate::chain::SerialDigest;
use crate::error::{Fail, Refusal, forbidden};
use contracts::open_scs::JobOrderState as S;
use rusqlite::{ErrorCode, params};

/// Writes a slice. Serials that the product had before are a refusal that names them all.
pub(super) fn allocated(
    at: &Place<'_>,
    first: i64,
    digest: &str,
    serials: &[&str],
) -> Result<(), Fail> {
    let (gtin, source, live): (String, Option<String>, bool) = at
        .conn
        .prepare_cached(
            "SELECT gtin, (SELECT kind FROM pool_source WHERE batch_no = ?1), \
             mode = 'production' FROM batch WHERE batch_no = ?1 AND allocated = ?2",
        )?
        .query_row([at.batch_no, first], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut found = SerialDigest::new();
    let mut collisions = Vec::new();
    for (offset, (serial, idx)) in serials.iter().zip(first..).enumerate() {
        found.add(serial);
        // Labels of a trial bear marked numbers: they are no serials of the product.
        let issued = !live
            || issue(at, &gtin, serial, idx)?
            || reissue(at, source.as_deref(), &gtin, serial, idx)?;
        if !issued {
            collisions.push(offset);
            continue;
        }
        at.any(
            "INSERT INTO pool_serial(batch_no, serial_idx, serial, state) VALUES(?1, ?2, ?3, ?4)",
            params![at.batch_no, idx, serial, ALLOCATE.to],
        )?;
    }
    if !collisions.is_empty() {
        return Err(Refusal::Collision(collisions).into());
    }
    if found.hex() != digest {
        return forbidden("serials do not have the digest of their slice");
    }
    let count = serials.len() as i64;
    at.any(
        "INSERT INTO pool_slice VALUES(?1, ?2, ?3, ?4, ?5)",
        params![at.batch_no, first, count, digest, at.seq],
    )?;
    at.one(
        "UPDATE batch SET allocated = allocated + ?2 WHERE batch_no = ?1 AND state = ?3",
        params![at.batch_no, count, S::Ready as i64],
        &|| "allocation outside the loading of an order".to_owned(),
    )
}

/// True when the product never had this serial before (invariant I3).
fn issue(at: &Place<'_>, gtin: &str, serial: &str, idx: i64) -> Result<bool, Fail> {
    let written = at.any(
        "INSERT INTO issued(gtin, serial, batch_no, serial_idx) VALUES(?1, ?2, ?3, ?4)",
        params![gtin, serial, at.batch_no, idx],
    );
    match written {
        Ok(_) => Ok(true),
        Err(Fail::Sql(rusqlite::Error::SqliteFailure(failure, _)))
            if failure.code == ErrorCode::ConstraintViolation =>
        {
            Ok(false)
        }
        Err(other) => Err(other),
    }
}

/// True when the serial is one that an earlier order gave back undispatched and the source of this
/// pool may use again: an import any such serial, kept ones those that were kept. A line that
/// draws never meets one again. What was given back before a restore may have been used again in
/// the part that is lost: nobody gets it.
fn reissue(
    at: &Place<'_>,
    source: Option<&str>,
    gtin: &str,
    serial: &str,
    idx: i64,
) -> Result<bool, Fail> {
    let Some(source) = source else { return Ok(false) };
    let changed = at.any(
        "UPDATE issued SET batch_no = ?3, serial_idx = ?4 WHERE gtin = ?1 AND serial = ?2 \
         AND EXISTS (SELECT 1 FROM pool_serial s JOIN batch b ON b.batch_no = s.batch_no \
         WHERE s.batch_no = issued.batch_no AND s.serial_idx = issued.serial_idx \
         AND s.state = ?5 AND s.job IS NULL \
         AND (?6 = 'imported' OR b.return_policy = 'unallocate') AND b.opened_seq > \
         coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'restored_seq'), 0))",
        params![gtin, serial, at.batch_no, idx, REALLOCATE.from, source],
    )?;
    Ok(changed == 1)
}
