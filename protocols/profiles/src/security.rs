//! How an OPC UA link may be secured (OPC 10000-7, security policies; OPC 10000-4, 7.20).
//!
//! Named by a line's configuration and by the simulator's. Must never hold a secret or a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Security policy of an OPC UA link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OpcuaPolicy {
    /// Nothing is signed, nothing is encrypted, nobody proves who they are.
    None,
    /// Basic256Sha256.
    #[default]
    Basic256Sha256,
    /// Aes128_Sha256_RsaOaep.
    Aes128Sha256RsaOaep,
    /// Aes256_Sha256_RsaPss.
    Aes256Sha256RsaPss,
}

impl OpcuaPolicy {
    /// Those that secure.
    pub const SECURE: [Self; 3] =
        [Self::Basic256Sha256, Self::Aes128Sha256RsaOaep, Self::Aes256Sha256RsaPss];

    /// Its name in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic256Sha256 => "basic256-sha256",
            Self::Aes128Sha256RsaOaep => "aes128-sha256-rsa-oaep",
            Self::Aes256Sha256RsaPss => "aes256-sha256-rsa-pss",
        }
    }
}

/// What a security policy does to messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OpcuaMode {
    /// Signed; anybody on the network reads along.
    Sign,
    /// Signed and encrypted.
    #[default]
    SignAndEncrypt,
}

impl OpcuaMode {
    /// Its name in configurations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::SignAndEncrypt => "sign-and-encrypt",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_configuration() {
        for policy in OpcuaPolicy::SECURE.into_iter().chain([OpcuaPolicy::None]) {
            let text = toml::Value::try_from(policy).unwrap();
            assert_eq!(text.as_str(), Some(policy.name()));
        }
        for mode in [OpcuaMode::Sign, OpcuaMode::SignAndEncrypt] {
            assert_eq!(toml::Value::try_from(mode).unwrap().as_str(), Some(mode.name()));
        }
    }
}
