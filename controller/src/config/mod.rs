//! Configuration: the line, its products and its orders, read from TOML and checked at the edge.
//!
//! Called by the command line and at the start of the service. Everything behind it trusts what it
//! checked. Must never guess a value that a person left out, and never refuse without saying where
//! and what to do.

mod budget;
mod checks;
mod derive;
mod errors;
mod line;
mod line_network;
mod locate;
mod order;
mod pinned;
mod product;
mod schema;
mod security;
mod stations;
mod workflow;

pub use budget::{Budget, BudgetRow};
pub use derive::Figures;
pub use errors::{ConfigError, Finding, Located};
pub use line::{
    ChallengeRule, DeviceLink, Devices, Geometry, Https, Images, KeepImages, LedgerKind, LineFile,
    Rate, Rules, Service, Timing,
};
pub use line_network::LineNetworkFile;
pub use order::{Order, OrderFile, ReturnPolicy, date_of_unix};
pub use pinned::{Pinned, pin, released_text};
pub use product::{
    Authority, CartonCode, Checkweigher, IMPORTED, Label, ProductFile, SerialRecipe, Station,
    TextCheck, TextField, Uniqueness, Verify,
};
pub use schema::{Kind, schema};
pub use security::LinkSecurity;
pub use workflow::{Clearance, RecipeRule, WorkflowRule};

use serde::de::DeserializeOwned;
use std::path::Path;

/// Reads a file as text.
///
/// # Errors
/// [`ConfigError`] when it is not there or not UTF-8.
pub fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| {
        let file = path.display().to_string();
        let what = format!("cannot be read: {error}");
        let finding = Finding::new("", what, "give the path of a readable UTF-8 file");
        ConfigError::new(&file, "", vec![finding])
    })
}

/// Reads `text` of `file` into its form; says where and why when it does not fit.
fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let message = error.message().to_owned();
        let span = error.span();
        let key = span.clone().and_then(|span| locate::key_at(text, span)).unwrap_or_default();
        let remedy = remedy_of(&message);
        let finding = Finding::new(&key, message, remedy).with_span(span);
        ConfigError::new(file, text, vec![finding])
    })
}

fn remedy_of(message: &str) -> &'static str {
    if message.starts_with("unknown field") {
        "remove it, or spell it as one of the names listed"
    } else if message.starts_with("missing field") {
        "add it; `packline config schema` describes every field"
    } else if message.starts_with("unknown variant") {
        "use one of the words listed"
    } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
        "write a value of the kind that is expected; `packline config schema` describes it"
    } else if message.starts_with("duplicate key") {
        "keep one of the two"
    } else {
        "correct the TOML syntax at this place"
    }
}

/// `Ok` when nothing was found.
fn refuse_findings(file: &str, text: &str, findings: Vec<Finding>) -> Result<(), ConfigError> {
    if findings.is_empty() { Ok(()) } else { Err(ConfigError::new(file, text, findings)) }
}

#[cfg(test)]
mod tests;
