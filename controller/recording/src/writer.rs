//! Writes a recording into memory, block by block; the caller carries the bytes to the file.
//!
//! Used by the service's recorder and by tests. Must never let a block grow beyond
//! [`BLOCK_MAX`](crate::BLOCK_MAX).

use crate::block::{self, Kind};
use crate::codec::Known;
use crate::header::SegmentHeader;
use crate::reader::End;
use crate::text::{SERIALS_PER_BLOCK, put_serials};
use crate::varint::put_uint;
use crate::{PREAMBLE, Timed};
use codes::SerialNumber;

/// A block of inputs is closed when it has so many bytes.
const BLOCK_FULL: usize = 64 * 1024;
/// Digests of records in one block.
const DIGESTS_PER_BLOCK: usize = 32_768;

/// A recording that grows.
#[derive(Debug)]
pub struct Writer {
    known: Box<Known>,
    inputs: Vec<u8>,
    in_block: u64,
    in_segment: u64,
    number: u32,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// Nothing is written yet.
    #[must_use]
    pub fn new() -> Self {
        Self { known: Known::new(), inputs: Vec::new(), in_block: 0, in_segment: 0, number: 0 }
    }

    /// Begins a segment, and the file with the first one. `serials` when they shall be embedded.
    pub fn begin(
        &mut self,
        header: &SegmentHeader,
        serials: Option<&[SerialNumber]>,
        out: &mut Vec<u8>,
    ) {
        if self.number == 0 {
            out.extend_from_slice(&block::preamble());
        }
        self.in_segment = 0;
        // A header of ours always has a JSON form: its keys are texts, its numbers whole.
        let json = serde_json::to_vec(header).unwrap_or_default();
        self.block(Kind::Header, &json, out);
        for slice in serials.unwrap_or_default().chunks(SERIALS_PER_BLOCK) {
            let mut payload = Vec::new();
            put_serials(&mut payload, slice);
            self.block(Kind::Serials, &payload, out);
        }
    }

    /// Takes an input; `out` gets a block whenever one is full.
    pub fn push(&mut self, timed: &Timed, out: &mut Vec<u8>) {
        self.known.put(&mut self.inputs, timed);
        self.in_block += 1;
        if self.inputs.len() >= BLOCK_FULL {
            self.flush(out);
        }
    }

    /// Bytes of the block that is not closed yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inputs.len()
    }

    /// Inputs of the segment so far.
    #[must_use]
    pub const fn inputs(&self) -> u64 {
        self.in_segment + self.in_block
    }

    /// Closes the block of inputs, if there is one.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        if self.in_block == 0 {
            return;
        }
        let mut payload = Vec::with_capacity(self.inputs.len() + 8);
        put_uint(&mut payload, self.in_block);
        payload.append(&mut self.inputs);
        self.block(Kind::Inputs, &payload, out);
        self.in_segment += core::mem::take(&mut self.in_block);
        self.known = Known::new();
    }

    /// Appends what the core must record in this segment: a digest for each record.
    pub fn expected(&mut self, digests: &[[u8; 8]], out: &mut Vec<u8>) {
        self.flush(out);
        for slice in digests.chunks(DIGESTS_PER_BLOCK) {
            self.block(Kind::Expected, slice.as_flattened(), out);
        }
    }

    /// Ends the segment.
    pub fn end(&mut self, end: End, out: &mut Vec<u8>) {
        self.flush(out);
        let mut payload = Vec::new();
        put_uint(&mut payload, end.number());
        put_uint(&mut payload, self.in_segment);
        self.block(Kind::End, &payload, out);
    }

    fn block(&mut self, kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        out.reserve(PREAMBLE + payload.len() + block::HEAD + block::TAIL);
        out.extend_from_slice(&block::head(kind, self.number, length));
        out.extend_from_slice(payload);
        out.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
        self.number += 1;
    }
}
