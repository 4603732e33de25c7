//! The batch record as one table for spreadsheets: a row is of a section, and fills its columns.
//!
//! Every text is quoted, numbers are not. Must never give a spreadsheet a formula.

use crate::ReportError;
use crate::gather::SECTIONS;
use crate::safe::{no_formula, visible};
use crate::table::{Cell, Section, Sink};
use std::io::Write;

/// See the module.
pub(crate) struct CsvFile<W: Write> {
    out: W,
    columns: Vec<&'static str>,
    section: &'static Section,
}

impl<W: Write> CsvFile<W> {
    pub(crate) fn new(mut out: W) -> Result<Self, ReportError> {
        let mut columns = Vec::new();
        for column in SECTIONS.iter().flat_map(|section| section.columns) {
            if !columns.contains(&column.key) {
                columns.push(column.key);
            }
        }
        write!(out, "\"section\",\"changed\"")?;
        for column in &columns {
            write!(out, ",\"{column}\"")?;
        }
        write!(out, "\r\n")?;
        Ok(Self { out, columns, section: SECTIONS[0] })
    }
}

impl<W: Write> Sink for CsvFile<W> {
    fn begin(&mut self, section: &'static Section) -> Result<(), ReportError> {
        self.section = section;
        Ok(())
    }

    fn row(&mut self, cells: &[Cell], changed: bool) -> Result<(), ReportError> {
        write!(self.out, "\"{}\",{}", self.section.key, if changed { "\"yes\"" } else { "" })?;
        for column in &self.columns {
            let place = self.section.columns.iter().position(|own| own.key == *column);
            match place.and_then(|place| cells.get(place)) {
                Some(Cell::Number(number)) => write!(self.out, ",{number}")?,
                Some(Cell::Text(text)) => write!(self.out, ",{}", quoted(text))?,
                Some(truth @ Cell::Truth(_)) => write!(self.out, ",\"{}\"", truth.shown())?,
                Some(Cell::None) | None => write!(self.out, ",")?,
            }
        }
        write!(self.out, "\r\n")?;
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReportError> {
        Ok(())
    }

    fn finish(mut self) -> Result<(), ReportError> {
        Ok(self.out.flush()?)
    }
}

fn quoted(text: &str) -> String {
    // What is hidden is named first: a tab before a formula is then no tab any more.
    format!("\"{}\"", no_formula(visible(text)).replace('"', "\"\""))
}
