//! The values of an action: its templates filled with what an order and a job bring.
//!
//! Part of the labeler's shadow. Must never shorten a value: what does not fit is the transport's
//! error.

use crate::points::Value;
use contracts::labeler::{BatchHeader, PrintJob};
use profiles::dialect::{Action, Field};

/// What is written where; places for what there is not become empty.
pub(super) fn of(
    action: &Action,
    header: Option<&BatchHeader>,
    job: Option<&PrintJob>,
) -> Vec<(String, Value)> {
    let fill = |field| match field {
        Field::Serial => job.map(|job| text(job.serial())).unwrap_or_default(),
        Field::Job => job.map(|job| job.seq.to_string()).unwrap_or_default(),
        _ => header.map(|header| of_header(header, field)).unwrap_or_default(),
    };
    let write = action.write.iter();
    write.map(|(point, template)| (point.clone(), Value::Text(template.render(fill)))).collect()
}

fn of_header(header: &BatchHeader, field: Field) -> String {
    match field {
        Field::Gtin => text(&header.gtin),
        Field::Lot => text(&header.lot),
        Field::Expiry => text(&header.expiry),
        Field::Template => header.template_revision.to_string(),
        Field::National => text(&header.national),
        Field::NationalAi if header.national_ai == 0 => String::new(),
        Field::NationalAi => header.national_ai.to_string(),
        Field::Serial | Field::Job => String::new(),
    }
}

/// The characters up to the first zero byte.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
