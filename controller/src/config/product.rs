//! Product recipes, `config/products/*.toml`: code, serial format, stations.
//!
//! Read when an order is loaded. Must never hold what changes from batch to batch.

use super::checks::{GRADE_MAX, GRADE_MIN, outside};
use super::errors::{ConfigError, Finding};
use super::{parse, refuse_findings};
use codes::{Gtin, NationalNumber, SymbolSize};
use line_core::serial_format::{Alphabet, FormatError, Overlap, SerialFormat, disjoint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to do when serials come from outside.
const WITH_POOL: &str = "load the order with its pool: packline order load ORDER --pool FILE";
/// Recorded as the part of a line that draws none.
pub const IMPORTED: &str = "imported";

/// A product recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductFile {
    /// Product code: GTIN or NTIN, 14 digits with check digit.
    pub gtin: String,
    /// Name with strength and pack size.
    pub name: String,
    /// Revision of this recipe, from 1.
    pub revision: u32,
    /// What is printed.
    pub label: Label,
    /// Form of the serial numbers.
    pub serial: SerialRecipe,
    /// How long a serial stays used up.
    pub uniqueness: Uniqueness,
    /// Who hands out serials of this product code.
    pub authority: Authority,
    /// What must be proven of each pack.
    pub verify: Verify,
}

/// What is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Template of the labeler.
    pub template: String,
    /// Its revision, from 1; the labeler echoes it.
    pub revision: u16,
    /// Size of the Data Matrix in modules, as `26x26` or `16x48` (ISO/IEC 16022: a square or one of
    /// the six rectangles); the smallest square that fits when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// National number in the code, as `714:5440987` (AI 710 to 717), where the market wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national: Option<String>,
}

/// Form of the serial numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SerialRecipe {
    /// Characters, 1 to 20.
    pub length: u8,
    /// `numeric`, `safe30`, `alnum36`, `set82`, or `custom:` with the characters.
    pub alphabet: String,
}

/// How long a serial stays used up: until the later of both (Delegated Regulation (EU) 2016/161,
/// Art. 4(d)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniqueness {
    /// Years after expiry, at least 1.
    pub years_after_expiry: u8,
    /// Years after release, at least 5.
    pub years_after_release: u8,
}

/// Who hands out serials of a product code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "holder", rename_all = "snake_case", deny_unknown_fields)]
pub enum Authority {
    /// One line draws them.
    Line {
        /// That line.
        line_id: String,
    },
    /// The site hands out pools.
    Site,
    /// The marketing authorisation holder hands out pools.
    MarketingAuthorisationHolder,
    /// Several lines draw them, each its own part: serials that begin with a character of its
    /// share.
    Partitions {
        /// Each line's share: characters of the alphabet, none in two shares. What no line has is
        /// left for later lines.
        lines: BTreeMap<String, String>,
    },
}

/// What must be proven of each pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// Lowest in-line grade, 1.5 to 4.0.
    pub grade_min: f64,
    /// Stations that must report OK for the pack.
    pub stations: Vec<Station>,
    /// What the text check compares; all four lines when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_check: Option<TextCheck>,
    /// What the carton-code station must read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carton_code: Option<CartonCode>,
    /// What a complete pack weighs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkweigher: Option<Checkweigher>,
}

/// A station that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Station {
    /// Reads the 2D code: content and grade.
    Camera,
    /// Reads the readable text.
    TextCheck,
    /// Reads the code of the carton itself.
    CartonCode,
    /// Sees whether the tamper-evident label is there.
    TamperEvident,
    /// Weighs the pack.
    Checkweigher,
}

/// What the text check compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextCheck {
    /// Lines that must be right.
    pub fields: Vec<TextField>,
}

/// A readable line of the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextField {
    /// Product code, 14 digits.
    ProductCode,
    /// Serial number.
    Serial,
    /// Lot.
    Lot,
    /// Expiry, `MM.YYYY`.
    Expiry,
}

/// What the carton-code station must read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CartonCode {
    /// The whole content of the code, 1 to 24 characters.
    pub expected: String,
}

/// What a complete pack weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checkweigher {
    /// Least weight in milligrams, still allowed.
    pub min_mg: u32,
    /// Greatest weight in milligrams, still allowed.
    pub max_mg: u32,
}

impl ProductFile {
    /// Reads and checks the text of `file`.
    ///
    /// # Errors
    /// [`ConfigError`] with every finding.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let product: Self = parse(file, text)?;
        refuse_findings(file, text, product.findings())?;
        Ok(product)
    }

    /// Everything that is wrong with it.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        if let Err(error) = self.gtin.parse::<Gtin>() {
            let remedy = "give 14 digits whose last is the check digit (modulo 10, weights 3, 1)";
            found.push(Finding::new("gtin", error.to_string(), remedy));
        }
        if self.name.trim().is_empty() || self.name.len() > 120 {
            found.push(Finding::new("name", "is not 1 to 120 bytes", "name the product"));
        }
        found.extend(self.serial_format().err().map(|error| bad_format(&error)));
        found.extend(self.shares());
        let Uniqueness { years_after_expiry: expiry, years_after_release: release } =
            self.uniqueness;
        let years = [("years_after_expiry", expiry, 1.0), ("years_after_release", release, 5.0)];
        found.extend(years.iter().filter_map(|(name, value, min)| {
            outside(&format!("uniqueness.{name}"), f64::from(*value), *min, 100.0)
        }));
        found.extend(self.label_findings());
        found.extend(outside("revision", f64::from(self.revision), 1.0, 1e9));
        found.extend(outside("label.revision", f64::from(self.label.revision), 1.0, 65_535.0));
        found.extend(outside("verify.grade_min", self.verify.grade_min, GRADE_MIN, GRADE_MAX));
        if !self.verify.stations.contains(&Station::Camera) {
            let what = "no station reads the code: content must be compared on every pack";
            found.push(Finding::new("verify.stations", what, "add \"camera\""));
        }
        found.extend(super::stations::recipe(&self.verify));
        found
    }

    /// Size of the symbol, when the recipe names one.
    #[must_use]
    pub fn symbol_size(&self) -> Option<SymbolSize> {
        self.label.symbol.as_ref()?.parse().ok()
    }

    /// The national number in the code, when the recipe names one.
    #[must_use]
    pub fn national(&self) -> Option<NationalNumber> {
        self.label.national.as_ref()?.parse().ok()
    }

    /// The longest lot that an order may bear in the symbol of this recipe fits into it.
    fn label_findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let national = self.label.national.as_ref().map(|text| text.parse::<NationalNumber>());
        if let Some(Err(error)) = &national {
            let remedy = "write AI and number, such as 710:03752864 or 714:5440987";
            found.push(Finding::new("label.national", error.to_string(), remedy));
        }
        match self.label.symbol.as_ref().map(|text| text.parse::<SymbolSize>()) {
            Some(Err(error)) => {
                let remedy = "write rows x columns, such as 26x26 or 16x48";
                found.push(Finding::new("label.symbol", error.to_string(), remedy));
            }
            Some(Ok(size)) => found.extend(self.too_small(size)),
            None => {}
        }
        found
    }

    fn too_small(&self, size: SymbolSize) -> Option<Finding> {
        // FNC1, 01 and 14 digits, 21, letters of the serial, GS, 17 and 6 digits, 10, one
        // character of lot at least; then GS, AI and number.
        let national = self.national().map_or(0, |n| 1 + 3 + n.as_bytes().len());
        let needed = 1 + 8 + 1 + usize::from(self.serial.length) + 1 + 4 + 1 + 1 + national;
        (needed > size.data_codewords()).then(|| {
            let what = format!(
                "{size} holds {} codewords and the code may need {needed} with a lot of one \
                 character",
                size.data_codewords()
            );
            Finding::new("label.symbol", what, "choose a larger symbol or a shorter serial")
        })
    }

    /// Length and alphabet of its serials.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn serial_format(&self) -> Result<SerialFormat, FormatError> {
        SerialFormat::new(self.serial.length, Alphabet::by_name(&self.serial.alphabet)?)
    }

    /// The form of the serials that this line draws: its part of the format where there are
    /// partitions.
    ///
    /// # Errors
    /// [`Finding`]: no such format, or another authority draws.
    pub fn line_format(&self, line_id: &str) -> Result<SerialFormat, Finding> {
        let format = self.serial_format().map_err(|error| bad_format(&error))?;
        match self.share(line_id)? {
            Some(share) => format.partition(share).map_err(|error| {
                let key = format!("authority.lines.{line_id}");
                Finding::new(&key, error.to_string(), "correct the line's share")
            }),
            None => Ok(format),
        }
    }

    /// Whether this line may draw serials of the product code; its share where there are
    /// partitions.
    ///
    /// # Errors
    /// [`Finding`] when another authority does.
    fn share(&self, line_id: &str) -> Result<Option<&str>, Finding> {
        let gtin = &self.gtin;
        let no_pool = "load the order on that line, or move the authority";
        let (holder, remedy) = match &self.authority {
            Authority::Line { line_id: holder } if holder == line_id => return Ok(None),
            Authority::Partitions { lines } => match lines.get(line_id) {
                Some(share) => return Ok(Some(share)),
                None => {
                    let named: Vec<&str> = lines.keys().map(String::as_str).collect();
                    let what = format!(
                        "serials of {gtin} are drawn by {}, line {line_id} has no share of them",
                        named.join(", ")
                    );
                    let remedy = "give the line a share of characters that no line has had";
                    return Err(Finding::new("authority.lines", what, remedy));
                }
            },
            Authority::Line { line_id: holder } => (format!("line {holder}"), no_pool),
            Authority::Site => ("the site".into(), WITH_POOL),
            Authority::MarketingAuthorisationHolder => {
                ("the marketing authorisation holder".into(), WITH_POOL)
            }
        };
        let what = format!(
            "serials of {gtin} are handed out by {holder}, not by line {line_id}: two authorities \
             would collide"
        );
        Err(Finding::new("authority", what, remedy))
    }

    /// Whether serials of the product code come from outside.
    ///
    /// # Errors
    /// [`Finding`] when lines draw them.
    pub fn require_import(&self) -> Result<(), Finding> {
        let drawn = match &self.authority {
            Authority::Site | Authority::MarketingAuthorisationHolder => return Ok(()),
            Authority::Line { line_id } => format!("line {line_id}"),
            Authority::Partitions { lines } => {
                lines.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            }
        };
        let what = format!(
            "serials of {} are drawn by {drawn}; a pool from outside would be a second authority",
            self.gtin
        );
        let remedy = "load the order without a pool, or change the holder in the recipe to site \
                      or marketing_authorisation_holder";
        Err(Finding::new("authority", what, remedy))
    }

    /// What the ledger records as this line's part of the serial space. It must stay the same for
    /// as long as the product has serials: what one line gave up, another would draw again.
    #[must_use]
    pub fn part(&self, line_id: &str) -> String {
        match &self.authority {
            Authority::Line { .. } => "line".into(),
            Authority::Site | Authority::MarketingAuthorisationHolder => IMPORTED.into(),
            Authority::Partitions { lines } => {
                let mut share: Vec<char> =
                    lines.get(line_id).map(|share| share.chars().collect()).unwrap_or_default();
                share.sort_unstable();
                format!("first {}", share.into_iter().collect::<String>())
            }
        }
    }

    /// Shares: of known lines, of the alphabet, none twice.
    fn shares(&self) -> Vec<Finding> {
        let Authority::Partitions { lines } = &self.authority else { return Vec::new() };
        let mut found = Vec::new();
        if lines.is_empty() {
            found.push(Finding::new("authority.lines", "no line has a share", "name each line"));
        }
        for (line, share) in lines {
            let key = format!("authority.lines.{line}");
            let refused = self.serial_format().ok().and_then(|f| f.partition(share).err());
            found.extend(refused.map(|error| {
                let remedy = "give the line one or more characters of serial.alphabet, each once";
                Finding::new(&key, error.to_string(), remedy)
            }));
            if !super::checks::is_line_id(line) {
                found.push(Finding::new(&key, format!("{line:?} is no line"), "use its line_id"));
            }
        }
        let named: Vec<(&str, &str)> =
            lines.iter().map(|(line, share)| (line.as_str(), share.as_str())).collect();
        if let Err(Overlap { one, other, symbol }) = disjoint(&named) {
            let what = format!("{one} and {other} both begin serials with {symbol:?}");
            let key = format!("authority.lines.{other}");
            found.push(Finding::new(&key, what, "give each character to one line"));
        }
        found
    }
}

fn bad_format(error: &FormatError) -> Finding {
    let key = match error {
        FormatError::Length { .. } => "serial.length",
        _ => "serial.alphabet",
    };
    let remedy = "use a length of 1 to 20 and an alphabet of 2 to 82 characters";
    Finding::new(key, error.to_string(), remedy)
}
