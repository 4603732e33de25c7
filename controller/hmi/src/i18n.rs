//! The words of the screens in English and German.
//!
//! Used by pages; the texts are in `locales/`. Records hold codes and never a translated text. Must
//! never fail: a text that is missing shows its key, and a test finds it before anybody does.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use people::Language;
use std::sync::OnceLock;
use unic_langid::LanguageIdentifier;

const EN: &str = include_str!("../locales/en.ftl");
const DE: &str = include_str!("../locales/de.ftl");

type Bundle = FluentBundle<FluentResource>;

/// All languages, in the order in which frames are rendered.
pub(crate) const LANGUAGES: [Language; 2] = [Language::En, Language::De];

/// Words in one language.
#[derive(Clone, Copy)]
pub(crate) struct Words(pub(crate) Language);

fn bundles() -> &'static [Bundle; 2] {
    static BUNDLES: OnceLock<[Bundle; 2]> = OnceLock::new();
    BUNDLES.get_or_init(|| [bundle("en", EN), bundle("de", DE)])
}

fn bundle(language: &str, text: &str) -> Bundle {
    let id: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Marks around arguments would be read aloud and break comparisons; texts hold no bidi.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let _ = bundle.add_resource(resource);
    bundle
}

impl Words {
    /// A text.
    pub(crate) fn t(self, key: &str) -> String {
        self.told(key, None)
    }

    /// A text with arguments; numbers choose plurals.
    pub(crate) fn with(self, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
        let args: FluentArgs<'_> = args.iter().map(|(k, v)| (*k, v.clone())).collect();
        self.told(key, Some(&args))
    }

    /// A text that may not exist: the words of a code.
    pub(crate) fn maybe(self, key: &str) -> Option<String> {
        let bundle = self.bundle();
        bundle.get_message(key).and_then(|m| m.value()).map(|_| self.t(key))
    }

    fn bundle(self) -> &'static Bundle {
        let at = LANGUAGES.iter().position(|language| *language == self.0).unwrap_or(0);
        &bundles()[at]
    }

    fn told(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }

    /// Two letters, for the page's `lang`.
    pub(crate) const fn code(self) -> &'static str {
        self.0.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn keys(text: &str) -> BTreeSet<&str> {
        let is_key = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        text.lines().filter(is_key).filter_map(|line| line.split(" =").next()).collect()
    }

    #[test]
    fn both_languages_have_the_same_texts_and_none_is_broken() {
        assert_eq!(keys(EN), keys(DE));
        for (language, text) in [("en", EN), ("de", DE)] {
            let broken = FluentResource::try_new(text.to_owned()).err().map(|(_, errors)| errors);
            assert!(broken.is_none(), "{language}: {broken:?}");
            assert_eq!(
                keys(text).len(),
                text.lines()
                    .filter(|l| l.contains(" =") && l.starts_with(|c: char| c.is_ascii_lowercase()))
                    .count(),
                "{language}: twice"
            );
        }
    }

    /// Every text that a page asks for by a literal key exists.
    #[test]
    fn every_text_that_is_used_is_there() {
        let known = keys(EN);
        let mut used = BTreeSet::new();
        collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut used);
        assert!(used.len() > 20, "{used:?}");
        let missing: Vec<&String> =
            used.iter().filter(|key| !known.contains(key.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    fn collect(directory: &Path, used: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(directory).expect("directory") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                collect(&path, used);
                continue;
            }
            if path.ends_with("i18n.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("file");
            for start in [".t(\"", ".with(\""] {
                let parts = text.split(start).skip(1);
                used.extend(parts.filter_map(|p| p.split('"').next()).map(str::to_owned));
            }
        }
    }
}
