//! The books: every count, and the sums that must be equal.
//!
//! Must never add anything up: the ledger has.

use crate::ReportError;
use crate::source::Source;
use crate::table::{Cell, Sink};
use ledger::CloseOverview;
use serde_json::Value;
use std::collections::BTreeSet;

/// Counts in the order of the record, and the declared term that is in each.
const COUNTS: [(&str, &str); 33] = [
    ("allocated", ""),
    ("returned", ""),
    ("invalid", ""),
    ("encoded", ""),
    ("commissioned_ever", ""),
    ("line_commissioned", ""),
    ("resolved_commissioned", ""),
    ("reworked", ""),
    ("commissioned_now", ""),
    ("released", ""),
    ("sampled", ""),
    ("inactive", ""),
    ("destroyed", ""),
    ("label_scrapped", ""),
    ("label_sampled", ""),
    ("in_reject", ""),
    ("unresolved", ""),
    ("in_process", ""),
    ("infeed", ""),
    ("exit_edges", ""),
    ("resolved_at_exit", ""),
    ("retrieved_after_exit", "retrieved"),
    ("confirmed_ejects", ""),
    ("serials_in_reject_ever", ""),
    ("ejects_without_serial", ""),
    ("declared_additions", "additions"),
    ("declared_removals", "removals"),
    ("labeler_printed", ""),
    ("printed_undeclared", "printed"),
    ("invalid_but_printed", ""),
    ("duplicate", "duplicate"),
    ("setup", "setup"),
    ("challenge", "challenge"),
];

pub(super) fn counts(
    source: &Source,
    overview: &CloseOverview,
    sink: &mut impl Sink,
) -> Result<(), ReportError> {
    let declared = declared(source)?;
    let books = serde_json::to_value(overview.books).unwrap_or(Value::Null);
    for (name, term) in COUNTS {
        let value = books[name].as_i64().map_or(Cell::None, Cell::Number);
        sink.row(&[Cell::text(name), value], declared.contains(term))?;
    }
    Ok(())
}

/// Terms that somebody has declared a number for.
fn declared(source: &Source) -> Result<BTreeSet<String>, ReportError> {
    let mut terms = BTreeSet::new();
    source.each_event(&["declared"], |event| {
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        terms.extend(body["term"].as_str().map(str::to_owned));
        Ok(())
    })?;
    Ok(terms)
}

pub(super) fn identities(
    overview: &CloseOverview,
    sink: &mut impl Sink,
) -> Result<(), ReportError> {
    for row in &overview.identities {
        let cells = [
            Cell::text(row.name),
            Cell::Number(row.left),
            Cell::Number(row.right),
            Cell::Truth(row.holds),
            if row.holds { Cell::None } else { Cell::Truth(row.covered) },
        ];
        sink.row(&cells, !row.holds)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use line_core::reconcile::Books;

    #[test]
    fn every_count_of_the_books_is_told() {
        let books = serde_json::to_value(Books::default()).expect("books");
        let all: BTreeSet<&str> =
            books.as_object().expect("members").keys().map(String::as_str).collect();
        let told: BTreeSet<&str> = COUNTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(told, all);
    }
}
