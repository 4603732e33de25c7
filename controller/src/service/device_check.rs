//! The comparison of the devices with the recipe of an order.
//!
//! Called by the control thread with a copy of what the line knows. Must never let a device pass
//! that has not echoed the hash of the order's own recipe.

use super::run::Run;
use super::view::LineView;
use crate::config::LineFile;
use contracts::line_io::inputs;
use contracts::station::Station;
use hmi::By;
use ledger::{DeviceChecked, DevicesChecked};

/// The recipe that the devices must report.
pub struct Recipe {
    name: String,
    hash: String,
}

impl Recipe {
    /// Of the order that runs.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        Self { name: run.product.name.clone(), hash: format!("{:08x}", run.recipe_hash) }
    }
}

/// What the devices have reported, held against the recipe.
#[must_use]
pub fn compare(recipe: &Recipe, line: &LineFile, view: &LineView, by: &By) -> DevicesChecked {
    let echo = |device: &str, link: bool, matches: bool| DeviceChecked {
        device: device.to_owned(),
        recipe: Some(recipe.name.clone()),
        expected_hash: Some(recipe.hash.clone()),
        // Of another hash only is known that it is another one.
        echoed_hash: matches.then(|| recipe.hash.clone()),
        matches,
        link,
        security: security_of(line, device),
    };
    let ([labeler, camera], stations) = view.recipes;
    let [line_io_up, labeler_up, camera_up] = view.links;
    let mut devices = vec![
        line_io(line_io_up),
        echo("labeler", labeler_up, labeler),
        echo("camera", camera_up, camera),
    ];
    for station in Station::ALL {
        let Some(matches) = stations[station.index()] else { continue };
        let link = view.station_links[station.index()].unwrap_or(false);
        devices.push(echo(station.name(), link, matches));
    }
    let rests = view.inputs & inputs::GATE_OPEN == 0;
    let mut checked = DevicesChecked {
        devices,
        pool_left: u32::try_from(view.pool_left).unwrap_or(u32::MAX),
        gate: if rests { "reject" } else { "open" }.to_owned(),
        passed: false,
        who: by.who.clone(),
        role: by.role.clone(),
    };
    checked.passed = checked.may_pass() && view.ready && rests;
    checked
}

/// The line I/O has no recipe: it must answer.
fn line_io(link: bool) -> DeviceChecked {
    DeviceChecked {
        device: "line_io".to_owned(),
        recipe: None,
        expected_hash: None,
        echoed_hash: None,
        matches: true,
        link,
        security: None,
    }
}

/// What secures the link of this device.
fn security_of(line: &LineFile, device: &str) -> Option<String> {
    let (_, link) = line.links().find(|(name, _)| *name == device)?;
    link.security_words()
}
