//! Pools as CSV: a header line with a column `serial`, perhaps `gtin`; comma or semicolon; quotes;
//! a byte-order mark and either line end.
//!
//! Must never trim or unescape more than CSV itself does: a space belongs to the serial, and is
//! refused there.

use super::findings::{Findings, quoted};
use super::{Entry, Given, Places, Pool, PoolError};
use csv::{ReaderBuilder, StringRecord};

/// Column names that are shown in a message.
const SHOWN_COLUMNS: usize = 12;

pub(super) fn read(
    text: &str,
    name: &str,
    given: &Given,
    sha256: String,
) -> Result<Pool, PoolError> {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let separator = if count(';') > count(',') { b';' } else { b',' };
    let mut reader =
        ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let broken = |error: csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        Findings::one(&format!("{name}:{line}"), error.to_string(), "correct the CSV there")
    };
    let header = reader.headers().map_err(broken)?.clone();
    let (serial, gtin) = columns(&header, name)?;
    let mut entries = Vec::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(broken)? {
        let at = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
        entries.push(Entry { serial: cell(serial), gtin: gtin.map(cell), at });
    }
    Ok(Pool {
        file: name.to_owned(),
        provider: given.provider.clone().unwrap_or_default(),
        claim: given.claim.clone().unwrap_or_default(),
        sha256,
        entries,
        places: Places::Lines,
    })
}

/// Where serial and product code stand.
fn columns(header: &StringRecord, name: &str) -> Result<(usize, Option<usize>), PoolError> {
    let named = |wanted: &str| -> Vec<usize> {
        let same = |cell: &str| cell.trim().eq_ignore_ascii_case(wanted);
        header.iter().enumerate().filter(|(_, cell)| same(cell)).map(|(index, _)| index).collect()
    };
    let found: Vec<String> = header.iter().take(SHOWN_COLUMNS).map(quoted).collect();
    let refuse = |what: String| {
        let what = format!("{what}; the columns are {}", found.join(", "));
        let remedy = "begin the file with a line of column names, one of them serial";
        Err(Findings::one(&format!("{name}:1"), what, remedy))
    };
    match (&named("serial")[..], &named("gtin")[..]) {
        ([serial], gtin) if gtin.len() <= 1 => Ok((*serial, gtin.first().copied())),
        ([], _) => refuse("no column is called serial".to_owned()),
        ([_, _, ..], _) => refuse("two columns are called serial".to_owned()),
        ([_], _) => refuse("two columns are called gtin".to_owned()),
    }
}
