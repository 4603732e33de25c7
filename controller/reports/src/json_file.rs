//! The batch record for programs: an object with a member a section.
//!
//! Texts are exactly those of the records. Must never hold more than a row.

use crate::ReportError;
use crate::table::{Cell, Section, Shape, Sink};
use serde_json::{Map, Value};
use std::io::Write;

/// Version of the document's form.
const FORM: u32 = 1;

/// See the module.
pub(crate) struct JsonFile<W: Write> {
    out: W,
    section: Option<&'static Section>,
    rows: u64,
}

impl<W: Write> JsonFile<W> {
    pub(crate) fn new(mut out: W) -> Result<Self, ReportError> {
        write!(out, "{{\"batch_record\":{FORM}")?;
        Ok(Self { out, section: None, rows: 0 })
    }
}

impl<W: Write> Sink for JsonFile<W> {
    fn begin(&mut self, section: &'static Section) -> Result<(), ReportError> {
        let open = if section.shape == Shape::Pairs { '{' } else { '[' };
        write!(self.out, ",\n\"{}\":{open}", section.key)?;
        (self.section, self.rows) = (Some(section), 0);
        Ok(())
    }

    fn row(&mut self, cells: &[Cell], changed: bool) -> Result<(), ReportError> {
        let Some(section) = self.section else { return Ok(()) };
        let comma = if self.rows == 0 { "" } else { "," };
        self.rows += 1;
        if section.shape == Shape::Pairs {
            let name = Value::from(cells.first().map(Cell::shown).unwrap_or_default());
            let value = cells.get(1).map_or(Value::Null, value);
            write!(self.out, "{comma}\n  {name}:{value}")?;
            return Ok(());
        }
        let named = section.columns.iter().zip(cells);
        let mut row: Map<String, Value> =
            named.map(|(column, cell)| (column.key.to_owned(), value(cell))).collect();
        if changed {
            row.insert("changed".to_owned(), Value::Bool(true));
        }
        write!(self.out, "{comma}\n  {}", Value::Object(row))?;
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReportError> {
        let pairs = self.section.take().is_some_and(|section| section.shape == Shape::Pairs);
        write!(self.out, "{}", if pairs { "\n}" } else { "\n]" })?;
        Ok(())
    }

    fn finish(mut self) -> Result<(), ReportError> {
        writeln!(self.out, "}}")?;
        Ok(self.out.flush()?)
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Number(number) => Value::from(*number),
        Cell::Truth(truth) => Value::from(*truth),
        Cell::None => Value::Null,
    }
}
