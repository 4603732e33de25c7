//! What the demo simulates, in figures for the page.
//!
//! Must never say anything that the simulator is not told.

use super::files::Files;
use super::{Stop, refused};
use contracts::station::Station;
use hmi::{Simulated, SimulatedFault};
use line_sim::scenario::Scenario;
use line_sim::sim_config::SimConfig;
use std::collections::BTreeMap;

/// From the files that the simulator is started with.
///
/// # Errors
/// A file is not there any more, or not as it was written.
pub fn simulated(files: &Files, seed: u64, stations: &[Station]) -> Result<Simulated, Stop> {
    let scenario: Scenario = files.read("scenario.toml")?;
    let sim: SimConfig = files.read("sim.toml")?;
    Ok(Simulated {
        seed,
        packs_per_s: files.packs_per_s(),
        packs: sim.packs_total,
        stations: stations.iter().map(|station| station.name().to_owned()).collect(),
        faults: faults(&scenario)?,
        scenario: scenario.name,
    })
}

/// Those by chance, the most frequent first, then those by plan.
fn faults(scenario: &Scenario) -> Result<Vec<SimulatedFault>, Stop> {
    let rates = serde_json::to_value(scenario.rates).map_err(refused)?;
    let mut faults: Vec<SimulatedFault> = rates
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(kind, rate)| Some((kind, rate.as_f64().filter(|rate| *rate > 0.0)?)))
        .map(|(kind, rate)| SimulatedFault { kind: kind.clone(), per_pack: Some(rate), planned: 0 })
        .collect();
    faults.sort_by(|a, b| b.per_pack.unwrap_or(0.0).total_cmp(&a.per_pack.unwrap_or(0.0)));
    let mut planned: BTreeMap<&str, u32> = BTreeMap::new();
    for fault in &scenario.scheduled {
        *planned.entry(fault.fault.name()).or_default() += 1;
    }
    faults.extend(planned.into_iter().map(|(kind, planned)| SimulatedFault {
        kind: kind.to_owned(),
        per_pack: None,
        planned,
    }));
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_by_chance_come_first_and_those_by_plan_are_counted() {
        let text = "name = \"x\"\n[rates]\nsmear = 0.001\nmissing_print = 0.01\n\
                    [[scheduled]]\nfault = \"bin_full\"\nat_pack = 3\n\
                    [[scheduled]]\nfault = \"bin_full\"\nat_pack = 9\n";
        let told = faults(&Scenario::from_toml(text).unwrap()).unwrap();
        let told: Vec<_> = told.iter().map(|f| (f.kind.as_str(), f.per_pack, f.planned)).collect();
        let expected =
            [("missing_print", Some(0.01), 0), ("smear", Some(0.001), 0), ("bin_full", None, 2)];
        assert_eq!(told, expected);
    }
}
