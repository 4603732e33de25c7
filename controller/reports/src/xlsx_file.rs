//! The batch record as a workbook: a sheet a section.
//!
//! Rows go to a file of the system while they are written. Must never write a text as anything but
//! a text, nor a date of today.

use crate::ReportError;
use crate::safe::visible;
use crate::source::Source;
use crate::table::{Cell, Section, Sink};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::Write;

/// Rows of a sheet; what is more goes to the next one.
const ROWS_MAX: u32 = 1_000_000;
/// Longest text that a cell takes.
const TEXT_MAX: usize = 32_000;

/// See the module.
pub(crate) struct XlsxFile<W: Write + Send> {
    out: W,
    book: Workbook,
    sheet: Option<Worksheet>,
    section: Option<&'static Section>,
    row: u32,
    sheets: u32,
    text: Format,
    head: Format,
    changed: Format,
}

fn broken(error: XlsxError) -> ReportError {
    ReportError::Made { form: "xlsx", what: error.to_string() }
}

impl<W: Write + Send> XlsxFile<W> {
    pub(crate) fn new(source: &Source, out: W) -> Result<Self, ReportError> {
        let mut book = Workbook::new();
        let at = source.spine.last_at.get(..19).unwrap_or_default();
        let made = ExcelDateTime::parse_from_str(at).map_err(broken)?;
        let title = format!("Batch record {}", visible(&source.row.batch));
        let about = DocProperties::new().set_creation_datetime(&made).set_title(title);
        book.set_properties(&about);
        let text = Format::new().set_num_format("@").set_text_wrap();
        let changed = text.clone().set_background_color("#E0E0E0");
        let head = Format::new().set_bold().set_num_format("@");
        let (sheet, section, row, sheets) = (None, None, 0, 0);
        Ok(Self { out, book, sheet, section, row, sheets, text, head, changed })
    }

    fn open(&mut self, section: &'static Section) -> Result<(), ReportError> {
        self.close();
        let mut sheet = self.book.new_worksheet_with_constant_memory().map_err(broken)?;
        self.sheets += 1;
        let more = if self.sheets > 1 { format!(" {}", self.sheets) } else { String::new() };
        sheet.set_name(format!("{}{more}", section.title)).map_err(broken)?;
        for (place, column) in (0u16..).zip(section.columns) {
            let width = f64::from(column.share.clamp(8, 60));
            sheet.set_column_width(place, width).map_err(broken)?;
            sheet.write_string_with_format(0, place, column.title, &self.head).map_err(broken)?;
        }
        let place = u16::try_from(section.columns.len()).unwrap_or(u16::MAX);
        sheet.write_string_with_format(0, place, "Changed", &self.head).map_err(broken)?;
        sheet.set_freeze_panes(1, 0).map_err(broken)?;
        (self.sheet, self.row) = (Some(sheet), 1);
        Ok(())
    }

    fn close(&mut self) {
        if let Some(sheet) = self.sheet.take() {
            self.book.push_worksheet(sheet);
        }
    }
}

impl<W: Write + Send> Sink for XlsxFile<W> {
    fn begin(&mut self, section: &'static Section) -> Result<(), ReportError> {
        (self.section, self.sheets) = (Some(section), 0);
        self.open(section)
    }

    fn row(&mut self, cells: &[Cell], changed: bool) -> Result<(), ReportError> {
        if let (true, Some(section)) = (self.row >= ROWS_MAX, self.section) {
            self.open(section)?;
        }
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        let format = if changed { &self.changed } else { &self.text };
        for (place, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::None => continue,
                Cell::Number(number) if number.unsigned_abs() < 1 << 53 => {
                    sheet.write_number(self.row, place, *number as f64)
                }
                other => {
                    let text = fitting(&other.shown());
                    sheet.write_string_with_format(self.row, place, text, format)
                }
            }
            .map_err(broken)?;
        }
        if changed {
            let place = u16::try_from(cells.len()).unwrap_or(u16::MAX);
            sheet.write_string_with_format(self.row, place, "yes", format).map_err(broken)?;
        }
        self.row += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReportError> {
        self.close();
        Ok(())
    }

    fn finish(mut self) -> Result<(), ReportError> {
        self.book.save_to_writer(&mut self.out).map_err(broken)
    }
}

/// A text as long as a cell takes; what is cut off is said.
fn fitting(text: &str) -> String {
    if text.len() <= TEXT_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(TEXT_MAX / 4).collect();
    format!("{kept} [{} bytes, whole in the JSON form]", text.len())
}
