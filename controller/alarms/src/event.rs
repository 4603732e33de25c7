//! What is to be recorded of an alarm: every change of its state, with who, when and why.
//!
//! Put out by the board, written by its caller. Must never hold translated text: records hold codes.

use crate::kind::AlarmKind;

/// Who acts, in which role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Login name; `service` for what ends by itself.
    pub who: String,
    /// Role acted in.
    pub role: String,
}

impl Person {
    /// A person in a role.
    #[must_use]
    pub fn new(who: &str, role: &str) -> Self {
        Self { who: who.to_owned(), role: role.to_owned() }
    }

    /// The service itself.
    #[must_use]
    pub fn service() -> Self {
        Self::new("service", "service")
    }
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The condition is there; with what makes it one of its kind (a device, a batch, a number).
    Raised {
        /// In the words of the source; codes and figures, nothing translated.
        detail: String,
    },
    /// The condition is gone.
    Returned,
    /// Somebody has seen it.
    Acknowledged {
        /// Who.
        by: Person,
    },
    /// Not shown as active until then.
    Shelved {
        /// Who.
        by: Person,
        /// Until when, milliseconds since 1970 UTC.
        until_ms: i64,
        /// Why.
        reason: String,
    },
    /// Shown again.
    Unshelved {
        /// Who; the service when its time is over.
        by: Person,
    },
}

/// A change to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Of which alarm.
    pub kind: AlarmKind,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What.
    pub change: Change,
}
