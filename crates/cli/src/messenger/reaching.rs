//! Finding the devices of an account in the directory, and beginning sessions with them.

use entrenous::{
    AccountId, Address, ContactStatus, DeviceId, DeviceStatus, Error, StartOptions, operation::StartSession,
};

use super::{Account, Messenger, Trouble, sync::put_off};
use crate::{
    name::ContactName,
    terminal::{Exit, visible_path},
    transport::Transport,
};

/// What came of looking for an account's devices.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    /// Devices with which there is a session.
    pub(crate) sessions: usize,
    /// The first bundle that was refused, and why.
    pub(crate) refused: Option<Error>,
}

impl Messenger {
    /// Sees to it that there is somebody to write to.
    pub(crate) fn ensure_reached(&mut self, account: &AccountId, name: &ContactName) -> Result<(), Trouble> {
        let devices = self.account.known(account)?.map(|status| status.devices).unwrap_or_default();
        let (with_session, missing) = (with_session(&devices), self.account.missing(account)?);
        if with_session.iter().any(|device| !missing.contains(device)) {
            return Ok(());
        }
        let reached = self.reach(account)?;
        match reached.refused {
            // one that is in doubt is better than none
            _ if reached.sessions > 0 || !with_session.is_empty() => Ok(()),
            Some(error) => Err(error.into()),
            // it was heard of before: the message waits until it can be reached
            None if !devices.is_empty() => Ok(()),
            None => Err(Trouble::said(
                Exit::Temporary,
                format!(
                    "{name} has published nothing in the drop folder {} yet: `publish` over there does, with the \
                     same --drop. Nothing was sent",
                    visible_path(self.transport.place())
                ),
            )),
        }
    }

    /// Begins sessions with the devices of contacts, and own ones, that have none yet and have published meanwhile. What
    /// can't be read of one of them comes at the end.
    pub(crate) fn reach_missing(&mut self) -> Result<(), Trouble> {
        let me = self.account.client.account_id();
        let names = self.account.history.names()?;
        let mut first = None;
        for account in names.iter().map(|named| named.account).chain([me]) {
            match self.account.client.missing_devices(&account) {
                Ok(missing) => put_off(self.reach_devices(&missing).map(drop), &mut first)?,
                // the others are not to wait for one that is damaged
                Err(Error::NoSession | Error::Corrupt) => {}
                Err(error) => return Err(error.into()),
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// Begins a session anew with each device of an account that has published, though there is one.
    pub(crate) fn renew(&mut self, account: &AccountId) -> Result<Reached, Trouble> {
        let me = self.account.client.address();
        let mut devices = self.transport.devices(account)?;
        devices.retain(|device| Address { account: *account, device: *device } != me);
        let devices: Vec<_> =
            devices.into_iter().map(|device| Address { account: *account, device }).collect();
        self.begin(&devices, true)
    }

    /// Begins a session with every device of an account that has published, where there is none yet.
    pub(crate) fn reach(&mut self, account: &AccountId) -> Result<Reached, Trouble> {
        let devices = self.account.known(account)?.map(|status| status.devices).unwrap_or_default();
        let asked = self.account.missing(account)?;
        let mut with_session = with_session(&devices);
        with_session.retain(|device| !asked.contains(device));
        let me = self.account.client.address();
        let published = self.transport.devices(account)?.into_iter();
        let missing = published.filter(|device| !with_session.contains(device));
        let missing: Vec<_> = missing
            .map(|device| Address { account: *account, device })
            .filter(|device| *device != me)
            .collect();
        let mut reached = self.reach_devices(&missing)?;
        reached.sessions += with_session.len();
        Ok(reached)
    }

    /// Begins a session with each of these devices, as far as they have published. Messages that wait for them enter
    /// the outbox.
    pub(crate) fn reach_devices(&mut self, devices: &[Address]) -> Result<Reached, Trouble> {
        self.begin(devices, false)
    }

    fn begin(&mut self, devices: &[Address], replace: bool) -> Result<Reached, Trouble> {
        let options = StartOptions { replace, accept_stale: self.old_keys };
        let (mut reached, mut first) = (Reached::default(), None);
        for device in devices {
            let bundle = match self.transport.take(device) {
                Ok(Some(bundle)) => bundle,
                Ok(None) => continue,
                // the others are not to wait for it
                Err(error) => {
                    first.get_or_insert(error);
                    continue;
                }
            };
            let start = StartSession { expected: Some(device.account), bundle: &bundle.bytes, options };
            match self.account.client.perform(&start) {
                Ok(started) if started.with == *device => reached.sessions += 1,
                // it lay in another one's place: good all the same
                Ok(_) => {}
                Err(Error::SessionExists(_)) if !replace => reached.sessions += 1,
                Err(
                    error @ (Error::Store(_) | Error::Busy | Error::Random(_) | Error::RemovedFromAccount),
                ) => {
                    return Err(error.into());
                }
                // whoever can write to the folder can put there what they like: the others may be good
                Err(error) => drop(reached.refused.get_or_insert(error)),
            }
        }
        first.map_or(Ok(reached), |error| Err(error.into()))
    }
}

impl Account {
    /// What the client knows of an account, if anything.
    pub(crate) fn known(&mut self, account: &AccountId) -> Result<Option<ContactStatus>, Trouble> {
        match self.client.contact(account) {
            Ok(status) => Ok(Some(status)),
            Err(Error::NoSession) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The devices of an account that a session is to be begun with, whether or not there is one.
    pub(super) fn missing(&mut self, account: &AccountId) -> Result<Vec<DeviceId>, Trouble> {
        match self.client.missing_devices(account) {
            Ok(missing) => Ok(missing.into_iter().map(|device| device.device).collect()),
            Err(Error::NoSession) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The devices with a session that messages are sent in.
fn with_session(devices: &[DeviceStatus]) -> Vec<DeviceId> {
    devices.iter().filter(|device| device.session.is_some()).map(|device| device.device).collect()
}
