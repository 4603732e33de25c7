//! Texts with named places, to be filled before they are sent and to be taken apart when they come:
//! `"JDA|SERIAL={serial}|"`, `"STS|{state}|{_}|{total}|"`.
//!
//! Part of the profiles of devices that talk in texts. `{_}` takes anything and keeps nothing;
//! `{{` and `}}` are the braces themselves. Must never take a text that it does not wholly match.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of a place whose content is of no interest.
const ANYTHING: &str = "_";

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place(String),
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pattern(Vec<Part>);

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A brace that opens no place, or closes none.
    #[error("{text:?} has a brace alone; write {{{{ or }}}} for the brace itself")]
    Brace {
        /// The whole text.
        text: String,
    },
    /// Two places without a text between them: nobody could tell where one ends.
    #[error("{text:?} has two places without a text between them")]
    Touching {
        /// The whole text.
        text: String,
    },
}

impl Pattern {
    /// Names of its places, in order.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Place(name) if name != ANYTHING => Some(name.as_str()),
            Part::Place(_) | Part::Text(_) => None,
        })
    }

    /// The text with each place filled.
    #[must_use]
    pub fn fill(&self, value: impl Fn(&str) -> String) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Place(name) => value(name),
        };
        self.0.iter().map(text).collect()
    }

    /// What stands at its places, each as short as it can be; none when the text is another one.
    #[must_use]
    pub fn take_apart<'t>(&self, text: &'t str) -> Option<Vec<(&str, &'t str)>> {
        let mut taken = Vec::new();
        let mut rest = text;
        let mut open: Option<&str> = None;
        for part in &self.0 {
            match (part, open) {
                (Part::Place(name), _) => open = Some(name),
                (Part::Text(text), None) => rest = rest.strip_prefix(text.as_str())?,
                (Part::Text(text), Some(name)) => {
                    let (value, after) = rest.split_once(text.as_str())?;
                    taken.push((name, value));
                    (rest, open) = (after, None);
                }
            }
        }
        match open {
            Some(name) => taken.push((name, rest)),
            None if !rest.is_empty() => return None,
            None => {}
        }
        taken.retain(|(name, _)| *name != ANYTHING);
        Some(taken)
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let brace = || PatternError::Brace { text: text.clone() };
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
            let (name, after) = place.filter(|(name, _)| !name.is_empty()).ok_or_else(brace)?;
            if !plain.is_empty() {
                parts.push(Part::Text(core::mem::take(&mut plain)));
            } else if matches!(parts.last(), Some(Part::Place(_))) {
                return Err(PatternError::Touching { text });
            }
            parts.push(Part::Place(name.to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        let text = |part: Part| match part {
            Part::Text(plain) => plain.replace('{', "{{").replace('}', "}}"),
            Part::Place(name) => format!("{{{name}}}"),
        };
        pattern.0.into_iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<Pattern, PatternError> {
        Pattern::try_from(text.to_owned())
    }

    type Taken = Option<&'static [(&'static str, &'static str)]>;

    #[test]
    fn texts_are_taken_apart() {
        let table: [(&str, &str, Taken); 9] = [
            ("ACK", "ACK", Some(&[])),
            ("ACK", "ACK ", None),
            ("ACK", "NAK", None),
            ("STS|{state}|{_}|{total}|", "STS|3|0|77|", Some(&[("state", "3"), ("total", "77")])),
            ("STS|{state}|{_}|{total}|", "STS|3|0|77", None),
            ("{a},{b}", "1,2,3", Some(&[("a", "1"), ("b", "2,3")])),
            ("{a}", "", Some(&[("a", "")])),
            ("", "", Some(&[])),
            ("{{{x}}}", "{y}", Some(&[("x", "y")])),
        ];
        for (text, come, expected) in table {
            let parsed = pattern(text).unwrap();
            assert_eq!(parsed.take_apart(come).as_deref(), expected, "{text} of {come}");
            assert_eq!(String::from(parsed), text);
        }
    }

    #[test]
    fn places_are_filled() {
        let parsed = pattern("SET {a}:{b}").unwrap();
        assert_eq!(parsed.fill(|name| name.to_uppercase()), "SET A:B");
        assert_eq!(parsed.places().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("{a", "has a brace alone"),
            ("a}", "has a brace alone"),
            ("{}", "has a brace alone"),
            ("{a}{b}", "has two places without a text between them"),
        ] {
            let found = pattern(text).unwrap_err().to_string();
            assert!(found.contains(expected), "{expected:?} not in {found:?}");
        }
    }
}
