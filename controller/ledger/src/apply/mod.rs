//! Projections: what an event changes in the tables.
//!
//! Called by the writer in the event's own transaction and by `verify` when it rebuilds. Must
//! never look at anything but the event and the projections, or a rebuild would differ.

mod alarm;
mod allocate;
pub(crate) mod close;
mod configuration;
pub(crate) mod own;
mod people;
mod recipe;
pub(crate) mod record;
pub(crate) mod restore;
pub(crate) mod service;
mod signed;
mod step;
pub(crate) mod workflow;

use crate::error::{Fail, forbidden};
use rusqlite::{Connection, ErrorCode, Params};

/// Where the event stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub conn: &'a Connection,
    pub seq: i64,
    pub chain: &'a str,
    /// 0 in the site chain.
    pub batch_no: i64,
    /// 0 for events without one.
    pub io_epoch: i64,
}

impl Place<'_> {
    /// Runs a statement that must change exactly one row; anything else is forbidden.
    fn one(&self, sql: &str, params: impl Params, what: &dyn Fn() -> String) -> Result<(), Fail> {
        match self.any(sql, params) {
            Ok(1) => Ok(()),
            Ok(changed) => forbidden(format!("{} ({changed} rows fit)", what())),
            Err(Fail::Sql(rusqlite::Error::SqliteFailure(failure, text)))
                if failure.code == ErrorCode::ConstraintViolation =>
            {
                forbidden(format!("{} ({})", what(), text.unwrap_or_default()))
            }
            Err(other) => Err(other),
        }
    }

    /// Runs a statement and says how many rows it changed.
    fn any(&self, sql: &str, params: impl Params) -> Result<usize, Fail> {
        Ok(self.conn.prepare_cached(sql)?.execute(params)?)
    }
}

/// Counters and encoder counts as SQLite keeps them.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
