//! What an alarm is called, where it comes from, what follows from it and what to do: one row a
//! kind and language.
//!
//! Used by the pages. Must never be recorded: records hold the kind's name. No row is missing: a
//! table without one does not compile.

mod english;
mod german;

use crate::kind::{AlarmKind, KINDS};

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
        Language::English => english::ROWS[kind as usize].1,
        Language::German => german::ROWS[kind as usize].1,
    };
    Text { name, cause, consequence, action }
}

/// Each row stands where its kind is looked up.
const _: () = {
    let mut at = 0;
    while at < KINDS {
        assert!(english::ROWS[at].0 as usize == at && german::ROWS[at].0 as usize == at);
        at += 1;
    }
};
