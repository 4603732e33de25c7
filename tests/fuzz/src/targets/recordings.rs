//! Recordings of a batch's inputs.
//!
//! The first byte is 0 for a file as it stands, or the kind of one block, whose frame is then made
//! with checksums that fit: what is behind them is what is tried.

use crate::script::Script;
use recording::{BLOCK_MAX, FORMAT_VERSION, Item, PREAMBLE, ReadError, Reader, Timed, Writer};

/// See the module.
pub fn recording(data: &[u8]) {
    let mut script = Script::new(data);
    match script.u8() {
        0 => judge(script.rest()),
        kind => judge(&framed(kind, script.rest())),
    }
}

/// The first bytes of every file.
#[must_use]
pub fn preamble() -> Vec<u8> {
    let mut bytes = b"packline rec".to_vec();
    bytes.extend(FORMAT_VERSION.to_le_bytes());
    bytes.extend([0, 0]);
    assert_eq!(bytes.len(), PREAMBLE);
    bytes
}

fn framed(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut head = vec![kind, 0, 0, 0, 0, 0, 0, 0];
    head.extend((payload.len() as u32).to_le_bytes());
    let mut bytes = preamble();
    let crc = crc32fast::hash(&head);
    bytes.extend(head);
    bytes.extend(crc.to_le_bytes());
    bytes.extend(payload);
    bytes.extend(crc32fast::hash(payload).to_le_bytes());
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<Item>, ReadError> {
    let (mut reader, mut items) = (Reader::new(bytes)?, Vec::new());
    while let Some(item) = reader.next_item()? {
        items.push(item);
    }
    Ok(items)
}

fn inputs_of(items: &[Item]) -> Vec<Timed> {
    let inputs = items.iter().filter_map(|item| match item {
        Item::Inputs(inputs) => Some(inputs.as_slice()),
        _ => None,
    });
    inputs.flatten().copied().collect()
}

/// What is read can be written, and is then read as the same; an error says where.
fn judge(bytes: &[u8]) {
    match read(bytes) {
        Ok(items) => {
            let inputs = inputs_of(&items);
            assert!(inputs.len() <= bytes.len(), "more inputs than bytes");
            let (mut writer, mut out) = (Writer::new(), preamble());
            inputs.iter().for_each(|timed| writer.push(timed, &mut out));
            writer.flush(&mut out);
            assert_eq!(inputs_of(&read(&out).expect("ours")), inputs);
            assert!(out.len() < 2 * bytes.len() + BLOCK_MAX);
        }
        Err(error) => {
            assert!(error.offset <= bytes.len(), "{error} is beyond the file");
            assert!(error.to_string().len() < 1_000, "a message without bounds: {error}");
        }
    }
}
