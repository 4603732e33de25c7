//! `[devices.NAME.security]`: how the link to an OPC UA device is secured.
//!
//! Part of `line.toml`, so that a batch pins it. Must never hold a secret: passwords and keys are
//! in files that only the service reads.

use super::errors::Finding;
use super::line::DeviceLink;
use profiles::{OpcuaMode, OpcuaPolicy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the address of an OPC UA device begins.
const OPC_TCP: &str = "opc.tcp://";

/// How a link is secured. A link that says nothing is signed and encrypted with Basic256Sha256.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSecurity {
    /// Security policy; `none` protects nothing, and pages and records say so.
    pub policy: OpcuaPolicy,
    /// What the policy does to messages.
    pub mode: OpcuaMode,
    /// User of the device; the password is the first line of `secrets/DEVICE.password` in the data
    /// directory, mode 0600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// User of the device by certificate: a DER or PEM file, relative to this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_certificate: Option<String>,
    /// Its private key: a PEM file, mode 0600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_key: Option<String>,
}

impl DeviceLink {
    /// True for a device that is spoken to over OPC UA.
    #[must_use]
    pub fn is_opcua(&self) -> bool {
        self.endpoint.starts_with(OPC_TCP)
    }

    /// What secures it; nothing for a link without security, of OPC UA or of another protocol.
    #[must_use]
    pub fn secured(&self) -> Option<LinkSecurity> {
        let security = self.security.clone().unwrap_or_default();
        (self.is_opcua() && security.policy != OpcuaPolicy::None).then_some(security)
    }

    /// In words, for pages and records: `none`, or policy and mode; nothing for a protocol that
    /// has no security at all.
    #[must_use]
    pub fn security_words(&self) -> Option<String> {
        let secured = self.secured();
        let words = secured.map_or_else(
            || OpcuaPolicy::None.name().to_owned(),
            |security| format!("{} {}", security.policy.name(), security.mode.name()),
        );
        self.is_opcua().then_some(words)
    }
}

/// What cannot be in the security of a device's link.
pub(super) fn findings(name: &str, link: &DeviceLink) -> Vec<Finding> {
    let Some(security) = &link.security else { return Vec::new() };
    let mut found = Vec::new();
    let mut tell = |key: &str, what: &str, remedy: &str| {
        found.push(Finding::new(&format!("devices.{name}.security{key}"), what, remedy));
    };
    if !link.is_opcua() {
        tell("", "is for OPC UA; this endpoint is none", "leave it out: Modbus has no security");
    }
    let by_certificate = security.user_certificate.is_some();
    if by_certificate != security.user_key.is_some() {
        tell(".user_key", "a certificate and its key go together", "name both files, or none");
    }
    if by_certificate && security.user.is_some() {
        tell(".user", "there is a user certificate, too", "name the user or the certificate");
    }
    if security.policy == OpcuaPolicy::None && (by_certificate || security.user.is_some()) {
        tell(".policy", "would show who we are to everybody", "use basic256-sha256");
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::config::LineFile;

    const LINE: &str = include_str!("../../../config/line.toml");
    const SHIPPED: &str = "security.policy = \"none\"";

    fn line(security: &str) -> Result<LineFile, String> {
        LineFile::parse("line.toml", &LINE.replace(SHIPPED, security)).map_err(|e| e.to_string())
    }

    #[test]
    fn a_link_that_says_nothing_is_signed_and_encrypted() {
        let words = |security: &str| line(security).unwrap().devices.camera.security_words();
        assert_eq!(words(SHIPPED).as_deref(), Some("none"));
        assert_eq!(words("").as_deref(), Some("basic256-sha256 sign-and-encrypt"));
        let chosen = "security = { policy = \"aes256-sha256-rsa-pss\", mode = \"sign\" }";
        assert_eq!(words(chosen).as_deref(), Some("aes256-sha256-rsa-pss sign"));
        assert_eq!(line(SHIPPED).unwrap().devices.labeler.security_words(), None, "Modbus");
    }

    #[test]
    fn what_secures_nothing_is_refused() {
        for (security, what) in [
            ("security = { policy = \"none\", user = \"a\" }", "who we are"),
            ("security.user_certificate = \"a.der\"", "go together"),
            ("security = { user = \"a\", user_certificate = \"b\", user_key = \"c\" }", "too"),
            ("security.policy = \"basic128\"", "policy"),
        ] {
            let told = line(security).unwrap_err();
            assert!(told.contains(what), "{security}: {told}");
        }
        let modbus = "profile = \"devices/labeler-modbus.toml\"";
        let both = LINE.replace(modbus, &format!("{modbus}\n{SHIPPED}"));
        let told = LineFile::parse("line.toml", &both).unwrap_err().to_string();
        assert!(told.contains("Modbus has no security"), "{told}");
    }
}
