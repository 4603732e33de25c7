//! The format as a whole: every input comes back, damage is told with its place, foreign bytes do
//! no harm, older and newer files are read or refused as the document says.
//!
//! Random tests are proptest's: it prints the case, and keeps it, when one fails.

mod any;
mod foreign;
mod versions;

use super::*;
use any::any_timed;
use line_core::event::Command;
use line_core::line_config::LineConfig;
use proptest::prelude::*;

pub(super) fn header() -> SegmentHeader {
    let order = OrderData {
        gtin: "04150037528643".parse().expect("a GTIN"),
        expiry: codes::Expiry::from_ymd(2028, 12, 31).expect("a date"),
        lot: "LOT42".parse().expect("a lot"),
        national: Some("714:5440987".parse().expect("a national number")),
        stations: StationAsks {
            text_check: Some([true, true, false, true]),
            carton_code: Some(b"4711".to_vec()),
            tamper_evident: true,
            checkweigher: Some((-5, 12_000)),
        },
    };
    SegmentHeader {
        batch: "B-1".into(),
        segment: 2,
        software: "0.1.0".into(),
        rules: line_core::RULES_VERSION,
        config_hash: "ab".repeat(32),
        began: "2026-11-22T12:21:53.007+00:00".into(),
        after_seq: 4_711,
        line: LineConfig::resting(true),
        order,
        target: 500,
        low_pool: 20,
        serials: SerialsInfo { count: 2, sha256: "cd".repeat(32), embedded: true },
    }
}

pub(super) fn serials() -> Vec<codes::SerialNumber> {
    ["A1", "B2C3D4E5F6G7H8J9K0AA"].map(|text| text.parse().expect("a serial")).to_vec()
}

/// A whole recording of one segment.
pub(super) fn whole(inputs: &[Timed]) -> Vec<u8> {
    let (mut writer, mut out) = (Writer::new(), Vec::new());
    writer.begin(&header(), Some(&serials()), &mut out);
    for input in inputs {
        writer.push(input, &mut out);
    }
    writer.expected(&[*b"01234567", *b"76543210"], &mut out);
    writer.end(End::Clean, &mut out);
    out
}

/// Every item, and whether the file was torn.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Item>, bool), ReadError> {
    let (mut reader, mut items) = (Reader::new(bytes)?, Vec::new());
    while let Some(item) = reader.next_item()? {
        items.push(item);
    }
    Ok((items, reader.is_torn()))
}

fn inputs_of(items: &[Item]) -> Vec<Timed> {
    let inputs = items.iter().filter_map(|item| match item {
        Item::Inputs(inputs) => Some(inputs.clone()),
        _ => None,
    });
    inputs.flatten().collect()
}

pub(super) fn some_inputs() -> Vec<Timed> {
    let at = |ms, input| Timed { now: Nanos::from_ms(ms), input };
    vec![
        at(0, Input::Command(Command::Start)),
        at(5, Input::Tick),
        at(10, Input::Watermark(line_core::ids::RecordSeq(3))),
        at(10, Input::Watermark(line_core::ids::RecordSeq(3))),
    ]
}

proptest! {
    #[test]
    fn every_input_comes_back(inputs in prop::collection::vec(any_timed(), 0..200)) {
        let (items, torn) = read(&whole(&inputs)).expect("a recording");
        prop_assert!(!torn);
        prop_assert_eq!(inputs_of(&items), inputs);
    }

    /// Repeated, so that what is the same as before comes back, too.
    #[test]
    fn repeated_inputs_come_back(one in any_timed(), other in any_timed(), n in 1..50_usize) {
        let inputs: Vec<Timed> = [one, one, other, one, other].repeat(n);
        let (items, _) = read(&whole(&inputs)).expect("a recording");
        prop_assert_eq!(inputs_of(&items), inputs);
    }
}

#[test]
fn a_recording_comes_back_whole() {
    let inputs = some_inputs();
    let (items, torn) = read(&whole(&inputs)).expect("a recording");
    let count = inputs.len() as u64;
    let expected = [
        Item::Begin(Box::new(header())),
        Item::Serials(serials()),
        Item::Inputs(inputs),
        Item::Expected(vec![*b"01234567", *b"76543210"]),
        Item::End { end: End::Clean, inputs: count },
    ];
    assert_eq!((items.as_slice(), torn), (expected.as_slice(), false));
    let data = header().order.to_batch_data().expect("a carton's code");
    assert_eq!(OrderData::of(&data), header().order);
}

#[test]
fn many_inputs_make_many_blocks_and_repeats_are_short() {
    let tick = |n: u64| Timed { now: Nanos(n * 5_000_000), input: Input::Tick };
    let inputs: Vec<Timed> = (0..200_000).map(tick).collect();
    let bytes = whole(&inputs);
    let (items, _) = read(&bytes).expect("a recording");
    let blocks = items.iter().filter(|item| matches!(item, Item::Inputs(_))).count();
    assert!(blocks > 5, "{blocks}");
    assert_eq!(inputs_of(&items), inputs);
    assert!(bytes.len() < inputs.len() * 31 / 10, "{} bytes", bytes.len());
}

/// A file cut anywhere is torn or whole up to a block, never wrong.
#[test]
fn a_cut_file_gives_what_is_whole() {
    let bytes = whole(&some_inputs());
    let (all, _) = read(&bytes).expect("a recording");
    let mut torn = 0;
    for length in PREAMBLE..bytes.len() {
        let (items, is_torn) = read(&bytes[..length]).expect("a torn recording");
        assert_eq!(items, all[..items.len()], "{length}");
        torn += u32::from(is_torn);
    }
    assert_eq!(torn as usize, bytes.len() - PREAMBLE - all.len(), "all but the ends of blocks");
    let mut zeros = bytes;
    zeros.extend([0; 4_096]);
    assert_eq!(read(&zeros), Ok((all, true)));
}

/// Every single flipped bit is found, and its block and offset are told.
#[test]
fn a_flipped_bit_is_refused_with_its_place() {
    let bytes = whole(&some_inputs());
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let error = read(&flipped).expect_err("a flipped bit");
            assert!(error.offset <= at, "byte {at}: {error}");
            let preamble = error.offset == 0;
            assert_eq!(preamble, at < PREAMBLE, "byte {at}: {error}");
        }
    }
}

#[test]
fn exchanged_missing_and_repeated_blocks_are_refused() {
    let mut writer = Writer::new();
    let mut parts = vec![Vec::new()];
    writer.begin(&header(), None, &mut parts[0]);
    for input in some_inputs() {
        let mut part = Vec::new();
        writer.push(&input, &mut part);
        writer.flush(&mut part);
        parts.push(part);
    }
    let order =
        |order: &[usize]| read(&order.iter().flat_map(|&n| parts[n].clone()).collect::<Vec<_>>());
    assert!(order(&[0, 1, 2, 3]).is_ok());
    for wrong in [&[0, 2, 1, 3][..], &[0, 2, 3], &[0, 1, 1, 2]] {
        let error = order(wrong).expect_err("blocks out of order");
        assert!(matches!(error.fault, ReadFault::Order { .. }), "{error}");
    }
}
