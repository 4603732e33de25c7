//! The whole path, from specification to reading: seeded prints, photographs and readings.
//!
//! Run by the test runner alone. It must never look inside a stage: only pictures and readings.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::chance::below;
use super::*;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/+.";

fn text(chars: usize, rng: &mut ChaCha8Rng) -> String {
    (0..chars).map(|_| char::from(ALPHABET[below(rng, ALPHABET.len())])).collect()
}

/// How a run of labels ended.
#[derive(Debug, Default)]
struct Tally {
    decoded: usize,
    no_read: usize,
    multiple: usize,
    overall_lowest: u8,
    overall_mean: f32,
}

/// Prints, photographs and reads `count` labels of random content, one seed each from
/// `first_seed`. A reading of anything but what was printed fails the test.
fn run(
    template: LabelTemplate,
    faults: &InkFaults,
    conditions: PhotoConditions,
    count: usize,
) -> Tally {
    let (press, camera) = (Press::new(template), Camera::with_conditions(conditions));
    let mut tally = Tally { overall_lowest: grade::TENTHS_MAX, ..Tally::default() };
    let mut sum = 0_u32;
    let first_seed = 0x0971C5_u64;
    println!("seeds {first_seed:#x} and up");
    for seed in (first_seed..).take(count) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let serial_chars = 1 + below(&mut rng, template.serial_chars_max);
        let lot_chars = 1 + below(&mut rng, template.lot_chars_max);
        let spec = LabelSpec {
            gtin: "04150037528643".into(),
            serial: text(serial_chars, &mut rng),
            expiry: "281130".into(),
            lot: text(lot_chars, &mut rng),
            ..LabelSpec::default()
        };
        let photo = camera.photograph(&press.print(&spec, faults, &mut rng), &mut rng);
        let reading = camera.read(&photo);
        match reading.status {
            ReadStatus::Decoded => {
                let head = format!("]d201{}21{}\x1D", spec.gtin, spec.serial);
                let printed = format!("{head}17{}10{}", spec.expiry, spec.lot);
                let read = String::from_utf8_lossy(&reading.content);
                assert_eq!(read, printed, "seed {seed:#x}, {faults:?}");
                tally.decoded += 1;
                tally.overall_lowest = tally.overall_lowest.min(reading.grade.overall);
                sum += u32::from(reading.grade.overall);
            }
            ReadStatus::NoRead => tally.no_read += 1,
            ReadStatus::Multiple => tally.multiple += 1,
        }
    }
    tally.overall_mean = sum as f32 / tally.decoded.max(1) as f32;
    tally
}

fn run_faults(faults: InkFaults) -> Tally {
    run(LabelTemplate::default(), &faults, PhotoConditions::default(), 200)
}

fn run_conditions(conditions: PhotoConditions) -> Tally {
    run(LabelTemplate::default(), &InkFaults::default(), conditions, 200)
}

#[test]
fn every_clean_label_reads_as_printed_with_a_good_grade() {
    for (serial_chars_max, lot_chars_max) in [(20, 20), (16, 10), (12, 8), (8, 6)] {
        let template = LabelTemplate { serial_chars_max, lot_chars_max };
        let tally = run(template, &InkFaults::default(), PhotoConditions::default(), 300);
        assert_eq!(tally.decoded, 300, "{tally:?}");
        assert!(tally.overall_lowest >= 35, "{tally:?}");
    }
}

#[test]
fn a_missing_print_is_no_read() {
    let tally = run_faults(InkFaults { missing: true, ..InkFaults::default() });
    assert_eq!(tally.no_read, 200, "{tally:?}");
}

/// Growing severity reads ever worse and at last hardly at all; never wrong, which `run` asserts.
fn check_decline(tallies: &[Tally]) {
    let worth = |tally: &Tally| tally.overall_mean * tally.decoded as f32;
    for pair in tallies.windows(2) {
        assert!(worth(&pair[0]) > worth(&pair[1]), "{tallies:?}");
    }
    assert!(tallies.iter().all(|tally| tally.multiple == 0), "{tallies:?}");
}

#[test]
fn smear_lowers_the_grade_until_nothing_is_read() {
    let severities = [0.2, 0.3, 0.5];
    let tally = |smear| run_faults(InkFaults { smear, ..InkFaults::default() });
    check_decline(&severities.map(tally));
    assert_eq!(tally(1.0).no_read, 200);
}

#[test]
fn dead_nozzles_lower_the_grade() {
    let tally = |dead_nozzles| run_faults(InkFaults { dead_nozzles, ..InkFaults::default() });
    check_decline(&[1, 6, 15, 40, 90].map(tally));
}

#[test]
fn pale_ink_lowers_the_grade_until_nothing_is_read() {
    let tally = |contrast| run_faults(InkFaults { contrast, ..InkFaults::default() });
    check_decline(&[1.0, 0.7, 0.4, 0.2, 0.1].map(tally));
    assert_eq!(tally(0.0).no_read, 200);
}

#[test]
fn bad_optics_lower_the_grade_but_never_read_wrong() {
    let clean = PhotoConditions::default();
    let blur = |blur_px| run_conditions(PhotoConditions { blur_px, ..clean });
    check_decline(&[0.75, 1.2, 1.8, 2.5].map(blur));
    let ripple = |ripple_px| run_conditions(PhotoConditions { ripple_px, ..clean });
    check_decline(&[0.0, 2.0, 4.0].map(ripple));
    let stretch = |stretch| run_conditions(PhotoConditions { stretch, ..clean });
    check_decline(&[1.0, 1.08, 1.12].map(stretch));
    for conditions in [
        PhotoConditions { rotation_deg: 180.0, ..clean },
        PhotoConditions { shading: 0.9, ..clean },
        PhotoConditions { noise_grey: 60.0, ..clean },
    ] {
        assert_eq!(run_conditions(conditions).multiple, 0);
    }
}

#[test]
fn many_faults_at_once_never_read_wrong() {
    let faults = InkFaults { smear: 0.3, dead_nozzles: 12, contrast: 0.5, ..InkFaults::default() };
    let conditions =
        PhotoConditions { blur_px: 1.4, noise_grey: 12.0, ..PhotoConditions::default() };
    let tally = run(LabelTemplate::default(), &faults, conditions, 300);
    assert!(tally.overall_lowest < 20 || tally.no_read > 0, "{tally:?}");
}

#[test]
fn content_beyond_the_size_asked_for_is_no_read() {
    let press = Press::new(LabelTemplate { serial_chars_max: 8, lot_chars_max: 6 });
    let spec = LabelSpec {
        gtin: "04150037528643".into(),
        serial: "ABCDEFGHIJKLMNOPQRST".into(),
        expiry: "281130".into(),
        lot: "LOT123456789".into(),
        size: Some((22, 22)),
        ..LabelSpec::default()
    };
    let (camera, mut rng) = (Camera::new(), ChaCha8Rng::seed_from_u64(4));
    let photo = camera.photograph(&press.print(&spec, &InkFaults::default(), &mut rng), &mut rng);
    assert_eq!(camera.read(&photo).status, ReadStatus::NoRead);
}

#[test]
fn two_labels_in_view_are_multiple() {
    let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let spec = |serial: &str| LabelSpec {
        gtin: "04150037528643".into(),
        serial: serial.into(),
        expiry: "281130".into(),
        lot: "L1".into(),
        ..LabelSpec::default()
    };
    let mut print = |serial| press.print(&spec(serial), &InkFaults::default(), &mut rng);
    let (upper, lower) = (print("FIRST"), print("SECOND"));
    let both = Picture {
        width: upper.width,
        height: upper.height + lower.height,
        pixels: [upper.pixels, lower.pixels].concat(),
    };
    let reading = camera.read(&both);
    assert_eq!((reading.status, reading.content), (ReadStatus::Multiple, Vec::new()));
}
