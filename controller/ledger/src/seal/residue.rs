//! What stays in the ledger of a sealed batch: its row, the end of its chain, where its serials
//! came from, and the serials themselves, for no serial may come again (invariant I3).
//!
//! Read when a batch is sealed and by `verify`. Must be the same before and after the removal, and
//! after later orders have taken kept serials.

use crate::chain::Form;
use crate::ids::BatchNo;
use crate::keys::hex;
use contracts::open_scs::SerialState;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

/// First field of the digest.
const RESIDUE_FORM: &str = "packline residue 1";

/// Columns of `batch` that no longer change once it is closed.
const BATCH: &str = "batch_no, batch, gtin, lot, expiry, target, spec, config_hash, \
    return_policy, mode, state, allocated, pool_digest, declared_additions, declared_removals, \
    declared_printed, declared_duplicate, declared_setup, declared_challenge, declared_retrieved, \
    opened_seq, loaded_seq, closed_seq, books, blocked, unblocked_seq, \
    started_seq, first_pack_due";

/// The rows, as they are stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Residue {
    batch: Vec<Value>,
    head: Vec<Value>,
    /// The configuration, which later batches may have, too.
    config: Vec<Value>,
    source: Option<Vec<Value>>,
    /// Serials that were given back undispatched, whole.
    kept: Vec<Vec<Value>>,
    /// Every serial of the product's: index and text, in order.
    serials: Vec<(i64, String)>,
}

fn row(columns: usize) -> impl Fn(&Row<'_>) -> rusqlite::Result<Vec<Value>> {
    move |row| (0..columns).map(|column| row.get(column)).collect()
}

impl Residue {
    /// Of a batch of this ledger.
    pub(crate) fn read(conn: &Connection, no: BatchNo) -> rusqlite::Result<Self> {
        let mut select = conn.prepare(&format!("SELECT {BATCH} FROM batch WHERE batch_no = ?1"))?;
        let batch = select.query_row([no.0], row(select.column_count()))?;
        let head = conn.query_row(
            "SELECT h.* FROM chain_head h JOIN batch b ON b.batch = h.chain WHERE b.batch_no = ?1",
            [no.0],
            row(4),
        )?;
        let config = conn.query_row(
            "SELECT c.* FROM config c JOIN batch b ON b.config_hash = c.hash WHERE b.batch_no = ?1",
            [no.0],
            row(2),
        )?;
        let source = conn
            .query_row("SELECT * FROM pool_source WHERE batch_no = ?1", [no.0], row(7))
            .optional()?;
        let mut select = conn.prepare(
            "SELECT * FROM pool_serial WHERE batch_no = ?1 AND state = ?2 ORDER BY serial_idx",
        )?;
        let columns = select.column_count();
        let kept = select.query_map([no.0, SerialState::Unallocated as i64], row(columns))?;
        let kept = kept.collect::<Result<_, _>>()?;
        // A kept serial that a later order has is that order's, and stays here as a row.
        let mut select = conn.prepare(
            "SELECT serial_idx, serial FROM issued WHERE batch_no = ?1 AND gtin = \
             (SELECT gtin FROM batch WHERE batch_no = ?1) UNION SELECT serial_idx, serial \
             FROM pool_serial WHERE batch_no = ?1 AND state = ?2 AND \
             (SELECT mode FROM batch WHERE batch_no = ?1) = 'production' ORDER BY 1",
        )?;
        let serials = select.query_map([no.0, SerialState::Unallocated as i64], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let serials = serials.collect::<Result<_, _>>()?;
        Ok(Self { batch, head, config, source, kept, serials })
    }

    /// SHA-256 over all of it, hex (docs/record-format.md).
    pub(crate) fn digest(&self) -> String {
        let mut form = Form::new();
        form.text(RESIDUE_FORM);
        let rows = [&self.batch, &self.head, &self.config]
            .into_iter()
            .chain(&self.source)
            .chain(&self.kept);
        for row in rows {
            form.integer(Some(row.len() as i64));
            row.iter().for_each(|value| put(&mut form, value));
        }
        form.integer(Some(self.serials.len() as i64));
        for (index, serial) in &self.serials {
            form.integer(Some(*index));
            form.text(serial);
        }
        hex(&form.finish())
    }

    /// Writes it into a ledger that is being rebuilt, whose events of this batch are not there.
    pub(crate) fn store(&self, conn: &Connection) -> rusqlite::Result<()> {
        put_row(conn, &format!("INSERT INTO batch({BATCH})"), &self.batch)?;
        put_row(conn, "INSERT INTO chain_head", &self.head)?;
        put_row(conn, "INSERT OR IGNORE INTO config", &self.config)?;
        if let Some(source) = &self.source {
            put_row(conn, "INSERT INTO pool_source", source)?;
        }
        for kept in &self.kept {
            put_row(conn, "INSERT INTO pool_serial", kept)?;
        }
        let (Some(no), Some(gtin)) = (self.batch.first(), self.batch.get(2)) else { return Ok(()) };
        let mut issue = conn.prepare_cached(
            "INSERT INTO issued(gtin, serial, batch_no, serial_idx) VALUES(?1, ?2, ?3, ?4) \
             ON CONFLICT(gtin, serial) DO UPDATE SET batch_no = ?3, serial_idx = ?4",
        )?;
        for (index, serial) in &self.serials {
            issue.execute((gtin, serial, no, index))?;
        }
        Ok(())
    }
}

fn put(form: &mut Form, value: &Value) {
    match value {
        Value::Null => form.integer(None),
        Value::Integer(value) => form.integer(Some(*value)),
        Value::Real(value) => form.text(&value.to_string()),
        Value::Text(text) => form.text(text),
        Value::Blob(bytes) => form.bytes(bytes),
    }
}

fn put_row(conn: &Connection, insert: &str, row: &[Value]) -> rusqlite::Result<()> {
    let places = vec!["?"; row.len()].join(", ");
    conn.prepare_cached(&format!("{insert} VALUES({places})"))?.execute(params_from_iter(row))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::BATCH;

    #[test]
    fn every_column_of_a_batch_but_those_of_its_sealing_stays() {
        let conn = rusqlite::Connection::open_in_memory().expect("memory");
        conn.execute_batch(include_str!("../schema.sql")).expect("the schema");
        let mut select = conn.prepare("SELECT name FROM pragma_table_info('batch')").expect("sql");
        let names = select.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        let names: Vec<String> = names.collect::<Result<_, _>>().expect("names");
        let stays: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| !name.starts_with("sealed_")).collect();
        assert_eq!(BATCH.split(", ").collect::<Vec<_>>(), stays);
    }
}
