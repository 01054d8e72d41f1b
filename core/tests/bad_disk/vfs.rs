//! Stands between SQLite and the system: hands everything on to SQLite's own layer for this
//! system, and asks the disk first where the file is on one. Locks and shared memory are the real
//! ones. Every function here is called by SQLite only, with what it was given here.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::null;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Once};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use crate::disk::{Disk, Operation};

/// SQLite's own layer.
static REAL: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(std::ptr::null_mut());

/// What SQLite has allocated for an open file; the real layer's own follows in memory.
#[repr(C)]
struct Handle {
    base: sqlite3_file,
    file: *mut OpenFile,
}

struct OpenFile {
    disk: Arc<Disk>,
    number: usize,
    /// The next sync is one of the folder too, as in SQLite's own layer for a new log or journal.
    names_too: AtomicBool,
    real: *mut sqlite3_file,
}

/// Makes this the layer that every connection of the process is opened with.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: no name asks for the default; SQLite initializes itself.
        let real = unsafe { ffi::sqlite3_vfs_find(null()) };
        REAL.store(real, Ordering::Release);
        // SAFETY: SQLite always has a default, and it stays.
        let real = unsafe { &*real };
        let size = c_int::try_from(size_of::<Handle>()).unwrap();
        let layer = sqlite3_vfs {
            szOsFile: size + real.szOsFile,
            zName: c"bad-disk".as_ptr(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            // What is left asks the system for time, chance and absolute paths.
            ..*real
        };
        let layer = Box::leak(Box::new(layer));
        // SAFETY: it is complete and lives as long as the process.
        let registered = unsafe { ffi::sqlite3_vfs_register(layer, 1) };
        assert_eq!(registered, ffi::SQLITE_OK);
    });
}

fn real() -> &'static sqlite3_vfs {
    let real = REAL.load(Ordering::Acquire);
    // SAFETY: set before the functions below are known to SQLite, and stays.
    unsafe { &*real }
}

fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: SQLite's names end in a zero and live as long as the call.
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())))
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    handle: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let layer = REAL.load(Ordering::Acquire);
    let really = real().xOpen.unwrap();
    let Some((disk, short)) = path(name).and_then(Disk::holding) else {
        // SAFETY: everything as SQLite gave it; the memory is larger than that layer needs.
        return unsafe { really(layer, name, handle, flags, flags_out) };
    };
    let may_create = flags & ffi::SQLITE_OPEN_CREATE != 0;
    // SAFETY: SQLite gives uninitialized memory of at least this size; all of it is set here,
    // and SQLite closes nothing that has no methods.
    unsafe {
        handle.cast::<Handle>().write(Handle {
            base: sqlite3_file { pMethods: null() },
            file: std::ptr::null_mut(),
        });
    }
    let number = match disk.open(short, may_create) {
        Ok(number) => number,
        Err(code) => return code,
    };
    // SAFETY: SQLite allocated `szOsFile`, so the real layer's part follows.
    let behind = unsafe { handle.byte_add(size_of::<Handle>()) };
    // SAFETY: the name and the flags as SQLite gave them, and memory of the layer's own size.
    let opened = unsafe { really(layer, name, behind, flags, flags_out) };
    if opened != ffi::SQLITE_OK {
        return opened;
    }
    let kinds = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL;
    let file = OpenFile {
        disk,
        number,
        names_too: AtomicBool::new(may_create && flags & kinds != 0),
        real: behind,
    };
    let file = Box::into_raw(Box::new(file));
    // SAFETY: as above.
    unsafe {
        handle.cast::<Handle>().write(Handle {
            base: sqlite3_file { pMethods: &METHODS },
            file,
        });
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    if let Some((disk, short)) = path(name).and_then(Disk::holding)
        && let Err(code) = disk.delete(short, sync & 1 != 0)
    {
        return code;
    }
    let really = real().xDelete.unwrap();
    // SAFETY: as SQLite called this one.
    unsafe { really(REAL.load(Ordering::Acquire), name, sync) }
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    found: *mut c_int,
) -> c_int {
    if let Some((disk, _)) = path(name).and_then(Disk::holding)
        && let Err(code) = disk.ask(Operation::Access)
    {
        return code;
    }
    let really = real().xAccess.unwrap();
    // SAFETY: as SQLite called this one.
    unsafe { really(REAL.load(Ordering::Acquire), name, flags, found) }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // With shared memory, and without mapping the file itself.
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

/// The file that `open` put there, until `close` takes it away.
fn opened<'a>(handle: *mut sqlite3_file) -> &'a OpenFile {
    // SAFETY: SQLite calls the methods only with what `open` has filled.
    let handle = unsafe { &*handle.cast::<Handle>() };
    // SAFETY: `open` made it from a box, and `close` comes last.
    unsafe { &*handle.file }
}

impl OpenFile {
    fn methods(&self) -> &'static sqlite3_io_methods {
        // SAFETY: the real layer has opened it.
        let real = unsafe { &*self.real };
        // SAFETY: an open file has methods, which are static.
        unsafe { &*real.pMethods }
    }
}

unsafe extern "C" fn close(handle: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls the methods only with what `open` has filled.
    let handle = unsafe { &mut *handle.cast::<Handle>() };
    // SAFETY: `open` made it from a box, and a file is closed once.
    let file = unsafe { Box::from_raw(handle.file) };
    let really = file.methods().xClose.unwrap();
    // SAFETY: it is open, and this was its last use.
    unsafe { really(file.real) }
}

unsafe extern "C" fn write(
    handle: *mut sqlite3_file,
    data: *const c_void,
    size: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let file = opened(handle);
    let length = usize::try_from(size).unwrap();
    // SAFETY: SQLite gives as many bytes as it says.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) };
    let start = usize::try_from(offset).unwrap();
    let (some, answer) = file.disk.write(file.number, start, bytes);
    let really = file.methods().xWrite.unwrap();
    // SAFETY: as SQLite called this one, or with fewer of its bytes.
    let written = unsafe { really(file.real, data, c_int::try_from(some).unwrap(), offset) };
    if written == ffi::SQLITE_OK {
        answer
    } else {
        written
    }
}

unsafe extern "C" fn truncate(handle: *mut sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    let file = opened(handle);
    let asked = file
        .disk
        .truncate(file.number, usize::try_from(size).unwrap());
    let really = file.methods().xTruncate.unwrap();
    match asked {
        // SAFETY: as SQLite called this one.
        Ok(()) => unsafe { really(file.real, size) },
        Err(code) => code,
    }
}

/// The disk is a part of the test, so the system need not sync for it.
unsafe extern "C" fn sync(handle: *mut sqlite3_file, _: c_int) -> c_int {
    let file = opened(handle);
    let names_too = file.names_too.load(Ordering::Acquire);
    match file.disk.sync(file.number, names_too) {
        Ok(()) => {
            file.names_too.store(false, Ordering::Release);
            ffi::SQLITE_OK
        }
        Err(code) => code,
    }
}

unsafe extern "C" fn shm_lock(
    handle: *mut sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    let file = opened(handle);
    // A lock can always be given back.
    if flags & ffi::SQLITE_SHM_LOCK != 0
        && let Err(code) = file.disk.ask(Operation::ShmLock)
    {
        return code;
    }
    let really = file.methods().xShmLock.unwrap();
    // SAFETY: as SQLite called this one.
    unsafe { really(file.real, offset, count, flags) }
}

unsafe extern "C" fn shm_barrier(handle: *mut sqlite3_file) {
    let file = opened(handle);
    let really = file.methods().xShmBarrier.unwrap();
    // SAFETY: as SQLite called this one.
    unsafe { really(file.real) }
}

/// Handed on, once the disk was asked where it can go wrong.
macro_rules! handed_on {
    ($($name:ident($($value:ident: $kind:ty),*) = $method:ident $(, $operation:ident)?;)*) => {$(
        unsafe extern "C" fn $name(handle: *mut sqlite3_file, $($value: $kind),*) -> c_int {
            let file = opened(handle);
            $(
                if let Err(code) = file.disk.ask(Operation::$operation) {
                    return code;
                }
            )?
            let really = file.methods().$method.unwrap();
            // SAFETY: as SQLite called this one.
            unsafe { really(file.real, $($value),*) }
        }
    )*};
}

handed_on! {
    read(data: *mut c_void, size: c_int, offset: ffi::sqlite3_int64) = xRead, Read;
    file_size(size: *mut ffi::sqlite3_int64) = xFileSize, FileSize;
    lock(level: c_int) = xLock, Lock;
    unlock(level: c_int) = xUnlock;
    check_reserved_lock(taken: *mut c_int) = xCheckReservedLock;
    file_control(code: c_int, value: *mut c_void) = xFileControl;
    sector_size() = xSectorSize;
    device_characteristics() = xDeviceCharacteristics;
    shm_map(page: c_int, size: c_int, extend: c_int, memory: *mut *mut c_void) = xShmMap, ShmMap;
    shm_unmap(remove: c_int) = xShmUnmap;
}
