//! What the product's recipe asks the stations beside the camera to prove, and false good by it: a
//! pack that left with other text, in another carton, opened, or with a weight outside the limits.
//!
//! Read from the recipe's own file; the expected text is built here from order and serial. It must
//! never take a limit from the ledger or from the simulator.

use std::path::Path;

use serde::Deserialize;

use super::JudgeError;
use super::findings::{Findings, What};
use super::join::Pack;
use super::order::Order;

/// What the stations must prove of each pack. The default asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Recipe {
    /// Readable lines that must be right; none when no station reads them.
    text: Vec<Line>,
    /// Code of the right carton.
    carton: Option<String>,
    /// The tamper-evident label must be there.
    tamper: bool,
    /// Limits of the weight in milligrams.
    weight_mg: Option<(u32, u32)>,
}

/// A readable line, in the order in which they stand on the label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    ProductCode,
    Serial,
    Lot,
    Expiry,
}

impl Line {
    const ALL: [Self; 4] = [Self::ProductCode, Self::Serial, Self::Lot, Self::Expiry];
}

/// The part of a product file that is read here.
#[derive(Deserialize)]
struct File {
    verify: Verify,
}

#[derive(Deserialize)]
struct Verify {
    stations: Vec<String>,
    text_check: Option<TextCheck>,
    carton_code: Option<CartonCode>,
    checkweigher: Option<Checkweigher>,
}

#[derive(Deserialize)]
struct TextCheck {
    fields: Vec<Line>,
}

#[derive(Deserialize)]
struct CartonCode {
    expected: String,
}

#[derive(Deserialize)]
struct Checkweigher {
    min_mg: u32,
    max_mg: u32,
}

impl Recipe {
    /// Reads a product's recipe (TOML).
    ///
    /// # Errors
    /// [`JudgeError::File`], [`JudgeError::Recipe`].
    pub fn from_file(path: &Path) -> Result<Self, JudgeError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| JudgeError::File { path: path.to_owned(), error })?;
        Self::from_toml(&text)
    }

    /// Reads a product's recipe.
    ///
    /// # Errors
    /// [`JudgeError::Recipe`].
    pub fn from_toml(text: &str) -> Result<Self, JudgeError> {
        let verify = toml::from_str::<File>(text)
            .map_err(|error| JudgeError::Recipe(error.to_string()))?
            .verify;
        let asks = |name: &str| verify.stations.iter().any(|station| station == name);
        let missing = |what: &str| JudgeError::Recipe(format!("it has no {what}"));
        let mut recipe = Self { tamper: asks("tamper_evident"), ..Self::default() };
        if asks("text_check") {
            recipe.text = verify.text_check.map_or(Line::ALL.to_vec(), |check| check.fields);
        }
        if asks("carton_code") {
            let code = verify.carton_code.ok_or_else(|| missing("verify.carton_code"))?;
            recipe.carton = Some(code.expected);
        }
        if asks("checkweigher") {
            let scale = verify.checkweigher.ok_or_else(|| missing("verify.checkweigher"))?;
            recipe.weight_mg = Some((scale.min_mg, scale.max_mg));
        }
        Ok(recipe)
    }
}

/// A pack that left with a serial: everything that the recipe asks for is really so.
pub(super) fn left(order: &Order, pack: &Pack<'_>, serial: &str, findings: &mut Findings) {
    let (recipe, truth) = (&order.recipe, pack.truth);
    let expected = order.readable(serial);
    let found: Vec<&str> = truth.text.as_deref().unwrap_or_default().split('\n').collect();
    let differs = |line: &&Line| {
        let at = **line as usize;
        found.get(at).copied() != expected.get(at).map(String::as_str)
    };
    if let Some(line) = recipe.text.iter().find(differs) {
        let detail = format!("{line:?} reads {found:?}, expected {expected:?}");
        findings.add(What::LeftWithOtherText, pack.about(), detail);
    }
    if recipe.carton.is_some() && recipe.carton != truth.carton {
        let detail = format!("carton {:?}, expected {:?}", truth.carton, recipe.carton);
        findings.add(What::LeftInOtherCarton, pack.about(), detail);
    }
    if recipe.tamper && truth.tamper != Some(true) {
        let detail = format!("tamper-evident label: {:?}", truth.tamper);
        findings.add(What::LeftWithoutTamperEvident, pack.about(), detail);
    }
    if let Some((min_mg, max_mg)) = recipe.weight_mg
        && !truth.weight_mg.is_some_and(|weight| (min_mg..=max_mg).contains(&weight))
    {
        let detail = format!("{:?} mg, allowed {min_mg} to {max_mg}", truth.weight_mg);
        findings.add(What::LeftOffWeight, pack.about(), detail);
    }
}
