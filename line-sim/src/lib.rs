//! A serialization line in virtual or real time, from a seed: the other side of the wire.
//!
//! The line-sim binary serves it over real protocols; tests, demo and campaigns drive it as a
//! library. It must never depend on anything of the controller, nor on `codes`: an error shared
//! with the controller would be invisible.

#![forbid(unsafe_code)]

pub mod bench;
pub mod cli;
pub mod hands;
pub mod judge;
pub mod optics;
pub mod proxy;
pub mod read;
pub mod render;
pub mod runner;
pub mod scenario;
pub mod servers;
pub mod sim_config;
pub mod truth;
pub mod world;
