//! The web server's addresses from the configuration: loopback, and other hosts by TLS.
//!
//! Called at the start of the service. Must never open a port to other hosts without TLS.

use super::setup::Setup;
use crate::config::{Https, Service};
use hmi::{Bound, HmiError, Tls};
use std::net::SocketAddr;

/// Listens at `addr`, and for other hosts where the configuration says so.
///
/// # Errors
/// [`HmiError`]: an address, or certificate and key.
pub fn bind(addr: SocketAddr, service: &Service) -> Result<Bound, HmiError> {
    let bound = hmi::bind(addr)?;
    match service.https.as_ref().and_then(tls) {
        Some(tls) => bound.with_tls(&tls),
        None => Ok(bound),
    }
}

/// What browsers of other hosts are given.
#[must_use]
pub fn urls(bound: &Bound, setup: &Setup) -> Vec<String> {
    let (Some(addr), Some(https)) = (bound.tls_addr(), &setup.line.service.https) else {
        return Vec::new();
    };
    https.names.iter().map(|name| format!("https://{name}:{}", addr.port())).collect()
}

/// The configuration is checked: an address that is none has been refused.
fn tls(https: &Https) -> Option<Tls> {
    let listen = https.listen.parse().ok()?;
    let (certificate, key) = ((&https.certificate).into(), (&https.key).into());
    Some(Tls { listen, certificate, key, names: https.names.clone() })
}
