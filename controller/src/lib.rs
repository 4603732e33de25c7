//! Packline: the edge of the line controller. Configuration, order of start, clock, threads and
//! rings, command line; and the simulated line for demo and tests.
//!
//! The rules live in `line-core`, the books in `ledger`. Must never hold a rule.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod cli;
pub mod config;
pub mod names;
pub mod pools;
pub mod recordings;
pub mod service;
pub mod simulation;
