//! A disk in memory under SQLite that loses power, fails, fills up, stalls and lies; tests only.
//!
//! [`Mount::at`] puts a [`Disk`] over a directory: every SQLite connection of this process whose
//! file lies there works on it, whatever opened it, so the code under test needs no hook. All
//! other files go to the operating system as before. [`Replay`] makes from a disk's trace what a
//! power cut at any operation can leave behind ([`Cut`]).
//!
//! Model of the medium: sectors of 512 bytes; a write is volatile until a sync of its file; a
//! power cut keeps, drops or garbles each un-synced sector on its own, but never a byte that was
//! not being written (SQLite's "powersafe overwrite", which its own VFS assumes); entries of the
//! directory are volatile until it is synced, and survive in their order. Must never be linked
//! into a program.

mod disk;
mod image;
mod locks;
mod methods;
mod random;
mod shared;
mod trace;
mod vfs;

pub use disk::{Disk, Fault};
pub use image::{Cut, Image, Medium, Replay};
pub use random::Random;
pub use trace::Op;
pub use vfs::Mount;

/// Bytes that the medium writes whole or not at all.
pub const SECTOR: usize = 512;
