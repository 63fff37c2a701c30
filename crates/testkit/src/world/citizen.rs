//! A person: a store that fails at times, a client that is opened anew after each crash, and an application.

use core::fmt;
use std::collections::{BTreeSet, VecDeque};

use entrenous::{
    AccountId, Address, Client, Error, Event, Item, MemoryStore, Operation, Outgoing, Policy, SendOptions,
    Sent, Upload, operation,
};
use rand::RngExt;

use super::{
    Ledger,
    network::{Delivery, Packet},
};
use crate::{
    faults::{Fault, Faults, FaultyStore, Reach},
    person::{Clock, ScriptedEnv, store_key},
    rng::ScriptedRng,
    store::Place,
};

/// The store of a [`Citizen`].
pub type CitizenStore<P> = FaultyStore<<P as Place>::Store>;

/// What a directory has of a device.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    bundles: VecDeque<Vec<u8>>,
    /// An upload that is repeated brings nothing new.
    seen: BTreeSet<Vec<u8>>,
    last_resort: Vec<u8>,
}

impl Directory {
    /// A bundle: each with a one-time prekey once, and then the one without.
    pub fn hand_out(&mut self) -> Vec<u8> {
        self.bundles.pop_front().unwrap_or_else(|| self.last_resort.clone())
    }

    fn take(&mut self, upload: &Upload) {
        let new = upload.bundles.iter().filter(|bundle| self.seen.insert((*bundle).clone()));
        let new: Vec<Vec<u8>> = new.cloned().collect();
        if upload.replaces {
            self.bundles.clear();
        }
        self.bundles.extend(new);
        self.last_resort.clone_from(&upload.last_resort);
    }
}

/// What an application notes of a message before it sends it.
#[derive(Clone, Debug)]
struct Sending {
    to: AccountId,
    content: Vec<u8>,
    token: [u8; 8],
}

impl Sending {
    fn operation(&self) -> operation::Send<'_> {
        let options = SendOptions { token: Some(self.token), ..SendOptions::default() };
        operation::Send { to: self.to, content: &self.content, options }
    }
}

/// A person with one device.
pub struct Citizen<P: Place = MemoryStore> {
    client: Option<Client<CitizenStore<P>, ScriptedEnv>>,
    /// Where what it keeps is.
    pub place: P,
    faults: Faults,
    clock: Clock,
    seed: u64,
    policy: Policy,
    /// What others find of the device.
    pub directory: Directory,
    /// The message that is being sent, noted before with a token: after a crash nobody knows whether it was.
    sending: Option<Sending>,
    tokens: u64,
    /// Events that were told, without messages and without those of sessions that begin.
    pub events: Vec<Event>,
    last_item: Option<u64>,
    /// How often the client was opened again.
    pub crashes: usize,
}

impl Citizen<MemoryStore> {
    /// The same person on another disk, in a process that has just begun.
    pub(super) fn copy(&self, clock: &Clock, ledger: &mut Ledger) -> Self {
        let mut copy = Self {
            client: None,
            place: self.place.copy(),
            faults: Faults::default(),
            clock: clock.clone(),
            seed: self.seed,
            policy: self.policy,
            directory: self.directory.clone(),
            sending: self.sending.clone(),
            tokens: self.tokens,
            events: self.events.clone(),
            last_item: self.last_item,
            crashes: self.crashes,
        };
        copy.reopen(ledger);
        copy
    }
}

impl<P: Place> Citizen<P> {
    pub(super) fn new(seed: u64, place: P, clock: &Clock, policy: Policy) -> Self {
        let faults = Faults::default();
        let store = FaultyStore::reopened(place.open(), &faults);
        let client = Client::create(store, &store_key(), ScriptedEnv::new(seed << 20, clock));
        let mut citizen = Self {
            client: Some(client.expect("scripted").client.with_policy(policy)),
            place,
            faults,
            clock: clock.clone(),
            seed: seed << 20,
            policy,
            directory: Directory::default(),
            sending: None,
            tokens: 0,
            events: Vec::new(),
            last_item: None,
            crashes: 0,
        };
        citizen.publish(&mut Ledger::default());
        citizen
    }

    /// The client.
    pub fn client(&mut self) -> &mut Client<CitizenStore<P>, ScriptedEnv> {
        self.client.as_mut().expect("open")
    }

    /// Whose account it is.
    pub fn account(&self) -> AccountId {
        self.address().account
    }

    /// Where the device is.
    pub fn address(&self) -> Address {
        self.client.as_ref().expect("open").address()
    }

    pub(super) fn arm(&mut self, fault: Fault, occasion: u64) {
        self.faults.arm(fault, Reach::Answer, occasion);
    }

    /// Whether the armed fault has happened.
    pub fn fired(&self) -> bool {
        self.faults.fired()
    }

    pub(super) fn disarm(&mut self) {
        self.faults.arm(Fault::FailLoad, Reach::Answer, u64::MAX);
    }

    /// Does something; after a failure of the store the machine is switched off and on, unless its place lets it go on.
    pub(super) fn perform<O: Operation>(
        &mut self,
        operation: &O,
        ledger: &mut Ledger,
    ) -> Result<O::Output, Error> {
        let outcome = self.client().perform(operation);
        if matches!(outcome, Err(Error::Store(_))) {
            if self.place.goes_on() {
                self.take_up(ledger);
            } else {
                self.reopen(ledger);
            }
        }
        outcome
    }

    /// The process ends, and another opens the store.
    pub(super) fn reopen(&mut self, ledger: &mut Ledger) {
        self.client = None;
        self.crashes += 1;
        self.disarm();
        self.seed += 1;
        let store = FaultyStore::reopened(self.place.open(), &self.faults);
        let env = ScriptedEnv::new(self.seed, &self.clock);
        let client = Client::open(store, &store_key(), env).expect("an account");
        self.client = Some(client.with_policy(self.policy));
        self.take_up(ledger);
    }

    /// Looks at what there is to read, and sends what nobody knows to be sent.
    fn take_up(&mut self, ledger: &mut Ledger) {
        let items = self.client().inbox().expect("no fault is armed");
        self.show(&items, ledger);
        // sent again, it is the same message
        let Some(sending) = self.sending.take() else { return };
        if let Ok(sent) = self.client().perform(&sending.operation()) {
            ledger.named(sent.id, &sending.content);
            ledger.promised(&sending.content);
        }
    }

    pub(super) fn send(
        &mut self,
        to: &AccountId,
        content: &[u8],
        ledger: &mut Ledger,
    ) -> Result<Sent, Error> {
        self.tokens += 1;
        let sending = Sending { to: *to, content: content.to_vec(), token: self.tokens.to_be_bytes() };
        self.sending = Some(sending.clone());
        let sent = self.perform(&sending.operation(), ledger);
        self.sending = None;
        if let Ok(sent) = &sent {
            ledger.named(sent.id, content);
        }
        sent
    }

    pub(super) fn outbox(&mut self, ledger: &mut Ledger) -> Vec<Outgoing> {
        self.perform(&operation::Outbox { from: 0, limit: 64 }, ledger).unwrap_or_default()
    }

    pub(super) fn handed_over(&mut self, numbers: &[u64], ledger: &mut Ledger) -> Result<(), Error> {
        self.perform(&operation::HandedOver { numbers }, ledger)
    }

    pub(super) fn receive(&mut self, packet: &Packet, ledger: &mut Ledger) -> Delivery {
        let operation = operation::Receive { from: packet.from, bytes: &packet.bytes };
        match self.perform(&operation, ledger) {
            Ok(items) => {
                assert!(packet.genuine || items.is_empty(), "a damaged packet was opened");
                self.show(&items, ledger);
                Delivery::Done
            }
            Err(
                Error::Malformed(_)
                | Error::Rejected
                | Error::Duplicate
                | Error::KeyUnavailable
                | Error::NoSession
                | Error::Untrusted(_)
                | Error::IdentityMismatch,
            ) => Delivery::Done,
            Err(
                Error::Store(_)
                | Error::TooManyResets
                | Error::TooManyHandshakes
                | Error::Busy
                | Error::InboxFull
                | Error::TooManyStrangers,
            ) if packet.genuine => Delivery::Later,
            Err(_) if !packet.genuine => Delivery::Done,
            Err(error) => panic!("receiving: {error}"),
        }
    }

    /// The application stores what it is shown.
    fn show(&mut self, items: &[Item], ledger: &mut Ledger) {
        for Item { number, event } in items {
            match event {
                Event::Message(message) => ledger.shown(&message.content, number.expect("it is kept")),
                other if *number > self.last_item => self.events.push(other.clone()),
                _ => {}
            }
            self.last_item = self.last_item.max(*number);
        }
    }

    pub(super) fn acknowledge_some(&mut self, rng: &mut ScriptedRng, ledger: &mut Ledger) {
        let items = self.perform(&operation::Inbox { from: 0, limit: 64 }, ledger).unwrap_or_default();
        self.show(&items, ledger);
        let numbers = items.iter().filter_map(|item| item.number).filter(|_| rng.random_bool(0.7));
        let _ = self.perform(&operation::Acknowledge { numbers: &numbers.collect::<Vec<_>>() }, ledger);
    }

    pub(super) fn acknowledge_all(&mut self, ledger: &mut Ledger) {
        let items = self.client().inbox().expect("no fault is armed");
        self.show(&items, ledger);
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        self.client().acknowledge(&numbers).expect("no fault is armed");
    }

    pub(super) fn maintain(&mut self, ledger: &mut Ledger) {
        if self.perform(&operation::Maintain, ledger).is_ok_and(|maintained| maintained.to_publish) {
            self.publish(ledger);
        }
    }

    fn publish(&mut self, ledger: &mut Ledger) {
        let Ok(Some(upload)) = self.perform(&operation::PublishPrekeys::default(), ledger) else { return };
        // the directory has it, whether or not the device gets to know of that
        self.directory.take(&upload);
        let _ = self.perform(&operation::PrekeysPublished { number: upload.number }, ledger);
    }

    pub(super) fn check_queues(&mut self) {
        assert_eq!(self.client().inbox(), Ok(Vec::new()), "the inbox drains");
        assert_eq!(self.client().outbox(), Ok(Vec::new()), "the outbox drains");
    }
}

impl<P: Place> fmt::Debug for Citizen<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Citizen({:?}, {} crashes)", self.client.as_ref().map(Client::address), self.crashes)
    }
}
