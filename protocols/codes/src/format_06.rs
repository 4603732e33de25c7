//! Builds and takes apart IFA codes: Format 06 of ISO/IEC 15434 (Data Matrix Macro 06), as German
//! packs with a PPN carry it.
//!
//! Called by profile `ppn` and by whoever prints such packs. Building must never allocate; taking
//! apart must never repair.
//!
//! Source: IFA Coding System, PPN-Code Specification for Retail Packaging, sections 4 and 5.

use core::ops::Range;

use crate::element_string::{CODE_BYTES_MAX, CodeBytes, GS};
use crate::error::{CodeError, CodeErrorKind};
use crate::expiry::Expiry;
use crate::identifier::Di;
use crate::lot::{LOT_LEN_MAX, Lot};
use crate::ppn::{PPN_LEN_MAX, Ppn};
use crate::serial_number::{SERIAL_LEN_MAX, SerialNumber};

/// The record separator, 0x1E.
pub const RS: u8 = 0x1E;

/// End of transmission, 0x04.
pub const EOT: u8 = 0x04;

/// Symbology identifier of a Data Matrix ECC 200 without FNC1 (ISO/IEC 15424).
pub const SYMBOLOGY_PPN: &str = "]d1";

/// What a reader sends for the codeword Macro 06 in front, and for its end.
pub(crate) const HEADER: &[u8] = b"[)>\x1E06\x1D";
pub(crate) const TRAILER: &[u8] = b"\x1E\x04";

/// The longest code of a pack: identifier, header, 9N, 1T, D, S, trailer.
const PPN_BYTES_MAX: usize =
    3 + 7 + (2 + PPN_LEN_MAX + 1) + (2 + LOT_LEN_MAX + 1) + (1 + 6 + 1) + (1 + SERIAL_LEN_MAX) + 2;
const _: () = assert!(PPN_BYTES_MAX <= CODE_BYTES_MAX, "a code must fit its buffer");

/// `[)>` RS `06` GS `9N`.. GS `1T`.. GS `D`YYMMDD GS `S`.. RS EOT, without symbology identifier.
#[must_use]
pub fn build_ppn(ppn: &Ppn, lot: &Lot, expiry: &Expiry, serial: &SerialNumber) -> CodeBytes {
    let mut code = CodeBytes::new();
    append_ppn(&mut code, ppn, lot, expiry, serial);
    code
}

/// The same with `]d1` in front: what a camera must report, byte for byte.
#[must_use]
pub fn build_ppn_with_symbology(
    ppn: &Ppn,
    lot: &Lot,
    expiry: &Expiry,
    serial: &SerialNumber,
) -> CodeBytes {
    let mut code = CodeBytes::new();
    code.append(SYMBOLOGY_PPN.as_bytes());
    append_ppn(&mut code, ppn, lot, expiry, serial);
    code
}

fn append_ppn(code: &mut CodeBytes, ppn: &Ppn, lot: &Lot, expiry: &Expiry, serial: &SerialNumber) {
    code.append(HEADER);
    code.append(Di::Ppn.as_str().as_bytes());
    code.append(ppn.as_bytes());
    code.append(&[GS]);
    code.append(Di::Lot.as_str().as_bytes());
    code.append(lot.as_bytes());
    code.append(&[GS]);
    code.append(Di::Expiry.as_str().as_bytes());
    code.append(&expiry.to_yymmdd());
    code.append(&[GS]);
    code.append(Di::Serial.as_str().as_bytes());
    code.append(serial.as_bytes());
    code.append(TRAILER);
}

/// Where an element of Format 06 stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DiSpan {
    pub(crate) di: Di,
    /// Where its identifier begins.
    pub(crate) at: usize,
    pub(crate) value: Range<usize>,
}

/// Takes Format 06 apart from `start` on: envelope, separators and identifiers only.
pub(crate) fn split(bytes: &[u8], start: usize) -> Result<Vec<DiSpan>, CodeError> {
    let content = &bytes[start..];
    if !content.starts_with(HEADER) {
        let head = &content[..content.len().min(HEADER.len())];
        return Err(CodeError::new(CodeErrorKind::Format06Missing, None, start, head));
    }
    let first = start + HEADER.len();
    let end = bytes.len().saturating_sub(TRAILER.len());
    if first > end || !bytes.ends_with(TRAILER) {
        let tail = &bytes[end.max(first).min(bytes.len())..];
        return Err(CodeError::new(CodeErrorKind::Format06Missing, None, bytes.len(), tail));
    }
    let mut spans: Vec<DiSpan> = Vec::new();
    let mut at = first;
    for part in bytes[first..end].split(|byte| *byte == GS) {
        if part.is_empty() {
            let gs = &bytes[at..(at + 1).min(end)];
            return Err(CodeError::new(CodeErrorKind::GsSuperfluous, None, at, gs));
        }
        let span = di_span(part, at)?;
        if spans.iter().any(|other| other.di == span.di) {
            let (kind, subject) = (CodeErrorKind::DiRepeated, Some(span.di.into()));
            return Err(CodeError::new(kind, subject, at, &bytes[at..span.value.start]));
        }
        spans.push(span);
        at += part.len() + 1;
    }
    Ok(spans)
}

fn di_span(part: &[u8], at: usize) -> Result<DiSpan, CodeError> {
    let found = Di::ALL.into_iter().find(|di| part.starts_with(di.as_str().as_bytes()));
    match found {
        Some(di) => Ok(DiSpan { di, at, value: at + di.as_str().len()..at + part.len() }),
        None => {
            let head = &part[..part.len().min(3)];
            Err(CodeError::new(CodeErrorKind::DiUnknown, None, at, head))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> CodeBytes {
        let ppn = "110375286414".parse().expect("ppn");
        let (lot, serial) = ("L1".parse().expect("lot"), "ABC".parse().expect("serial"));
        let expiry = "2027-11-30".parse().expect("date");
        let code = build_ppn(&ppn, &lot, &expiry, &serial);
        let read = build_ppn_with_symbology(&ppn, &lot, &expiry, &serial);
        assert_eq!(read.to_string(), format!("]d1{code}"));
        code
    }

    #[test]
    fn builds_what_is_printed_and_takes_it_apart() {
        let code = example();
        let expected = "[)>{RS}06{GS}9N110375286414{GS}1TL1{GS}D271130{GS}SABC{RS}{EOT}";
        assert_eq!(code.to_string(), expected);
        let spans = split(&code, 0).expect("parts");
        let parts: Vec<(Di, &[u8])> =
            spans.iter().map(|span| (span.di, &code[span.value.clone()])).collect();
        assert_eq!(
            parts,
            [
                (Di::Ppn, b"110375286414".as_slice()),
                (Di::Lot, b"L1"),
                (Di::Expiry, b"271130"),
                (Di::Serial, b"ABC"),
            ]
        );
    }

    #[test]
    fn every_cut_of_the_envelope_is_seen() {
        let code = example();
        for end in 0..code.len() {
            let got = split(&code[..end], 0).map_err(|e| e.code());
            assert_eq!(got, Err("format_06_missing"), "{end}");
        }
        for start in 1..code.len() {
            assert!(split(&code[start..], 0).is_err(), "{start}");
        }
    }

    #[test]
    fn the_longest_code_fits() {
        let mut ppn = b"Q8ZZZZZZZZZZZZZZZZZZ".to_vec();
        ppn.extend(crate::ppn::check_digits_mod_97(&ppn));
        let ppn = Ppn::from_bytes(&ppn).expect("ppn");
        let serial = "z".repeat(SERIAL_LEN_MAX).parse().expect("serial");
        let lot = "z".repeat(LOT_LEN_MAX).parse().expect("lot");
        let expiry = "2027-11-30".parse().expect("date");
        let code = build_ppn_with_symbology(&ppn, &lot, &expiry, &serial);
        assert_eq!(code.len(), PPN_BYTES_MAX);
    }

    use proptest::prelude::*;

    fn pack() -> impl Strategy<Value = (Ppn, Lot, Expiry, SerialNumber)> {
        let ppn = "[0-9A-Z]{2}[0-9A-Z]{1,18}".prop_filter_map("no PPN", |number| {
            let mut bytes = number.into_bytes();
            bytes.extend(crate::ppn::check_digits_mod_97(&bytes));
            Ppn::from_bytes(&bytes).ok()
        });
        let german = "[0-9]{7}".prop_filter_map("no PZN", |number| {
            let digits = |last: char| format!("{number}{last}").into_bytes();
            let pzn = ('0'..='9').find_map(|last| crate::Pzn::from_bytes(&digits(last)).ok());
            pzn.map(Ppn::from_pzn)
        });
        let ppn = prop_oneof![ppn, german];
        let set_82: Vec<u8> = crate::charset::set_82().collect();
        let text = |max| prop::collection::vec(prop::sample::select(set_82.clone()), 1..=max);
        let date = (1990..2070_u16, 1..=12_u8, 1..=28_u8)
            .prop_filter_map("no day", |(y, m, d)| Expiry::from_ymd(y, m, d).ok());
        let lot = text(LOT_LEN_MAX).prop_filter_map("no lot", |t| Lot::from_bytes(&t).ok());
        let serial = text(SERIAL_LEN_MAX)
            .prop_filter_map("no serial", |t| SerialNumber::from_bytes(&t).ok());
        (ppn, lot, date, serial)
    }

    proptest! {
        /// What is built is taken apart into what went in, and read back by the profile.
        #[test]
        fn what_is_built_comes_back((ppn, lot, expiry, serial) in pack()) {
            let code = build_ppn(&ppn, &lot, &expiry, &serial);
            let spans = split(&code, 0).expect("ours");
            let parts: Vec<&[u8]> = spans.iter().map(|span| &code[span.value.clone()]).collect();
            let date = expiry.to_yymmdd();
            prop_assert_eq!(parts, [ppn.as_bytes(), lot.as_bytes(), &date, serial.as_bytes()]);
            let read = build_ppn_with_symbology(&ppn, &lot, &expiry, &serial);
            let symbology = crate::Symbology::Required;
            let report = crate::check(crate::Profile::Ppn, &read, symbology, 2026);
            prop_assert!(report.is_ok() || ppn.as_pzn().is_none(), "{:?}", report);
            if let Ok(report) = report {
                let found = (report.ppn, report.lot, report.expiry, report.serial);
                prop_assert_eq!(found, (Some(ppn), Some(lot), Some(expiry), Some(serial)));
            }
        }

        /// A GS too few or too many is never read as the original.
        #[test]
        fn separators_are_never_guessed(
            (ppn, lot, expiry, serial) in pack(),
            at in any::<prop::sample::Index>(),
        ) {
            let code = build_ppn(&ppn, &lot, &expiry, &serial);
            let parts = |bytes: &[u8]| -> Option<Vec<(Di, Vec<u8>)>> {
                let spans = split(bytes, 0).ok()?;
                Some(spans.iter().map(|s| (s.di, bytes[s.value.clone()].to_vec())).collect())
            };
            let original = parts(&code);
            prop_assert!(original.is_some());
            let gs: Vec<usize> = (0..code.len()).filter(|at| code[*at] == GS).collect();
            let mut without = code.to_vec();
            without.remove(gs[at.index(gs.len())]);
            prop_assert_ne!(parts(&without), original.clone());
            let mut with = code.to_vec();
            with.insert(at.index(code.len()), GS);
            prop_assert_ne!(parts(&with), original);
        }
    }
}
