//! What a device is spoken to by, in words: for pages, status and records.
//!
//! Part of [`super::Setup`]. Must never be asked by what speaks to it.

use super::Setup;
use crate::config::{DeviceLink, read};
use profiles::{Kind, Profile};

impl Setup {
    /// Protocol of the labeler, for reports: `modbus`, `opcua` or `text`.
    #[must_use]
    pub fn labeler(&self) -> &'static str {
        let link = &self.line.devices.labeler;
        let by_endpoint = if link.is_opcua() { "opcua" } else { "modbus" };
        self.kind(link).map_or(by_endpoint, Kind::protocol)
    }

    /// The protocol of a link, as people call it.
    #[must_use]
    pub fn protocol(&self, link: &DeviceLink) -> &'static str {
        match self.kind(link).map(Kind::protocol) {
            Some("gpio") => "GPIO",
            Some("text") => "text over TCP",
            _ if link.is_opcua() => "OPC UA",
            _ => "Modbus TCP",
        }
    }

    fn kind(&self, link: &DeviceLink) -> Option<Kind> {
        let text = read(&self.directory.join(&link.profile)).ok()?;
        Profile::load(&text).ok().map(|profile| profile.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn each_device_is_told_by_its_own_protocol() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/line.toml");
        let mut setup = Setup::read(&file).unwrap();
        let mut told = |endpoint: &str, profile: &str| {
            let link = &mut setup.line.devices.labeler;
            link.endpoint = endpoint.to_owned();
            link.profile = format!("devices/{profile}.toml");
            (setup.protocol(&setup.line.devices.labeler), setup.labeler())
        };
        assert_eq!(told("10.0.0.1:502", "labeler-registers"), ("Modbus TCP", "modbus"));
        assert_eq!(told("10.0.0.1:9100", "labeler-zpl"), ("text over TCP", "text"));
        assert_eq!(told("opc.tcp://10.0.0.1:4840", "labeler-methods"), ("OPC UA", "opcua"));
        assert_eq!(told("gpio", "line-io-gpio"), ("GPIO", "gpio"));
    }
}
