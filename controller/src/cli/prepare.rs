//! The prepared packs of a challenge, laid onto the infeed of a simulated line by its hands.
//!
//! Used by `trial.rs`. Must never know what the line will make of them.

use super::hands::Hands;
use line_sim::hands::{HandsRequest, PreparedInk, PreparedPack};
use serde_json::Value;

/// Another carton than any order's.
const OTHER_CARTON: &str = "OTHER-CARTON";
/// Lighter than any pack.
const LIGHT_MG: u32 = 1;

/// Holds ordinary packs back.
///
/// # Errors
/// In words: the hands do not answer.
pub fn hold_back(hands: &mut Hands) -> Result<(), String> {
    hands.request(&HandsRequest::Feed { open: false }).map(|_| ())
}

/// Lays the packs of a plan out, as the service told them.
///
/// # Errors
/// In words: the hands do not answer, or the plan has an entry that nobody can prepare.
pub fn lay_out(hands: &mut Hands, plan: &Value) -> Result<(), String> {
    let entries = plan["packs"].as_array().ok_or("the plan has no packs")?;
    let packs = entries.iter().map(prepared).collect::<Result<Vec<_>, _>>()?;
    hands.request(&HandsRequest::Prepare { packs }).map(|_| ())
}

/// Lets ordinary packs come again.
///
/// # Errors
/// In words: the hands do not answer.
pub fn let_come(hands: &mut Hands) -> Result<(), String> {
    hands.request(&HandsRequest::Feed { open: true }).map(|_| ())
}

fn prepared(entry: &Value) -> Result<PreparedPack, String> {
    let name = entry["prepared"].as_str().ok_or("a pack of the plan has no name")?;
    let label = entry.get("label").filter(|label| !label.is_null());
    let label = label.map(|label| serde_json::from_value(label.clone())).transpose();
    let label = label.map_err(|e| format!("the label of {name} cannot be printed: {e}"))?;
    let pack = PreparedPack { name: name.to_owned(), label, ..PreparedPack::default() };
    Ok(match name {
        "good_control" | "no_code" | "wrong_content" | "wrong_product" | "duplicate" => pack,
        "unreadable" => PreparedPack { ink: PreparedInk::Unreadable, ..pack },
        "low_grade" => PreparedPack { ink: PreparedInk::LowGrade, ..pack },
        "wrong_text" => PreparedPack { wrong_text: true, ..pack },
        "wrong_carton" => PreparedPack { carton: Some(OTHER_CARTON.to_owned()), ..pack },
        "tamper_evidence_missing" => PreparedPack { tamper: Some(false), ..pack },
        "underweight" => PreparedPack { weight_mg: Some(LIGHT_MG), ..pack },
        other => return Err(format!("nobody knows how to prepare {other}")),
    })
}
