//! Points in the register map of a device: registers to values, values to registers.
//!
//! Used by the Modbus transports of foreign devices. Bits that share a register are kept here, so
//! that writing one leaves the others as they were written before. Must never shorten a text or a
//! number that does not fit.

use super::spans::{self, Span};
use super::{Facts, Value, Writes};
use profiles::registers::{Encoding, Order, Pad, RegisterPoint, RegisterPoints, Table};
use std::collections::BTreeMap;

/// What was read of one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cells {
    /// Registers.
    Words(Vec<u16>),
    /// Coils or discrete inputs.
    Bits(Vec<bool>),
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegisterWrite {
    /// Holding registers from an address on.
    Words(u16, Vec<u16>),
    /// Coils from an address on.
    Bits(u16, Vec<bool>),
}

/// A value that has no place at its point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} does not fit point {point} ({room})")]
pub(crate) struct DoesNotFit {
    point: String,
    value: String,
    room: String,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct RegisterMap {
    points: RegisterPoints,
    /// Names of the points that are read.
    read: Vec<String>,
    spans: Vec<Span>,
    /// Registers of which single bits are written, as last written.
    outputs: BTreeMap<u16, u16>,
}

impl RegisterMap {
    /// The map of a device, of which the points of these names are read.
    pub(crate) fn new<'a>(points: &RegisterPoints, read: impl Iterator<Item = &'a str>) -> Self {
        let read: Vec<String> = read.map(str::to_owned).collect();
        let spans = spans::plan(read.iter().filter_map(|name| points.get(name)));
        Self { points: points.clone(), read, spans, outputs: BTreeMap::new() }
    }

    /// How many numbers each point can tell apart.
    pub(crate) fn moduli(&self) -> BTreeMap<String, u64> {
        self.points.iter().map(|(name, point)| (name.clone(), point.modulus())).collect()
    }

    /// The reads of a cycle, in this order.
    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// What was read; `cells` belong to [`Self::spans`], in that order.
    pub(crate) fn facts(&self, cells: &[Cells]) -> Facts {
        let fact = |name: &String| {
            let point = self.points.get(name)?;
            let mut read = self.spans.iter().zip(cells);
            let (span, cells) = read.find(|(span, _)| span.holds(point))?;
            let at = usize::from(point.address - span.address);
            Some((name.clone(), decode(point, cells, at)?))
        };
        self.read.iter().filter_map(fact).collect()
    }

    /// The writes that carry these values, in this order; values that touch go together, the sign
    /// goes alone and last.
    pub(crate) fn encode(&mut self, writes: &Writes) -> Result<Vec<RegisterWrite>, DoesNotFit> {
        let mut cells = Written::default();
        for (name, value) in &writes.values {
            self.put(name, value, &mut cells)?;
        }
        let mut all = cells.into_writes();
        if let Some((name, value)) = &writes.sign {
            let mut sign = Written::default();
            self.put(name, value, &mut sign)?;
            all.extend(sign.into_writes());
        }
        Ok(all)
    }

    fn put(&mut self, name: &str, value: &Value, into: &mut Written) -> Result<(), DoesNotFit> {
        let Some(point) = self.points.get(name) else { return Ok(()) };
        if point.encoding == Encoding::Text {
            let words = text_words(name, point, &value.to_string())?;
            into.words.extend((point.address..).zip(words));
            return Ok(());
        }
        let number = value.number().filter(|&number| number < point.modulus());
        let number = number.ok_or_else(|| does_not_fit(name, point, &value.to_string()))?;
        match (point.encoding, point.table) {
            (Encoding::Bit, Table::Coil) => {
                into.bits.insert(point.address, number != 0);
            }
            (Encoding::Bit, _) => {
                let word = self.outputs.entry(point.address).or_default();
                let mask = 1 << point.bit.unwrap_or(0);
                *word = if number == 0 { *word & !mask } else { *word | mask };
                into.words.insert(point.address, *word);
            }
            (Encoding::U32, _) => {
                let (high, low) = ((number >> 16) as u16, (number & 0xFFFF) as u16);
                let words = if point.words == Order::HighFirst { [high, low] } else { [low, high] };
                into.words.extend((point.address..).zip(words));
            }
            _ => {
                into.words.insert(point.address, (number & 0xFFFF) as u16);
            }
        }
        Ok(())
    }
}

/// Registers and coils of one round, by address.
#[derive(Default)]
struct Written {
    words: BTreeMap<u16, u16>,
    bits: BTreeMap<u16, bool>,
}

/// Registers of one write (6.12: 123).
const WRITE_MAX: usize = 123;

impl Written {
    fn into_writes(self) -> Vec<RegisterWrite> {
        let words = runs(self.words).into_iter().map(|(at, run)| RegisterWrite::Words(at, run));
        let bits = runs(self.bits).into_iter().map(|(at, run)| RegisterWrite::Bits(at, run));
        words.chain(bits).collect()
    }
}

/// Cells that follow each other, together.
fn runs<T>(cells: BTreeMap<u16, T>) -> Vec<(u16, Vec<T>)> {
    let mut runs: Vec<(u16, Vec<T>)> = Vec::new();
    for (address, cell) in cells {
        match runs.last_mut() {
            Some((from, run))
                if usize::from(address - *from) == run.len() && run.len() < WRITE_MAX =>
            {
                run.push(cell);
            }
            _ => runs.push((address, vec![cell])),
        }
    }
    runs
}

fn decode(point: &RegisterPoint, cells: &Cells, at: usize) -> Option<Value> {
    let words = match cells {
        Cells::Bits(bits) => return bits.get(at).map(|&bit| Value::Number(u64::from(bit))),
        Cells::Words(words) => words.get(at..at + usize::from(point.length()))?,
    };
    let first = u64::from(*words.first()?);
    Some(match point.encoding {
        Encoding::Bit => Value::Number(first >> point.bit.unwrap_or(0) & 1),
        Encoding::U16 => Value::Number(first),
        Encoding::U32 => {
            let second = u64::from(*words.get(1)?);
            let (high, low) =
                if point.words == Order::HighFirst { (first, second) } else { (second, first) };
            Value::Number(high << 16 | low)
        }
        Encoding::Text => Value::Text(text_of(point, words)),
    })
}

/// The characters without what fills the text up.
fn text_of(point: &RegisterPoint, words: &[u16]) -> String {
    let order = |word: &u16| match point.bytes {
        Order::HighFirst => word.to_be_bytes(),
        Order::LowFirst => word.to_le_bytes(),
    };
    let bytes: Vec<u8> = words.iter().flat_map(order).collect();
    let text = match point.pad {
        Pad::Zero => bytes.split(|&byte| byte == 0).next().unwrap_or_default(),
        Pad::Space => bytes.trim_ascii_end(),
    };
    // One byte, one character: a camera's text may hold any byte.
    text.iter().map(|&byte| char::from(byte)).collect()
}

fn text_words(name: &str, point: &RegisterPoint, text: &str) -> Result<Vec<u16>, DoesNotFit> {
    let room = usize::from(point.length()) * 2;
    if text.len() > room || !text.is_ascii() {
        return Err(does_not_fit(name, point, text));
    }
    let fill = if point.pad == Pad::Zero { 0 } else { b' ' };
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(room, fill);
    let order = |pair: &[u8; 2]| match point.bytes {
        Order::HighFirst => u16::from_be_bytes(*pair),
        Order::LowFirst => u16::from_le_bytes(*pair),
    };
    Ok(bytes.as_chunks::<2>().0.iter().map(order).collect())
}

fn does_not_fit(name: &str, point: &RegisterPoint, value: &str) -> DoesNotFit {
    let room = match point.encoding {
        Encoding::Text => format!("up to {} ASCII characters", u32::from(point.length()) * 2),
        _ => format!("a number from 0 to {}", point.modulus() - 1),
    };
    DoesNotFit { point: name.to_owned(), value: value.to_owned(), room }
}

#[cfg(test)]
mod tests;
