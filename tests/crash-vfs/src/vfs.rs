//! The VFS itself: files below a mount go to its disk, all others to the operating system.
//!
//! Registered once a process, as SQLite's default. Must never answer for a path that is not
//! mounted.

#![expect(unsafe_code, reason = "a SQLite VFS is a table of C functions")]

use crate::disk::Disk;
use crate::methods;
use rusqlite::ffi;
use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

type Mounts = Vec<(String, Arc<Disk>)>;

static MOUNTS: RwLock<Mounts> = RwLock::new(Vec::new());
static REGISTERED: OnceLock<System> = OnceLock::new();

/// SQLite's own VFS, to which everything else goes.
struct System(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's VFS objects live as long as the process and may be used from any thread.
unsafe impl Send for System {}
// SAFETY: as above; nothing here changes the object behind the pointer.
unsafe impl Sync for System {}

/// A disk over a directory; ends when it is dropped.
#[derive(Debug)]
pub struct Mount {
    prefix: String,
    disk: Arc<Disk>,
}

impl Mount {
    /// Every SQLite file directly in `directory` (which exists) is on `disk` from now on. Close
    /// the connections before the mount.
    ///
    /// # Errors
    /// There is no such directory, or SQLite takes no VFS.
    pub fn at(directory: &Path, disk: Arc<Disk>) -> std::io::Result<Self> {
        register()?;
        let prefix = format!("{}/", PathBuf::from(directory).canonicalize()?.display());
        let mut mounts = MOUNTS.write().unwrap_or_else(PoisonError::into_inner);
        if mounts.iter().any(|(known, _)| *known == prefix) {
            return Err(std::io::ErrorKind::AlreadyExists.into());
        }
        mounts.push((prefix.clone(), disk.clone()));
        Ok(Self { prefix, disk })
    }

    /// The disk.
    #[must_use]
    pub const fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let mut mounts = MOUNTS.write().unwrap_or_else(PoisonError::into_inner);
        mounts.retain(|(prefix, _)| *prefix != self.prefix);
    }
}

fn register() -> std::io::Result<()> {
    static LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    if REGISTERED.get().is_some() {
        return Ok(());
    }
    let failed = |what: &str| std::io::Error::other(what.to_owned());
    // SAFETY: null asks for the default; the object that is found is never freed.
    let system = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    if system.is_null() {
        return Err(failed("SQLite has no VFS"));
    }
    // SAFETY: a VFS that SQLite told; it is copied and keeps its sleeping, clock and randomness.
    let mut ours = unsafe { std::ptr::read(system) };
    ours.szOsFile = ours.szOsFile.max(c_int::try_from(size_of::<methods::File>()).unwrap_or(64));
    ours.pNext = std::ptr::null_mut();
    ours.zName = c"crash".as_ptr();
    ours.xOpen = Some(open);
    ours.xDelete = Some(delete);
    ours.xAccess = Some(access);
    let _ = REGISTERED.set(System(system));
    // SAFETY: the object is leaked and so outlives SQLite; its functions are of the right types.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 1) };
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(failed("SQLite refuses the VFS")) }
}

fn system() -> *mut ffi::sqlite3_vfs {
    REGISTERED.get().map_or(std::ptr::null_mut(), |system| system.0)
}

/// The disk that a path is on, and the name there.
///
/// # Safety
/// `path` is null or a string that ends with zero.
unsafe fn mounted(path: *const c_char) -> Option<(Arc<Disk>, String)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the contract.
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    let mounts = MOUNTS.read().unwrap_or_else(PoisonError::into_inner);
    let on = |(prefix, disk): &(String, Arc<Disk>)| {
        path.strip_prefix(prefix.as_str()).map(|name| (disk.clone(), name.to_owned()))
    };
    mounts.iter().find_map(on)
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a path or null.
    let Some((disk, name)) = (unsafe { mounted(path) }) else {
        // SAFETY: not ours: the system's VFS gets its own object and everything else unchanged, and
        // the file structure is at least as large as it wants.
        return unsafe {
            let call = (*system()).xOpen;
            call.map_or(ffi::SQLITE_CANTOPEN, |call| call(system(), path, file, flags, flags_out))
        };
    };
    let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let journal =
        ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
    // SAFETY: SQLite expects no methods behind a file that did not open.
    unsafe { (*file).pMethods = std::ptr::null() }
    match disk.open(&name, create) {
        Ok(Some(inode)) => {
            // SAFETY: SQLite gives `szOsFile` bytes, at least the size of our structure, and null
            // or a place for the flags.
            unsafe {
                methods::open(file, disk, inode, create && flags & journal != 0);
                if !flags_out.is_null() {
                    flags_out.write(flags);
                }
            }
            ffi::SQLITE_OK
        }
        Ok(None) => ffi::SQLITE_CANTOPEN,
        Err(crate::disk::Failed::Full) => ffi::SQLITE_FULL,
        Err(crate::disk::Failed::Error) => ffi::SQLITE_IOERR,
    }
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_directory: c_int,
) -> c_int {
    // SAFETY: SQLite gives a path.
    let Some((disk, name)) = (unsafe { mounted(path) }) else {
        // SAFETY: not ours: unchanged to the system's VFS.
        return unsafe {
            let call = (*system()).xDelete;
            call.map_or(ffi::SQLITE_IOERR, |call| call(system(), path, sync_directory))
        };
    };
    match disk.delete(&name, sync_directory != 0) {
        Ok(()) => ffi::SQLITE_OK,
        Err(_) => ffi::SQLITE_IOERR_DELETE,
    }
}

unsafe extern "C" fn access(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    to: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a path.
    let Some((disk, name)) = (unsafe { mounted(path) }) else {
        // SAFETY: not ours: unchanged to the system's VFS.
        return unsafe {
            let call = (*system()).xAccess;
            call.map_or(ffi::SQLITE_IOERR, |call| call(system(), path, flags, to))
        };
    };
    let state = disk.state();
    // An empty file does not count, as with SQLite's VFS for Unix.
    let there = state.directory.get(name.as_str()).is_some_and(|&inode| {
        flags != ffi::SQLITE_ACCESS_EXISTS || !state.files[inode].bytes.is_empty()
    });
    // SAFETY: SQLite gives a place for the answer.
    unsafe { to.write(c_int::from(there)) }
    ffi::SQLITE_OK
}
