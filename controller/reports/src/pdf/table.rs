//! Sections as tables on pages; rejects by reason as bars, too.
//!
//! A heading stands again on each page. Must never break a row over two pages, nor hide that rows
//! were left out.

use super::font::Style;
use super::marks::{Ink, Mark};
use super::pages::{BOTTOM, LEFT, Pages, RIGHT, TOP};
use super::sheet::broken_to;
use crate::ReportError;
use crate::safe::visible;
use crate::source::Source;
use crate::table::{Cell, Column, Section, Shape, Sink};

/// Single packs and events on paper; all that people declared and signed is there.
const ROWS_MAX: u64 = 2_000;
/// Bars of the chart.
const BARS_MAX: usize = 30;
const SIZE: f32 = 7.5;
const LINE: f32 = 9.6;
const PAD: f32 = 3.0;
const GREY: Ink = 222;
/// Key of columns with a time, and their width.
const TIME: &str = "at";
const TIME_WIDTH: f32 = 100.0;

/// See the module.
pub(super) struct Paper {
    pages: Pages,
    y: f32,
    section: Option<&'static Section>,
    rows: u64,
    bars: Vec<(String, i64)>,
}

impl Paper {
    pub(super) const fn new(pages: Pages) -> Self {
        Self { pages, y: TOP, section: None, rows: 0, bars: Vec::new() }
    }

    /// The head of the first page.
    pub(super) fn title(&mut self, source: &Source) {
        let name = self.pages.fonts().drawable(Style::Bold, &visible(&source.row.batch));
        self.y += 10.0;
        self.text(LEFT, 18.0, Style::Bold, 0, format!("Batch record {name}"));
        self.y += 14.0;
        let row = &source.row;
        let line = format!("GTIN {}   lot {}   expiry {}", row.gtin, row.lot, row.expiry);
        let line = self.pages.fonts().drawable(Style::Regular, &visible(&line));
        self.text(LEFT, 9.0, Style::Regular, 40, line);
        self.y += 8.0;
    }

    pub(super) fn close(mut self) -> Result<Pages, ReportError> {
        self.pages.turn()?;
        Ok(self.pages)
    }

    fn text(&mut self, x: f32, size: f32, style: Style, ink: Ink, text: String) {
        self.pages.put(Mark::Text { x, y: self.y, size, style, ink, text });
    }

    fn fill(&mut self, x: f32, (y, height): (f32, f32), width: f32, ink: Ink) {
        self.pages.put(Mark::Box { x, y, width, height, ink });
    }

    /// Goes to a new page unless so much fits; true when it did.
    fn need(&mut self, height: f32) -> Result<bool, ReportError> {
        if self.y + height <= BOTTOM {
            return Ok(false);
        }
        self.pages.turn()?;
        self.y = TOP;
        Ok(true)
    }

    fn heading(&mut self, columns: &'static [Column]) {
        let height = LINE + 4.0;
        self.fill(LEFT, (self.y, height), RIGHT - LEFT, 205);
        self.y += LINE;
        for (column, (x, _)) in columns.iter().zip(places(columns)) {
            self.text(x + PAD, SIZE, Style::Bold, 0, column.title.to_owned());
        }
        self.y += height - LINE;
    }

    fn broken(&self, column: &Column, text: &str, width: f32) -> (Style, Vec<String>) {
        let style = style_of(column.key);
        let text = self.pages.fonts().drawable(style, text);
        (style, broken_to(self.pages.fonts(), (style, size_of(style)), &text, width - 2.0 * PAD))
    }

    fn put_row(
        &mut self,
        columns: &'static [Column],
        cells: &[String],
        changed: bool,
    ) -> Result<(), ReportError> {
        let with_places = columns.iter().zip(places(columns)).zip(cells);
        let broken: Vec<(f32, Style, Vec<String>)> = with_places
            .map(|((column, (x, width)), text)| {
                let (style, lines) = self.broken(column, text, width);
                (x, style, lines)
            })
            .collect();
        let most = broken.iter().map(|(_, _, lines)| lines.len()).max().unwrap_or(1);
        let close = self.section.is_some_and(|section| section.shape == Shape::Pairs);
        let height = LINE * most as f32 + if close { 1.6 } else { 3.0 };
        if self.need(height)? && self.section.is_some_and(|s| s.shape != Shape::Pairs) {
            self.heading(columns);
        }
        if changed {
            self.fill(LEFT, (self.y, height), RIGHT - LEFT, GREY);
            self.fill(LEFT - 4.0, (self.y, height), 2.5, 0);
        }
        let top = self.y;
        for (x, style, lines) in broken {
            self.y = top + LINE - 1.0;
            for line in lines {
                self.text(x + PAD, size_of(style), style, 0, line);
                self.y += LINE;
            }
        }
        self.y = top + height;
        self.fill(LEFT, (self.y - 0.4, 0.4), RIGHT - LEFT, 190);
        Ok(())
    }

    fn chart(&mut self) -> Result<(), ReportError> {
        let bars = std::mem::take(&mut self.bars);
        let most = bars.iter().map(|(_, packs)| *packs).max().unwrap_or(0).max(1);
        let all: i64 = bars.iter().map(|(_, packs)| *packs).sum();
        let (from, widest) = (LEFT + 150.0, RIGHT - LEFT - 260.0);
        if !bars.is_empty() {
            self.y += 8.0;
        }
        for (reason, packs) in bars {
            self.need(13.0)?;
            let width = (packs as f32 / most as f32 * widest).max(0.5);
            self.fill(from, (self.y, 8.5), width, 110);
            self.y += 7.5;
            let wide = self.pages.fonts().width(Style::Regular, SIZE, &reason);
            self.text(from - 6.0 - wide, SIZE, Style::Regular, 0, reason);
            let share = packs as f64 * 100.0 / all.max(1) as f64;
            let told = format!("{packs} ({share:.1} %)");
            self.text(from + width + 5.0, SIZE, Style::Regular, 0, told);
            self.y += 5.5;
        }
        Ok(())
    }

    fn note(&mut self, text: String) -> Result<(), ReportError> {
        self.need(LINE + 4.0)?;
        self.y += LINE;
        self.text(LEFT + PAD, SIZE, Style::Bold, 0, text);
        self.y += 4.0;
        Ok(())
    }
}

impl Sink for Paper {
    fn begin(&mut self, section: &'static Section) -> Result<(), ReportError> {
        self.need(80.0)?;
        (self.section, self.rows) = (Some(section), 0);
        self.y += 20.0;
        self.text(LEFT, 12.0, Style::Bold, 0, section.title.to_owned());
        self.y += 5.0;
        if !section.about.is_empty() {
            self.y += 7.0;
            self.text(LEFT, SIZE, Style::Regular, 90, section.about.to_owned());
            self.y += 5.0;
        }
        if section.shape != Shape::Pairs {
            self.heading(section.columns);
        }
        Ok(())
    }

    fn row(&mut self, cells: &[Cell], changed: bool) -> Result<(), ReportError> {
        let Some(section) = self.section else { return Ok(()) };
        self.rows += 1;
        if self.rows > most_rows(section) {
            return Ok(());
        }
        let mut texts: Vec<String> = cells.iter().map(Cell::shown).collect();
        if let (Shape::Pairs, Some(name)) = (section.shape, texts.first_mut()) {
            *name = name.replace('_', " ");
        }
        for (column, text) in section.columns.iter().zip(&mut texts) {
            if column.key == TIME {
                *text = short_time(text);
            }
        }
        if let (Shape::Bars, [reason, Cell::Number(packs), ..]) = (section.shape, cells)
            && self.bars.len() < BARS_MAX
        {
            self.bars.push((reason.shown(), *packs));
        }
        self.put_row(section.columns, &texts, changed)
    }

    fn end(&mut self) -> Result<(), ReportError> {
        self.chart()?;
        let most = self.section.map_or(0, most_rows);
        match self.rows {
            0 => self.note("none".to_owned()),
            rows if rows > most => {
                let more = rows - most;
                self.note(format!("{more} more are in the XLSX, CSV and JSON forms of this record"))
            }
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<(), ReportError> {
        Ok(())
    }
}

fn most_rows(section: &Section) -> u64 {
    match section.key {
        "rejects" | "interventions" => ROWS_MAX,
        _ => u64::MAX,
    }
}

/// Left edge and width of each column; a time has what it needs, the others share the rest.
fn places(columns: &'static [Column]) -> impl Iterator<Item = (f32, f32)> {
    let times = columns.iter().filter(|column| column.key == TIME).count() as f32;
    let others = columns.iter().filter(|column| column.key != TIME);
    let all: f32 = others.map(|column| f32::from(column.share)).sum();
    let rest = RIGHT - LEFT - times * TIME_WIDTH;
    columns.iter().scan(LEFT, move |x, column| {
        let share = rest * f32::from(column.share) / all;
        let width = if column.key == TIME { TIME_WIDTH } else { share };
        let place = (*x, width);
        *x += width;
        Some(place)
    })
}

/// A time in one line: RFC 3339 as well, but shorter.
fn short_time(text: &str) -> String {
    text.replacen('T', " ", 1).replace("+00:00", "Z")
}

fn style_of(column: &str) -> Style {
    match column {
        "serial" | "expected_hash" | "echoed_hash" => Style::Mono,
        _ => Style::Regular,
    }
}

const fn size_of(style: Style) -> f32 {
    match style {
        Style::Mono => SIZE - 0.5,
        Style::Regular | Style::Bold => SIZE,
    }
}
