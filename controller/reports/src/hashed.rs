//! A writer that counts and hashes what passes through.
//!
//! Must never change a byte.

use crate::{ReportError, Written};
use sha2::{Digest, Sha256};
use std::io::{self, BufWriter, Write};

/// See the module.
pub(crate) struct Hashed<W: Write> {
    inner: BufWriter<W>,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner: BufWriter::new(inner), hash: Sha256::new(), bytes: 0 }
    }

    pub(crate) fn finish(mut self) -> Result<Written, ReportError> {
        self.inner.flush()?;
        Ok(Written { sha256: hex(&self.hash.finalize()), bytes: self.bytes })
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        let passed = bytes.get(..taken).unwrap_or_default();
        self.hash.update(passed);
        self.bytes += passed.len() as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
