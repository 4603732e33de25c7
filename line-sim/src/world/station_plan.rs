//! What a pack is beside its code: carton, tamper-evident label, weight, readable text; and what
//! goes wrong with these and with the stations that look at them.
//!
//! The world asks at release, at print and when a pack is history. It draws from a generator of its
//! own, so that it shifts no draw of the other faults; all draws of a pack come from its detail. It
//! must never look at what the controller does.

use contracts::station::Station;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::scenario::{FaultKind, Scenario};
use crate::sim_config::SimConfig;
use crate::world::Device;
use crate::world::chance::{hit, within};
use crate::world::faults::{Card, Trouble};
use crate::world::label::{ReadableText, Text};
use crate::world::packs::{Body, Pack};

/// Keeps the draws of this module apart from the others of one detail.
const SALT: u64 = 0x5354_4154_494f_4e53;

/// Months, and years until a pack expires, that a wrong date may show.
const MONTHS: u64 = 12;

/// The plan of a run.
#[derive(Clone, Debug)]
pub(crate) struct StationPlan {
    rng: ChaCha8Rng,
    stations: Vec<Station>,
    chances: [(FaultKind, f64); 6],
    restart: f64,
    link_cut: f64,
    link_cut_ms: [u64; 2],
    carton: Text<32>,
    weight_mg: u32,
    tolerance_mg: u32,
}

/// Draws of one pack.
fn detail_rng(detail: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(detail ^ SALT)
}

impl StationPlan {
    pub(crate) fn new(config: &SimConfig, scenario: &Scenario, rng: ChaCha8Rng) -> Self {
        let r = &scenario.rates;
        let mut stations = config.stations.clone();
        stations.sort_unstable();
        Self {
            rng,
            stations,
            chances: [
                (FaultKind::WrongText, r.wrong_text),
                (FaultKind::WrongCarton, r.wrong_carton),
                (FaultKind::TamperMissing, r.tamper_missing),
                (FaultKind::WeightOff, r.weight_off),
                (FaultKind::StationTimeout, r.station_timeout),
                (FaultKind::StationLate, r.station_late),
            ],
            restart: r.station_restart,
            link_cut: r.station_link_cut,
            link_cut_ms: scenario.severity.link_cut_ms,
            carton: Text::new(config.carton_code.as_bytes()),
            weight_mg: config.weight_mg,
            tolerance_mg: config.weight_tolerance_mg,
        }
    }

    /// Adds to the card of a pack what this plan has in store, and the troubles that begin with it.
    pub(crate) fn card(&mut self, card: &mut Card, troubles: &mut Vec<Trouble>) {
        for (fault, rate) in self.chances {
            if hit(&mut self.rng, rate) {
                card.faults.insert(fault);
            }
        }
        let (restarts, cut) = (hit(&mut self.rng, self.restart), hit(&mut self.rng, self.link_cut));
        let which = self.rng.next_u64();
        let [low, high] = self.link_cut_ms;
        let cut_ms = within(&mut self.rng, low, high);
        let Some(device) = self.drawn(which).map(Device::of) else { return };
        if restarts {
            troubles.push(Trouble::Restart(device));
        }
        if cut {
            troubles.push(Trouble::Cut(device, cut_ms));
        }
    }

    fn drawn(&self, which: u64) -> Option<Station> {
        let at = which.checked_rem(self.stations.len() as u64)?;
        self.stations.get(at as usize).copied()
    }

    /// The station that a pack's timeout or late result strikes.
    pub(crate) fn struck_at(&self, detail: u64) -> Option<Station> {
        self.drawn(detail_rng(detail).next_u64())
    }

    /// Carton, tamper-evident label and weight, as the machine before us delivers the pack.
    pub(crate) fn fill(&self, pack: &mut Pack) {
        let mut rng = detail_rng(pack.card.detail);
        rng.set_stream(1);
        let tolerance = u64::from(self.tolerance_mg);
        let natural = within(&mut rng, 0, 2 * (tolerance / 5)) as i64 - (tolerance / 5) as i64;
        let off = within(&mut rng, 2 * tolerance + 1, 8 * tolerance + 1) as i64;
        let less = rng.next_u32().is_multiple_of(2);
        let (at, step) = (rng.next_u64(), within(&mut rng, 1, 9));
        let mut weight_mg = i64::from(self.weight_mg) + natural;
        if pack.strikes(FaultKind::WeightOff) {
            weight_mg += if less { -off } else { off };
        }
        let mut carton = self.carton;
        if pack.strikes(FaultKind::WrongCarton) {
            change(carton.as_mut_bytes(), at, step as u8);
        }
        let tamper = !pack.strikes(FaultKind::TamperMissing);
        let weight_mg = u32::try_from(weight_mg.max(0)).unwrap_or(u32::MAX);
        pack.body = Body { carton, tamper, weight_mg };
    }

    /// The same readable text with one of its fields wrong.
    pub(crate) fn wrong_text(&self, mut text: ReadableText, detail: u64) -> ReadableText {
        let mut rng = detail_rng(detail);
        rng.set_stream(2);
        let (field, at) = (within(&mut rng, 0, 3), rng.next_u64());
        let step = within(&mut rng, 1, 9) as u8;
        match field {
            0 => change(text.product_code.as_mut_bytes(), at, step),
            1 => change(text.serial.as_mut_bytes(), at, step),
            2 => change(text.lot.as_mut_bytes(), at, step),
            _ => other_month(&mut text.expiry, step),
        }
        text
    }

    /// True when all is right that the stations of this line would see.
    pub(crate) fn is_right(&self, pack: &Pack) -> bool {
        self.stations.iter().all(|station| match station {
            Station::TextCheck => {
                let label = pack.label.filter(|label| !label.ink.missing);
                let found = label.map(|label| label.readable);
                found.is_some() && found == pack.commanded.map(|told| told.as_printed())
            }
            Station::CartonCode => pack.body.carton == self.carton,
            Station::TamperEvident => pack.body.tamper,
            Station::Checkweigher => {
                pack.body.weight_mg.abs_diff(self.weight_mg) <= self.tolerance_mg
            }
        })
    }

    /// Largest error of the scale.
    pub(crate) fn scale_noise_mg(&self) -> u64 {
        u64::from(self.tolerance_mg) / 50
    }
}

/// Another character at one place.
fn change(bytes: &mut [u8], at: u64, step: u8) {
    let Some(place) = at.checked_rem(bytes.len() as u64) else { return };
    if let Some(byte) = bytes.get_mut(place as usize) {
        *byte = match *byte {
            b'0'..=b'9' => b'0' + (*byte - b'0' + step) % 10,
            b'A'..=b'Z' => b'A' + (*byte - b'A' + step) % 26,
            _ => b'X',
        };
    }
}

/// `MM.YYYY` of another month.
fn other_month(expiry: &mut Text<7>, step: u8) {
    let digits = expiry.as_bytes().get(..2).and_then(|month| std::str::from_utf8(month).ok());
    let month: u64 = digits.and_then(|month| month.parse().ok()).unwrap_or(0);
    let other = (month + u64::from(step)) % MONTHS + 1;
    let other = if other == month { other % MONTHS + 1 } else { other };
    let text = format!("{other:02}{}", expiry.to_text().get(2..).unwrap_or_default());
    *expiry = Text::new(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::label::LabelText;

    fn plan() -> StationPlan {
        let config = SimConfig { stations: Station::ALL.to_vec(), ..SimConfig::default() };
        StationPlan::new(&config, &Scenario::default(), ChaCha8Rng::seed_from_u64(1))
    }

    #[test]
    fn wrong_text_differs_in_one_field_and_every_field_is_struck() {
        let label = LabelText {
            gtin: Text::new(b"04150037528643"),
            serial: Text::new(b"7K2M9QXTZ0a-"),
            expiry: Text::new(b"281231"),
            lot: Text::new(b"LOT-2026"),
            national: None,
        };
        let right = label.as_printed();
        let mut struck = [0; 4];
        for detail in 0..400 {
            let wrong = plan().wrong_text(right, detail);
            let fields = [
                wrong.product_code != right.product_code,
                wrong.serial != right.serial,
                wrong.lot != right.lot,
                wrong.expiry != right.expiry,
            ];
            assert_eq!(fields.iter().filter(|wrong| **wrong).count(), 1, "detail {detail}");
            for (count, wrong) in struck.iter_mut().zip(fields) {
                *count += u32::from(wrong);
            }
        }
        assert!(struck.iter().all(|count| *count > 50), "{struck:?}");
    }

    #[test]
    fn a_pack_is_within_tolerance_unless_it_is_struck() {
        let plan = plan();
        for detail in 0..400 {
            for (fault, right) in [
                (None, true),
                (Some(FaultKind::WeightOff), false),
                (Some(FaultKind::WrongCarton), false),
                (Some(FaultKind::TamperMissing), false),
            ] {
                let mut card = Card { detail, ..Card::default() };
                if let Some(fault) = fault {
                    card.faults.insert(fault);
                }
                let mut pack = Pack::new(1, 0, card);
                plan.fill(&mut pack);
                let body = pack.body;
                let ok = body.carton == plan.carton
                    && body.tamper
                    && body.weight_mg.abs_diff(plan.weight_mg) <= plan.tolerance_mg / 2;
                assert_eq!(ok, right, "detail {detail}, {fault:?}: {body:?}");
            }
        }
    }

    #[test]
    fn a_station_fault_strikes_one_station_of_those_present() {
        let mut seen = [0; 4];
        for detail in 0..400 {
            if let Some(station) = plan().struck_at(detail) {
                seen[station.index()] += 1;
            }
        }
        assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
        let none = SimConfig::default();
        let none = StationPlan::new(&none, &Scenario::default(), ChaCha8Rng::seed_from_u64(1));
        assert_eq!(none.struck_at(7), None);
    }
}
