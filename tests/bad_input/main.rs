//! Bad input is refused whole, with what, where and what to do, and nothing is half done: files in
//! [`files`], and in [`holds`] what a line runs into and how it goes on.
//!
//! Bad pools are among the tests of pools. Asserted are exit codes, words, orders and chains.

mod files;
#[path = "../trials/floor.rs"]
#[expect(dead_code, reason = "the tests of trials use all of it")]
mod floor;
mod holds;
#[path = "../kill_restart/person.rs"]
mod person;
#[path = "../kill_restart/plant.rs"]
#[expect(dead_code, reason = "the kill tests use all of it")]
mod plant;
#[path = "../kill_restart/proof.rs"]
mod proof;

/// Errors of helpers fail the test that called them.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;
