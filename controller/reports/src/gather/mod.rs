//! Reads a batch record section by section, in one order, and hands each row on at once.
//!
//! Called by `lib` with a writer. Must never keep rows, nor compute what the ledger knows.

mod books;
mod changes;
mod order;
mod people;
mod rejects;
mod sections;
mod trail;

pub(crate) use sections::SECTIONS;

use crate::ReportError;
use crate::source::Source;
use crate::table::{Cell, Section, Sink};

/// Writes the whole record.
pub(crate) fn all(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let overview = source.reader.close_overview(source.row.batch_no)?;
    part(sink, &sections::BATCH, |sink| order::batch(source, sink))?;
    part(sink, &sections::COUNTS, |sink| books::counts(source, &overview, sink))?;
    part(sink, &sections::RECONCILIATION, |sink| books::identities(&overview, sink))?;
    part(sink, &sections::REASONS, |sink| rejects::by_reason(source, sink))?;
    part(sink, &sections::STEPS, |sink| people::steps(&overview, sink))?;
    part(sink, &sections::DEVICES, |sink| order::devices(source, sink))?;
    part(sink, &sections::CHALLENGES, |sink| people::challenges(source, sink))?;
    part(sink, &sections::CHANGES, |sink| changes::changes(source, sink))?;
    part(sink, &sections::TRAIL, |sink| trail::trail(source, sink))?;
    part(sink, &sections::SIGNATURES, |sink| people::signatures(source, sink))?;
    part(sink, &sections::REJECTS, |sink| rejects::rejects(source, sink))
}

fn part<S: Sink>(
    sink: &mut S,
    section: &'static Section,
    rows: impl FnOnce(&mut S) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    sink.begin(section)?;
    rows(sink)?;
    sink.end()
}

fn pair(
    sink: &mut impl Sink,
    item: &'static str,
    value: impl Into<Option<Cell>>,
) -> Result<(), ReportError> {
    sink.row(&[Cell::text(item), value.into().unwrap_or(Cell::None)], false)
}

/// Name of a value as it stands in records.
fn name_of(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
