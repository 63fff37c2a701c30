//! Starting sessions, and learning whose devices there are.

use entrenous::{StartOptions, operation::StartSession};

use crate::{
    call::{Caller, flag, set_some},
    client::{entrenous_addresses, entrenous_client, with},
    handle,
    result::entrenous_result,
    types::entrenous_address,
};

/// Starts a session with a device, from a bundle that a directory gave. Messages that wait for the device are in the outbox
/// then.
///
/// `account`: whose device it must be; NULL for a first contact, whose account is taken from the bundle on trust. `replace`:
/// 1 to replace a session in which the device has answered. `accept_stale`: 1 to use a signed prekey that has expired.
/// `with`: the device; may be NULL.
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
        let expected = if account.is_null() { None } else { Some(caller.account(account)?) };
        let options = StartOptions { replace: flag(replace)?, accept_stale: flag(accept_stale)? };
        let bundle = caller.slice(bundle, bundle_len)?;
        let operation = StartSession { expected, bundle, options };
        let started = self::with(client, |client| client.perform(&operation))?;
        set_some(out, started.with.into());
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
