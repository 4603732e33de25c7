//! The configuration that a batch pins: canonical bytes and their hash.
//!
//! Called when an order is loaded; the bytes are stored, the hash stands in the batch's first
//! record. Must never contain what may change under an open batch: endpoints, HTTP address, data
//! directory.

use super::errors::{ConfigError, Finding};
use super::line::LineFile;
use super::product::ProductFile;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

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
    let whole = serde_json::json!({
        "version": PINNED_VERSION,
        "line": line_value,
        "product": to_value(product)?,
        "profiles_sha256": profiles,
    });
    let mut text = String::new();
    write_sorted(&whole, &mut text);
    let bytes = text.into_bytes();
    let sha256 = Sha256::digest(&bytes).into();
    Ok(Pinned { bytes, sha256 })
}

fn to_value(form: &impl Serialize) -> Result<Value, ConfigError> {
    serde_json::to_value(form).map_err(|error| {
        let finding = Finding::new("", error.to_string(), "use finite numbers and plain text");
        ConfigError::new("configuration", "", vec![finding])
    })
}

/// Writes JSON with sorted keys, whatever order the map keeps.
fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            text.push('{');
            for (index, name) in names.into_iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_sorted(&fields[name], text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                write_sorted(item, text);
            }
            text.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
