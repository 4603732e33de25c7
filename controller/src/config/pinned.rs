//! The configuration that a batch pins: canonical bytes and their hash.
//!
//! Called when an order is loaded; the bytes are stored, the hash stands in the batch's first
//! record. Must never contain what may change under an open batch: endpoints, HTTP address, data
//! directory.

use super::errors::{ConfigError, Finding};
use super::line::LineFile;
use super::product::ProductFile;
use ledger::keys::hex;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Version of the canonical form.
const PINNED_VERSION: u8 = 1;

/// A configuration by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// JSON, keys sorted, no white space.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

impl Pinned {
    /// The hash in hexadecimal.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// Line and product, and the text of each device profile by its name.
///
/// # Errors
/// [`ConfigError`] when a value has no JSON form.
pub fn pin(
    line: &LineFile,
    product: &ProductFile,
    profiles: &[(&str, &[u8])],
) -> Result<Pinned, ConfigError> {
    let mut whole = without_product(line, profiles)?;
    whole["product"] = to_value(product)?;
    let bytes = canonical(whole);
    let sha256 = Sha256::digest(&bytes).into();
    Ok(Pinned { bytes, sha256 })
}

/// What two persons release: line and profiles, as the ledger draws it from the pinned bytes.
///
/// # Errors
/// [`ConfigError`] when a value has no JSON form.
pub fn released_text(line: &LineFile, profiles: &[(&str, &[u8])]) -> Result<String, ConfigError> {
    let bytes = canonical(without_product(line, profiles)?);
    ledger::configuration_text(&bytes).map_err(no_form)
}

fn without_product(line: &LineFile, profiles: &[(&str, &[u8])]) -> Result<Value, ConfigError> {
    let mut line_value = to_value(line)?;
    if let Some(fields) = line_value.as_object_mut() {
        fields.remove("service");
        let links = fields.get_mut("devices").and_then(Value::as_object_mut);
        for device in links.into_iter().flat_map(|devices| devices.values_mut()) {
            if let Some(link) = device.as_object_mut() {
                link.remove("endpoint");
            }
        }
    }
    let profiles: Value = profiles
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Value::from(hex(&Sha256::digest(text)))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    Ok(serde_json::json!({
        "version": PINNED_VERSION,
        "line": line_value,
        "profiles_sha256": profiles,
    }))
}

fn canonical(whole: Value) -> Vec<u8> {
    ledger::with_sorted_keys(whole).to_string().into_bytes()
}

fn to_value(form: &impl Serialize) -> Result<Value, ConfigError> {
    serde_json::to_value(form).map_err(no_form)
}

fn no_form(error: serde_json::Error) -> ConfigError {
    let finding = Finding::new("", error.to_string(), "use finite numbers and plain text");
    ConfigError::new("configuration", "", vec![finding])
}
