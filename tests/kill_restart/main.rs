//! Controller and line as processes of their own over real sockets: `packline run` is killed and
//! stopped in mid-batch and goes on; and what the command line promises to scripts.
//!
//! Processes and directory in [`plant`], the person at the line in [`person`]; kills in [`kills`],
//! at random instants in [`random`], clean stops in [`stops`], devices that come late in [`late`],
//! the command line in [`contract`] and [`offline`]. Asserted are packs, serials, records and
//! words, never a time; waiting is bounded by a safety net alone. Every process ends with the
//! handle that started it.

#[path = "../support/chance.rs"]
mod chance;
mod contract;
mod kills;
mod late;
mod offline;
mod person;
mod plant;
mod proof;
mod random;
mod stops;
#[path = "../support/wire.rs"]
#[expect(dead_code, reason = "the tests of links count heartbeats, too")]
mod wire;

/// Errors of helpers fail the test that called them.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;
