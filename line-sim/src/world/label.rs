//! What stands on a label, and how well it is printed.
//!
//! Composed by the labeler, carried by the pack, read by the camera and by a person's scanner. It
//! must never check what it carries: a labeler prints nonsense as faithfully as sense. Pixels are
//! none of its business.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use contracts::camera::{InLineGrade, ReadStatus};

use crate::world::capture::Reading;

/// The separator after a variable-length element (GS1 General Specifications 7.8.3).
pub const GS: u8 = 0x1D;
/// Smear from which on nothing is decoded without pixels.
const SMEAR_UNREADABLE: f32 = 0.6;
/// Dead nozzles from which on nothing is decoded without pixels.
const DEAD_NOZZLES_UNREADABLE: u8 = 6;
/// Contrast up to which nothing is decoded without pixels.
const CONTRAST_UNREADABLE: f32 = 0.2;
/// Best grade in tenths.
const GRADE_BEST: u8 = 40;

/// A short text of at most `N` bytes, unchecked.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<const N: usize> {
    len: u8,
    bytes: [u8; N],
}

impl<const N: usize> Text<N> {
    /// The first `N` of these bytes.
    #[must_use]
    pub fn new(source: &[u8]) -> Self {
        let len = source.len().min(N);
        let mut bytes = [0; N];
        bytes[..len].copy_from_slice(&source[..len]);
        Self { len: len as u8, bytes }
    }

    /// Bytes up to the first zero byte.
    #[must_use]
    pub fn until_zero(source: &[u8]) -> Self {
        Self::new(source.split(|b| *b == 0).next().unwrap_or_default())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The bytes, to be changed.
    pub(crate) fn as_mut_bytes(&mut self) -> &mut [u8] {
        &mut self.bytes[..usize::from(self.len)]
    }

    /// As text; bytes outside UTF-8 become the replacement character.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(self.as_bytes()).into_owned()
    }
}

impl<const N: usize> std::fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&String::from_utf8_lossy(self.as_bytes()), f)
    }
}

impl<const N: usize> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Text<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.len() > N {
            return Err(serde::de::Error::custom(format!("text is longer than {N} bytes")));
        }
        Ok(Self::new(text.as_bytes()))
    }
}

/// The variable content of one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelText {
    /// Product code, 14 digits (AI 01).
    pub gtin: Text<14>,
    /// Serial number (AI 21).
    pub serial: Text<20>,
    /// Expiry date, YYMMDD (AI 17).
    pub expiry: Text<6>,
    /// Batch or lot (AI 10).
    pub lot: Text<20>,
    /// AI (710 to 717) and national number, where the market has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national: Option<(Text<3>, Text<20>)>,
}

impl LabelText {
    /// What a reader delivers for this label: `]d2`, then `01..21..<GS>17..10..`, and with a
    /// national number `<GS>71x..`.
    #[must_use]
    pub fn read_content(&self) -> Vec<u8> {
        let mut content = Vec::with_capacity(80);
        for part in [&b"]d201"[..], self.gtin.as_bytes(), b"21", self.serial.as_bytes()] {
            content.extend_from_slice(part);
        }
        content.push(GS);
        for part in [&b"17"[..], self.expiry.as_bytes(), b"10", self.lot.as_bytes()] {
            content.extend_from_slice(part);
        }
        if let Some((ai, number)) = &self.national {
            content.push(GS);
            content.extend_from_slice(ai.as_bytes());
            content.extend_from_slice(number.as_bytes());
        }
        content
    }

    /// The four readable lines of a label that says this; the expiry is a year of this century.
    #[must_use]
    pub fn as_printed(&self) -> ReadableText {
        let (year, rest) = self.expiry.as_bytes().split_at(self.expiry.as_bytes().len().min(2));
        let month = rest.get(..2).unwrap_or_default();
        let expiry = [month, b".20", year].concat();
        let (product_code, serial, lot) = (self.gtin, self.serial, self.lot);
        ReadableText { product_code, serial, lot, expiry: Text::new(&expiry) }
    }

    /// The same as a person sees it, with `{GS}` for the separator.
    #[must_use]
    pub fn readable(&self) -> String {
        String::from_utf8_lossy(&self.read_content()).replace('\u{1d}', "{GS}")
    }
}

/// The values of the four readable lines of a label, as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReadableText {
    /// Product code.
    pub product_code: Text<14>,
    /// Serial number.
    pub serial: Text<20>,
    /// Lot.
    pub lot: Text<20>,
    /// Expiry, `MM.YYYY`.
    pub expiry: Text<7>,
}

impl ReadableText {
    /// What a text check delivers: product code, serial, lot and expiry, separated by line feeds.
    #[must_use]
    pub fn read_content(&self) -> Vec<u8> {
        let lines = [
            self.product_code.as_bytes(),
            self.serial.as_bytes(),
            self.lot.as_bytes(),
            self.expiry.as_bytes(),
        ];
        lines.join(&b'\n')
    }
}

/// What went wrong with the ink of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// Nothing was printed at all.
    pub missing: bool,
    /// 0 none, 1 unreadable.
    pub smear: f32,
    /// Nozzles that printed nothing.
    pub dead_nozzles: u8,
    /// Density of the ink: 1 full, 0 invisible.
    pub contrast: f32,
}

impl Default for Ink {
    /// A clean print.
    fn default() -> Self {
        Self { missing: false, smear: 0.0, dead_nozzles: 0, contrast: 1.0 }
    }
}

impl Ink {
    /// True without any fault.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// Names of the faults, for the ground truth.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let clean = Self::default();
        let faults = [
            (self.missing, "missing"),
            (self.smear > clean.smear, "smear"),
            (self.dead_nozzles > clean.dead_nozzles, "dead_nozzles"),
            (self.contrast < clean.contrast, "low_contrast"),
        ];
        faults.iter().filter(|(found, _)| *found).map(|(_, name)| (*name).to_owned()).collect()
    }

    /// True when a reader without pixels decodes it.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        !self.missing
            && self.smear < SMEAR_UNREADABLE
            && self.dead_nozzles < DEAD_NOZZLES_UNREADABLE
            && self.contrast > CONTRAST_UNREADABLE
    }

    /// Grade in tenths that a camera without pixels gives: contrast, modulation, reflectance
    /// margin, two uniformities, unused correction, fixed patterns.
    fn grade(&self) -> InLineGrade {
        let share = |quality: f32| (f32::from(GRADE_BEST) * quality.clamp(0.0, 1.0)) as u8;
        let contrast = share(self.contrast / 0.7);
        let smeared = share(1.0 - self.smear);
        let nozzles = share(1.0 - f32::from(self.dead_nozzles) / 8.0);
        let best = GRADE_BEST;
        let parameters = [contrast, smeared, smeared.min(contrast), best, best, nozzles, nozzles];
        let overall = parameters.iter().copied().min().unwrap_or(0);
        InLineGrade { overall, parameters }
    }
}

/// A label as it is on a pack.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrintedLabel {
    /// What was meant to be printed here (the labeler's buffer, right or wrong).
    pub text: LabelText,
    /// What the readable lines say: the same as the code, unless they are printed wrong.
    pub readable: ReadableText,
    /// How it was printed.
    pub ink: Ink,
    /// Rows and columns of the symbol; 0 and 0: the smallest square that fits.
    pub symbol: (u8, u8),
}

impl PrintedLabel {
    /// A label without a fault, in the smallest symbol that fits.
    #[must_use]
    pub fn clean(text: LabelText) -> Self {
        Self { text, readable: text.as_printed(), ink: Ink::default(), symbol: (0, 0) }
    }

    /// What a camera makes of it without pixels.
    #[must_use]
    pub fn read_without_pixels(&self) -> Reading {
        if !self.ink.is_readable() {
            return Reading::default();
        }
        let (content, grade) = (self.text.read_content(), self.ink.grade());
        Reading { status: ReadStatus::Decoded, content, grade }
    }

    /// What a person's scanner makes of it.
    #[must_use]
    pub fn scan(&self) -> Option<String> {
        self.ink.is_readable().then(|| self.text.readable())
    }
}
