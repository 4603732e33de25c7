//! Reads a recording: its blocks one by one, each checked before it is believed.
//!
//! Used by replay, by tests and by fuzzers. Memory is bounded by one block. A file that ends in the
//! middle of a block was torn by the end of its process: that is told, not refused. Must never
//! panic, whatever the bytes are.

use crate::Timed;
use crate::block::{self, BLOCK_MAX, FORMAT_VERSION, HEAD, Kind, PREAMBLE, TAIL};
use crate::codec::Known;
use crate::header::SegmentHeader;
use crate::text::take_serials;
use crate::varint::{Bad, Bytes, Read};
use codes::SerialNumber;

/// Why a segment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The run ended in order: everything is in it.
    Clean,
    /// The recording had reached its bound; the line ran on.
    Full,
    /// The recorder could not follow and inputs are missing from here; the line ran on.
    Gap,
    /// The ledger's handle was lost: records may be missing there.
    LedgerLost,
}

impl End {
    pub(crate) const fn number(self) -> u64 {
        match self {
            Self::Clean => 0,
            Self::Full => 1,
            Self::Gap => 2,
            Self::LedgerLost => 3,
        }
    }

    const fn of(number: u64) -> Option<Self> {
        Some(match number {
            0 => Self::Clean,
            1 => Self::Full,
            2 => Self::Gap,
            3 => Self::LedgerLost,
            _ => return None,
        })
    }
}

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A segment begins.
    Begin(Box<SegmentHeader>),
    /// Serial numbers of the segment, the next ones in index order.
    Serials(Vec<SerialNumber>),
    /// Inputs, the next ones in order.
    Inputs(Vec<Timed>),
    /// Digests of what the core must record, the next ones in order.
    Expected(Vec<[u8; 8]>),
    /// The segment ends.
    End {
        /// Why.
        end: End,
        /// Inputs that it has.
        inputs: u64,
    },
}

/// Where a recording is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {block} at byte {offset}: {fault}")]
pub struct ReadError {
    /// Number of the block, from 0.
    pub block: u32,
    /// Where it begins in the file.
    pub offset: usize,
    /// What is wrong.
    pub fault: ReadFault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    /// Another kind of file.
    #[error("this is no recording")]
    NoRecording,
    /// Made by a later version.
    #[error("it has format {found} and this version reads up to {FORMAT_VERSION}; use a newer one")]
    Newer {
        /// Its format.
        found: u16,
    },
    /// The head or payload is not as it was written.
    #[error("its {part} is not as it was written (checksum); the recording is damaged from here")]
    Checksum {
        /// Head or payload.
        part: &'static str,
    },
    /// A block is missing or repeated.
    #[error("it has number {found}; blocks are missing, repeated or exchanged")]
    Order {
        /// Its number.
        found: u32,
    },
    /// A kind of block that must not be passed over.
    #[error("it is of kind {found}, which this version does not know; use a newer one")]
    Kind {
        /// Its kind.
        found: u8,
    },
    /// A whole block that says nonsense.
    #[error("{what} (byte {at} of its payload)")]
    Payload {
        /// Where in the payload.
        at: usize,
        /// What.
        what: String,
    },
}

/// Reads the bytes of a file.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    number: u32,
    torn: bool,
}

impl<'a> Reader<'a> {
    /// Checks the preamble.
    ///
    /// # Errors
    /// No recording, or one of a later version.
    pub fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let fail = |fault| ReadError { block: 0, offset: 0, fault };
        let preamble = bytes.get(..PREAMBLE).unwrap_or(bytes);
        match block::version_of(preamble) {
            Some(1..=FORMAT_VERSION) => {
                Ok(Self { bytes, offset: PREAMBLE, number: 0, torn: false })
            }
            Some(found) if found > FORMAT_VERSION => Err(fail(ReadFault::Newer { found })),
            _ => Err(fail(ReadFault::NoRecording)),
        }
    }

    /// True when the bytes end in the middle of a block: told once all items have been read.
    #[must_use]
    pub const fn is_torn(&self) -> bool {
        self.torn
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    /// [`ReadError`]; nothing behind it can be believed.
    pub fn next_item(&mut self) -> Result<Option<Item>, ReadError> {
        loop {
            let (block, offset) = (self.number, self.offset);
            let fail = |fault| ReadError { block, offset, fault };
            let Some((kind, payload)) = self.next_block()? else { return Ok(None) };
            let item = match Kind::of(kind).ok_or(fail(ReadFault::Kind { found: kind }))? {
                Kind::Header => header(payload),
                Kind::Serials => take_serials(payload).map(Item::Serials).map_err(fault),
                Kind::Inputs => inputs(payload).map(Item::Inputs).map_err(fault),
                Kind::Expected => digests(payload),
                Kind::End => end(payload).map_err(fault),
                Kind::Skippable => continue,
            };
            return item.map(Some).map_err(fail);
        }
    }

    /// Kind and payload of the next whole block.
    fn next_block(&mut self) -> Result<Option<(u8, &'a [u8])>, ReadError> {
        let (block, offset) = (self.number, self.offset);
        let fail = |fault| Err(ReadError { block, offset, fault });
        let rest = self.bytes.get(offset..).unwrap_or_default();
        if rest.iter().all(|&byte| byte == 0) {
            // A file that grew and lost its last bytes to a power cut ends in zeros.
            self.torn |= !rest.is_empty();
            return Ok(None);
        }
        let Some(head) = rest.first_chunk::<HEAD>() else { return Ok(self.tear()) };
        let Some((kind, number, length)) = block::read_head(head) else {
            return fail(ReadFault::Checksum { part: "head" });
        };
        if number != block {
            return fail(ReadFault::Order { found: number });
        }
        let length = length as usize;
        if length > BLOCK_MAX {
            let what = format!("a payload of {length} bytes is longer than {BLOCK_MAX}");
            return fail(ReadFault::Payload { at: 0, what });
        }
        let Some(body) = rest.get(HEAD..HEAD + length + TAIL) else { return Ok(self.tear()) };
        let (payload, crc) = body.split_at(length);
        if crc32fast::hash(payload).to_le_bytes() != *crc {
            return fail(ReadFault::Checksum { part: "payload" });
        }
        self.offset += HEAD + length + TAIL;
        self.number += 1;
        Ok(Some((kind, payload)))
    }

    fn tear<T>(&mut self) -> Option<T> {
        self.torn = true;
        None
    }
}

fn fault(bad: Bad) -> ReadFault {
    ReadFault::Payload { at: bad.at, what: bad.what.to_owned() }
}

/// Of a reason that quotes the file.
const REASON_CHARS_MAX: usize = 200;

fn header(payload: &[u8]) -> Result<Item, ReadFault> {
    serde_json::from_slice(payload).map(|header| Item::Begin(Box::new(header))).map_err(|error| {
        // It quotes what it has found, however long.
        let said: String = error.to_string().chars().take(REASON_CHARS_MAX).collect();
        let what = format!("the header of a segment cannot be read: {said}");
        ReadFault::Payload { at: error.column().saturating_sub(1), what }
    })
}

fn inputs(payload: &[u8]) -> Read<Vec<Timed>> {
    let mut from = Bytes::new(payload);
    let count = from.uint()?;
    let mut known = Known::new();
    let mut inputs = Vec::new();
    for _ in 0..count {
        inputs.push(known.take(&mut from)?);
    }
    if from.is_empty() { Ok(inputs) } else { Err(from.bad("bytes behind the last input")) }
}

fn digests(payload: &[u8]) -> Result<Item, ReadFault> {
    let (digests, rest) = payload.as_chunks::<8>();
    if rest.is_empty() {
        return Ok(Item::Expected(digests.to_vec()));
    }
    let what = "a digest that is not whole".to_owned();
    Err(ReadFault::Payload { at: payload.len(), what })
}

fn end(payload: &[u8]) -> Read<Item> {
    let mut from = Bytes::new(payload);
    let end = End::of(from.uint()?).ok_or(from.bad("an end for a reason that is not known"))?;
    let inputs = from.uint()?;
    if from.is_empty() { Ok(Item::End { end, inputs }) } else { Err(from.bad("bytes behind it")) }
}
