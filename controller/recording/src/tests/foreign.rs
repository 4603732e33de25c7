//! Foreign bytes: whatever they are, the reader answers with items or an error, in bounded memory.

use super::{read, some_inputs, whole};
use crate::block::{self, Kind};
use crate::{PREAMBLE, Timed};
use line_core::ids::Nanos;
use proptest::prelude::*;

/// A file with one block whose checksums are right, whatever it holds.
fn with_block(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = block::preamble().to_vec();
    let mut head = block::head(Kind::Inputs, 0, payload.len() as u32);
    head[0] = kind;
    let crc = crc32fast::hash(&head[..12]);
    head[12..].copy_from_slice(&crc.to_le_bytes());
    bytes.extend(head);
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    bytes
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&bytes);
        let mut file = block::preamble().to_vec();
        file.extend(bytes);
        let _ = read(&file);
    }

    #[test]
    fn any_payload_does_no_harm(
        kind in 0..8_u8,
        payload in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let _ = read(&with_block(kind, &payload));
    }

    /// What is read at all is written the same again: no two inputs have one form.
    #[test]
    fn small_payloads_that_are_read_make_sense(
        payload in prop::collection::vec(prop_oneof![0..34_u8, 64..98_u8, any::<u8>()], 1..60),
    ) {
        let mut counted = vec![1];
        counted.extend(payload);
        if let Ok((items, _)) = read(&with_block(3, &counted)) {
            let inputs: Vec<Timed> = super::inputs_of(&items);
            let (again, _) = read(&whole(&inputs)).expect("a recording");
            prop_assert_eq!(super::inputs_of(&again), inputs);
        }
    }

    /// A real recording with some bytes exchanged.
    #[test]
    fn damaged_recordings_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = whole(&some_inputs());
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = read(&bytes);
    }
}

#[test]
fn a_block_that_claims_too_much_is_refused_before_it_is_read() {
    let mut bytes = block::preamble().to_vec();
    bytes.extend(block::head(Kind::Inputs, 0, u32::MAX));
    bytes.extend([1; 100]);
    let error = read(&bytes).expect_err("a block of 4 GiB");
    assert_eq!((error.block, error.offset), (0, PREAMBLE), "{error}");
}

#[test]
fn a_count_that_the_payload_does_not_hold_is_refused() {
    let error = read(&with_block(3, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0])).expect_err("a count");
    assert!(error.to_string().contains("ends too early"), "{error}");
}

#[test]
fn times_that_go_back_come_back() {
    let at = |now| Timed { now: Nanos(now), input: line_core::event::Input::Tick };
    let inputs = [at(5), at(3), at(u64::MAX), at(0)];
    let (items, _) = read(&whole(&inputs)).expect("a recording");
    assert_eq!(super::inputs_of(&items), inputs);
}
