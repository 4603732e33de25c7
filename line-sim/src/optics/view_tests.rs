//! What a camera makes of unusual views: every symbol size, broken finders, a second code, and the
//! readable lines.
//!
//! Run by the test runner alone. It must never look inside a stage: only pictures and readings.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::chance::below;
use super::label::SymbolBox;
use super::press::SecondCode;
use super::symbol::{FORMATS, SymbolFormat};
use super::text_reader::{TextReader, TextReading};
use super::*;

const FIRST_SEED: u64 = 0x71E_57A7;
const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/+.";

fn text(chars: usize, rng: &mut ChaCha8Rng) -> String {
    (0..chars).map(|_| char::from(CHARACTERS[below(rng, CHARACTERS.len())])).collect()
}

fn random_spec(rng: &mut ChaCha8Rng) -> LabelSpec {
    let (serial_chars, lot_chars) = (1 + below(rng, 20), 1 + below(rng, 20));
    LabelSpec {
        gtin: "04150037528643".into(),
        serial: text(serial_chars, rng),
        expiry: "281130".into(),
        lot: text(lot_chars, rng),
        ..LabelSpec::default()
    }
}

/// A picture of nothing but a symbol, its modules of this many pixels.
fn bare_symbol(format: SymbolFormat, element_string: &[u8], module_px: usize) -> Picture {
    let side = |modules: usize| (modules + 8) * module_px;
    let mut picture = Picture::filled(side(format.columns), side(format.rows), 225);
    let modules = format.encode(element_string).unwrap();
    for (index, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
        let left = (4 + index % format.columns) * module_px;
        let top = (4 + index / format.columns) * module_px;
        for y in top..top + module_px {
            picture.pixels[y * picture.width + left..][..module_px].fill(30);
        }
    }
    picture
}

#[test]
fn every_size_is_read_turned_any_way_and_graded_well() {
    let camera = Camera::new();
    for format in FORMATS {
        for rotation_deg in [0.0, 4.0] {
            let photo_of =
                Camera::with_conditions(PhotoConditions { rotation_deg, ..Default::default() });
            let mut rng = ChaCha8Rng::seed_from_u64(FIRST_SEED);
            let bare = bare_symbol(format, b"2112", 6);
            let reading = camera.read(&photo_of.photograph(&bare, &mut rng));
            assert_eq!(reading.content, b"]d22112", "{format:?} {rotation_deg}");
            assert!(reading.grade.overall >= 30, "{format:?} {:?}", reading.grade);
        }
    }
}

#[test]
fn labels_of_each_size_read_as_printed() {
    let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
    for format in FORMATS.into_iter().filter(|format| format.data_words >= 22) {
        let size = Some((format.rows, format.columns));
        let spec = LabelSpec {
            gtin: "04150037528643".into(),
            serial: "A7".into(),
            expiry: "281130".into(),
            lot: "L".into(),
            size,
            ..LabelSpec::default()
        };
        if press.symbol(&spec).is_err() {
            assert!(format.rows > 80, "{format:?}");
            continue;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(FIRST_SEED);
        let panel = press.print(&spec, &InkFaults::default(), &mut rng);
        let reading = camera.read(&camera.photograph(&panel, &mut rng));
        if format.rows <= 52 {
            assert_eq!(reading.status, ReadStatus::Decoded, "{format:?}");
        }
        if reading.status == ReadStatus::Decoded {
            assert_eq!(reading.content[3..], spec.element_string(), "{format:?}");
        }
    }
}

#[test]
fn a_broken_finder_is_no_obstacle() {
    let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
    let faults = InkFaults { dead_nozzles: 30, missing_modules: 0.02, ..InkFaults::default() };
    let mut read = 0;
    for seed in FIRST_SEED..FIRST_SEED + 60 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let spec = random_spec(&mut rng);
        let photo = camera.photograph(&press.print(&spec, &faults, &mut rng), &mut rng);
        let reading = camera.read(&photo);
        if reading.status == ReadStatus::Decoded {
            assert_eq!(reading.content[3..], spec.element_string(), "seed {seed:#x}");
            read += 1;
        }
    }
    assert!(read >= 50, "{read} of 60 from seed {FIRST_SEED:#x}");
}

/// Photographs of labels with an old code beside; counts what the camera reports.
fn with_second_code(faults: InkFaults) -> (usize, usize) {
    let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
    let (mut multiple, mut one) = (0, 0);
    for seed in FIRST_SEED..FIRST_SEED + 60 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let spec = random_spec(&mut rng);
        let sizes = [((18, 18), 4), ((20, 20), 4), ((24, 24), 3), ((16, 16), 5)];
        let ((rows, columns), module_px) = sizes[below(&mut rng, sizes.len())];
        let place = SymbolBox {
            left_px: 220 + below(&mut rng, 90 - columns * module_px),
            top_px: 12 + below(&mut rng, 90),
            module_px,
        };
        let format = SymbolFormat::of(rows, columns).unwrap();
        let second = SecondCode { element_string: b"21OLD".to_vec(), format, place };
        let panel = press.print_beside(&second, &spec, &faults, &mut rng);
        match camera.read(&camera.photograph(&panel, &mut rng)).status {
            ReadStatus::Multiple => multiple += 1,
            ReadStatus::Decoded => one += 1,
            ReadStatus::NoRead => {}
        }
    }
    (multiple, one)
}

#[test]
fn a_second_code_in_view_does_not_go_unseen() {
    let clean = InkFaults::default();
    assert!(with_second_code(clean).0 >= 59, "seed {FIRST_SEED:#x}");
    for faults in [InkFaults { contrast: 0.3, ..clean }, InkFaults { dead_nozzles: 20, ..clean }] {
        let (multiple, one) = with_second_code(faults);
        assert!(multiple >= 55, "{faults:?}: {multiple} seen, {one} not, seed {FIRST_SEED:#x}");
    }
}

/// Lines read and lines in all over a run of labels; a line read wrong fails the test.
fn lines_read(faults: InkFaults, conditions: PhotoConditions, count: u64) -> (usize, usize) {
    let press = Press::new(LabelTemplate::default());
    let (camera, reader) = (Camera::with_conditions(conditions), TextReader::new());
    let mut read = 0;
    for seed in FIRST_SEED..FIRST_SEED + count {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let spec = random_spec(&mut rng);
        let photo = camera.photograph(&press.print(&spec, &faults, &mut rng), &mut rng);
        let (seen, text) = (reader.read(&photo), ReadableText::of(&spec));
        let pairs = [
            (seen.product_code, text.product_code),
            (seen.serial, text.serial),
            (seen.lot, text.lot),
            (seen.expiry, text.expiry),
        ];
        for (seen, printed) in pairs {
            if let Some(seen) = seen {
                assert_eq!(seen, printed, "seed {seed:#x}, {faults:?}, {conditions:?}");
                read += 1;
            }
        }
    }
    (read, 4 * count as usize)
}

#[test]
fn readable_lines_are_read_as_printed() {
    let (ink, photo) = (InkFaults::default(), PhotoConditions::default());
    let cases = [
        (ink, photo, 98),
        (InkFaults { contrast: 0.5, ..ink }, photo, 95),
        (InkFaults { dead_nozzles: 3, ..ink }, photo, 80),
        (ink, PhotoConditions { shading: 0.4, ..photo }, 90),
        (ink, PhotoConditions { rotation_deg: 3.0, shear: 0.03, ..photo }, 90),
        (ink, PhotoConditions { noise_grey: 8.0, ..photo }, 85),
    ];
    for (faults, conditions, percent) in cases {
        let (read, all) = lines_read(faults, conditions, 40);
        assert!(100 * read >= percent * all, "{read} of {all}: {faults:?} {conditions:?}");
    }
}

#[test]
fn hopeless_lines_are_rather_not_read_than_read_wrong() {
    let (ink, photo) = (InkFaults::default(), PhotoConditions::default());
    for faults in [
        InkFaults { dead_nozzles: 40, ..ink },
        InkFaults { smear: 0.5, ..ink },
        InkFaults { contrast: 0.08, ..ink },
    ] {
        let (read, all) = lines_read(faults, photo, 30);
        assert!(2 * read < all, "{read} of {all}: {faults:?}");
    }
    let (read, _) = lines_read(InkFaults { missing: true, ..ink }, photo, 5);
    assert_eq!(read, 0);
    for blank in
        [Picture::filled(0, 0, 0), Picture::filled(5, 5, 9), Picture::filled(320, 320, 200)]
    {
        assert_eq!(TextReader::new().read(&blank), TextReading::default());
    }
}

#[test]
fn a_text_that_differs_from_its_code_is_read_as_it_stands() {
    let (press, camera) = (Press::new(LabelTemplate::default()), Camera::new());
    let mut rng = ChaCha8Rng::seed_from_u64(FIRST_SEED);
    let spec = random_spec(&mut rng);
    let wrong = ReadableText { serial: "WRONG7".into(), ..ReadableText::of(&spec) };
    let spec = LabelSpec { text: Some(wrong), ..spec };
    let panel = press.print(&spec, &InkFaults::default(), &mut rng);
    let photo = camera.photograph(&panel, &mut rng);
    assert_eq!(camera.read(&photo).content[3..], spec.element_string());
    assert_eq!(TextReader::new().read(&photo).serial.as_deref(), Some("WRONG7"));
}
