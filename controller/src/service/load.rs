//! Loading an order: everything checked before it is opened, its pool from outside too.
//!
//! Called by the control thread and by `order load` without a service. Must never make half an
//! order usable: it is Loaded when its last slice is durable (`supply.rs`).

use super::clock::wall_clock;
use super::setup::Setup;
use super::supply::Supply;
use super::workflow::configuration;
use super::workflow::recipe::{self, Chosen};
use super::{restored, room};
use crate::config::{
    ChallengeRule, ConfigError, Finding, IMPORTED, Order, OrderFile, ProductFile, ReturnPolicy,
    WorkflowRule, date_of_unix,
};
use crate::pools::{self, Given, Pool, PoolError, Wanted};
use codes::SerialNumber;
use contracts::packml::UnitMode;
use hmi::Problem;
use ledger::{
    BatchNo, BatchSpec, Challenge, Ledger, LedgerError, LedgerKind, PoolSource, Reader, RecipeRef,
    Refusal, ServiceBody, Workflow,
};
use line_core::guess_rule::GuessRule;
use line_core::serial_format::SerialFormat;
use std::path::PathBuf;

/// An order that has been checked against recipe and ledger, and what its pool is drawn from.
pub struct Checked {
    /// What the ledger is told.
    pub spec: BatchSpec,
    order: Order,
    format: SerialFormat,
    /// The line's part of the serial space, for the ledger.
    part: Option<String>,
    /// Serials that are not drawn.
    pool: Option<(PoolSource, Vec<SerialNumber>)>,
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
        LedgerError::Refused(Refusal::StepsMissing(_)) => (409, "steps_missing"),
        LedgerError::Refused(Refusal::Unreviewed { .. }) => (409, "unreviewed"),
        LedgerError::Refused(Refusal::Signing { .. }) => (409, "signing"),
        LedgerError::Refused(_) => (409, "refused"),
        LedgerError::NotReconciled(_) => (409, "not_reconciled"),
        _ => (503, "ledger"),
    };
    Problem::new(status, code, error.to_string()).at("ledger")
}

/// Where serials come from when this line does not draw them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// What messages call it.
        name: String,
        /// What it cannot say itself.
        given: Given,
    },
    /// Kept serials of earlier orders.
    Kept,
}

/// Reads an order file; messages call it `file`.
///
/// # Errors
/// A [`Problem`] with everything that is wrong in it: what, where, and what to do.
pub fn read(file: &str, text: &str) -> Result<Order, Problem> {
    OrderFile::parse(file, text, today()).map_err(|error| {
        let problem = config_problem(&error);
        Problem { detail: format!("the order is not loaded\n{error}"), ..problem }
    })
}

/// Checks an order against its recipe, the line's authority, its pool and the guess rule.
///
/// # Errors
/// A [`Problem`] that says what, where and what to do; nothing has been written.
pub fn check(
    setup: &Setup,
    ledger: &Ledger,
    order: Order,
    source: Option<&Source>,
) -> Result<Checked, Problem> {
    if let Some((_, open)) = ledger.open_batch_id() {
        return Err(order_open(open.as_str()));
    }
    if let (Some(pool), None) = (&order.pool, source) {
        let what = format!("the order takes its serials from {pool:?}, which did not come with it");
        return Err(Problem::new(422, "pool_missing", what)
            .at("pool")
            .remedy("load it with packline order load ORDER, where the file is"));
    }
    let Chosen { name: recipe, product, version } = recipe::chosen(setup, ledger, order.gtin)?;
    product
        .require_stations(&recipe, &setup.line, &setup.file)
        .map_err(|finding| refused("no_station", finding))?;
    let part = part(setup, ledger, &order, &product, source)?;
    let format = match source {
        None => product.line_format(&setup.line.line_id),
        Some(Source::File { .. } | Source::Kept) => product
            .serial_format()
            .map_err(|error| Finding::new("serial", error.to_string(), "correct the recipe")),
    };
    let format = format.map_err(|finding| refused("serial_format", finding))?;
    restored::require_product(ledger, order.gtin, source.is_none().then_some(&format))?;
    let spec = spec(setup, ledger, &order, (&product, version))?;
    let wanted = room::Wanted {
        serials: u64::from(order.serials),
        packs: u64::from(order.target),
        keep: setup.keep(),
    };
    room::require(&setup.data_dir, wanted)?;
    let alive = ledger.alive_serials(order.gtin).map_err(|e| ledger_problem(&e))?;
    let pool = match source {
        None => {
            guess_rule(&order, &format, alive)?;
            None
        }
        Some(source) => {
            let wanted = Wanted { gtin: order.gtin, format, serials: order.serials, alive };
            Some(pool(ledger, source, &wanted)?)
        }
    };
    Ok(Checked { spec, order, format, part, pool })
}

/// Longest reason of a refusal in the records, in characters.
const REASON_CHARS_MAX: usize = 500;

/// What is kept of a request that was refused before it had a batch: who, what, why not.
#[must_use]
pub fn refusal_record(who: &str, role: &str, what: &str, problem: &Problem) -> ServiceBody {
    ServiceBody::Command {
        who: who.to_owned(),
        role: role.to_owned(),
        what: what.to_owned(),
        old: None,
        new: None,
        why: Some(problem.detail.chars().take(REASON_CHARS_MAX).collect()),
        answer: problem.code.clone(),
    }
}

/// A line has one order at a time.
#[must_use]
pub fn order_open(batch: &str) -> Problem {
    Problem::new(409, "order_open", format!("batch {batch} is still open"))
        .at("order")
        .remedy(format!("close it first: packline order close {batch}"))
}

fn refused(code: &'static str, finding: Finding) -> Problem {
    Problem::new(409, code, finding.what).at(finding.key).remedy(finding.remedy)
}

/// Whose serials they are, and what the ledger is to record of this line's part of them. What it
/// recorded before stays: a line that gives up a part would meet its own serials on another one.
fn part(
    setup: &Setup,
    ledger: &Ledger,
    order: &Order,
    product: &ProductFile,
    source: Option<&Source>,
) -> Result<Option<String>, Problem> {
    let line = &setup.line.line_id;
    let allowed = match source {
        None => product.line_format(line).map(|_| ()),
        Some(Source::File { .. }) => product.require_import(),
        // They were allocated to this ledger once, under the authority of then.
        Some(Source::Kept) => return Ok(None),
    };
    allowed.map_err(|finding| refused("no_authority", finding))?;
    let part = product.part(line);
    let known = ledger.authority(order.gtin).map_err(|e| ledger_problem(&e))?;
    match known {
        Some(known) if known != part && part != IMPORTED => {
            let what = format!(
                "the ledger knows this line's part of the serials of {} as {known:?}, the recipe \
                 now says {part:?}",
                order.gtin.as_str()
            );
            Err(Problem::new(409, "authority_changed", what)
                .at("authority")
                .remedy("keep the line's part, or use a product code without serials so far"))
        }
        _ => Ok(Some(part)),
    }
}

/// Reads and checks a pool whole.
fn pool(
    ledger: &Ledger,
    source: &Source,
    wanted: &Wanted,
) -> Result<(PoolSource, Vec<SerialNumber>), Problem> {
    let ledger_failed = |e: LedgerError| ledger_problem(&e);
    let bad_pool = |e: PoolError| Problem::new(422, "bad_pool", e.to_string());
    let reader = Reader::open(ledger.path()).map_err(ledger_failed)?;
    let read = match source {
        Source::File { path, name, given } => Pool::read(path, name, given).map_err(bad_pool)?,
        Source::Kept => {
            let kept = reader.kept_serials(wanted.gtin, wanted.serials).map_err(ledger_failed)?;
            Pool::kept(&kept)
        }
    };
    let numbers = pools::check(&read, wanted, |serial| reader.issued(wanted.gtin, serial));
    let numbers = numbers.map_err(ledger_failed)?.map_err(bad_pool)?;
    let count = numbers.len() as u32;
    let Pool { provider, claim, sha256, .. } = read;
    let source = match source {
        Source::File { .. } => PoolSource::Imported { provider, claim, sha256, count },
        Source::Kept => PoolSource::Kept { count },
    };
    Ok((source, numbers))
}

fn guess_rule(order: &Order, format: &SerialFormat, alive: u64) -> Result<(), Problem> {
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
    (product, recipe): (&ProductFile, Option<RecipeRef>),
) -> Result<BatchSpec, Problem> {
    let rules = &setup.line.rules;
    let waived = rules.workflow == WorkflowRule::Waived || rules.challenge == ChallengeRule::Waived;
    if ledger.kind() == LedgerKind::Production && waived {
        let what = "the line's rules waive steps that a production order needs";
        return Err(Problem::new(409, "workflow_waived", what)
            .at("rules.workflow, rules.challenge")
            .remedy("set both to \"required\" in line.toml"));
    }
    let profiles = setup.profiles().map_err(|e| config_problem(&e))?;
    let pinned = setup.pin(product, &profiles).map_err(|e| config_problem(&e))?;
    let configuration = configuration::in_force(setup, ledger, &profiles)?;
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
            ReturnPolicy::Unallocate => ledger::ReturnPolicy::Unallocate,
            ReturnPolicy::Invalid => ledger::ReturnPolicy::Invalid,
        },
        config_hash: pinned.hex(),
        config_bytes: pinned.bytes,
        challenge: match rules.challenge {
            ChallengeRule::Waived => Challenge::WaivedSimulation,
            ChallengeRule::Required => Challenge::Required,
        },
        mode: UnitMode::Production,
        workflow: match rules.workflow {
            WorkflowRule::Waived => Workflow::default(),
            WorkflowRule::Required => Workflow::required(setup.line.clearance.items.clone()),
        },
        recipe,
        configuration,
    })
}

fn overage_percent(order: &Order) -> u16 {
    let over = u64::from(order.serials.saturating_sub(order.target)) * 100;
    u16::try_from(over.div_ceil(u64::from(order.target.max(1)))).unwrap_or(u16::MAX)
}

/// Opens the order, with its line's part of the serial space and the source of its pool.
///
/// # Errors
/// A [`Problem`]; an order that was begun stays half loaded and can be cancelled, never used.
pub fn open(ledger: &mut Ledger, checked: &Checked) -> Result<BatchNo, Problem> {
    let gtin = checked.spec.gtin;
    let problem = |e: LedgerError| ledger_problem(&e);
    if let Some(part) = &checked.part {
        let known = ledger.authority(gtin).map_err(problem)?;
        if known.as_ref() != Some(part) {
            let set = ledger.set_authority(wall_clock(), gtin, Some(part), "recipe");
            set.map_err(problem)?;
        }
    }
    let opened = match &checked.pool {
        Some((source, _)) => ledger.open_batch_from(wall_clock(), &checked.spec, source),
        None => ledger.open_batch(wall_clock(), &checked.spec),
    };
    opened.map_err(problem)
}

impl Checked {
    /// Where the order's serials come from, slice by slice.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn supply(&mut self) -> std::io::Result<Supply> {
        match &mut self.pool {
            Some((_, numbers)) => Ok(Supply::given(std::mem::take(numbers))),
            None => Supply::drawn(self.format, 0, self.spec.pool_size() as u32),
        }
    }

    /// The checked order.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }
}
