//! Sheets: what an act is about, as its signer is shown it.
//!
//! Part of the control thread. The hash of a sheet is what a signature is bound to, so it holds
//! what the decision rests on and nothing that changes by itself. Must never hold a fraction.

use super::control::Control;
use super::load::ledger_problem;
use super::workflow::{configuration, recipe, screens};
use crate::names::name_of;
use hmi::{Act, Answer, Problem};
use ledger::Reader;
use serde_json::{Value, json};

impl Control {
    /// `{act, order, ..}`.
    pub(super) fn sheet(&self, act: &Act) -> Answer {
        let what =
            serde_json::to_value(act).map_err(|e| Problem::new(500, "act", e.to_string()))?;
        let mut sheet = json!({ "act": what, "line": self.setup.line.line_id });
        if let Some(batch) = act.batch() {
            sheet["order"] = self.order_facts(batch)?;
        }
        self.add_details(act, &mut sheet)?;
        Ok(sheet)
    }

    /// The order as it was loaded, and how far it is.
    fn order_facts(&self, batch: &str) -> Answer {
        let run = self.run.as_ref().filter(|run| run.id == batch);
        let Some(run) = run else { return Ok(json!({ "batch": batch, "open": false })) };
        let spec = &run.spec;
        Ok(json!({
            "batch": batch, "open": true, "gtin": spec.gtin.as_str(), "lot": spec.lot.as_str(),
            "expiry": spec.expiry.to_iso(), "target": spec.target, "product": run.product.name,
            "config_sha256": spec.config_hash, "state": name_of(&run.look().order),
        }))
    }

    fn add_details(&self, act: &Act, sheet: &mut Value) -> Result<(), Problem> {
        let failed = |e: ledger::LedgerError| ledger_problem(&e);
        if let Act::RecipeApprove { gtin, version } | Act::RecipeRetire { gtin, version } = act {
            let reader = Reader::open(&self.setup.ledger_path()).map_err(failed)?;
            let told = recipe::show(&reader, gtin, *version)?;
            sheet["recipe"] = told["recipe"].clone();
            if matches!(act, Act::RecipeApprove { .. }) {
                sheet["done_by"] = json!([told["recipe"]["drafted_by"]]);
            }
        }
        if let Act::ConfigRelease { version } = act {
            let reader = Reader::open(&self.setup.ledger_path()).map_err(failed)?;
            let shown = configuration::show(&reader, *version)?;
            sheet["configuration"] = shown["configuration"].clone();
        }
        let run = self.run.as_ref().filter(|run| Some(run.id.as_str()) == act.batch());
        let Some(run) = run else { return Ok(()) };
        match act {
            Act::BatchClose { .. } | Act::Deviation { .. } => {
                let reader = Reader::open(&self.setup.ledger_path()).map_err(failed)?;
                let books = reader.books(run.batch).map_err(failed)?;
                sheet["books"] = json!(books);
            }
            Act::RejectReview { tracks, .. } => {
                let reader = Reader::open(&self.setup.ledger_path()).map_err(failed)?;
                sheet["done_by"] = screens::done_by(&reader, run.batch, tracks)?["done_by"].take();
                sheet["rejects"] = screens::reviewed(&reader, run.batch, tracks)?;
            }
            Act::ResolvePack { track, .. } => {
                let view = run.look();
                let pack = view.unresolved.iter().find(|u| u.track.0 == *track);
                let serial = |index: line_core::ids::SerialIndex| {
                    run.numbers.get(index.0 as usize).map(|n| n.as_str().to_owned())
                };
                sheet["pack"] = pack.map_or(Value::Null, |u| {
                    json!({
                        "track": u.track.0, "serial": u.serial.and_then(serial),
                        "accepted": u.accepted, "rejected": u.rejected, "exit_seen": u.exit_seen,
                    })
                });
            }
            _ => {}
        }
        Ok(())
    }
}
