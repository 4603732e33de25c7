//! The header of a segment, from what the core is made of.
//!
//! Used by the run, by commands without a service and by tests. Must never decide.

use codes::SerialNumber;
use line_core::RULES_VERSION;
use line_core::line_config::LineConfig;
use line_core::verify::BatchData;
use recording::{OrderData, SegmentHeader, SerialsInfo};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Where a segment belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The batch.
    pub batch: String,
    /// SHA-256 of the configuration, hex.
    pub config_hash: String,
    /// Wall clock, RFC 3339.
    pub began: String,
    /// Last event of the ledger before the segment.
    pub after_seq: i64,
}

/// SHA-256 over the texts in index order, each followed by a line feed, hex.
#[must_use]
pub fn serials_sha256(numbers: &[SerialNumber]) -> String {
    let mut sha = Sha256::new();
    for number in numbers {
        sha.update(number.as_str());
        sha.update(b"\n");
    }
    sha.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The header of the first segment; who writes it gives it its number.
#[must_use]
pub fn header(
    origin: Origin,
    line: LineConfig,
    data: &BatchData,
    numbers: &[SerialNumber],
    (target, low_pool): (u32, u32),
) -> SegmentHeader {
    let Origin { batch, config_hash, began, after_seq } = origin;
    SegmentHeader {
        batch,
        segment: 1,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        rules: RULES_VERSION,
        config_hash,
        began,
        after_seq,
        line,
        order: OrderData::of(data),
        target,
        low_pool,
        serials: SerialsInfo {
            count: numbers.len() as u32,
            sha256: serials_sha256(numbers),
            embedded: false,
        },
    }
}
