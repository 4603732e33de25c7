//! Certificate and key of the page off loopback, and their renewal while the service runs.
//!
//! Read by [`crate::tls_listener`]. TLS 1.2 and 1.3 by rustls with ring, named explicitly. Must
//! never serve with a certificate that does not name the host, nor with a key that others can read.

use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

/// Where the page is served to other hosts, and by what name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Where to listen.
    pub listen: SocketAddr,
    /// PEM file: the certificate, then those between it and its root.
    pub certificate: PathBuf,
    /// PEM file of its private key, readable by its owner alone.
    pub key: PathBuf,
    /// Names and addresses by which browsers call this host; the certificate bears each.
    pub names: Vec<String>,
}

/// Why certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read as PEM.
    #[error("failed to read {path}: {what}; give a PEM file, see docs/tls.md")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Others on this host can read the key.
    #[error("the private key {path} has mode {mode:o}: others can read it; chmod 600 {path}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Certificate and key do not belong together, or are of a kind that is not supported.
    #[error("certificate {certificate} and key {key} cannot be used together: {source}")]
    Pair {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// What the library says.
        source: rustls::Error,
    },
    /// Browsers that call the host by this name would be warned, and rightly.
    #[error(
        "the certificate {certificate} is not for {name}; name it in the certificate or take it \
         out of service.https.names"
    )]
    Name {
        /// The certificate.
        certificate: PathBuf,
        /// The name.
        name: String,
    },
}

/// What both files were when they were read: changed ones are read again.
type Stamp = [Option<SystemTime>; 2];

/// The certificate that is shown to callers now.
#[derive(Debug)]
pub(crate) struct Current {
    tls: Tls,
    provider: Arc<CryptoProvider>,
    shown: RwLock<(Arc<CertifiedKey>, Stamp)>,
}

impl Current {
    /// Reads and checks both files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(crate) fn read(tls: &Tls) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let stamp = stamp(tls);
        let key = certified_key(tls, &provider)?;
        let shown = RwLock::new((Arc::new(key), stamp));
        Ok(Arc::new(Self { tls: tls.clone(), provider, shown }))
    }

    /// How connections are made: one certificate, no client certificates, HTTP/1.1.
    ///
    /// # Errors
    /// [`TlsError::Pair`]: the library refuses its own parts.
    pub(crate) fn config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, TlsError> {
        let versions = [&version::TLS13, &version::TLS12];
        let config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&versions)
            .map_err(|source| pair(&self.tls, source))?;
        let resolver: Arc<dyn ResolvesServerCert> = self.clone();
        let mut config = config.with_no_client_auth().with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Takes renewed files up. Those that cannot be used are told, and the present ones stay.
    pub(crate) fn renew(&self) {
        let now = stamp(&self.tls);
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        if now == shown.1 {
            return;
        }
        shown.1 = now;
        match certified_key(&self.tls, &self.provider) {
            Ok(key) => {
                shown.0 = Arc::new(key);
                tracing::info!("a renewed certificate is in use");
            }
            Err(error) => tracing::error!(%error, "the certificate of before stays in use"),
        }
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        Some(shown.0.clone())
    }
}

fn stamp(tls: &Tls) -> Stamp {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    [changed(&tls.certificate), changed(&tls.key)]
}

fn certified_key(tls: &Tls, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let unreadable = |path: &Path, what: String| TlsError::File { path: path.into(), what };
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|e| unreadable(&tls.certificate, e.to_string()))?;
    let Some(own) = chain.first() else {
        return Err(unreadable(&tls.certificate, "it holds no certificate".into()));
    };
    for name in &tls.names {
        require_named(tls, own, name)?;
    }
    require_private(&tls.key)?;
    let key =
        PrivateKeyDer::from_pem_file(&tls.key).map_err(|e| unreadable(&tls.key, e.to_string()))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|source| pair(tls, source))
}

fn pair(tls: &Tls, source: rustls::Error) -> TlsError {
    TlsError::Pair { certificate: tls.certificate.clone(), key: tls.key.clone(), source }
}

fn require_named(tls: &Tls, own: &CertificateDer<'_>, name: &str) -> Result<(), TlsError> {
    let parsed = ParsedCertificate::try_from(own).map_err(|source| pair(tls, source))?;
    let is_for = |server: &ServerName<'_>| verify_server_name(&parsed, server).is_ok();
    match ServerName::try_from(name) {
        Ok(server) if is_for(&server) => Ok(()),
        _ => Err(TlsError::Name { certificate: tls.certificate.clone(), name: name.to_owned() }),
    }
}

fn require_private(key: &Path) -> Result<(), TlsError> {
    let meta = std::fs::metadata(key);
    let meta = meta.map_err(|e| TlsError::File { path: key.into(), what: e.to_string() })?;
    let mode = meta.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(TlsError::Exposed { path: key.into(), mode }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Writes a fresh certificate and key; gives the certificate.
    fn make(tls: &Tls, age: u64) -> CertificateDer<'static> {
        let made = rcgen::generate_simple_self_signed(tls.names.clone()).unwrap();
        let texts = [made.cert.pem(), made.signing_key.serialize_pem()];
        for (path, text) in [&tls.certificate, &tls.key].into_iter().zip(texts) {
            write(path, &text, age);
        }
        made.cert.der().clone()
    }

    fn write(path: &Path, text: &str, age: u64) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    }

    fn shown(current: &Current) -> CertificateDer<'static> {
        current.shown.read().unwrap().0.cert[0].clone()
    }

    #[test]
    fn a_renewed_certificate_is_taken_up_and_a_bad_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let tls = Tls {
            listen: ([127, 0, 0, 1], 0).into(),
            certificate: dir.path().join("line.crt"),
            key: dir.path().join("line.key"),
            names: vec!["line7.test".into(), "127.0.0.1".into()],
        };
        let first = make(&tls, 300);
        let current = Current::read(&tls).unwrap();
        current.renew();
        assert_eq!(shown(&current), first);
        let second = make(&tls, 200);
        current.renew();
        assert_eq!(shown(&current), second);
        write(&tls.certificate, "broken off", 100);
        current.renew();
        assert_eq!(shown(&current), second, "the present one stays");
        let third = make(&tls, 50);
        current.renew();
        assert_eq!(shown(&current), third);
    }
}
