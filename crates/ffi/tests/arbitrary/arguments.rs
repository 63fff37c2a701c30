//! The C functions that take bytes of others, on a client with a session: any bytes, of a peer or of nobody, and handles that were
//! never given, or are of another type. Each answers with what it may answer; one that fails writes nothing, neither what it would
//! give nor, but for a count of refused envelopes, a record.

use core::ptr;
use std::collections::BTreeSet;

use entrenous_ffi::{
    client::{entrenous_client, entrenous_client_open},
    handle::entrenous_free,
    linking::entrenous_client_begin_linking,
    result::entrenous_result,
    types::entrenous_address,
};

use crate::{
    calls::{Arguments, CALLS, KEY},
    disk::{Disk, Records, environment},
    output::output,
    scene::SCENE,
};

/// Bytes before those that the functions get: which are called, which handle, the device and account of the sender.
pub(crate) const HEAD: usize = 4 + 1 + 1 + 32;

/// What `input` says is called, with what it says. Gives what came of each.
pub(crate) fn call(input: &[u8]) -> Vec<entrenous_result> {
    let Some(([c0, c1, c2, c3, handle, device, account @ ..], bytes)) = input.split_first_chunk::<HEAD>()
    else {
        return Vec::new();
    };
    let calls = u32::from_be_bytes([*c0, *c1, *c2, *c3]);
    let disk = Disk::new(SCENE.records.clone());
    let (store, environment) = (disk.store(), environment());
    // SAFETY: all are there
    let opened = output(|client| unsafe { entrenous_client_open(store, KEY.as_ptr(), environment, client) });
    let client: *mut entrenous_client = opened.1.expect("without a client nothing is tried");
    begin_linking(client);
    let used: *const entrenous_client = match handle % 4 {
        0 => client,
        1 => ptr::null(),
        2 => store.cast(),
        _ => ptr::without_provenance(usize::from(*handle) << 4 | (bytes.len() & 0xff)),
    };
    // a fuzzer needn't find out who the peer is
    let from = if *account == [0; 32] {
        entrenous_address { account: SCENE.peer.0, device: SCENE.peer.1 }
    } else {
        entrenous_address { account: *account, device: u32::from(*device) }
    };
    let arguments = Arguments { client: used, environment, disk: &disk, from, bytes };
    let mut results = Vec::new();
    for (number, (act, of_client, _, _)) in
        CALLS.iter().enumerate().filter(|(number, _)| calls >> number & 1 == 1)
    {
        let before = disk.records.borrow().clone();
        let result = act(&arguments);
        assert!(may_be(result), "call {number} says {result:?}");
        if *of_client && matches!(handle % 4, 1 | 2) {
            assert_ne!(result, entrenous_result::Ok, "call {number} took what is no client");
        }
        if result != entrenous_result::Ok {
            let changed = changed(&before, &disk.records.borrow());
            assert!(changed <= may_change(result), "call {number} says {result:?} and has written");
        }
        results.push(result);
    }
    // SAFETY: anything may be freed; the second time is refused
    unsafe {
        for expected in [entrenous_result::Ok, entrenous_result::BadHandle] {
            assert_eq!(entrenous_free(client.cast()), expected);
            assert_eq!(entrenous_free(store.cast()), expected);
            assert_eq!(entrenous_free(environment.cast()), expected);
        }
    }
    results
}

/// How many records differ.
fn changed(before: &Records, after: &Records) -> usize {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).count()
}

/// An envelope with a genuine header and a false body is counted, in the record of its sender.
fn may_change(result: entrenous_result) -> usize {
    usize::from(result == entrenous_result::Rejected)
}

/// A request is looked at by the client alone that has made a code.
fn begin_linking(client: *const entrenous_client) {
    let (mut code, mut rendezvous, mut expires_ms) = (ptr::null_mut(), [0_u8; 16], 0);
    // SAFETY: all are there
    unsafe {
        let begun =
            entrenous_client_begin_linking(client, &mut code, rendezvous.as_mut_ptr(), &mut expires_ms);
        assert_eq!(begun, entrenous_result::Ok);
        assert_eq!(entrenous_free(code.cast()), entrenous_result::Ok);
    }
}

/// What bytes and handles alone can come to: the library has no fault, and neither the stores nor the randomness fail. Of a store
/// that isn't ours it may say that it is no store of ours.
fn may_be(result: entrenous_result) -> bool {
    use entrenous_result as Code;
    let never = [Code::Reentered, Code::Panicked, Code::Poisoned, Code::Random, Code::TooManyHandles];
    let of_a_lock = [Code::Corrupt, Code::LaterVersion];
    !never.contains(&result) && ((result as i32) < Code::Store as i32 || of_a_lock.contains(&result))
}
