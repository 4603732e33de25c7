//! The offline verifier: chains, signatures, anchors, and every projection rebuilt and compared.
//!
//! For those who do not trust the server: it reads the file only. It reads in one transaction, so
//! on a running line it holds back the checkpoints while it works. Must never claim anything about
//! a cut tail or a complete rewrite without anchors.

mod anchors;
mod compare;
mod walk;

use crate::error::LedgerError;
use crate::ids::LedgerKind;
use crate::keys::hex;
use crate::schema::SCHEMA;
use anchors::Anchors;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use std::path::Path;

/// Whether the chains are whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Yes.
    Ok,
    /// No.
    Broken,
    /// Not looked at, because something before it was broken.
    NotChecked,
}

/// The first thing found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Event that it was found at; 0 when it belongs to no event.
    pub seq: i64,
    /// What.
    pub what: String,
}

/// What the verifier says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Simulation or production, as the chain says.
    pub kind: Option<LedgerKind>,
    /// Line, as the chain says.
    pub line_id: Option<String>,
    /// Events read and found good.
    pub records: i64,
    /// Hashes, links, batch heads, checkpoint signatures.
    pub chain: Outcome,
    /// Rebuilt and equal, schema included.
    pub projections: Outcome,
    /// Hash of the site chain's last event, hex.
    pub head: String,
    /// Anchors were given, at least one, and all fit.
    pub anchored: bool,
    /// Anchors that fit.
    pub anchors: usize,
    /// Anchors about events that a restore from an older backup has lost.
    pub anchors_of_lost_part: usize,
    /// Epoch of the ledger: 1 at creation, one more after each restore.
    pub ledger_epoch: Option<u32>,
    /// Events that no anchor covers: what could be cut off or rewritten unseen.
    pub records_after_last_anchor: i64,
    /// The first thing found wrong.
    pub first_bad: Option<Bad>,
}

impl VerifyReport {
    /// True when nothing was found wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.first_bad.is_none()
    }
}

/// Verifies the ledger at `path`; with `anchors` (a file of anchor lines, and the public key in
/// hex, both from elsewhere) also against a cut tail and a complete rewrite.
///
/// # Errors
/// A file cannot be opened, or the public key is none. A damaged ledger is no error but a report.
pub fn verify(path: &Path, anchors: Option<(&Path, &str)>) -> Result<VerifyReport, LedgerError> {
    let read = |(file, key): (&Path, _)| {
        let text = std::fs::read_to_string(file)
            .map_err(|source| LedgerError::Io { path: file.to_owned(), source })?;
        Ok::<_, LedgerError>((text, key))
    };
    let anchors = anchors.map(read).transpose()?;
    verify_against(path, anchors.as_ref().map(|(text, key)| (text.as_str(), *key)))
}

/// Rebuilds every projection from the events and texts of `stored` into `rebuilt`.
pub(crate) fn rebuild(stored: &Connection, rebuilt: &Connection) -> Result<(), Bad> {
    walk::Walk::new(stored, rebuilt, None).run()
}

/// The same with the lines of the anchor file.
pub(crate) fn verify_against(
    path: &Path,
    anchors: Option<(&str, &str)>,
) -> Result<VerifyReport, LedgerError> {
    let stored = open_snapshot(path)?;
    let rebuilt = rebuild_target()?;
    let anchors = anchors.map(|(text, key)| Anchors::read(text, key)).transpose()?;
    let mut report = VerifyReport {
        kind: None,
        line_id: None,
        records: 0,
        chain: Outcome::Ok,
        projections: Outcome::NotChecked,
        head: String::new(),
        anchored: false,
        anchors: 0,
        anchors_of_lost_part: 0,
        ledger_epoch: None,
        records_after_last_anchor: 0,
        first_bad: None,
    };
    let mut walk = walk::Walk::new(&stored, &rebuilt, anchors);
    if let Err(bad) = walk.run() {
        report.chain = Outcome::Broken;
        report.first_bad = Some(bad);
    }
    report.kind = walk.kind();
    report.line_id = walk.line_id();
    report.records = walk.records();
    report.head = walk.site_head().map(|hash| hex(&hash)).unwrap_or_default();
    let (fitting, lost, covered) = walk.anchored().unwrap_or_default();
    report.anchors = fitting;
    report.anchors_of_lost_part = lost;
    report.ledger_epoch = walk.epoch();
    report.anchored = fitting > 0 && report.first_bad.is_none();
    report.records_after_last_anchor = walk.records() - covered;
    if report.first_bad.is_none() {
        let compared = compare::compare(&stored, &rebuilt);
        report.projections = if compared.is_ok() { Outcome::Ok } else { Outcome::Broken };
        report.first_bad = compared.err();
    }
    Ok(report)
}

/// A snapshot for reading; a file on a medium that cannot be written is read as it is.
fn open_snapshot(path: &Path) -> Result<Connection, LedgerError> {
    let begin = |conn: Connection| {
        conn.execute_batch("BEGIN; SELECT count(*) FROM meta;")?;
        Ok::<_, rusqlite::Error>(conn)
    };
    let first = crate::schema::reader(path).and_then(begin);
    first.or_else(|error| {
        let wal = crate::lock::beside(path, "-wal");
        if wal.metadata().is_ok_and(|wal| wal.len() > 0) || !path.is_file() {
            return Err(error.into());
        }
        let uri = format!("file:{}?immutable=1", uri_path(path));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        Ok(Connection::open_with_flags(uri, flags).and_then(begin)?)
    })
}

/// The characters that mean something in a URI, escaped.
fn uri_path(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// An empty ledger in a temporary file that ends with the connection.
fn rebuild_target() -> Result<Connection, LedgerError> {
    let conn = Connection::open("")?;
    conn.pragma_update(None, "journal_mode", "MEMORY")?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    conn.set_prepared_statement_cache_capacity(96);
    conn.execute_batch(SCHEMA)?;
    conn.execute_batch("BEGIN")?;
    Ok(conn)
}
