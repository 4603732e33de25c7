//! The word of the command line for stations beside the camera: `all`, `none` or a list.
//!
//! Parsed with the arguments. Must never do anything.

use contracts::station::Station;

/// Stations beside the camera.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Stations(pub Vec<Station>);

impl std::str::FromStr for Stations {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = |name: &str| {
            let known = Station::ALL.into_iter().find(|station| station.name() == name);
            known.ok_or_else(|| {
                let names = Station::ALL.map(Station::name).join(", ");
                format!("{name:?} is no station: use all, none, or some of {names}")
            })
        };
        let mut stations = match text {
            "none" => Vec::new(),
            "all" => Station::ALL.to_vec(),
            list => list.split(',').map(named).collect::<Result<_, _>>()?,
        };
        stations.sort_unstable();
        stations.dedup();
        Ok(Self(stations))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let table: &[(&str, Option<&[Station]>)] = &[
            ("none", Some(&[])),
            ("all", Some(&Station::ALL)),
            ("checkweigher", Some(&[Station::Checkweigher])),
            (
                "carton_code,text_check,carton_code",
                Some(&[Station::TextCheck, Station::CartonCode]),
            ),
            ("", None),
            ("all,none", None),
            ("camera", None),
        ];
        for (text, expected) in table {
            let found = text.parse::<Stations>().map(|stations| stations.0);
            assert_eq!(found.ok().as_deref(), *expected, "{text}");
        }
        let refusal = "scale".parse::<Stations>().unwrap_err();
        assert!(refusal.contains("scale") && refusal.contains("checkweigher"), "{refusal}");
    }
}
