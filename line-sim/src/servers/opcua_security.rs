//! What the simulated devices offer to secure their OPC UA links: one certificate for all of them,
//! each policy signed and signed and encrypted, users by password and by certificate.
//!
//! Used by the OPC UA servers. Must never trust a controller by itself: a person lays its
//! certificate into `trusted`.

use crate::sim_config::OpcuaServing;
use opcua::crypto::{CertificateStore, SecurityPolicy};
use opcua::server::{ANONYMOUS_USER_TOKEN_ID, ServerBuilder, ServerEndpoint, ServerUserToken};
use opcua::types::{ApplicationDescription, LocalizedText, MessageSecurityMode};
use std::io;
use std::path::{Path, PathBuf};

const APPLICATION_URI: &str = "urn:packline:line-sim";
const USER: &str = "user";
const USER_CERTIFICATE: &str = "user-certificate";
const POLICIES: [SecurityPolicy; 3] = [
    SecurityPolicy::Basic256Sha256,
    SecurityPolicy::Aes128Sha256RsaOaep,
    SecurityPolicy::Aes256Sha256RsaPss,
];
const MODES: [MessageSecurityMode; 2] =
    [MessageSecurityMode::Sign, MessageSecurityMode::SignAndEncrypt];

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    serving: OpcuaServing,
    directory: PathBuf,
}

impl Offer {
    /// Makes directory and certificate when they are not there.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn prepare(serving: &OpcuaServing) -> io::Result<Self> {
        let Some(directory) = serving.pki_dir.as_ref().map(PathBuf::from) else {
            // The library wants a directory, also for links without security.
            let directory = std::env::temp_dir().join("line-sim-no-pki");
            return Ok(Self { serving: serving.clone(), directory });
        };
        let name = LocalizedText::from("line-sim");
        let application = ApplicationDescription {
            application_uri: APPLICATION_URI.into(),
            application_name: name,
            ..ApplicationDescription::default()
        };
        std::fs::create_dir_all(directory.join("own"))?;
        std::fs::create_dir_all(directory.join("private"))?;
        let (_, certificate, key) =
            CertificateStore::new_with_x509_data(&directory, false, None, None, Some(application));
        if certificate.is_none() || key.is_none() {
            let what = format!("no certificate could be made in {}", directory.display());
            return Err(io::Error::other(what));
        }
        Ok(Self { serving: serving.clone(), directory })
    }

    /// The endpoints of a server.
    pub(super) fn apply(&self, builder: ServerBuilder, server: &str) -> ServerBuilder {
        let builder = builder.create_sample_keypair(false).pki_dir(&self.directory);
        let anonymous = [ANONYMOUS_USER_TOKEN_ID.to_owned()];
        let none = || ServerEndpoint::new_none("/", &anonymous);
        if self.serving.pki_dir.is_none() {
            let uri = format!("{APPLICATION_URI}:{server}");
            return builder.application_uri(uri).add_endpoint("none", none());
        }
        let (mut builder, users) = self.users(builder.application_uri(APPLICATION_URI));
        if self.serving.unsecured {
            builder = builder.add_endpoint("none", none());
        }
        for policy in POLICIES {
            for mode in MODES {
                let endpoint = ServerEndpoint::new("/", policy, mode, &users);
                builder = builder.add_endpoint(format!("{policy} {mode:?}"), endpoint);
            }
        }
        builder
    }

    /// Who may come: nobody in particular, unless a user is named.
    fn users(&self, builder: ServerBuilder) -> (ServerBuilder, Vec<String>) {
        let OpcuaServing { user, password, user_certificate, .. } = &self.serving;
        let (mut builder, mut users) = (builder, Vec::new());
        if let (Some(user), Some(password)) = (user, password) {
            builder = builder.add_user_token(USER, ServerUserToken::user_pass(user, password));
            users.push(USER.to_owned());
        }
        if let Some(file) = user_certificate {
            let token = ServerUserToken::x509("user", Path::new(file));
            builder = builder.add_user_token(USER_CERTIFICATE, token);
            users.push(USER_CERTIFICATE.to_owned());
        }
        if users.is_empty() {
            users.push(ANONYMOUS_USER_TOKEN_ID.to_owned());
        }
        (builder, users)
    }
}
