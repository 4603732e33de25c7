//! What the events of product recipes change, and which version an order may name.
//!
//! Called by the writer and by `verify`. Must never take a text that its hash does not bind, or an
//! approval of who drafted it.

use super::Place;
use super::service::is_production;
use super::signed::{alone, persons};
use crate::act::Act;
use crate::batch_spec::BatchSpec;
use crate::error::{Fail, Refusal};
use crate::recipe::{RecipeApproved, RecipeDrafted, RecipeRetired};
use rusqlite::{OptionalExtension, params};

pub(super) fn drafted(at: &Place<'_>, body: &RecipeDrafted, text: &[u8]) -> Result<(), Fail> {
    alone(at, Act::RecipeDraft, &body.by, &[])?;
    at.text(&body.sha256, text)?;
    at.one(
        "INSERT INTO recipe SELECT ?1, ?2, ?3, 'draft', ?4, ?5, NULL, NULL WHERE ?2 = 1 + \
         (SELECT coalesce(max(version), 0) FROM recipe WHERE gtin = ?1)",
        params![body.gtin, body.version, body.sha256, body.by.who, at.seq],
        &|| format!("recipe {} version {}: not the next one", body.gtin, body.version),
    )
}

pub(super) fn approved(at: &Place<'_>, body: &RecipeApproved) -> Result<(), Fail> {
    let author: Option<String> = at
        .conn
        .prepare_cached("SELECT drafted_by FROM recipe WHERE gtin = ?1 AND version = ?2")?
        .query_row((&body.gtin, body.version), |row| row.get(0))
        .optional()?;
    let by = &body.by;
    let claims = [(by.who.as_str(), by.signature_seq), (&by.second, by.second_signature_seq)];
    persons(at, Act::RecipeApprove, &claims, author.as_slice())?;
    at.one(
        "UPDATE recipe SET state = 'approved', approved_seq = ?4 \
         WHERE gtin = ?1 AND version = ?2 AND sha256 = ?3 AND state = 'draft'",
        params![body.gtin, body.version, body.sha256, at.seq],
        &|| format!("recipe {} version {} approved, which is no draft", body.gtin, body.version),
    )
}

pub(super) fn retired(at: &Place<'_>, body: &RecipeRetired) -> Result<(), Fail> {
    alone(at, Act::RecipeRetire, &body.by, &[])?;
    at.one(
        "UPDATE recipe SET state = 'retired', retired_seq = ?3 \
         WHERE gtin = ?1 AND version = ?2 AND state <> 'retired'",
        params![body.gtin, body.version, at.seq],
        &|| format!("recipe {} version {} retired, which is not in use", body.gtin, body.version),
    )
}

/// What a production ledger wants of every order, and the recipe that an order names.
pub(super) fn may_open(at: &Place<'_>, spec: &BatchSpec) -> Result<(), Fail> {
    if spec.is_trial() {
        return Ok(());
    }
    let gtin = spec.gtin.as_str().to_owned();
    let production = is_production(at)?;
    if production && !spec.workflow.is_complete() {
        return Err(Refusal::WorkflowNeeded.into());
    }
    let Some(recipe) = &spec.recipe else {
        let (version, what) = (0, "a production order needs an approved version of its recipe");
        return match production {
            true => Err(Refusal::Recipe { gtin, version, what }.into()),
            false => Ok(()),
        };
    };
    let usable: bool = at
        .conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM recipe WHERE gtin = ?1 AND version = ?2 \
             AND sha256 = ?3 AND state = 'approved')",
        )?
        .query_row((&gtin, recipe.version, &recipe.sha256), |row| row.get(0))?;
    if usable {
        return Ok(());
    }
    let (version, what) = (recipe.version, "is not approved, or retired, or has another text");
    Err(Refusal::Recipe { gtin, version, what }.into())
}
