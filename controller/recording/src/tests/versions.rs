//! Older and newer: what a later writer may add is passed over or refused, as the document says;
//! a file of format 1 is read for ever, byte for byte.

use super::{header, read};
use crate::block::{self, Kind};
use crate::{End, Item, ReadFault, Timed, Writer};
use line_core::event::Input;
use line_core::ids::{EncoderCount, IoSeq, Nanos};

/// The example of docs/recording-format.md.
const EXAMPLE: &str = "7061636b6c696e6520726563 0100 0000 \
    03000000 00000000 0d000000 42cc21fe \
    02 00904e 03904e 13 0a c0c207 02 c980aebe";

fn block_of(kind: u8, number: u32, payload: &[u8]) -> Vec<u8> {
    let mut head = block::head(Kind::Inputs, number, payload.len() as u32);
    head[0] = kind;
    let crc = crc32fast::hash(&head[..12]);
    head[12..].copy_from_slice(&crc.to_le_bytes());
    let mut bytes = head.to_vec();
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    bytes
}

fn with(blocks: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = block::preamble().to_vec();
    for (number, (kind, payload)) in (0..).zip(blocks) {
        bytes.extend(block_of(*kind, number, payload));
    }
    bytes
}

#[test]
fn a_later_format_is_refused_with_its_number() {
    let mut bytes = with(&[]);
    bytes[12] = 2;
    let error = read(&bytes).expect_err("format 2");
    assert_eq!(error.fault, ReadFault::Newer { found: 2 });
    bytes[12] = 0;
    assert_eq!(read(&bytes).expect_err("format 0").fault, ReadFault::NoRecording);
}

#[test]
fn later_kinds_of_blocks_are_passed_over_or_refused() {
    let end = [0, 0];
    let (items, _) = read(&with(&[(200, b"a remark"), (4, &end)])).expect("a recording");
    assert_eq!(items, [Item::End { end: End::Clean, inputs: 0 }]);
    let error = read(&with(&[(6, b"what must be known"), (4, &end)])).expect_err("kind 6");
    assert_eq!(error.fault, ReadFault::Kind { found: 6 });
}

#[test]
fn later_fields_of_the_header_are_passed_over_and_earlier_ones_have_defaults() {
    let mut json = serde_json::to_value(header()).expect("JSON");
    json["later"] = serde_json::json!({ "any": ["thing"] });
    json["order"]["later"] = 7.into();
    let later = json.to_string();
    let (items, _) = read(&with(&[(1, later.as_bytes())])).expect("a recording");
    assert_eq!(items, [Item::Begin(Box::new(header()))]);
    json.as_object_mut().expect("an object").remove("began");
    json["order"].as_object_mut().expect("an object").remove("national");
    let earlier = json.to_string();
    assert!(read(&with(&[(1, earlier.as_bytes())])).is_ok());
    json.as_object_mut().expect("an object").remove("line");
    let error = read(&with(&[(1, json.to_string().as_bytes())])).expect_err("no line");
    assert!(error.to_string().contains("missing field `line`"), "{error}");
}

#[test]
fn later_kinds_of_inputs_are_refused() {
    let error = read(&with(&[(3, &[1, 35, 0])])).expect_err("kind 35");
    assert!(error.to_string().contains("does not know"), "{error}");
}

fn example() -> Vec<u8> {
    let at = |us: u64, input| Timed { now: Nanos(us * 1_000), input };
    let event = Input::LineIoEvent {
        seq: IoSeq(5),
        channel: contracts::line_io::Channel::Infeed,
        edge: contracts::line_io::Edge::Rising,
        ordinal: 1,
        count: EncoderCount(61_600),
    };
    let inputs = [at(5_000, Input::Tick), at(10_000, event)];
    let (mut writer, mut out) = (Writer::new(), Vec::new());
    for input in inputs {
        writer.push(&input, &mut Vec::new());
    }
    out.extend(block::preamble());
    writer.flush(&mut out);
    out
}

/// The document's example is what is written, and is read.
#[test]
fn the_example_of_the_document() {
    let hex: String = example().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, EXAMPLE.replace(' ', ""));
    let (items, torn) = read(&example()).expect("a recording");
    assert!(matches!(items.as_slice(), [Item::Inputs(inputs)] if inputs.len() == 2) && !torn);
}
