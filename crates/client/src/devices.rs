//! The own devices, and which devices of an account can't be reached yet.

use entrenous_identity::{AccountId, DeviceId, IdentityError};

use crate::{
    Address, Client, Env, Error, Outgoing, Store,
    engine::{Name, Step, Stop, sealed::Run},
    record::{Lists, Own, OwnHistory, Pair, Unproven},
};

/// A device of the own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnDevice {
    /// Its id.
    pub id: DeviceId,
    /// Whether it is this one.
    pub this: bool,
    /// Whether it is the primary as far as this device knows: the one that holds the account key.
    pub primary: bool,
    /// Whether there is a session with it that messages are sent in.
    pub session: bool,
    /// Whether only one branch of a forked list has it: nothing is sent to it.
    pub disputed: bool,
}

/// Reads the own devices, by ascending id.
#[derive(Clone, Copy, Debug)]
pub struct OwnDevices;

/// Reads the devices of an account, the own one or a contact's, with which a session is to be started: the application
/// fetches a bundle of each and does so. Messages that wait for them are sealed then. There is no session with them to
/// send in, or its chain is full, or it may not reach them any more: they have not answered for days though something
/// went out, or what they send is refused.
///
/// # Errors
/// [`Error::NoSession`] when the account is not known.
#[derive(Clone, Copy, Debug)]
pub struct MissingDevices {
    /// Whose.
    pub account: AccountId,
}

/// Removes a device from the account: on the primary. It is told, as the others are, and nothing is sealed for it any
/// more. What it has it keeps.
///
/// # Errors
/// [`Error::NotPrimary`]; [`Error::ApiMisuse`] for the own device: an account without a primary could not be managed
/// any more, and only its recovery gives it another; [`Error::Untrusted`] when there is no such device.
#[derive(Clone, Copy, Debug)]
pub struct RemoveDevice {
    /// Which.
    pub device: DeviceId,
}

impl Run for OwnDevices {
    type Output = Vec<OwnDevice>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<OwnDevice>, Stop> {
        let me = step.device.address();
        step.want([Name::Own, Name::Lists(me.account), Name::Marker])?;
        let own: Own = step.expect(Name::Own)?;
        let restored = step.restorals()?;
        let Lists(known) = step.expect(Name::Lists(me.account))?;
        let ids: Vec<DeviceId> = known.in_force().device_ids().collect();
        step.want(ids.iter().map(|id| Name::Pair(Address { account: me.account, device: *id })))?;
        let mut devices = Vec::with_capacity(ids.len());
        for id in ids {
            let pair: Option<Pair> =
                step.get_unless_damaged(Name::Pair(Address { account: me.account, device: id }))?;
            devices.push(OwnDevice {
                id,
                this: id == me.device,
                primary: own.primary_device == Some(id),
                session: pair.is_some_and(|pair| pair.to_seal_in(restored).is_some()),
                disputed: !own.devices.contains(&id),
            });
        }
        Ok(devices)
    }
}

impl Run for MissingDevices {
    type Output = Vec<Address>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Address>, Stop> {
        let account = self.account;
        step.want([Name::Own, Name::Contact(account), Name::Lists(account), Name::Contacts, Name::Marker])?;
        let devices = match account == step.device.account {
            true => step.other_own_devices()?,
            false => {
                let contact = step.contact(&account)?;
                if contact.is_none() && !step.contacts()?.has(&account) {
                    return Err(Error::NoSession.into());
                }
                let devices = contact.into_iter().flat_map(|contact| contact.devices);
                devices.map(|device| Address { account, device }).collect()
            }
        };
        // the bundle brings the list that is damaged
        // spec: CLIENT-80
        let all = step.lacks_lists(&account)?;
        step.lacking_sessions(devices, all)
    }
}

impl Step<'_> {
    /// Those of `devices` with which a session is to be started.
    pub(crate) fn lacking_sessions(
        &mut self,
        devices: Vec<Address>,
        all: bool,
    ) -> Result<Vec<Address>, Stop> {
        self.want(devices.iter().flat_map(|device| [Name::Pair(*device), Name::Unproven(*device)]))?;
        let mut missing = Vec::new();
        let mut unloaded = false;
        for device in devices {
            match self.lacks_session(&device, all) {
                Ok(lacks) => missing.extend(lacks.then_some(device)),
                // the others say what they miss as well, so that it is loaded at once
                Err(Stop::Missing) => unloaded = true,
                Err(stop) => return Err(stop),
            }
        }
        if unloaded { Err(Stop::Missing) } else { Ok(missing) }
    }

    /// Whether a session with a device is to be started, and [`StartSession`](crate::operation::StartSession) would do so
    /// now. One that is there is to be replaced for whatever reason if `all` are.
    fn lacks_session(&mut self, device: &Address, all: bool) -> Result<bool, Stop> {
        let pair: Pair = self.get_unless_damaged(Name::Pair(*device))?.unwrap_or_default();
        Ok((all || self.needs_session(device, &pair)?) && self.may_start(device, &pair, all)?)
    }

    // spec: CLIENT-130, CLIENT-142, CLIENT-143
    fn needs_session(&mut self, device: &Address, pair: &Pair) -> Result<bool, Stop> {
        let restored = self.restorals()?;
        let Some(active) = pair.to_seal_in(restored) else { return Ok(true) };
        let Unproven(unproven) = self.get_unless_damaged(Name::Unproven(*device))?.unwrap_or_default();
        if pair.is_to_be_replaced(!unproven.is_empty(), self.now) {
            return Ok(true);
        }
        let Some(session) = self.session(&active.hash)? else { return Ok(true) };
        let sent = session.status().sent;
        if !active.answered {
            return Ok(sent > 0 && pair.has_waited_long(self.now));
        }
        // an answer may be under way, which makes the chain's successor
        Ok(sent >= self.policy.limits.chain_messages && pair.waits_since_before(self.today()))
    }
}

impl Run for RemoveDevice {
    type Output = Vec<Outgoing>;

    fn run(&self, step: &mut Step<'_>) -> Result<Vec<Outgoing>, Stop> {
        let me = step.device.address();
        let gone = Address { account: me.account, device: self.device };
        step.want([Name::Own, Name::Lists(me.account), Name::OwnHistory, Name::Pair(gone), Name::Outbox])?;
        if !step.own()?.primary {
            return Err(Error::NotPrimary.into());
        }
        // spec: CLIENT-75
        if gone == me {
            return Err(Error::ApiMisuse("the primary device can't remove itself").into());
        }
        let Lists(known) = step.expect(Name::Lists(me.account))?;
        let before = known.in_force();
        if before.device_ids().all(|id| id != self.device) {
            return Err(IdentityError::UnknownDevice.into());
        }
        let list = step.sign_next_list(|devices| {
            devices.retain(|entry| entry.device_id != self.device.get());
        })?;
        // it is told while there is a session
        step.load_active_sessions(&[gone])?;
        let pair: Pair = step.get_unless_damaged(Name::Pair(gone))?.unwrap_or_default();
        let mut history: OwnHistory = step.get_unless_damaged(Name::OwnHistory)?.unwrap_or_default();
        history.add(before);
        let has = history.name_of(pair.list.known);
        let told = step.send_list(&gone, &list, &history, has.as_ref())?;
        step.learn_list(&list, None)?;
        Ok(told.into_iter().collect())
    }
}

impl<S: Store, E: Env> Client<S, E> {
    /// The own devices.
    ///
    /// # Errors
    /// As for [`Client::perform`].
    pub fn devices(&mut self) -> Result<Vec<OwnDevice>, Error> {
        self.perform(&OwnDevices)
    }

    /// The devices of `account`, the own one or a contact's, with which there is no session yet, or one that leads
    /// nowhere: fetch a bundle of each and [`start`](Client::start_session) one.
    ///
    /// # Errors
    /// Those of [`MissingDevices`], and as for [`Client::perform`].
    pub fn missing_devices(&mut self, account: &AccountId) -> Result<Vec<Address>, Error> {
        self.perform(&MissingDevices { account: *account })
    }

    /// Removes a device from the account, on the primary. [`Client::maintain`] tells everybody.
    ///
    /// # Errors
    /// Those of [`RemoveDevice`], and as for [`Client::perform`].
    pub fn remove_device(&mut self, device: DeviceId) -> Result<Vec<Outgoing>, Error> {
        self.perform(&RemoveDevice { device })
    }
}
