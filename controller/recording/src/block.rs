//! The frame of the file: a preamble, then numbered blocks with checksums of their own.
//!
//! Used by `writer.rs` and `reader.rs`. Must never grow beyond [`BLOCK_MAX`].

/// Version of the format: a reader refuses a higher one.
pub const FORMAT_VERSION: u16 = 1;
/// First bytes of a file, before the version (2 bytes, little-endian) and 2 bytes of 0.
const MAGIC: [u8; 12] = *b"packline rec";
/// Bytes of the preamble.
pub const PREAMBLE: usize = 16;
/// Longest payload of a block.
pub const BLOCK_MAX: usize = 1 << 20;
/// Bytes of a block's head.
pub(crate) const HEAD: usize = 16;
/// Bytes of the checksum behind the payload.
pub(crate) const TAIL: usize = 4;

/// What a block holds. Numbers from 128 on may be skipped by a reader that does not know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Begin of a segment: its header as JSON.
    Header,
    /// The serial numbers, when they are embedded.
    Serials,
    /// Inputs.
    Inputs,
    /// End of the segment, and why.
    End,
    /// What the core must record: a digest for each record.
    Expected,
    /// One that this version does not know and may skip.
    Skippable,
}

pub(crate) const SKIPPABLE_FROM: u8 = 128;

impl Kind {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Header => 1,
            Self::Serials => 2,
            Self::Inputs => 3,
            Self::End => 4,
            Self::Expected => 5,
            Self::Skippable => SKIPPABLE_FROM,
        }
    }

    pub(crate) const fn of(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Header,
            2 => Self::Serials,
            3 => Self::Inputs,
            4 => Self::End,
            5 => Self::Expected,
            SKIPPABLE_FROM.. => Self::Skippable,
            _ => return None,
        })
    }
}

/// The first bytes of a file.
pub(crate) fn preamble() -> [u8; PREAMBLE] {
    let mut bytes = [0; PREAMBLE];
    bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    bytes[MAGIC.len()..MAGIC.len() + 2].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes
}

/// The version that a preamble names; none when it is no preamble.
pub(crate) fn version_of(preamble: &[u8]) -> Option<u16> {
    let rest = preamble.strip_prefix(&MAGIC)?;
    match *rest {
        [low, high, 0, 0] => Some(u16::from_le_bytes([low, high])),
        _ => None,
    }
}

/// Head of a block: kind, three bytes of 0, number, length of the payload, CRC-32 of these.
pub(crate) fn head(kind: Kind, number: u32, length: u32) -> [u8; HEAD] {
    let mut bytes = [0; HEAD];
    bytes[0] = kind.number();
    bytes[4..8].copy_from_slice(&number.to_le_bytes());
    bytes[8..12].copy_from_slice(&length.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..12]);
    bytes[12..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Kind's number, block's number and length of a head; none when its checksum is wrong.
pub(crate) fn read_head(bytes: &[u8; HEAD]) -> Option<(u8, u32, u32)> {
    let word =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let whole = crc32fast::hash(&bytes[..12]) == word(12) && bytes[1..4] == [0; 3];
    whole.then(|| (bytes[0], word(4), word(8)))
}
