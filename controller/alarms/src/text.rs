//! What an alarm is called, where it comes from, what follows from it and what to do: one row a kind
//! and language.
//!
//! Used by the pages. Must never be recorded: records hold the kind's name. No row is missing: a
//! kind without one does not compile.

mod english;
mod german;

use crate::kind::AlarmKind;

/// Language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    English,
    /// German.
    German,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::German];
}

/// An alarm in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// What it is called.
    pub name: &'static str,
    /// Where it comes from.
    pub cause: &'static str,
    /// What follows when nobody acts.
    pub consequence: &'static str,
    /// What to do.
    pub action: &'static str,
}

/// An alarm in words of a language.
#[must_use]
pub const fn text(kind: AlarmKind, language: Language) -> Text {
    let [name, cause, consequence, action] = match language {
        Language::English => english::row(kind),
        Language::German => german::row(kind),
    };
    Text { name, cause, consequence, action }
}
