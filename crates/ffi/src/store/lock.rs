//! A store's key under a passphrase, kept in the store itself.

use core::ffi::c_char;

use entrenous::{Cost, Error, StoreLock, System};

use super::{ENTRENOUS_STORE_KEY_LEN, entrenous_store};
use crate::{
    call::Caller,
    result::{Code, entrenous_result},
};

/// What a guess of a passphrase costs, with Argon2id (RFC 9106).
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_cost {
    /// Memory in KiB, 19,456 to 1,048,576.
    pub memory_kib: u32,
    /// Passes over it, 2 to 16.
    pub passes: u32,
    /// Lanes, 1 to 4, computed one after the other.
    pub lanes: u32,
}

/// The default, 64 MiB and 3 passes, for NULL.
pub(crate) fn cost(caller: &Caller, cost: *const entrenous_cost) -> Result<Cost, Code> {
    if cost.is_null() {
        return Ok(Cost::DEFAULT);
    }
    let entrenous_cost { memory_kib, passes, lanes } = caller.value(cost)?;
    let lanes = u8::try_from(lanes).map_err(|_| Code::UnusablePassphrase)?;
    Cost::new(memory_kib, passes, lanes).map_err(|_| Code::UnusablePassphrase)
}

/// What an error of the client's comes to where it is about a lock.
fn of_lock(error: Error) -> Code {
    match error {
        Error::NoAccount => Code::NoLock,
        Error::AccountExists => Code::LockExists,
        error => error.into(),
    }
}

/// Whether a store has a lock: its key is under a passphrase in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_is_locked(
    store: *const entrenous_store,
    locked: *mut bool,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(locked)?;
        out.set(StoreLock::is_on(&entrenous_store::of(store)?)?);
        Ok(())
    })
}

/// Draws a key for an empty store and keeps it in the store, under a passphrase. The account is created with this key then. Takes as long as `cost` says; NULL: 64 MiB and 3
/// passes.
///
/// Errors: `LOCK_EXISTS` when the store has a lock, or an account with another key; `UNUSABLE_PASSPHRASE`, `RANDOM`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_lock(
    store: *const entrenous_store,
    passphrase: *const c_char,
    passphrase_len: usize,
    cost: *const entrenous_cost,
    key: *mut u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_array::<ENTRENOUS_STORE_KEY_LEN>(key)?;
        let cost = self::cost(&caller, cost)?;
        let passphrase = caller.slice(passphrase.cast(), passphrase_len)?;
        let mut store = entrenous_store::of(store)?;
        let locked = StoreLock::put_on(&mut store, passphrase, cost, &mut System::new());
        out.set(*locked.map_err(of_lock)?.as_bytes());
        Ok(())
    })
}

/// Gives the key of a store that has a lock. Takes as long as the lock's costs say.
///
/// Errors: `NO_LOCK`; `WRONG_PASSPHRASE`; `CORRUPT`, `LATER_VERSION`, `UNUSABLE_PASSPHRASE`, and
/// those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_unlock(
    store: *const entrenous_store,
    passphrase: *const c_char,
    passphrase_len: usize,
    key: *mut u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_array::<ENTRENOUS_STORE_KEY_LEN>(key)?;
        let passphrase = caller.slice(passphrase.cast(), passphrase_len)?;
        let key = StoreLock::open(&entrenous_store::of(store)?, passphrase);
        out.set(*key.map_err(of_lock)?.as_bytes());
        Ok(())
    })
}

/// Puts a store's key under another passphrase. A copy of the store from before still opens with the old one.
///
/// `cost`: as for `entrenous_store_lock`.
///
/// Errors: as for `entrenous_store_unlock`; `STORE_BUSY` when another process has changed it meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_store_change_lock(
    store: *const entrenous_store,
    old_passphrase: *const c_char,
    old_len: usize,
    new_passphrase: *const c_char,
    new_len: usize,
    cost: *const entrenous_cost,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let cost = self::cost(&caller, cost)?;
        let old = caller.slice(old_passphrase.cast(), old_len)?;
        let new = caller.slice(new_passphrase.cast(), new_len)?;
        let mut store = entrenous_store::of(store)?;
        StoreLock::change(&mut store, old, new, cost, &mut System::new()).map_err(of_lock)
    })
}
