//! Product recipes, `config/products/*.toml`: code, serial format, stations.
//!
//! Read when an order is loaded. Must never hold what changes from batch to batch.

use super::checks::{GRADE_MAX, GRADE_MIN, outside};
use super::errors::{ConfigError, Finding};
use super::{parse, refuse_findings};
use codes::Gtin;
use line_core::serial_format::{Alphabet, FormatError, SerialFormat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

impl TextField {
    /// Every line, in the order in which a text check reports them.
    pub const ALL: [Self; 4] = [Self::ProductCode, Self::Serial, Self::Lot, Self::Expiry];
}

/// What the carton-code station must read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CartonCode {
    /// The whole content of the code, 1 to 72 characters.
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
        if let Err(error) = self.serial_format() {
            let key = match error {
                FormatError::Length { .. } => "serial.length",
                _ => "serial.alphabet",
            };
            let remedy = "use a length of 1 to 20 and an alphabet of 2 to 82 characters";
            found.push(Finding::new(key, error.to_string(), remedy));
        }
        let Uniqueness { years_after_expiry: expiry, years_after_release: release } =
            self.uniqueness;
        let years = [("years_after_expiry", expiry, 1.0), ("years_after_release", release, 5.0)];
        found.extend(years.iter().filter_map(|(name, value, min)| {
            outside(&format!("uniqueness.{name}"), f64::from(*value), *min, 100.0)
        }));
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

    /// Length and alphabet of its serials.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn serial_format(&self) -> Result<SerialFormat, FormatError> {
        SerialFormat::new(self.serial.length, Alphabet::by_name(&self.serial.alphabet)?)
    }

    /// Whether this line may draw serials of the product code.
    ///
    /// # Errors
    /// [`Finding`] when another authority does.
    pub fn require_authority(&self, line_id: &str) -> Result<(), Finding> {
        let holder = match &self.authority {
            Authority::Line { line_id: holder } if holder == line_id => return Ok(()),
            Authority::Line { line_id: holder } => format!("line {holder}"),
            Authority::Site => "the site".into(),
            Authority::MarketingAuthorisationHolder => "the marketing authorisation holder".into(),
        };
        let what = format!(
            "serials of {} are handed out by {holder}, not by line {line_id}: two authorities \
             would collide",
            self.gtin
        );
        Err(Finding::new("authority", what, "load the order on that line, or move the authority"))
    }
}
