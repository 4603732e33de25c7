//! Stations beside the camera: did each see on this pack what the order commands?
//!
//! Called by `line` when a station's result has been bound to a pack. The station tells what it
//! found; the comparison is made here. Must never guess at what was not read.

use crate::event::StationReading;
use crate::reason::RejectReason;
use crate::verify::BatchData;
use codes::{Expiry, SerialNumber};
use contracts::camera::flags;
use contracts::station::{CONTENT_MAX, Finding, STATIONS, Station};
use heapless::Vec;

/// Longest code of a carton, in bytes.
pub const CARTON_CODE_MAX: usize = 24;

/// The code that the order's carton bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CartonCode {
    len: u8,
    bytes: [u8; CARTON_CODE_MAX],
}

impl CartonCode {
    /// A code of 1 to [`CARTON_CODE_MAX`] bytes, none otherwise.
    #[must_use]
    pub fn new(code: &[u8]) -> Option<Self> {
        let mut bytes = [0; CARTON_CODE_MAX];
        bytes.get_mut(..code.len()).filter(|_| !code.is_empty())?.copy_from_slice(code);
        Some(Self { len: code.len() as u8, bytes })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Which readable values the text check must prove (Delegated Regulation (EU) 2016/161, Art. 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextFields {
    /// Product code.
    pub product_code: bool,
    /// Serial number.
    pub serial: bool,
    /// Batch number.
    pub lot: bool,
    /// Expiry date.
    pub expiry: bool,
}

impl TextFields {
    /// All four.
    pub const ALL: Self = Self { product_code: true, serial: true, lot: true, expiry: true };
}

/// What the recipe asks of the stations beside the camera; none: the station is not in the recipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StationRules {
    /// The readable text is that of the pack's label.
    pub text_check: Option<TextFields>,
    /// The carton is the order's.
    pub carton_code: Option<CartonCode>,
    /// The tamper-evident label is there.
    pub tamper_evident: bool,
    /// Lowest and highest weight in milligrams, both allowed.
    pub checkweigher: Option<(i32, i32)>,
}

impl StationRules {
    /// True when the recipe names the station.
    #[must_use]
    pub const fn names(&self, station: Station) -> bool {
        match station {
            Station::TextCheck => self.text_check.is_some(),
            Station::CartonCode => self.carton_code.is_some(),
            Station::TamperEvident => self.tamper_evident,
            Station::Checkweigher => self.checkweigher.is_some(),
        }
    }

    /// The stations that the recipe names.
    pub fn named(self) -> impl Iterator<Item = Station> {
        Station::ALL.into_iter().filter(move |&station| self.names(station))
    }
}

/// Where a pack stands at one station.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StationState {
    /// It has not been there.
    #[default]
    Away,
    /// The station's n-th strobe was this pack's; its result is awaited.
    Seen(u32),
    /// The station found what was commanded.
    Proven(u32),
    /// It did not.
    Failed(u32, RejectReason),
}

impl StationState {
    /// The strobe of this pack.
    #[must_use]
    pub const fn trigger(self) -> Option<u32> {
        match self {
            Self::Away => None,
            Self::Seen(n) | Self::Proven(n) | Self::Failed(n, _) => Some(n),
        }
    }
}

/// What the stations say together of a pack.
#[must_use]
pub fn joined(states: &[StationState; STATIONS], rules: &StationRules) -> Joined {
    let mut all = Joined::Proven;
    for station in rules.named() {
        match states[station.index()] {
            StationState::Failed(_, reason) => return Joined::Failed(reason),
            StationState::Away | StationState::Seen(_) => all = Joined::Open,
            StationState::Proven(_) => {}
        }
    }
    all
}

/// See [`joined`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// Some station of the recipe has not reported.
    Open,
    /// Every station of the recipe found what was commanded.
    Proven,
    /// One did not.
    Failed(RejectReason),
}

/// Compares a result with what is commanded for the pack that bears `number`; none: no label is
/// bound to it.
///
/// # Errors
/// Why the pack must be rejected.
pub fn compare(
    reading: &StationReading,
    number: Option<&SerialNumber>,
    batch: &BatchData,
    simulation: bool,
) -> Result<(), RejectReason> {
    let partial = reading.flags & flags::PARTIAL != 0;
    let simulated = reading.flags & flags::SIMULATED != 0;
    if !reading.recipe_ok || partial || (simulated && !simulation) {
        return Err(RejectReason::StationError);
    }
    match reading.finding {
        Finding::Error => return Err(RejectReason::StationError),
        Finding::Nothing => return Err(RejectReason::StationNoRead),
        Finding::Measured => {}
    }
    let (rules, content) = (&batch.stations, reading.content.as_bytes());
    let (holds, reason) = match reading.station {
        Station::TextCheck => {
            let fields = rules.text_check.unwrap_or(TextFields::ALL);
            let number = number.ok_or(RejectReason::NoJob)?;
            (text_matches(content, fields, number, batch), RejectReason::TextMismatch)
        }
        Station::CartonCode => {
            let expected = rules.carton_code.as_ref().map(CartonCode::as_bytes);
            (expected == Some(content), RejectReason::CartonMismatch)
        }
        Station::TamperEvident => (reading.value == 1, RejectReason::TamperEvidenceMissing),
        Station::Checkweigher => {
            let within = |(min, max): (i32, i32)| min <= reading.value && reading.value <= max;
            (rules.checkweigher.is_some_and(within), RejectReason::WeightOutOfLimits)
        }
    };
    if holds { Ok(()) } else { Err(reason) }
}

fn text_matches(read: &[u8], fields: TextFields, number: &SerialNumber, batch: &BatchData) -> bool {
    let expiry = readable_expiry(batch.expiry);
    let expected: [(bool, &[u8]); 4] = [
        (fields.product_code, batch.gtin.as_str().as_bytes()),
        (fields.serial, number.as_str().as_bytes()),
        (fields.lot, batch.lot.as_str().as_bytes()),
        (fields.expiry, &expiry),
    ];
    let mut lines = read.split(|&byte| byte == b'\n');
    let equal =
        |(asked, value): (bool, &[u8])| lines.next().is_some_and(|line| !asked || line == value);
    expected.into_iter().all(equal) && lines.next().is_none()
}

/// The expiry date as it stands readable on the pack: `MM.YYYY`.
#[must_use]
pub fn readable_expiry(expiry: Expiry) -> Vec<u8, 8> {
    let digits = |n: u16, place: u16| b'0' + (n / place % 10) as u8;
    let (year, month) = (expiry.year(), u16::from(expiry.month()));
    let text = [
        digits(month, 10),
        digits(month, 1),
        b'.',
        digits(year, 1_000),
        digits(year, 100),
        digits(year, 10),
        digits(year, 1),
    ];
    Vec::from_slice(&text).unwrap_or_default()
}

const _: () = assert!(14 + 1 + 20 + 1 + 20 + 1 + 7 <= CONTENT_MAX);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Epoch;
    use crate::line::tests::batch;
    use crate::record::ReadContent;

    fn rules() -> StationRules {
        StationRules {
            text_check: Some(TextFields::ALL),
            carton_code: CartonCode::new(b"4711-B"),
            tamper_evident: true,
            checkweigher: Some((19_000, 21_000)),
        }
    }

    fn reading(station: Station, value: i32, content: &[u8]) -> StationReading {
        StationReading {
            station,
            epoch: Epoch(1),
            seq: 1,
            trigger: 1,
            finding: Finding::Measured,
            flags: flags::SIMULATED,
            recipe_ok: true,
            value,
            content: ReadContent::new(content),
        }
    }

    #[test]
    fn i1_each_station_is_compared_with_what_is_commanded() {
        use RejectReason as R;
        let text: &[u8] = b"04150037528643\nSERIAL000001\nLOT42\n12.2028";
        let table: &[(Station, i32, &[u8], Option<R>)] = &[
            (Station::TextCheck, 0, text, None),
            (
                Station::TextCheck,
                0,
                b"04150037528643\nSERIAL000002\nLOT42\n12.2028",
                Some(R::TextMismatch),
            ),
            (
                Station::TextCheck,
                0,
                b"04150037528643\nSERIAL000001\nLOT43\n12.2028",
                Some(R::TextMismatch),
            ),
            (
                Station::TextCheck,
                0,
                b"04150037528643\nSERIAL000001\nLOT42\n11.2028",
                Some(R::TextMismatch),
            ),
            (
                Station::TextCheck,
                0,
                b"04150037528644\nSERIAL000001\nLOT42\n12.2028",
                Some(R::TextMismatch),
            ),
            (Station::TextCheck, 0, b"", Some(R::TextMismatch)),
            (Station::TextCheck, 0, &[text, b"\nX"].concat(), Some(R::TextMismatch)),
            (Station::CartonCode, 0, b"4711-B", None),
            (Station::CartonCode, 0, b"4711-", Some(R::CartonMismatch)),
            (Station::CartonCode, 0, b"", Some(R::CartonMismatch)),
            (Station::TamperEvident, 1, b"", None),
            (Station::TamperEvident, 0, b"", Some(R::TamperEvidenceMissing)),
            (Station::TamperEvident, 2, b"", Some(R::TamperEvidenceMissing)),
            (Station::Checkweigher, 19_000, b"", None),
            (Station::Checkweigher, 21_000, b"", None),
            (Station::Checkweigher, 18_999, b"", Some(R::WeightOutOfLimits)),
            (Station::Checkweigher, 21_001, b"", Some(R::WeightOutOfLimits)),
        ];
        let data = BatchData { stations: rules(), ..batch() };
        let number = "SERIAL000001".parse().unwrap();
        for &(station, value, content, expected) in table {
            let reading = reading(station, value, content);
            let found = compare(&reading, Some(&number), &data, true).err();
            assert_eq!(found, expected, "{station:?} {value} {content:?}");
        }
    }

    #[test]
    fn i1_what_a_station_cannot_vouch_for_is_no_proof() {
        let data = BatchData { stations: rules(), ..batch() };
        let good = reading(Station::TamperEvident, 1, b"");
        let judge =
            |reading: &StationReading, simulation| compare(reading, None, &data, simulation).err();
        assert_eq!(judge(&good, true), None);
        assert_eq!(judge(&good, false), Some(RejectReason::StationError), "simulated");
        let other = StationReading { recipe_ok: false, ..good };
        assert_eq!(judge(&other, true), Some(RejectReason::StationError));
        let partial = StationReading { flags: flags::PARTIAL, ..good };
        assert_eq!(judge(&partial, true), Some(RejectReason::StationError));
        let nothing = StationReading { finding: Finding::Nothing, ..good };
        assert_eq!(judge(&nothing, true), Some(RejectReason::StationNoRead));
        let error = StationReading { finding: Finding::Error, ..good };
        assert_eq!(judge(&error, true), Some(RejectReason::StationError));
        let text = reading(Station::TextCheck, 0, b"x");
        assert_eq!(judge(&text, true), Some(RejectReason::NoJob), "no label is bound");
    }

    #[test]
    fn i1_the_join_waits_for_every_station_of_the_recipe() {
        use StationState as S;
        let mut states = [S::Proven(1); STATIONS];
        assert_eq!(joined(&states, &rules()), Joined::Proven);
        for station in Station::ALL {
            states[station.index()] = S::Away;
            assert_eq!(joined(&states, &rules()), Joined::Open, "{station:?}");
            states[station.index()] = S::Seen(3);
            assert_eq!(joined(&states, &rules()), Joined::Open, "{station:?}");
            states[station.index()] = S::Failed(3, RejectReason::StationError);
            let failed = Joined::Failed(RejectReason::StationError);
            assert_eq!(joined(&states, &rules()), failed, "{station:?}");
            states[station.index()] = S::Proven(3);
        }
        let none = StationRules::default();
        assert_eq!(joined(&[S::Away; STATIONS], &none), Joined::Proven);
    }
}
