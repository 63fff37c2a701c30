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
        let bytes = caller.slice(envelope, envelope_len)?;
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
        let envelopes = caller.slice(envelopes, count)?;
        let places = (0..count).map(|at| caller.out(results.wrapping_add(at)));
        let places = places.collect::<Result<Vec<_>, Code>>()?;
        if let (Some(out), Some(first), Some(last)) = (&out, places.first(), places.last()) {
            out.apart_from(first)?;
            out.apart_from(last)?;
        }
        let received = |incoming: &entrenous_incoming| {
            let from: Address = caller.address(&raw const incoming.sender)?;
            Ok(Receive { from, bytes: caller.slice(incoming.bytes.data, incoming.bytes.len)? })
        };
        let envelopes = envelopes.iter().map(received).collect::<Result<Vec<_>, Code>>()?;
        let operation = ReceiveMany { envelopes: &envelopes };
        let (outcomes, me) = with(client, |client| Ok((client.perform(&operation)?, client.account_id())))?;
        let mut told: Vec<Item> = Vec::new();
        let mut codes = Vec::with_capacity(count);
        for outcome in outcomes {
            match outcome {
                Ok(items) => {
                    told.extend(items);
                    codes.push(Code::Ok);
                }
                Err(error) => codes.push(error.into()),
            }
        }
        if let Some(out) = out {
            out.set(handle::give(entrenous_items::of(told, me))?);
        }
        places.into_iter().zip(codes).for_each(|(place, code)| place.set(code));
        Ok(())
    })
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
