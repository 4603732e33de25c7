//! Codes for people: the bracketed form, and plain text in which GS is visible.
//!
//! Called by messages, the command line and reports. Must never be parsed back as what was read
//! by a camera: comparison is on the bytes.

use core::fmt;

use crate::element_string::{CodeBytes, GS};
use crate::parse::FmdCode;

/// How GS (0x1D) is written in plain text.
const GS_PLAIN: &str = "{GS}";

/// Writes `bytes` as plain text: GS as `{GS}`, anything unprintable as `\xNN`.
pub(crate) fn write_plain(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for byte in bytes {
        match *byte {
            GS => f.write_str(GS_PLAIN)?,
            0x20..=0x7E => write!(f, "{}", char::from(*byte))?,
            other => write!(f, "\\x{other:02X}")?,
        }
    }
    Ok(())
}

impl fmt::Display for CodeBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_plain(self.as_bytes(), f)
    }
}

impl fmt::Debug for CodeBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeBytes({self})")
    }
}

impl fmt::Display for FmdCode {
    /// The bracketed form, in the order in which this project prints:
    /// `(01)04150037528643(21)ABC(17)271130(10)L1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (gtin, serial) = (self.gtin, self.serial);
        let (expiry, lot) = (self.expiry, self.lot);
        write!(f, "(01){gtin}(21){serial}(17)")?;
        write_plain(&expiry.to_yymmdd(), f)?;
        write!(f, "(10){lot}")
    }
}

/// The bytes meant by a line of plain text: each `{GS}` becomes one byte 0x1D, everything else
/// stays. No allocation; collect where a buffer is wanted.
pub fn plain_to_bytes(plain: &[u8]) -> FromPlain<'_> {
    FromPlain { rest: plain }
}

/// Iterator of [`plain_to_bytes`].
#[derive(Clone, Debug)]
pub struct FromPlain<'a> {
    rest: &'a [u8],
}

impl Iterator for FromPlain<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let Some(rest) = self.rest.strip_prefix(GS_PLAIN.as_bytes()) {
            self.rest = rest;
            return Some(GS);
        }
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_shows_gs_and_reads_it_back() {
        let table: [(&[u8], &str); 3] =
            [(b"21A\x1d10B", "21A{GS}10B"), (b"\x1d\x1d", "{GS}{GS}"), (b"{GT}", "{GT}")];
        for (bytes, plain) in table {
            let shown = CodeBytes::from_slice(bytes).expect("short").to_string();
            assert_eq!(shown, plain);
            assert_eq!(plain_to_bytes(plain.as_bytes()).collect::<Vec<_>>(), bytes);
        }
        let odd = CodeBytes::from_slice(b"\x00\xff").expect("short");
        assert_eq!(odd.to_string(), "\\x00\\xFF");
    }
}
