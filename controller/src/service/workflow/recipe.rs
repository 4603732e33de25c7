//! Where the recipe of an order comes from: a file beside the line's, or the version that two
//! persons have approved in the ledger.
//!
//! Called when an order is loaded and when it goes on after a restart. Must never take another text
//! than the one that the order has frozen.

use super::refused;
use crate::config::{ProductFile, RecipeRule};
use crate::service::clock::wall_clock;
use crate::service::load::{config_problem, ledger_problem};
use crate::service::setup::Setup;
use codes::Gtin;
use hmi::{Answer, Problem};
use ledger::{BatchSpec, DiffLine, Ledger, LedgerKind, Reader, RecipeRef, Signed, line_diff};
use serde_json::json;

/// The recipe that an order is made from.
pub struct Chosen {
    /// What messages call it.
    pub name: String,
    /// What it says.
    pub product: ProductFile,
    /// Its version, when it is on record.
    pub version: Option<RecipeRef>,
}

/// The recipe of a product by the line's rule; a production ledger takes approved ones only.
///
/// # Errors
/// There is none, or it is wrong.
pub fn chosen(setup: &Setup, ledger: &Ledger, gtin: Gtin) -> Result<Chosen, Problem> {
    let approved = setup.line.rules.recipes == RecipeRule::Approved;
    if !approved && ledger.kind() == LedgerKind::Simulation {
        let (name, product) = setup.recipe(gtin.as_str()).map_err(|e| config_problem(&e))?;
        return Ok(Chosen { name, product, version: None });
    }
    let found = ledger.approved_recipe(gtin).map_err(|e| ledger_problem(&e))?;
    let (row, text) = found.ok_or_else(|| {
        let what = format!("no version of the recipe of {} is approved", gtin.as_str());
        Problem::new(409, "no_recipe", what)
            .at("gtin")
            .remedy("draft the recipe and let two other persons approve it")
    })?;
    let name = name(row.version);
    let product = parsed(&name, &text, gtin)?;
    let version = Some(RecipeRef { version: row.version, sha256: row.sha256 });
    Ok(Chosen { name, product, version })
}

/// The recipe that an order was loaded with.
///
/// # Errors
/// It is not there any more, or is wrong.
pub fn of(setup: &Setup, ledger: &Ledger, spec: &BatchSpec) -> Result<ProductFile, Problem> {
    let Some(frozen) = &spec.recipe else {
        return setup.product(spec.gtin.as_str()).map_err(|e| config_problem(&e));
    };
    let text = ledger.recipe_text(&frozen.sha256).map_err(|e| ledger_problem(&e))?;
    let text = text.ok_or_else(|| {
        Problem::new(503, "ledger", "the recipe of the order is not in the ledger").at("recipe")
    })?;
    parsed(&name(frozen.version), &text, spec.gtin)
}

fn name(version: u32) -> String {
    format!("recipe version {version}")
}

fn parsed(name: &str, text: &str, gtin: Gtin) -> Result<ProductFile, Problem> {
    let product = ProductFile::parse(name, text).map_err(|e| config_problem(&e))?;
    if product.gtin == gtin.as_str() {
        return Ok(product);
    }
    let what = format!("the recipe is of {}, not of {}", product.gtin, gtin.as_str());
    Err(Problem::new(422, "recipe", what).at("gtin").remedy("correct the product code in it"))
}

fn code(gtin: &str) -> Result<Gtin, Problem> {
    gtin.parse().map_err(|error: codes::CodeError| {
        Problem::new(422, "bad_code", error.to_string()).at("gtin").remedy("correct it")
    })
}

/// Writes a new version; its text is checked as a file would be. `{gtin, version}`.
///
/// # Errors
/// A [`Problem`].
pub fn draft(ledger: &mut Ledger, gtin: &str, text: &str, signed: &Signed) -> Answer {
    let product = code(gtin)?;
    parsed("recipe", text, product)?;
    let done = ledger.draft_recipe(wall_clock(), product, text, signed);
    let version = done.map_err(|e| refused(&e, "recipe"))?;
    Ok(json!({ "gtin": gtin, "version": version, "state": "draft" }))
}

/// Approves a draft.
///
/// # Errors
/// A [`Problem`].
pub fn approve(ledger: &mut Ledger, gtin: &str, version: u32, signed: &[Signed]) -> Answer {
    let done = ledger.approve_recipe(wall_clock(), code(gtin)?, version, signed);
    done.map_err(|e| refused(&e, "recipe"))?;
    Ok(json!({ "gtin": gtin, "version": version, "state": "approved" }))
}

/// Retires a version.
///
/// # Errors
/// A [`Problem`].
pub fn retire(ledger: &mut Ledger, gtin: &str, version: u32, signed: &Signed) -> Answer {
    let done = ledger.retire_recipe(wall_clock(), code(gtin)?, version, signed);
    done.map_err(|e| refused(&e, "recipe"))?;
    Ok(json!({ "gtin": gtin, "version": version, "state": "retired" }))
}

/// `{recipes: [{gtin, version, sha256, state, drafted_by, drafted_seq, approved_seq,
/// retired_seq}]}`.
///
/// # Errors
/// A [`Problem`].
pub fn list(reader: &Reader, gtin: Option<&str>) -> Answer {
    let gtin = gtin.map(code).transpose()?;
    let recipes = reader.recipes(gtin).map_err(|e| ledger_problem(&e))?;
    Ok(json!({ "recipes": recipes }))
}

/// `{recipe, text}`.
///
/// # Errors
/// A [`Problem`].
pub fn show(reader: &Reader, gtin: &str, version: u32) -> Answer {
    let (recipe, text) = reader.recipe(code(gtin)?, version).map_err(|e| refused(&e, "recipe"))?;
    Ok(json!({ "recipe": recipe, "text": text }))
}

/// `{from, to, lines: [{change: same|removed|added, text}]}`; `from` 0 is the empty text.
///
/// # Errors
/// A [`Problem`].
pub fn difference(reader: &Reader, gtin: &str, from: u32, to: u32) -> Answer {
    let product = code(gtin)?;
    let text = |version| match version {
        0 => Ok(String::new()),
        _ => reader.recipe(product, version).map(|(_, text)| text),
    };
    let texts = text(from).and_then(|old| text(to).map(|new| (old, new)));
    let (old, new) = texts.map_err(|e| refused(&e, "recipe"))?;
    let lines: Vec<DiffLine> = line_diff(&old, &new);
    Ok(json!({ "from": from, "to": to, "lines": lines }))
}
