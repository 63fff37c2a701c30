//! A store of the application's: its own database, which gets to see sealed records by opaque keys and nothing else.

use core::{ffi::c_void, fmt, mem::offset_of, ptr};
use std::sync::Mutex;

use entrenous::store::{
    Action, Change, Changes, Commit, FailureKind, Generation, MAX_RECORD, Record, RecordKey,
};

use super::{Failure, Kind, entrenous_store};
use crate::{
    call::Caller,
    callback::{self, Context, Grows, Release, ReleaseFn, sized},
    handle::{self, Object},
    result::{Code, entrenous_result},
};

/// Bytes of a record's key.
pub const ENTRENOUS_RECORD_KEY_LEN: usize = 16;

/// What a function of an application's store or marker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum entrenous_answer {
    /// It is done; a commit is durable.
    Ok = 0,
    /// Only of a commit: a record was not as expected, and nothing was changed.
    Conflict = 1,
    /// Others hold the database: trying again may help.
    Busy = 2,
    /// There is no room.
    Full = 3,
    /// It can't be opened or written.
    Denied = 4,
    /// What is there is not what was written.
    Damaged = 5,
    /// Anything else has gone wrong; so is every number that is not here.
    Failed = 6,
}

/// What a commit does with one record. Every bit of it is opaque to the store.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_change {
    /// The record's key, `ENTRENOUS_RECORD_KEY_LEN` bytes.
    pub key: *const u8,
    /// The generation that the record must have now; of no meaning where none must be there.
    pub expected: u64,
    /// Whether a record must be there now (true) or must not.
    pub expects: bool,
    /// What to do.
    pub action: entrenous_action,
    /// To put: the generation of the new record, below 2^63.
    pub generation: u64,
    /// To put: the new record's bytes.
    pub record: *const u8,
    /// How many they are, at most 20 MiB.
    pub record_len: usize,
}

/// What to do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_action {
    /// Nothing: only what is expected counts.
    Keep = 0,
    /// Write it, in the place of what was there.
    Put = 1,
    /// Remove it so that nothing can be read from the disk; nothing to do where none is expected.
    Remove = 2,
}

/// An application's own store.
///
/// The functions may be called from every thread that uses the store, one call at a time. They must not throw or jump out,
/// and must not call this library, but for `entrenous_records_set` within `load`: a client or store that is called by what
/// it calls says `REENTERED`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct entrenous_store_callbacks {
    /// `sizeof(entrenous_store_callbacks)`.
    pub size: usize,
    /// Given back to the functions.
    pub context: *mut c_void,
    /// Gives the records of `count` keys, which lie one after the other, with `entrenous_records_set` each; for a key
    /// without a record nothing is set. All are as they were at one moment. Answers with an `entrenous_answer`.
    pub load: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            keys: *const u8,
            count: usize,
            records: *mut entrenous_records,
        ) -> i32,
    >,
    /// Makes all of `count` changes durable, or none: first every record's generation is compared with what is expected,
    /// with no other commit in between, and one that differs makes it a `CONFLICT`; `OK` says that they survive a crash
    /// of the machine. Answers with an `entrenous_answer`.
    pub commit: Option<
        unsafe extern "C" fn(context: *mut c_void, changes: *const entrenous_change, count: usize) -> i32,
    >,
    /// Called once, when the store and all clients on it are freed; NULL if there is nothing to do.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
}

// SAFETY: the size is first; a function is an address, and the application's to get right
unsafe impl Grows for entrenous_store_callbacks {
    const FIRST_SIZE: usize = offset_of!(Self, release) + size_of::<usize>();
    const DEFAULT: Self = Self { size: 0, context: ptr::null_mut(), load: None, commit: None, release: None };
}

impl fmt::Debug for entrenous_store_callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entrenous_store_callbacks")
    }
}

#[derive(Debug)]
pub(super) struct Own {
    context: Context,
    load: unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut entrenous_records) -> i32,
    commit: unsafe extern "C" fn(*mut c_void, *const entrenous_change, usize) -> i32,
    _release: Release,
}

/// What `load` puts records into. It is no handle any more when `load` has answered.
#[derive(Debug)]
pub struct entrenous_records(Mutex<Vec<Option<Record>>>);

impl Object for entrenous_records {}

/// Frees a handle when dropped, whatever happens.
struct Lent(*mut entrenous_records);

impl Drop for Lent {
    fn drop(&mut self) {
        handle::put_back(self.0);
    }
}

impl Own {
    pub(super) fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Failure> {
        let bytes: Vec<u8> = keys.iter().flat_map(RecordKey::as_bytes).copied().collect();
        let records = entrenous_records(Mutex::new(vec![None; keys.len()]));
        let lent = Lent(handle::give(records).map_err(|_| Failure::Application(FailureKind::Other))?);
        // SAFETY: the application's function with its own context, as many keys as it is told, and a handle
        let answer =
            callback::call(|| unsafe { (self.load)(self.context.0, bytes.as_ptr(), keys.len(), lent.0) });
        if answer != entrenous_answer::Ok as i32 {
            return Err(Failure::Application(kind(answer)));
        }
        let records = handle::get(lent.0).map_err(|_| Failure::Application(FailureKind::Misuse))?;
        let mut records = records.0.lock().map_err(|_| Failure::Application(FailureKind::Misuse))?;
        Ok(core::mem::take(&mut *records))
    }

    pub(super) fn commit(&self, changes: &Changes) -> Result<Commit, Failure> {
        let changes: Vec<entrenous_change> =
            changes.iter().map(|(key, change)| entrenous_change::of(key, change)).collect();
        // SAFETY: the application's function with its own context, and as many changes as it is told
        let answer =
            callback::call(|| unsafe { (self.commit)(self.context.0, changes.as_ptr(), changes.len()) });
        match answer {
            _ if answer == entrenous_answer::Ok as i32 => Ok(Commit::Applied),
            _ if answer == entrenous_answer::Conflict as i32 => Ok(Commit::Conflict),
            _ => Err(Failure::Application(kind(answer))),
        }
    }
}

impl entrenous_change {
    /// As long as `key` and `change` are there.
    fn of(key: &RecordKey, change: &Change) -> Self {
        let (action, generation, record) = match &change.action {
            Action::Keep => (entrenous_action::Keep, 0, &[][..]),
            Action::Put(Record { generation, bytes }) => {
                (entrenous_action::Put, generation.get(), &bytes[..])
            }
            Action::Remove => (entrenous_action::Remove, 0, &[][..]),
        };
        Self {
            key: key.as_bytes().as_ptr(),
            expected: change.expected.map_or(0, Generation::get),
            expects: change.expected.is_some(),
            action,
            generation,
            record: record.as_ptr(),
            record_len: record.len(),
        }
    }
}

/// What an answer that is not OK comes to.
pub(crate) fn kind(answer: i32) -> FailureKind {
    use entrenous_answer as Answer;
    let known = [
        (Answer::Busy, FailureKind::Busy),
        (Answer::Full, FailureKind::Full),
        (Answer::Denied, FailureKind::Denied),
        (Answer::Damaged, FailureKind::Damaged),
    ];
    known.into_iter().find(|(known, _)| *known as i32 == answer).map_or(FailureKind::Other, |(_, kind)| kind)
}

/// Makes a store of an application's own functions.
///
/// Errors: `NULL_POINTER` also for a function that is missing, `BAD_ARGUMENT` for a `size` that is too small. The context
/// is released only of a store that was made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_new(
    callbacks: *const entrenous_store_callbacks,
    store: *mut *mut entrenous_store,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(store)?;
        let table = sized(&caller, callbacks)?;
        let own = Own {
            context: Context(table.context),
            load: table.load.ok_or(Code::NullPointer)?,
            commit: table.commit.ok_or(Code::NullPointer)?,
            _release: Release::new(table.context, table.release as Option<ReleaseFn>),
        };
        entrenous_store::give(Kind::Callbacks(own), out)
    })
}

/// Within an application's `load`: gives the record of the key at `index`. The bytes are copied.
///
/// Errors: `OUT_OF_RANGE`; `BAD_LENGTH` above 20 MiB; `BAD_ARGUMENT` for a generation of 2^63 and more; `BAD_HANDLE` when `load`
/// has answered already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_records_set(
    records: *mut entrenous_records,
    index: usize,
    generation: u64,
    record: *const u8,
    record_len: usize,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        if record_len > MAX_RECORD {
            return Err(Code::BadLength);
        }
        let generation = Generation::new(generation).ok_or(Code::BadArgument)?;
        let bytes = caller.slice(record, record_len)?.to_vec();
        let records = handle::get(records)?;
        let mut records = records.0.lock().map_err(|_| Code::Poisoned)?;
        *records.get_mut(index).ok_or(Code::OutOfRange)? = Some(Record { generation, bytes });
        Ok(())
    })
}
