//! Pages: counted first, then drawn, each with the batch, the audit head, and "page x of y".
//!
//! Must never take the date of anything but the records.

use super::broken;
use super::font::{Fonts, Style};
use super::marks::{Mark, draw};
use crate::ReportError;
use crate::safe::visible;
use crate::source::Source;
use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Archival, Configuration, ConfigurationBuilder};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use ledger::LedgerKind;

/// A4 in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
pub(super) const LEFT: f32 = 42.0;
pub(super) const RIGHT: f32 = WIDTH - 36.0;
pub(super) const TOP: f32 = 62.0;
pub(super) const BOTTOM: f32 = HEIGHT - 52.0;
const SMALL: f32 = 7.0;

/// See the module.
pub(super) struct Pages {
    fonts: Fonts,
    document: Option<Document>,
    head: String,
    mark: &'static str,
    foot: String,
    total: u32,
    done: u32,
    marks: Vec<Mark>,
}

impl Pages {
    pub(super) fn counting(source: &Source, fonts: Fonts) -> Self {
        Self::new(source, fonts, None, 0)
    }

    pub(super) fn drawing(source: &Source, fonts: Fonts, total: u32) -> Self {
        let settings =
            SerializeSettings { configuration: archival(), ..SerializeSettings::default() };
        let mut document = Document::new_with(settings);
        document.set_metadata(metadata(source));
        Self::new(source, fonts, Some(document), total)
    }

    fn new(source: &Source, fonts: Fonts, document: Option<Document>, total: u32) -> Self {
        let row = &source.row;
        let of = |text: &str| fonts.drawable(Style::Bold, &visible(text));
        let head = format!("Batch record {}  ·  lot {}", of(&row.batch), of(&row.lot));
        let spine = &source.spine;
        let foot = format!("audit head {} at event {}", spine.head, spine.last_seq);
        let mark = match (source.kind, spine.closed_at.is_some()) {
            (LedgerKind::Simulation, true) => "SIMULATION",
            (LedgerKind::Simulation, false) => "SIMULATION, NOT CLOSED",
            (LedgerKind::Production, true) => "",
            (LedgerKind::Production, false) => "NOT CLOSED",
        };
        Self { fonts, document, head, mark, foot, total, done: 0, marks: Vec::new() }
    }

    pub(super) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    pub(super) fn put(&mut self, mark: Mark) {
        if self.document.is_some() {
            self.marks.push(mark);
        }
    }

    /// The page is full.
    pub(super) fn turn(&mut self) -> Result<(), ReportError> {
        self.done += 1;
        self.frame();
        let Some(document) = &mut self.document else { return Ok(()) };
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| broken("page size"))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for mark in self.marks.drain(..) {
            draw(&mark, &self.fonts, &mut surface);
        }
        surface.finish();
        page.finish();
        Ok(())
    }

    fn frame(&mut self) {
        let text = |x, y, style, text: &str| {
            let (ink, text) = (60, text.to_owned());
            Mark::Text { x, y, size: SMALL, style, ink, text }
        };
        let line = |y| Mark::Box { x: LEFT, y, width: RIGHT - LEFT, height: 0.5, ink: 120 };
        let right = |style, text: &str| RIGHT - self.fonts.width(style, SMALL, text);
        let number = format!("page {} of {}", self.done, self.total);
        let marks = [
            text(LEFT, 36.0, Style::Bold, &self.head),
            text(right(Style::Bold, self.mark), 36.0, Style::Bold, self.mark),
            line(42.0),
            line(HEIGHT - 42.0),
            text(LEFT, HEIGHT - 31.0, Style::Mono, &self.foot),
            text(right(Style::Regular, &number), HEIGHT - 31.0, Style::Regular, &number),
        ];
        marks.into_iter().for_each(|mark| self.put(mark));
    }

    pub(super) fn count(&self) -> u32 {
        self.done
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, ReportError> {
        let document = self.document.ok_or_else(|| broken("pages were only counted"))?;
        document.finish().map_err(broken)
    }
}

fn archival() -> Configuration {
    let wanted = ConfigurationBuilder::new().with_archival_validator(Archival::A2_B);
    wanted.finish().unwrap_or_default()
}

fn metadata(source: &Source) -> Metadata {
    let title = format!("Batch record {}", visible(&source.row.batch));
    Metadata::new()
        .title(title)
        .producer("Packline".to_owned())
        .language("en".to_owned())
        .document_id(source.spine.head.clone())
        .creation_date(date(&source.spine.last_at))
}

/// `2026-11-22T12:21:53.007+00:00`
fn date(at: &str) -> DateTime {
    let number = |from: usize, to: usize| at.get(from..to).and_then(|text| text.parse().ok());
    let part = |from, to| number(from, to).and_then(|n: u16| u8::try_from(n).ok());
    DateTime::new(number(0, 4).unwrap_or(1970))
        .month(part(5, 7).unwrap_or(1))
        .day(part(8, 10).unwrap_or(1))
        .hour(part(11, 13).unwrap_or(0))
        .minute(part(14, 16).unwrap_or(0))
        .second(part(17, 19).unwrap_or(0))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
