//! What an order needs of people on this line: the checklist of the clearance, and which steps and
//! recipes the rules ask for.
//!
//! Part of `line.toml`. Must never waive anything on a production line.

use super::errors::Finding;
use super::line::{LedgerKind, LineFile};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Items of a checklist, and bytes of one.
const ITEMS_MAX: usize = 40;
const ITEM_BYTES_MAX: usize = 200;

/// The checklist that two persons go through before a batch starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clearance {
    /// What must be so, 1 to 40 items, in the order in which they are looked at.
    pub items: Vec<String>,
}

impl Default for Clearance {
    fn default() -> Self {
        let items = [
            "No packs, cartons or leaflets of the batch before are on, under or beside the line",
            "No labels of the batch before are on the web, at the peel edge or on the floor",
            "Rest of label reels and ribbon of the batch before is counted and handed over",
            "The reject bin is empty and locked",
            "Samples and documents of the batch before are handed over",
            "Product, cartons, leaflets and labels on the line are those of this order",
            "Eyes, camera window, print head and gate are clean and free",
            "The line and the floor around it are clean",
        ];
        Self { items: items.map(str::to_owned).to_vec() }
    }
}

impl Clearance {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether an order needs the steps of the workflow: clearance, device check, first pack, review of
/// every reject, signatures at start and close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowRule {
    /// None of them; on a simulation ledger only.
    #[default]
    Waived,
    /// All of them.
    Required,
}

impl WorkflowRule {
    pub(super) fn is_waived(&self) -> bool {
        *self == Self::Waived
    }
}

/// Where the recipe of an order comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecipeRule {
    /// From `products/*.toml` beside this file; on a simulation ledger only.
    #[default]
    Files,
    /// The latest version that two persons have approved in the ledger.
    Approved,
}

impl RecipeRule {
    pub(super) fn is_files(&self) -> bool {
        *self == Self::Files
    }
}

/// Everything that is wrong with it.
pub(super) fn findings(line: &LineFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let items = &line.clearance.items;
    let bad = |item: &String| item.trim().is_empty() || item.len() > ITEM_BYTES_MAX;
    if items.is_empty() || items.len() > ITEMS_MAX || items.iter().any(bad) {
        let what = format!("is not 1 to {ITEMS_MAX} items of 1 to {ITEM_BYTES_MAX} bytes");
        let remedy = "write what a person looks at, one sentence an item";
        found.push(Finding::new("clearance.items", what, remedy));
    }
    if line.ledger == LedgerKind::Production {
        let what = "nothing is waived on a production line";
        if line.rules.workflow.is_waived() {
            found.push(Finding::new("rules.workflow", what, "write workflow = \"required\""));
        }
        if line.rules.recipes.is_files() {
            found.push(Finding::new("rules.recipes", what, "write recipes = \"approved\""));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = include_str!("../../../config/line.toml");

    fn keys(text: &str) -> Vec<String> {
        match LineFile::parse("line.toml", text) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems().iter().map(|p| p.key.clone()).collect(),
        }
    }

    #[test]
    fn a_production_line_waives_nothing() {
        let text = LINE.replace("ledger = \"simulation\"", "ledger = \"production\"");
        assert_eq!(keys(&text), ["rules.workflow", "rules.recipes"]);
        let rules = "[rules]\nworkflow = \"required\"\nrecipes = \"approved\"";
        assert!(keys(&text.replace("[rules]", rules)).is_empty());
    }

    #[test]
    fn a_checklist_has_items_that_say_something() {
        for items in ["[]", "[\"\"]", "[\" \"]"] {
            let text = format!("{LINE}\n[clearance]\nitems = {items}\n");
            assert_eq!(keys(&text), ["clearance.items"], "{items}");
        }
        let text = format!("{LINE}\n[clearance]\nitems = [\"the belt is empty\"]\n");
        assert!(keys(&text).is_empty());
    }
}
