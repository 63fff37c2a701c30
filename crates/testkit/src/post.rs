//! A post office: carries what waits in outboxes to whom it is for, and keeps the mailboxes of linkings.

use std::collections::BTreeMap;

use entrenous::{Address, Destination, Error, Event, Item, Store};

use crate::person::Person;

/// What the transport has at the moment, and what became of what it carried.
#[derive(Debug, Default)]
pub struct Post {
    /// What came into the mailboxes of linkings, oldest first.
    pub mailboxes: BTreeMap<[u8; 16], Vec<Vec<u8>>>,
    /// What waits for devices that are away, oldest first: sender, recipient, envelope.
    pub held: Vec<(Address, Address, Vec<u8>)>,
    /// Which envelopes were refused, by whom and why.
    pub refused: Vec<(Address, Error)>,
    /// Envelopes carried.
    pub carried: usize,
}

impl Post {
    /// Carries what waits in the outboxes of `people` until nothing does. Gives the events that came up, in order,
    /// each with the device that has it, acknowledged.
    pub fn carry<S: Store>(&mut self, people: &mut [&mut Person<S>]) -> Vec<(Address, Event)> {
        let mut events = Vec::new();
        for (from, to, bytes) in core::mem::take(&mut self.held) {
            self.deliver(people, from, to, bytes, &mut events);
        }
        loop {
            let mut envelopes = Vec::new();
            for person in people.iter_mut() {
                let from = person.address();
                for out in person.client.outbox().expect("readable") {
                    person.client.handed_over(out.number.as_slice()).expect("in the outbox");
                    envelopes.push((from, out.to, out.bytes));
                }
            }
            if envelopes.is_empty() {
                return events;
            }
            for (from, to, bytes) in envelopes {
                self.carried += 1;
                match to {
                    Destination::Device(to) => self.deliver(people, from, to, bytes, &mut events),
                    Destination::Rendezvous(mailbox) => {
                        self.mailboxes.entry(mailbox).or_default().push(bytes);
                    }
                }
            }
        }
    }

    fn deliver<S: Store>(
        &mut self,
        people: &mut [&mut Person<S>],
        from: Address,
        to: Address,
        bytes: Vec<u8>,
        events: &mut Vec<(Address, Event)>,
    ) {
        let Some(person) = people.iter_mut().find(|person| person.address() == to) else {
            self.held.push((from, to, bytes));
            return;
        };
        match person.client.receive(&from, &bytes) {
            Ok(items) => {
                let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
                person.client.acknowledge(&numbers).expect("in the inbox");
                events.extend(items.into_iter().map(|Item { event, .. }| (to, event)));
            }
            Err(error) => self.refused.push((to, error)),
        }
    }

    /// Carries what waits, lets everybody do what is due, and carries that. Gives the events that came up.
    pub fn upkeep<S: Store>(&mut self, people: &mut [&mut Person<S>]) -> Vec<(Address, Event)> {
        let mut events = self.carry(people);
        for person in people.iter_mut() {
            // a device that was removed has nothing to do
            while person.client.maintain().is_ok_and(|done| done.more) {}
            let items = person.client.inbox().expect("readable");
            let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
            person.client.acknowledge(&numbers).expect("in the inbox");
            let at = person.address();
            events.extend(items.into_iter().map(|Item { event, .. }| (at, event)));
        }
        events.extend(self.carry(people));
        events
    }
}
