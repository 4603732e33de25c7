//! Urgency of a hold, the words of a code, figures as people read them.
//!
//! Used by the page. Must never be stored: records hold codes.

use crate::i18n::Words;
use line_core::reason::HoldCause;
use serde::Serialize;

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

/// How urgent a hold is.
pub(crate) const fn urgency(cause: HoldCause) -> Urgency {
    use HoldCause as H;
    match cause {
        H::Slip
        | H::UnexplainedPack
        | H::ForeignPack
        | H::LineIoLink
        | H::LineIoRestart
        | H::LineIoFault
        | H::Ledger
        | H::Utilities
        | H::PositionsLost
        | H::PowerFail => Urgency::Critical,
        H::ConsecutiveRejects
        | H::RejectPercentage
        | H::PoolEmpty
        | H::BlockedEye
        | H::LabelerLink
        | H::CameraLink
        | H::LabelerRestart
        | H::CameraRestart
        | H::CameraOutOfStep
        | H::LabelerFault
        | H::LedgerCredit
        | H::BinFull
        | H::StationLink
        | H::StationRestart
        | H::StationOutOfStep
        | H::BinUnlocked
        | H::FirstPack
        | H::Restart => Urgency::High,
        H::Operator => Urgency::Low,
    }
}

/// A code's name, as in JSON.
pub(crate) fn code(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// The words of a code under `prefix`; the code itself where there are none.
pub(crate) fn named(words: Words, prefix: &str, value: &impl Serialize) -> String {
    let code = code(value);
    words.maybe(&format!("{prefix}-{code}")).unwrap_or(code)
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
    }
}
