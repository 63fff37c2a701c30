//! A store of the application's own that can be begun from what was on another, and a clock and randomness that are the same in
//! every run.

use core::{
    cell::{Cell, RefCell},
    ffi::c_void,
    ptr, slice,
};
use std::collections::BTreeMap;

use entrenous_ffi::{
    environment::{entrenous_environment, entrenous_environment_callbacks, entrenous_environment_new},
    result::entrenous_result,
    store::{
        callbacks::{
            entrenous_action, entrenous_answer, entrenous_change, entrenous_records, entrenous_records_set,
            entrenous_store_callbacks, entrenous_store_new,
        },
        entrenous_store,
    },
};

/// Records with their generations, by their keys.
pub(crate) type Records = BTreeMap<[u8; 16], (u64, Vec<u8>)>;

/// What the callbacks have as their context. It stays until the process ends, as C's globals do.
pub(crate) struct Disk {
    pub(crate) records: RefCell<Records>,
    /// What was lent for the last load: no handle any more.
    pub(crate) lent: Cell<*mut entrenous_records>,
}

impl Disk {
    pub(crate) fn new(records: Records) -> Box<Self> {
        Box::new(Self { records: RefCell::new(records), lent: Cell::new(ptr::null_mut()) })
    }

    /// A store on this disk, which must not go before everything that uses it.
    pub(crate) fn store(&self) -> *mut entrenous_store {
        let callbacks = entrenous_store_callbacks {
            size: size_of::<entrenous_store_callbacks>(),
            context: ptr::from_ref(self).cast_mut().cast(),
            load: Some(load),
            commit: Some(commit),
            release: None,
        };
        let mut store = ptr::null_mut();
        // SAFETY: both are there
        let made = unsafe { entrenous_store_new(&callbacks, &mut store) };
        assert_eq!(made, entrenous_result::Ok);
        store
    }
}

unsafe extern "C" fn load(
    context: *mut c_void,
    keys: *const u8,
    count: usize,
    to: *mut entrenous_records,
) -> i32 {
    // SAFETY: the context is a disk that is still there; of keys there are so many
    let (disk, keys) =
        unsafe { (&*context.cast::<Disk>(), slice::from_raw_parts(keys.cast::<[u8; 16]>(), count)) };
    disk.lent.set(to);
    for (index, key) in keys.iter().enumerate() {
        if let Some((generation, bytes)) = disk.records.borrow().get(key) {
            // SAFETY: the bytes are there
            let set = unsafe { entrenous_records_set(to, index, *generation, bytes.as_ptr(), bytes.len()) };
            assert_eq!(set, entrenous_result::Ok);
        }
    }
    entrenous_answer::Ok as i32
}

unsafe extern "C" fn commit(context: *mut c_void, changes: *const entrenous_change, count: usize) -> i32 {
    // SAFETY: as above
    let (disk, changes) = unsafe { (&*context.cast::<Disk>(), slice::from_raw_parts(changes, count)) };
    let mut records = disk.records.borrow_mut();
    // SAFETY: every change has a key
    let key = |change: &entrenous_change| unsafe { *change.key.cast::<[u8; 16]>() };
    let as_expected = |change: &entrenous_change| {
        records.get(&key(change)).map(|(generation, _)| *generation)
            == change.expects.then_some(change.expected)
    };
    if !changes.iter().all(as_expected) {
        return entrenous_answer::Conflict as i32;
    }
    for change in changes {
        match change.action {
            entrenous_action::Keep => {}
            entrenous_action::Put => {
                // SAFETY: what is put has so many bytes
                let bytes = unsafe { slice::from_raw_parts(change.record, change.record_len) };
                records.insert(key(change), (change.generation, bytes.to_vec()));
            }
            entrenous_action::Remove => drop(records.remove(&key(change))),
        }
    }
    entrenous_answer::Ok as i32
}

/// Day 20,000, and numbers that follow from one another.
pub(crate) fn environment() -> *mut entrenous_environment {
    let callbacks = entrenous_environment_callbacks {
        size: size_of::<entrenous_environment_callbacks>(),
        context: ptr::null_mut(),
        random: Some(random),
        now_ms: Some(now_ms),
        release: None,
    };
    DRAWN.set(1);
    let mut environment = ptr::null_mut();
    // SAFETY: both are there
    let made = unsafe { entrenous_environment_new(&callbacks, &mut environment) };
    assert_eq!(made, entrenous_result::Ok);
    environment
}

thread_local! {
    static DRAWN: Cell<u64> = const { Cell::new(1) };
}

unsafe extern "C" fn random(_: *mut c_void, out: *mut u8, len: usize) -> i32 {
    // SAFETY: there is room for so many
    let out = unsafe { slice::from_raw_parts_mut(out, len) };
    for byte in out {
        // xorshift: nobody is to be kept from guessing here
        let mut state = DRAWN.get();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        DRAWN.set(state);
        *byte = state.to_be_bytes()[3];
    }
    0
}

unsafe extern "C" fn now_ms(_: *mut c_void) -> u64 {
    20_000 * 86_400_000
}
