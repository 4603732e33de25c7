//! The word of the command line for what goes wrong: a scenario that this version ships, by name,
//! or a file.
//!
//! Parsed with the arguments. Must never read the file: `text` does, when it is needed.

use line_sim::scenario::Scenario;
use std::path::PathBuf;

/// What this version ships.
const SHIPPED: [(&str, &str); 3] = [
    ("clean", include_str!("../../../config/scenarios/clean.toml")),
    ("default", include_str!("../../../config/scenarios/default.toml")),
    ("all", include_str!("../../../config/scenarios/all.toml")),
];

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioChoice {
    /// One that this version ships, as TOML.
    Shipped(&'static str),
    /// A file.
    File(PathBuf),
}

impl std::str::FromStr for ScenarioChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shipped = SHIPPED.iter().find(|(name, _)| *name == text);
        Ok(shipped.map_or_else(|| Self::File(text.into()), |(_, toml)| Self::Shipped(toml)))
    }
}

impl ScenarioChoice {
    /// The scenario as TOML, checked.
    ///
    /// # Errors
    /// In words: the file cannot be read, or is no scenario.
    pub fn text(&self) -> Result<String, String> {
        let path = match self {
            Self::Shipped(toml) => return Ok((*toml).to_owned()),
            Self::File(path) => path,
        };
        let names = SHIPPED.map(|(name, _)| name).join(", ");
        let text = std::fs::read_to_string(path).map_err(|error| {
            format!("failed to read {}: {error}; give a file or one of {names}", path.display())
        })?;
        Scenario::from_toml(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files() {
        for (name, toml) in SHIPPED {
            let choice: ScenarioChoice = name.parse().unwrap();
            let scenario = Scenario::from_toml(&choice.text().unwrap()).unwrap();
            assert_eq!((scenario.name.as_str(), choice), (name, ScenarioChoice::Shipped(toml)));
        }
        let choice: ScenarioChoice = "of/nobody.toml".parse().unwrap();
        let error = choice.text().unwrap_err();
        assert!(error.contains("of/nobody.toml") && error.contains("clean, default, all"));
    }
}
