//! What secures the links of a line's configuration: files of the data directory, our name.
//!
//! Part of [`super::Setup`]. Must never read a secret: the link does, when it connects.

use super::Setup;
use crate::config::{DeviceLink, LinkSecurity};
use devices::certificates::{Pki, PkiError};
use devices::{OpcuaEndpoint, OpcuaIdentity, OpcuaSecurity, PlainEndpoint, Secured};

impl Setup {
    /// Our certificate and those of devices.
    #[must_use]
    pub fn pki(&self) -> Pki {
        Pki::of_line(&self.line.line_id, self.data_dir.join("pki"))
    }

    /// Makes our certificate at the first start of a line that has a secured link.
    ///
    /// # Errors
    /// [`PkiError`]: it cannot be written.
    pub fn prepare_certificates(&self) -> Result<(), PkiError> {
        let mut links = self.line.links().filter_map(|(_, link)| link.secured());
        if links.next().is_some() {
            self.pki().prepare(&format!("Packline {}", self.line.line_id))?;
        }
        Ok(())
    }

    /// Where an OPC UA device is and how its link is secured.
    pub(super) fn opcua(&self, name: &str, link: &DeviceLink) -> OpcuaEndpoint {
        let url = link.endpoint.clone();
        let security = link.secured().map_or(OpcuaSecurity::Unsecured, |security| {
            OpcuaSecurity::Secured(Box::new(Secured {
                policy: security.policy,
                mode: security.mode,
                identity: self.identity(name, &security),
                pki: self.pki(),
            }))
        });
        OpcuaEndpoint { url, security }
    }

    /// Where a device without security is, and what the line's network allows.
    pub(super) fn plain(&self, link: &DeviceLink) -> PlainEndpoint {
        let network = self.line.line_network.network();
        PlainEndpoint { address: link.endpoint.clone(), network }
    }

    fn identity(&self, name: &str, security: &LinkSecurity) -> OpcuaIdentity {
        if let Some(user) = &security.user {
            let password = self.data_dir.join("secrets").join(format!("{name}.password"));
            return OpcuaIdentity::User { name: user.clone(), password };
        }
        match (&security.user_certificate, &security.user_key) {
            (Some(certificate), Some(key)) => OpcuaIdentity::Certificate {
                certificate: self.directory.join(certificate),
                key: self.directory.join(key),
            },
            _ => OpcuaIdentity::Anonymous,
        }
    }
}
