//! Which registers to read for a set of points: few reads, each within what Modbus allows.
//!
//! Part of the register map. Must never read what no point asks for beyond small gaps: a device may
//! refuse addresses that it does not have.

use profiles::registers::{RegisterPoint, Table};

/// Registers of one read (Modbus Application Protocol V1.1b3, 6.3: 125).
const REGISTERS_MAX: u16 = 125;

/// One read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Where.
    pub table: Table,
    /// First address.
    pub address: u16,
    /// Registers, or bits.
    pub count: u16,
}

impl Span {
    /// True when the whole point lies in it.
    pub(super) fn holds(&self, point: &RegisterPoint) -> bool {
        let end = u32::from(self.address) + u32::from(self.count);
        self.table == point.table
            && self.address <= point.address
            && u32::from(point.address) + u32::from(point.length()) <= end
    }
}

/// The reads for these points: points that touch are read together. Between two points there must
/// be no address that none of them takes.
pub(super) fn plan<'a>(points: impl Iterator<Item = &'a RegisterPoint>) -> Vec<Span> {
    let mut points: Vec<&RegisterPoint> = points.collect();
    points.sort_by_key(|point| (point.table, point.address));
    let mut spans: Vec<Span> = Vec::new();
    for point in points {
        let length = point.length();
        if let Some(last) = spans.last_mut()
            && let Some(count) = joined(last, point, length)
        {
            last.count = count;
            continue;
        }
        spans.push(Span { table: point.table, address: point.address, count: length });
    }
    spans
}

/// Length of the span when the point is read with it.
fn joined(span: &Span, point: &RegisterPoint, length: u16) -> Option<u16> {
    let from = point.address.checked_sub(span.address)?;
    let end = from.checked_add(length)?.max(span.count);
    let touches = from <= span.count;
    (span.table == point.table && touches && end <= REGISTERS_MAX).then_some(end)
}
