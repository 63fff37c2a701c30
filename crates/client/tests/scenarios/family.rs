//! Devices are linked and removed, and a store comes back from a backup, while a store fails once, at every point and in
//! every way: whoever was to have a message has it, once.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use std::collections::{BTreeMap, BTreeSet};

use entrenous::{
    AccountId, Address, Client, ContactKind, Created, Destination, Error, Event, Item, Linking, MemoryStore,
    SendOptions, Upload, operation::Send,
};
use entrenous_testkit::{
    faults::{Fault, Faults, FaultyStore, Reach},
    person::{Clock, MemoryMarker, ScriptedEnv, store_key},
};

type Disk = FaultyStore<MemoryStore>;
type Device = Client<Disk, ScriptedEnv>;

/// A device whose store fails at times, and whose application does again what it doesn't know to be done.
struct Member {
    client: Device,
    memory: MemoryStore,
    faults: Faults,
    marker: MemoryMarker,
    clock: Clock,
    seed: u64,
    upload: Upload,
    /// What its application was shown, under which number, since its store came back from a backup last.
    shown: BTreeMap<Vec<u8>, u64>,
    ever: BTreeSet<Vec<u8>>,
    events: Vec<Event>,
    tokens: u64,
}

impl Member {
    fn create(seed: u64, clock: &Clock) -> Self {
        let (memory, faults) = (MemoryStore::new(), Faults::default());
        let store = FaultyStore::reopened(memory.clone(), &faults);
        let created = Client::create(store, &store_key(), ScriptedEnv::new(seed << 20, clock));
        let Created { client, .. } = created.expect("scripted");
        Self::of(client, memory, faults, seed, clock)
    }

    fn of(client: Device, memory: MemoryStore, faults: Faults, seed: u64, clock: &Clock) -> Self {
        let marker = MemoryMarker::default();
        let mut client = client.with_marker(marker.clone()).expect("never marked");
        let upload = client.publish_prekeys().expect("scripted").expect("nothing is published yet");
        client.prekeys_published(upload.number).expect("there");
        Self {
            client,
            memory,
            faults,
            marker,
            clock: clock.clone(),
            seed: seed << 20,
            upload,
            shown: BTreeMap::new(),
            ever: BTreeSet::new(),
            events: Vec::new(),
            tokens: 0,
        }
    }

    fn address(&self) -> Address {
        self.client.address()
    }

    /// The process ends, and another one opens the store.
    fn reopen(&mut self) {
        self.seed += 1;
        let store = FaultyStore::reopened(self.memory.clone(), &self.faults);
        let opened = Client::open(store, &store_key(), ScriptedEnv::new(self.seed, &self.clock));
        match opened.and_then(|client| client.with_marker(self.marker.clone())) {
            Ok(client) => self.client = client,
            // a fault comes once
            Err(error) => {
                assert!(matches!(error, Error::Store(_)), "{error}");
                self.reopen();
            }
        }
    }

    /// Does something until the store has not failed.
    fn insist<T>(&mut self, mut act: impl FnMut(&mut Device) -> Result<T, Error>) -> Result<T, Error> {
        loop {
            match act(&mut self.client) {
                Err(Error::Store(_)) => self.reopen(),
                outcome => return outcome,
            }
        }
    }

    fn send(&mut self, to: &AccountId, content: &[u8]) {
        self.tokens += 1;
        let token = Some((self.seed & !0xf_ffff | self.tokens).to_be_bytes());
        let options = SendOptions { token, ..SendOptions::default() };
        self.insist(|client| client.perform(&Send { to: *to, content, options })).expect("a contact");
    }

    fn show(&mut self, items: &[Item]) {
        for item in items {
            match &item.event {
                Event::Message(message) => {
                    let number = item.number.expect("it is kept");
                    let before = self.shown.insert(message.content.to_vec(), number);
                    assert!(before.is_none_or(|before| before == number), "shown twice: {message:?}");
                    self.ever.insert(message.content.to_vec());
                }
                event => self.events.push(event.clone()),
            }
        }
    }
}

/// The members, and what is under way.
struct Family {
    clock: Clock,
    members: Vec<Member>,
    mail: Vec<(Address, Address, Vec<u8>)>,
    boxes: Vec<Vec<u8>>,
}

const PHONE: usize = 0;
const BOB: usize = 1;

impl Family {
    fn new() -> Self {
        let clock = Clock::at_day(20_000);
        let members = [1, 2].map(|seed| Member::create(seed, &clock)).into_iter().collect();
        let mut family = Self { clock, members, mail: Vec::new(), boxes: Vec::new() };
        let bundle = family.members[BOB].upload.bundles[0].clone();
        let bob = family.account(BOB);
        family.members[PHONE].client.start_session(&bob, &bundle).expect("genuine");
        family
    }

    fn account(&self, of: usize) -> AccountId {
        self.members[of].client.account_id()
    }

    fn hand_over(&mut self, at: usize) {
        let from = self.members[at].address();
        for out in self.members[at].insist(Client::outbox).expect("readable") {
            match out.to {
                Destination::Device(to) => self.mail.push((from, to, out.bytes)),
                Destination::Rendezvous(_) => self.boxes.push(out.bytes),
            }
            self.members[at].insist(|client| client.handed_over(out.number.as_slice())).expect("there");
        }
    }

    fn collect(&mut self, at: usize) {
        let here = self.members[at].address();
        let (mine, others) = core::mem::take(&mut self.mail).into_iter().partition(|(_, to, _)| *to == here);
        self.mail = others;
        let mine: Vec<(Address, Address, Vec<u8>)> = mine;
        for (from, to, bytes) in mine {
            match self.members[at].insist(|client| client.receive(&from, &bytes)) {
                Ok(_) => self.read_inbox(at),
                Err(error) if error.is_final() => {}
                Err(_) => self.mail.push((from, to, bytes)),
            }
        }
        self.read_inbox(at);
    }

    fn read_inbox(&mut self, at: usize) {
        let items = self.members[at].insist(Client::inbox).expect("readable");
        self.members[at].show(&items);
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        self.members[at].insist(|client| client.acknowledge(&numbers)).expect("there");
    }

    /// What the guide's `tick` does.
    fn tick(&mut self, at: usize) {
        while self.members[at].insist(Client::maintain).expect("done").more {}
        self.collect(at);
        match self.members[at].insist(Client::publish_prekeys) {
            Ok(Some(upload)) => {
                self.members[at].insist(|client| client.prekeys_published(upload.number)).expect("there");
                self.members[at].upload = upload;
            }
            Ok(None) => {}
            Err(error) => return assert_eq!(error, Error::RemovedFromAccount),
        }
        let known = self.members[at].insist(|client| client.contacts(ContactKind::Accepted, None));
        let accounts = known.expect("readable").into_iter().map(|contact| contact.account);
        for account in accounts.chain([self.account(at)]) {
            let missing = self.members[at].insist(|client| client.missing_devices(&account)).expect("known");
            for device in missing {
                let Some(other) = self.members.iter().find(|other| other.address() == device) else {
                    continue;
                };
                let bundle = other.upload.last_resort.clone();
                let started = self.members[at].insist(|client| client.start_session(&account, &bundle));
                started.expect("what is missing can be started");
            }
        }
        self.hand_over(at);
    }

    /// Days go by, until everybody has what there is to have.
    fn settle(&mut self) {
        for _ in 0..6 {
            (0..self.members.len()).for_each(|at| self.tick(at));
            self.clock.pass_ms(12 * 3_600_000);
        }
    }

    /// The phone links a device, as its user does it, whatever happens to its store.
    fn link(&mut self, seed: u64) -> usize {
        let phone = &mut self.members[PHONE];
        let (memory, faults) = (MemoryStore::new(), Faults::default());
        let mut joining = loop {
            let code = phone.insist(Client::begin_linking).expect("the primary").code;
            let store = FaultyStore::reopened(memory.clone(), &faults);
            let env = ScriptedEnv::new(seed << 20, &self.clock);
            let joining = Client::join(store, &store_key(), env, &code.text()).expect("an empty store");
            let request = joining.request().expect("not answered yet").to_vec();
            match phone.insist(|client| client.receive_link(&request)) {
                Ok(_) | Err(Error::Duplicate) => break joining,
                // the code went with the client that showed it: both begin again
                Err(Error::NotLinking) => drop(joining.abandon().expect("the only one")),
                Err(error) => panic!("{error}"),
            }
        };
        let device = match phone.insist(Client::linking).expect("readable") {
            Some(Linking::Requested(request)) => request.device,
            other => panic!("{other:?}"),
        };
        self.hand_over(PHONE);
        let reveal = self.boxes.pop().expect("in the outbox");
        joining.receive_reveal(&reveal).expect("genuine");
        match self.members[PHONE].insist(|client| client.approve_link(device)) {
            Ok(_) | Err(Error::NotLinking) => {}
            Err(error) => panic!("{error}"),
        }
        self.hand_over(PHONE);
        let approval = self.boxes.pop().expect("in the outbox");
        let approval = joining.receive_approval(&approval).expect("genuine");
        let client = joining.finish(approval).expect("an empty store");
        self.members.push(Member::of(client, memory, faults, seed, &self.clock));
        self.members.len() - 1
    }

    /// The store comes back as it was, and the mark is the one of now. Its application has what it was shown before.
    fn restore(&mut self, at: usize, backup: &MemoryStore) {
        let member = &mut self.members[at];
        member.memory.restore(backup);
        member.shown.clear();
        member.marker.set(Some([9; 16]));
        member.reopen();
    }

    fn all_have(&self, content: &[u8], who: &[usize]) {
        for at in who {
            assert!(
                self.members[*at].ever.contains(content),
                "{at} lacks {}",
                String::from_utf8_lossy(content)
            );
        }
    }
}

/// Whose store fails, and how.
#[derive(Clone, Copy)]
struct Mischief {
    victim: usize,
    fault: Fault,
    occasion: u64,
}

/// Tells whether the fault has come.
fn story(mischief: Mischief) -> bool {
    let Mischief { victim, fault, occasion } = mischief;
    let mut family = Family::new();
    let [alice, bob] = [PHONE, BOB].map(|at| family.account(at));
    if victim <= BOB {
        family.members[victim].faults.arm(fault, Reach::Answer, occasion);
    }
    family.members[PHONE].send(&bob, b"hello bob");
    family.settle();
    let tablet = family.link(11);
    if victim == tablet {
        family.members[tablet].faults.arm(fault, Reach::Answer, occasion);
    }
    family.settle();
    let laptop = family.link(12);
    family.settle();
    family.members[BOB].send(&alice, b"to all three");
    family.members[tablet].send(&bob, b"from the tablet");
    family.members[laptop].send(&alice, b"a note");
    family.settle();
    family.all_have(b"hello bob", &[BOB]);
    family.all_have(b"to all three", &[PHONE, tablet, laptop]);
    family.all_have(b"from the tablet", &[BOB, PHONE, laptop]);
    family.all_have(b"a note", &[PHONE, tablet]);

    // the laptop goes, while messages are under way
    let gone = family.members[laptop].address().device;
    family.members[tablet].send(&bob, b"still with the laptop");
    match family.members[PHONE].insist(|client| client.remove_device(gone)) {
        Ok(_) | Err(Error::Untrusted(_)) => {}
        Err(error) => panic!("{error}"),
    }
    family.members[BOB].send(&alice, b"before he knows");
    family.settle();
    assert!(family.members[laptop].events.contains(&Event::RemovedFromAccount));
    family.members[BOB].send(&alice, b"without the laptop");
    family.settle();
    assert!(!family.members[laptop].ever.contains(b"without the laptop".as_slice()));
    family.all_have(b"still with the laptop", &[BOB, PHONE]);
    family.all_have(b"before he knows", &[PHONE, tablet]);
    family.all_have(b"without the laptop", &[PHONE, tablet]);

    // the phone comes back from a backup
    let backup = family.members[PHONE].memory.copy();
    family.members[PHONE].reopen();
    family.members[PHONE].send(&bob, b"not in the backup");
    family.members[BOB].send(&alice, b"neither");
    family.settle();
    family.restore(PHONE, &backup);
    family.members[PHONE].send(&bob, b"after the backup");
    family.members[tablet].send(&bob, b"the tablet again");
    family.members[BOB].send(&alice, b"to the two");
    family.settle();
    assert!(family.members[PHONE].events.contains(&Event::StoreRestored));
    family.all_have(b"after the backup", &[BOB, tablet]);
    family.all_have(b"the tablet again", &[BOB, PHONE]);
    family.all_have(b"to the two", &[PHONE, tablet]);
    family.members[victim].faults.fired()
}

const FAILURES: [Fault; 4] = [Fault::FailLoad, Fault::FailCommit, Fault::FailAfterCommit, Fault::Conflict];
const TABLET: usize = 2;

/// Some of the occasions, which are hundreds, and other ones for each kind of fault; `FAMILY_STEP=1` goes through all.
fn fail_here_and_there(victim: usize) {
    let step = std::env::var("FAMILY_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(211_u64);
    for (first, fault) in (1..).zip(FAILURES) {
        for occasion in (first * step / 5..).step_by(usize::try_from(step).expect("small")) {
            if !story(Mischief { victim, fault, occasion }) {
                assert!(occasion > 40, "{fault:?} has {occasion} occasions only");
                break;
            }
        }
    }
}

#[test]
fn the_primarys_store_may_fail() {
    fail_here_and_there(PHONE);
}

#[test]
fn a_contacts_store_may_fail() {
    fail_here_and_there(BOB);
}

#[test]
fn a_linked_devices_store_may_fail() {
    fail_here_and_there(TABLET);
}
