//! What people did for the batch: workflow, challenge tests, signatures.
//!
//! Must never leave a signature out.

use super::name_of;
use crate::ReportError;
use crate::source::Source;
use crate::table::{Cell, Sink};
use ledger::{CloseOverview, ServiceBody, StoredBody};

pub(super) fn steps(overview: &CloseOverview, sink: &mut impl Sink) -> Result<(), ReportError> {
    for row in &overview.readiness.steps {
        let cells = [
            Cell::text(row.step.name()),
            Cell::text(name_of(row.state)),
            Cell::maybe(row.at.as_deref()),
            Cell::text(row.by.join(", ")),
            Cell::maybe(row.detail.as_deref()),
        ];
        sink.row(&cells, false)?;
    }
    Ok(())
}

pub(super) fn challenges(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    source.each_event(&["trial_result"], |event| {
        let Ok(StoredBody::Service(ServiceBody::TrialResult { trial, mode, packs, .. })) =
            StoredBody::parse(&event.body)
        else {
            return Ok(());
        };
        for pack in packs {
            let cells = [
                Cell::text(&event.at),
                Cell::text(&trial),
                Cell::text(&mode),
                Cell::from(u64::from(pack.track)),
                Cell::text(pack.prepared),
                Cell::maybe(pack.verdict),
                Cell::maybe(pack.reason),
                Cell::text(pack.fate),
                Cell::Truth(pack.passed),
            ];
            sink.row(&cells, false)?;
        }
        Ok(())
    })
}

pub(super) fn signatures(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let mut after = 0;
    loop {
        let rows = source.reader.signatures_after(&source.row.batch, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.seq;
        for row in rows {
            let cells = [
                Cell::text(row.at),
                Cell::text(row.name),
                Cell::text(row.who),
                Cell::text(row.meaning),
                Cell::text(row.subject),
                Cell::text(row.reason),
                Cell::Truth(row.authenticated),
            ];
            sink.row(&cells, false)?;
        }
    }
}
