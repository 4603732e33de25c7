//! The header of a segment: what `Line::new` needs, and where the segment belongs. JSON, so that a
//! person can read it in the file.
//!
//! A field that a later version adds has a default for older recordings; one that is not known here
//! is passed over. Must never hold anything of a person.

use codes::{Expiry, Gtin, Lot, NationalNumber};
use line_core::line_config::LineConfig;
use line_core::station::{CartonCode, StationRules, TextFields};
use line_core::verify::BatchData;
use serde::{Deserialize, Serialize};

/// Header of a segment: one life of the core, from `Line::new` on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHeader {
    /// The batch.
    pub batch: String,
    /// n-th life of the core in this batch, from 1.
    pub segment: u32,
    /// Version of the software that recorded.
    pub software: String,
    /// Version of the core's rules ([`line_core::RULES_VERSION`]).
    pub rules: u16,
    /// SHA-256 of the configuration that the batch pins, hex.
    pub config_hash: String,
    /// Wall clock at the begin, RFC 3339; for people.
    #[serde(default)]
    pub began: String,
    /// Last event of the ledger before the segment's first record; 0 without a ledger.
    pub after_seq: i64,
    /// Geometry and rules.
    pub line: LineConfig,
    /// The order.
    pub order: OrderData,
    /// Good packs at which the order is complete.
    pub target: u32,
    /// Serials left at which a warning is due.
    pub low_pool: u32,
    /// The serials of the order.
    pub serials: SerialsInfo,
}

/// The serial numbers: how many, which, and where they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialsInfo {
    /// How many.
    pub count: u32,
    /// SHA-256 over the texts in index order, each followed by a line feed, hex; the ledger's
    /// `pool_allocated` has the same.
    pub sha256: String,
    /// They follow the header; otherwise the ledger has them.
    pub embedded: bool,
}

/// What is the same on every pack of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderData {
    /// Product code.
    pub gtin: Gtin,
    /// Expiry date.
    pub expiry: Expiry,
    /// Batch number.
    pub lot: Lot,
    /// National number, where the code has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national: Option<NationalNumber>,
    /// What the stations beside the camera must find.
    #[serde(default)]
    pub stations: StationAsks,
}

/// What the recipe asks of the stations beside the camera.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationAsks {
    /// Product code, serial, lot and expiry, in this order: true where the text must be proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_check: Option<[bool; 4]>,
    /// The carton's code, its bytes as numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton_code: Option<Vec<u8>>,
    /// The tamper-evident label must be there.
    #[serde(default)]
    pub tamper_evident: bool,
    /// Lowest and highest weight in milligrams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkweigher: Option<(i32, i32)>,
}

impl OrderData {
    /// From what the core is given.
    #[must_use]
    pub fn of(data: &BatchData) -> Self {
        let BatchData { gtin, expiry, lot, national, stations } = *data;
        let StationRules { text_check, carton_code, tamper_evident, checkweigher } = stations;
        let fields = |f: TextFields| [f.product_code, f.serial, f.lot, f.expiry];
        let stations = StationAsks {
            text_check: text_check.map(fields),
            carton_code: carton_code.map(|code| code.as_bytes().to_vec()),
            tamper_evident,
            checkweigher,
        };
        Self { gtin, expiry, lot, national, stations }
    }

    /// As the core is given it; none when the carton's code is none.
    #[must_use]
    pub fn to_batch_data(&self) -> Option<BatchData> {
        let asks = &self.stations;
        let fields = |[product_code, serial, lot, expiry]: [bool; 4]| TextFields {
            product_code,
            serial,
            lot,
            expiry,
        };
        let carton_code = match &asks.carton_code {
            Some(code) => Some(CartonCode::new(code)?),
            None => None,
        };
        let stations = StationRules {
            text_check: asks.text_check.map(fields),
            carton_code,
            tamper_evident: asks.tamper_evident,
            checkweigher: asks.checkweigher,
        };
        let Self { gtin, expiry, lot, national, .. } = *self;
        Some(BatchData { gtin, expiry, lot, national, stations })
    }
}
