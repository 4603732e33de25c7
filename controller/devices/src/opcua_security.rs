//! Where an OPC UA device is, how its link is secured and who we are there.
//!
//! Made by the service of a line's configuration, read by [`crate::opcua_link`] at each connect.
//! Must never hold a password: it is read from its file when it is used.

use crate::certificates::{self, Pki};
use opcua::client::{IdentityToken, Password};
use opcua::crypto::{CertificateStore, SecurityPolicy};
use opcua::types::MessageSecurityMode;
use profiles::{OpcuaMode, OpcuaPolicy};
use std::path::{Path, PathBuf};

/// Where a device is and how its link is secured.
#[derive(Clone, Debug)]
pub struct OpcuaEndpoint {
    /// `opc.tcp://host:port/`.
    pub url: String,
    /// How the link is secured.
    pub security: OpcuaSecurity,
}

impl OpcuaEndpoint {
    /// A link that nothing protects: for simulators and tests on this host.
    #[must_use]
    pub fn unsecured(url: String) -> Self {
        Self { url, security: OpcuaSecurity::Unsecured }
    }
}

/// How a link is secured.
#[derive(Clone, Debug)]
pub enum OpcuaSecurity {
    /// Not at all; anonymous.
    Unsecured,
    /// By certificates of both sides.
    Secured(Box<Secured>),
}

/// A link whose sides prove who they are.
#[derive(Clone, Debug)]
pub struct Secured {
    /// Its policy; never [`OpcuaPolicy::None`].
    pub policy: OpcuaPolicy,
    /// What the policy does to messages.
    pub mode: OpcuaMode,
    /// Who we are.
    pub identity: OpcuaIdentity,
    /// Our certificate and those that we trust.
    pub pki: Pki,
}

/// Who we are at a device, beside the application's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpcuaIdentity {
    /// Nobody in particular.
    Anonymous,
    /// A user of the device.
    User {
        /// Name.
        name: String,
        /// File whose first line is the password; nobody else may read it.
        password: PathBuf,
    },
    /// A user by certificate (X.509).
    Certificate {
        /// DER or PEM file.
        certificate: PathBuf,
        /// PEM file of its private key; nobody else may read it.
        key: PathBuf,
    },
}

impl OpcuaIdentity {
    /// What is shown to the device.
    ///
    /// # Errors
    /// A file that is not there, that others can read, or that is none.
    pub(crate) fn token(&self) -> Result<IdentityToken, String> {
        match self {
            Self::Anonymous => Ok(IdentityToken::Anonymous),
            Self::User { name, password } => {
                let password = Password(first_line(password)?);
                Ok(IdentityToken::UserName(name.clone(), password))
            }
            Self::Certificate { certificate, key } => {
                certificates::private(key)?;
                let certificate = CertificateStore::read_cert(certificate)
                    .map_err(|e| format!("{}: {e}", certificate.display()))?;
                let key = CertificateStore::read_pkey(key)?;
                Ok(IdentityToken::new_x509(certificate, key))
            }
        }
    }
}

/// The first line of a secret's file.
fn first_line(path: &Path) -> Result<String, String> {
    certificates::private(path)?;
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(format!("{} has no password in its first line", path.display()));
    }
    Ok(line.to_owned())
}

/// The library's names.
pub(crate) const fn policy_of(policy: OpcuaPolicy) -> SecurityPolicy {
    match policy {
        OpcuaPolicy::None => SecurityPolicy::None,
        OpcuaPolicy::Basic256Sha256 => SecurityPolicy::Basic256Sha256,
        OpcuaPolicy::Aes128Sha256RsaOaep => SecurityPolicy::Aes128Sha256RsaOaep,
        OpcuaPolicy::Aes256Sha256RsaPss => SecurityPolicy::Aes256Sha256RsaPss,
    }
}

pub(crate) const fn mode_of(mode: OpcuaMode) -> MessageSecurityMode {
    match mode {
        OpcuaMode::Sign => MessageSecurityMode::Sign,
        OpcuaMode::SignAndEncrypt => MessageSecurityMode::SignAndEncrypt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_password_is_the_first_line_of_a_file_that_only_its_owner_reads() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("camera.password");
        let user = OpcuaIdentity::User { name: "packline".into(), password: file.clone() };
        let told = |what: &str| {
            let error = user.token().unwrap_err();
            assert!(error.contains("camera.password") && error.contains(what), "{error}");
        };
        told("No such file");
        std::fs::write(&file, "s3cret\nnote\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        told("chmod 600");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        match user.token().unwrap() {
            IdentityToken::UserName(name, password) => {
                assert_eq!((name.as_str(), password.0.as_str()), ("packline", "s3cret"));
            }
            other => panic!("{other:?}"),
        }
        std::fs::write(&file, "\n").unwrap();
        told("no password");
    }
}
