//! Transitions of serials that the projections use, each checked at compile time against the
//! core's table.
//!
//! Used by the other files of `apply`. Must never name a transition that `serial_life` lacks.

use contracts::open_scs::SerialState;
use line_core::serial_life::SerialEvent;

/// From one OPEN-SCS state number to another.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) from: i64,
    pub(super) to: i64,
}

/// A row of the table; evaluated at compile time only, where a missing row is an error.
const fn step(event: SerialEvent, from: SerialState) -> Step {
    match event.from(from) {
        Some(to) => Step { from: from as i64, to: to as i64 },
        None => panic!("serial_life has no such row"),
    }
}

pub(super) const PRINT: Step = step(SerialEvent::PrintConfirmed, SerialState::Allocated);
pub(super) const INVALIDATE: Step = step(SerialEvent::Invalidate, SerialState::Allocated);
pub(super) const RETURN: Step = step(SerialEvent::Return, SerialState::Allocated);
pub(super) const COMMISSION: Step = step(SerialEvent::Commission, SerialState::Encoded);
pub(super) const SCRAP: Step = step(SerialEvent::Scrap, SerialState::Encoded);
pub(super) const ALLOCATE: Step = step(SerialEvent::Allocate, SerialState::Unassigned);
pub(super) const REALLOCATE: Step = step(SerialEvent::Allocate, SerialState::Unallocated);
pub(super) const SAMPLE: Step = step(SerialEvent::SamplePack, SerialState::Commissioned);
pub(super) const DEACTIVATE: Step = step(SerialEvent::Deactivate, SerialState::Commissioned);
pub(super) const SAMPLE_LABEL: Step = step(SerialEvent::SampleLabel, SerialState::Encoded);
