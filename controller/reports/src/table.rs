//! What a batch record is made of: sections of rows of cells, in one order for every form.
//!
//! Made by the gatherers, taken by the writers. Must never know a form.

use crate::ReportError;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Words. Serials and product codes, too: never a number.
    Text(String),
    /// A count.
    Number(i64),
    /// Yes or no.
    Truth(bool),
    /// Nothing is known.
    None,
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::None, |text| Self::Text(text.into()))
    }

    /// For people.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => crate::safe::visible(text),
            Self::Number(number) => number.to_string(),
            Self::Truth(true) => "yes".to_owned(),
            Self::Truth(false) => "no".to_owned(),
            Self::None => String::new(),
        }
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// A column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Name for programs.
    pub key: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Share of the width of a page.
    pub share: u16,
}

/// What a section looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One thing: names and values.
    Pairs,
    /// A table.
    Table,
    /// A table whose first two columns are also drawn as bars.
    Bars,
}

/// A part of the record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// Name for programs.
    pub key: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// What stands in it, and what it means when nothing does.
    pub about: &'static str,
    /// How it looks.
    pub shape: Shape,
    /// Its columns.
    pub columns: &'static [Column],
}

/// Who writes rows down.
pub(crate) trait Sink {
    /// A section begins.
    fn begin(&mut self, section: &'static Section) -> Result<(), ReportError>;
    /// A row of it; `changed`: it tells a value that a person declared or put in place of another.
    fn row(&mut self, cells: &[Cell], changed: bool) -> Result<(), ReportError>;
    /// The section ends.
    fn end(&mut self) -> Result<(), ReportError>;
    /// The record ends.
    fn finish(self) -> Result<(), ReportError>;
}

/// A column in one line.
pub(crate) const fn column(key: &'static str, title: &'static str, share: u16) -> Column {
    Column { key, title, share }
}
