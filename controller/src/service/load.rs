//! Loading an order: checks, serial numbers drawn and durably allocated slice by slice.
//!
//! Called by the control thread and by `order load` without a service. Must never make half an
//! order usable: it is Loaded when its last slice is durable.

use super::clock::wall_clock;
use super::setup::Setup;
use crate::config::{
    ChallengeRule, ConfigError, Order, OrderFile, ProductFile, ReturnPolicy, date_of_unix,
};
use contracts::packml::UnitMode;
use hmi::Problem;
use ledger::{BatchNo, BatchSpec, Challenge, Ledger, LedgerError, LedgerKind, Refusal, SLICE_MAX};
use line_core::guess_rule::GuessRule;
use line_core::serial_draw::SerialDraw;
use line_core::serial_format::SerialFormat;

/// An order that has been checked against recipe and ledger, and what its pool is drawn from.
pub struct Checked {
    /// What the ledger is told.
    pub spec: BatchSpec,
    order: Order,
    format: SerialFormat,
}

/// Today, as the calendar of the order checks wants it.
#[must_use]
pub fn today() -> codes::Expiry {
    let fallback = || codes::Expiry::from_ymd(2026, 1, 1);
    date_of_unix(wall_clock().unix_ms / 1_000).or_else(|| fallback().ok()).unwrap_or_else(|| {
        // 2026-01-01 is a date.
        unreachable!()
    })
}

/// A problem of a file in words for the API.
#[must_use]
pub fn config_problem(error: &ConfigError) -> Problem {
    let first = error.problems().first();
    let place = first.map_or_else(String::new, |p| format!("{}:{}:{}", p.file, p.line, p.column));
    let remedy = first.map_or_else(String::new, |p| p.remedy.clone());
    Problem::new(422, "bad_order", error.to_string()).at(place).remedy(remedy)
}

/// A problem of the ledger in words for the API.
#[must_use]
pub fn ledger_problem(error: &LedgerError) -> Problem {
    let (status, code) = match error {
        LedgerError::Refused(_) => (409, "refused"),
        LedgerError::NotReconciled(_) => (409, "not_reconciled"),
        _ => (503, "ledger"),
    };
    Problem::new(status, code, error.to_string()).at("ledger")
}

/// Checks an order file against its recipe, the line's authority and the guess rule.
///
/// # Errors
/// A [`Problem`] that says what, where and what to do; nothing has been written.
pub fn check(setup: &Setup, ledger: &Ledger, text: &str) -> Result<Checked, Problem> {
    let order = OrderFile::parse("order", text, today()).map_err(|e| config_problem(&e))?;
    let (recipe, product) = setup.recipe(order.gtin.as_str()).map_err(|e| config_problem(&e))?;
    product.require_stations(&recipe, &setup.line, &setup.file).map_err(|finding| {
        Problem::new(409, "no_station", finding.what).at(finding.key).remedy(finding.remedy)
    })?;
    product.require_authority(&setup.line.line_id).map_err(|finding| {
        Problem::new(409, "no_authority", finding.what).at(finding.key).remedy(finding.remedy)
    })?;
    let format = product.serial_format().map_err(|e| {
        Problem::new(422, "serial_format", e.to_string()).at("serial").remedy("correct the recipe")
    })?;
    guess_rule(&order, &format, ledger)?;
    let spec = spec(setup, ledger, &order, &product)?;
    Ok(Checked { spec, order, format })
}

fn guess_rule(order: &Order, format: &SerialFormat, ledger: &Ledger) -> Result<(), Problem> {
    let alive = ledger.alive_serials(order.gtin).map_err(|e| ledger_problem(&e))?;
    GuessRule::check(format.space(), alive, u64::from(order.serials)).map_err(|error| {
        Problem::new(409, "guess_rule", error.to_string())
            .at("serial.length, serial.alphabet")
            .remedy("use a longer serial number or a larger alphabet in the product recipe")
    })
}

fn spec(
    setup: &Setup,
    ledger: &Ledger,
    order: &Order,
    product: &ProductFile,
) -> Result<BatchSpec, Problem> {
    if ledger.kind() != LedgerKind::Simulation {
        let what = "a production order needs signatures of persons that are known";
        return Err(Problem::new(409, "no_users", what)
            .at("ledger")
            .remedy("run a simulation ledger; users come with a later version"));
    }
    let profiles = setup.profiles().map_err(|e| config_problem(&e))?;
    let pinned = setup.pin(product, &profiles).map_err(|e| config_problem(&e))?;
    let batch = order.batch.parse().map_err(|e: ledger::IdError| {
        Problem::new(422, "bad_order", e.to_string()).at("batch").remedy("use another batch id")
    })?;
    Ok(BatchSpec {
        batch,
        gtin: order.gtin,
        lot: order.lot,
        expiry: order.expiry,
        target: order.target,
        overage_percent: overage_percent(order),
        low_pool_warning: order.low_pool_warning,
        return_policy: match order.return_policy {
            ReturnPolicy::Returned => ledger::ReturnPolicy::Returned,
            ReturnPolicy::Invalid => ledger::ReturnPolicy::Invalid,
        },
        config_hash: pinned.hex(),
        config_bytes: pinned.bytes,
        challenge: match setup.line.rules.challenge {
            ChallengeRule::Waived => Challenge::WaivedSimulation,
            ChallengeRule::Required => Challenge::Required,
        },
        mode: UnitMode::Production,
    })
}

fn overage_percent(order: &Order) -> u16 {
    let over = u64::from(order.serials.saturating_sub(order.target)) * 100;
    u16::try_from(over.div_ceil(u64::from(order.target.max(1)))).unwrap_or(u16::MAX)
}

/// Opens the order and allocates its first slice on; `next` does one slice at a time.
///
/// # Errors
/// A [`Problem`]; an order that was begun stays half loaded and can be cancelled, never used.
pub fn open(ledger: &mut Ledger, checked: &Checked) -> Result<BatchNo, Problem> {
    let gtin = checked.spec.gtin;
    let authority = ledger.authority(gtin).map_err(|e| ledger_problem(&e))?;
    if authority.is_none() {
        ledger
            .set_authority(wall_clock(), gtin, Some("line"), "recipe")
            .map_err(|e| ledger_problem(&e))?;
    }
    ledger.open_batch(wall_clock(), &checked.spec).map_err(|e| ledger_problem(&e))
}

/// Draws serial numbers of an order; seeded by the operating system.
pub struct Drawer {
    draw: SerialDraw,
    /// Serials allocated so far.
    pub allocated: u32,
    /// Serials wanted.
    pub wanted: u32,
}

impl Drawer {
    /// For an order of which `allocated` serials exist already.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn new(format: SerialFormat, allocated: u32, wanted: u32) -> std::io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(std::io::Error::other)?;
        Ok(Self { draw: SerialDraw::new(seed, format), allocated, wanted })
    }

    /// Allocates the next slice; true when the order is complete and Loaded.
    ///
    /// # Errors
    /// A [`Problem`].
    pub fn next(&mut self, ledger: &mut Ledger, batch: BatchNo) -> Result<bool, Problem> {
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

impl Checked {
    /// What the order's pool is drawn from.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn drawer(&self) -> std::io::Result<Drawer> {
        Drawer::new(self.format, 0, self.spec.pool_size() as u32)
    }

    /// The checked order.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }
}
