//! Why a configuration was refused: what, where, what to do.
//!
//! Made by the readers and checks; shown as plain lines, as JSON and as marked source text. Must
//! never carry text that is not in the file.

use super::locate;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// Something that is wrong, before it is known which line of which file says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Dotted key: `geometry.gate_mm`; empty for the whole file.
    pub key: String,
    /// What is wrong, with the numbers.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
    span: Option<Range<usize>>,
}

impl Finding {
    /// A finding at `key`.
    #[must_use]
    pub fn new(key: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { key: key.into(), what: what.into(), remedy: remedy.into(), span: None }
    }

    /// Where it is in the text, when the parser said so.
    #[must_use]
    pub(super) fn with_span(mut self, span: Option<Range<usize>>) -> Self {
        self.span = span;
        self
    }
}

/// A finding with its place in the file.
#[derive(Clone, Debug, Serialize)]
pub struct Located {
    /// The file.
    pub file: String,
    /// Line, from 1; 0 when the finding has no place.
    pub line: usize,
    /// Column, from 1; 0 when the finding has no place.
    pub column: usize,
    /// Dotted key.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    #[serde(skip)]
    span: Option<Range<usize>>,
    #[serde(skip)]
    source: NamedSource<String>,
}

/// Why a file was refused; everything that was found, in the order of the checks.
#[derive(Clone, Debug)]
pub struct ConfigError {
    problems: Vec<Located>,
}

impl ConfigError {
    /// From findings and the text that they are about.
    #[must_use]
    pub fn new(file: &str, text: &str, findings: Vec<Finding>) -> Self {
        let problems = findings.into_iter().map(|finding| Located::new(file, text, finding));
        Self { problems: problems.collect() }
    }

    /// What was found; never empty.
    #[must_use]
    pub fn problems(&self) -> &[Located] {
        &self.problems
    }
}

impl Located {
    fn new(file: &str, text: &str, finding: Finding) -> Self {
        let Finding { key, what, remedy, span } = finding;
        let span = span.or_else(|| locate::span_of(text, &key));
        let (line, column) = span.as_ref().map_or((0, 0), |s| locate::line_column(text, s.start));
        let source = NamedSource::new(file, text.to_owned()).with_language("toml");
        Self { file: file.into(), line, column, key, what, remedy, span, source }
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}

impl fmt::Display for ConfigError {
    /// One line a problem: `FILE:LINE:COLUMN: KEY: WHAT; REMEDY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Located {}
impl std::error::Error for ConfigError {}

impl Diagnostic for Located {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.remedy))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.span.as_ref().map(|_| &self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span.clone()?;
        let label = LabeledSpan::at(span, self.what.clone());
        Some(Box::new(std::iter::once(label)))
    }
}

impl Diagnostic for ConfigError {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}
