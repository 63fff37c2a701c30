//! The C functions that take bytes of others, on a client of their own: any bytes, a length of nothing, and handles that were
//! never given, were freed, or are of another type. None may do anything but answer.

use core::{mem::MaybeUninit, ptr};

use entrenous_ffi::{
    buffer::entrenous_buffer,
    client::{entrenous_client, entrenous_client_create},
    handle::entrenous_free,
    linking::{entrenous_client_receive_link, entrenous_link_rendezvous},
    receiving::entrenous_client_receive,
    result::entrenous_result,
    sessions::{entrenous_client_first_contact, entrenous_client_start_session},
    store::{entrenous_store, entrenous_store_memory},
    trust::{entrenous_client_add_card, entrenous_client_verify_by_digits},
    types::entrenous_address,
};

/// What `input` says is called, with what it says.
pub(crate) fn call(input: &[u8]) {
    let Some(([calls, handle, account @ ..], bytes)) = input.split_first_chunk::<34>() else { return };
    let mut store: *mut entrenous_store = ptr::null_mut();
    let mut client: *mut entrenous_client = ptr::null_mut();
    let mut recovery: *mut entrenous_buffer = ptr::null_mut();
    // SAFETY: for all of this function: pointers are NULL or good for what the function says, handles may be anything, and
    // this is the only thread
    let created = unsafe {
        entrenous_store_memory(&mut store);
        entrenous_client_create(store, [7; 32].as_ptr(), ptr::null(), &mut client, &mut recovery)
    };
    assert!(matches!(created, entrenous_result::Ok), "without a client nothing is tried");
    // genuine, none, of another type, made up, or freed
    let used: *const entrenous_client = match handle % 5 {
        0 | 1 => client,
        2 => ptr::null(),
        3 => store.cast(),
        _ => ptr::without_provenance(usize::from(*handle) << 4 | (bytes.len() & 0xff)),
    };
    let text = bytes.as_ptr().cast();
    let from = entrenous_address { account: *account, device: u32::from(*calls) };
    let mut items = ptr::null_mut();
    for call in 0..8 {
        if calls >> call & 1 == 0 {
            continue;
        }
        // SAFETY: as above
        unsafe {
            match call {
                0 => entrenous_client_receive(used, &from, bytes.as_ptr(), bytes.len(), &mut items),
                1 => {
                    let (account, bundle) = (account.as_ptr(), bytes.as_ptr());
                    let with = ptr::null_mut();
                    entrenous_client_start_session(used, account, bundle, bytes.len(), 0, 1, with)
                }
                2 => entrenous_client_first_contact(used, bytes.as_ptr(), bytes.len(), ptr::null_mut()),
                3 => {
                    let mut request = MaybeUninit::uninit();
                    entrenous_client_receive_link(used, bytes.as_ptr(), bytes.len(), request.as_mut_ptr())
                }
                4 => {
                    let mut rendezvous = [0; 16];
                    entrenous_link_rendezvous(text, bytes.len(), rendezvous.as_mut_ptr())
                }
                5 => {
                    let mut seen = MaybeUninit::uninit();
                    entrenous_client_add_card(used, text, bytes.len(), seen.as_mut_ptr())
                }
                6 => {
                    let mut compared = MaybeUninit::uninit();
                    let account = account.as_ptr();
                    entrenous_client_verify_by_digits(used, account, text, bytes.len(), compared.as_mut_ptr())
                }
                _ => entrenous_client_receive(used, ptr::null(), ptr::null(), bytes.len(), &mut items),
            };
        }
        // SAFETY: as above
        unsafe { entrenous_free(items.cast()) };
        items = ptr::null_mut();
    }
    // SAFETY: as above; the second time is refused
    unsafe {
        for _ in 0..2 {
            entrenous_free(client.cast());
            entrenous_free(store.cast());
            entrenous_free(recovery.cast());
        }
    }
}
