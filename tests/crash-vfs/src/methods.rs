//! The methods of an open file, as SQLite calls them.
//!
//! Each takes the handle that `open` put behind SQLite's own structure and asks the [`Disk`]. Must
//! never be reached with a file that `open` has not made.

#![expect(unsafe_code, reason = "a SQLite VFS is a table of C functions")]

use crate::disk::{Content, Disk, Failed, State};
use crate::locks::{SHM_LOCKS, ShmHeld, level};
use crate::trace::Inode;
use rusqlite::ffi;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Arc;

/// The wal-index lock of the writer (<https://www.sqlite.org/walformat.html>, WAL_WRITE_LOCK).
const WRITE_LOCK: usize = 0;
/// What SQLite's VFS for Unix tells of a disk that it knows nothing of.
const SECTOR_SIZE: c_int = 4096;

/// SQLite's view of an open file; ours is behind the pointer.
#[repr(C)]
pub(crate) struct File {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

/// One connection's view of a file.
struct Handle {
    disk: Arc<Disk>,
    inode: Inode,
    level: c_int,
    shm: ShmHeld,
    mapped: bool,
    /// The first sync takes the directory with it.
    sync_directory: bool,
}

impl Handle {
    fn with<T>(&mut self, work: impl FnOnce(&mut Content, &mut Self) -> T) -> T {
        let disk = self.disk.clone();
        let mut state = disk.state();
        work(&mut state.files[self.inode], self)
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Puts an open file behind SQLite's structure.
///
/// # Safety
/// `file` points to at least `size_of::<File>()` bytes that SQLite keeps until it calls `close`.
pub(crate) unsafe fn open(
    file: *mut ffi::sqlite3_file,
    disk: Arc<Disk>,
    inode: Inode,
    sync_directory: bool,
) {
    let (level, shm, mapped) = (level::NONE, ShmHeld::default(), false);
    let handle = Box::new(Handle { disk, inode, level, shm, mapped, sync_directory });
    let base = ffi::sqlite3_file { pMethods: &raw const METHODS };
    // SAFETY: the caller vouches for room behind `file`.
    unsafe { file.cast::<File>().write(File { base, handle: Box::into_raw(handle) }) }
}

/// The handle of a file that `open` made.
///
/// # Safety
/// `file` was made by `open` and not closed; SQLite calls the methods of one file one at a time.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: by the contract, the pointer is `open`'s and nobody else uses it meanwhile.
    unsafe { &mut *(*file.cast::<File>()).handle }
}

fn answer(done: Result<(), Failed>, error: c_int) -> c_int {
    match done {
        Ok(()) => ffi::SQLITE_OK,
        Err(Failed::Error) => error,
        Err(Failed::Full) => ffi::SQLITE_FULL,
    }
}

fn size(bytes: impl TryInto<usize>) -> usize {
    bytes.try_into().unwrap_or_default()
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes once; the handle came from `Box::into_raw`.
    let mut handle = unsafe { Box::from_raw((*file.cast::<File>()).handle) };
    handle.with(|content, own| {
        content.locks.lower(&mut own.level, level::NONE);
        unmap(content, own);
    });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    to: *mut c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: SQLite gives a buffer of `amount` bytes for reading into, and a file of ours.
    let (to, handle) =
        unsafe { (std::slice::from_raw_parts_mut(to.cast::<u8>(), size(amount)), handle(file)) };
    let state = handle.disk.state();
    if state.is_dead() {
        return ffi::SQLITE_IOERR_READ;
    }
    let bytes = &state.files[handle.inode].bytes;
    let rest = bytes.get(size(offset)..).unwrap_or_default();
    let there = rest.len().min(to.len());
    to[..there].copy_from_slice(&rest[..there]);
    to[there..].fill(0);
    if there < to.len() { ffi::SQLITE_IOERR_SHORT_READ } else { ffi::SQLITE_OK }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: SQLite gives a buffer of `amount` bytes to be written, and a file of ours.
    let (from, handle) =
        unsafe { (std::slice::from_raw_parts(from.cast::<u8>(), size(amount)), handle(file)) };
    answer(handle.disk.write(handle.inode, size(offset), from), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    answer(handle.disk.truncate(handle.inode, size(length)), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    let done = handle.disk.sync(handle.inode, handle.sync_directory);
    if done.is_ok() {
        handle.sync_directory = false;
    }
    answer(done, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, to: *mut i64) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    let length = handle.with(|content, _| content.bytes.len());
    // SAFETY: SQLite gives a place for the answer.
    unsafe { to.write(i64::try_from(length).unwrap_or(i64::MAX)) }
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, wanted: c_int) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    let granted = handle.with(|content, own| content.locks.raise(&mut own.level, wanted));
    if granted { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, wanted: c_int) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    handle.with(|content, own| content.locks.lower(&mut own.level, wanted));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, to: *mut c_int) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    let reserved = handle.with(|content, _| content.locks.is_reserved());
    // SAFETY: SQLite gives a place for the answer.
    unsafe { to.write(c_int::from(reserved)) }
    ffi::SQLITE_OK
}

/// Knows one thing: how to weaken `PRAGMA synchronous` when the disk was told so.
unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: a file of ours.
    let weak = unsafe { handle(file) }.disk.state().weak;
    if operation == ffi::SQLITE_FCNTL_PRAGMA && weak {
        // SAFETY: for this operation the argument is an array of strings: answer, name, value.
        unsafe { weaken(argument.cast::<*mut c_char>()) }
    }
    ffi::SQLITE_NOTFOUND
}

/// Writes `1` (NORMAL) over the value of `PRAGMA synchronous`; SQLite goes on with what it finds.
///
/// # Safety
/// `pragma` is the array that SQLite documents for `SQLITE_FCNTL_PRAGMA`.
unsafe fn weaken(pragma: *mut *mut c_char) {
    // SAFETY: the contract; name and value are strings that end with zero, or null.
    unsafe {
        let (name, value) = (*pragma.add(1), *pragma.add(2));
        let is_synchronous =
            !name.is_null() && CStr::from_ptr(name).to_bytes().eq_ignore_ascii_case(b"synchronous");
        if is_synchronous && !value.is_null() && *value != 0 {
            let normal: c_char = 0x31;
            value.write(normal);
            value.add(1).write(0);
        }
    }
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    SECTOR_SIZE
}

/// As SQLite's VFS for Unix: a write changes no byte beside it, and nothing else is promised.
unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    region_size: c_int,
    extend: c_int,
    to: *mut *mut c_void,
) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    let memory = handle.with(|content, own| {
        if !own.mapped {
            own.mapped = true;
            content.regions.users += 1;
        }
        content.regions.map(size(region), size(region_size), extend != 0)
    });
    // SAFETY: SQLite gives a place for the answer; null says that there is no such region yet.
    unsafe { to.write(memory.unwrap_or(std::ptr::null_mut()).cast()) }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    from: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: a file of ours.
    let handle = unsafe { handle(file) };
    let (from, count) = (size(from), size(count));
    if from + count > SHM_LOCKS {
        return ffi::SQLITE_IOERR_SHMLOCK;
    }
    let exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    let locking = flags & ffi::SQLITE_SHM_LOCK != 0;
    if locking && exclusive && from == WRITE_LOCK && is_refused(&mut handle.disk.state()) {
        return ffi::SQLITE_BUSY;
    }
    let granted = handle.with(|content, own| {
        if !locking {
            content.shm_locks.release(&mut own.shm, from, count);
            true
        } else if exclusive {
            content.shm_locks.exclude(&mut own.shm, from, count)
        } else {
            content.shm_locks.share(&mut own.shm, from)
        }
    });
    if granted { ffi::SQLITE_OK } else { ffi::SQLITE_BUSY }
}

fn is_refused(state: &mut State) -> bool {
    let refused = state.busy > 0;
    state.busy = state.busy.saturating_sub(1);
    refused
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: a file of ours.
    unsafe { handle(file) }.with(unmap);
    ffi::SQLITE_OK
}

fn unmap(content: &mut Content, own: &mut Handle) {
    content.shm_locks.release(&mut own.shm, 0, SHM_LOCKS);
    if std::mem::take(&mut own.mapped) {
        content.regions.leave();
    }
}
