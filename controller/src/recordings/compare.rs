//! What a replay is compared with: the ledger's event bodies, or the digests that a recording
//! carries itself.
//!
//! Used by `replay.rs`. Must never call two records equal that differ in one byte or stamp.

use ledger::keys::hex;
use ledger::{CoreRecord, LedgerError, Reader};
use line_core::record::Record;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

const PAGE: u32 = 1_000;

/// The first place where replay and record are not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Life of the core in the batch, from 1.
    pub segment: u32,
    /// n-th record of that life, from 1.
    pub record: u64,
    /// n-th input of that life that made it, from 1.
    pub input: u64,
    /// Event of the ledger, when it has one.
    pub ledger_seq: Option<i64>,
    /// What differs: `body`, a stamp, `digest`, or that one of the two is missing.
    pub what: &'static str,
    /// What was recorded.
    pub expected: String,
    /// What the replay made.
    pub got: String,
}

/// Why it cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// Reading the ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A record has no JSON form.
    #[error("a record of the core cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// What the records of one segment must be.
pub(super) enum Expect {
    /// The ledger's events.
    Ledger(LedgerSide),
    /// Digests.
    Digests(VecDeque<[u8; 8]>),
}

/// How a record compares.
pub(super) enum Next {
    /// The same, byte for byte.
    Same,
    /// Not the same: what, expected, got, event of the ledger.
    Differs(&'static str, String, String, Option<i64>),
    /// Nothing is left to compare it with.
    NothingLeft,
}

impl Expect {
    /// Compares the next record.
    pub(super) fn next(&mut self, record: &Record, body: &str) -> Result<Next, CompareError> {
        match self {
            Self::Ledger(side) => Ok(match side.next()? {
                Some(expected) => compare(record, body, &expected),
                None => Next::NothingLeft,
            }),
            Self::Digests(digests) => {
                let got = digest(record, body);
                Ok(match digests.pop_front() {
                    Some(expected) if expected == got => Next::Same,
                    Some(expected) => {
                        let got = format!("{} of {body}", hex(&got));
                        Next::Differs("digest", hex(&expected), got, None)
                    }
                    None => Next::NothingLeft,
                })
            }
        }
    }

    /// What was expected and has not come: how many, and the first one.
    pub(super) fn left(&mut self) -> Result<(u64, String, Option<i64>), CompareError> {
        match self {
            Self::Ledger(side) => {
                let (mut count, mut first, mut seq) = (0, String::new(), None);
                while let Some(record) = side.next()? {
                    if count == 0 {
                        (first, seq) = (record.body, Some(record.seq));
                    }
                    count += 1;
                }
                Ok((count, first, seq))
            }
            Self::Digests(digests) => {
                let first = digests.front().map(|digest| hex(digest)).unwrap_or_default();
                Ok((digests.len() as u64, first, None))
            }
        }
    }
}

/// Records of the core in the ledger, page by page.
pub(super) struct LedgerSide {
    pub(super) reader: Reader,
    pub(super) batch: String,
    pub(super) after: i64,
    pub(super) through: i64,
    pub(super) page: VecDeque<CoreRecord>,
}

impl LedgerSide {
    fn next(&mut self) -> Result<Option<CoreRecord>, LedgerError> {
        if self.page.is_empty() {
            let page = self.reader.core_records(&self.batch, self.after, self.through, PAGE)?;
            self.after = page.last().map_or(self.through, |last| last.seq);
            self.page.extend(page);
        }
        Ok(self.page.pop_front())
    }
}

fn compare(record: &Record, body: &str, expected: &CoreRecord) -> Next {
    let seq = Some(expected.seq);
    if body != expected.body {
        return Next::Differs("body", expected.body.clone(), body.to_owned(), seq);
    }
    let wide = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let stamps = [
        ("mono_ns", expected.mono_ns, wide(record.now.0)),
        ("io_epoch", expected.io_epoch, i64::from(record.io_epoch.0)),
        ("io_seq", expected.io_seq, i64::from(record.io_seq.0)),
        ("encoder", expected.encoder, wide(record.encoder.0)),
    ];
    match stamps.into_iter().find(|(_, expected, got)| expected != got) {
        None => Next::Same,
        Some((what, expected, got)) => {
            Next::Differs(what, format!("{expected} of {body}"), format!("{got} of {body}"), seq)
        }
    }
}

/// The event body of a record: the ledger writes the same bytes.
pub(super) fn body_of(record: &Record) -> Result<String, CompareError> {
    Ok(serde_json::to_string(&record.body)?)
}

/// First 8 bytes of SHA-256 over sequence, time, line-I/O epoch and event, encoder count, each in
/// decimal and followed by a space, and the body.
pub(super) fn digest(record: &Record, body: &str) -> [u8; 8] {
    let Record { seq, now, io_epoch, io_seq, encoder, .. } = record;
    let text = format!("{seq} {} {io_epoch} {io_seq} {} {body}", now.0, encoder.0);
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(text)[..8]);
    first
}
