//! The stations beside the camera: one session (sans-IO) for the four kinds, and its transports.
//!
//! Run by the binary on a thread a station. Must never judge a result.

pub mod modbus;
#[cfg(feature = "opcua")]
pub mod opcua;
pub mod session;

use contracts::station::Station;

/// The station's name in the log.
const fn log_name(station: Station) -> &'static str {
    match station {
        Station::TextCheck => "text-check",
        Station::CartonCode => "carton-code",
        Station::TamperEvident => "tamper-evident",
        Station::Checkweigher => "checkweigher",
    }
}
