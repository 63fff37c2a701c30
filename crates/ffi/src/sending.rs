//! Sending, and what the transport has to carry.

use core::num::NonZeroU32;

use entrenous::{
    AccountId, Destination, Outgoing, SendOptions, Sent,
    operation::{Send, SendMany, SendToGroup},
};

use crate::{
    call::{Caller, Out, apart, set_some},
    callback::{Grows, sized},
    client::{entrenous_addresses, entrenous_client, with},
    handle::{self, Object},
    linking::ENTRENOUS_RENDEZVOUS_LEN,
    list::List,
    result::{Code, entrenous_result},
    types::{ENTRENOUS_MESSAGE_ID_LEN, ENTRENOUS_TOKEN_LEN, entrenous_address, entrenous_bytes},
};

/// How a message is sent.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_send_options {
    /// `sizeof(entrenous_send_options)`.
    pub size: usize,
    /// Seconds until the message is to vanish on every device; 0: it stays.
    pub ttl_seconds: u32,
    /// `ENTRENOUS_TOKEN_LEN` bytes that name the message to the application before it is sent, or NULL: sent again with the same
    /// token it is the same message. Not for groups.
    pub token: *const u8,
}

// SAFETY: the size is first, and what follows are a number and an address
unsafe impl Grows for entrenous_send_options {
    const FIRST_SIZE: usize = core::mem::offset_of!(Self, token) + size_of::<usize>();
    const DEFAULT: Self = Self { size: 0, ttl_seconds: 0, token: core::ptr::null() };
}

fn options(caller: &Caller, options: *const entrenous_send_options) -> Result<SendOptions, Code> {
    if options.is_null() {
        return Ok(SendOptions::default());
    }
    let entrenous_send_options { size: _, ttl_seconds, token } = sized(caller, options)?;
    let token = if token.is_null() { None } else { Some(caller.array::<ENTRENOUS_TOKEN_LEN>(token)?) };
    Ok(SendOptions { ttl: NonZeroU32::new(ttl_seconds), ephemeral: false, token })
}

/// What a message that is sent gives, as far as the caller wants it.
struct SentOutputs<'a> {
    id: Option<Out<'a, [u8; ENTRENOUS_MESSAGE_ID_LEN]>>,
    unreached: Option<Out<'a, *mut entrenous_addresses>>,
}

impl<'a> SentOutputs<'a> {
    fn of(caller: &'a Caller, id: *mut u8, unreached: *mut *mut entrenous_addresses) -> Result<Self, Code> {
        let (id, unreached) = (caller.out_or_null(id.cast())?, caller.out_or_null(unreached)?);
        apart(&id, &unreached)?;
        Ok(Self { id, unreached })
    }

    fn set(self, sent: &Sent) -> Result<(), Code> {
        if let Some(unreached) = self.unreached {
            let waits = sent.unreached.iter().map(|device| entrenous_address::from(*device));
            unreached.set(handle::give(entrenous_addresses::of(waits))?);
        }
        set_some(self.id, *sent.id.as_bytes());
        Ok(())
    }
}

/// Sends a message to every device of an account, and to the own other ones. It is in the outbox then.
///
/// `content`: at most `ENTRENOUS_MAX_CONTENT` bytes. `options`: NULL for none. `id`: the message's id,
/// `ENTRENOUS_MESSAGE_ID_LEN` bytes, the same on every device; may be NULL. `unreached`: a list of the devices that it waits for, since there
/// is no session with them or no room, most often an empty one; may be NULL.
///
/// Errors: `TOO_LONG`; `NO_SESSION` when none of the account's devices is known: fetch a bundle first; `IDENTITY_CHANGED`, `UNVERIFIED`; `OUTBOX_FULL`;
/// `REMOVED_FROM_ACCOUNT`; `MISUSE` for a token that another message has; and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_send(
    client: *const entrenous_client,
    account: *const u8,
    content: *const u8,
    content_len: usize,
    options: *const entrenous_send_options,
    id: *mut u8,
    unreached: *mut *mut entrenous_addresses,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let outputs = SentOutputs::of(&caller, id, unreached)?;
        let to = caller.account(account)?;
        let options = self::options(&caller, options)?;
        let content = caller.slice(content, content_len)?;
        let sent = with(client, |client| client.perform(&Send { to, content, options }))?;
        outputs.set(&sent)
    })
}

/// Sends many messages to an account, in their order and in one commit: all or none. Much quicker than one by one.
///
/// `contents`: `count` of them. `options`: NULL for none. `ids`: `count` × `ENTRENOUS_MESSAGE_ID_LEN` bytes for their ids; may be NULL.
///
/// Errors: as for `entrenous_client_send`; `MISUSE` for a token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_send_many(
    client: *const entrenous_client,
    account: *const u8,
    contents: *const entrenous_bytes,
    count: usize,
    options: *const entrenous_send_options,
    ids: *mut u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let to = caller.account(account)?;
        let options = self::options(&caller, options)?;
        let contents = caller.slice(contents, count)?.iter();
        let contents: Vec<&[u8]> =
            contents.map(|content| caller.slice(content.data, content.len)).collect::<Result<_, Code>>()?;
        let ids = match ids.is_null() {
            true => None,
            false => Some(caller.out_slice(ids.cast::<[u8; ENTRENOUS_MESSAGE_ID_LEN]>(), count)?),
        };
        let sent = with(client, |client| client.perform(&SendMany { to, contents: &contents, options }))?;
        if let Some(ids) = ids {
            ids.set(&sent.iter().map(|sent| *sent.id.as_bytes()).collect::<Vec<_>>());
        }
        Ok(())
    })
}

/// Sends something not worth keeping or repeating, such as typing: neither outbox nor inbox keep it.
///
/// `envelopes`: a list of what the transport is to carry, once.
///
/// Errors: as for `entrenous_client_send`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_send_ephemeral(
    client: *const entrenous_client,
    account: *const u8,
    content: *const u8,
    content_len: usize,
    envelopes: *mut *mut entrenous_envelopes,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(envelopes)?;
        let to: AccountId = caller.account(account)?;
        let content = caller.slice(content, content_len)?;
        let options = SendOptions { ephemeral: true, ..SendOptions::default() };
        let sent = with(client, |client| client.perform(&Send { to, content, options }))?;
        out.set(handle::give(entrenous_envelopes::of(sent.outgoing))?);
        Ok(())
    })
}

/// Sends a message to the devices of all members of a group. It is in the outbox then.
///
/// `content`, `options`, `id`, `unreached`: as for `entrenous_client_send`, but for a token.
///
/// Errors: `MISUSE` for a token; `NO_GROUP`, `NOT_IN_GROUP`, `GROUP_TOO_LARGE`; `IDENTITY_CHANGED` and `UNVERIFIED` when a member is not trusted;
/// `TOO_LONG`, `OUTBOX_FULL`, `REMOVED_FROM_ACCOUNT`; and those of the store.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_send_to_group(
    client: *const entrenous_client,
    group: *const u8,
    content: *const u8,
    content_len: usize,
    options: *const entrenous_send_options,
    id: *mut u8,
    unreached: *mut *mut entrenous_addresses,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let outputs = SentOutputs::of(&caller, id, unreached)?;
        let group = caller.group(group)?;
        let options = self::options(&caller, options)?;
        let content = caller.slice(content, content_len)?;
        let sent = with(client, |client| client.perform(&SendToGroup { group, content, options }))?;
        outputs.set(&sent)
    })
}

/// Envelopes, in a list: what the transport carries.
#[derive(Debug)]
pub struct entrenous_envelopes(List<entrenous_envelope, Vec<Outgoing>>);

impl Object for entrenous_envelopes {
    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// An envelope for the transport.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_envelope {
    /// Its number in the outbox, where it stays until it is handed over.
    pub number: u64,
    /// Whether it has one: what is ephemeral has none.
    pub has_number: bool,
    /// Whether it goes into the mailbox of a linking, and not to an address.
    pub to_rendezvous: bool,
    /// Whether there is a message of the application's in it, and not only what the library sends by itself.
    pub has_id: bool,
    /// That message's id.
    pub id: [u8; ENTRENOUS_MESSAGE_ID_LEN],
    /// The device that it goes to.
    pub to: entrenous_address,
    /// For a linking: the id of the mailbox.
    pub rendezvous: [u8; ENTRENOUS_RENDEZVOUS_LEN],
    /// What goes over the network. A transport that repeats it repeats these bytes.
    pub bytes: entrenous_bytes,
}

impl entrenous_envelopes {
    fn of(outgoing: Vec<Outgoing>) -> Self {
        let structs: Vec<_> = outgoing.iter().map(entrenous_envelope::of).collect();
        Self(List::new(structs, outgoing))
    }
}

impl entrenous_envelope {
    fn of(outgoing: &Outgoing) -> Self {
        let Outgoing { number, to, id, bytes } = outgoing;
        let (to, rendezvous) = match to {
            Destination::Device(address) => ((*address).into(), None),
            Destination::Rendezvous(mailbox) => (entrenous_address::NONE, Some(*mailbox)),
        };
        Self {
            number: number.unwrap_or_default(),
            has_number: number.is_some(),
            to_rendezvous: rendezvous.is_some(),
            has_id: id.is_some(),
            id: id.map_or([0; 16], |id| *id.as_bytes()),
            to,
            rendezvous: rendezvous.unwrap_or_default(),
            bytes: entrenous_bytes::of(bytes),
        }
    }
}

/// Gives what the transport has not taken yet, oldest first, from the envelope with the number `from` on, at most 256 at
/// once: 0 to begin, and one above that of the last envelope of the list to go on without having handed it over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_outbox(
    client: *const entrenous_client,
    from: u64,
    envelopes: *mut *mut entrenous_envelopes,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(envelopes)?;
        let outgoing = with(client, |client| client.outbox_from(from))?;
        out.set(handle::give(entrenous_envelopes::of(outgoing))?);
        Ok(())
    })
}

/// Gives the envelope at `index` of a list, which is good until the list is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_envelopes_at(
    envelopes: *const entrenous_envelopes,
    index: usize,
    envelope: *mut *const entrenous_envelope,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(envelope)?;
        out.set(handle::get(envelopes)?.0.at(index)?);
        Ok(())
    })
}

/// The transport has taken `count` envelopes, by their numbers: they leave the outbox. A number that is not there is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_handed_over(
    client: *const entrenous_client,
    numbers: *const u64,
    count: usize,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let numbers = caller.slice(numbers, count)?;
        with(client, |client| client.handed_over(numbers))
    })
}
