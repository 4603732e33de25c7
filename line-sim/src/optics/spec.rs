//! What a label is to say: the element string of its code, its readable lines, its symbol's size.
//!
//! Composed by the labeler model and by the command line, drawn by the label. It must never judge
//! what it carries: a labeler prints a wrong date as faithfully as a right one.

use thiserror::Error;

use crate::optics::symbol::{SymbolFormat, codewords_of};

/// The separator after a variable-length element (GS1 General Specifications 7.8).
pub const GS: u8 = 0x1D;

/// The variable content of one label, as text and unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelSpec {
    /// Product code, 14 digits (AI 01).
    pub gtin: String,
    /// Serial number (AI 21).
    pub serial: String,
    /// Expiry date, YYMMDD (AI 17).
    pub expiry: String,
    /// Batch or lot (AI 10).
    pub lot: String,
    /// National number: application identifier 710..717 and value.
    pub national: Option<(String, String)>,
    /// Rows and columns of the symbol; none for the smallest square that fits the template, or
    /// the content where that needs more.
    pub size: Option<(usize, usize)>,
    /// The readable lines where they differ from what the code says.
    pub text: Option<ReadableText>,
}

/// The values of the four readable lines, as printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadableText {
    /// Behind `PC`.
    pub product_code: String,
    /// Behind `SN`.
    pub serial: String,
    /// Behind `LOT`.
    pub lot: String,
    /// Behind `EXP`, as `MM.YYYY`.
    pub expiry: String,
}

/// Why a label has no symbol.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LabelError {
    /// No such size in ISO/IEC 16022.
    #[error(
        "there is no {rows}x{columns} Data Matrix: take a square (10x10 to 132x132) or 8x18, 8x32, \
         12x26, 12x36, 16x36, 16x48"
    )]
    NoSuchSize {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
    },
    /// The content needs a larger symbol.
    #[error("the content takes {needed} codewords and {rows}x{columns} holds {held}: {advice}")]
    TooLong {
        /// Codewords of the content.
        needed: usize,
        /// Codewords that the size holds.
        held: usize,
        /// Rows of the size.
        rows: usize,
        /// Columns of the size.
        columns: usize,
        /// What to do.
        advice: String,
    },
    /// The symbol has more modules than the label can show.
    #[error("a {rows}x{columns} symbol would have modules under 2 pixels on the label: take less")]
    TooFine {
        /// Rows of the size.
        rows: usize,
        /// Columns of the size.
        columns: usize,
    },
    /// Something that no GS1 element string holds.
    #[error("the content holds a character that is not ASCII")]
    NotAscii,
}

impl LabelSpec {
    /// The element string `01..21..<GS>17..10..[<GS>71x..]`, without FNC1 in front.
    #[must_use]
    pub fn element_string(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(80);
        let mut add = |identifier: &str, value: &str, separator: Option<u8>| {
            text.extend_from_slice(identifier.as_bytes());
            text.extend_from_slice(value.as_bytes());
            text.extend(separator);
        };
        add("01", &self.gtin, None);
        add("21", &self.serial, Some(GS));
        add("17", &self.expiry, None);
        add("10", &self.lot, self.national.is_some().then_some(GS));
        if let Some((identifier, value)) = &self.national {
            add(identifier, value, None);
        }
        text
    }

    /// The symbol of this content: the size asked for, else the `usual` one of the artwork, else
    /// the smallest square that fits.
    ///
    /// # Errors
    /// When there is no such size, or when the content does not fit it.
    pub fn symbol(&self, usual: Option<SymbolFormat>) -> Result<SymbolFormat, LabelError> {
        let text = self.element_string();
        if !text.is_ascii() {
            return Err(LabelError::NotAscii);
        }
        let needed = codewords_of(&text);
        let smallest = SymbolFormat::holding(needed);
        let format = match (self.size, usual, smallest) {
            (Some((rows, columns)), ..) => {
                SymbolFormat::of(rows, columns).ok_or(LabelError::NoSuchSize { rows, columns })?
            }
            (None, Some(usual), _) if usual.data_words >= needed => usual,
            (None, _, Some(smallest)) => smallest,
            (None, _, None) => return Err(LabelError::TooFine { rows: 144, columns: 144 }),
        };
        if format.data_words >= needed {
            return Ok(format);
        }
        let (rows, columns, held) = (format.rows, format.columns, format.data_words);
        let advice = match smallest {
            Some(square) => format!("the smallest square is {0}x{0}", square.rows),
            None => "no size holds it".to_owned(),
        };
        Err(LabelError::TooLong { needed, held, rows, columns, advice })
    }

    /// The readable lines, as on European packs.
    pub(super) fn lines(&self) -> Vec<String> {
        let own;
        let text = match &self.text {
            Some(text) => text,
            None => {
                own = ReadableText::of(self);
                &own
            }
        };
        let mut lines = vec![
            format!("PC  {}", text.product_code),
            format!("SN  {}", text.serial),
            format!("LOT {}", text.lot),
            format!("EXP {}", text.expiry),
        ];
        if let Some((identifier, value)) = &self.national {
            lines.push(format!("{:<4}{value}", national_name(identifier)));
        }
        lines
    }
}

impl ReadableText {
    /// The lines that agree with the code.
    #[must_use]
    pub fn of(spec: &LabelSpec) -> Self {
        Self {
            product_code: spec.gtin.clone(),
            serial: spec.serial.clone(),
            lot: spec.lot.clone(),
            expiry: readable_expiry(&spec.expiry),
        }
    }
}

/// `MM.20YY` of a YYMMDD date, or the text as it is when it is no such date.
fn readable_expiry(expiry: &str) -> String {
    match (expiry.get(0..2), expiry.get(2..4)) {
        (Some(year), Some(month)) if expiry.len() == 6 => format!("{month}.20{year}"),
        _ => expiry.to_owned(),
    }
}

/// What the number of an application identifier is called on the pack.
fn national_name(identifier: &str) -> &'static str {
    match identifier {
        "710" => "PZN",
        "711" => "CIP",
        "712" => "CN",
        "713" => "DRN",
        "714" => "AIM",
        "715" => "NDC",
        "716" => "AIC",
        "717" => "SRN",
        _ => "NN",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> LabelSpec {
        LabelSpec {
            gtin: "04150037528643".into(),
            serial: "7K2M9QXT4B8Z".into(),
            expiry: "271231".into(),
            lot: "AB1234C".into(),
            ..LabelSpec::default()
        }
    }

    #[test]
    fn the_element_string_separates_the_variable_elements() {
        let text = spec().element_string();
        assert_eq!(text, b"0104150037528643217K2M9QXT4B8Z\x1D1727123110AB1234C");
        let national = Some(("710".to_owned(), "03752864".to_owned()));
        let text = LabelSpec { national, ..spec() }.element_string();
        assert_eq!(text, b"0104150037528643217K2M9QXT4B8Z\x1D1727123110AB1234C\x1D71003752864");
    }

    #[test]
    fn a_size_asked_for_is_taken_or_refused_with_advice() {
        let symbol = |size| LabelSpec { size, ..spec() }.symbol(None);
        let size_of = |format: SymbolFormat| (format.rows, format.columns);
        assert_eq!(symbol(None).map(size_of), Ok((24, 24)));
        assert_eq!(symbol(Some((16, 48))).map(size_of), Ok((16, 48)));
        assert_eq!(symbol(Some((52, 52))).map(size_of), Ok((52, 52)));
        let message = |size| symbol(Some(size)).unwrap_err().to_string();
        assert_eq!(
            message((12, 36)),
            "the content takes 33 codewords and 12x36 holds 22: the smallest square is 24x24"
        );
        assert!(message((8, 48)).starts_with("there is no 8x48 Data Matrix"));
        let foreign = LabelSpec { lot: "Ä".into(), ..spec() };
        assert_eq!(foreign.symbol(None), Err(LabelError::NotAscii));
    }

    #[test]
    fn the_usual_size_gives_way_to_a_longer_content() {
        let usual = SymbolFormat::of(20, 20);
        assert_eq!(spec().symbol(usual).unwrap().rows, 24);
        assert_eq!(spec().symbol(SymbolFormat::of(32, 32)).unwrap().rows, 32);
    }

    #[test]
    fn the_lines_say_what_they_are_told() {
        assert_eq!(spec().lines()[3], "EXP 12.2027");
        let national = Some(("711".to_owned(), "3400930000000".to_owned()));
        assert_eq!(LabelSpec { national, ..spec() }.lines()[4], "CIP 3400930000000");
        let wrong = ReadableText { serial: "OTHER".into(), ..ReadableText::of(&spec()) };
        let lines = LabelSpec { text: Some(wrong), ..spec() }.lines();
        assert_eq!(lines[..2], ["PC  04150037528643", "SN  OTHER"]);
    }
}
