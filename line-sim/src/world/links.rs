//! Network links and power of the devices.
//!
//! The servers ask whether they may talk and when to drop their connections. It must never know
//! what is said over a link.

use contracts::station::Station;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::world::time::SimTime;

/// Devices with a network link.
pub const DEVICES: usize = 7;

/// A device with a network link.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// The labeler.
    Labeler,
    /// The camera.
    Camera,
    /// The line I/O.
    LineIo,
    /// The text-check station.
    TextCheck,
    /// The carton-code station.
    CartonCode,
    /// The tamper-evident station.
    TamperEvident,
    /// The checkweigher.
    Checkweigher,
}

impl Device {
    /// Every device.
    pub const ALL: [Self; DEVICES] = [
        Self::Labeler,
        Self::Camera,
        Self::LineIo,
        Self::TextCheck,
        Self::CartonCode,
        Self::TamperEvident,
        Self::Checkweigher,
    ];

    /// The device of a station.
    #[must_use]
    pub const fn of(station: Station) -> Self {
        match station {
            Station::TextCheck => Self::TextCheck,
            Station::CartonCode => Self::CartonCode,
            Station::TamperEvident => Self::TamperEvident,
            Station::Checkweigher => Self::Checkweigher,
        }
    }

    /// The station that this device is.
    #[must_use]
    pub const fn station(self) -> Option<Station> {
        match self {
            Self::Labeler | Self::Camera | Self::LineIo => None,
            Self::TextCheck => Some(Station::TextCheck),
            Self::CartonCode => Some(Station::CartonCode),
            Self::TamperEvident => Some(Station::TamperEvident),
            Self::Checkweigher => Some(Station::Checkweigher),
        }
    }

    /// The name as it stands in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Labeler => "labeler",
            Self::Camera => "camera",
            Self::LineIo => "line_io",
            Self::TextCheck => "text_check",
            Self::CartonCode => "carton_code",
            Self::TamperEvident => "tamper_evident",
            Self::Checkweigher => "checkweigher",
        }
    }
}

/// State of the links.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    links: [Link; DEVICES],
}

#[derive(Clone, Copy, Debug, Default)]
struct Link {
    /// No traffic before.
    up_from: SimTime,
    /// No power before.
    power_from: SimTime,
    connection_epoch: u64,
}

impl Links {
    /// No traffic until `until`; connections drop.
    pub(crate) fn cut(&mut self, device: Device, until: SimTime) {
        let link = &mut self.links[device as usize];
        link.up_from = link.up_from.max(until);
        link.connection_epoch += 1;
    }

    /// No power until `until`; connections drop.
    pub(crate) fn power_off(&mut self, device: Device, until: SimTime) {
        self.cut(device, until);
        self.links[device as usize].power_from = until;
    }

    /// True when power is back for good, not only of a restart that another one has followed.
    pub(crate) fn is_powered(&self, device: Device, now: SimTime) -> bool {
        now >= self.links[device as usize].power_from
    }

    pub(crate) fn is_up(&self, device: Device, now: SimTime) -> bool {
        now >= self.links[device as usize].up_from
    }

    pub(crate) fn connection_epoch(&self, device: Device) -> u64 {
        self.links[device as usize].connection_epoch
    }
}
