//! The two clocks of the process: monotonic nanoseconds for the core, the wall clock for records.
//!
//! The only place of the controller that asks the operating system for a time.

use ledger::WallClock;
use line_core::ids::Nanos;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Monotonic time since the service started.
#[derive(Clone, Copy, Debug)]
pub struct MonotonicClock(Instant);

impl MonotonicClock {
    /// Starts at 0.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub fn now(&self) -> Nanos {
        Nanos(u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// The wall clock, and whether the kernel says that it is synchronised.
#[must_use]
pub fn wall_clock() -> WallClock {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let unix_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    WallClock { unix_ms, synchronised: is_synchronised() }
}

/// systemd-timesyncd and chrony leave this mark; without it the clock counts as not synchronised.
fn is_synchronised() -> bool {
    ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid"]
        .iter()
        .any(|path| std::path::Path::new(path).exists())
}
