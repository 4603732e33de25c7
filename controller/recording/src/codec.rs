//! Inputs as bytes: each is its kind, its time, and what differs from the last one of its kind.
//!
//! Used by `writer.rs` and `reader.rs`, anew for each block, so that a block stands alone. Knows
//! rows of numbers only. Must never panic on foreign bytes, nor keep more than one row a kind.

use crate::Timed;
use crate::row::{COLUMNS, KINDS, Row, from_row, shape, to_row};
use crate::varint::{Bad, Bytes, Read, put_change, put_uint};
use contracts::camera::CONTENT_MAX;
use line_core::ids::Nanos;
use line_core::record::ReadContent;

/// In the first byte: the same as the last one of its kind.
const SAME: u8 = 0x40;
/// Times are told in microseconds when they are whole ones; this number says that nanoseconds
/// follow.
const IN_NANOS: u64 = 1;
const NANOS_PER_MICRO: u64 = 1_000;

/// The last row of each kind.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    now: u64,
    rows: [[u64; COLUMNS]; KINDS],
    contents: [ReadContent; KINDS],
}

impl Known {
    /// Nothing is known: every number was 0.
    pub(crate) fn new() -> Box<Self> {
        let contents = [ReadContent::new(&[]); KINDS];
        Box::new(Self { now: 0, rows: [[0; COLUMNS]; KINDS], contents })
    }

    /// Appends an input.
    pub(crate) fn put(&mut self, to: &mut Vec<u8>, timed: &Timed) {
        let row = to_row(&timed.input);
        let at = usize::from(row.kind);
        let (before, last) = (self.rows[at], self.contents[at]);
        let (columns, _) = shape(row.kind).unwrap_or_default();
        let changed = (0..columns).filter(|&n| row.values[n] != before[n]);
        let mask = changed.fold(0, |mask, n| mask | 1_u64 << n);
        let same = columns > 0 && mask == 0 && row.content.is_none_or(|content| content == last);
        to.push(if same { row.kind | SAME } else { row.kind });
        self.put_time(to, timed.now);
        if same || columns == 0 {
            return;
        }
        put_uint(to, mask);
        for n in (0..columns).filter(|n| mask & (1 << n) != 0) {
            put_change(to, before[n], row.values[n]);
        }
        self.rows[at] = row.values;
        if let Some(content) = row.content {
            put_content(to, &last, &content);
            self.contents[at] = content;
        }
    }

    fn put_time(&mut self, to: &mut Vec<u8>, now: Nanos) {
        let passed = now.0.wrapping_sub(self.now);
        self.now = now.0;
        if passed.is_multiple_of(NANOS_PER_MICRO) {
            put_uint(to, passed / NANOS_PER_MICRO * 2);
        } else {
            put_uint(to, IN_NANOS);
            put_uint(to, passed);
        }
    }

    /// Reads the next input.
    pub(crate) fn take(&mut self, from: &mut Bytes<'_>) -> Read<Timed> {
        let first = from.byte()?;
        let (kind, same) = (first & !SAME, first & SAME != 0);
        let unknown = from.bad("a kind of input that this version does not know");
        let (columns, has_content) = shape(kind).ok_or(unknown)?;
        let now = self.take_time(from)?;
        let at = usize::from(kind);
        let mut row = Row { kind, values: self.rows[at], content: None };
        if same && columns == 0 {
            return Err(from.bad("an input without numbers said to be the same"));
        }
        if !same && columns > 0 {
            let mask = from.uint()?;
            if mask >> columns != 0 {
                return Err(from.bad("a number that this kind of input does not have"));
            }
            for n in (0..columns).filter(|n| mask & (1 << n) != 0) {
                row.values[n] = from.change(row.values[n])?;
            }
        }
        if has_content {
            let last = self.contents[at];
            row.content = Some(if same { last } else { take_content(from, &last)? });
            self.contents[at] = row.content.unwrap_or(last);
        }
        self.rows[at] = row.values;
        let input = from_row(&row).map_err(|Bad { what, .. }| from.bad(what))?;
        Ok(Timed { now, input })
    }

    fn take_time(&mut self, from: &mut Bytes<'_>) -> Read<Nanos> {
        let told = from.uint()?;
        let passed = match told {
            IN_NANOS => from.uint()?,
            even if even.is_multiple_of(2) => (even / 2)
                .checked_mul(NANOS_PER_MICRO)
                .ok_or(from.bad("a time is longer than 64 bits"))?,
            _ => return Err(from.bad("a time that is neither microseconds nor nanoseconds")),
        };
        self.now = self.now.wrapping_add(passed);
        Ok(Nanos(self.now))
    }
}

/// Bytes at the beginning and at the end that are those of the last content, and what is between.
fn put_content(to: &mut Vec<u8>, last: &ReadContent, content: &ReadContent) {
    let (old, new) = (last.as_bytes(), content.as_bytes());
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = &new[..new.len() - tail];
    for count in [head, tail, middle.len()] {
        put_uint(to, count as u64);
    }
    to.extend_from_slice(middle);
}

fn take_content(from: &mut Bytes<'_>, last: &ReadContent) -> Read<ReadContent> {
    let mut length = || -> Read<usize> {
        let count = from.uint()?;
        let count = usize::try_from(count).ok().filter(|&count| count <= CONTENT_MAX);
        count.ok_or(from.bad("a content is longer than a camera can read"))
    };
    let (head, tail, middle) = (length()?, length()?, length()?);
    let old = last.as_bytes();
    if head + tail > old.len() || head + tail + middle > CONTENT_MAX {
        return Err(from.bad("a content repeats more than there was"));
    }
    let mut bytes = [0; CONTENT_MAX];
    let between = from.take(middle)?;
    bytes[..head].copy_from_slice(&old[..head]);
    bytes[head..head + middle].copy_from_slice(between);
    bytes[head + middle..head + middle + tail].copy_from_slice(&old[old.len() - tail..]);
    Ok(ReadContent::new(&bytes[..head + middle + tail]))
}
