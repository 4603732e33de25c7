//! The order as the caller gives it, and the code that each of its packs must bear.
//!
//! The string is built here from scratch (GS1 General Specifications 3.2, 7.8): this file must
//! never take a part of it from the ledger or from code that the controller uses.

use std::path::Path;

use serde::Deserialize;

use super::findings::{About, Findings, What};
use super::{JudgeError, Recipe, Scene};

/// The separator after a variable-length element.
pub(super) const GS: char = '\u{1d}';

/// What an order says of its packs. Files may hold more fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Order {
    /// The batch's id in the ledger.
    pub batch: String,
    /// Product code, 14 digits.
    pub gtin: String,
    /// Batch or lot number (AI 10).
    pub lot: String,
    /// Expiry date, `YYYY-MM-DD` or `YYMMDD`.
    pub expiry: String,
    /// No pack may leave before two persons have approved the first one.
    #[serde(default)]
    pub first_pack_due: bool,
    /// What the stations beside the camera must prove; nothing unless it is given.
    #[serde(skip)]
    pub recipe: Recipe,
}

impl Order {
    /// Reads an order: JSON when the file's name ends so, TOML otherwise.
    ///
    /// # Errors
    /// [`JudgeError::File`], or [`JudgeError::Order`] when a field is missing or no order's.
    pub fn from_file(path: &Path) -> Result<Self, JudgeError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| JudgeError::File { path: path.to_owned(), error })?;
        if path.extension().is_some_and(|extension| extension == "json") {
            Self::from_json(&text)
        } else {
            Self::from_toml(&text)
        }
    }

    /// Reads an order.
    ///
    /// # Errors
    /// [`JudgeError::Order`].
    pub fn from_toml(text: &str) -> Result<Self, JudgeError> {
        toml::from_str::<Self>(text).map_err(|e| JudgeError::Order(e.to_string()))?.checked()
    }

    /// Reads an order.
    ///
    /// # Errors
    /// [`JudgeError::Order`].
    pub fn from_json(text: &str) -> Result<Self, JudgeError> {
        serde_json::from_str::<Self>(text).map_err(|e| JudgeError::Order(e.to_string()))?.checked()
    }

    fn checked(self) -> Result<Self, JudgeError> {
        if short_date(&self.expiry).is_none() {
            return Err(JudgeError::Order(format!("expiry {:?} is no date", self.expiry)));
        }
        Ok(self)
    }

    /// The same order of a product with this recipe.
    #[must_use]
    pub fn with_recipe(self, recipe: Recipe) -> Self {
        Self { recipe, ..self }
    }

    /// The readable lines of a serial's pack: product code, serial, lot, expiry as `MM.20YY`.
    pub(super) fn readable(&self, serial: &str) -> [String; 4] {
        let date = short_date(&self.expiry).unwrap_or_default();
        let part = |from, to| date.get(from..to).unwrap_or_default().to_owned();
        let expiry = format!("{}.20{}", part(2, 4), part(0, 2));
        [self.gtin.clone(), serial.to_owned(), self.lot.clone(), expiry]
    }

    /// The element string of a serial's pack: `01` gtin `21` serial GS `17` expiry `10` lot.
    #[must_use]
    pub fn code(&self, serial: &str) -> String {
        let expiry = short_date(&self.expiry).unwrap_or_default();
        format!("01{}21{serial}{GS}17{expiry}10{}", self.gtin, self.lot)
    }
}

/// `YYMMDD` of `YYYY-MM-DD` or of itself.
fn short_date(text: &str) -> Option<String> {
    let digits = |part: &str, len: usize| {
        part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if digits(text, 6) {
        return Some(text.to_owned());
    }
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_date = digits(year, 4) && digits(month, 2) && digits(day, 2) && parts.next().is_none();
    is_date.then(|| format!("{}{month}{day}", &year[2..]))
}

/// Compares the ledger's order with the one given.
pub(super) fn check(scene: &Scene<'_>, findings: &mut Findings) {
    let (ours, theirs) = (scene.order, &scene.ledger.order);
    let date = |text: &str| short_date(text).unwrap_or_else(|| text.to_owned());
    let fields = [
        ("gtin", ours.gtin.clone(), theirs.gtin.clone()),
        ("lot", ours.lot.clone(), theirs.lot.clone()),
        ("expiry", date(&ours.expiry), date(&theirs.expiry)),
    ];
    for (field, ours, theirs) in fields {
        if ours != theirs {
            let detail = format!("{field} is {ours:?} in the order and {theirs:?} in the ledger");
            findings.add(What::OrderDiffers, About::default(), detail);
        }
    }
}
