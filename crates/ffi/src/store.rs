//! Stores: where a client keeps everything.

pub mod callbacks;
pub mod lock;

use std::sync::{Arc, MutexGuard};

use core::ffi::c_char;

use entrenous::{
    MemoryStore, Store, StoreKey, System,
    store::{Changes, Commit, FailureKind, Record, RecordKey},
};
use entrenous_store_sqlite::{Options, SqliteStore};

use crate::{
    call::{Caller, Out},
    guarded::Guarded,
    handle::{self, Object},
    result::{Code, entrenous_result},
};

/// Bytes of a store's key.
pub const ENTRENOUS_STORE_KEY_LEN: usize = 32;

/// A store. Freeing the handle doesn't close it as long as a client uses it; several clients may use one.
#[derive(Clone, Debug)]
pub struct entrenous_store(Arc<Guarded<Kind>>);

impl Object for entrenous_store {}

#[derive(Debug)]
enum Kind {
    Memory(MemoryStore),
    Sqlite(SqliteStore),
    Callbacks(callbacks::Own),
}

/// What a store of any kind has reported.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The embedded one.
    #[error(transparent)]
    Sqlite(#[from] entrenous_store_sqlite::Error),
    /// The application's own, or whatever it was asked for in the middle of it.
    #[error("the application's store has failed: {0:?}")]
    Application(FailureKind),
}

impl Failure {
    pub(crate) fn kind(&self) -> FailureKind {
        match self {
            Self::Sqlite(error) => SqliteStore::kind(error),
            Self::Application(kind) => *kind,
        }
    }
}

impl From<Failure> for Code {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Sqlite(entrenous_store_sqlite::Error::LaterVersion { .. }) => Self::LaterVersion,
            failure => Self::of_store(failure.kind()),
        }
    }
}

impl entrenous_store {
    fn give(kind: Kind, out: Out<'_, *mut Self>) -> Result<(), Code> {
        out.set(handle::give(Self(Arc::new(Guarded::new(kind))))?);
        Ok(())
    }

    #[cfg(test)]
    pub(crate) fn in_memory(store: MemoryStore) -> Self {
        Self(Arc::new(Guarded::new(Kind::Memory(store))))
    }

    /// A store of a handle.
    pub(crate) fn of(handle: *const Self) -> Result<Self, Code> {
        Ok(Self::clone(&*handle::get(handle)?))
    }

    /// Whoever asks a store from within one of its own functions, or one in which a fault has happened, has misused it.
    fn held(&self) -> Result<MutexGuard<'_, Kind>, Failure> {
        self.0.hold().map_err(|_| Failure::Application(FailureKind::Misuse))
    }
}

impl Store for entrenous_store {
    type Error = Failure;

    fn kind(error: &Failure) -> FailureKind {
        error.kind()
    }

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Failure> {
        match &*self.held()? {
            Kind::Memory(store) => match store.load(keys) {
                Ok(records) => Ok(records),
                Err(never) => match never {},
            },
            Kind::Sqlite(store) => Ok(store.load(keys)?),
            Kind::Callbacks(store) => store.load(keys),
        }
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Failure> {
        match &mut *self.held()? {
            Kind::Memory(store) => match store.commit(changes) {
                Ok(commit) => Ok(commit),
                Err(never) => match never {},
            },
            Kind::Sqlite(store) => Ok(store.commit(changes)?),
            Kind::Callbacks(store) => store.commit(changes),
        }
    }
}

/// Reads a store's key.
pub(crate) fn store_key(caller: &Caller, key: *const u8) -> Result<StoreKey, Code> {
    let bytes = zeroize::Zeroizing::new(caller.array::<ENTRENOUS_STORE_KEY_LEN>(key)?);
    Ok(StoreKey::from_bytes(&bytes))
}

/// Draws a key for a store from the operating system: 32 bytes, to be kept in the platform's key store. Who has it and the
/// store has everything.
///
/// Errors: `RANDOM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_key_generate(key: *mut u8) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_array::<ENTRENOUS_STORE_KEY_LEN>(key)?;
        out.set(*StoreKey::generate(&mut System::new())?.as_bytes());
        Ok(())
    })
}

/// Makes a store in memory, for tests: what is in it is gone when the last handle and client are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_memory(store: *mut *mut entrenous_store) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(store)?;
        entrenous_store::give(Kind::Memory(MemoryStore::new()), out)
    })
}

/// Opens the store in one SQLite file, and makes the file and its folder if they aren't there. The folder must be the
/// owner's alone. Several processes may have one file open; each opens it for itself.
///
/// `path`: of the file, in UTF-8. `busy_ms`: how long an operation waits for another process, 5,000 is a good choice.
/// `max_bytes`: the most that the file may take; 0: whatever the disk holds.
///
/// Errors: `STORE_BUSY`, `STORE_FULL`, `STORE_DENIED`, `STORE_DAMAGED` also for a file that is something else,
/// `STORE_MISUSE` for a path that is no place for a store, `LATER_VERSION`, `STORE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_sqlite(
    path: *const c_char,
    path_len: usize,
    busy_ms: u32,
    max_bytes: u64,
    store: *mut *mut entrenous_store,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(store)?;
        let options = Options {
            busy: core::time::Duration::from_millis(busy_ms.into()),
            max_bytes: (max_bytes > 0).then_some(max_bytes),
        };
        let path = caller.text(path, path_len)?;
        if path.contains('\0') {
            return Err(Code::StoreMisuse);
        }
        let opened = SqliteStore::open_with(path, options);
        entrenous_store::give(Kind::Sqlite(opened.map_err(Failure::Sqlite)?), out)
    })
}

fn with_sqlite(
    store: *const entrenous_store,
    upkeep: impl FnOnce(&mut SqliteStore) -> Result<(), entrenous_store_sqlite::Error>,
) -> Result<(), Code> {
    let store = handle::get(store)?;
    match &mut *store.0.hold()? {
        Kind::Sqlite(store) => Ok(upkeep(store).map_err(Failure::Sqlite)?),
        Kind::Memory(_) | Kind::Callbacks(_) => Err(Code::StoreMisuse),
    }
}

/// Empties the log beside an SQLite store's file: before the file is copied, or to leave nothing of what was removed.
///
/// Errors: `STORE_MISUSE` for another kind of store, `STORE_BUSY` while others read, and those of the disk.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_checkpoint(store: *const entrenous_store) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| with_sqlite(store, SqliteStore::checkpoint))
}

/// Writes an SQLite store's file anew, without the room that removed records leave.
///
/// Errors: as for `entrenous_store_checkpoint`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_compact(store: *const entrenous_store) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| with_sqlite(store, SqliteStore::compact))
}

/// Reads the whole of an SQLite store's file, and looks whether it is sound.
///
/// Errors: `STORE_DAMAGED` when it isn't; else as for `entrenous_store_checkpoint`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_check(store: *const entrenous_store) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| with_sqlite(store, |store| store.check()))
}
