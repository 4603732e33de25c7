//! The wal-index: memory that the connections of one file share.
//!
//! Handed out as raw pointers by `methods.rs`. Must never move or end while a connection maps it.

#![expect(unsafe_code, reason = "SQLite wants the wal-index as raw memory that connections share")]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};

/// Alignment of a region: SQLite casts it to structures of 64-bit numbers and atomics.
const ALIGN: usize = 64;

/// Regions of one file's wal-index, in order, all of one size.
#[derive(Debug, Default)]
pub(crate) struct Regions {
    all: Vec<Region>,
    /// Connections that have mapped it.
    pub(crate) users: u32,
}

#[derive(Debug)]
struct Region {
    memory: *mut u8,
    layout: Layout,
}

// SAFETY: a region is plain memory. Only SQLite reads and writes it, from several threads, under
// the locks and barriers of its wal-index protocol; Rust code holds the address and nothing else.
unsafe impl Send for Region {}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: `memory` came from `alloc_zeroed` with this layout and is freed once, here.
        unsafe { dealloc(self.memory, self.layout) }
    }
}

impl Regions {
    /// Address of a region, which is made with those before it when `extend` says so.
    pub(crate) fn map(&mut self, at: usize, size: usize, extend: bool) -> Option<*mut u8> {
        while extend && self.all.len() <= at {
            let layout = Layout::from_size_align(size.max(1), ALIGN).ok()?;
            // SAFETY: the layout's size is not zero.
            let memory = unsafe { alloc_zeroed(layout) };
            if memory.is_null() {
                handle_alloc_error(layout);
            }
            self.all.push(Region { memory, layout });
        }
        self.all.get(at).map(|region| region.memory)
    }

    /// A connection lets go; the last one ends the wal-index, as a restart would.
    pub(crate) fn leave(&mut self) {
        self.users = self.users.saturating_sub(1);
        if self.users == 0 {
            self.all.clear();
        }
    }
}
