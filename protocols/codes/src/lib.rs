//! Codes on packs: the values of a unique identifier, and how they are written as a GS1 element
//! string and read back.
//!
//! Called by the decision core (builds what is commanded, compares what was read), the ledger and
//! the command line. Must never do I/O, allocate while building or parsing, look at a clock, or
//! repair what it reads. Must never be used by the line simulator: an error in here would then be
//! invisible.
//!
//! Sources: GS1 General Specifications sections 3 (application identifiers), 7.8 (element
//! strings) and 7.12 (two-digit years); Delegated Regulation (EU) 2016/161, Art. 4 and 5.

#![forbid(unsafe_code)]

mod ai_table;
mod charset;
mod check_digit;
mod element_string;
mod error;
mod expiry;
mod fixed_bytes;
mod gtin;
mod human_readable;
mod lot;
mod parse;
mod serde_text;
mod serial_number;

pub use ai_table::{AI_TABLE, Ai, AiFormat, AiSpec};
pub use charset::{is_in_set_82, set_82};
pub use check_digit::check_digit_mod_10;
pub use element_string::{
    CODE_BYTES_MAX, CodeBytes, GS, SYMBOLOGY_DATA_MATRIX, build_fmd, build_fmd_with_symbology,
};
pub use error::{CodeError, CodeErrorKind};
pub use expiry::Expiry;
pub use gtin::Gtin;
pub use human_readable::{FromPlain, plain_to_bytes};
pub use lot::{LOT_LEN_MAX, Lot};
pub use parse::{FmdCode, Symbology, parse_fmd};
pub use serial_number::{SERIAL_LEN_MAX, SerialNumber};
