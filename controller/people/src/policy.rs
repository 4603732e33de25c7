//! The numbers of people's rules, and the time as callers tell it.
//!
//! Set by the configuration. Must never be read from anywhere else.

use crate::throttle::Rule;

/// What the clocks say now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since the process began: everything that waits or ends is counted in these.
    pub mono_ms: u64,
    /// Milliseconds since 1970 UTC: for what is stored over a restart only.
    pub unix_ms: i64,
}

/// Rules of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// A session without commands locks after so long.
    pub idle_lock_ms: u64,
    /// A session ends after so long, whatever happens.
    pub session_ms: u64,
    /// A signature that was asked for must be given within this.
    pub sign_within_ms: u64,
    /// Equal refusals within this become one record with their number.
    pub fold_ms: u64,
    /// Fewest characters of a password.
    pub password_chars_min: usize,
    /// A password older than this must be changed at login (21 CFR 11.300(b)); 0: never.
    pub password_days_max: u32,
    /// Sessions of one user at a time; a further login ends the oldest.
    pub sessions_of_user_max: usize,
    /// Sessions in all; a further login is refused.
    pub sessions_max: usize,
    /// Delays by user.
    pub user_throttle: Rule,
    /// Delays by station.
    pub station_throttle: Rule,
    /// Signatures need a second factor beside the password. Without one that the caller can
    /// prove, nothing can be signed then.
    pub factor_to_sign: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            idle_lock_ms: 10 * 60_000,
            session_ms: 12 * 3_600_000,
            sign_within_ms: 2 * 60_000,
            fold_ms: 60_000,
            password_chars_min: 12,
            password_days_max: 365,
            sessions_of_user_max: 4,
            sessions_max: 256,
            user_throttle: Rule { free: 3, first_ms: 1_000, max_ms: 300_000, forget_ms: 3_600_000 },
            station_throttle: Rule {
                free: 10,
                first_ms: 1_000,
                max_ms: 60_000,
                forget_ms: 600_000,
            },
            factor_to_sign: false,
        }
    }
}
