//! The books of a batch: every term of the reconciliation from the projections and the line's own
//! counters.
//!
//! Called at close, by `verify` and by reports. Must never derive one side of an identity from the
//! other.

use contracts::open_scs::SerialState;
use line_core::event::PackFate;
use line_core::reconcile::Books;
use rusqlite::{Connection, OptionalExtension};

/// The books of a batch as they are now.
pub(crate) fn books(conn: &Connection, batch_no: i64) -> rusqlite::Result<Books> {
    let mut books = Books::default();
    from_serials(conn, batch_no, &mut books)?;
    from_counters(conn, batch_no, &mut books)?;
    from_packs(conn, batch_no, &mut books)?;
    from_batch(conn, batch_no, &mut books)?;
    Ok(books)
}

/// Terms that are counts of serials by state.
fn from_serials(conn: &Connection, batch_no: i64, books: &mut Books) -> rusqlite::Result<()> {
    let mut select = conn.prepare_cached(
        "SELECT state, printed, commissioned_by, count(*) FROM pool_serial \
         WHERE batch_no = ?1 GROUP BY 1, 2, 3",
    )?;
    let mut rows = select.query([batch_no])?;
    while let Some(row) = rows.next()? {
        let (printed, by, count): (bool, Option<i64>, i64) =
            (row.get(1)?, row.get(2)?, row.get(3)?);
        match SerialState::from_number(row.get(0)?) {
            Some(SerialState::SnInvalid) => {
                books.invalid += count;
                books.invalid_but_printed += if printed { count } else { 0 };
            }
            Some(SerialState::Unassigned | SerialState::Unallocated) => books.returned += count,
            Some(SerialState::Allocated) | None => {}
            Some(state) => {
                books.encoded += count;
                printed_serials(state, count, books);
            }
        }
        match by {
            Some(crate::apply::record::BY_LINE) => books.line_commissioned += count,
            Some(crate::apply::record::BY_RESOLUTION) => books.resolved_commissioned += count,
            Some(crate::apply::record::BY_REWORK) => books.reworked += count,
            _ => continue,
        }
        books.commissioned_ever += count;
    }
    Ok(())
}

fn printed_serials(state: SerialState, count: i64, books: &mut Books) {
    use SerialState as S;
    match state {
        S::LabelSampled => books.label_sampled += count,
        S::LabelScrapped => books.label_scrapped += count,
        S::Commissioned => books.commissioned_now += count,
        S::Sampled => books.sampled += count,
        S::Inactive => books.inactive += count,
        S::Destroyed => books.destroyed += count,
        S::Released => books.released += count,
        S::Encoded | S::Unassigned | S::Unallocated | S::Allocated | S::SnInvalid => {}
    }
}

/// The line's own counters: the latest `Counts` or `CountsBegin`.
fn from_counters(conn: &Connection, batch_no: i64, books: &mut Books) -> rusqlite::Result<()> {
    let counts = conn
        .prepare_cached("SELECT infeed, exit, eject, printed FROM count_base WHERE batch_no = ?1")?
        .query_row([batch_no], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    if let Some((infeed, exit, eject, printed)) = counts {
        books.infeed = infeed;
        books.exit_edges = exit;
        books.confirmed_ejects = eject;
        books.labeler_printed = printed;
    }
    Ok(())
}

/// Terms that are counts of packs by fate; a live serial is one that was printed and is valid.
fn from_packs(conn: &Connection, batch_no: i64, books: &mut Books) -> rusqlite::Result<()> {
    let mut select = conn.prepare_cached(
        "SELECT p.fate, p.exit_edge, coalesce(s.state, 0), count(*) FROM pack p \
         LEFT JOIN pool_serial s ON s.batch_no = p.batch_no AND s.serial_idx = p.serial_idx \
         WHERE p.batch_no = ?1 GROUP BY 1, 2, 3",
    )?;
    let mut rows = select.query([batch_no])?;
    while let Some(row) = rows.next()? {
        let (fate, exit_edge, state, count): (i64, bool, u8, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let at_exit = if exit_edge { count } else { 0 };
        match crate::names::fate(fate) {
            Some(PackFate::InProcess) => books.in_process += count,
            Some(PackFate::Unresolved) => books.unresolved += count,
            // Seen at the exit by mistake, or taken back from there into the bin.
            Some(PackFate::Ejected) => {
                books.retrieved_after_exit += at_exit;
                in_reject(state, count, books);
            }
            Some(PackFate::ResolvedEjected) => {
                // Confirmed by hand: no edge of the confirm eye stands for it. One that was seen
                // at the exit was taken back from there.
                books.confirmed_ejects += count;
                books.retrieved_after_exit += at_exit;
                in_reject(state, count, books);
            }
            Some(PackFate::ResolvedExited) => books.resolved_at_exit += at_exit,
            Some(PackFate::Removed) => {
                books.declared_removals += count;
                books.retrieved_after_exit += at_exit;
            }
            Some(PackFate::Exited) | None => {}
        }
    }
    Ok(())
}

fn in_reject(state: u8, count: i64, books: &mut Books) {
    let live = state >= SerialState::Encoded as u8;
    if live {
        books.serials_in_reject_ever += count;
    } else {
        books.ejects_without_serial += count;
    }
    if state == SerialState::Encoded as u8 {
        books.in_reject += count;
    }
}

/// What was declared, and ejections that no pack explains.
fn from_batch(conn: &Connection, batch_no: i64, books: &mut Books) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "SELECT allocated, (SELECT count(*) FROM stray_edge WHERE batch_no = ?1 AND at_exit = 0), \
         declared_additions, declared_removals, \
         declared_printed, declared_duplicate, declared_setup, declared_challenge, \
         declared_retrieved \
         FROM batch WHERE batch_no = ?1",
    )?
    .query_row([batch_no], |row| {
        books.allocated = row.get(0)?;
        books.ejects_without_serial += row.get::<_, i64>(1)?;
        books.declared_additions = row.get(2)?;
        books.declared_removals += row.get::<_, i64>(3)?;
        books.printed_undeclared = row.get(4)?;
        books.duplicate = row.get(5)?;
        books.setup = row.get(6)?;
        books.challenge = row.get(7)?;
        books.retrieved_after_exit += row.get::<_, i64>(8)?;
        Ok(())
    })
}
