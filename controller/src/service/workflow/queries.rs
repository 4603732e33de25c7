//! Questions about workflow, rejects and recipes, answered from the ledger's read side.
//!
//! Called by the read side. Must never write; a batch in a file of its own is read there.

use super::super::load::ledger_problem;
use super::super::queries::{ReadSide, of_batch};
use super::{configuration, recipe, screens};
use hmi::{Answer, Problem, RejectsFilter, RejectsFrom, WorkflowQuery};
use ledger::{BatchNo, PageFrom, Reader, RejectFilter};
use serde_json::json;

/// Answers one.
///
/// # Errors
/// A [`Problem`].
pub fn answer(side: &ReadSide, query: WorkflowQuery) -> Answer {
    match query {
        WorkflowQuery::Readiness { batch } => readiness(side, &batch),
        WorkflowQuery::Rejects { batch, filter, from, limit } => {
            let (reader, no) = of(side, &batch)?;
            let page = (page_from(from), u32::from(limit));
            screens::rejects(&reader, no, &ledger_filter(filter), page)
        }
        WorkflowQuery::Pack { batch, track, neighbours } => {
            let (reader, no) = of(side, &batch)?;
            screens::pack(&reader, (no, &batch), &side.data_dir, track, neighbours)
        }
        WorkflowQuery::Books { batch } => {
            let (reader, no) = of(side, &batch)?;
            screens::close(&reader, no)
        }
        WorkflowQuery::Recipes { gtin } => recipe::list(&open(side)?, gtin.as_deref()),
        WorkflowQuery::Recipe { gtin, version } => recipe::show(&open(side)?, &gtin, version),
        WorkflowQuery::RecipeDifference { gtin, from, to } => {
            recipe::difference(&open(side)?, &gtin, from, to)
        }
        WorkflowQuery::Configurations => configuration::list(&open(side)?, &side.setup),
        WorkflowQuery::Configuration { version } => configuration::show(&open(side)?, version),
        WorkflowQuery::ConfigurationDifference { from, to } => {
            configuration::difference(&open(side)?, &side.setup, (from, to))
        }
    }
}

fn readiness(side: &ReadSide, batch: &str) -> Answer {
    let (reader, no) = of(side, batch)?;
    let mut told = screens::readiness(&reader, no)?;
    let spec = reader.spec(no).map_err(|e| ledger_problem(&e))?;
    told["clearance_items"] = json!(spec.workflow.clearance_items);
    Ok(told)
}

fn open(side: &ReadSide) -> Result<Reader, Problem> {
    Reader::open(&side.ledger).map_err(|e| ledger_problem(&e))
}

/// A batch, with a reader of the ledger or of the batch's own file.
fn of(side: &ReadSide, batch: &str) -> Result<(Reader, BatchNo), Problem> {
    let (reader, row) = of_batch(&side.ledger, &side.data_dir, batch)?;
    Ok((reader, row.batch_no))
}

fn ledger_filter(filter: RejectsFilter) -> RejectFilter {
    let RejectsFilter { reasons, device, from_ms, until_ms, unreviewed } = filter;
    RejectFilter { reasons, device, from_ms, until_ms, unreviewed }
}

const fn page_from(from: RejectsFrom) -> PageFrom {
    match from {
        RejectsFrom::After(track) => PageFrom::After(track),
        RejectsFrom::Before(track) => PageFrom::Before(track),
    }
}
