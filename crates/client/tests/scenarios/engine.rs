//! Devices without a `Store`, on an application's own asynchronous database: several tasks share an engine, and
//! processes die between loading, committing and releasing.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use entrenous::{
    AccountId, Address, Client, Destination, Engine, Error, Event, MemoryStore, MessageId, NewAccount,
    Progress, Records, SendOptions, StartOptions, Store as _, StoreKey, Unopened,
    operation::{
        Acknowledge, HandedOver, Inbox, Maintain, Outbox, PublishPrekeys, Receive, Send, StartSession,
    },
    store::{Action, Change, Changes, Commit, Record, RecordKey},
};
use entrenous_testkit::{
    person::{Clock, ScriptedEnv, store_key},
    rng::ScriptedRng,
};
use rand_core::TryRng;

/// Messages that each of the two writers of a phone has to send.
const DRAFTS: u8 = 12;

/// Lets the other tasks go on.
fn turn() -> impl Future<Output = ()> {
    let mut waited = false;
    future::poll_fn(move |_| match core::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
}

/// What the application keeps beside the library's records.
#[derive(Default)]
struct Rows {
    /// How many of its drafts each writer has sent.
    sent: [u8; 2],
    shown: Vec<(MessageId, Vec<u8>)>,
}

/// The application's database: every call lets others go first, and what it answers comes later than what it did.
#[derive(Clone, Default)]
struct Database(Rc<RefCell<Tables>>);

#[derive(Default)]
struct Tables {
    records: BTreeMap<RecordKey, Record>,
    rows: Rows,
    conflicts: usize,
}

impl Database {
    async fn load(&self, keys: &[RecordKey]) -> Vec<Option<Record>> {
        turn().await;
        let found = keys.iter().map(|key| self.0.borrow().records.get(key).cloned()).collect();
        turn().await;
        found
    }

    /// One transaction: the library's changes and the application's, or neither.
    async fn commit(&self, changes: &Changes, rows: impl FnOnce(&mut Rows)) -> Commit {
        turn().await;
        let commit = self.0.borrow_mut().apply(changes, rows);
        turn().await;
        commit
    }

    /// All that an application needs to write to use the library on a database of its own.
    async fn run<T>(
        &self,
        mut stage: impl FnMut(&Records) -> Result<Progress<Result<T, Error>>, Error>,
        rows: impl Fn(&mut Rows),
    ) -> Result<T, Error> {
        loop {
            let mut records = Records::new();
            let staged = loop {
                match stage(&records)? {
                    Progress::Staged(staged) => break staged,
                    Progress::Needs(keys) => {
                        let loaded = self.load(&keys).await;
                        keys.into_iter().zip(loaded).for_each(|(key, record)| records.insert(key, record));
                    }
                }
            };
            let (changes, unreleased) = staged.into_parts();
            // an operation that fails writes nothing
            let rows = |all: &mut Rows| {
                if changes.writes() {
                    rows(all);
                }
            };
            match self.commit(&changes, rows).await {
                Commit::Applied => return unreleased.release_after_commit(),
                Commit::Conflict => self.0.borrow_mut().conflicts += 1,
            }
        }
    }
}

impl Tables {
    fn apply(&mut self, changes: &Changes, rows: impl FnOnce(&mut Rows)) -> Commit {
        let generation = |key| self.records.get(key).map(|record| record.generation);
        if changes.iter().any(|(key, change)| generation(key) != change.expected) {
            return Commit::Conflict;
        }
        for (key, change) in changes {
            match &change.action {
                Action::Keep => {}
                Action::Put(record) => drop(self.records.insert(*key, record.clone())),
                Action::Remove => drop(self.records.remove(key)),
            }
        }
        rows(&mut self.rows);
        Commit::Applied
    }
}

type Device = Engine<ScriptedEnv>;
type Task = Pin<Box<dyn Future<Output = ()>>>;

fn env(seed: u64) -> ScriptedEnv {
    ScriptedEnv::new(seed, &Clock::at_day(20_000))
}

async fn finish(database: &Database, mut device: Unopened<ScriptedEnv>) -> Result<Device, Error> {
    let entered = database.run(|records| device.stage(records), |_| {}).await?;
    device.finish(entered)
}

/// Polls to the end.
fn wait<T>(task: impl Future<Output = T>) -> T {
    let mut task = Box::pin(task);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = task.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Envelopes, each with who has sent it, in the order of sending.
type Mailbox = VecDeque<(Address, Vec<u8>)>;

/// Mail for each device, that the transport keeps until it was received.
#[derive(Clone, Default)]
struct Network {
    mail: Rc<RefCell<HashMap<Destination, Mailbox>>>,
    /// Everything that was ever carried.
    seen: Rc<RefCell<BTreeSet<Vec<u8>>>>,
}

/// A process of the messenger: its engine, which its tasks share, and lock only while a step is staged.
struct Process {
    database: Database,
    network: Network,
    engine: Rc<RefCell<Device>>,
    me: Address,
    peer: AccountId,
}

impl Process {
    async fn write(self: Rc<Self>, writer: u8) {
        let at = usize::from(writer);
        loop {
            turn().await;
            let n = self.database.0.borrow().rows.sent[at];
            if n == DRAFTS {
                return;
            }
            let content = [writer, n];
            let send = Send { to: self.peer, content: &content, options: SendOptions::default() };
            let stage = |records: &Records| self.engine.borrow_mut().stage(&send, records);
            match self.database.run(stage, |rows| rows.sent[at] += 1).await {
                Ok(_) | Err(Error::NoSession) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn carry(self: Rc<Self>) {
        loop {
            turn().await;
            let outbox = Outbox { from: 0, limit: 4 };
            let stage = |records: &Records| self.engine.borrow_mut().stage(&outbox, records);
            for out in self.database.run(stage, |_| {}).await.expect("readable") {
                self.network.seen.borrow_mut().insert(out.bytes.clone());
                self.network.mail.borrow_mut().entry(out.to).or_default().push_back((self.me, out.bytes));
                turn().await;
                let handed = HandedOver { numbers: out.number.as_slice() };
                let stage = |records: &Records| self.engine.borrow_mut().stage(&handed, records);
                self.database.run(stage, |_| {}).await.expect("in the outbox");
            }
        }
    }

    async fn read(self: Rc<Self>) {
        loop {
            turn().await;
            let here = Destination::Device(self.me);
            let first = self.network.mail.borrow().get(&here).and_then(|mail| mail.front().cloned());
            if let Some((from, bytes)) = first {
                let receive = Receive { from, bytes: &bytes };
                let stage = |records: &Records| self.engine.borrow_mut().stage(&receive, records);
                match self.database.run(stage, |_| {}).await {
                    Ok(_) | Err(Error::Duplicate) => {}
                    Err(error) => panic!("{error}"),
                }
                self.network.mail.borrow_mut().get_mut(&here).and_then(VecDeque::pop_front);
            }
            let inbox = Inbox { from: 0, limit: 4 };
            let stage = |records: &Records| self.engine.borrow_mut().stage(&inbox, records);
            for item in self.database.run(stage, |_| {}).await.expect("readable") {
                let acknowledge = Acknowledge { numbers: item.number.as_slice() };
                let stage = |records: &Records| self.engine.borrow_mut().stage(&acknowledge, records);
                // shown in the transaction that acknowledges it: once
                let show = |rows: &mut Rows| match &item.event {
                    Event::Message(message) => rows.shown.push((message.id, message.content.to_vec())),
                    Event::SessionStarted { .. } => {}
                    event => panic!("{event:?}"),
                };
                self.database.run(stage, show).await.expect("in the inbox");
            }
        }
    }

    async fn maintain(self: Rc<Self>) {
        let stage = |records: &Records| self.engine.borrow_mut().stage(&Maintain, records);
        self.database.run(stage, |_| {}).await.expect("nothing in the way");
    }
}

/// A phone, whose process may die and be started again.
struct Phone {
    database: Database,
    network: Network,
    peer: AccountId,
    tasks: Vec<Task>,
    started: u64,
}

impl Phone {
    fn start(&mut self, seed: u64) {
        self.started += 1;
        let device = Engine::open(&store_key(), env(seed));
        let engine = wait(finish(&self.database, device)).expect("an account");
        let process = Rc::new(Process {
            database: self.database.clone(),
            network: self.network.clone(),
            me: engine.address(),
            engine: Rc::new(RefCell::new(engine)),
            peer: self.peer,
        });
        self.tasks = vec![
            Box::pin(process.clone().write(0)),
            Box::pin(process.clone().write(1)),
            Box::pin(process.clone().carry()),
            Box::pin(process.clone().read()),
            Box::pin(process.maintain()),
        ];
    }

    fn shown(&self) -> Vec<(MessageId, Vec<u8>)> {
        self.database.0.borrow().rows.shown.clone()
    }

    /// Shown and acknowledged.
    fn has_all(&self) -> bool {
        self.database.0.borrow().rows.shown.len() >= 2 * usize::from(DRAFTS)
    }
}

/// A new account in a database of its own, its last-resort bundle, and its address.
fn create(seed: u64) -> (Database, Vec<u8>, Address) {
    let database = Database::default();
    let NewAccount { device, recovery: _ } = Engine::create(&store_key(), env(seed)).expect("scripted");
    let mut engine = wait(finish(&database, device)).expect("an empty database");
    let publish = |records: &Records| engine.stage(&PublishPrekeys::default(), records);
    let upload = wait(database.run(publish, |_| {})).expect("readable").expect("nothing was published");
    (database, upload.last_resort, engine.address())
}

/// Two phones with a session, which the first has begun.
fn two(seed: u64) -> [Phone; 2] {
    let network = Network::default();
    let ((alices, _, alice), (bobs, bundle, bob)) = (create(2 * seed), create(2 * seed + 1));
    let mut engine =
        wait(finish(&alices, Engine::open(&store_key(), env(seed)))).expect("created a moment ago");
    let options = StartOptions::default();
    let start = StartSession { expected: Some(bob.account), bundle: &bundle, options };
    wait(alices.run(|records| engine.stage(&start, records), |_| {})).expect("genuine");
    [(alices, bob), (bobs, alice)].map(|(database, peer)| Phone {
        database,
        network: network.clone(),
        peer: peer.account,
        tasks: Vec::new(),
        started: 0,
    })
}

fn below(rng: &mut ScriptedRng, limit: usize) -> usize {
    let Ok(drawn) = rng.try_next_u32();
    usize::try_from(drawn).expect("32 bits") % limit
}

// spec: CLIENT-2
#[test]
fn tasks_share_a_database_and_processes_die_at_any_moment() {
    let (mut conflicts, mut crashes) = (0, 0);
    for seed in 0..12 {
        let rng = &mut ScriptedRng::new(1_000 + seed);
        let mut phones = two(seed);
        let mut starts = 0..;
        let mut next_seed = || 10_000 * (seed + 1) + starts.next().expect("endless");
        phones.iter_mut().for_each(|phone| phone.start(next_seed()));
        let mut context = Context::from_waker(Waker::noop());
        for step in 0.. {
            assert!(step < 400_000, "seed {seed}: it never ends");
            if phones.iter().all(Phone::has_all) {
                break;
            }
            let phone = &mut phones[below(rng, 2)];
            if below(rng, 150) == 0 {
                phone.tasks.clear();
                phone.start(next_seed());
                continue;
            }
            let at = below(rng, phone.tasks.len());
            if phone.tasks[at].as_mut().poll(&mut context).is_ready() {
                drop(phone.tasks.swap_remove(at));
            }
        }
        let expected: BTreeSet<Vec<u8>> =
            (0..2).flat_map(|writer| (0..DRAFTS).map(move |n| vec![writer, n])).collect();
        for phone in &phones {
            let shown = phone.shown();
            assert_eq!(shown.len(), expected.len(), "seed {seed}: each message once");
            assert_eq!(shown.iter().map(|(_, content)| content.clone()).collect::<BTreeSet<_>>(), expected);
            assert_eq!(shown.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len(), expected.len());
            conflicts += phone.database.0.borrow().conflicts;
            crashes += phone.started - 1;
        }
        // the tag is the header's nonce: two envelopes with one would have used a key twice
        let seen = phones[0].network.seen.borrow();
        let tags: BTreeSet<&[u8]> = seen.iter().map(|bytes| &bytes[bytes.len() - 16..]).collect();
        assert_eq!(tags.len(), seen.len(), "seed {seed}");
    }
    assert!(conflicts > 500, "{conflicts} conflicts");
    assert!(crashes > 100, "{crashes} crashes");
}

/// A process that dies while it makes an account has made it or not.
// spec: CLIENT-1
#[test]
fn an_account_is_there_or_not_wherever_its_making_ends() {
    let mut made = Vec::new();
    for polls in 0.. {
        let database = Database::default();
        let NewAccount { device, recovery: _ } = Engine::create(&store_key(), env(1)).expect("scripted");
        let mut task = Box::pin(finish(&database, device));
        let mut context = Context::from_waker(Waker::noop());
        let done = (0..polls).any(|_| task.as_mut().poll(&mut context).is_ready());
        drop(task);
        made.push(match wait(finish(&database, Engine::open(&store_key(), env(2)))) {
            Ok(_) => true,
            Err(Error::NoAccount) => false,
            Err(error) => panic!("{error}"),
        });
        // a second one takes the place of none
        let NewAccount { device, recovery: _ } = Engine::create(&store_key(), env(3)).expect("scripted");
        let second = wait(finish(&database, device)).map(drop);
        assert_eq!(second, if made[polls] { Err(Error::AccountExists) } else { Ok(()) });
        if done {
            break;
        }
    }
    assert!(made.contains(&false) && made.ends_with(&[true, true]), "{made:?}");
    assert!(made.is_sorted(), "{made:?}");
}

#[test]
fn what_one_device_has_entered_opens_no_other() {
    let entered = |database: &Database, device: &mut Unopened<ScriptedEnv>| {
        wait(database.run(|records| device.stage(records), |_| {})).expect("an empty database, or an account")
    };
    let new = |seed| Engine::create(&store_key(), env(seed)).expect("scripted").device;
    let (mut one, mut other) = (new(1), new(2));
    let (ones, others) = (Database::default(), Database::default());
    let (of_one, of_other) = (entered(&ones, &mut one), entered(&others, &mut other));
    assert!(matches!(one.finish(of_other), Err(Error::ApiMisuse(_))));
    // nor does it open one whose records are under another key
    let key = StoreKey::from_bytes(&[8; 32]);
    assert!(matches!(Engine::open(&key, env(3)).finish(of_one), Err(Error::ApiMisuse(_))));
    let wrong = wait(finish(&ones, Engine::open(&key, env(4)))).err();
    assert_eq!(wrong, Some(Error::WrongKey));
    assert!(wait(finish(&ones, Engine::open(&store_key(), env(5)))).is_ok());
}

/// There is one form of a store: what an engine has made a client opens, and the other way round.
#[test]
fn clients_and_engines_use_the_same_records() {
    let [alice, bob] = two(78);
    let mut store = MemoryStore::new();
    let put = |(key, record)| (key, Change { expected: None, action: Action::Put(record) });
    let records = alice.database.0.borrow().records.clone();
    assert_eq!(store.commit(&records.into_iter().map(put).collect()), Ok(Commit::Applied));
    let mut client = Client::open(store.clone(), &store_key(), env(5)).expect("an account");
    let sent = client.send(&alice.peer, b"hello").expect("a session");

    alice.database.0.borrow_mut().records = store.dump();
    let mut engine = wait(finish(&alice.database, Engine::open(&store_key(), env(6)))).expect("an account");
    assert_eq!(engine.address(), client.address());
    let outbox = Outbox { from: 0, limit: 1 };
    let waiting = wait(alice.database.run(|records| engine.stage(&outbox, records), |_| {}));
    assert_eq!(waiting, Ok(sent.outgoing));
    assert_eq!(bob.peer, engine.address().account);
}

#[test]
fn a_step_that_is_dropped_has_not_happened() {
    let [mut alice, _] = two(77);
    alice.start(5);
    let before = alice.database.0.borrow().records.clone();
    let mut engine = wait(finish(&alice.database, Engine::open(&store_key(), env(6)))).expect("an account");
    let send = Send { to: alice.peer, content: b"never", options: SendOptions::default() };
    let mut records = Records::new();
    while let Progress::Needs(keys) = engine.stage(&send, &records).expect("scripted") {
        let loaded = wait(alice.database.load(&keys));
        keys.into_iter().zip(loaded).for_each(|(key, record)| records.insert(key, record));
    }
    assert_eq!(alice.database.0.borrow().records, before);
    let outbox = Outbox { from: 0, limit: 1 };
    let waiting = wait(alice.database.run(|records| engine.stage(&outbox, records), |_| {}));
    assert_eq!(waiting, Ok(Vec::new()));
}
