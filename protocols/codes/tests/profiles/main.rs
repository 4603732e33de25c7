//! The five profiles against an oracle that is written from the published rules and shares no code
//! with the crate: thousands of right and mutated strings, their verdicts, values and notes.
//!
//! The seed is drawn and printed; `CODES_SEED` repeats a run.

mod oracle;
mod rules;
mod strings;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use codes::{Profile, Report, Symbology, bytes_to_plain, check};
use oracle::{Answer, Facts, YEAR};
use strings::{Pack, Random};

/// Right strings of each profile, and mutations of each of them.
const RIGHT: usize = 1_500;
const MUTATIONS: usize = 4;

fn seed() -> u64 {
    let given = std::env::var("CODES_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| RandomState::new().hash_one("codes"))
}

fn facts_of(report: &Report) -> Facts {
    Facts {
        gtin: report.gtin.map(|value| value.to_string()),
        serial: report.serial.map(|value| value.to_string()),
        lot: report.lot.map(|value| value.to_string()),
        expiry: report.expiry.map(|value| value.to_string()),
        national: report.national.map(|value| value.to_string()),
        ppn: report.ppn.map(|value| value.to_string()),
        notes: report.notes.iter().map(|note| note.kind.id()).collect(),
    }
}

#[derive(Debug, Default)]
struct Counts {
    accepted: usize,
    refused: usize,
    skipped: usize,
    ids: BTreeSet<&'static str>,
    notes: BTreeSet<&'static str>,
}

impl Counts {
    /// Both must say the same; what the oracle has no rule for is counted apart.
    fn compare(&mut self, profile: Profile, bytes: &[u8]) {
        let got = check(profile, bytes, Symbology::Optional, YEAR);
        let plain = bytes_to_plain(bytes);
        match (oracle::ask(profile.id(), bytes), got) {
            (Answer::Unknown, _) => self.skipped += 1,
            (Answer::Right(expected), Ok(report)) => {
                assert_eq!(facts_of(&report), *expected, "{} {plain}", profile.id());
                self.notes.extend(expected.notes);
                self.accepted += 1;
            }
            (Answer::Wrong(_), Err(error)) => {
                assert!(error.at() <= bytes.len(), "{plain} {error}");
                self.ids.insert(error.code());
                self.refused += 1;
            }
            (Answer::Right(_), Err(error)) => panic!("{} {plain}: {error:?}", profile.id()),
            (Answer::Wrong(why), Ok(report)) => {
                panic!("{} {plain}: must be refused, {why}; {report:?}", profile.id())
            }
        }
    }
}

fn run(profile: Profile, ids_min: usize) {
    let seed = seed();
    println!("CODES_SEED={seed}");
    let mut random = Random::new(seed ^ profile as u64);
    let (mut right, mut mutated) = (Counts::default(), Counts::default());
    for _ in 0..RIGHT {
        let parts = strings::right(profile.id(), &mut random);
        right.compare(profile, &strings::join(&parts));
        for _ in 0..MUTATIONS {
            mutated.compare(profile, &strings::mutated(&parts, &mut random));
        }
    }
    println!("{}: right {right:?}\nmutated {mutated:?}", profile.id());
    assert_eq!((right.accepted, right.refused, right.skipped), (RIGHT, 0, 0));
    assert!(mutated.accepted + mutated.refused > RIGHT * MUTATIONS / 2);
    assert!(mutated.accepted > 100 && mutated.refused > 1_000);
    assert!(mutated.ids.len() >= ids_min, "only {:?}", mutated.ids);
}

#[test]
fn fmd() {
    run(Profile::Fmd, 12);
}

#[test]
fn fmd_read() {
    run(Profile::FmdRead, 9);
}

#[test]
fn gs1() {
    run(Profile::Gs1, 11);
}

#[test]
fn dscsa() {
    run(Profile::Dscsa, 12);
}

#[test]
fn ppn() {
    run(Profile::Ppn, 9);
}

/// What the builders make is what the standards say, and reads back as itself.
#[test]
fn what_is_built_is_read_back() {
    let seed = seed();
    println!("CODES_SEED={seed}");
    let mut random = Random::new(seed);
    for _ in 0..RIGHT {
        let pack = Pack::drawn(&mut random);
        let gtin = pack.gtin.parse().expect("a GTIN");
        let (serial, lot) = (pack.serial.parse().expect("serial"), pack.lot.parse().expect("lot"));
        let expiry = pack.expiry_iso().parse().expect("a date");
        let national = pack.national.as_ref().map(|text| text.parse().expect("a number"));
        let code =
            codes::build_pack_with_symbology(&gtin, &serial, &expiry, &lot, national.as_ref());
        assert_eq!(code.as_bytes(), strings::join(&pack.fmd()));
        let report = check(Profile::Fmd, &code, Symbology::Required, YEAR).expect("right");
        let values = (report.gtin, report.serial, report.expiry, report.lot, report.national);
        assert_eq!(values, (Some(gtin), Some(serial), Some(expiry), Some(lot), national));

        let pzn = pack.pzn.parse().expect("a PZN");
        let number = codes::Ppn::from_pzn(pzn);
        let code = codes::build_ppn_with_symbology(&number, &lot, &expiry, &serial);
        assert_eq!(code.as_bytes(), strings::join(&pack.ppn()));
        let report = check(Profile::Ppn, &code, Symbology::Required, YEAR).expect("right");
        let values = (report.ppn, report.serial, report.expiry, report.lot, report.pzn);
        assert_eq!(values, (Some(number), Some(serial), Some(expiry), Some(lot), Some(pzn)));
        assert_eq!(codes::Gtin::ntin_de(pzn).as_ntin_de(), Some(pzn));
    }
}
