//! Which faults strike, in an order and for times that the seed tells, and which of them must hold
//! the line.

use crate::chance::Chance;
use line_sim::proxy::{Direction, Fault, FaultKind};

/// Each of these kinds on each link once, each way at the seed's choice, in the seed's order.
pub fn faults(
    kinds: &[FaultKind],
    links: &[&'static str],
    chance: &mut Chance,
) -> Vec<(&'static str, Fault)> {
    let mut faults = Vec::new();
    for link in links {
        faults.extend(kinds.iter().map(|kind| (*link, fault(*kind, chance))));
    }
    for i in (1..faults.len()).rev() {
        faults.swap(i, chance.within(0, i as u64) as usize);
    }
    faults
}

fn fault(kind: FaultKind, chance: &mut Chance) -> Fault {
    let either = Direction::ALL[chance.within(0, 1) as usize];
    // It is a command that must not be obeyed twice.
    let direction = if kind == FaultKind::Duplicate { Direction::ToDevice } else { either };
    let (frames, ms) = match kind {
        FaultKind::Drop => (chance.within(1, 3), 0),
        FaultKind::Delay => (1, chance.within(150, 700)),
        FaultKind::Reorder => (1, chance.within(150, 400)),
        // As many as carry some jobs, too.
        FaultKind::Duplicate => (chance.within(20, 60), chance.within(0, 900)),
        FaultKind::Truncate => (1, 0),
        FaultKind::HalfOpen | FaultKind::Blackhole | FaultKind::Cut => (1, chance.within(400, 900)),
        FaultKind::Flap => (chance.within(2, 3), chance.within(100, 250)),
    };
    Fault { kind, direction, frames: frames as u32, ms }
}

/// The line must not run on as if nothing had been. Over OPC UA one answer or two may be missed,
/// and what comes late or twice is told by its own number; Modbus has one answer under way, and
/// whatever happens to it is the end of the connection, but a copy that comes when nobody waits.
pub const fn must_hold(is_opcua: bool, kind: FaultKind) -> bool {
    match kind {
        FaultKind::HalfOpen
        | FaultKind::Blackhole
        | FaultKind::Cut
        | FaultKind::Flap
        | FaultKind::Truncate => true,
        FaultKind::Drop | FaultKind::Delay | FaultKind::Reorder => !is_opcua,
        FaultKind::Duplicate => false,
    }
}
