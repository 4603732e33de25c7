//! The hash of a sheet: what a signature is bound to.
//!
//! Used where a signature is asked for and where it is used. Must never depend on the order in
//! which somebody wrote the members of an object.

use people::RecordDigest;
use serde_json::Value;

/// SHA-256 of a sheet's canonical JSON (members in the order of their names, no white space),
/// framed as `RecordDigest::of` does. Integers and texts only: no two forms of a number.
#[must_use]
pub fn digest(sheet: &Value) -> RecordDigest {
    // `serde_json` keeps the members of an object in the order of their names.
    RecordDigest::of(&[b"sheet", sheet.to_string().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_members_does_not_matter_and_every_value_does() {
        let sheet: Value =
            serde_json::from_str(r#"{"b": 1, "a": {"d": "x", "c": [1, 2]}}"#).expect("JSON");
        let same = json!({ "a": { "c": [1, 2], "d": "x" }, "b": 1 });
        assert_eq!(digest(&sheet), digest(&same));
        for other in [
            json!({ "a": { "c": [2, 1], "d": "x" }, "b": 1 }),
            json!({ "a": { "c": [1, 2], "d": "x" }, "b": "1" }),
            json!({ "a": { "c": [1, 2], "d": "x" } }),
        ] {
            assert_ne!(digest(&sheet), digest(&other), "{other}");
        }
    }
}
