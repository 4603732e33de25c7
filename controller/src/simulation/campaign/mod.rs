//! The fault campaign: batch after batch of the whole line in virtual time, each with its own mix
//! of faults and of people's doings, from one `u64`.
//!
//! Called by `packline campaign` and by tests. Must never touch disk but for the state that it is
//! asked to keep.

pub mod batch;
pub mod case;
pub mod driver;
pub mod minimise;
pub mod mix;
mod people;
pub mod run;
pub mod state;
pub mod totals;
pub mod watch;
