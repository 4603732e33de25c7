//! How far an order's workflow has come: what is done, what is missing, in order.
//!
//! Asked by the pages of start and close, by the acts, and by the projections, which refuse what is
//! missing. Must never say that a step is done without the event that did it.

use crate::batch_spec::{BatchSpec, Challenge};
use crate::error::{Fail, LedgerError, Refusal};
use crate::ids::BatchNo;
use crate::ledger::Ledger;
use crate::reader::Reader;
use crate::stored_body::kind_of;
use line_core::ids::TrackIndex;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

/// Packs named in a refusal.
const NAMED_MAX: u32 = 20;

/// A step of an order's workflow, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The order is loaded.
    Order,
    /// Two persons have cleared the line.
    LineClearance,
    /// The devices have been compared with the recipe.
    DeviceCheck,
    /// The challenge test has passed.
    Challenge,
    /// The start is signed.
    OrderStart,
    /// The first pack is approved.
    FirstPack,
    /// Every reject is reviewed.
    RejectReview,
    /// The close is signed by two persons.
    BatchClose,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Order,
        Self::LineClearance,
        Self::DeviceCheck,
        Self::Challenge,
        Self::OrderStart,
        Self::FirstPack,
        Self::RejectReview,
        Self::BatchClose,
    ];

    /// Name as stored and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::LineClearance => "line_clearance",
            Self::DeviceCheck => "device_check",
            Self::Challenge => "challenge",
            Self::OrderStart => "order_start",
            Self::FirstPack => "first_pack",
            Self::RejectReview => "reject_review",
            Self::BatchClose => "batch_close",
        }
    }
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Done, or passed.
    Done,
    /// Not done so far.
    Missing,
    /// Done, and did not pass.
    Failed,
    /// The order does not need it, and nobody did it.
    Waived,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRow {
    /// Which.
    pub step: Step,
    /// How it stands.
    pub state: StepState,
    /// The event that did it.
    pub seq: Option<i64>,
    /// Who did it: user ids.
    pub by: Vec<String>,
    /// When, RFC 3339 UTC.
    pub at: Option<String>,
    /// What else is to be said: how many rejects wait, which trial.
    pub detail: Option<String>,
}

/// How far an order's workflow has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Every step, in order.
    pub steps: Vec<StepRow>,
}

impl Readiness {
    /// Steps that the order needs before its first start and that are not done.
    #[must_use]
    pub fn before_start(&self) -> Vec<Step> {
        let open = |row: &&StepRow| {
            row.step <= Step::OrderStart
                && matches!(row.state, StepState::Missing | StepState::Failed)
        };
        self.steps.iter().filter(open).map(|row| row.step).collect()
    }

    /// How one step stands.
    #[must_use]
    pub fn of(&self, step: Step) -> StepState {
        let row = self.steps.iter().find(|row| row.step == step);
        row.map_or(StepState::Missing, |row| row.state)
    }
}

/// Rejects that nobody has reviewed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unreviewed {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<TrackIndex>,
}

impl Ledger {
    /// How far an order's workflow has come.
    ///
    /// # Errors
    /// No such batch, or reading failed.
    pub fn readiness(&self, batch: BatchNo) -> Result<Readiness, LedgerError> {
        of(&self.conn, batch)
    }

    /// Everyone who said or did something with a pack by hand: none of them may review it.
    ///
    /// # Errors
    /// Reading failed.
    pub fn done_by(&self, batch: BatchNo, track: u32) -> Result<Vec<String>, LedgerError> {
        crate::apply::workflow::done_by(&self.conn, batch.0, track).map_err(LedgerError::from_fail)
    }
}

impl Reader {
    /// How far an order's workflow has come.
    ///
    /// # Errors
    /// No such batch, it is in a file of its own, or reading failed.
    pub fn readiness(&self, batch: BatchNo) -> Result<Readiness, LedgerError> {
        of(&self.conn, batch)
    }

    /// Everyone who said or did something with a pack by hand: none of them may review it.
    ///
    /// # Errors
    /// Reading failed.
    pub fn done_by(&self, batch: BatchNo, track: u32) -> Result<Vec<String>, LedgerError> {
        crate::apply::workflow::done_by(&self.conn, batch.0, track).map_err(LedgerError::from_fail)
    }
}

/// What the workflow needs to know of an order.
pub(crate) struct Order {
    pub(crate) no: i64,
    pub(crate) spec: BatchSpec,
    pub(crate) is_loaded: bool,
    pub(crate) loaded_seq: Option<i64>,
    pub(crate) started_seq: Option<i64>,
    closed_seq: Option<i64>,
}

pub(crate) fn order(conn: &Connection, no: i64) -> Result<Order, Fail> {
    let mut select = conn.prepare_cached(
        "SELECT spec, loaded_seq, started_seq, closed_seq FROM batch WHERE batch_no = ?1",
    )?;
    let found: Option<(String, Option<i64>, Option<i64>, Option<i64>)> = select
        .query_row([no], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let (spec, loaded_seq, started_seq, closed_seq) = found.ok_or(Refusal::UnknownBatch)?;
    let spec: BatchSpec = serde_json::from_str(&spec)
        .map_err(|error| crate::error::Forbidden { what: error.to_string() })?;
    let is_loaded = loaded_seq.is_some();
    Ok(Order { no, spec, is_loaded, loaded_seq, started_seq, closed_seq })
}

/// Steps that the order's first start needs and that are not done; `signed`: the signature, too.
pub(crate) fn missing(conn: &Connection, order: &Order, signed: bool) -> Result<Vec<Step>, Fail> {
    let mut missing = Vec::new();
    if order.spec.is_trial() {
        return Ok(missing);
    }
    let before = [Step::LineClearance, Step::DeviceCheck, Step::Challenge, Step::OrderStart];
    for step in before {
        let counts = signed || step != Step::OrderStart;
        if counts && needs(&order.spec, step) && !done(conn, order.no, step)?.is_some_and(|d| d.1) {
            missing.push(step);
        }
    }
    Ok(missing)
}

/// Steps in words.
pub(crate) fn words(steps: &[Step]) -> String {
    steps.iter().map(|step| step.name()).collect::<Vec<_>>().join(", ")
}

fn needs(spec: &BatchSpec, step: Step) -> bool {
    let workflow = &spec.workflow;
    match step {
        Step::Order => true,
        Step::LineClearance => workflow.clearance,
        Step::DeviceCheck => workflow.device_check,
        Step::Challenge => spec.challenge == Challenge::Required,
        Step::OrderStart | Step::BatchClose => workflow.signatures,
        Step::FirstPack => workflow.first_pack,
        Step::RejectReview => workflow.review,
    }
}

/// The latest event of a step, and whether it passed.
fn done(conn: &Connection, no: i64, step: Step) -> rusqlite::Result<Option<(i64, bool)>> {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    if step == Step::Challenge {
        return conn
            .prepare_cached(
                "SELECT seq, passed FROM trial WHERE batch_no = ?1 AND mode = 'challenge' \
                 ORDER BY seq DESC LIMIT 1",
            )?
            .query_row([no], row)
            .optional();
    }
    conn.prepare_cached("SELECT seq, passed FROM workflow_step WHERE batch_no = ?1 AND step = ?2")?
        .query_row((no, step.name()), row)
        .optional()
}

pub(crate) const UNREVIEWED: &str = "SELECT count(*) FROM pack INDEXED BY pack_reject \
    WHERE batch_no = ?1 AND verdict = 'reject' AND review_seq IS NULL";
pub(crate) const FIRST_UNREVIEWED: &str = "SELECT track FROM pack INDEXED BY pack_reject \
    WHERE batch_no = ?1 AND verdict = 'reject' AND review_seq IS NULL ORDER BY track LIMIT ?2";

/// Rejects of a batch without a review in force.
pub(crate) fn unreviewed(conn: &Connection, no: i64) -> rusqlite::Result<Unreviewed> {
    let count: i64 = conn.prepare_cached(UNREVIEWED)?.query_row([no], |row| row.get(0))?;
    let mut select = conn.prepare_cached(FIRST_UNREVIEWED)?;
    let first = select.query_map((no, NAMED_MAX), |row| row.get(0).map(TrackIndex))?;
    Ok(Unreviewed { count: count.unsigned_abs(), first: first.collect::<Result<_, _>>()? })
}

fn of(conn: &Connection, batch: BatchNo) -> Result<Readiness, LedgerError> {
    let order = order(conn, batch.0).map_err(LedgerError::from_fail)?;
    let steps = Step::ALL.into_iter().map(|step| row(conn, &order, step));
    Ok(Readiness { steps: steps.collect::<Result<_, _>>()? })
}

fn row(conn: &Connection, order: &Order, step: Step) -> rusqlite::Result<StepRow> {
    let mut detail = None;
    let found = match step {
        Step::Order => order.loaded_seq.map(|seq| (seq, true)),
        Step::BatchClose => order.closed_seq.map(|seq| (seq, true)),
        Step::RejectReview => {
            let left = unreviewed(conn, order.no)?;
            detail = (left.count > 0).then(|| format!("{} not reviewed", left.count));
            match left.count {
                0 => last_review(conn, order.no)?.map(|seq| (seq, true)),
                _ => None,
            }
        }
        _ => done(conn, order.no, step)?,
    };
    let needed = needs(&order.spec, step);
    // Nothing to review is as good as reviewed, once the order is over.
    let nothing = step == Step::RejectReview && detail.is_none() && order.started_seq.is_some();
    let state = match found {
        Some((_, true)) => StepState::Done,
        Some((_, false)) => StepState::Failed,
        None if !needed => StepState::Waived,
        None if nothing => StepState::Done,
        None => StepState::Missing,
    };
    let seq = found.map(|(seq, _)| seq);
    let said = seq.map(|seq| event(conn, seq)).transpose()?.flatten();
    let (at, by, what) = said.unwrap_or_default();
    Ok(StepRow { step, state, seq, by, at, detail: detail.or(what) })
}

fn last_review(conn: &Connection, no: i64) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT max(seq) FROM reject_review WHERE batch_no = ?1")?
        .query_row([no], |row| row.get(0))
}

type Said = (Option<String>, Vec<String>, Option<String>);

/// When an event was, who stands in it, and its trial or remark.
fn event(conn: &Connection, seq: i64) -> rusqlite::Result<Option<Said>> {
    let mut select = conn.prepare_cached("SELECT at, body FROM event WHERE seq = ?1")?;
    let found: Option<(String, String)> =
        select.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((at, body)) = found else { return Ok(None) };
    let second = signer(conn, &body)?;
    Ok(Some({
        let value: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let signed = if kind_of(&body) == Some("batch_closed") { &value["signed"] } else { &value };
        let text = |name: &str| signed[name].as_str().map(str::to_owned);
        let by = [text("who"), text("second").or(second)].into_iter().flatten().collect();
        let what = text("trial").or(text("remarks")).filter(|what| !what.is_empty());
        (Some(at), by, what)
    }))
}

/// The second person of an event that names only the signature.
fn signer(conn: &Connection, body: &str) -> rusqlite::Result<Option<String>> {
    if kind_of(body) != Some("serial_taken") {
        return Ok(None);
    }
    let sql = "SELECT who FROM signature WHERE seq = ?1 ->> 'second_signature_seq'";
    conn.prepare_cached(sql)?.query_row([body], |row| row.get(0)).optional()
}
