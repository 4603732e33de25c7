//! Names of the closed lists as records, API and terminal show them.
//!
//! Must never invent a name: it is the serialised one.

/// The snake_case name of a unit variant; empty for anything else.
#[must_use]
pub fn name_of<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
