//! Clients for unit tests, and what they would never send by themselves.
#![allow(clippy::panic, clippy::unwrap_used, reason = "test code")]

use entrenous_wire::proto::Control;

use crate::{
    Address, Client, Created, Error, Event, MemoryStore, Outgoing, Recovery, StoreKey, System,
    engine::{Step, Stop, sealed::Run},
};

pub(crate) type Device = Client<MemoryStore, System>;

fn key() -> StoreKey {
    StoreKey::from_bytes(&[7; 32])
}

/// A new account.
pub(crate) fn create() -> Created<MemoryStore, System> {
    Client::create(MemoryStore::new(), &key(), System::new()).unwrap()
}

/// An account with two devices.
pub(crate) fn own_devices() -> (Device, Device) {
    let Created { client: mut one, recovery: code } = create();
    let newest = one.publish_prekeys().unwrap().unwrap().last_resort;
    let recovery = Recovery { code: &code, newest: &newest, lost: &[] };
    let other = Client::recover(MemoryStore::new(), &key(), System::new(), &recovery).unwrap();
    (one, other)
}

struct Tell(Address, Control);

impl Run for Tell {
    type Output = Outgoing;

    fn run(&self, step: &mut Step<'_>) -> Result<Outgoing, Stop> {
        Ok(step.send_control(&self.0, &self.1)?.ok_or(Error::NoSession)?)
    }
}

/// `from` sends `control` to `to`, in a session that it begins if there is none, and this is what comes of it.
pub(crate) fn tell(from: &mut Device, to: &mut Device, control: Control) -> Vec<Event> {
    let upload = to.publish_prekeys().unwrap().unwrap();
    match from.start_session(&to.account_id(), &upload.last_resort) {
        Ok(_) | Err(Error::SessionExists(_)) => {}
        Err(error) => panic!("{error}"),
    }
    let bytes = from.perform(&Tell(to.address(), control)).unwrap().bytes;
    to.receive(&from.address(), &bytes).unwrap().into_iter().map(|item| item.event).collect()
}
