//! `[line_network]`: our own address among devices without security, and which of them are talked
//! to.
//!
//! For Modbus TCP and texts over TCP. A link over OPC UA knows its device by certificate. Must
//! never widen what is listed.

use super::errors::Finding;
use super::line::LineFile;
use devices::{LineNetwork, Peer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The network of devices without security. Without this section links go anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LineNetworkFile {
    /// Our own address on that network: links without security leave from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<String>,
    /// Addresses of devices, or networks like `10.20.0.0/28`; nobody else is talked to. Empty:
    /// anybody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<String>,
}

impl LineNetworkFile {
    /// True when nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// As the links take it; what is no address is left out, and told by the findings.
    #[must_use]
    pub fn network(&self) -> LineNetwork {
        let interface = self.interface.as_ref().and_then(|text| text.parse().ok());
        let peers = self.peers.iter().filter_map(|text| text.parse().ok()).collect();
        LineNetwork { interface, peers }
    }
}

/// What cannot be, and devices that are not listed.
pub(super) fn findings(line: &LineFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut tell = |key: &str, what: String, remedy: &str| {
        found.push(Finding::new(key, what, remedy));
    };
    let network = &line.line_network;
    if let Some(text) = &network.interface
        && text.parse::<IpAddr>().is_err()
    {
        let remedy = "write our own address on the devices' network, e.g. 10.20.0.1";
        tell("line_network.interface", format!("{text:?} is no address"), remedy);
    }
    for error in network.peers.iter().filter_map(|text| text.parse::<Peer>().err()) {
        tell("line_network.peers", error, "write one, or a device's address");
    }
    for (name, link) in line.links().filter(|(_, link)| !link.is_opcua()) {
        let host = link.endpoint.rsplit_once(':').map_or("", |(host, _)| host);
        let Ok(address) = host.parse::<IpAddr>() else { continue };
        if !network.network().allows(address) {
            let what = format!("{address} is none of line_network.peers");
            tell(&format!("devices.{name}.endpoint"), what, "list it there, or correct it");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::config::LineFile;

    const LINE: &str = include_str!("../../../config/line.toml");

    #[test]
    fn a_device_that_is_not_listed_is_refused() {
        let line = |network: &str| {
            let text = format!("{LINE}\n[line_network]\n{network}\n");
            LineFile::parse("line.toml", &text).map_err(|error| error.to_string())
        };
        let fits = line("interface = \"127.0.0.1\"\npeers = [\"127.0.0.0/8\"]").unwrap();
        assert_eq!(fits.line_network.network().peers.len(), 1);
        for (network, what) in [
            ("peers = [\"10.20.0.0/28\"]", "127.0.0.1 is none of line_network.peers"),
            ("peers = [\"10.20.0.0/99\"]", "neither an address nor a network"),
            ("interface = \"eth0\"", "\"eth0\" is no address"),
        ] {
            let told = line(network).unwrap_err();
            assert!(told.contains(what), "{network}: {told}");
        }
    }
}
