//! What the batch is: order, configuration, where its serials come from, the devices.
//!
//! Must never tell anything that is not in the batch's chain.

use super::{name_of, pair};
use crate::ReportError;
use crate::source::Source;
use crate::table::{Cell, Sink};
use ledger::ServiceBody;
use ledger::{PoolSource, StoredBody};

pub(super) fn batch(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let (row, spine) = (&source.row, &source.spine);
    let spec = &spine.spec;
    pair(sink, "batch", Cell::text(&row.batch))?;
    pair(sink, "gtin", Cell::text(&row.gtin))?;
    pair(sink, "lot", Cell::text(&row.lot))?;
    pair(sink, "expiry", Cell::text(&row.expiry))?;
    pair(sink, "ledger", Cell::text(name_of(source.kind)))?;
    pair(sink, "mode", Cell::text(name_of(row.mode)))?;
    pair(sink, "state", Cell::text(name_of(row.state)))?;
    pair(sink, "target", Cell::from(u64::from(row.target)))?;
    pair(sink, "overage_percent", Cell::from(u64::from(spec.overage_percent)))?;
    pair(sink, "serials_allocated", Cell::from(u64::from(row.allocated)))?;
    pool(source, sink)?;
    pair(sink, "unused_serials", Cell::text(name_of(spec.return_policy)))?;
    pair(sink, "opened_at", Cell::text(&spine.opened_at))?;
    pair(sink, "closed_at", Cell::maybe(spine.closed_at.as_deref()))?;
    pair(sink, "configuration_sha256", Cell::text(&spec.config_hash))?;
    let released = spec.configuration.as_ref();
    let version = released.map(|named| Cell::from(u64::from(named.version)));
    pair(sink, "configuration_version", version)?;
    let recipe = spec.recipe.as_ref();
    let version = recipe.map(|recipe| Cell::from(u64::from(recipe.version)));
    pair(sink, "recipe_version", version)?;
    pair(sink, "recipe_sha256", recipe.map(|recipe| Cell::text(&recipe.sha256)))?;
    pair(sink, "events_in_chain", Cell::Number(spine.events))?;
    pair(sink, "last_event", Cell::Number(spine.last_seq))?;
    pair(sink, "last_event_at", Cell::text(&spine.last_at))?;
    pair(sink, "chain_head", Cell::text(&spine.head))
}

fn pool(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    let from = source.reader.pool_source(source.row.batch_no)?;
    let (kind, imported) = match &from {
        None => ("drawn by this line", None),
        Some(PoolSource::Kept { .. }) => ("kept from earlier orders", None),
        Some(PoolSource::Imported { provider, claim, sha256, .. }) => {
            ("imported", Some((provider, claim, sha256)))
        }
    };
    pair(sink, "pool", Cell::text(kind))?;
    let Some((provider, claim, sha256)) = imported else { return Ok(()) };
    pair(sink, "pool_provider", Cell::text(provider))?;
    pair(sink, "pool_claim", Cell::text(claim))?;
    pair(sink, "pool_sha256", Cell::text(sha256))
}

pub(super) fn devices(source: &Source, sink: &mut impl Sink) -> Result<(), ReportError> {
    source.each_event(&["devices_checked"], |event| {
        let Ok(StoredBody::Service(ServiceBody::DevicesChecked(check))) =
            StoredBody::parse(&event.body)
        else {
            return Ok(());
        };
        for device in &check.devices {
            let cells = [
                Cell::text(&event.at),
                Cell::text(&device.device),
                Cell::maybe(device.recipe.as_deref()),
                Cell::maybe(device.expected_hash.as_deref()),
                Cell::maybe(device.echoed_hash.as_deref()),
                Cell::Truth(device.matches),
                Cell::Truth(device.link),
                Cell::maybe(device.security.as_deref()),
                Cell::text(&check.who),
            ];
            sink.row(&cells, false)?;
        }
        Ok(())
    })
}
