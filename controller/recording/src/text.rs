//! Serial numbers as a block: how many in it, then each as its length and its characters.
//!
//! Used by `writer.rs` and `reader.rs`. Must never accept a text that is no serial number.

use crate::varint::{Bytes, Read, put_uint};
use codes::SerialNumber;

/// Serials of one block: far below its longest payload.
pub(crate) const SERIALS_PER_BLOCK: usize = 16_384;

pub(crate) fn put_serials(to: &mut Vec<u8>, serials: &[SerialNumber]) {
    put_uint(to, serials.len() as u64);
    for serial in serials {
        let text = serial.as_str().as_bytes();
        put_uint(to, text.len() as u64);
        to.extend_from_slice(text);
    }
}

pub(crate) fn take_serials(payload: &[u8]) -> Read<Vec<SerialNumber>> {
    let mut from = Bytes::new(payload);
    let count = from.uint()?;
    let mut serials = Vec::new();
    for _ in 0..count {
        let length = usize::try_from(from.uint()?).unwrap_or(usize::MAX);
        let text = str::from_utf8(from.take(length)?).ok();
        let serial = text.and_then(|text| text.parse().ok());
        serials.push(serial.ok_or(from.bad("a text that is no serial number"))?);
    }
    if !from.is_empty() {
        Err(from.bad("bytes behind the last serial number"))
    } else {
        Ok(serials)
    }
}
