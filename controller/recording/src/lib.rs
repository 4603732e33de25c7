//! The flight recording of a batch: every input of the core with its time, as bytes and back.
//!
//! Pure: bytes in, values out, and the other way; no file, no thread, no clock. The recorder of the
//! service and tests write with [`Writer`]; replay, tests and fuzzers read with [`Reader`]. The
//! format is docs/recording-format.md. Must never guess at a damaged byte: what is not whole is
//! refused with its block and offset.

#![forbid(unsafe_code)]

mod block;
mod closed;
mod codec;
mod header;
mod reader;
mod row;
mod text;
mod varint;
mod writer;

pub use block::{BLOCK_MAX, FORMAT_VERSION, PREAMBLE};
pub use header::{OrderData, SegmentHeader, SerialsInfo, StationAsks};
pub use reader::{End, Item, ReadError, ReadFault, Reader};
pub use writer::Writer;

use line_core::event::Input;
use line_core::ids::Nanos;

/// One input as the line thread gave it to the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    /// The core's time.
    pub now: Nanos,
    /// What it was given.
    pub input: Input,
}

#[cfg(test)]
mod tests;
