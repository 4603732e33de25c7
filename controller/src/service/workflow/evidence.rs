//! What of a pack is evidence: the fields of its code beside each other, and whether the image is
//! the one on record.
//!
//! Called for one pack. Must never take an image for evidence whose digest is another one.

use codes::{FmdCode, Symbology, parse_fmd};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Largest image that is read to be compared.
const IMAGE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Adds `fields` (`[{field, expected, read}]`; null when what was read is no code) and
/// `image_state` (`recorded`, `altered`, `gone`, `unrecorded` or `none`) to what is told of a pack.
/// `year` decides the century of expiry dates.
pub fn add(told: &mut Value, file: Option<&Path>, year: u16) {
    let [expected, read] = ["/expected", "/pack/read"]
        .map(|place| told.pointer(place).and_then(Value::as_str).map(|text| code(text, year)));
    let nothing = told["pack"]["read"].as_str().is_none_or(str::is_empty);
    told["fields"] = fields(expected.flatten(), read.flatten(), nothing);
    told["image_state"] = json!(image_state(file, told["image"]["sha256"].as_str()));
}

/// A code whose bytes stand as characters of the same numbers.
fn code(text: &str, year: u16) -> Option<FmdCode> {
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>()?;
    parse_fmd(&bytes, Symbology::Optional, year).ok()
}

/// `[{field, expected, read}]`; null when what was read is no such code, or nothing is known.
fn fields(expected: Option<FmdCode>, read: Option<FmdCode>, nothing: bool) -> Value {
    if read.is_none() && !(nothing && expected.is_some()) {
        return Value::Null;
    }
    let told = |code: &FmdCode| {
        [
            code.gtin.as_str().to_owned(),
            code.serial.as_str().to_owned(),
            code.lot.as_str().to_owned(),
            code.expiry.to_iso(),
        ]
    };
    let (expected, read) = (expected.as_ref().map(told), read.as_ref().map(told));
    let names = ["gtin", "serial", "lot", "expiry"];
    let row = |(at, name): (usize, &str)| {
        json!({
            "field": name, "expected": expected.as_ref().map(|all| all[at].clone()),
            "read": read.as_ref().map(|all| all[at].clone()),
        })
    };
    names.into_iter().enumerate().map(row).collect()
}

fn image_state(file: Option<&Path>, recorded: Option<&str>) -> &'static str {
    let (Some(file), Some(recorded)) = (file, recorded) else {
        return match (file, recorded) {
            (None, Some(_)) => "gone",
            (Some(_), None) => "unrecorded",
            _ => "none",
        };
    };
    let small = std::fs::metadata(file).is_ok_and(|meta| meta.len() <= IMAGE_BYTES_MAX);
    let bytes = if small { std::fs::read(file).ok() } else { None };
    let Some(bytes) = bytes else { return "altered" };
    let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    if digest == recorded { "recorded" } else { "altered" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_expected_and_read_stand_beside_each_other() {
        let text = |serial: &str| format!("010415003752864321{serial}\u{1d}1727123110LOT-1");
        let parsed = |serial: &str| code(&text(serial), 2026);
        let told = fields(parsed("ABC123"), parsed("ABC124"), false);
        assert_eq!(told[1], json!({ "field": "serial", "expected": "ABC123", "read": "ABC124" }));
        assert_eq!(told[3]["read"], "2027-12-31");
        assert_eq!(fields(parsed("ABC123"), None, false), Value::Null);
        assert_eq!(fields(None, parsed("A1"), false)[0]["expected"], Value::Null);
        let unread = fields(parsed("ABC123"), None, true);
        assert_eq!(unread[1], json!({ "field": "serial", "expected": "ABC123", "read": null }));
        assert!(code("<script>\u{202e}", 2026).is_none());
    }

    #[test]
    fn an_image_is_evidence_only_with_its_own_digest() {
        let dir = tempfile::tempdir().expect("directory");
        let file = dir.path().join("7-rejected.png");
        std::fs::write(&file, b"picture").expect("file");
        let digest: String =
            Sha256::digest(b"picture").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(image_state(Some(&file), Some(&digest)), "recorded");
        std::fs::write(&file, b"pictura").expect("file");
        assert_eq!(image_state(Some(&file), Some(&digest)), "altered");
        assert_eq!(image_state(None, Some(&digest)), "gone");
        assert_eq!(image_state(Some(&file), None), "unrecorded");
        assert_eq!(image_state(None, None), "none");
    }
}
