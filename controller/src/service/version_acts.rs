//! Versions of product recipes and of the line's configuration: drafted, approved, released,
//! retired.
//!
//! Part of the control thread; who may ask and what is signed has been looked at before. Must never
//! hold a rule: the ledger refuses.

use super::clock::wall_clock;
use super::control::Control;
use super::load::ledger_problem;
use super::requests::Asking;
use super::workflow::{configuration, recipe};
use crate::config::ProductFile;
use hmi::{Act, Answer, Problem};
use ledger::{Act as Signable, Chain, ServiceBody};

impl Control {
    pub(super) fn versioned_act(&mut self, act: &Act, asking: &Asking) -> Answer {
        let done = match act {
            Act::RecipeDraft { text } => {
                let signed = asking.signed_alone(Signable::RecipeDraft)?;
                let text = text.clone();
                self.with(move |ledger| recipe::draft(ledger, &gtin_of(&text)?, &text, &signed))?
            }
            Act::RecipeApprove { gtin, version } => {
                let (gtin, version) = (gtin.clone(), *version);
                let signed = asking.signed(Signable::RecipeApprove);
                self.with(move |ledger| recipe::approve(ledger, &gtin, version, &signed))?
            }
            Act::RecipeRetire { gtin, version } => {
                let (gtin, version) = (gtin.clone(), *version);
                let signed = asking.signed_alone(Signable::RecipeRetire)?;
                self.with(move |ledger| recipe::retire(ledger, &gtin, version, &signed))?
            }
            Act::ConfigDraft => {
                let text = configuration::running(&self.setup)?;
                let (who, role) = (asking.by.who.clone(), asking.by.role.clone());
                self.with(move |ledger| configuration::draft(ledger, &text, (&who, &role)))?
            }
            Act::ConfigRelease { version } => {
                let version = *version;
                let signed = asking.signed(Signable::ConfigRelease);
                self.with(move |ledger| configuration::release(ledger, version, &signed))?
            }
            _ => return Err(Problem::new(500, "act", "no act on a version")),
        };
        self.site_audit(act, asking, &done)?;
        done
    }

    /// Who asked, and what came of it, in the site's chain.
    fn site_audit(&self, act: &Act, asking: &Asking, done: &Answer) -> Result<(), Problem> {
        let (who, role) = (asking.by.who.clone(), asking.by.role.clone());
        let what = format!("{} {}", act.action().name(), act.object());
        let new = done.as_ref().ok().map(ToString::to_string);
        let answer = done.as_ref().map_or_else(|p| p.code.clone(), |_| "done".to_owned());
        let why = asking.reason.clone();
        let body = ServiceBody::Command { who, role, what, old: None, new, why, answer };
        let kept =
            self.with(move |ledger| ledger.append_service(wall_clock(), Chain::Site, &body))?;
        kept.map(|_| ()).map_err(|e| ledger_problem(&e))
    }
}

/// The product that a recipe's text names.
fn gtin_of(text: &str) -> Result<String, Problem> {
    let product = ProductFile::parse("recipe", text);
    product.map(|p| p.gtin).map_err(|e| super::load::config_problem(&e))
}
