//! One serial as its page shows it: found by whatever was scanned or typed, what may still be done
//! with it, and whether the chain that tells its life is as it was written.
//!
//! Called by the read side. What may be done is asked of the core's table, never decided here. Must
//! never write.

use super::clock::wall_clock;
use super::load::ledger_problem;
use super::queries::{of_batch, serial};
use codes::{Symbology, parse_fmd};
use contracts::open_scs::SerialState;
use hmi::{Answer, Problem};
use line_core::serial_life::SerialEvent;
use serde_json::{Value, json};
use std::path::Path;

/// The life of the serial that `text` names.
///
/// # Errors
/// A [`Problem`]: the text names none, or none that is here.
pub fn find(path: &Path, text: &str) -> Answer {
    let (gtin, number) = named(text).ok_or_else(|| {
        Problem::new(422, "bad_code", "that is neither a code nor a product code with a serial")
            .at("search")
            .remedy("scan the pack, or type the 14 digits of the GTIN, a space, and the serial")
    })?;
    let mut told = serial(path, &gtin, &number)?;
    let closed = is_closed(path, &told);
    let state = serde_json::from_value(told["state"].clone()).ok();
    told["closed"] = json!(closed);
    add_pack(path, &mut told)?;
    told["possible"] = state.map_or(Value::Null, |state| possible(state, closed));
    Ok(told)
}

/// Product code and serial number of a scanned code, or of both typed with a space between.
fn named(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    // What scanners and people write for GS.
    let scanned = ["\u{241d}", "{GS}", "<GS>", "\\x1d", "^]"]
        .iter()
        .fold(text.to_owned(), |text, sign| text.replace(sign, "\u{1d}"));
    // The century of the expiry date is no part of the search.
    if let Ok(code) = parse_fmd(scanned.as_bytes(), Symbology::Optional, 2_000) {
        return Some((code.gtin.as_str().to_owned(), code.serial.as_str().to_owned()));
    }
    let (gtin, serial) = text.split_once(char::is_whitespace)?;
    let digits = gtin.len() == 14 && gtin.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| (gtin.to_owned(), serial.trim().to_owned()))
}

fn is_closed(path: &Path, told: &Value) -> bool {
    let data_dir = path.parent().unwrap_or(Path::new("."));
    let batch = told["batch"].as_str().unwrap_or_default();
    of_batch(path, data_dir, batch).is_ok_and(|(_, row)| super::is_closed(&row))
}

/// What became of its pack, and the reviews of it among its history.
fn add_pack(path: &Path, told: &mut Value) -> Result<(), Problem> {
    let track = told["track"].as_u64().and_then(|track| u32::try_from(track).ok());
    let Some(track) = track else { return Ok(()) };
    let data_dir = path.parent().unwrap_or(Path::new("."));
    let (reader, row) = of_batch(path, data_dir, told["batch"].as_str().unwrap_or_default())?;
    let detail = reader.pack_detail(row.batch_no, track, 0).map_err(|e| ledger_problem(&e))?;
    let Some(detail) = detail else { return Ok(()) };
    told["fate"] = json!(detail.pack.fate);
    let Some(history) = told["history"].as_array_mut() else { return Ok(()) };
    history.extend(detail.reviews.into_iter().map(|review| {
        let event = json!({
            "kind": "reject_reviewed", "who": review.who, "finding": review.finding,
            "comment": review.comment,
        });
        json!({ "seq": review.seq, "at": review.at, "event": event })
    }));
    history.sort_by_key(|row| row["seq"].as_i64());
    Ok(())
}

/// What people do with serials, and whether this one's state allows it:
/// `[{act, to, why: null|state|closed|elsewhere}]`.
fn possible(state: SerialState, closed: bool) -> Value {
    let rows = [
        ("sample", SerialEvent::SamplePack, true),
        ("sample_label", SerialEvent::SampleLabel, true),
        ("manual_removal", SerialEvent::Deactivate, true),
        ("destroy", SerialEvent::Destroy, false),
        ("release", SerialEvent::Release, false),
    ];
    let row = |(act, event, here): (&str, SerialEvent, bool)| {
        let to = event.from(state);
        let why = match to {
            None => Some("state"),
            Some(_) if !here => Some("elsewhere"),
            Some(_) if closed => Some("closed"),
            Some(_) => None,
        };
        json!({ "act": act, "to": to, "why": why })
    };
    rows.into_iter().map(row).collect()
}

/// `{batch, events, head, broken: null|{seq, what}, at}`.
///
/// # Errors
/// A [`Problem`].
pub fn chain(path: &Path, data_dir: &Path, batch: &str) -> Answer {
    let (reader, row) = of_batch(path, data_dir, batch)?;
    let checked = reader.chain_checked(row.batch_no).map_err(|e| ledger_problem(&e))?;
    let checked = checked.unwrap_or_default();
    let broken = checked.broken.map(|(seq, what)| json!({ "seq": seq, "what": what }));
    Ok(json!({
        "batch": batch, "events": checked.events, "head": checked.head, "broken": broken,
        "at": wall_clock().to_rfc3339(), "sealed_file": row.sealed_file,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_and_a_typed_serial_name_the_same() {
        let wanted = Some(("04150037528643".to_owned(), "ABC123".to_owned()));
        for text in [
            "]d2010415003752864321ABC123\u{1d}1727123110LOT-1",
            "010415003752864321ABC123\u{241d}1727123110LOT-1",
            "010415003752864321ABC123^]1727123110LOT-1 ",
            "04150037528643 ABC123",
            " 04150037528643\tABC123\n",
        ] {
            assert_eq!(named(text), wanted, "{text}");
        }
        for text in ["", "ABC123", "<script>", "=1+1", "0415003752864 A", &"9".repeat(10_000)] {
            assert_eq!(named(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_possible_is_what_the_table_says() {
        let whys = |state, closed| -> Vec<Value> {
            let told = possible(state, closed);
            told.as_array().expect("rows").iter().map(|row| row["why"].clone()).collect()
        };
        let open = whys(SerialState::Commissioned, false);
        assert_eq!(
            open,
            [json!(null), json!("state"), json!(null), json!("elsewhere"), json!("elsewhere")]
        );
        assert_eq!(whys(SerialState::Commissioned, true)[0], "closed");
        for state in [SerialState::SnInvalid, SerialState::LabelScrapped, SerialState::Destroyed] {
            assert!(whys(state, false).iter().all(|why| why == "state"), "{state:?}");
        }
    }
}
