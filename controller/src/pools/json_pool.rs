//! Pools as JSON, format 1. The schema is printed by `packline config schema pool`.
//!
//! Must never guess a field that is missing: a provider that makes no claim makes none.

use super::findings::{Findings, quoted};
use super::{Entry, Given, Places, Pool, PoolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The only format there is.
const FORMAT: u32 = 1;

/// A pool of serial numbers of one product code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolJson {
    /// Format of this file: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// Product code: GTIN or NTIN, 14 digits with check digit.
    pub gtin: String,
    /// Who hands out the serials.
    pub provider: String,
    /// What the provider says of their uniqueness, in words: recorded with the batch.
    pub claim: String,
    /// The serial numbers, each 1 to 20 characters of GS1 character set 82.
    pub serials: Vec<String>,
}

pub(super) fn read(
    text: &str,
    name: &str,
    given: &Given,
    sha256: String,
) -> Result<Pool, PoolError> {
    let pool: PoolJson = serde_json::from_str(text).map_err(|error| {
        let place = format!("{name}:{}:{}", error.line(), error.column());
        let remedy = "write it as packline config schema pool describes";
        Findings::one(&place, error.to_string(), remedy)
    })?;
    if pool.format != FORMAT {
        let what = format!("format {} is not known", pool.format);
        return Err(Findings::one(name, what, "write format 1: packline config schema pool"));
    }
    for (option, said, found) in
        [("provider", &given.provider, &pool.provider), ("claim", &given.claim, &pool.claim)]
    {
        if said.as_ref().is_some_and(|said| said != found) {
            let what = format!("the file says its {option} itself: {}", quoted(found));
            return Err(Findings::one(name, what, "leave the option out; it is for CSV"));
        }
    }
    let gtin = Some(pool.gtin);
    let entry = |(at, serial): (usize, String)| {
        // One finding for the file's product code, not one a serial.
        let gtin = gtin.clone().filter(|_| at == 0);
        Entry { serial, gtin, at: at as u64 }
    };
    Ok(Pool {
        file: name.to_owned(),
        provider: pool.provider,
        claim: pool.claim,
        sha256,
        entries: pool.serials.into_iter().enumerate().map(entry).collect(),
        places: Places::Items,
    })
}
