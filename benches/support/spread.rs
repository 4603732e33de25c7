//! Exact percentiles of a series of nanoseconds.
//!
//! Must never thin a series out: p99.9 and the maximum are what matters at a gate.

/// A sorted series.
#[derive(Clone, Debug)]
pub struct Spread {
    sorted: Vec<u64>,
}

impl Spread {
    /// Of `spans` in any order.
    pub fn new(mut spans: Vec<u64>) -> Self {
        spans.sort_unstable();
        Self { sorted: spans }
    }

    /// The value below which `part` (0 to 1) of the series lies.
    pub fn at(&self, part: f64) -> u64 {
        let last = self.sorted.len().saturating_sub(1);
        let index = (part * last as f64).round() as usize;
        self.sorted.get(index.min(last)).copied().unwrap_or(0)
    }

    /// Sum of the series over its length.
    pub fn mean(&self) -> f64 {
        self.sorted.iter().sum::<u64>() as f64 / self.sorted.len().max(1) as f64
    }

    /// Heads of the columns that `cells` fills.
    pub const HEAD: [&'static str; 5] = ["mean", "p50", "p99", "p99.9", "max"];

    /// Mean, p50, p99, p99.9 and maximum, each divided by `unit` nanoseconds.
    pub fn cells(&self, unit: f64, digits: usize) -> Vec<String> {
        let text = |ns: f64| format!("{:.digits$}", ns / unit);
        let mut cells = vec![text(self.mean())];
        cells.extend([0.5, 0.99, 0.999, 1.0].map(|part| text(self.at(part) as f64)));
        cells
    }
}
