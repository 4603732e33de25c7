//! What the simulated devices offer over OPC UA: certificates, policies, users.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What secures the devices' links over OPC UA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OpcuaServing {
    /// Directory of certificates: `own`, `private`, `trusted`, `rejected`. With one each security
    /// policy is offered; the devices' certificate is made when it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pki_dir: Option<String>,
    /// Links without security are taken, too.
    pub unsecured: bool,
    /// Name of the only user that secured links are taken from, with `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Password of the user; nothing about a simulator is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Certificate (DER or PEM file) of the only user that secured links are taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_certificate: Option<String>,
}

impl Default for OpcuaServing {
    fn default() -> Self {
        Self { pki_dir: None, unsecured: true, user: None, password: None, user_certificate: None }
    }
}
