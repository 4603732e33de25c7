//! What both sides of the wire agree on: the numbers of the standards' enums and the layouts of the
//! frames of our device contracts (`docs/device-contracts.md`).
//!
//! Called by the controller (through `line-core` and `devices`) and by the line simulator. It must
//! never hold logic: nothing here decides, retries, compares or remembers.

pub mod camera;
pub mod labeler;
pub mod line_io;
pub mod open_scs;
pub mod packml;
pub mod registers;
pub mod station;
