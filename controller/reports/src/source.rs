//! A batch as it is read: where its events are, and where its chain ended when reading began.
//!
//! Used by every gatherer. Must never mix two states of a batch: what went on meanwhile is an
//! error.

use crate::ReportError;
use ledger::{BatchRow, BatchSpine, EventRow, LedgerKind, Reader};
use std::path::Path;

/// See the module.
#[derive(Debug)]
pub struct Source {
    pub(crate) reader: Reader,
    pub(crate) row: BatchRow,
    pub(crate) spine: BatchSpine,
    pub(crate) kind: LedgerKind,
}

impl Source {
    /// Opens a batch of the ledger in `ledger`; a sealed one from its own file beside it.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn open(ledger: &Path, batch: &str) -> Result<Self, ReportError> {
        let site = Reader::open(ledger)?;
        let found = site.batch_of(batch)?;
        let row = found.ok_or_else(|| ReportError::Unknown(batch.to_owned()))?;
        let reader = match &row.sealed_file {
            Some(file) => {
                let data_dir = ledger.parent().unwrap_or(Path::new("."));
                Reader::open_sealed(data_dir, file)?
            }
            None => site,
        };
        let (spine, kind) = (reader.spine(row.batch_no)?, reader.kind()?);
        Ok(Self { reader, row, spine, kind })
    }

    /// Fails when the batch has an event more than when reading began.
    pub(crate) fn require_unchanged(&self) -> Result<(), ReportError> {
        let after = self.reader.spine(self.row.batch_no)?.last_seq;
        let before = self.spine.last_seq;
        if after == before {
            return Ok(());
        }
        Err(ReportError::Changed { batch: self.row.batch.clone(), before, after })
    }

    /// Hands over each event of these kinds, in order.
    pub(crate) fn each_event(
        &self,
        kinds: &[&str],
        mut take: impl FnMut(EventRow) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut after = Some(0);
        while let Some(from) = after {
            let (events, next) = self.reader.events_of_kinds(&self.spine, from, kinds)?;
            for event in events {
                take(event)?;
            }
            after = next;
        }
        Ok(())
    }
}
