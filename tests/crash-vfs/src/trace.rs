//! What was asked of a disk, in order: the trace from which power cuts are made.
//!
//! Written by [`crate::Disk`], read by [`crate::Replay`]. Must never leave out what changes the
//! medium or what makes it durable.

use std::sync::Arc;

/// A file's content; a name that was deleted and made again is another one.
pub type Inode = usize;

/// One operation.
#[derive(Clone, Debug)]
pub enum Op {
    /// A new, empty file in the directory.
    Create {
        /// Its name.
        name: Arc<str>,
        /// Its content.
        inode: Inode,
    },
    /// Bytes at a place.
    Write {
        /// Of which file.
        inode: Inode,
        /// Where.
        offset: usize,
        /// What.
        data: Arc<[u8]>,
    },
    /// Another length.
    Truncate {
        /// Of which file.
        inode: Inode,
        /// Bytes.
        length: usize,
    },
    /// Everything of a file written so far becomes durable.
    Sync {
        /// Of which file.
        inode: Inode,
        /// The directory with it, as SQLite's own VFS does for a new journal.
        directory: bool,
    },
    /// A sync that failed, after which the operating system takes what was written for written:
    /// it can be read, and never comes to the medium unless it is written again.
    SyncLost {
        /// Of which file.
        inode: Inode,
    },
    /// The name goes out of the directory.
    Delete {
        /// The name.
        name: Arc<str>,
        /// The directory is synced with it.
        directory: bool,
    },
}

/// Changes bytes as the operating system shows them at once.
pub(crate) fn write(content: &mut Vec<u8>, offset: usize, data: &[u8]) {
    if content.len() < offset + data.len() {
        content.resize(offset + data.len(), 0);
    }
    content[offset..offset + data.len()].copy_from_slice(data);
}
