//! Where a device is whose protocol has no security: Modbus TCP, texts over TCP.
//!
//! Such a link leaves by an interface of its own and goes to listed peers only, where the line says
//! so. Must never connect to an address that is not allowed, whatever a name resolves to.

use crate::LinkError;
use crate::link::within;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};

/// Address, and what the line's network allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainEndpoint {
    /// `host:port`.
    pub address: String,
    /// What the network allows.
    pub network: LineNetwork,
}

/// The network of devices without security.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineNetwork {
    /// Our own address there: links are bound to it.
    pub interface: Option<IpAddr>,
    /// Who may be talked to; empty: anybody.
    pub peers: Vec<Peer>,
}

/// An address, or all that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    address: IpAddr,
    bits: u8,
}

impl From<String> for PlainEndpoint {
    fn from(address: String) -> Self {
        Self { address, network: LineNetwork::default() }
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is neither an address nor a network like 10.20.0.0/24");
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), str::parse).map_err(|_| wrong())?;
        if bits <= all { Ok(Self { address, bits }) } else { Err(wrong()) }
    }
}

impl Peer {
    /// True when `address` is this one, or in this network.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let number = |address: IpAddr| match address {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, true),
            IpAddr::V6(v6) => (v6.to_bits(), false),
        };
        let ((ours, ours_v4), (theirs, theirs_v4)) = (number(self.address), number(address));
        let differ = (ours ^ theirs).checked_shr(128 - u32::from(self.bits)).unwrap_or(0);
        ours_v4 == theirs_v4 && differ == 0
    }
}

impl LineNetwork {
    /// True when this address may be talked to.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|peer| peer.holds(address))
    }
}

/// Opens a TCP connection without delay of small segments.
pub(crate) async fn open_plain(
    endpoint: &PlainEndpoint,
    limit: Duration,
) -> Result<TcpStream, LinkError> {
    let doing = "connect";
    let stream = within(doing, limit, connect(endpoint)).await??;
    stream.set_nodelay(true).map_err(|source| LinkError::Transport { doing, source })?;
    Ok(stream)
}

/// Tries each allowed address that the name has.
async fn connect(endpoint: &PlainEndpoint) -> Result<TcpStream, LinkError> {
    let transport = |source| LinkError::Transport { doing: "connect", source };
    let found = tokio::net::lookup_host(&endpoint.address).await.map_err(transport)?;
    let found: Vec<SocketAddr> = found.collect();
    let allowed = found.iter().filter(|address| endpoint.network.allows(address.ip()));
    let mut last = not_allowed(endpoint, &found);
    for address in allowed {
        match connect_to(*address, endpoint.network.interface).await {
            Ok(stream) => return Ok(stream),
            Err(source) => last = transport(source),
        }
    }
    Err(last)
}

async fn connect_to(address: SocketAddr, interface: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(interface) = interface {
        socket.bind(SocketAddr::new(interface, 0))?;
    }
    socket.connect(address).await
}

fn not_allowed(endpoint: &PlainEndpoint, found: &[SocketAddr]) -> LinkError {
    let found: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
    let what = format!(
        "{} is {}, which is none of line_network.peers; list it there if it is the device",
        endpoint.address,
        found.join(", ")
    );
    LinkError::protocol("connect", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        let table = [
            ("10.20.0.31", "10.20.0.31", true),
            ("10.20.0.31", "10.20.0.32", false),
            ("10.20.0.0/28", "10.20.0.15", true),
            ("10.20.0.0/28", "10.20.0.16", false),
            ("0.0.0.0/0", "192.168.1.1", true),
            ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
        ];
        for (peer, address, expected) in table {
            let peer: Peer = peer.parse().unwrap();
            assert_eq!(peer.holds(address.parse().unwrap()), expected, "{peer:?} {address}");
        }
        for wrong in ["", "10.20.0", "10.20.0.0/33", "10.20.0.0/x", "labeler"] {
            assert!(wrong.parse::<Peer>().is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn links_leave_by_their_interface_and_go_to_peers_only() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let to = |interface: &str, peer: &str| PlainEndpoint {
            address: address.clone(),
            network: LineNetwork {
                interface: Some(interface.parse().unwrap()),
                peers: vec![peer.parse().unwrap()],
            },
        };
        let limit = Duration::from_secs(20);
        let _stream = open_plain(&to("127.0.0.2", "127.0.0.0/8"), limit).await.unwrap();
        let (_, from) = listener.accept().await.unwrap();
        assert_eq!(from.ip().to_string(), "127.0.0.2");
        let refused = open_plain(&to("127.0.0.2", "127.0.0.9"), limit).await.unwrap_err();
        assert!(refused.to_string().contains("none of line_network.peers"), "{refused}");
    }
}
