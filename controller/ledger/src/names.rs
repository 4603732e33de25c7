//! Numbers and names of the core's closed lists as the tables hold them, and the way back.
//!
//! Used by projections, recovery and queries. Must never invent a name: tests compare each with
//! what serde writes into the events.

use contracts::open_scs::JobOrderState;
use contracts::packml::UnitMode;
use line_core::event::PackFate;
use line_core::reason::{InvalidCause, RejectReason};
use line_core::record::Verdict;

macro_rules! names {
    (
        $list:ident, $to:ident, $(#[$only:meta])? $from:ident, $type:ty,
        $($variant:ident = $name:literal),+ $(,)?
    ) => {
        pub(crate) const $list: &[$type] = &[$(<$type>::$variant),+];
        const _: usize = $list.len();

        pub(crate) const fn $to(value: $type) -> &'static str {
            match value {
                $(<$type>::$variant => $name),+
            }
        }

        $(#[$only])?
        pub(crate) fn $from(name: &str) -> Option<$type> {
            match name {
                $($name => Some(<$type>::$variant),)+
                _ => None,
            }
        }
    };
}

names!(VERDICTS, verdict_name, verdict_from, Verdict, Accept = "accept", Reject = "reject");

names!(
    REJECT_REASONS,
    reason_name,
    reason_from,
    RejectReason,
    NoJob = "no_job",
    PrintUnconfirmed = "print_unconfirmed",
    NoRead = "no_read",
    MultipleCodes = "multiple_codes",
    CameraError = "camera_error",
    ContentMismatch = "content_mismatch",
    Slip = "slip",
    LowGrade = "low_grade",
    NoResult = "no_result",
    ResultLate = "result_late",
    ResultDuplicate = "result_duplicate",
    LedgerLate = "ledger_late",
    PermitLate = "permit_late",
    Untracked = "untracked",
    LostAtStation = "lost_at_station",
    Touching = "touching",
    NotSeparable = "not_separable",
    LinkDown = "link_down",
    Purge = "purge",
    TextMismatch = "text_mismatch",
    CartonMismatch = "carton_mismatch",
    TamperEvidenceMissing = "tamper_evidence_missing",
    WeightOutOfLimits = "weight_out_of_limits",
    StationNoRead = "station_no_read",
    StationError = "station_error",
    StationNoResult = "station_no_result",
    FirstPack = "first_pack",
);

names!(
    UNIT_MODES,
    mode_name,
    mode_from,
    UnitMode,
    Production = "production",
    Maintenance = "maintenance",
    Manual = "manual",
    Challenge = "challenge",
    Setup = "setup",
);

names!(
    INVALID_CAUSES,
    cause_name,
    #[cfg(test)]
    cause_from,
    InvalidCause,
    Flushed = "flushed",
    LabelerEpoch = "labeler_epoch",
    Restart = "restart",
    BatchEnd = "batch_end",
);

#[cfg(test)]
names!(
    ORDER_STATES,
    order_state_name,
    order_state_from_name,
    JobOrderState,
    Waiting = "waiting",
    Ready = "ready",
    Loaded = "loaded",
    Running = "running",
    Completed = "completed",
    Aborted = "aborted",
    Held = "held",
    Suspended = "suspended",
    Closed = "closed",
);

/// The order state with this number.
pub(crate) fn order_state(number: i64) -> Option<JobOrderState> {
    use JobOrderState as S;
    [
        S::Waiting,
        S::Ready,
        S::Loaded,
        S::Running,
        S::Completed,
        S::Aborted,
        S::Held,
        S::Suspended,
        S::Closed,
    ]
    .into_iter()
    .find(|&state| state as i64 == number)
}

/// The fate with this number.
pub(crate) fn fate(number: i64) -> Option<PackFate> {
    use PackFate as F;
    [
        F::InProcess,
        F::Exited,
        F::Ejected,
        F::Unresolved,
        F::ResolvedExited,
        F::ResolvedEjected,
        F::Removed,
    ]
    .into_iter()
    .find(|&fate| fate as i64 == number)
}

/// Name of a fate as in the view of packs.
pub(crate) const fn fate_name(fate: PackFate) -> &'static str {
    match fate {
        PackFate::InProcess => "in_process",
        PackFate::Exited => "exited",
        PackFate::Ejected => "ejected",
        PackFate::Unresolved => "unresolved",
        PackFate::ResolvedExited => "resolved_exited",
        PackFate::ResolvedEjected => "resolved_ejected",
        PackFate::Removed => "removed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::open_scs::SerialState;

    fn check<T: serde::Serialize + Copy + PartialEq + std::fmt::Debug>(
        all: &[T],
        to: fn(T) -> &'static str,
        from: fn(&str) -> Option<T>,
    ) {
        for &value in all {
            let json = serde_json::to_string(&value).expect("a unit variant");
            assert_eq!(json, format!("\"{}\"", to(value)));
            assert_eq!(from(to(value)), Some(value));
        }
    }

    #[test]
    fn names_are_those_of_the_events() {
        check(VERDICTS, verdict_name, verdict_from);
        check(REJECT_REASONS, reason_name, reason_from);
        check(UNIT_MODES, mode_name, mode_from);
        check(INVALID_CAUSES, cause_name, cause_from);
        check(ORDER_STATES, order_state_name, order_state_from_name);
        for &state in ORDER_STATES {
            assert_eq!(order_state(state as i64), Some(state));
        }
    }

    #[test]
    fn the_views_know_every_state() {
        let schema = include_str!("schema.sql");
        for state in (0..=11).filter_map(SerialState::from_number) {
            let json = serde_json::to_string(&state).expect("a unit variant").replace('"', "'");
            assert!(schema.contains(&format!("WHEN {} THEN {json}", state as u8)), "{json}");
        }
        for &state in ORDER_STATES {
            let when = format!("WHEN {} THEN '{}'", state as u8, order_state_name(state));
            assert!(schema.contains(&when), "{when}");
        }
    }
}
