//! Codes on packs: the values of a unique identifier, how they are written as a GS1 element string
//! or in Format 06 of the IFA, and how codes are read by profile.
//!
//! Called by the decision core (builds what is commanded, compares what was read), the ledger and
//! the command line. Must never do I/O, look at a clock, repair what it reads, or allocate while
//! building or parsing what this line prints. Must never be used by the line simulator: an error in
//! here would then be invisible.
//!
//! Sources: GS1 General Specifications sections 3 (application identifiers), 7.8 (element
//! strings) and 7.12 (two-digit years); Delegated Regulation (EU) 2016/161, Art. 4 and 5; IFA
//! Coding System, PPN-Code Specification; ISO/IEC 16022 (symbol sizes).

#![forbid(unsafe_code)]

mod ai_table;
mod charset;
mod check_digit;
mod code_lists;
mod element_string;
mod error;
mod expiry;
mod fixed_bytes;
mod format_06;
mod gtin;
mod human_readable;
mod identifier;
mod lot;
mod national_number;
mod parse;
mod ppn;
mod profile;
mod pzn;
mod serde_text;
mod serial_number;
mod symbol_size;
mod value_check;

pub use ai_table::{Ai, AiSpec, Component, Rule, ai_at_start, ai_table};
pub use charset::{CharSet, is_in_set_82, set_82};
pub use check_digit::check_digit_mod_10;
pub use element_string::{
    CODE_BYTES_MAX, CodeBytes, GS, SYMBOLOGY_DATA_MATRIX, build_element_string, build_fmd,
    build_fmd_with_symbology, build_pack, build_pack_with_symbology,
};
pub use error::{CodeError, CodeErrorKind};
pub use expiry::Expiry;
pub use format_06::{EOT, RS, SYMBOLOGY_PPN, build_ppn, build_ppn_with_symbology};
pub use gtin::Gtin;
pub use human_readable::{FromPlain, bytes_to_plain, plain_to_bytes};
pub use identifier::{AiCode, Di, Subject};
pub use lot::{LOT_LEN_MAX, Lot};
pub use national_number::{NATIONAL_LEN_MAX, NationalNumber, NationalScheme};
pub use parse::{FmdCode, Symbology, parse_fmd};
pub use ppn::{PPN_LEN_MAX, Ppn, check_digits_mod_97};
pub use profile::{Element, Note, NoteKind, Profile, Report, SYMBOL_BYTES_MAX, check};
pub use pzn::Pzn;
pub use serial_number::{SERIAL_LEN_MAX, SerialNumber};
pub use symbol_size::{SYMBOL_SIZES, Shape, SymbolSize, SymbolSizeError, ascii_codewords};
