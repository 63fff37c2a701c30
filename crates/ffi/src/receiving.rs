//! Receiving, and what waits in the inbox.

use entrenous::{
    Address, Item,
    operation::{Receive, ReceiveMany},
};

use crate::{
    call::Caller,
    client::{entrenous_client, with},
    handle,
    item::entrenous_items,
    result::{Code, entrenous_result},
    types::{entrenous_address, entrenous_bytes},
};

/// Opens an envelope. What it tells is in the inbox then, and the outbox may have something for the transport.
///
/// `from`: the transport's hint where it comes from. `items`: a list of what it tells; may be NULL, but what is ephemeral is
/// told here only.
///
/// Errors, none of which changes anything: `MALFORMED`, `REJECTED` and `DUPLICATE`, after which the transport may drop the
/// envelope; after any other it keeps it for some weeks and tries again: `NO_SESSION`, `KEY_UNAVAILABLE`, `UNTRUSTED`, `STALE`,
/// `FUTURE_DATED`, `IDENTITY_MISMATCH`, `TOO_MANY_RESETS`, `TOO_MANY_HANDSHAKES`, `TOO_MANY_STRANGERS`, `TOO_EARLY`, `INBOX_FULL`,
/// `OUTBOX_FULL`, `REMOVED_FROM_ACCOUNT`, and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_receive(
    client: *const entrenous_client,
    from: *const entrenous_address,
    envelope: *const u8,
    envelope_len: usize,
    items: *mut *mut entrenous_items,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_or_null(items)?;
        let from = caller.address(from)?;
        let bytes = self::envelope(&caller, envelope, envelope_len)?;
        let (told, me) = with(client, |client| Ok((client.receive(&from, bytes)?, client.account_id())))?;
        if let Some(out) = out {
            out.set(handle::give(entrenous_items::of(told, me))?);
        }
        Ok(())
    })
}

/// An envelope that has come.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_incoming {
    /// The transport's hint where it comes from.
    pub sender: entrenous_address,
    /// As it came.
    pub bytes: entrenous_bytes,
}

/// Opens `count` envelopes, in their order and in one commit: what an application does that comes back to many. One that can't
/// be opened doesn't hold up the others.
///
/// `results`: `count` results, of each envelope its own, as for `entrenous_client_receive`. `items`: a list of what all of them
/// tell; may be NULL.
///
/// Errors: those of the store; `BAD_ARGUMENT` for a device 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_receive_many(
    client: *const entrenous_client,
    envelopes: *const entrenous_incoming,
    count: usize,
    results: *mut entrenous_result,
    items: *mut *mut entrenous_items,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out_or_null(items)?;
        let incoming = caller.slice(envelopes, count)?;
        let results = caller.out_slice(results, count)?;
        if let Some(out) = &out {
            results.apart_from(out)?;
        }
        let mut codes = Vec::with_capacity(count);
        let mut envelopes = Vec::with_capacity(count);
        for incoming in incoming {
            let from: Address = caller.address(&raw const incoming.sender)?;
            match envelope(&caller, incoming.bytes.data, incoming.bytes.len) {
                Ok(bytes) => {
                    envelopes.push(Receive { from, bytes });
                    codes.push(Code::Ok);
                }
                // one that is too long doesn't hold up the others either
                Err(Code::Malformed) => codes.push(Code::Malformed),
                Err(code) => return Err(code),
            }
        }
        let operation = ReceiveMany { envelopes: &envelopes };
        let (outcomes, me) = with(client, |client| Ok((client.perform(&operation)?, client.account_id())))?;
        let mut told: Vec<Item> = Vec::new();
        let opened = codes.iter_mut().filter(|code| **code == Code::Ok);
        for (code, outcome) in opened.zip(outcomes) {
            match outcome {
                Ok(items) => told.extend(items),
                Err(error) => *code = error.into(),
            }
        }
        if let Some(out) = out {
            out.set(handle::give(entrenous_items::of(told, me))?);
        }
        results.set(&codes);
        Ok(())
    })
}

/// An envelope: longer than anything that could be one, it is none.
fn envelope(caller: &Caller, data: *const u8, len: usize) -> Result<&[u8], Code> {
    caller.slice(data, len).map_err(|code| if code == Code::BadLength { Code::Malformed } else { code })
}

/// Gives what is not acknowledged yet, oldest first, from the item with the number `from` on, at most 256 at once: 0 to begin,
/// and one above that of the last item of the list to go on without having acknowledged it. What has expired comes as
/// `EXPIRED`, what the store has lost as `DAMAGED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_inbox(
    client: *const entrenous_client,
    from: u64,
    items: *mut *mut entrenous_items,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(items)?;
        let (waiting, me) = with(client, |client| Ok((client.inbox_from(from)?, client.account_id())))?;
        out.set(handle::give(entrenous_items::of(waiting, me))?);
        Ok(())
    })
}

/// The application has stored `count` items, by their numbers: they leave the inbox. A number that is not there is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_acknowledge(
    client: *const entrenous_client,
    numbers: *const u64,
    count: usize,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let numbers = caller.slice(numbers, count)?;
        with(client, |client| client.acknowledge(numbers))
    })
}
