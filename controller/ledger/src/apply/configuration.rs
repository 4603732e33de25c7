//! What the events of the line's configuration change, and which version an order may name.
//!
//! Called by the writer and by `verify`. Must never take a text that its hash does not bind.

use super::Place;
use super::service::is_production;
use super::signed::by_two;
use crate::act::Act;
use crate::batch_spec::BatchSpec;
use crate::chain::sha256;
use crate::configuration::{
    ConfigurationDrafted, ConfigurationReleased, configuration_text, released as in_force,
};
use crate::error::{Fail, Refusal, forbidden};
use crate::keys::hex;
use rusqlite::params;

pub(super) fn drafted(
    at: &Place<'_>,
    body: &ConfigurationDrafted,
    text: &[u8],
) -> Result<(), Fail> {
    at.text(&body.sha256, text)?;
    at.one(
        "INSERT INTO configuration SELECT ?1, ?2, ?3, ?4, NULL WHERE ?1 = 1 + \
         (SELECT coalesce(max(version), 0) FROM configuration)",
        params![body.version, body.sha256, body.who, at.seq],
        &|| format!("configuration version {}: not the next one", body.version),
    )
}

pub(super) fn released(at: &Place<'_>, body: &ConfigurationReleased) -> Result<(), Fail> {
    by_two(at, Act::ConfigRelease, &body.by)?;
    at.one(
        "UPDATE configuration SET released_seq = ?3 \
         WHERE version = ?1 AND sha256 = ?2 AND released_seq IS NULL",
        params![body.version, body.sha256, at.seq],
        &|| format!("configuration version {} released, which is not proposed", body.version),
    )
}

/// The configuration that an order names is the one in force, and is what the order runs on; a
/// production order must name one.
pub(super) fn may_open(at: &Place<'_>, spec: &BatchSpec, config: &[u8]) -> Result<(), Fail> {
    if spec.is_trial() {
        return Ok(());
    }
    let refused = |version, what| Err(Refusal::Configuration { version, what }.into());
    let Some(named) = &spec.configuration else {
        return match is_production(at)? {
            true => refused(0, "a production order needs a released configuration"),
            false => Ok(()),
        };
    };
    let found = in_force(at.conn)?;
    if found.is_none_or(|row| (row.version, &row.sha256) != (named.version, &named.sha256)) {
        return refused(named.version, "is not the one in force");
    }
    let text = configuration_text(config);
    match text.is_ok_and(|text| hex(&sha256(text.as_bytes())) == named.sha256) {
        true => Ok(()),
        false => refused(named.version, "is not what the order runs on"),
    }
}

impl Place<'_> {
    /// Keeps a text that an event binds by its hash.
    pub(super) fn text(&self, wanted: &str, text: &[u8]) -> Result<(), Fail> {
        if hex(&sha256(text)) != wanted {
            return forbidden("a text does not have its hash");
        }
        self.any("INSERT OR IGNORE INTO config VALUES(?1, ?2)", params![wanted, text]).map(|_| ())
    }
}
