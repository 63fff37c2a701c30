//! The C functions that take bytes of others, by number.

use core::ptr;

use entrenous_ffi::{
    client::{
        entrenous_client, entrenous_client_recover, entrenous_recovery_file_open, entrenous_recovery_look,
    },
    environment::entrenous_environment,
    handle::entrenous_free,
    linking::{
        entrenous_client_receive_link, entrenous_joining_abandon, entrenous_joining_begin,
        entrenous_joining_finish, entrenous_joining_receive_reveal, entrenous_joining_request,
        entrenous_link_rendezvous,
    },
    receiving::{entrenous_client_receive, entrenous_client_receive_many, entrenous_incoming},
    result::entrenous_result,
    sessions::{entrenous_client_first_contact, entrenous_client_learn_list, entrenous_client_start_session},
    store::{
        callbacks::entrenous_records_set,
        lock::{entrenous_store_is_locked, entrenous_store_unlock},
    },
    trust::{
        entrenous_client_add_card, entrenous_client_scan_card, entrenous_client_scan_new_card,
        entrenous_client_verify_by_digits,
    },
    types::{entrenous_address, entrenous_bytes},
};

use crate::{
    disk::{Disk, Records},
    output::output,
    scene::{SCENE, Scene},
};

/// What the functions are called with.
pub(crate) struct Arguments<'a> {
    /// Genuine or not.
    pub(crate) client: *const entrenous_client,
    pub(crate) environment: *const entrenous_environment,
    /// That of the client.
    pub(crate) disk: &'a Disk,
    pub(crate) from: entrenous_address,
    pub(crate) bytes: &'a [u8],
}

pub(crate) const KEY: [u8; 32] = [7; 32];

/// Where a lock lies.
const LOCK: [u8; 16] = *b"entrenous lock 1";

/// A call, whether it is of the client, what is genuine for it, and what comes of that. A request to link answers another code, what
/// answers it is no answer, and without a passphrase nothing opens.
type Call = (fn(&Arguments<'_>) -> entrenous_result, bool, fn(&Scene) -> &[u8], entrenous_result);

pub(crate) const CALLS: [Call; 20] = {
    use entrenous_result as Code;
    [
        (receive, true, |scene| &scene.letters[0], Code::Ok),
        (receive_many, true, |scene| &scene.letters[0], Code::Ok),
        (start_session, true, |scene| &scene.bundles[0], Code::Ok),
        (first_contact, true, |scene| &scene.bundles[1], Code::Ok),
        (learn_list, true, |scene| &scene.bundles[0], Code::Ok),
        (receive_link, true, |scene| &scene.link_request, Code::Rejected),
        (link_rendezvous, false, |scene| scene.link_code.as_bytes(), Code::Ok),
        (joining_begin, false, |scene| scene.link_code.as_bytes(), Code::Ok),
        (joining_reveal, false, |scene| &scene.link_request, Code::Malformed),
        (joining_finish, false, |scene| &scene.link_request, Code::NotLinking),
        (add_card, true, |scene| scene.card.as_bytes(), Code::Ok),
        (scan_card, true, |scene| scene.card.as_bytes(), Code::Ok),
        (scan_new_card, true, |scene| scene.card.as_bytes(), Code::Ok),
        (verify_by_digits, true, |scene| scene.digits.as_bytes(), Code::Ok),
        (recovery_look_by, false, |scene| scene.recovery_code.as_bytes(), Code::Ok),
        (recovery_look_at, false, |scene| &scene.newest, Code::Ok),
        (recovery_file_open, false, |scene| &scene.recovery_file, Code::UnusablePassphrase),
        (recover, false, |scene| &scene.newest, Code::Ok),
        (records_set, false, |scene| &scene.lock, Code::BadHandle),
        (unlock, false, |scene| &scene.lock, Code::UnusablePassphrase),
    ]
};

/// Frees a handle that was given.
fn freed<T>((result, given): (entrenous_result, Option<*mut T>)) -> entrenous_result {
    if let Some(handle) = given {
        // SAFETY: any number may be freed
        assert_eq!(unsafe { entrenous_free(handle.cast()) }, entrenous_result::Ok);
    }
    result
}

// SAFETY of all that follows: pointers are good for what the functions say, and handles may be anything

fn receive(of: &Arguments<'_>) -> entrenous_result {
    let (bytes, len) = (of.bytes.as_ptr(), of.bytes.len());
    // SAFETY: as above
    freed(output(|items| unsafe { entrenous_client_receive(of.client, &of.from, bytes, len, items) }))
}

/// With a genuine one behind it, which goes in whatever is before it.
fn receive_many(of: &Arguments<'_>) -> entrenous_result {
    let (account, device) = SCENE.peer;
    let incoming = |sender, bytes: &[u8]| {
        let bytes = entrenous_bytes { data: bytes.as_ptr(), len: bytes.len() };
        entrenous_incoming { sender, bytes }
    };
    let genuine = incoming(entrenous_address { account, device }, &SCENE.letters[1]);
    let envelopes = [incoming(of.from, of.bytes), genuine];
    let mut each = None;
    let result = freed(output(|items| {
        // SAFETY: as above
        let call = |results: *mut [entrenous_result; 2]| unsafe {
            entrenous_client_receive_many(of.client, envelopes.as_ptr(), 2, results.cast(), items)
        };
        let (result, results) = output(call);
        each = results;
        result
    }));
    if let Some([_, genuine]) = each {
        assert!(matches!(genuine, entrenous_result::Ok | entrenous_result::Duplicate), "{genuine:?}");
    }
    result
}

fn start_session(of: &Arguments<'_>) -> entrenous_result {
    let (account, bytes, len) = (of.from.account.as_ptr(), of.bytes.as_ptr(), of.bytes.len());
    // SAFETY: as above
    output(|with| unsafe { entrenous_client_start_session(of.client, account, bytes, len, 1, 1, with) }).0
}

fn first_contact(of: &Arguments<'_>) -> entrenous_result {
    let (bytes, len) = (of.bytes.as_ptr(), of.bytes.len());
    // SAFETY: as above
    output(|with| unsafe { entrenous_client_first_contact(of.client, bytes, len, with) }).0
}

fn learn_list(of: &Arguments<'_>) -> entrenous_result {
    let (account, bytes, len) = (of.from.account.as_ptr(), of.bytes.as_ptr(), of.bytes.len());
    // SAFETY: as above
    output(|changed| unsafe { entrenous_client_learn_list(of.client, account, bytes, len, changed) }).0
}

fn receive_link(of: &Arguments<'_>) -> entrenous_result {
    let (bytes, len) = (of.bytes.as_ptr(), of.bytes.len());
    // SAFETY: as above
    output(|request| unsafe { entrenous_client_receive_link(of.client, bytes, len, request) }).0
}

fn link_rendezvous(of: &Arguments<'_>) -> entrenous_result {
    let (text, len) = (of.bytes.as_ptr().cast(), of.bytes.len());
    // SAFETY: as above
    output(|place: *mut [u8; 16]| unsafe { entrenous_link_rendezvous(text, len, place.cast()) }).0
}

/// A new device on an empty store, by a code; what is done with it, which is given up then.
fn joined(
    of: &Arguments<'_>,
    code: &[u8],
    act: impl FnOnce(*const entrenous_ffi::linking::entrenous_joining) -> entrenous_result,
) -> entrenous_result {
    let disk = Disk::new(Records::new());
    let (store, text) = (disk.store(), code.as_ptr().cast());
    // SAFETY: as above
    let begun = output(|joining| unsafe {
        entrenous_joining_begin(store, KEY.as_ptr(), of.environment, text, code.len(), joining)
    });
    let result = match begun {
        (_, Some(joining)) => {
            let result = act(joining);
            // SAFETY: as above
            assert_eq!(unsafe { entrenous_joining_abandon(joining) }, entrenous_result::Ok);
            freed((result, Some(joining)))
        }
        (result, None) => {
            assert!(disk.records.borrow().is_empty(), "{result:?} has written a record");
            result
        }
    };
    freed((result, Some(store)))
}

fn joining_begin(of: &Arguments<'_>) -> entrenous_result {
    // SAFETY: as above
    joined(of, of.bytes, |joining| {
        // SAFETY: as above
        freed(output(|request| unsafe { entrenous_joining_request(joining, request) }))
    })
}

fn joining_reveal(of: &Arguments<'_>) -> entrenous_result {
    let (bytes, len) = (of.bytes.as_ptr(), of.bytes.len());
    // SAFETY: as above
    joined(of, SCENE.link_code.as_bytes(), |joining| unsafe {
        entrenous_joining_receive_reveal(joining, bytes, len)
    })
}

fn joining_finish(of: &Arguments<'_>) -> entrenous_result {
    let (bytes, len) = (of.bytes.as_ptr(), of.bytes.len());
    joined(of, SCENE.link_code.as_bytes(), |joining| {
        // SAFETY: as above
        freed(output(|client| unsafe { entrenous_joining_finish(joining, bytes, len, client) }))
    })
}

fn add_card(of: &Arguments<'_>) -> entrenous_result {
    let (text, len) = (of.bytes.as_ptr().cast(), of.bytes.len());
    // SAFETY: as above
    output(|seen| unsafe { entrenous_client_add_card(of.client, text, len, seen) }).0
}

fn scan_card(of: &Arguments<'_>) -> entrenous_result {
    let (account, text, len) = (of.from.account.as_ptr(), of.bytes.as_ptr().cast(), of.bytes.len());
    // SAFETY: as above
    output(|seen| unsafe { entrenous_client_scan_card(of.client, account, text, len, seen) }).0
}

fn scan_new_card(of: &Arguments<'_>) -> entrenous_result {
    let (text, len) = (of.bytes.as_ptr().cast(), of.bytes.len());
    // SAFETY: as above
    output(|seen| unsafe { entrenous_client_scan_new_card(of.client, text, len, seen) }).0
}

fn verify_by_digits(of: &Arguments<'_>) -> entrenous_result {
    let (account, text, len) = (of.from.account.as_ptr(), of.bytes.as_ptr().cast(), of.bytes.len());
    // SAFETY: as above
    output(|compared| unsafe { entrenous_client_verify_by_digits(of.client, account, text, len, compared) }).0
}

fn look(code: &[u8], list: &[u8]) -> entrenous_result {
    let (text, len) = (code.as_ptr().cast(), code.len());
    freed(output(|devices| {
        // SAFETY: as above
        let call = |epoch: *mut u32| unsafe {
            entrenous_recovery_look(text, len, list.as_ptr(), list.len(), epoch, devices)
        };
        output(call).0
    }))
}

fn recovery_look_by(of: &Arguments<'_>) -> entrenous_result {
    look(of.bytes, &SCENE.newest)
}

fn recovery_look_at(of: &Arguments<'_>) -> entrenous_result {
    look(SCENE.recovery_code.as_bytes(), of.bytes)
}

/// With no passphrase: the file is read, and what a passphrase would cost is not paid.
fn recovery_file_open(of: &Arguments<'_>) -> entrenous_result {
    let (bytes, len) = (of.bytes.as_ptr(), of.bytes.len());
    // SAFETY: as above
    freed(output(|code| unsafe { entrenous_recovery_file_open(bytes, len, ptr::null(), 0, code) }))
}

fn recover(of: &Arguments<'_>) -> entrenous_result {
    let disk = Disk::new(Records::new());
    let (store, code) = (disk.store(), &SCENE.recovery_code);
    let (newest, lost) = ((of.bytes.as_ptr(), of.bytes.len()), [of.from.device]);
    // SAFETY: as above
    let result = freed(output(|client| unsafe {
        let (text, len) = (code.as_ptr().cast(), code.len());
        let key = KEY.as_ptr();
        entrenous_client_recover(
            store,
            key,
            of.environment,
            text,
            len,
            newest.0,
            newest.1,
            lost.as_ptr(),
            0,
            client,
        )
    }));
    assert_eq!(disk.records.borrow().is_empty(), result != entrenous_result::Ok);
    freed((result, Some(store)))
}

/// After the load is answered.
fn records_set(of: &Arguments<'_>) -> entrenous_result {
    let index = usize::from(of.from.account[0]);
    // SAFETY: as above
    unsafe { entrenous_records_set(of.disk.lent.get(), index, 1, of.bytes.as_ptr(), of.bytes.len()) }
}

/// A store that has what is no lock, or one, by no passphrase.
fn unlock(of: &Arguments<'_>) -> entrenous_result {
    let disk = Disk::new(Records::from([(LOCK, (1, of.bytes.to_vec()))]));
    let store = disk.store();
    // SAFETY: as above
    let (asked, locked) = output(|locked| unsafe { entrenous_store_is_locked(store, locked) });
    assert_eq!((asked, locked), (entrenous_result::Ok, Some(true)));
    // SAFETY: as above
    let call = |key: *mut [u8; 32]| unsafe { entrenous_store_unlock(store, ptr::null(), 0, key.cast()) };
    let (result, _) = output(call);
    assert_ne!(result, entrenous_result::Ok, "no passphrase opens nothing");
    freed((result, Some(store)))
}
