//! Contacts: the accounts that the user writes to, and the strangers who have written.

use entrenous::{ContactEntry, ContactKind, ContactStatus, DeviceStatus};

use crate::{
    call::{Caller, flag},
    client::{entrenous_client, with},
    handle::{self, Object},
    list::List,
    result::entrenous_result,
    types::{ENTRENOUS_ACCOUNT_LEN, entrenous_handshake, entrenous_trust},
};

/// Contacts, in a list.
#[derive(Debug)]
pub struct entrenous_contacts(List<entrenous_contact>);

impl Object for entrenous_contacts {
    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// An account in a list of contacts.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_contact {
    /// Who.
    pub account: [u8; ENTRENOUS_ACCOUNT_LEN],
    /// Whether it is who the user takes it for.
    pub trust: entrenous_trust,
}

/// Gives contacts, ascending by account id, at most 256 after `after`; NULL to begin.
///
/// `strangers`: 1 for those who have written and nothing more, 0 for those whom the user writes to or has chosen to know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_contacts(
    client: *const entrenous_client,
    strangers: u32,
    after: *const u8,
    contacts: *mut *mut entrenous_contacts,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(contacts)?;
        let kind = if flag(strangers)? { ContactKind::Strangers } else { ContactKind::Accepted };
        let after = if after.is_null() { None } else { Some(caller.account(after)?) };
        let entries = with(client, |client| client.contacts(kind, after.as_ref()))?;
        let contact = |ContactEntry { account, trust }: ContactEntry| entrenous_contact {
            account: *account.as_bytes(),
            trust: trust.into(),
        };
        out.set(handle::give(entrenous_contacts(List::new(entries.into_iter().map(contact), ())))?);
        Ok(())
    })
}

/// Gives the contact at `index` of a list, which is good until the list is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_contacts_at(
    contacts: *const entrenous_contacts,
    index: usize,
    contact: *mut *const entrenous_contact,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(contact)?;
        out.set(handle::get(contacts)?.0.at(index)?);
        Ok(())
    })
}

/// All that is known of an account; the list of its elements are the devices that messages to it go to.
#[derive(Debug)]
pub struct entrenous_contact_status {
    about: List<entrenous_contact_info>,
    devices: List<entrenous_contact_device>,
}

impl Object for entrenous_contact_status {
    fn count(&self) -> Option<usize> {
        Some(self.devices.len())
    }
}

/// What is known of an account.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_contact_info {
    /// Who.
    pub account: [u8; ENTRENOUS_ACCOUNT_LEN],
    /// Whether it is who the user takes it for.
    pub trust: entrenous_trust,
    /// The own device on which the user has decided about the trust; 0 if nobody has.
    pub decided_on: u32,
    /// Epoch of its device list in force, from 1; 0 as long as none is known.
    pub list_epoch: u32,
    /// Whether the user has chosen to know it: it is no stranger.
    pub accepted: bool,
    /// Whether that list has expired: no session can be started with it.
    pub list_is_stale: bool,
    /// Whether it has signed lists that exclude each other.
    pub list_is_forked: bool,
    /// Whether lists are missing between the one in force and the last one that was shown to belong to the chain.
    pub list_is_unproven: bool,
}

/// What is known of a device of a contact.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct entrenous_contact_device {
    /// The device.
    pub device: u32,
    /// Messages to it that it has not proved to have: at most 256.
    pub unproven: u32,
    /// How the session came about that messages are sent in; `NONE` while they wait for one.
    pub handshake: entrenous_handshake,
    /// Whether a one-time prekey protects its first messages.
    pub one_time_prekey: bool,
    /// Whether the device is known to have it.
    pub answered: bool,
    /// Its counter, from 1; 0 if there is none.
    pub session_counter: u64,
}

/// Gives all that is known of an account.
///
/// Errors: `NO_SESSION` when the account is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_contact(
    client: *const entrenous_client,
    account: *const u8,
    status: *mut *mut entrenous_contact_status,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(status)?;
        let account = caller.account(account)?;
        let status = with(client, |client| client.contact(&account))?;
        out.set(handle::give(entrenous_contact_status::of(&status))?);
        Ok(())
    })
}

impl entrenous_contact_status {
    fn of(status: &ContactStatus) -> Self {
        let about = entrenous_contact_info {
            account: *status.account.as_bytes(),
            trust: status.trust.into(),
            decided_on: status.decided_on.map_or(0, entrenous::DeviceId::get),
            list_epoch: status.list_epoch,
            accepted: status.accepted,
            list_is_stale: status.list_is_stale,
            list_is_forked: status.list_is_forked,
            list_is_unproven: status.list_is_unproven,
        };
        let devices = status.devices.iter().map(entrenous_contact_device::of);
        Self { about: List::new([about], ()), devices: List::new(devices, ()) }
    }
}

impl entrenous_contact_device {
    fn of(status: &DeviceStatus) -> Self {
        let DeviceStatus { device, session, unproven } = status;
        Self {
            device: device.get(),
            unproven: u32::try_from(*unproven).unwrap_or(u32::MAX),
            handshake: session.map_or(entrenous_handshake::None, |session| session.handshake.into()),
            one_time_prekey: session.is_some_and(|session| session.one_time_prekey),
            answered: session.is_some_and(|session| session.answered),
            session_counter: session.map_or(0, |session| session.counter),
        }
    }
}

/// Gives what is known of the account, which is good until the handle is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_contact_status_read(
    status: *const entrenous_contact_status,
    info: *mut *const entrenous_contact_info,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(info)?;
        out.set(handle::get(status)?.about.at(0)?);
        Ok(())
    })
}

/// Gives what is known of the device at `index`, which is good until the handle is freed.
///
/// Errors: `OUT_OF_RANGE`, and those of handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_contact_status_device_at(
    status: *const entrenous_contact_status,
    index: usize,
    device: *mut *const entrenous_contact_device,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let out = caller.out(device)?;
        out.set(handle::get(status)?.devices.at(index)?);
        Ok(())
    })
}

/// The user chooses to know a stranger. (Writing to one does the same.)
///
/// Errors: `NO_SESSION` when the account is not known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_accept(
    client: *const entrenous_client,
    account: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let account = caller.account(account)?;
        with(client, |client| client.accept(&account))
    })
}

/// Forgets an account: its sessions, lists, trust, and what waits for it.
///
/// Errors: `NO_SESSION` when the account is not known; `MISUSE` for the own one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn entrenous_client_forget(
    client: *const entrenous_client,
    account: *const u8,
) -> entrenous_result {
    // SAFETY: of every caller, as the crate says
    let caller = unsafe { Caller::vouched() };
    caller.run(|| {
        let account = caller.account(account)?;
        with(client, |client| client.forget(&account))
    })
}
