//! How long the disk will last: free space against what was used lately.
//!
//! Asked by the service's alarms. Free space is looked at as it is, whoever uses it: what fills the
//! disk keeps the line from recording, whether or not it is ours. After a start it says nothing
//! before it has seen an hour. Must never free anything.

use std::collections::VecDeque;
use std::time::Duration;

/// Between two samples.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(600);
/// A day of samples.
const SAMPLES: usize = 145;
/// A forecast rests on this much at least, milliseconds.
const BASE_MS_MIN: i64 = 3_600_000;
const MS_PER_DAY: f64 = 86_400_000.0;

/// Free space over the last day.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    samples: VecDeque<(i64, u64)>,
}

impl Forecast {
    /// So many bytes are free now.
    pub fn note(&mut self, now_ms: i64, free: u64) {
        // A clock that went back makes what was before useless.
        self.samples.retain(|&(at, _)| at < now_ms);
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((now_ms, free));
    }

    /// Days until nothing is free, at the pace of the last day; without end when it does not shrink.
    /// None while too little is known.
    #[must_use]
    pub fn days_left(&self) -> Option<f64> {
        let (&(from_ms, before), &(to_ms, free)) = self.samples.front().zip(self.samples.back())?;
        let passed_ms = to_ms - from_ms;
        if passed_ms < BASE_MS_MIN {
            return None;
        }
        let used = before.saturating_sub(free);
        let days = passed_ms as f64 / MS_PER_DAY;
        Some(if used == 0 { f64::INFINITY } else { free as f64 / used as f64 * days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    const GIB: u64 = 1 << 30;

    #[test]
    fn the_pace_of_the_last_day_tells_the_days_left() {
        let mut forecast = Forecast::default();
        forecast.note(0, 100 * GIB);
        assert_eq!(forecast.days_left(), None);
        forecast.note(HOUR_MS / 2, 99 * GIB);
        assert_eq!(forecast.days_left(), None, "half an hour is no base");
        for hour in 1..=48 {
            forecast.note(hour * HOUR_MS, (100 - hour as u64) * GIB);
        }
        // 52 GiB are left and 24 GiB go each day.
        let days = forecast.days_left().unwrap();
        assert!((days - 52.0 / 24.0).abs() < 0.05, "{days}");
    }

    #[test]
    fn more_room_than_before_lasts_for_ever_and_a_clock_that_went_back_tells_nothing() {
        let mut forecast = Forecast::default();
        for hour in 0..5 {
            forecast.note(hour * HOUR_MS, (10 + hour as u64) * GIB);
        }
        assert_eq!(forecast.days_left(), Some(f64::INFINITY));
        forecast.note(-HOUR_MS, GIB);
        assert_eq!(forecast.days_left(), None);
        forecast.note(0, GIB / 2);
        assert!(forecast.days_left().is_some_and(|days| days < 0.1));
        for n in 0..1_000 {
            forecast.note(n, GIB);
        }
        assert!(forecast.samples.len() <= SAMPLES);
    }
}
