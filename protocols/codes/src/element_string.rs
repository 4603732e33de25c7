//! Builds the element string of a pack.
//!
//! Called by the core for every pack: what is commanded and what a read code must equal. Must
//! never allocate, and never take values that were not checked: the types see to that.

use core::fmt::Debug;
use core::ops::Deref;

use crate::ai_table::Ai;
use crate::error::{CodeError, CodeErrorKind};
use crate::expiry::Expiry;
use crate::fixed_bytes::FixedBytes;
use crate::gtin::Gtin;
use crate::identifier::AiCode;
use crate::lot::{LOT_LEN_MAX, Lot};
use crate::national_number::{NATIONAL_LEN_MAX, NationalNumber};
use crate::serial_number::{SERIAL_LEN_MAX, SerialNumber};

/// The separator after a variable-length element (GS1 General Specifications 7.8.6).
pub const GS: u8 = 0x1D;

/// Symbology identifier of GS1 DataMatrix (ISO/IEC 15424).
pub const SYMBOLOGY_DATA_MATRIX: &str = "]d2";

/// Capacity of [`CodeBytes`] in bytes.
pub const CODE_BYTES_MAX: usize = 96;

/// The longest code of a pack: identifier, 01, 21 with GS, 17, 10 with GS, national number.
const PACK_BYTES_MAX: usize = 3
    + (2 + 14)
    + (2 + SERIAL_LEN_MAX + 1)
    + (2 + 6)
    + (2 + LOT_LEN_MAX + 1)
    + (3 + NATIONAL_LEN_MAX);
const _: () = assert!(PACK_BYTES_MAX <= CODE_BYTES_MAX, "a code must fit its buffer");

/// The bytes of a code, as commanded or as read: at most [`CODE_BYTES_MAX`], Copy, in place.
/// Says nothing about the content; displayed with GS as `{GS}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeBytes(FixedBytes<CODE_BYTES_MAX>);

impl CodeBytes {
    /// Takes bytes as a reader delivers them.
    ///
    /// # Errors
    /// `code_too_long` beyond [`CODE_BYTES_MAX`] bytes: never cut, for a cut code could equal
    /// another.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, CodeError> {
        FixedBytes::from_slice(bytes).map(Self).ok_or_else(|| {
            let tail = &bytes[CODE_BYTES_MAX..];
            CodeError::new(CodeErrorKind::CodeTooLong, None, CODE_BYTES_MAX, tail)
        })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// An empty one.
    pub(crate) const fn new() -> Self {
        Self(FixedBytes::new())
    }

    /// Appends; the callers' sums are asserted at compile time.
    pub(crate) fn append(&mut self, more: &[u8]) {
        self.0.append(more);
    }
}

impl Deref for CodeBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for CodeBytes {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// The element string of profile `fmd`: `01` `21` GS `17` `10`, without symbology identifier:
/// what a labeler is told to print (FNC1 in first position is the template's).
#[must_use]
pub fn build_fmd(gtin: &Gtin, serial: &SerialNumber, expiry: &Expiry, lot: &Lot) -> CodeBytes {
    build_pack(gtin, serial, expiry, lot, None)
}

/// The same with `]d2` in front: what a camera must report, byte for byte.
#[must_use]
pub fn build_fmd_with_symbology(
    gtin: &Gtin,
    serial: &SerialNumber,
    expiry: &Expiry,
    lot: &Lot,
) -> CodeBytes {
    build_pack_with_symbology(gtin, serial, expiry, lot, None)
}

/// As [`build_fmd`], followed by GS and the national number where the market wants one.
#[must_use]
pub fn build_pack(
    gtin: &Gtin,
    serial: &SerialNumber,
    expiry: &Expiry,
    lot: &Lot,
    national: Option<&NationalNumber>,
) -> CodeBytes {
    let mut code = CodeBytes::new();
    append_pack(&mut code, gtin, serial, expiry, lot);
    append_national(&mut code, national);
    code
}

/// The same with `]d2` in front: what a camera must report, byte for byte.
#[must_use]
pub fn build_pack_with_symbology(
    gtin: &Gtin,
    serial: &SerialNumber,
    expiry: &Expiry,
    lot: &Lot,
    national: Option<&NationalNumber>,
) -> CodeBytes {
    let mut code = CodeBytes::new();
    code.append(SYMBOLOGY_DATA_MATRIX.as_bytes());
    append_pack(&mut code, gtin, serial, expiry, lot);
    append_national(&mut code, national);
    code
}

fn append_pack(
    code: &mut CodeBytes,
    gtin: &Gtin,
    serial: &SerialNumber,
    expiry: &Expiry,
    lot: &Lot,
) {
    code.append(Ai::Gtin.digits().as_bytes());
    code.append(gtin.as_bytes());
    code.append(Ai::Serial.digits().as_bytes());
    code.append(serial.as_bytes());
    code.append(&[GS]);
    code.append(Ai::Expiry.digits().as_bytes());
    code.append(&expiry.to_yymmdd());
    code.append(Ai::Lot.digits().as_bytes());
    code.append(lot.as_bytes());
}

fn append_national(code: &mut CodeBytes, national: Option<&NationalNumber>) {
    if let Some(number) = national {
        code.append(&[GS]);
        code.append(number.scheme().digits().as_bytes());
        code.append(number.as_bytes());
    }
}

/// A general element string, without symbology identifier: the elements in the order given, GS
/// after each whose length is not predefined unless it is last. The values stand as they are: check
/// the result with profile `gs1`.
#[must_use]
pub fn build_element_string(elements: &[(AiCode, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, (ai, value)) in elements.iter().enumerate() {
        bytes.extend_from_slice(ai.as_str().as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        let predefined = ai.spec().is_some_and(|spec| spec.is_predefined());
        if !predefined && index + 1 < elements.len() {
            bytes.push(GS);
        }
    }
    bytes
}

/// A code is a plain value: nothing behind a pointer, fit for rings and recordings.
const _: fn() = || {
    fn plain<T: Copy + Send + Sync + Debug + 'static>() {}
    plain::<CodeBytes>();
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_the_string_of_the_standard() {
        let table = [
            ("ABC", "L1", "010415003752864321ABC{GS}1727113010L1"),
            (
                "12345678901234567890",
                "/?",
                "01041500375286432112345678901234567890{GS}1727113010/?",
            ),
        ];
        for (serial, lot, expected) in table {
            let gtin = "04150037528643".parse().expect("gtin");
            let expiry = "2027-11-30".parse().expect("date");
            let (serial, lot) = (serial.parse().expect("serial"), lot.parse().expect("lot"));
            let code = build_fmd(&gtin, &serial, &expiry, &lot);
            assert_eq!(code.to_string(), expected);
            let read = build_fmd_with_symbology(&gtin, &serial, &expiry, &lot);
            assert_eq!(read.to_string(), format!("]d2{expected}"));
        }
    }

    #[test]
    fn a_national_number_comes_last_after_gs() {
        let gtin = "04150037528643".parse().expect("gtin");
        let expiry = "2027-11-30".parse().expect("date");
        let (serial, lot) = ("ABC".parse().expect("serial"), "L1".parse().expect("lot"));
        let number = "714:5440987".parse().expect("national number");
        let code = build_pack(&gtin, &serial, &expiry, &lot, Some(&number));
        let expected = "010415003752864321ABC{GS}1727113010L1{GS}7145440987";
        assert_eq!(code.to_string(), expected);
        let read = build_pack_with_symbology(&gtin, &serial, &expiry, &lot, Some(&number));
        assert_eq!(read.to_string(), format!("]d2{expected}"));
        let elements = [
            ("01", "04150037528643"),
            ("21", "ABC"),
            ("17", "271130"),
            ("10", "L1"),
            ("714", "5440987"),
        ];
        let elements = elements.map(|(ai, value)| (ai.parse().expect("an AI"), value));
        assert_eq!(build_element_string(&elements), code.as_bytes());
    }

    #[test]
    fn the_longest_code_fits() {
        let gtin = "04150037528643".parse().expect("gtin");
        let expiry = "2027-11-30".parse().expect("date");
        let serial = "z".repeat(SERIAL_LEN_MAX).parse().expect("serial");
        let lot = "z".repeat(LOT_LEN_MAX).parse().expect("lot");
        let number = format!("710:{}", "z".repeat(NATIONAL_LEN_MAX)).parse().expect("number");
        let code = build_pack_with_symbology(&gtin, &serial, &expiry, &lot, Some(&number));
        assert_eq!(code.len(), PACK_BYTES_MAX);
    }

    #[test]
    fn a_code_is_never_cut() {
        assert!(CodeBytes::from_slice(&[b'A'; CODE_BYTES_MAX]).is_ok());
        let error = CodeBytes::from_slice(&[b'A'; CODE_BYTES_MAX + 1]).map(|_| ());
        assert_eq!(error.map_err(|e| e.code()), Err("code_too_long"));
    }
}
