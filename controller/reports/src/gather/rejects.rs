//! Rejects: how many for each reason, and every one.
//!
//! Must never look at a good pack.

use super::name_of;
use crate::ReportError;
use crate::source::Source;
use crate::table::{Cell, Sink};
use ledger::{PageFrom, RejectFilter};

pub(super) fn by_reason(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let first = (PageFrom::After(0), 1);
    let page = source.reader.reject_page(source.row.batch_no, &RejectFilter::default(), first)?;
    for count in &page.by_reason {
        let cells = [
            Cell::text(name_of(count.reason)),
            Cell::from(count.total),
            Cell::text(count.device),
            Cell::from(count.unreviewed),
        ];
        sink.row(&cells, false)?;
    }
    Ok(())
}

pub(super) fn rejects(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let mut after = 0;
    loop {
        let rows = source.reader.rejects_after(source.row.batch_no, after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.track;
        for row in rows {
            let review = row.review.as_ref();
            let cells = [
                Cell::from(u64::from(row.track)),
                Cell::maybe(row.serial),
                Cell::maybe(row.reason.map(name_of)),
                Cell::maybe(row.device),
                Cell::text(row.at),
                Cell::text(row.fate),
                Cell::maybe(review.map(|review| review.finding.name())),
                Cell::maybe(review.map(|review| review.who.as_str())),
            ];
            sink.row(&cells, false)?;
        }
    }
}
