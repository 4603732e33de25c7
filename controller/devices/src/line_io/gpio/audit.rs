//! A second look at the wires: an input whose level differs from its last edge, and stays so, has
//! lost its interrupts.
//!
//! Called by the loop a few times a second. Must never take an edge that is still on its way for
//! one that is lost.

use super::pins::PINS;

/// See the module.
#[derive(Debug)]
pub(super) struct Audit {
    high: [bool; PINS],
    edges: [u32; PINS],
    /// Edges of the pin when it was found different.
    suspect: [Option<u32>; PINS],
}

impl Audit {
    /// Levels as they are at the start.
    pub(super) fn new(is_high: impl Fn(u8) -> bool, pins: impl Iterator<Item = u8>) -> Self {
        let mut audit = Self { high: [false; PINS], edges: [0; PINS], suspect: [None; PINS] };
        audit.adopt(is_high, pins);
        audit
    }

    /// Takes the levels as they are.
    pub(super) fn adopt(&mut self, is_high: impl Fn(u8) -> bool, pins: impl Iterator<Item = u8>) {
        for pin in pins {
            if let Some(high) = self.high.get_mut(usize::from(pin)) {
                *high = is_high(pin);
            }
        }
        self.suspect = [None; PINS];
    }

    /// An edge came.
    pub(super) fn edge(&mut self, pin: u8, high: bool) {
        let pin = usize::from(pin);
        if pin < PINS {
            self.high[pin] = high;
            self.edges[pin] = self.edges[pin].wrapping_add(1);
        }
    }

    /// True when the pin was different at the look before, too, and no edge came in between.
    pub(super) fn is_dead(&mut self, pin: u8, high: bool) -> bool {
        let pin = usize::from(pin);
        if pin >= PINS {
            return false;
        }
        let differs = (self.high[pin] != high).then_some(self.edges[pin]);
        let before = core::mem::replace(&mut self.suspect[pin], differs);
        differs.is_some() && differs == before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static [(bool, Option<bool>)], Option<usize>);

    #[test]
    fn dead_is_different_twice_without_an_edge() {
        // looks: (level seen, edge before the look); which look tells
        let table: [Case; 4] = [
            (&[(false, None), (false, None)], None),
            (&[(true, None), (true, None)], Some(1)),
            (&[(true, None), (true, Some(true)), (true, None)], None),
            (&[(true, None), (false, None), (true, None), (true, None)], Some(3)),
        ];
        for (looks, told) in table {
            let mut audit = Audit::new(|_| false, 0..28);
            let found = looks.iter().position(|&(high, edge)| {
                if let Some(edge) = edge {
                    audit.edge(4, edge);
                }
                audit.is_dead(4, high)
            });
            assert_eq!(found, told, "{looks:?}");
        }
    }
}
