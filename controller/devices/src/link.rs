//! What every transport shares: errors, the pace of reconnects, the runtime of its thread.
//!
//! Used by the transports. A link that failed is dropped, never repaired: after a timeout the
//! answers on a connection are out of step. Must never spin: the pause between two attempts is at
//! least [`FIRST_PAUSE_MS`].

use std::time::{Duration, Instant};
use tracing::{info, warn};

/// Pause before the first reconnect.
pub const FIRST_PAUSE_MS: u64 = 50;
/// Pause before each further one.
pub const PAUSE_MS: u64 = 200;

/// Why a link failed; reads after "failed to ".
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The connection: refused, reset, ended.
    #[error("{doing}: transport: {source}")]
    Transport {
        /// What was tried.
        doing: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// No answer in time.
    #[error("{doing}: transport: no answer within {after_ms} ms")]
    Timeout {
        /// What was tried.
        doing: &'static str,
        /// How long was waited.
        after_ms: u64,
    },
    /// An answer that the protocol or our contract does not allow.
    #[error("{doing}: protocol: {what}")]
    Protocol {
        /// What was tried.
        doing: &'static str,
        /// What was wrong.
        what: String,
    },
    /// The device answers that it will not.
    #[error("{doing}: the device refuses: {what}")]
    Device {
        /// What was tried.
        doing: &'static str,
        /// Its reason.
        what: String,
    },
}

impl LinkError {
    /// A protocol error.
    pub(crate) fn protocol(doing: &'static str, what: impl ToString) -> Self {
        Self::Protocol { doing, what: what.to_string() }
    }
}

/// Waits for `action` no longer than `limit`.
pub(crate) async fn within<T>(
    doing: &'static str,
    limit: Duration,
    action: impl Future<Output = T>,
) -> Result<T, LinkError> {
    let after_ms = limit.as_millis() as u64;
    tokio::time::timeout(limit, action).await.map_err(|_| LinkError::Timeout { doing, after_ms })
}

/// Waits for the next cycle; when it is late already, only lets the runtime breathe.
pub(crate) async fn cycle_end(due: tokio::time::Instant) {
    if tokio::time::Instant::now() < due {
        tokio::time::sleep_until(due).await;
    } else {
        tokio::task::yield_now().await;
    }
}

/// The runtime of a device thread.
///
/// # Errors
/// [`LinkError::Transport`] when the system gives none.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, LinkError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|source| LinkError::Transport { doing: "start a runtime", source })
}

/// Pace and log of the reconnects of one device.
pub(crate) struct Supervisor {
    device: &'static str,
    up: bool,
    failures: u32,
    said: String,
    started: Instant,
}

impl Supervisor {
    /// A supervisor for the device of this name.
    pub(crate) fn new(device: &'static str) -> Self {
        Self { device, up: false, failures: 0, said: String::new(), started: Instant::now() }
    }

    /// Time since the thread started: the sessions' clock.
    pub(crate) fn now(&self) -> line_core::ids::Nanos {
        let nanos = self.started.elapsed().as_nanos();
        line_core::ids::Nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The device is in step, or is not yet.
    pub(crate) fn is_up(&mut self, up: bool) {
        if up && !self.up {
            info!(device = self.device, "link is up");
            self.failures = 0;
            self.said.clear();
        }
        self.up = up;
    }

    /// The link failed; the same reason is told once. Answers how long to wait.
    pub(crate) fn failed(&mut self, error: &LinkError) -> Duration {
        let text = error.to_string();
        if text != self.said {
            warn!(device = self.device, "failed to {text}");
            self.said = text;
        }
        self.up = false;
        self.failures = self.failures.saturating_add(1);
        Duration::from_millis(if self.failures == 1 { FIRST_PAUSE_MS } else { PAUSE_MS })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_reconnect_soon_then_slower_until_up() {
        let mut supervisor = Supervisor::new("x");
        let error = LinkError::Timeout { doing: "connect", after_ms: 5 };
        let mut pauses = Vec::new();
        for up in [false, false, false, true, false] {
            supervisor.is_up(up);
            pauses.push(supervisor.failed(&error).as_millis() as u64);
        }
        assert_eq!(pauses, [FIRST_PAUSE_MS, PAUSE_MS, PAUSE_MS, FIRST_PAUSE_MS, PAUSE_MS]);
    }
}
