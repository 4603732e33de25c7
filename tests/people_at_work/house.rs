//! What the API's client needs to know.

use std::net::Ipv4Addr;
use std::time::Duration;

/// Errors of helpers fail the test that called them.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

pub const TOKEN: &str = "not the service's token";
pub const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
pub const PATIENCE: Duration = Duration::from_secs(60);
