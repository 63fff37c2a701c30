//! A client that sends to another, both on the durable store.

use std::{
    cell::RefCell,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use entrenous::{
    Client, Event, SendOptions, Sent, System,
    operation::{HandedOver, Receive, ReceiveMany, Send, SendMany},
    store::{Changes, Commit, Record, RecordKey, Store},
};
use entrenous_store_sqlite::{Error, SqliteStore};
use entrenous_testkit::person::store_key;

/// A line as long as people write.
const TEXT: &[u8] = b"A line as long as people write.";

/// The receiver answers after so many sendings, which proves that it has what came before.
const ANSWERS_EVERY: usize = 16;

/// The durable store, with a copy of what it was last told to commit.
struct Watched {
    store: SqliteStore,
    last: Rc<RefCell<Changes>>,
}

impl Store for Watched {
    type Error = Error;

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Error> {
        self.store.load(keys)
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Error> {
        self.last.replace(changes.clone());
        self.store.commit(changes)
    }
}

type Device = Client<Watched, System>;

pub struct Sender {
    alice: Device,
    bob: Device,
    /// What either of them committed last.
    last: Rc<RefCell<Changes>>,
    /// What Alice committed in her last sending.
    committed: Changes,
    unanswered: usize,
}

impl Sender {
    pub fn new(folder: &Path) -> Self {
        let last = Rc::new(RefCell::new(Changes::new()));
        let open = |name: &str| {
            let store = SqliteStore::open(folder.join(name).join("store.db")).expect("a new file");
            let store = Watched { store, last: last.clone() };
            Client::create(store, &store_key(), System::new()).expect("a new store").client
        };
        let (mut alice, mut bob) = (open("alice"), open("bob"));
        let upload = bob.publish_prekeys().expect("a sound disk").expect("something to publish");
        alice.start_session(&bob.account_id(), &upload.bundles[0]).expect("genuine");
        let mut sender = Self { alice, bob, last, committed: Changes::new(), unanswered: ANSWERS_EVERY };
        sender.send(1);
        sender
    }

    /// Alice sends `count` messages in one commit, and Bob gets them; the time of the sending alone.
    pub fn send(&mut self, count: usize) -> Duration {
        let contents = vec![TEXT; count];
        let (to, options) = (self.bob.account_id(), SendOptions::default());
        let start = Instant::now();
        let sent = match contents.as_slice() {
            [content] => vec![self.alice.perform(&Send { to, content, options }).expect("a session")],
            contents => self.alice.perform(&SendMany { to, contents, options }).expect("a session"),
        };
        let time = start.elapsed();
        self.committed = self.last.borrow().clone();
        let outgoing = sent.iter().flat_map(|sent| &sent.outgoing);
        let numbers: Vec<u64> = outgoing.filter_map(|outgoing| outgoing.number).collect();
        self.alice.perform(&HandedOver { numbers: &numbers }).expect("a sound disk");
        self.deliver(&sent);
        time
    }

    /// What the last sending has committed.
    pub fn committed(&self) -> Changes {
        self.committed.clone()
    }

    fn deliver(&mut self, sent: &[Sent]) {
        let Self { alice, bob, unanswered, .. } = self;
        let from = alice.address();
        let envelopes = sent.iter().flat_map(|sent| &sent.outgoing);
        let envelopes: Vec<_> = envelopes.map(|outgoing| Receive { from, bytes: &outgoing.bytes }).collect();
        let outcomes = bob.perform(&ReceiveMany { envelopes: &envelopes }).expect("a sound disk");
        let items: Vec<_> = outcomes.into_iter().flat_map(|outcome| outcome.expect("genuine")).collect();
        let texts = items.iter().filter(|item| match &item.event {
            Event::Message(message) => message.content.as_slice() == TEXT,
            _ => false,
        });
        assert_eq!(texts.count(), sent.len());
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        bob.acknowledge(&numbers).expect("a sound disk");
        *unanswered += sent.len();
        if *unanswered < ANSWERS_EVERY {
            return;
        }
        *unanswered = 0;
        let answer = bob.send(&alice.account_id(), TEXT).expect("a session");
        for outgoing in answer.outgoing {
            let items = alice.receive(&bob.address(), &outgoing.bytes).expect("genuine");
            let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
            alice.acknowledge(&numbers).expect("a sound disk");
            bob.handed_over(outgoing.number.as_slice()).expect("a sound disk");
        }
    }
}
