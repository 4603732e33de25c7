//! What the ledger's own events change: meta, authority, batches, allocation, close, checkpoints.
//!
//! Must never take serial texts from the event: they are handed over, and the event's digest
//! binds them.

use super::step::{INVALIDATE, RETURN};
use super::{Place, allocate, close, configuration, recipe, restore};
use crate::batch_spec::BatchSpec;
use crate::chain::{SerialDigest, sha256};
use crate::error::{Fail, Refusal, forbidden};
use crate::keys::hex;
use crate::ledger_body::LedgerBody;
use crate::names::mode_name;
use crate::rotation::Rotation;
use crate::seal::Seal;
use contracts::open_scs::JobOrderState as S;
use rusqlite::params;

/// Applies one event; `serials` are the texts of `SerialsAllocated`, `config` the bytes of
/// `BatchOpened` or the text of `RecipeDrafted` or `ConfigurationDrafted`, empty otherwise.
pub(crate) fn apply(
    at: &Place<'_>,
    body: &LedgerBody,
    serials: &[&str],
    config: &[u8],
) -> Result<(), Fail> {
    use LedgerBody as L;
    match body {
        L::LedgerCreated { .. } => created(at, body),
        L::AuthoritySet { gtin, partition, .. } => at.one(
            "INSERT INTO authority VALUES(?1, ?2, ?3) ON CONFLICT(gtin) DO UPDATE \
             SET partition = excluded.partition, seq = excluded.seq",
            params![gtin, partition, at.seq],
            &|| format!("authority for {gtin}"),
        ),
        L::BatchGenesis { .. } | L::BatchHead { .. } => Ok(()),
        L::BatchOpened { batch_no, spec } => opened(at, batch_no.0, spec, config),
        L::PoolImported { provider, claim, sha256, count } => at.one(
            "INSERT INTO pool_source VALUES(?1, 'imported', ?2, ?3, ?4, ?5, ?6)",
            params![at.batch_no, provider, claim, sha256, count, at.seq],
            &|| "the source of a pool".to_owned(),
        ),
        L::PoolKept { count } => at.one(
            "INSERT INTO pool_source VALUES(?1, 'kept', NULL, NULL, NULL, ?2, ?3)",
            params![at.batch_no, count, at.seq],
            &|| "the source of a pool".to_owned(),
        ),
        L::SerialsAllocated { first, count, digest } => {
            if serials.len() != *count as usize {
                return forbidden("serials and their count differ");
            }
            allocate::allocated(at, i64::from(*first), digest, serials)
        }
        L::PoolAllocated { count, digest } => loaded(at, *count, digest),
        L::LoadingCancelled { .. } => cancelled(at),
        L::BatchClosed { from, books, signed } => close::closed(at, *from, books, signed.as_ref()),
        L::LedgerRestored { .. }
        | L::BatchUnblocked { .. }
        | L::SerialsUsed { .. }
        | L::ProductUnblocked { .. } => restore::apply(at, body),
        L::Checkpoint { anchor } => at.one(
            "INSERT INTO checkpoint VALUES(?1, ?2, ?3)",
            params![at.seq, anchor.through_seq, anchor.signature],
            &|| "checkpoint".to_owned(),
        ),
        L::BatchSealed(seal) => sealed(at, seal),
        L::KeyRotated(rotation) => rotated(at, rotation),
        L::RecipeDrafted(drafted) => recipe::drafted(at, drafted, config),
        L::RecipeApproved(approved) => recipe::approved(at, approved),
        L::RecipeRetired(retired) => recipe::retired(at, retired),
        L::ConfigurationDrafted(drafted) => configuration::drafted(at, drafted, config),
        L::ConfigurationReleased(released) => configuration::released(at, released),
    }
}

fn created(at: &Place<'_>, body: &LedgerBody) -> Result<(), Fail> {
    let LedgerBody::LedgerCreated {
        ledger_kind,
        line_id,
        ledger_epoch,
        schema_version,
        record_version,
        public_key,
    } = body
    else {
        return Ok(());
    };
    for (key, value) in [
        ("kind", ledger_kind.name()),
        ("line_id", line_id.as_str()),
        ("ledger_epoch", &ledger_epoch.to_string()),
        ("schema_version", &schema_version.to_string()),
        ("record_version", &record_version.to_string()),
        ("public_key", public_key),
    ] {
        at.one("INSERT INTO meta VALUES(?1, ?2)", [key, value], &|| format!("meta {key}"))?;
    }
    at.one("INSERT INTO signing_key VALUES(1, ?1, ?2)", params![public_key, at.seq], &|| {
        "the first signing key".to_owned()
    })
}

/// What the file holds goes in slices, off the record.
fn sealed(at: &Place<'_>, seal: &Seal) -> Result<(), Fail> {
    at.one(
        "UPDATE batch SET sealed_seq = ?2, sealed_file = ?3, sealed_sha256 = ?4, \
         sealed_alive = ?5 WHERE batch_no = ?1 AND state = ?6 AND sealed_seq IS NULL",
        params![seal.batch_no.0, at.seq, seal.file, seal.sha256, seal.alive, S::Closed as i64],
        &|| format!("sealing of {}, which is not closed or sealed already", seal.batch),
    )
}

/// The new key follows the one in force; no key comes back.
fn rotated(at: &Place<'_>, rotation: &Rotation) -> Result<(), Fail> {
    at.one(
        "INSERT INTO signing_key SELECT key_no + 1, ?2, ?3 FROM signing_key \
         WHERE key_no = (SELECT max(key_no) FROM signing_key) AND public_key = ?1 \
         AND NOT EXISTS (SELECT 1 FROM signing_key WHERE public_key = ?2)",
        params![rotation.old_public_key, rotation.new_public_key, at.seq],
        &|| "a key rotated that is not in force, or to one that was before".to_owned(),
    )
}

fn opened(at: &Place<'_>, no: i64, spec: &BatchSpec, config: &[u8]) -> Result<(), Fail> {
    if hex(&sha256(config)) != spec.config_hash {
        return Err(Refusal::ConfigHash(spec.config_hash.clone()).into());
    }
    recipe::may_open(at, spec)?;
    configuration::may_open(at, spec, config)?;
    let first_pack_due = spec.workflow.first_pack && !spec.is_trial();
    let text = serde_json::to_string(spec)
        .map_err(|error| Fail::Forbidden(crate::error::Forbidden { what: error.to_string() }))?;
    at.any("INSERT OR IGNORE INTO config VALUES(?1, ?2)", params![spec.config_hash, config])?;
    at.one(
        "INSERT INTO batch(batch_no, batch, gtin, lot, expiry, target, spec, config_hash, \
         return_policy, state, opened_seq, mode, first_pack_due) \
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            no,
            spec.batch.as_str(),
            spec.gtin.as_str(),
            spec.lot.as_str(),
            spec.expiry.to_iso(),
            spec.target,
            text,
            spec.config_hash,
            spec.return_policy.name(),
            S::Ready as i64,
            at.seq,
            mode_name(spec.mode),
            first_pack_due
        ],
        &|| format!("batch {}", spec.batch),
    )
}

/// Digest of all serials of a batch in index order.
pub(crate) fn pool_digest(at: &Place<'_>) -> Result<String, Fail> {
    let mut digest = SerialDigest::new();
    let mut select = at
        .conn
        .prepare_cached("SELECT serial FROM pool_serial WHERE batch_no = ?1 ORDER BY serial_idx")?;
    let mut rows = select.query([at.batch_no])?;
    while let Some(row) = rows.next()? {
        digest.add(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
    }
    Ok(digest.hex())
}

fn loaded(at: &Place<'_>, count: u32, digest: &str) -> Result<(), Fail> {
    if pool_digest(at)? != digest {
        return forbidden("the pool does not have its digest");
    }
    at.one(
        "UPDATE batch SET state = ?2, pool_digest = ?3, loaded_seq = ?4 \
         WHERE batch_no = ?1 AND state = ?5 AND allocated = ?6 AND NOT EXISTS \
         (SELECT 1 FROM pool_source WHERE batch_no = ?1 AND count <> ?6)",
        params![at.batch_no, S::Loaded as i64, digest, at.seq, S::Ready as i64, count],
        &|| "pool complete outside the loading of an order".to_owned(),
    )
}

fn cancelled(at: &Place<'_>) -> Result<(), Fail> {
    at.any(
        "UPDATE pool_serial SET state = ?2 WHERE batch_no = ?1 AND state = ?3 AND job IS NULL \
         AND EXISTS (SELECT 1 FROM pool_source WHERE batch_no = ?1)",
        [at.batch_no, RETURN.to, RETURN.from],
    )?;
    at.any(
        "UPDATE pool_serial SET state = ?2, cause = 'batch_end' \
         WHERE batch_no = ?1 AND state = ?3",
        [at.batch_no, INVALIDATE.to, INVALIDATE.from],
    )?;
    at.one(
        "UPDATE batch SET state = ?2 WHERE batch_no = ?1 AND state = ?3",
        [at.batch_no, S::Aborted as i64, S::Ready as i64],
        &|| "loading cancelled outside the loading of an order".to_owned(),
    )
}
