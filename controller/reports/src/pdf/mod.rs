//! The batch record on paper: PDF/A-2b, A4.
//!
//! Laid out twice, first to count the pages. Must never hold more than a page of marks of its own,
//! nor show a text by other characters than its own.

mod font;
mod marks;
mod pages;
mod sheet;
mod table;

use crate::ReportError;
use crate::gather;
use crate::source::Source;
use font::Fonts;
use pages::Pages;
use std::io::Write;
use table::Paper;

/// Writes the record.
pub(crate) fn write(source: &Source, out: &mut impl Write) -> Result<(), ReportError> {
    let fonts = Fonts::new()?;
    let counted = laid_out(source, Pages::counting(source, fonts.clone()))?.count();
    let drawn = laid_out(source, Pages::drawing(source, fonts, counted))?;
    out.write_all(&drawn.finish()?)?;
    Ok(())
}

fn laid_out(source: &Source, pages: Pages) -> Result<Pages, ReportError> {
    let mut paper = Paper::new(pages);
    paper.title(source);
    gather::all(source, &mut paper)?;
    paper.close()
}

pub(crate) fn broken(what: impl std::fmt::Debug) -> ReportError {
    ReportError::Made { form: "pdf", what: format!("{what:?}") }
}
