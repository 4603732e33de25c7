//! Pools of serial numbers from outside: read from CSV or JSON, checked whole, kept as evidence;
//! and the serials of a batch written out again.
//!
//! Called when an order is loaded and by `serial export`. Must never alter a serial, and never
//! let a pool pass of which one serial is not checked.

mod check;
mod csv_pool;
mod export;
mod findings;
mod inbox;
mod json_pool;

pub use check::{Wanted, check};
pub use export::{ExportError, ExportFormat, StateFilter, export, source_json};
pub use findings::{PoolError, PoolFinding, SHOWN_OF_A_KIND};
pub use inbox::{DIRECTORY, is_plain_name, keep};
pub use json_pool::PoolJson;

use findings::Findings;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Largest file: twice what 2,000,000 serials of 20 characters need with product code and quotes.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What the command line says of a file that cannot say it itself (CSV).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Who handed the pool out.
    pub provider: Option<String>,
    /// What the provider says of the serials' uniqueness.
    pub claim: Option<String>,
}

/// A pool as it stands in its file, not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The file, as messages name it.
    pub file: String,
    /// Who handed it out; empty when nobody says so.
    pub provider: String,
    /// The provider's claim of uniqueness; empty when nobody says so.
    pub claim: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    entries: Vec<Entry>,
    places: Places,
}

/// One serial as written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    serial: String,
    gtin: Option<String>,
    /// Line of the file, or index in the list.
    at: u64,
}

/// What `Entry::at` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Places {
    Lines,
    Items,
    /// No file: serials that this ledger kept.
    Ledger,
}

impl Pool {
    /// Reads the file at `path`, which messages call `name`.
    ///
    /// # Errors
    /// [`PoolError`]: no such file, neither CSV nor JSON, no column `serial`.
    pub fn read(path: &Path, name: &str, given: &Given) -> Result<Self, PoolError> {
        let refuse = |what: String, remedy: &str| Err(Findings::one(name, what, remedy));
        let readable = "give the path of a readable pool file";
        match std::fs::metadata(path) {
            Err(error) => return refuse(format!("cannot be read: {error}"), readable),
            Ok(about) if !about.is_file() => return refuse("is no file".to_owned(), readable),
            Ok(about) if about.len() > FILE_BYTES_MAX => {
                let what = format!("{} bytes, at most {FILE_BYTES_MAX} are read", about.len());
                return refuse(what, "split the pool and the order");
            }
            Ok(_) => {}
        }
        match std::fs::read(path) {
            Ok(bytes) => Self::parse(&bytes, name, given),
            Err(error) => refuse(format!("cannot be read: {error}"), readable),
        }
    }

    /// Reads the bytes of the file `name`: JSON when it begins with a brace, else CSV.
    ///
    /// # Errors
    /// [`PoolError`], as [`Pool::read`].
    pub fn parse(bytes: &[u8], name: &str, given: &Given) -> Result<Self, PoolError> {
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let text = str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            let what = format!("line {} is not UTF-8 text", line + 1);
            Findings::one(name, what, "save the file as UTF-8, without a password or compression")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            let remedy = "give a file with a header line and serials, or the provider's JSON";
            return Err(Findings::one(name, "is empty".to_owned(), remedy));
        }
        if text.trim_start().starts_with('{') {
            json_pool::read(text, name, given, sha256)
        } else {
            csv_pool::read(text, name, given, sha256)
        }
    }

    /// Serials that earlier orders of this ledger kept; they are checked like any others.
    #[must_use]
    pub fn kept(serials: &[codes::SerialNumber]) -> Self {
        let entry = |(index, serial): (usize, &codes::SerialNumber)| Entry {
            serial: serial.as_str().to_owned(),
            gtin: None,
            at: index as u64,
        };
        Self {
            file: "kept serials".to_owned(),
            provider: String::new(),
            claim: String::new(),
            sha256: String::new(),
            entries: serials.iter().enumerate().map(entry).collect(),
            places: Places::Ledger,
        }
    }

    /// Its serial numbers, for lists that are no pool of an order.
    ///
    /// # Errors
    /// The first that is none, and where it stands.
    pub fn numbers(&self) -> Result<Vec<codes::SerialNumber>, String> {
        let number = |entry: &Entry| {
            let parsed: Result<codes::SerialNumber, codes::CodeError> = entry.serial.parse();
            parsed.map_err(|error| format!("{}: {error}", self.place(entry.at)))
        };
        self.entries.iter().map(number).collect()
    }

    /// Serials in it, as far as they were read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn place(&self, at: u64) -> String {
        match self.places {
            Places::Lines => format!("{}:{at}", self.file),
            Places::Items => format!("{}: serials[{at}]", self.file),
            Places::Ledger => self.file.clone(),
        }
    }

    /// The place without the file's name, for a second mention.
    fn short_place(&self, at: u64) -> String {
        match self.places {
            Places::Lines => format!("line {at}"),
            Places::Items => format!("serials[{at}]"),
            Places::Ledger => self.file.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
