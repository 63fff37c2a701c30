//! Markers: a place for one mark beside a store that no backup contains, by which a restored or copied store is noticed.

use core::{
    ffi::{c_char, c_void},
    fmt,
    mem::offset_of,
    ptr,
};
use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use entrenous::marker::{MARK_LEN, Marker};
use entrenous::store::FailureKind;
use entrenous_store_sqlite::FileMarker;

use crate::{
    call::Caller,
    callback::{self, Context, Grows, Release, ReleaseFn, sized},
    client::{entrenous_client, with},
    guarded::Guarded,
    handle::{self, Object},
    result::{Code, entrenous_result},
    store::{
        Failure,
        callbacks::{entrenous_answer, kind},
    },
};

/// Bytes of a mark.
pub const ENTRENOUS_MARK_LEN: usize = 16;

const _: () = assert!(ENTRENOUS_MARK_LEN == MARK_LEN);

/// A place for one mark that neither a backup nor a copy of the store contains. Other processes wait for it until it is freed.
#[derive(Debug)]
pub struct entrenous_marker(Guarded<Kind>);

impl Object for entrenous_marker {}

#[derive(Debug)]
enum Kind {
    File(FileMarker, #[expect(dead_code, reason = "held until the marker is dropped")] Held),
    Callbacks(Own),
}

/// The databases whose markers this process holds: a second one would wait for the first.
static HELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Of one of them, as long as its marker is there.
#[derive(Debug)]
struct Held(PathBuf);

impl Held {
    /// Refuses what this process holds already. A path that leads nowhere is the marker's to refuse.
    fn of(database: &str) -> Result<Self, Code> {
        let database = fs::canonicalize(database).unwrap_or_else(|_| database.into());
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.insert(database.clone()) { Ok(Self(database)) } else { Err(Code::StoreBusy) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[derive(Debug)]
struct Own {
    context: Context,
    read: unsafe extern "C" fn(*mut c_void, *mut u8, *mut bool) -> i32,
    write: unsafe extern "C" fn(*mut c_void, *const u8) -> i32,
    _release: Release,
}

/// An application's own place for a mark, such as the platform's key store.
///
/// The functions may be called from every thread that uses the marker, one call at a time. They must not throw or jump out, and
/// must not call this library.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct entrenous_marker_callbacks {
    /// `sizeof(entrenous_marker_callbacks)`.
    pub size: usize,
    /// Given back to the functions.
    pub context: *mut c_void,
    /// Gives the mark that was written last, `ENTRENOUS_MARK_LEN` bytes, and sets `found`; clears it when none was, or when it was
    /// written for another store. Answers with an `entrenous_answer`.
    pub read: Option<unsafe extern "C" fn(context: *mut c_void, mark: *mut u8, found: *mut bool) -> i32>,
    /// Puts a mark in the place of the last one, durably. Answers with an `entrenous_answer`.
    pub write: Option<unsafe extern "C" fn(context: *mut c_void, mark: *const u8) -> i32>,
    /// Called once, when the marker is freed; NULL if there is nothing to do.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
}

// SAFETY: the size is first; a function is an address, and the application's to get right
unsafe impl Grows for entrenous_marker_callbacks {
    const FIRST_SIZE: usize = offset_of!(Self, release) + size_of::<usize>();
    const DEFAULT: Self = Self { size: 0, context: ptr::null_mut(), read: None, write: None, release: None };
}

impl fmt::Debug for entrenous_marker_callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entrenous_marker_callbacks")
    }
}

impl Marker for &mut Kind {
    type Error = Failure;

    fn kind(error: &Failure) -> FailureKind {
        error.kind()
    }

    fn read(&mut self) -> Result<Option<[u8; MARK_LEN]>, Failure> {
        match self {
            Kind::File(marker, _) => Ok(marker.read()?),
            Kind::Callbacks(own) => own.read(),
        }
    }

    fn write(&mut self, mark: &[u8; MARK_LEN]) -> Result<(), Failure> {
        match self {
            Kind::File(marker, _) => Ok(marker.write(mark)?),
            Kind::Callbacks(own) => own.write(mark),
        }
    }
}

impl Own {
    fn read(&self) -> Result<Option<[u8; MARK_LEN]>, Failure> {
        // a byte: an application in another language may write any into a flag
        let (mut mark, mut found) = ([0; MARK_LEN], 0_u8);
        let flag = (&raw mut found).cast::<bool>();
        // SAFETY: the application's function with its own context, and places for a mark and a flag
        let answer = callback::call(|| unsafe { (self.read)(self.context.0, mark.as_mut_ptr(), flag) });
        answered(answer)?;
        Ok((found != 0).then_some(mark))
    }

    fn write(&self, mark: &[u8; MARK_LEN]) -> Result<(), Failure> {
        // SAFETY: the application's function with its own context, and a mark
        let answer = callback::call(|| unsafe { (self.write)(self.context.0, mark.as_ptr()) });
        answered(answer)
    }
}

fn answered(answer: i32) -> Result<(), Failure> {
    match answer {
        _ if answer == entrenous_answer::Ok as i32 => Ok(()),
        _ => Err(Failure::Application(kind(answer))),
    }
}

/// Makes a marker in files of the store's own in a folder, which is made for the owner alone. It is to lie where nothing that
/// brings the store back reaches: `getNoBackupFilesDir` on Android, a folder with `isExcludedFromBackup` on Apple's systems,
/// `$XDG_STATE_HOME` elsewhere. Waits until no other process holds it.
///
/// `database`: the path of an SQLite store's file, which must be there.
///
/// Errors: `STORE_BUSY` when this process holds it already; `STORE_MISUSE` when the folder is, or is in, the store's own one, or there is no such file; `STORE_DENIED`, `STORE_FULL`,
/// `STORE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_marker_in_folder(
    folder: *const c_char,
    folder_len: usize,
    database: *const c_char,
    database_len: usize,
    marker: *mut *mut entrenous_marker,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(marker)?;
        let (folder, database) = (caller.text(folder, folder_len)?, caller.text(database, database_len)?);
        if folder.contains('\0') || database.contains('\0') {
            return Err(Code::StoreMisuse);
        }
        let held = Held::of(database)?;
        let marker = FileMarker::in_folder(folder, database).map_err(Failure::Sqlite)?;
        out.set(handle::give(entrenous_marker(Guarded::new(Kind::File(marker, held))))?);
        Ok(())
    })
}

/// Makes a marker of an application's own functions.
///
/// Errors: `NULL_POINTER` also for a function that is missing, `BAD_ARGUMENT` for a `size` that is too small. The context is
/// released only of a marker that was made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_marker_new(
    callbacks: *const entrenous_marker_callbacks,
    marker: *mut *mut entrenous_marker,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(marker)?;
        let table = sized(&caller, callbacks)?;
        let own = Own {
            context: Context(table.context),
            read: table.read.ok_or(Code::NullPointer)?,
            write: table.write.ok_or(Code::NullPointer)?,
            _release: Release::new(table.context, table.release as Option<ReleaseFn>),
        };
        out.set(handle::give(entrenous_marker(Guarded::new(Kind::Callbacks(own))))?);
        Ok(())
    })
}

/// Compares a client's store with its marker: right after creating or opening it, every time. A store that is not the one that
/// was written last tells `STORE_RESTORED` in the inbox.
///
/// Errors: `MARKER`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_compare_marker(
    client: *const entrenous_client,
    marker: *const entrenous_marker,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let marker = handle::get(marker)?;
        let mut kind = marker.0.hold()?;
        with(client, |client| client.compare_marker(&mut &mut *kind))
    })
}

/// The same for a client that stays open, along with its maintenance: a store can be brought back under it.
///
/// Errors: as for `entrenous_client_compare_marker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_check_marker(
    client: *const entrenous_client,
    marker: *const entrenous_marker,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let marker = handle::get(marker)?;
        let mut kind = marker.0.hold()?;
        with(client, |client| client.check_marker(&mut *kind))
    })
}
