//! What a program in C does: stores that are locked, two clients that talk, a recovery file.

use core::{
    ffi::{c_char, c_void},
    mem::MaybeUninit,
    ptr, slice,
};

use entrenous::Env as _;
use entrenous_ffi::{
    buffer::{entrenous_buffer, entrenous_buffer_read, entrenous_buffer_text},
    client::{
        entrenous_client, entrenous_client_address, entrenous_client_create, entrenous_client_open,
        entrenous_client_recovery_file, entrenous_recovery_file_open,
    },
    environment::{entrenous_environment_callbacks, entrenous_environment_new},
    handle::{entrenous_count, entrenous_free},
    item::entrenous_items_at,
    prekeys::{entrenous_client_prekeys_published, entrenous_client_publish_prekeys, entrenous_upload_read},
    receiving::{entrenous_client_acknowledge, entrenous_client_receive},
    result::entrenous_result,
    sending::{
        entrenous_client_handed_over, entrenous_client_outbox, entrenous_client_send, entrenous_envelopes_at,
    },
    sessions::entrenous_client_start_session,
    store::{
        entrenous_store_memory,
        lock::{entrenous_cost, entrenous_store_change_lock, entrenous_store_lock, entrenous_store_unlock},
    },
    types::entrenous_address,
};
use rand_core::TryRng as _;

use crate::{CONTENT, PASSPHRASES, life::NotingEnv};

const COST: entrenous_cost = entrenous_cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

/// What `call` writes.
#[track_caller]
fn given<T>(call: impl FnOnce(*mut T) -> entrenous_result) -> T {
    let mut place = MaybeUninit::uninit();
    done(call(place.as_mut_ptr()));
    // SAFETY: a function that says `OK` has written its output
    unsafe { place.assume_init() }
}

/// What `call` shows.
#[track_caller]
fn read<'a, T>(call: impl FnOnce(*mut *const T) -> entrenous_result) -> &'a T {
    let shown = given(call);
    // SAFETY: it is there until what it is in is freed
    unsafe { &*shown }
}

#[track_caller]
fn done(result: entrenous_result) {
    assert_eq!(result, entrenous_result::Ok);
}

fn free<T>(handle: *const T) {
    // SAFETY: any number may be freed
    done(unsafe { entrenous_free(handle.cast_mut().cast()) });
}

fn passphrase(number: usize) -> (*const c_char, usize) {
    (PASSPHRASES[number].as_ptr().cast(), PASSPHRASES[number].len())
}

unsafe extern "C" fn random(context: *mut c_void, out: *mut u8, len: usize) -> i32 {
    // SAFETY: the context is an environment that is there until it is released
    let env = unsafe { &mut *context.cast::<NotingEnv>() };
    // SAFETY: the place is as long
    let out = unsafe { slice::from_raw_parts_mut(out, len) };
    match env.rng().try_fill_bytes(out) {
        Ok(()) => 0,
        Err(never) => match never {},
    }
}

unsafe extern "C" fn now_ms(context: *mut c_void) -> u64 {
    // SAFETY: as above
    unsafe { &*context.cast::<NotingEnv>() }.now().as_ms()
}

unsafe extern "C" fn release(context: *mut c_void) {
    // SAFETY: it came from a box, and is given back once
    drop(unsafe { Box::from_raw(context.cast::<NotingEnv>()) });
}

// SAFETY of all that follows: pointers are good for what the functions say

/// A client on a locked store, after another process has opened it.
fn begin(env: &NotingEnv, seed: u64) -> *const entrenous_client {
    let callbacks = entrenous_environment_callbacks {
        size: size_of::<entrenous_environment_callbacks>(),
        context: Box::into_raw(Box::new(env.beside(seed))).cast(),
        random: Some(random),
        now_ms: Some(now_ms),
        release: Some(release),
    };
    // SAFETY: as above
    let environment = given(|place| unsafe { entrenous_environment_new(&callbacks, place) });
    // SAFETY: as above
    let store = given(|place| unsafe { entrenous_store_memory(place) });
    let ((old, old_len), (new, new_len)) = (passphrase(0), passphrase(1));
    let mut key = [0; 32];
    // SAFETY: as above
    done(unsafe { entrenous_store_lock(store, old, old_len, &COST, key.as_mut_ptr()) });
    // SAFETY: as above
    done(unsafe { entrenous_store_change_lock(store, old, old_len, new, new_len, &COST) });
    // SAFETY: as above
    done(unsafe { entrenous_store_unlock(store, new, new_len, key.as_mut_ptr()) });
    let mut recovery = ptr::null_mut();
    // SAFETY: as above
    let created = given(|client| unsafe {
        entrenous_client_create(store, key.as_ptr(), environment, client, &mut recovery)
    });
    note_text(env, recovery);
    free(created);
    // SAFETY: as above
    let client = given(|client| unsafe { entrenous_client_open(store, key.as_ptr(), environment, client) });
    free(store);
    free(environment);
    client
}

/// Has what is in `buffer` looked for, and frees it.
fn note_text(env: &NotingEnv, buffer: *mut entrenous_buffer) {
    let mut len = 0;
    // SAFETY: as above
    let text = given(|text| unsafe { entrenous_buffer_text(buffer, text, &mut len) });
    // SAFETY: the text is as long, and there until it is freed
    env.note(unsafe { slice::from_raw_parts(text.cast(), len) });
    free(buffer);
}

fn address(client: *const entrenous_client) -> entrenous_address {
    // SAFETY: as above
    given(|address| unsafe { entrenous_client_address(client, address) })
}

/// `from` starts a session with what `to` gives to the directory.
fn start(from: *const entrenous_client, to: *const entrenous_client) {
    // SAFETY: as above
    let upload = given(|upload| unsafe { entrenous_client_publish_prekeys(to, u32::MAX, upload) });
    // SAFETY: as above
    let info = read(|info| unsafe { entrenous_upload_read(upload, info) });
    let (account, bundle) = (address(to).account, info.last_resort);
    // SAFETY: as above
    given(|with| unsafe {
        entrenous_client_start_session(from, account.as_ptr(), bundle.data, bundle.len, 0, 0, with)
    });
    // SAFETY: as above
    done(unsafe { entrenous_client_prekeys_published(to, info.number) });
    free(upload);
}

fn talk(from: *const entrenous_client, to: *const entrenous_client) {
    let account = address(to).account;
    // SAFETY: as above
    done(unsafe {
        let (content, len) = (CONTENT.as_ptr(), CONTENT.len());
        let (options, id, unreached) = (ptr::null(), ptr::null_mut(), ptr::null_mut());
        entrenous_client_send(from, account.as_ptr(), content, len, options, id, unreached)
    });
    // SAFETY: as above
    let envelopes = given(|envelopes| unsafe { entrenous_client_outbox(from, 0, envelopes) });
    // SAFETY: as above
    let sent = read(|envelope| unsafe { entrenous_envelopes_at(envelopes, 0, envelope) });
    // SAFETY: as above
    let items = given(|items| unsafe {
        entrenous_client_receive(to, &address(from), sent.bytes.data, sent.bytes.len, items)
    });
    // SAFETY: as above
    done(unsafe { entrenous_client_handed_over(from, &sent.number, 1) });
    // SAFETY: as above
    let count = given(|count| unsafe { entrenous_count(items.cast(), count) });
    // SAFETY: as above
    let last = read(|item| unsafe { entrenous_items_at(items, count - 1, item) });
    // SAFETY: as above
    let content = unsafe { slice::from_raw_parts(last.content.data, last.content.len) };
    assert_eq!(content, CONTENT);
    // SAFETY: as above
    done(unsafe { entrenous_client_acknowledge(to, &last.number, 1) });
    free(items);
    free(envelopes);
}

/// Two that talk; one makes a recovery file, and opens it.
pub(crate) fn life(env: &mut NotingEnv) {
    let [alice, bob] = [2, 3].map(|seed| begin(env, seed));
    start(alice, bob);
    for _ in 0..3 {
        talk(alice, bob);
        talk(bob, alice);
    }
    let (text, len) = passphrase(0);
    // SAFETY: as above
    let file = given(|file| unsafe { entrenous_client_recovery_file(alice, text, len, &COST, file) });
    let mut bytes = 0;
    // SAFETY: as above
    let data = given(|data| unsafe { entrenous_buffer_read(file, data, &mut bytes) });
    // SAFETY: as above
    let code = given(|code| unsafe { entrenous_recovery_file_open(data, bytes, text, len, code) });
    note_text(env, code);
    free(file);
    free(alice);
    free(bob);
}
