//! Strangers: so many and no more, and never in the way of whom the user chooses.
#![allow(clippy::unwrap_used, reason = "test code")]

use entrenous_identity::{AccountId, Day};

use super::ContactKind;
use crate::{
    Error, Event, Item,
    engine::{Name, Step, Stop, sealed::Run},
    record::{Contact, Contacts},
    testing::{Device, create},
};

/// Fills the place for strangers with some who wrote last so many days ago; one of them is in the inbox.
struct Fill {
    days_ago: u32,
}

impl Run for Fill {
    type Output = AccountId;

    fn run(&self, step: &mut Step<'_>) -> Result<AccountId, Stop> {
        let mut contacts: Contacts = step.get(Name::Contacts)?.unwrap_or_default();
        let today = step.today();
        let account = |number: u64| {
            let mut id = [7; 32];
            id[..8].copy_from_slice(&number.to_be_bytes());
            AccountId::from_bytes(id)
        };
        step.want((0..1_024).map(|number| Name::Contact(account(number))))?;
        for number in 0..1_024 {
            // the first is the one who was silent longest
            let day = Day(today.0 - self.days_ago - u32::from(number == 0));
            contacts.add_stranger(account(number), day)?;
            step.note(Name::Contact(account(number)))?;
            step.put(Name::Contact(account(number)), &Contact::new());
        }
        step.put(Name::Contacts, &contacts);
        step.tell(Event::DeviceListStale { account: account(0) })?;
        Ok(account(0))
    }
}

fn write(from: &mut Device, to: &mut Device) -> Result<Vec<Item>, Error> {
    let upload = to.publish_prekeys()?.unwrap();
    from.start_session(&to.account_id(), &upload.last_resort)?;
    let sent = from.send(&to.account_id(), b"hello")?;
    to.receive(&from.address(), &sent.outgoing[0].bytes)
}

// spec: CLIENT-29
#[test]
fn strangers_do_not_keep_the_user_from_writing_to_anybody() {
    let (mut alice, mut bob) = (create().client, create().client);
    alice.perform(&Fill { days_ago: 0 }).unwrap();
    assert_eq!(write(&mut bob, &mut alice), Err(Error::TooManyStrangers));
    let upload = bob.publish_prekeys().unwrap().unwrap();
    alice.start_session(&bob.account_id(), &upload.last_resort).unwrap();
    assert_eq!(alice.contacts(ContactKind::Accepted, None).unwrap().len(), 1);
    let sent = alice.send(&bob.account_id(), b"hello").unwrap();
    assert!(bob.receive(&alice.address(), &sent.outgoing[0].bytes).is_ok());
    let reply = bob.send(&alice.account_id(), b"hello yourself").unwrap();
    assert!(alice.receive(&bob.address(), &reply.outgoing[0].bytes).is_ok());
}

// spec: CLIENT-105
#[test]
fn who_was_silent_for_thirty_days_makes_place_and_his_messages_stay() {
    let (mut alice, mut bob) = (create().client, create().client);
    let gone = alice.perform(&Fill { days_ago: 29 }).unwrap();
    assert!(write(&mut bob, &mut alice).is_ok());
    assert_eq!(alice.contact(&gone).err(), Some(Error::NoSession));
    assert!(alice.contact(&bob.account_id()).is_ok());
    let inbox = alice.inbox().unwrap();
    assert!(inbox.iter().any(|item| item.event == Event::DeviceListStale { account: gone }));
    // nobody else was silent for so long
    assert_eq!(write(&mut create().client, &mut alice), Err(Error::TooManyStrangers));
}
