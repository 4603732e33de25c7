//! The stations beside the camera: one session (sans-IO) for the four kinds, and its transports.
//!
//! Run by the binary on a thread a station. Must never judge a result.

pub mod modbus;
#[cfg(feature = "opcua")]
pub mod opcua;
pub mod session;

use crate::{DeviceIo, Setup};
use contracts::station::Station;
use session::StationSession;

/// The station's name in the log.
const fn log_name(station: Station) -> &'static str {
    match station {
        Station::TextCheck => "text-check",
        Station::CartonCode => "carton-code",
        Station::TamperEvident => "tamper-evident",
        Station::Checkweigher => "checkweigher",
    }
}

fn take_setup(session: &mut StationSession, io: &mut dyn DeviceIo) {
    while let Some(setup) = io.setup() {
        if let Setup::Recipe(hash) = setup {
            session.set_recipe(hash);
        }
    }
    // The core has nothing to say to a station: it measures when its own eye sees a pack.
    while io.output().is_some() {}
}
