//! What SQLite calls. All `unsafe` of this crate is here: the functions below are called by SQLite alone, with what its
//! documentation of `sqlite3_vfs` and `sqlite3_io_methods` says.

use core::{
    ffi::{CStr, c_char, c_int, c_void},
    mem, ptr, slice,
    sync::atomic::{Ordering, fence},
};
use std::sync::Once;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use crate::{
    disk::Shared,
    fault::{Fault, Point},
};

/// Makes the disks the file system of every connection that names no other.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: it may be called at any time, and is first of all.
        let code = unsafe { ffi::sqlite3_initialize() };
        assert_eq!(code, ffi::SQLITE_OK);
        // SAFETY: NULL asks for the default, which is there for good once SQLite is initialised.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        // SAFETY: there is a default on every system that has files, and nobody else changes it here.
        let system = unsafe { system.as_ref() }.expect("a file system");
        let disks = sqlite3_vfs {
            iVersion: 2,
            szOsFile: c_int::try_from(size_of::<OpenFile>()).expect("some bytes"),
            pNext: ptr::null_mut(),
            zName: c"disks".as_ptr(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            // paths, time and randomness are the system's, whose functions ask nothing of the rest
            ..*system
        };
        // SAFETY: it is never freed, and all its functions are what they are to be.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(disks)), 1) };
        assert_eq!(code, ffi::SQLITE_OK);
    });
}

/// What SQLite makes room for.
#[repr(C)]
struct OpenFile {
    methods: *const sqlite3_io_methods,
    /// From `Box::into_raw`.
    handle: *mut Handle,
}

/// An open file.
struct Handle {
    disk: Shared,
    id: u64,
    number: u64,
    /// The folder is synced with the file the first time, since the file may be new.
    sync_folder: bool,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
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
    xShmMap: Some(map_index),
    xShmLock: Some(lock_index),
    xShmBarrier: Some(index_barrier),
    xShmUnmap: Some(unmap_index),
    xFetch: None,
    xUnfetch: None,
};

/// Files that are new when they are opened to be written, and whose folder SQLite on Unix syncs with them.
const JOURNALS: c_int = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file = file.cast::<OpenFile>();
    // SAFETY: SQLite has made room for an `OpenFile`, as `szOsFile` says. No methods: it is not to be closed.
    unsafe { file.write(OpenFile { methods: ptr::null(), handle: ptr::null_mut() }) };
    // SAFETY: a path, or NULL for a file without a name, of which the store has none.
    let Some((disk, name)) = (unsafe { find(name) }) else { return ffi::SQLITE_CANTOPEN };
    let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let main = flags & ffi::SQLITE_OPEN_MAIN_DB != 0;
    let opened = disk.state().open(name, create, main);
    let (id, number) = match opened {
        Ok(opened) => opened,
        Err(code) => return code,
    };
    let sync_folder = create && flags & JOURNALS != 0;
    let handle = Box::into_raw(Box::new(Handle { disk, id, number, sync_folder }));
    // SAFETY: as above.
    unsafe { file.write(OpenFile { methods: &raw const METHODS, handle }) };
    // SAFETY: NULL, or where SQLite wants to know them.
    if let Some(out_flags) = unsafe { out_flags.as_mut() } {
        *out_flags = flags;
    }
    ffi::SQLITE_OK
}

/// The disk of a path, and the file's name on it.
///
/// # Safety
/// It is NULL, or a string that ends in zero and outlives the answer.
unsafe fn find<'name>(path: *const c_char) -> Option<(Shared, &'name str)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: not NULL; the rest as the caller says.
    let path = unsafe { CStr::from_ptr(path) };
    Shared::find(path.to_str().ok()?)
}

/// The handle of an open file.
///
/// # Safety
/// The file was opened by [`open`] and is not closed before the handle is done with.
unsafe fn opened<'file>(file: *mut sqlite3_file) -> &'file mut Handle {
    // SAFETY: SQLite hands back what it gave to `open`, which has written it.
    let file = unsafe { &*file.cast::<OpenFile>() };
    // SAFETY: it is a box, freed when the file is closed, and SQLite uses a file from one thread at a time.
    unsafe { &mut *file.handle }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite hands back what it gave to `open`.
    let file = unsafe { &mut *file.cast::<OpenFile>() };
    // SAFETY: made by `Box::into_raw` there, and a file is closed once.
    let handle = unsafe { Box::from_raw(file.handle) };
    file.methods = ptr::null();
    handle.disk.state().close(handle.id, handle.number);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut sqlite3_file, into: *mut c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: SQLite wants so many bytes there, and nobody else looks at them meanwhile.
    let into = unsafe { slice::from_raw_parts_mut(into.cast::<u8>(), length(count)) };
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let mut state = handle.disk.state();
    if let Some(fault) = state.reach(Point::Read) {
        into.fill(0);
        return fault.code(Point::Read);
    }
    match state.node(handle.id).file.read(position(at), into) {
        there if there == into.len() => ffi::SQLITE_OK,
        _ => ffi::SQLITE_IOERR_SHORT_READ,
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, bytes: *const c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: SQLite has so many bytes there.
    let bytes = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), length(count)) };
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let mut state = handle.disk.state();
    let fault = state.reach(Point::Write);
    let arrives = match fault {
        None => bytes,
        Some(Fault::Die) if state.is_last() => bytes,
        Some(Fault::Die) => &[],
        // what was written before there was no room, or before it failed
        Some(_) => &bytes[..bytes.len() / 2],
    };
    if !arrives.is_empty() {
        state.node(handle.id).file.write(position(at), arrives);
    }
    answer(fault, Point::Write)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let mut state = handle.disk.state();
    let fault = state.reach(Point::Truncate);
    if fault.is_none() || state.is_last() {
        state.node(handle.id).file.truncate(position(size));
    }
    answer(fault, Point::Truncate)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let mut state = handle.disk.state();
    let fault = state.reach(Point::Sync);
    match fault {
        None => {
            state.sync(handle.id);
            if mem::take(&mut handle.sync_folder) {
                state.sync_folder();
            }
        }
        Some(Fault::Die) => {}
        Some(_) => state.node(handle.id).file.fail_to_sync(),
    }
    answer(fault, Point::Sync)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let mut state = handle.disk.state();
    let length = state.node(handle.id).file.len();
    // SAFETY: where SQLite wants to know it.
    unsafe { size.write(i64::try_from(length).expect("a file in memory")) };
    let fault = state.reach(Point::Size);
    answer(fault, Point::Size)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let mut state = handle.disk.state();
    match state.reach(Point::Lock) {
        Some(fault) => fault.code(Point::Lock),
        None if state.node(handle.id).locks.raise(handle.number, level) => ffi::SQLITE_OK,
        None => ffi::SQLITE_BUSY,
    }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    handle.disk.state().node(handle.id).locks.lower(handle.number, level);
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, reserved: *mut c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let is_reserved = handle.disk.state().node(handle.id).locks.is_reserved();
    // SAFETY: where SQLite wants to know it.
    unsafe { reserved.write(c_int::from(is_reserved)) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

/// SQLite's own default on Unix.
unsafe extern "C" fn sector_size(_: *mut sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn device_characteristics(_: *mut sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn map_index(
    file: *mut sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    mapped: *mut *mut c_void,
) -> c_int {
    let (region, size) = (length(region), length(size));
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    // SAFETY: where SQLite wants the pointer.
    let mapped = unsafe { &mut *mapped };
    *mapped = ptr::null_mut();
    let mut state = handle.disk.state();
    let grows = extend != 0 && state.node(handle.id).index.regions() <= region;
    let point = if grows { Point::GrowIndex } else { Point::MapIndex };
    if let Some(fault) = state.reach(point) {
        return fault.code(point);
    }
    let index = &mut state.node(handle.id).index;
    if grows {
        index.grow(region + 1, size);
    }
    *mapped = index.map(handle.number, region);
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock_index(file: *mut sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    let places = (0..8).filter(|place| (first..first + count).contains(place));
    let places = places.fold(0, |places, place| places | 1 << place);
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    let mut state = handle.disk.state();
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        state.node(handle.id).index.locks.unlock(handle.number, places);
        return ffi::SQLITE_OK;
    }
    let exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    match state.reach(Point::LockIndex) {
        Some(fault) => fault.code(Point::LockIndex),
        None if state.node(handle.id).index.locks.lock(handle.number, places, exclusive) => ffi::SQLITE_OK,
        None => ffi::SQLITE_BUSY,
    }
}

unsafe extern "C" fn index_barrier(_: *mut sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn unmap_index(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let handle = unsafe { opened(file) };
    handle.disk.state().node(handle.id).index.leave(handle.number);
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: a path.
    let Some((disk, name)) = (unsafe { find(name) }) else { return ffi::SQLITE_IOERR_DELETE };
    let mut state = disk.state();
    let fault = state.reach(Point::Delete);
    if fault.is_none() || state.is_last() {
        if !state.delete(name) {
            return ffi::SQLITE_IOERR_DELETE_NOENT;
        }
        if fault.is_none() && sync_folder & 1 != 0 {
            state.sync_folder();
        }
    }
    answer(fault, Point::Delete)
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    _: c_int,
    is_there: *mut c_int,
) -> c_int {
    // SAFETY: a path.
    let Some((disk, name)) = (unsafe { find(name) }) else { return ffi::SQLITE_IOERR_ACCESS };
    let mut state = disk.state();
    let fault = state.reach(Point::Access);
    // SAFETY: where SQLite wants to know it.
    unsafe { is_there.write(c_int::from(state.has(name))) };
    answer(fault, Point::Access)
}

fn answer(fault: Option<Fault>, point: Point) -> c_int {
    fault.map_or(ffi::SQLITE_OK, |fault| fault.code(point))
}

fn length(count: c_int) -> usize {
    usize::try_from(count).expect("SQLite counts from 0")
}

fn position(at: i64) -> usize {
    usize::try_from(at).expect("SQLite counts from 0")
}
