//! The write-ahead log before a start: whatever can be read of it is made durable first.
//!
//! After a failed sync some kernels keep pages readable that never reached the disk and take them
//! for written. SQLite would read such frames as committed, and later commits would rest on a hole
//! of the log. Written once more and synced they are there, or the ledger is not opened. Called
//! with the writer's lock, before SQLite opens the file. Must never change a byte.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes written at once.
const PART: usize = 1 << 20;

/// Writes the log at `path` once more and syncs it; there need be none.
pub(crate) fn settle(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    write_again(&mut file)?;
    file.sync_all()
}

/// Writes every byte of `file` over itself, in place; the caller syncs.
///
/// # Errors
/// Reading or writing failed; the file says what it said.
pub fn write_again(file: &mut (impl Read + Write + Seek)) -> io::Result<()> {
    let (mut part, mut at) = (vec![0; PART], 0);
    loop {
        file.seek(SeekFrom::Start(at))?;
        let read = file.read(&mut part)?;
        if read == 0 {
            return Ok(());
        }
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&part[..read])?;
        at += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_written_over_itself() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a-wal");
        settle(&path).expect("there need be none");
        let bytes: Vec<u8> = (0..PART + 77).map(|i| (i * 7) as u8).collect();
        std::fs::write(&path, &bytes).expect("a log");
        settle(&path).expect("settled");
        assert_eq!(std::fs::read(&path).expect("a log"), bytes);
        let mut counted = Counted(io::Cursor::new(bytes.clone()), 0);
        write_again(&mut counted).expect("written");
        assert_eq!((counted.0.into_inner(), counted.1), (bytes.clone(), bytes.len()));
    }

    struct Counted(io::Cursor<Vec<u8>>, usize);
    impl Read for Counted {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0.read(into)
        }
    }
    impl Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += bytes.len();
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
}
