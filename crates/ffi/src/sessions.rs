//! Starting sessions, and learning whose devices there are.

use entrenous::{StartOptions, operation::StartSession};

use crate::{
    call::{Caller, flag, set_some},
    client::{entrenous_addresses, entrenous_client, with},
    handle,
    result::entrenous_result,
    types::entrenous_address,
};

/// Starts a session with a device of an account that is known by its id, from a bundle that a directory gave. Messages that
/// wait for the device are in the outbox then.
///
/// `account`: whose device it must be. `replace`: 1 to replace a session in which the device has answered, else 0.
/// `accept_stale`: 1 to use a signed prekey that has expired, else 0. `with`: the device; may be NULL.
///
/// Errors: `IDENTITY_MISMATCH` for another account's bundle; `MALFORMED`, `UNTRUSTED`, `STALE`, `FUTURE_DATED` when anything in it
/// doesn't hold; `SESSION_EXISTS`, `TOO_MANY_RESETS`, `TOO_MANY_DEVICES`; `MISUSE` for the own device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_start_session(
    client: *const entrenous_client,
    account: *const u8,
    bundle: *const u8,
    bundle_len: usize,
    replace: u32,
    accept_stale: u32,
    with: *mut entrenous_address,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_or_null(with)?;
        let expected = Some(caller.account(account)?);
        let options = StartOptions { replace: flag(replace)?, accept_stale: flag(accept_stale)? };
        let bundle = caller.slice(bundle, bundle_len)?;
        let operation = StartSession { expected, bundle, options };
        let started = self::with(client, |client| client.perform(&operation))?;
        set_some(out, started.with.into());
        Ok(())
    })
}

/// Starts a session with a device of an account whose id nobody knew before: the directory could have given anybody's. It stays
/// `FIRST_USE` until the two people compare.
///
/// `with`: the device, and so the account that the bundle says it is of; it may be one that is known already.
///
/// Errors: as for `entrenous_client_start_session`, but for `IDENTITY_MISMATCH`. After `STALE` and `SESSION_EXISTS` that function is the one
/// to call, once the user knows whose account it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_first_contact(
    client: *const entrenous_client,
    bundle: *const u8,
    bundle_len: usize,
    with: *mut entrenous_address,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(with)?;
        let bundle = caller.slice(bundle, bundle_len)?;
        out.set(self::with(client, |client| client.first_contact(bundle))?.with.into());
        Ok(())
    })
}

/// Gives the devices of an account, a contact's or the own one, with which a session is to be started: fetch a bundle of each.
/// Messages wait for them.
///
/// Errors: `NO_SESSION` when the account is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_missing_devices(
    client: *const entrenous_client,
    account: *const u8,
    devices: *mut *mut entrenous_addresses,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(devices)?;
        let account = caller.account(account)?;
        let missing = with(client, |client| client.missing_devices(&account))?;
        out.set(handle::give(entrenous_addresses::of(missing.into_iter().map(Into::into)))?);
        Ok(())
    })
}

/// Takes in the device list that a directory has of a known account or the own one: in a bundle of any of its devices, or the
/// list itself. It uses no prekey.
///
/// `changed`: whether that has changed anything; may be NULL.
///
/// Errors: `NO_SESSION` when the account is not known; `IDENTITY_MISMATCH` for another account's list; `MALFORMED`, `UNTRUSTED`,
/// `STALE`, `FUTURE_DATED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_learn_list(
    client: *const entrenous_client,
    account: *const u8,
    list: *const u8,
    list_len: usize,
    changed: *mut bool,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_or_null(changed)?;
        let account = caller.account(account)?;
        let list = caller.slice(list, list_len)?;
        set_some(out, with(client, |client| client.learn_list(&account, list))?);
        Ok(())
    })
}
