//! The GS1 check digit.
//!
//! Called by the value types that carry one. Must never correct a wrong digit.

/// The check digit for the digits before it: modulo 10, weights 3 and 1 alternating from the
/// right (GS1 General Specifications 7.9.1). Takes ASCII digits, answers an ASCII digit; bytes
/// that are no digits are the caller's fault and count by their low four bits.
#[must_use]
pub fn check_digit_mod_10(digits: &[u8]) -> u8 {
    let weighted = |(index, byte): (usize, &u8)| {
        let weight = if index.is_multiple_of(2) { 3 } else { 1 };
        usize::from(byte & 0x0F) * weight
    };
    let sum: usize = digits.iter().rev().enumerate().map(weighted).sum();
    let digit = (10 - sum % 10) % 10;
    b'0' + u8::try_from(digit).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers() {
        // GTIN-14, NTIN of Germany (domain rules), GTIN-13, GTIN-8, SSCC-18.
        let table = [
            ("0415003752864", '3'),
            ("0950110153000", '3'),
            ("400638133393", '1'),
            ("9638507", '4'),
            ("10614141234567890", '8'),
            ("0000000000000", '0'),
        ];
        for (digits, expected) in table {
            let got = check_digit_mod_10(digits.as_bytes()) as char;
            assert_eq!(got, expected, "{digits}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_seen() {
        let good = b"04150037528643";
        for position in 0..good.len() {
            for digit in b'0'..=b'9' {
                let mut code = *good;
                code[position] = digit;
                let holds = check_digit_mod_10(&code[..13]) == code[13];
                assert_eq!(holds, code == *good, "{position} {digit}");
            }
        }
    }
}
