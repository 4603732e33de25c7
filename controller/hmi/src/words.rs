//! The words of the screen: what a state, a cause or a reason is called, and what to do about it.
//!
//! Used by the page. Must never be stored: records hold codes.

use crate::snapshot::LinkState;
use line_core::reason::{HoldCause, RejectReason};

/// Fewer serials are left than the order warns at.
pub(crate) const LOW_POOL: &str = "pool is low";

/// How urgent a hold is (ISA-18.2 priorities; shown by colour, shape and word).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Packs or proof are at stake.
    Critical,
    /// The line stands until someone acts.
    High,
    /// A person wanted it so, or it ends by itself.
    Low,
}

/// A hold in words.
pub(crate) struct HoldWords {
    pub(crate) urgency: Urgency,
    pub(crate) what: &'static str,
    pub(crate) remedy: &'static str,
}

/// What a hold is called and what ends it.
pub(crate) const fn hold(cause: HoldCause) -> HoldWords {
    use HoldCause as H;
    use Urgency::{Critical, High, Low};
    let (urgency, what, remedy) = match cause {
        H::Operator => (Low, "Held by a person", "Unhold when ready"),
        H::ConsecutiveRejects => (High, "Too many rejects in a row", "Look at print and camera"),
        H::RejectPercentage => (High, "Too many rejects in 100 packs", "Look at print and camera"),
        H::PoolEmpty => (High, "No serial numbers left", "Stop the order and close it"),
        H::Slip => (Critical, "Labels and packs have slipped", "Clear the belt, then unhold"),
        H::UnexplainedPack => (Critical, "A pack is not explained", "Find it and resolve it"),
        H::ForeignPack => (Critical, "A pack where none belongs", "Take it off, then unhold"),
        H::BlockedEye => (High, "Packs stuck, or an eye blocked", "Clear the eye, then unhold"),
        H::LabelerLink => (High, "No link to the labeler", "Check its power and cable"),
        H::CameraLink => (High, "No link to the camera", "Check its power and cable"),
        H::LineIoLink => (Critical, "No link to the line I/O", "Check its power and cable"),
        H::LabelerRestart => (High, "The labeler restarted", "Unhold; the belt is purged"),
        H::CameraRestart => (High, "The camera restarted", "Unhold; the belt is purged"),
        H::LineIoRestart => (Critical, "The line I/O restarted", "Empty the belt, then unhold"),
        H::CameraOutOfStep => (High, "Camera and triggers disagree", "Unhold; the belt is purged"),
        H::LabelerFault => (High, "The labeler refused a job", "Check the labeler, then unhold"),
        H::LineIoFault => (Critical, "The line I/O stopped the belt", "Find the pack, then unhold"),
        H::LedgerCredit => (High, "Records wait for the disk", "Ends by itself; check the disk"),
        H::Ledger => (Critical, "Records cannot be written", "Check the disk; do not restart"),
        H::BinFull => (High, "The reject bin is full", "Empty it"),
        H::Utilities => (Critical, "Safety chain or air pressure", "Check guards and air"),
        H::StationLink => (High, "No link to a station", "Check its power and cable"),
        H::StationRestart => (High, "A station restarted", "Unhold; the belt is purged"),
        H::StationOutOfStep => (High, "A station miscounts", "Unhold; the belt is purged"),
        H::BinUnlocked => (High, "The reject bin is not locked", "Lock it, then unhold"),
        H::PositionsLost => (Critical, "Positions are not certain", "Empty the belt by hand"),
        H::Restart => (High, "The service restarted", "Resolve packs, then unhold"),
        H::PowerFail => (Critical, "The mains have failed", "Bring them back, then unhold"),
        H::FirstPack => (Low, "First pack waits for approval", "Approve it with a second person"),
    };
    HoldWords { urgency, what, remedy }
}

/// What a reject reason is called.
pub(crate) const fn reject(reason: RejectReason) -> &'static str {
    use RejectReason as R;
    match reason {
        R::NoJob => "No print job",
        R::PrintUnconfirmed => "Print unconfirmed",
        R::NoRead => "No code read",
        R::MultipleCodes => "Several codes",
        R::CameraError => "Camera error",
        R::ContentMismatch => "Wrong content",
        R::Slip => "Neighbour's code",
        R::LowGrade => "Low grade",
        R::NoResult => "No result",
        R::ResultLate => "Result late",
        R::ResultDuplicate => "Second result",
        R::LedgerLate => "Ledger late",
        R::PermitLate => "Permit late",
        R::Untracked => "Untracked",
        R::LostAtStation => "Lost at a station",
        R::Touching => "Touching packs",
        R::NotSeparable => "Not separable",
        R::LinkDown => "Link down",
        R::Purge => "Purge",
        R::TextMismatch => "Wrong text",
        R::CartonMismatch => "Wrong carton",
        R::TamperEvidenceMissing => "No tamper evidence",
        R::WeightOutOfLimits => "Wrong weight",
        R::StationNoRead => "Station read nothing",
        R::StationError => "Station error",
        R::StationNoResult => "Station silent",
        R::FirstPack => "Before the first pack's approval",
    }
}

/// What a link's state is called.
pub(crate) const fn link(state: LinkState) -> &'static str {
    match state {
        LinkState::Unknown => "not tried",
        LinkState::Connecting => "connecting",
        LinkState::Up => "connected",
        LinkState::Down => "no link",
    }
}

/// `line_commissioned` as `Line commissioned`.
pub(crate) fn plain(name: &str) -> String {
    let mut text = name.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// Seconds as `m:ss` or `h:mm:ss`.
pub(crate) fn duration(seconds: u64) -> String {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h == 0 { format!("{m}:{s:02}") } else { format!("{h}:{m:02}:{s:02}") }
}

/// `12 345` with thin spaces between thousands.
pub(crate) fn count(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "\u{2212}" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// Microseconds as people read them: `870 µs`, `12.3 ms`, `1.20 s`.
pub(crate) fn micros(us: i64) -> String {
    let value = us as f64;
    match us.unsigned_abs() {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", value / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", value / 1e3),
        _ => format!("{:.2} s", value / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let counts = [(0, "0"), (999, "999"), (1_000, "1\u{2009}000"), (-1, "\u{2212}1")];
        counts.iter().for_each(|(value, text)| assert_eq!(count(*value), *text));
        assert_eq!(count(1_234_567), "1\u{2009}234\u{2009}567");
        let times = [(0, "0:00"), (61, "1:01"), (3_600, "1:00:00")];
        times.iter().for_each(|(value, text)| assert_eq!(duration(*value), *text));
        let spans = [(7, "7 µs"), (1_250, "1.2 ms"), (187_400, "187 ms"), (1_200_000, "1.20 s")];
        spans.iter().for_each(|(value, text)| assert_eq!(micros(*value), *text));
        assert_eq!(plain("line_commissioned"), "Line commissioned");
        assert_eq!(plain(""), "");
    }
}
