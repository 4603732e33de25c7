//! Texts with places for what an order or a job brings: `"{gtin}"`, `"^FD{serial}^FS"`.
//!
//! Part of the profiles that say how a device wants its data. `{{` and `}}` are the braces
//! themselves; what stands between `{#national}` and `{/national}` is left out where the order
//! brings no national number. It must never know how a device takes the text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What can stand in a place of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `{gtin}`: 14 digits.
    Gtin,
    /// `{lot}`: up to 20 characters.
    Lot,
    /// `{expiry}`: YYMMDD.
    Expiry,
    /// `{serial}`: the job's serial number, up to 20 characters.
    Serial,
    /// `{job}`: the job's sequence in decimal.
    Job,
    /// `{template}`: revision of the label template in decimal.
    Template,
    /// `{national_ai}`: AI of the national number, 710 to 717; empty without one.
    NationalAi,
    /// `{national}`: the national number; empty without one.
    National,
}

/// Each field and its name.
const FIELDS: [(Field, &str); 8] = [
    (Field::Gtin, "gtin"),
    (Field::Lot, "lot"),
    (Field::Expiry, "expiry"),
    (Field::Serial, "serial"),
    (Field::Job, "job"),
    (Field::Template, "template"),
    (Field::NationalAi, "national_ai"),
    (Field::National, "national"),
];

impl Field {
    /// Its name in a template.
    #[must_use]
    pub fn name(self) -> &'static str {
        FIELDS.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }

    /// True for what changes with each job.
    #[must_use]
    pub fn is_of_a_job(self) -> bool {
        matches!(self, Self::Serial | Self::Job)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
    /// Until [`Part::End`] of the same field: left out when the field is empty.
    Begin(Field),
    End(Field),
}

/// A text with places.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Template(Vec<Part>);

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace that opens no place, or closes none.
    #[error("{text:?} has a brace alone; write {{{{ or }}}} for the brace itself")]
    Brace {
        /// The whole text.
        text: String,
    },
    /// A part that begins and does not end, or ends and has not begun, or lies within another.
    #[error("{text:?}: a part from {{#name}} must end with {{/name}}, and hold no other part")]
    Section {
        /// The whole text.
        text: String,
    },
    /// A place for something that there is not.
    #[error("{{{name}}} is not known; there are {known}", known = known())]
    Unknown {
        /// What was named.
        name: String,
    },
}

fn known() -> String {
    FIELDS.map(|(_, name)| format!("{{{name}}}")).join(" ")
}

impl Template {
    /// The text with each place filled by `value`.
    #[must_use]
    pub fn render(&self, value: impl Fn(Field) -> String) -> String {
        let mut text = String::new();
        let mut left_out = false;
        for part in &self.0 {
            match part {
                Part::Begin(field) => left_out = value(*field).is_empty(),
                Part::End(_) => left_out = false,
                _ if left_out => {}
                Part::Text(plain) => text.push_str(plain),
                Part::Field(field) => text.push_str(&value(*field)),
            }
        }
        text
    }

    /// The fields that it has places for, in order.
    pub fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        self.0.iter().filter_map(|part| match part {
            Part::Field(field) => Some(*field),
            Part::Text(_) | Part::Begin(_) | Part::End(_) => None,
        })
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Self, TemplateError> {
        let brace = || TemplateError::Brace { text: text.clone() };
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                plain.push_str(&from[..1]);
                rest = after;
                continue;
            }
            let place = from.strip_prefix('{').and_then(|place| place.split_once('}'));
            let (name, after) = place.ok_or_else(brace)?;
            if !plain.is_empty() {
                parts.push(Part::Text(core::mem::take(&mut plain)));
            }
            parts.push(place_of(name)?);
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        if !sections_close(&parts) {
            return Err(TemplateError::Section { text });
        }
        Ok(Self(parts))
    }
}

fn place_of(name: &str) -> Result<Part, TemplateError> {
    let (bare, part): (_, fn(Field) -> Part) =
        match (name.strip_prefix('#'), name.strip_prefix('/')) {
            (Some(bare), _) => (bare, Part::Begin),
            (None, Some(bare)) => (bare, Part::End),
            (None, None) => (name, Part::Field),
        };
    let known = FIELDS.iter().find(|(_, known)| *known == bare);
    let unknown = || TemplateError::Unknown { name: bare.to_owned() };
    known.map(|(field, _)| part(*field)).ok_or_else(unknown)
}

/// Each part that begins ends before another one begins.
fn sections_close(parts: &[Part]) -> bool {
    let mut open = None;
    for part in parts {
        match part {
            Part::Begin(field) if open.is_none() => open = Some(*field),
            Part::End(field) if open == Some(*field) => open = None,
            Part::Begin(_) | Part::End(_) => return false,
            Part::Text(_) | Part::Field(_) => {}
        }
    }
    open.is_none()
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        let mut text = Self::new();
        for part in template.0 {
            match part {
                Part::Text(plain) => text += &plain.replace('{', "{{").replace('}', "}}"),
                Part::Field(field) => {
                    let _ = write!(text, "{{{}}}", field.name());
                }
                Part::Begin(field) => {
                    let _ = write!(text, "{{#{}}}", field.name());
                }
                Part::End(field) => {
                    let _ = write!(text, "{{/{}}}", field.name());
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<Template, TemplateError> {
        Template::try_from(text.to_owned())
    }

    #[test]
    fn places_are_filled_and_braces_stay() {
        let table = [
            ("", ""),
            ("plain", "plain"),
            ("{serial}", "<serial>"),
            ("a{gtin}b{lot}", "a<gtin>b<lot>"),
            ("{{{expiry}}}", "{<expiry>}"),
            ("{{x}}", "{x}"),
        ];
        for (text, expected) in table {
            let parsed = template(text).unwrap();
            let found = parsed.render(|field| format!("<{}>", field.name()));
            assert_eq!(found, expected, "{text}");
            assert_eq!(String::from(parsed), text);
        }
    }

    #[test]
    fn a_part_is_left_out_where_its_field_is_empty() {
        let text = "10{lot}{#national}|1{national_ai}{national}{/national}.";
        let parsed = template(text).unwrap();
        let with = |national: &'static str| {
            parsed.render(|field| match field {
                Field::National => national.to_owned(),
                other => other.name().to_owned(),
            })
        };
        assert_eq!(with("4711"), "10lot|1national_ai4711.");
        assert_eq!(with(""), "10lot.");
        assert_eq!(String::from(parsed), text);
    }

    #[test]
    fn mistakes_are_named() {
        let table = [
            ("{#lot}x", "a part from {#name} must end with {/name}"),
            ("{#lot}{/gtin}", "a part from"),
            ("x{/lot}", "a part from"),
            ("{#lot}{#lot}{/lot}{/lot}", "a part from"),
            ("{seriál}", "{seriál} is not known; there are {gtin} {lot}"),
            ("{serial", "has a brace alone"),
            ("serial}", "has a brace alone"),
        ];
        for (text, expected) in table {
            let found = template(text).unwrap_err().to_string();
            assert!(found.contains(expected), "{expected:?} not in {found:?}");
        }
    }
}
