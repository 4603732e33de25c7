//! Trial runs with real processes: challenge and setup of an order, before it and in its middle,
//! passed, failed and interrupted.
//!
//! Plant, person and proof are those of the kill tests; the line with its stations and the prepared
//! packs are in [`floor`], challenges in [`challenge`], setup and orders under way in [`midway`],
//! what is refused in [`required`]. Asserted are packs, records, exit codes and words, never a
//! time.

mod challenge;
mod floor;
mod midway;
#[path = "../kill_restart/person.rs"]
mod person;
#[path = "../kill_restart/plant.rs"]
#[expect(dead_code, reason = "the kill tests use all of it")]
mod plant;
#[path = "../kill_restart/proof.rs"]
mod proof;
mod required;

/// Errors of helpers fail the test that called them.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;
