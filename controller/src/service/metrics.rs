//! Figures of the running order: result received to verdict, verdict to durable, permit
//! acknowledged to the last moment; edges that no pack explained, ejections.
//!
//! Owned by the line thread; no allocation after `new`. Must never decide anything.

use super::grade_minutes::{GradeMinutes, Minute, SHOWN_MINUTES};
use hdrhistogram::Histogram;
use hmi::{Latency, MARGIN_BARS, MarginHistogram, Percentiles, StrayEdges};
use line_core::event::Output;
use line_core::ids::{Nanos, RecordSeq};
use line_core::reason::{RejectReason, Resolution};
use line_core::record::RecordBody;

const WAITING: usize = 1_024;
/// Packs whose grade is shown.
pub const SHOWN_GRADES: usize = 32;
/// One minute in microseconds: the longest latency told apart.
const MAX_US: u64 = 60_000_000;

/// Histograms and what they wait for.
#[derive(Debug)]
pub struct Metrics {
    verdict: Histogram<u64>,
    durable: Histogram<u64>,
    margin: Histogram<u64>,
    margins: MarginHistogram,
    counts_per_ms: f64,
    late: u64,
    waiting: std::collections::VecDeque<(RecordSeq, Nanos)>,
    grades: [(u32, u8); SHOWN_GRADES],
    next_grade: usize,
    grade_minutes: GradeMinutes,
    strays: StrayEdges,
    ejections: u64,
}

impl Metrics {
    /// Empty ones; `counts_per_ms` is the belt's speed, `deadline_ms` the time from the camera to
    /// the last moment for the permit.
    #[must_use]
    pub fn new(counts_per_ms: f64, deadline_ms: f64) -> Self {
        let histogram = || {
            let mut h = Histogram::new_with_max(MAX_US, 3).unwrap_or_else(|_| {
                // The bounds are constants that the library accepts.
                Histogram::new(1).unwrap_or_else(|_| unreachable!())
            });
            h.auto(false);
            h
        };
        Self {
            verdict: histogram(),
            durable: histogram(),
            margin: histogram(),
            margins: MarginHistogram {
                bar_ms: deadline_ms.max(1.0) / MARGIN_BARS as f64,
                packs: [0; MARGIN_BARS],
            },
            counts_per_ms,
            late: 0,
            waiting: std::collections::VecDeque::with_capacity(WAITING),
            grades: [(0, 0); SHOWN_GRADES],
            next_grade: 0,
            grade_minutes: GradeMinutes::default(),
            strays: StrayEdges::default(),
            ejections: 0,
        }
    }

    /// Notes an output that came of an input received at `received`.
    pub fn output(&mut self, output: &Output, now: Nanos, received: Option<Nanos>) {
        match *output {
            Output::Record(record) => {
                self.grade(&record.body, now);
                self.count(&record.body);
            }
            Output::Decided { reason, record, result_seq, .. } => {
                let late =
                    matches!(reason, Some(RejectReason::LedgerLate | RejectReason::PermitLate));
                self.late += u64::from(late);
                if let (Some(received), true) = (received, result_seq.is_some()) {
                    let _ = self.verdict.record(now.since(received).0 / 1_000);
                }
                if self.waiting.len() < WAITING {
                    self.waiting.push_back((record, now));
                }
            }
            Output::PermitAcknowledged { margin_counts, .. } => self.margin(margin_counts),
            _ => {}
        }
    }

    fn grade(&mut self, body: &RecordBody, now: Nanos) {
        if let RecordBody::Verdict { track, grade: Some(grade), .. } = body {
            self.grades[self.next_grade] = (track.0, grade.overall);
            self.next_grade = (self.next_grade + 1) % SHOWN_GRADES;
            self.grade_minutes.note(now, grade.overall);
        }
    }

    fn count(&mut self, body: &RecordBody) {
        match body {
            RecordBody::PackEjected { .. }
            | RecordBody::PackResolved { resolution: Resolution::Ejected, .. } => {
                self.ejections += 1;
            }
            RecordBody::EjectedWithoutPack { .. } => {
                self.ejections += 1;
                self.strays.ejected += 1;
            }
            RecordBody::ExitedWithoutPack { .. } => self.strays.exited += 1,
            _ => {}
        }
    }

    /// Edges that no pack explained.
    #[must_use]
    pub const fn strays(&self) -> StrayEdges {
        self.strays
    }

    /// Ejections on record, with and without a pack.
    #[must_use]
    pub const fn ejections(&self) -> u64 {
        self.ejections
    }

    /// In-line grades of the latest packs: track and tenths.
    #[must_use]
    pub const fn grades(&self) -> [(u32, u8); SHOWN_GRADES] {
        self.grades
    }

    /// In-line grades of the latest minutes, the newest last.
    #[must_use]
    pub fn grade_minutes(&self) -> [Minute; SHOWN_MINUTES] {
        self.grade_minutes.shown()
    }

    fn margin(&mut self, counts: i64) {
        let us = (counts as f64 / self.counts_per_ms * 1_000.0) as i64;
        if us < 0 {
            self.late += 1;
        }
        let _ = self.margin.record(u64::try_from(us).unwrap_or(0));
        let bar = (us.max(0) as f64 / 1_000.0 / self.margins.bar_ms) as usize;
        self.margins.packs[bar.min(MARGIN_BARS - 1)] += 1;
    }

    /// Every record up to `seq` is durable now.
    pub fn durable(&mut self, seq: RecordSeq, now: Nanos) {
        while self.waiting.front().is_some_and(|(record, _)| *record <= seq) {
            if let Some((_, decided)) = self.waiting.pop_front() {
                let _ = self.durable.record(now.since(decided).0 / 1_000);
            }
        }
    }

    /// Accepts whose permit was not acknowledged in time.
    #[must_use]
    pub const fn late(&self) -> u64 {
        self.late
    }

    /// Packs by their margin.
    #[must_use]
    pub const fn margins(&self) -> MarginHistogram {
        self.margins
    }

    /// The three latencies.
    #[must_use]
    pub fn latency(&self) -> Latency {
        Latency {
            verdict_us: percentiles(&self.verdict),
            durable_us: percentiles(&self.durable),
            margin_us: self.margin_percentiles(),
        }
    }

    /// Of a margin the small values matter: p99 is what 99 in 100 packs had at least; `max` is the
    /// greatest.
    fn margin_percentiles(&self) -> Option<Percentiles> {
        if self.margin.is_empty() {
            return None;
        }
        let at = |quantile| self.margin.value_at_quantile(quantile) as i64;
        Some(Percentiles { p50: at(0.5), p99: at(0.01), p999: at(0.001), max: at(1.0) })
    }
}

fn percentiles(histogram: &Histogram<u64>) -> Option<Percentiles> {
    if histogram.is_empty() {
        return None;
    }
    let at = |quantile| histogram.value_at_quantile(quantile) as i64;
    Some(Percentiles { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1.0) })
}
