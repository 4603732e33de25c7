//! The catalogue is whole: every kind has a text in every language, every hold is an alarm or an
//! event.

use crate::{AlarmKind, Language, Priority, text};
use line_core::hold::Holds;
use line_core::reason::HoldCause as H;
use std::collections::BTreeSet;

/// Holds that are events: somebody wanted them, they end by themselves, or they are a step.
const EVENTS: [H; 3] = [H::Operator, H::Restart, H::FirstPack];

#[test]
fn every_hold_is_an_alarm_or_says_that_it_is_an_event() {
    let mut kinds = BTreeSet::new();
    for cause in Holds::all() {
        let kind = AlarmKind::of_hold(cause);
        assert_eq!(kind.is_none(), EVENTS.contains(&cause), "{cause:?}");
        if let Some(kind) = kind {
            assert!(kinds.insert(kind), "{cause:?} shares its alarm");
            let stands = matches!(kind.priority(), Priority::Critical | Priority::High);
            assert!(stands, "a line that stands is urgent: {cause:?}");
        }
    }
}

#[test]
fn names_are_stable_snake_case_and_come_back() {
    let mut names = BTreeSet::new();
    for &kind in AlarmKind::ALL {
        let name = kind.name();
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert!(names.insert(name), "{name} twice");
        assert_eq!(AlarmKind::from_name(name), Some(kind));
    }
    assert_eq!(AlarmKind::from_name("weather"), None);
}

#[test]
fn every_kind_has_its_four_texts_in_every_language() {
    for language in Language::ALL {
        let mut names = BTreeSet::new();
        for &kind in AlarmKind::ALL {
            let t = text(kind, language);
            for part in [t.name, t.cause, t.consequence, t.action] {
                let plain = !part.is_empty() && part.trim() == part && !part.contains("  ");
                assert!(plain && !part.ends_with('.'), "{kind:?}: {part:?}");
            }
            assert!(t.name.chars().count() <= 48, "{kind:?}: the alarm bar is narrow");
            assert!(names.insert(t.name), "{kind:?}: {} twice", t.name);
        }
    }
    let both = |kind| Language::ALL.map(|language| text(kind, language).name);
    let same = AlarmKind::ALL.iter().filter(|kind| both(**kind)[0] == both(**kind)[1]).count();
    assert_eq!(same, 0, "a text was not translated");
}
