//! What the API's client needs to know.

pub use crate::Outcome;
use std::net::Ipv4Addr;
use std::time::Duration;

pub const TOKEN: &str = "not the service's token";
pub const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
pub const PATIENCE: Duration = Duration::from_secs(60);
