//! Codes for people: the bracketed form, and plain text in which GS is visible.
//!
//! Called by messages, the command line and reports. Must never be parsed back as what was read
//! by a camera: comparison is on the bytes.

use core::fmt;

use crate::element_string::{CodeBytes, GS};
use crate::format_06::{EOT, RS};
use crate::parse::FmdCode;

/// How GS (0x1D), RS (0x1E) and EOT (0x04) are written in plain text.
const PLAIN: [(u8, &str); 3] = [(GS, "{GS}"), (RS, "{RS}"), (EOT, "{EOT}")];

/// Writes `bytes` as plain text: GS as `{GS}`, RS as `{RS}`, EOT as `{EOT}`, anything else that is
/// unprintable as `\xNN`.
pub(crate) fn write_plain(bytes: &[u8], f: &mut impl fmt::Write) -> fmt::Result {
    for byte in bytes {
        if let Some((_, plain)) = PLAIN.iter().find(|(control, _)| control == byte) {
            f.write_str(plain)?;
            continue;
        }
        match *byte {
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
        write!(f, "(10){lot}")?;
        match self.national {
            Some(number) => write!(f, "({}){}", number.scheme().digits(), number.as_str()),
            None => Ok(()),
        }
    }
}

/// `bytes` as plain text, as [`CodeBytes`] is displayed. Allocates: not for the hot path.
#[must_use]
pub fn bytes_to_plain(bytes: &[u8]) -> String {
    let mut text = String::new();
    // writing to a String does not fail
    if write_plain(bytes, &mut text).is_err() {
        text.clear();
    }
    text
}

/// The bytes meant by a line of plain text: each `{GS}`, `{RS}` and `{EOT}` becomes its one byte,
/// everything else stays. No allocation; collect where a buffer is wanted.
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
        for (control, plain) in PLAIN {
            if let Some(rest) = self.rest.strip_prefix(plain.as_bytes()) {
                self.rest = rest;
                return Some(control);
            }
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
        let table: [(&[u8], &str); 4] = [
            (b"21A\x1d10B", "21A{GS}10B"),
            (b"\x1d\x1d", "{GS}{GS}"),
            (b"[)>\x1e06\x1e\x04", "[)>{RS}06{RS}{EOT}"),
            (b"{GT}", "{GT}"),
        ];
        for (bytes, plain) in table {
            let shown = CodeBytes::from_slice(bytes).expect("short").to_string();
            assert_eq!(shown, plain);
            assert_eq!(bytes_to_plain(bytes), plain);
            assert_eq!(plain_to_bytes(plain.as_bytes()).collect::<Vec<_>>(), bytes);
        }
        let odd = CodeBytes::from_slice(b"\x00\xff").expect("short");
        assert_eq!(odd.to_string(), "\\x00\\xFF");
    }
}
