//! A client: a device of an account on a store. Made, opened and brought back here; what it does is in its neighbours.

use core::ffi::c_char;

use entrenous::{
    Client, Created, DeviceId, Env as _, Error, ListSeen, Recovery, RecoveryCode, RecoveryFile, System,
};

use crate::{
    buffer::entrenous_buffer,
    call::{Caller, apart, device_id, no_device, set_some},
    environment::{Environment, entrenous_environment},
    guarded::Guarded,
    handle::{self, Object},
    list::List,
    result::{Code, entrenous_result},
    store::{
        entrenous_store,
        lock::{cost, entrenous_cost},
        store_key,
    },
    types::entrenous_address,
};

pub(crate) type Inner = Client<entrenous_store, Environment>;

/// A client. Threads may share one: their calls come one after the other.
#[derive(Debug)]
pub struct entrenous_client(Guarded<Inner>);

impl Object for entrenous_client {}

impl entrenous_client {
    pub(crate) fn new(client: Inner) -> Self {
        Self(Guarded::new(client))
    }
}

/// Does something with a client, when no other thread is doing anything with it.
pub(crate) fn with<T>(
    client: *const entrenous_client,
    body: impl FnOnce(&mut Inner) -> Result<T, Error>,
) -> Result<T, Code> {
    let client = handle::get(client)?;
    let mut client = client.0.hold()?;
    Ok(body(&mut client)?)
}

/// Creates an account on an empty store, with this as its first and primary device.
///
/// `key`: of the store, `ENTRENOUS_STORE_KEY_LEN` bytes. `environment`: NULL for the operating system's. `recovery`: a
/// text of 77 characters that brings the account back when this device is lost; it is given out here and nowhere else,
/// and the user writes it down.
///
/// Errors: `ACCOUNT_EXISTS`, `LINKING_UNDER_WAY`, `RANDOM`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_create(
    store: *const entrenous_store,
    key: *const u8,
    environment: *const entrenous_environment,
    client: *mut *mut entrenous_client,
    recovery: *mut *mut entrenous_buffer,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let (client, recovery) = (caller.out(client)?, caller.out(recovery)?);
        client.apart_from(&recovery)?;
        let (key, environment) = (store_key(&caller, key)?, Environment::of(environment)?);
        let created = Client::create(entrenous_store::of(store)?, &key, environment)?;
        let Created { client: created, recovery: code } = created;
        let code = handle::give(entrenous_buffer::of(code.text().as_bytes()))?;
        client.set(handle::give(entrenous_client::new(created))?);
        recovery.set(code);
        Ok(())
    })
}

/// Opens the client that a store has.
///
/// `key`, `environment`: as for `entrenous_client_create`.
///
/// Errors: `NO_ACCOUNT` when the store is empty, `WRONG_KEY`, `LINKING_UNDER_WAY` when `entrenous_joining_resume` is to go on,
/// `CORRUPT`, `LATER_VERSION`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_open(
    store: *const entrenous_store,
    key: *const u8,
    environment: *const entrenous_environment,
    client: *mut *mut entrenous_client,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(client)?;
        let (key, environment) = (store_key(&caller, key)?, Environment::of(environment)?);
        let opened = Client::open(entrenous_store::of(store)?, &key, environment)?;
        out.set(handle::give(entrenous_client::new(opened))?);
        Ok(())
    })
}

/// Brings an account back on a new device and an empty store: it becomes the account's primary. It has no contacts,
/// sessions or messages of the lost ones; publish prekeys next, and start sessions.
///
/// `key`, `environment`: as for `entrenous_client_create`. `code`: the recovery code's text. `newest`: the account's newest device list, or a bundle of any of its devices, from
/// the directory. `lost`: the devices that are gone, the former primary among them; they get no more messages.
///
/// Errors: `BAD_TEXT` for what is no code; `IDENTITY_MISMATCH` when the list is not of the code's account; `MALFORMED`,
/// `UNTRUSTED`; `NO_DEVICE` when a lost device is not in the list; as for `entrenous_client_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_recover(
    store: *const entrenous_store,
    key: *const u8,
    environment: *const entrenous_environment,
    code: *const c_char,
    code_len: usize,
    newest: *const u8,
    newest_len: usize,
    lost: *const u32,
    lost_count: usize,
    client: *mut *mut entrenous_client,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(client)?;
        let (key, environment) = (store_key(&caller, key)?, Environment::of(environment)?);
        let store = entrenous_store::of(store)?;
        let newest = caller.slice(newest, newest_len)?;
        let lost = caller.slice(lost, lost_count)?.iter().map(|device| device_id(*device));
        let lost = lost.collect::<Result<Vec<DeviceId>, Code>>()?;
        let code = recovery_code(&caller, code, code_len)?;
        let recovery = Recovery { code: &code, newest, lost: &lost };
        let recovered = Client::recover(store, &key, environment, &recovery).map_err(no_device)?;
        out.set(handle::give(entrenous_client::new(recovered))?);
        Ok(())
    })
}

fn recovery_code(caller: &Caller, code: *const c_char, len: usize) -> Result<RecoveryCode, Code> {
    RecoveryCode::parse(caller.text(code, len)?).map_err(|_| Code::BadText)
}

/// Addresses of devices, in a list.
#[derive(Debug)]
pub struct entrenous_addresses(List<entrenous_address>);

impl Object for entrenous_addresses {
    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

impl entrenous_addresses {
    pub(crate) fn of(addresses: impl IntoIterator<Item = entrenous_address>) -> Self {
        Self(List::new(addresses, ()))
    }
}

/// Gives the address at `index` of a list, which is good until the list is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_addresses_at(
    addresses: *const entrenous_addresses,
    index: usize,
    address: *mut *const entrenous_address,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(address)?;
        out.set(handle::get(addresses)?.0.at(index)?);
        Ok(())
    })
}

/// Tells what a device list of an account that is to be brought back says: its epoch, from 1, and its devices, of which
/// the user says which are lost. Of several lists the one with the highest epoch is the newest.
///
/// Errors: `BAD_TEXT` for what is no recovery code, `IDENTITY_MISMATCH` when the list is of another account, `MALFORMED`,
/// `UNTRUSTED`, `FUTURE_DATED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_recovery_look(
    code: *const c_char,
    code_len: usize,
    list: *const u8,
    list_len: usize,
    epoch: *mut u32,
    devices: *mut *mut entrenous_addresses,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let (out_epoch, out_devices) = (caller.out(epoch)?, caller.out(devices)?);
        out_epoch.apart_from(&out_devices)?;
        let list = caller.slice(list, list_len)?;
        let code = recovery_code(&caller, code, code_len)?;
        let ListSeen { epoch, devices } = ListSeen::read(&code, list, System::new().now())?;
        let account = *code.account_id().as_bytes();
        let devices = devices.into_iter().map(|device| entrenous_address { account, device: device.get() });
        out_devices.set(handle::give(entrenous_addresses::of(devices))?);
        out_epoch.set(epoch);
        Ok(())
    })
}

/// Gives the recovery of the account under a passphrase, a file of 116 bytes: on the primary device. Takes as long as `cost`
/// says; NULL: 64 MiB and 3 passes.
///
/// Errors: `NOT_PRIMARY`, `UNUSABLE_PASSPHRASE`, `RANDOM`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_recovery_file(
    client: *const entrenous_client,
    passphrase: *const c_char,
    passphrase_len: usize,
    cost: *const entrenous_cost,
    file: *mut *mut entrenous_buffer,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(file)?;
        let cost = self::cost(&caller, cost)?;
        let passphrase = caller.slice(passphrase.cast(), passphrase_len)?;
        let file = with(client, |client| client.recovery_file(passphrase, cost))?;
        out.set(handle::give(entrenous_buffer::of(file.as_bytes()))?);
        Ok(())
    })
}

/// Gives the recovery code's text that is in a recovery file. Takes as long as the file's costs say.
///
/// Errors: `MALFORMED`, `WRONG_PASSPHRASE` also for a damaged file, `UNUSABLE_PASSPHRASE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_recovery_file_open(
    file: *const u8,
    file_len: usize,
    passphrase: *const c_char,
    passphrase_len: usize,
    code: *mut *mut entrenous_buffer,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(code)?;
        let (file, passphrase) =
            (caller.slice(file, file_len)?, caller.slice(passphrase.cast(), passphrase_len)?);
        let file = RecoveryFile::parse(file).map_err(Error::from)?;
        let code = file.open(passphrase).map_err(Error::from)?;
        out.set(handle::give(entrenous_buffer::of(code.text().as_bytes()))?);
        Ok(())
    })
}

/// Gives the client's own address: messages for it go there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_address(
    client: *const entrenous_client,
    address: *mut entrenous_address,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(address)?;
        out.set(with(client, |client| Ok(client.address()))?.into());
        Ok(())
    })
}

/// Does what is due: at every start, about once an hour, and again as long as `more` is true. What it sends is in the
/// outbox.
///
/// `to_publish`: whether the directory lacks something. `more`: whether there is more to do at once. `failed`: what was
/// wrong with a part that was not done and is tried again the next time, or `OK`. Each may be NULL.
///
/// Errors: those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_maintain(
    client: *const entrenous_client,
    to_publish: *mut bool,
    more: *mut bool,
    failed: *mut entrenous_result,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let (to_publish, more) = (caller.out_or_null(to_publish)?, caller.out_or_null(more)?);
        let failed = caller.out_or_null(failed)?;
        apart(&to_publish, &more)?;
        apart(&to_publish, &failed)?;
        apart(&more, &failed)?;
        let maintained = with(client, Inner::maintain)?;
        set_some(to_publish, maintained.to_publish);
        set_some(more, maintained.more);
        set_some(failed, maintained.failed.map_or(Code::Ok, Code::from));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicBool, Ordering};
    use std::sync::Arc;

    use entrenous::{MemoryStore, StoreKey};

    use super::*;

    #[test]
    fn a_panic_is_a_code_and_poisons_the_handle() {
        let key = StoreKey::from_bytes(&[1; 32]);
        let store = entrenous_store::in_memory(MemoryStore::new());
        let created = Client::create(store.clone(), &key, Environment::System(System::new())).unwrap();
        drop(created);
        let fault = Arc::new(AtomicBool::new(false));
        let faulty = Client::open(store, &key, Environment::Faulty(Arc::clone(&fault))).unwrap();
        let client = handle::give(entrenous_client::new(faulty)).unwrap();
        fault.store(true, Ordering::Relaxed);
        let mut upload = core::ptr::null_mut();
        // SAFETY: a handle and a place for one
        let code = unsafe { crate::prekeys::entrenous_client_publish_prekeys(client, 0, &raw mut upload) };
        assert_eq!((code, upload.is_null()), (Code::Panicked, true));
        let mut address = entrenous_address::NONE;
        // SAFETY: a handle and a place for an address
        let code = unsafe { entrenous_client_address(client, &raw mut address) };
        assert_eq!((code, address), (Code::Poisoned, entrenous_address::NONE));
        // SAFETY: a handle
        assert_eq!(unsafe { handle::entrenous_free(client.cast()) }, Code::Ok);
    }
}
