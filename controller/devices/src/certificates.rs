//! The certificates of OPC UA links: our own, those of the devices that we trust, and those that we
//! have refused (OPC 10000-12, 7.5; OPC 10000-6, 6.2.2).
//!
//! A directory: `own/cert.der`, `private/private.pem`, `trusted/`, `rejected/`; the library reads
//! the same. Must never trust by itself: a person moves a certificate, by its thumbprint.

use opcua::crypto::{CertificateStore, X509, X509Data};
use serde::Serialize;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

const KEY_BITS: u32 = 2_048;
/// Ten years: a line's own certificate is renewed by hand, and told about long before.
const VALID_DAYS: u32 = 3_650;
const OWNER_ONLY: u32 = 0o700;
const HEX_MIN: usize = 8;

/// A directory of certificates and the name under which we are known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pki {
    /// The directory.
    pub directory: PathBuf,
    /// Our application's URI; our certificate bears it.
    pub application_uri: String,
}

/// A certificate that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateInfo {
    /// Its subject.
    pub subject: String,
    /// SHA-1 of it, hex: how OPC UA products show it.
    pub thumbprint: String,
    /// Last moment at which it is good, RFC 3339.
    pub valid_to: String,
    /// Its file.
    pub file: PathBuf,
}

/// What is in a directory of certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificates {
    /// Ours; none before the first start.
    pub own: Option<CertificateInfo>,
    /// Of those that we trust.
    pub trusted: Vec<CertificateInfo>,
    /// Of those that we were shown and have refused.
    pub rejected: Vec<CertificateInfo>,
}

/// Why a certificate was not moved or made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// Making or moving a file failed.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Our certificate could not be made.
    #[error("make a certificate: {0}")]
    Make(String),
    /// No certificate has this thumbprint, or more than one begins with it.
    #[error("{found} certificates in {directory} have a thumbprint that begins with {thumbprint}")]
    Thumbprint {
        /// How many.
        found: usize,
        /// Where.
        directory: PathBuf,
        /// What was asked for.
        thumbprint: String,
    },
}

impl Pki {
    /// Of a line, in this directory.
    #[must_use]
    pub fn of_line(line_id: &str, directory: PathBuf) -> Self {
        Self { directory, application_uri: format!("urn:packline:{}", line_id.to_lowercase()) }
    }

    /// Makes the directories and, at the first start, our key and certificate. True when it has
    /// made them.
    ///
    /// # Errors
    /// [`PkiError`]: a directory or file that cannot be written.
    pub fn prepare(&self, name: &str) -> Result<bool, PkiError> {
        for part in ["own", "private", "trusted", "rejected"] {
            let path = self.directory.join(part);
            let made = fs::DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(&path);
            made.map_err(|source| PkiError::File { path, source })?;
        }
        let (certificate, key) = (self.own(), self.directory.join("private/private.pem"));
        if certificate.exists() && key.exists() {
            return Ok(false);
        }
        self.make(name, &certificate, &key)?;
        Ok(true)
    }

    fn make(&self, name: &str, certificate: &Path, key: &Path) -> Result<(), PkiError> {
        let uri = &self.application_uri;
        let data = X509Data {
            key_size: KEY_BITS,
            common_name: name.to_owned(),
            organization: "packline".to_owned(),
            organizational_unit: String::new(),
            country: String::new(),
            state: String::new(),
            alt_host_names: X509Data::alt_host_names(uri, None, true, true, true),
            certificate_duration_days: VALID_DAYS,
        };
        CertificateStore::create_certificate_and_key(&data, true, certificate, key)
            .map_err(PkiError::Make)?;
        fs::set_permissions(key, fs::Permissions::from_mode(0o600))
            .map_err(|source| PkiError::File { path: key.to_owned(), source })
    }

    /// Our certificate's file.
    #[must_use]
    pub fn own(&self) -> PathBuf {
        self.directory.join("own/cert.der")
    }

    /// The library's view of the directory.
    pub(crate) fn store(&self) -> CertificateStore {
        CertificateStore::new(&self.directory)
    }

    /// What is there.
    ///
    /// # Errors
    /// A directory that cannot be read.
    pub fn list(&self) -> Result<Certificates, PkiError> {
        Ok(Certificates {
            own: read(&self.own()),
            trusted: self.those("trusted")?,
            rejected: self.those("rejected")?,
        })
    }

    /// Trusts a certificate that was refused.
    ///
    /// # Errors
    /// [`PkiError::Thumbprint`] when it is not the only one, or its file cannot be moved.
    pub fn trust(&self, thumbprint: &str) -> Result<CertificateInfo, PkiError> {
        self.moved(thumbprint, "rejected", "trusted")
    }

    /// Trusts the certificate in a file (DER or PEM), which came by another way than the link.
    ///
    /// # Errors
    /// The file is no certificate, or cannot be copied.
    pub fn trust_file(&self, file: &Path) -> Result<CertificateInfo, PkiError> {
        let failed = |source| PkiError::File { path: file.to_owned(), source };
        let certificate = CertificateStore::read_cert(file)
            .map_err(|error| failed(io::Error::other(error.to_string())))?;
        let der = certificate.to_der().map_err(|error| failed(io::Error::other(error)))?;
        let name = CertificateStore::cert_file_name(&certificate);
        let _ = fs::remove_file(self.directory.join("rejected").join(&name));
        let path = self.directory.join("trusted").join(name);
        fs::create_dir_all(self.directory.join("trusted")).map_err(failed)?;
        fs::write(&path, der).map_err(failed)?;
        read(&path).ok_or_else(|| failed(io::Error::other("no certificate")))
    }

    /// Trusts a certificate no longer.
    ///
    /// # Errors
    /// As [`Self::trust`].
    pub fn reject(&self, thumbprint: &str) -> Result<CertificateInfo, PkiError> {
        self.moved(thumbprint, "trusted", "rejected")
    }

    /// True when this very certificate is trusted.
    pub(crate) fn trusts(&self, certificate: &X509) -> bool {
        let name = CertificateStore::cert_file_name(certificate);
        self.directory.join("trusted").join(name).exists()
    }

    fn moved(&self, thumbprint: &str, from: &str, to: &str) -> Result<CertificateInfo, PkiError> {
        let wanted = hex_of(thumbprint);
        let mut found = self.those(from)?;
        found.retain(|one| wanted.len() >= HEX_MIN && one.thumbprint.starts_with(&wanted));
        let [one] = <[CertificateInfo; 1]>::try_from(found).map_err(|found| {
            let (found, directory) = (found.len(), self.directory.join(from));
            PkiError::Thumbprint { found, directory, thumbprint: thumbprint.to_owned() }
        })?;
        let name = one.file.file_name().unwrap_or_default();
        let file = self.directory.join(to).join(name);
        let failed = |source| PkiError::File { path: one.file.clone(), source };
        fs::rename(&one.file, &file).map_err(failed)?;
        Ok(CertificateInfo { file, ..one })
    }

    fn those(&self, part: &str) -> Result<Vec<CertificateInfo>, PkiError> {
        let path = self.directory.join(part);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(PkiError::File { path, source }),
        };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        Ok(files.iter().filter_map(|file| read(file)).collect())
    }
}

/// Small letters without colons and blanks: a thumbprint as any product shows it.
fn hex_of(thumbprint: &str) -> String {
    let digits = thumbprint.chars().filter(|c| !c.is_whitespace() && *c != ':');
    digits.map(|c| c.to_ascii_lowercase()).collect()
}

fn read(file: &Path) -> Option<CertificateInfo> {
    let certificate = CertificateStore::read_cert(file).ok()?;
    Some(CertificateInfo {
        subject: certificate.subject_name(),
        thumbprint: certificate.thumbprint().as_hex_string().to_lowercase(),
        valid_to: certificate.not_after().ok()?.to_rfc3339(),
        file: file.to_owned(),
    })
}

/// Refuses a file that others can read.
pub(crate) fn private(path: &Path) -> Result<(), String> {
    let told = |what: String| format!("{}: {what}", path.display());
    let mode = fs::metadata(path).map_err(|e| told(e.to_string()))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(told(format!("others can read it (mode {:o}); chmod 600 it", mode & 0o777)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_moves_by_its_thumbprint() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::of_line("LINE-1", dir.path().join("pki"));
        assert!(pki.prepare("Packline LINE-1").unwrap());
        assert!(!pki.prepare("Packline LINE-1").unwrap(), "it stays");
        private(&pki.directory.join("private/private.pem")).unwrap();
        let own = pki.list().unwrap().own.unwrap();
        assert!(own.subject.contains("Packline LINE-1"), "{own:?}");
        assert_eq!(own.thumbprint.len(), 40);
        let certificate = CertificateStore::read_cert(&pki.own()).unwrap();
        certificate.is_application_uri_valid("urn:packline:line-1").unwrap();
        assert!(!pki.trusts(&certificate));
        pki.store().store_rejected_cert(&certificate).unwrap();
        let short = &own.thumbprint[..7];
        assert!(matches!(pki.trust(short), Err(PkiError::Thumbprint { found: 0, .. })));
        let shown = own.thumbprint.to_uppercase();
        let moved = pki.trust(&format!("{}:{}", &shown[..2], &shown[2..])).unwrap();
        assert!(pki.trusts(&certificate) && moved.file.exists());
        assert!(pki.list().unwrap().rejected.is_empty());
        pki.reject(&own.thumbprint).unwrap();
        assert!(!pki.trusts(&certificate));
        assert_eq!(pki.trust_file(&pki.own()).unwrap().thumbprint, own.thumbprint);
        assert!(pki.trusts(&certificate) && pki.list().unwrap().rejected.is_empty());
        let none = dir.path().join("none.der");
        std::fs::write(&none, "no certificate").unwrap();
        assert!(pki.trust_file(&none).unwrap_err().to_string().contains("none.der"));
    }
}
