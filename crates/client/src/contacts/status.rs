//! What is known of one contact.

use entrenous_identity::{AccountId, DeviceId, KnownLists};

use crate::{
    Address, Error, Handshake, Trust,
    engine::{Name, Step, Stop, sealed::Run},
    record::{Lists, Pair, Unproven},
};

/// What is known of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactStatus {
    /// Who.
    pub account: AccountId,
    /// Whether it is who the user takes it for.
    pub trust: Trust,
    /// The own device on which the user has decided about the trust; none if nobody has.
    pub decided_on: Option<DeviceId>,
    /// Whether the user has chosen to know it: it is no stranger.
    pub accepted: bool,
    /// Epoch of its device list in force, from 1; 0 as long as none is known.
    pub list_epoch: u32,
    /// Whether that list has expired: no session can be started with it.
    pub list_is_stale: bool,
    /// Whether it has signed lists that exclude each other.
    pub list_is_forked: bool,
    /// Whether lists are missing between the one in force and the last one that was shown to belong to the chain.
    pub list_is_unproven: bool,
    /// The devices that messages to it go to.
    pub devices: Vec<DeviceStatus>,
}

/// What is known of a device of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceStatus {
    /// The device.
    pub device: DeviceId,
    /// The session that messages are sent in; none while messages wait for one.
    pub session: Option<SessionStatus>,
    /// Messages to it that it has not proved to have: at most 256.
    pub unproven: usize,
}

/// What is known of the session with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// Its counter, from 1.
    pub counter: u64,
    /// How it came about.
    pub handshake: Handshake,
    /// Whether a one-time prekey protects its first messages from a later thief of the signed one.
    pub one_time_prekey: bool,
    /// Whether the device is known to have it.
    pub answered: bool,
}

/// Reads what is known of an account.
#[derive(Clone, Copy, Debug)]
pub struct ReadContact {
    /// Who.
    pub account: AccountId,
}

impl Run for ReadContact {
    type Output = ContactStatus;

    fn run(&self, step: &mut Step<'_>) -> Result<ContactStatus, Stop> {
        let account = self.account;
        step.want([Name::Contact(account), Name::Lists(account), Name::Marker])?;
        let contact = step.contact(&account)?.ok_or(Error::NoSession)?;
        let lists: Option<Lists> = step.get_unless_damaged(Name::Lists(account))?;
        let known = lists.as_ref().map(|Lists(known)| known);
        let addresses = contact.devices.iter().map(|device| Address { account, device: *device });
        step.want(addresses.flat_map(|device| [Name::Pair(device), Name::Unproven(device)]))?;
        let devices = contact.devices.iter().map(|device| step.device_status(account, *device));
        Ok(ContactStatus {
            account,
            trust: contact.trust,
            decided_on: contact.decided.map(|decided| decided.on),
            accepted: contact.accepted,
            list_epoch: contact.list_epoch,
            devices: devices.collect::<Result<_, _>>()?,
            list_is_stale: known.is_some_and(|known| known.is_stale(step.today())),
            list_is_forked: known.is_some_and(KnownLists::is_forked),
            list_is_unproven: known.is_some_and(|known| known.unproven_since().is_some()),
        })
    }
}

impl Step<'_> {
    fn device_status(&mut self, account: AccountId, device: DeviceId) -> Result<DeviceStatus, Stop> {
        let address = Address { account, device };
        let pair: Pair = self.get_unless_damaged(Name::Pair(address))?.unwrap_or_default();
        let Unproven(unproven) = self.get_unless_damaged(Name::Unproven(address))?.unwrap_or_default();
        let restored = self.restorals()?;
        let session = pair.to_seal_in(restored).map(|entry| SessionStatus {
            counter: entry.counter.get(),
            handshake: entry.handshake,
            one_time_prekey: entry.one_time_prekey,
            answered: entry.answered,
        });
        Ok(DeviceStatus { device, session, unproven: unproven.len() })
    }
}
