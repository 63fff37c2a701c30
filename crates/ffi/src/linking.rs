//! Linking a device: the primary shows a code, the new device scans it, and the user compares a short string.

use core::ffi::c_char;

use entrenous::{Client, Joining, LinkCode, LinkOffer, LinkRequest, Linking};

use crate::{
    buffer::entrenous_buffer,
    call::{Caller, device_id, set_some},
    client::{Inner, entrenous_client, with},
    environment::{Environment, entrenous_environment},
    guarded::Guarded,
    handle::{self, Object},
    result::{Code, entrenous_result},
    short_strings::entrenous_shown_string,
    store::{entrenous_store, store_key},
};

/// Bytes of the id of a mailbox in which two devices meet.
pub const ENTRENOUS_RENDEZVOUS_LEN: usize = 16;

/// Begins to link a device: on the primary. One linking at a time; its code is for one device and five minutes.
///
/// `code`: a text of 237 characters, to be shown as a QR code or copied; secret for as long as it is valid. `rendezvous`: the id of the
/// mailbox in which the request of the new device will be, `ENTRENOUS_RENDEZVOUS_LEN` bytes. `expires_ms`: until when, in milliseconds since 1970; may be NULL.
///
/// Errors: `NOT_PRIMARY`, `LINKING_UNDER_WAY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_begin_linking(
    client: *const entrenous_client,
    code: *mut *mut entrenous_buffer,
    rendezvous: *mut u8,
    expires_ms: *mut u64,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let (code, expires) = (caller.out(code)?, caller.out_or_null(expires_ms)?);
        let rendezvous = caller.out_array::<ENTRENOUS_RENDEZVOUS_LEN>(rendezvous)?;
        code.apart_from(&rendezvous)?;
        if let Some(expires) = &expires {
            code.apart_from(expires)?;
            rendezvous.apart_from(expires)?;
        }
        let LinkOffer { code: offered, expires: until } = with(client, Inner::begin_linking)?;
        code.set(handle::give(entrenous_buffer::of(offered.text().as_bytes()))?);
        rendezvous.set(*offered.rendezvous());
        set_some(expires, until.as_ms());
        Ok(())
    })
}

/// A device that asks to be linked. Anybody who has seen the code could be it: the user compares.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_link_request {
    /// Which device.
    pub device: u32,
    /// What both screens must show before the user approves.
    pub string: entrenous_shown_string,
    /// Until when it can be approved, in milliseconds since 1970.
    pub expires_ms: u64,
}

impl From<LinkRequest> for entrenous_link_request {
    fn from(request: LinkRequest) -> Self {
        Self {
            device: request.device.get(),
            string: entrenous_shown_string::of(&request.short_string),
            expires_ms: request.expires.as_ms(),
        }
    }
}

/// Takes what has come into the mailbox of the rendezvous, on the primary: the request of the new device. What that gets is in
/// the outbox then.
///
/// Errors: `NOT_LINKING` when there is no code, or another client has made it, `LINK_EXPIRED`, `DUPLICATE` when a request was taken
/// already; `MALFORMED`, `REJECTED` and `UNTRUSTED` for what is no request of this code: it stays valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_receive_link(
    client: *const entrenous_client,
    bytes: *const u8,
    bytes_len: usize,
    request: *mut entrenous_link_request,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(request)?;
        let bytes = caller.slice(bytes, bytes_len)?;
        out.set(with(client, |client| client.receive_link(bytes))?.into());
        Ok(())
    })
}

/// Links the device whose string the user has compared. The outbox has the approval then, and what the device needs to know;
/// maintenance goes on with it.
///
/// Errors: `NOT_LINKING` when it is not this device that has asked; `LINK_EXPIRED`; `TOO_MANY_DEVICES`; `DEVICE_ID_USED`; `UNTRUSTED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_approve_link(
    client: *const entrenous_client,
    device: u32,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let device = device_id(device)?;
        with(client, |client| client.approve_link(device).map(drop))
    })
}

/// How far a linking has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum entrenous_link_state {
    /// None is under way.
    None = 0,
    /// The code is to be shown.
    Offered = 1,
    /// The user is to compare.
    Requested = 2,
}

/// Gives how far a linking has come, on the primary. A code is known to the client alone that has made it; once a device has
/// asked, to any client of the store, after a restart as well.
///
/// `code`: for `OFFERED` the text to show, whose mailbox `entrenous_link_rendezvous` tells, else NULL. `request`: for `REQUESTED` what
/// to compare, else it is not written; may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_linking(
    client: *const entrenous_client,
    state: *mut entrenous_link_state,
    code: *mut *mut entrenous_buffer,
    request: *mut entrenous_link_request,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let (state, code) = (caller.out(state)?, caller.out(code)?);
        let request = caller.out_or_null(request)?;
        state.apart_from(&code)?;
        if let Some(request) = &request {
            request.apart_from(&code)?;
            request.apart_from(&state)?;
        }
        match with(client, Inner::linking)? {
            None => {
                code.set(core::ptr::null_mut());
                state.set(entrenous_link_state::None);
            }
            Some(Linking::Offered(offer)) => {
                code.set(handle::give(entrenous_buffer::of(offer.code.text().as_bytes()))?);
                state.set(entrenous_link_state::Offered);
            }
            Some(Linking::Requested(asked)) => {
                code.set(core::ptr::null_mut());
                set_some(request, asked.into());
                state.set(entrenous_link_state::Requested);
            }
        }
        Ok(())
    })
}

/// Gives the id of the mailbox that a code is for, `ENTRENOUS_RENDEZVOUS_LEN` bytes.
///
/// Errors: `BAD_TEXT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_link_rendezvous(
    code: *const c_char,
    code_len: usize,
    rendezvous: *mut u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_array::<ENTRENOUS_RENDEZVOUS_LEN>(rendezvous)?;
        let code = LinkCode::parse(caller.text(code, code_len)?).map_err(|_| Code::BadText)?;
        out.set(*code.rendezvous());
        Ok(())
    })
}

/// Ends a linking on the primary, if there is one: the strings differ, or the user has changed their mind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_cancel_linking(
    client: *const entrenous_client,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| with(client, Inner::cancel_linking))
}

/// A device that is being linked, on its store. After a restart `entrenous_joining_resume` goes on with it.
#[derive(Debug)]
pub struct entrenous_joining(Guarded<Option<Joining<entrenous_store, Environment>>>);

impl Object for entrenous_joining {}

impl entrenous_joining {
    fn new(joining: Joining<entrenous_store, Environment>) -> Self {
        Self(Guarded::new(Some(joining)))
    }
}

/// Begins to link a new device on an empty store, by the text of the code that the primary shows.
///
/// `key`, `environment`: as for `entrenous_client_create`.
///
/// Errors: `BAD_TEXT` for what is no code; `ACCOUNT_EXISTS` and `LINKING_UNDER_WAY` when the store is not empty; `RANDOM`, and those of
/// the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_begin(
    store: *const entrenous_store,
    key: *const u8,
    environment: *const entrenous_environment,
    code: *const c_char,
    code_len: usize,
    joining: *mut *mut entrenous_joining,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(joining)?;
        let (key, environment) = (store_key(&caller, key)?, Environment::of(environment)?);
        let code = caller.text(code, code_len)?;
        let begun = Client::join(entrenous_store::of(store)?, &key, environment, code)?;
        out.set(handle::give(entrenous_joining::new(begun))?);
        Ok(())
    })
}

/// Goes on with a linking that was begun on this store.
///
/// `key`, `environment`: as for `entrenous_client_create`.
///
/// Errors: `ACCOUNT_EXISTS` when it is done; `NO_ACCOUNT` when there is none, or the key is not the store's; `CORRUPT`,
/// `LATER_VERSION`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_resume(
    store: *const entrenous_store,
    key: *const u8,
    environment: *const entrenous_environment,
    joining: *mut *mut entrenous_joining,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(joining)?;
        let (key, environment) = (store_key(&caller, key)?, Environment::of(environment)?);
        let resumed = Client::resume_join(entrenous_store::of(store)?, &key, environment)?;
        out.set(handle::give(entrenous_joining::new(resumed))?);
        Ok(())
    })
}

/// Gives the mailbox in which the two devices meet, `ENTRENOUS_RENDEZVOUS_LEN` bytes: what is sent goes there, and what comes is
/// there.
///
/// Errors: `NOT_LINKING` when the linking is done or was abandoned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_rendezvous(
    joining: *const entrenous_joining,
    rendezvous: *mut u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_array::<ENTRENOUS_RENDEZVOUS_LEN>(rendezvous)?;
        let joining = handle::get(joining)?;
        let joining = joining.0.hold()?;
        out.set(*joining.as_ref().ok_or(Code::NotLinking)?.rendezvous());
        Ok(())
    })
}

/// Gives what the primary is to get, to be sent until it has answered; NULL after.
///
/// Errors: `NOT_LINKING` when the linking is done or was abandoned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_request(
    joining: *const entrenous_joining,
    request: *mut *mut entrenous_buffer,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(request)?;
        let joining = handle::get(joining)?;
        let joining = joining.0.hold()?;
        let request = joining.as_ref().ok_or(Code::NotLinking)?.request().map(entrenous_buffer::of);
        out.set(handle::give_some(request)?);
        Ok(())
    })
}

/// Gives what the user compares with the primary's screen.
///
/// Errors: `NOT_LINKING` before the primary has answered, and when the linking is done or was abandoned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_shown_string(
    joining: *const entrenous_joining,
    string: *mut entrenous_shown_string,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(string)?;
        let joining = handle::get(joining)?;
        let joining = joining.0.hold()?;
        let string = joining.as_ref().and_then(Joining::short_string).ok_or(Code::NotLinking)?;
        out.set(entrenous_shown_string::of(&string));
        Ok(())
    })
}

/// Takes the primary's answer; `entrenous_joining_shown_string` has what the user is to compare then.
///
/// Errors: `NOT_LINKING` when it was taken before; `LINK_EXPIRED`; `MALFORMED`; `REJECTED`, also when the primary has taken another
/// device's request; `WRONG_LINK_CODE`; `STORE_BUSY` when another process was quicker; and those of the store. After these the
/// answer may have been taken all the same: free the handle, and `entrenous_joining_resume` tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_receive_reveal(
    joining: *const entrenous_joining,
    bytes: *const u8,
    bytes_len: usize,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let bytes = caller.slice(bytes, bytes_len)?;
        let joining = handle::get(joining)?;
        let mut joining = joining.0.hold()?;
        joining.as_mut().ok_or(Code::NotLinking)?.receive_reveal(bytes)?;
        Ok(())
    })
}

/// Takes what comes after, the approval: the device becomes one of the account's. The linking's handle is of no more use than to
/// be freed.
///
/// Errors: `NOT_LINKING` before the primary's first answer; `MALFORMED`, `REJECTED`, `IDENTITY_MISMATCH` and `UNTRUSTED` for what is no
/// approval of this linking, which goes on. After one of the store's `entrenous_client_open` or `entrenous_joining_resume` tells what
/// became of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_finish(
    joining: *const entrenous_joining,
    approval: *const u8,
    approval_len: usize,
    client: *mut *mut entrenous_client,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(client)?;
        let bytes = caller.slice(approval, approval_len)?;
        let joining = handle::get(joining)?;
        let mut joining = joining.0.hold()?;
        let approval = joining.as_ref().ok_or(Code::NotLinking)?.receive_approval(bytes)?;
        let linked = joining.take().ok_or(Code::NotLinking)?.finish(approval)?;
        out.set(handle::give(entrenous_client::new(linked))?);
        Ok(())
    })
}

/// Gives a linking up: the strings differ, or the user has changed their mind. The store is empty then, and the handle of no
/// more use than to be freed.
///
/// Errors: `NOT_LINKING` when it is done or was abandoned; `STORE_BUSY` when another process was quicker, and those of the
/// store, after which `entrenous_joining_resume` tells what became of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_joining_abandon(joining: *const entrenous_joining) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let joining = handle::get(joining)?;
        let mut joining = joining.0.hold()?;
        joining.take().ok_or(Code::NotLinking)?.abandon()?;
        Ok(())
    })
}
