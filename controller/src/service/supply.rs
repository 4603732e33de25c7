//! Where an order's serials come from: drawn here, or given from outside; durably allocated slice
//! by slice.
//!
//! Driven by whoever loads an order. Must never leave a given pool half loaded: what cannot be
//! loaded whole is given up.

use super::clock::wall_clock;
use super::load::ledger_problem;
use codes::SerialNumber;
use hmi::Problem;
use ledger::{BatchNo, Ledger, LedgerError, Refusal, SLICE_MAX};
use line_core::serial_draw::SerialDraw;
use line_core::serial_format::SerialFormat;

/// Serials of an order.
pub enum Supply {
    /// Drawn, seeded by the operating system.
    Drawn(Box<Drawer>),
    /// Given from outside.
    Given {
        /// All of them.
        numbers: Vec<SerialNumber>,
        /// How many are allocated.
        allocated: usize,
    },
}

impl Supply {
    /// Draws for an order of which `allocated` serials exist already.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn drawn(format: SerialFormat, allocated: u32, wanted: u32) -> std::io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
        let draw = SerialDraw::new(seed, format);
        Ok(Self::Drawn(Box::new(Drawer { draw, allocated, wanted })))
    }

    /// A pool that was checked.
    #[must_use]
    pub const fn given(numbers: Vec<SerialNumber>) -> Self {
        Self::Given { numbers, allocated: 0 }
    }

    /// Allocates the next slice; true when the order is complete and Loaded.
    ///
    /// # Errors
    /// A [`Problem`]; a given pool is given up then, and its order closed.
    pub fn next(&mut self, ledger: &mut Ledger, batch: BatchNo) -> Result<bool, Problem> {
        match self {
            Self::Drawn(drawer) => drawer.next(ledger, batch),
            Self::Given { numbers, allocated } => {
                let done = next_given(ledger, batch, numbers, allocated);
                done.map_err(|problem| match give_up(ledger, batch) {
                    Ok(()) => problem,
                    Err(error) => ledger_problem(&error),
                })
            }
        }
    }
}

/// Gives up the loading of a pool from outside: nothing of it was dispatched, so its serials are
/// Unallocated and may be imported again.
///
/// # Errors
/// The ledger refuses.
pub fn give_up(ledger: &mut Ledger, batch: BatchNo) -> Result<(), LedgerError> {
    ledger.cancel_loading(wall_clock(), batch, "service")?;
    ledger.close_batch(wall_clock(), batch).map(|_| ())
}

fn next_given(
    ledger: &mut Ledger,
    batch: BatchNo,
    numbers: &[SerialNumber],
    allocated: &mut usize,
) -> Result<bool, Problem> {
    let rest = numbers.get(*allocated..).unwrap_or_default();
    if rest.is_empty() {
        ledger.finish_allocation(wall_clock(), batch).map_err(|e| ledger_problem(&e))?;
        return Ok(true);
    }
    let slice = &rest[..rest.len().min(SLICE_MAX)];
    match ledger.allocate_slice(wall_clock(), batch, *allocated as u32, slice) {
        Ok(now) => {
            *allocated = now;
            Ok(false)
        }
        Err(LedgerError::Refused(Refusal::Collision(offsets))) => {
            let named: Vec<&str> =
                offsets.iter().filter_map(|at| slice.get(*at)).map(SerialNumber::as_str).collect();
            let what = format!("serials were used before: {}", named.join(", "));
            Err(Problem::new(409, "collision", what)
                .at("pool")
                .remedy("ask the provider for serials that were never handed out"))
        }
        Err(error) => Err(ledger_problem(&error)),
    }
}

/// Draws serial numbers of an order.
pub struct Drawer {
    draw: SerialDraw,
    allocated: u32,
    wanted: u32,
}

impl Drawer {
    fn next(&mut self, ledger: &mut Ledger, batch: BatchNo) -> Result<bool, Problem> {
        if self.allocated >= self.wanted {
            ledger.finish_allocation(wall_clock(), batch).map_err(|e| ledger_problem(&e))?;
            return Ok(true);
        }
        let count = (self.wanted - self.allocated).min(SLICE_MAX as u32) as usize;
        let draw_error = |e: line_core::serial_draw::DrawError| {
            Problem::new(409, "pool_exhausted", e.to_string()).at("serial")
        };
        let mut slice = self.draw.draw_distinct(count, |_| false).map_err(draw_error)?;
        loop {
            match ledger.allocate_slice(wall_clock(), batch, self.allocated, &slice) {
                Ok(allocated) => {
                    self.allocated = allocated as u32;
                    return Ok(false);
                }
                Err(LedgerError::Refused(Refusal::Collision(offsets))) => {
                    for offset in offsets {
                        let fresh = self.draw.draw_distinct(1, |n| slice.contains(n));
                        if let (Some(place), Some(number)) =
                            (slice.get_mut(offset), fresh.map_err(draw_error)?.pop())
                        {
                            *place = number;
                        }
                    }
                }
                Err(error) => return Err(ledger_problem(&error)),
            }
        }
    }
}
