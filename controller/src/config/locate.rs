//! From keys to places in TOML text and back.
//!
//! Called when an error is made. Must never fail: an unknown place is `None`.

use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// The place of the value at a dotted key; of the nearest table above it when it is missing.
pub(super) fn span_of(text: &str, key: &str) -> Option<Range<usize>> {
    if key.is_empty() {
        return None;
    }
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let mut span = None;
    for part in key.split('.') {
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == part) else {
            break;
        };
        match value.get_ref() {
            DeValue::Table(inner) => {
                span = Some(name.span());
                table = inner;
            }
            _ => return Some(value.span()),
        }
    }
    span
}

/// The dotted key whose name or value covers a place.
pub(super) fn key_at(text: &str, place: Range<usize>) -> Option<String> {
    let document = DeTable::parse(text).ok()?;
    let covers = |span: &Range<usize>| span.start <= place.start && place.end <= span.end;
    let mut table = document.get_ref();
    let mut path: Vec<String> = Vec::new();
    'deeper: loop {
        for (name, value) in table.iter() {
            let here = covers(&name.span()) || covers(&value.span());
            if let DeValue::Table(inner) = value.get_ref()
                && (here || holds(inner, &covers))
            {
                path.push(name.get_ref().to_string());
                table = inner;
                continue 'deeper;
            }
            if here {
                path.push(name.get_ref().to_string());
                break 'deeper;
            }
        }
        break;
    }
    (!path.is_empty()).then(|| path.join("."))
}

/// True when a name or value in the table, however deep, is covered.
fn holds(table: &DeTable<'_>, covers: &impl Fn(&Range<usize>) -> bool) -> bool {
    table.iter().any(|(name, value)| {
        let deeper = match value.get_ref() {
            DeValue::Table(inner) => holds(inner, covers),
            _ => false,
        };
        deeper || covers(&name.span()) || covers(&value.span())
    })
}

/// Line and column of a byte, both from 1.
pub(super) fn line_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
