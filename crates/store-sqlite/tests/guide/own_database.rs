//! The application of the guide `docs/book/async.md`: no `Store`, but a database of its own, on a thread of its own.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        mpsc::{self, Sender},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
};

use entrenous::{
    AccountId, Client, Destination, Engine, Error, Event, MemoryStore, MessageId, NewAccount, Operation,
    Progress, Records, SendOptions, StartOptions, StoreKey, System, Unopened,
    operation::{
        Acknowledge, HandedOver, Inbox, Outbox, OwnDevices, PublishPrekeys, Receive, Send, StartSession,
    },
    store::{Action, Changes, Commit, Record, RecordKey},
};

type Work = Box<dyn FnOnce(&mut Tables) + core::marker::Send>;

/// The database of the application. It answers when it has time.
#[derive(Clone)]
struct Database(Sender<Work>);

#[derive(Default)]
struct Tables {
    /// For the library: a key of 16 bytes, a number below 2^63, and bytes.
    records: BTreeMap<RecordKey, Record>,
    /// For the application.
    messages: Vec<(MessageId, String)>,
}

impl Database {
    async fn load(&self, keys: Vec<RecordKey>) -> Vec<(RecordKey, Option<Record>)> {
        let found = move |tables: &mut Tables| {
            let record = |key| (key, tables.records.get(&key).cloned());
            keys.into_iter().map(record).collect()
        };
        self.transaction(found).await
    }

    /// The library's changes and your own, all of them or none.
    async fn commit(&self, changes: Changes, messages: Vec<(MessageId, String)>) -> Commit {
        self.transaction(move |tables| {
            let generation = |key| tables.records.get(key).map(|record| record.generation);
            if changes.iter().any(|(key, change)| generation(key) != change.expected) {
                return Commit::Conflict;
            }
            for (key, change) in &changes {
                match &change.action {
                    Action::Keep => {}
                    Action::Put(record) => drop(tables.records.insert(*key, record.clone())),
                    Action::Remove => drop(tables.records.remove(key)),
                }
            }
            // an operation that fails writes nothing: then neither do you
            if changes.writes() {
                tables.messages.extend(messages);
            }
            Commit::Applied
        })
        .await
    }

    /// Everything that the library does goes through here.
    async fn run<T>(
        &self,
        mut stage: impl FnMut(&Records) -> Result<Progress<Result<T, Error>>, Error>,
        messages: Vec<(MessageId, String)>,
    ) -> Result<T, Error> {
        loop {
            let mut records = Records::new();
            let staged = loop {
                match stage(&records)? {
                    Progress::Staged(staged) => break staged,
                    Progress::Needs(keys) => {
                        for (key, record) in self.load(keys).await {
                            records.insert(key, record);
                        }
                    }
                }
            };
            let (changes, unreleased) = staged.into_parts();
            match self.commit(changes, messages.clone()).await {
                Commit::Applied => return unreleased.release_after_commit(),
                // somebody else was quicker: once more, on what is there now
                Commit::Conflict => {}
            }
        }
    }
}

#[derive(Clone)]
struct Device {
    database: Database,
    /// Locked while a step is computed, and never while the database works.
    engine: Arc<Mutex<Engine<System>>>,
}

impl Device {
    async fn open(database: &Database, key: &StoreKey) -> Result<Self, Error> {
        match Self::enter(database, Engine::open(key, System::new())).await {
            Err(Error::NoAccount) => {
                let NewAccount { device, recovery: _ } = Engine::create(key, System::new())?;
                Self::enter(database, device).await
            }
            opened => opened,
        }
    }

    async fn enter(database: &Database, mut device: Unopened<System>) -> Result<Self, Error> {
        let entered = database.run(|records| device.stage(records), Vec::new()).await?;
        let engine = Arc::new(Mutex::new(device.finish(entered)?));
        Ok(Self { database: database.clone(), engine })
    }

    async fn perform<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.perform_with(operation, Vec::new()).await
    }

    async fn perform_with<O: Operation>(
        &self,
        operation: &O,
        messages: Vec<(MessageId, String)>,
    ) -> Result<O::Output, Error> {
        let stage = |records: &Records| {
            self.engine.lock().map_err(|_| Error::ApiMisuse("a task has panicked"))?.stage(operation, records)
        };
        self.database.run(stage, messages).await
    }

    async fn write(&self, to: &AccountId, text: &str) -> Result<Vec<Vec<u8>>, Error> {
        let options = SendOptions::default();
        self.perform(&Send { to: *to, content: text.as_bytes(), options }).await?;
        let outbox = self.perform(&Outbox { from: 0, limit: 100 }).await?;
        let numbers: Vec<u64> = outbox.iter().filter_map(|out| out.number).collect();
        // here your transport takes them
        self.perform(&HandedOver { numbers: &numbers }).await?;
        Ok(outbox.into_iter().map(|out| out.bytes).collect())
    }

    async fn read_inbox(&self) -> Result<(), Error> {
        for item in self.perform(&Inbox { from: 0, limit: 100 }).await? {
            let mut rows = Vec::new();
            if let Event::Message(message) = &item.event {
                rows.push((message.id, String::from_utf8_lossy(&message.content).into_owned()));
            }
            // shown in the transaction that acknowledges it: once, whatever happens
            self.perform_with(&Acknowledge { numbers: item.number.as_slice() }, rows).await?;
        }
        Ok(())
    }
}

impl Database {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel::<Work>();
        thread::spawn(move || {
            let mut tables = Tables::default();
            receiver.into_iter().for_each(|work| work(&mut tables));
        });
        Self(sender)
    }

    async fn transaction<T: core::marker::Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables) -> T + core::marker::Send + 'static,
    ) -> T {
        let slot = Arc::new(Mutex::new((None, None::<Waker>)));
        let answer = Arc::clone(&slot);
        let work: Work = Box::new(move |tables| {
            let done = work(tables);
            let mut slot = answer.lock().expect("nobody panics");
            slot.0 = Some(done);
            if let Some(waker) = slot.1.take() {
                waker.wake();
            }
        });
        self.0.send(work).expect("it runs");
        core::future::poll_fn(move |context| {
            let mut slot = slot.lock().expect("nobody panics");
            match slot.0.take() {
                Some(done) => Poll::Ready(done),
                None => {
                    slot.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait<T>(task: impl Future<Output = T>) -> T {
    let mut task = Box::pin(task);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

async fn texts(database: &Database) -> Vec<String> {
    database.transaction(|tables| tables.messages.iter().map(|(_, text)| text.clone()).collect()).await
}

#[test]
fn two_devices_talk_over_databases_of_their_own() {
    wait(async {
        let key = StoreKey::generate(&mut System::new()).expect("random");
        let [alices, bobs] = [Database::new(), Database::new()];
        let alice = Device::open(&alices, &key).await.expect("created");
        let bob = Device::open(&bobs, &key).await.expect("created");
        let [here, there] = [&alice, &bob].map(|device| device.engine.lock().expect("no panic").address());
        // the second time the account is there
        let again = Device::open(&alices, &key).await.expect("opened");
        assert_eq!(again.engine.lock().expect("no panic").address(), here);

        let upload =
            bob.perform(&PublishPrekeys::default()).await.expect("open").expect("nothing was published");
        let bundle = upload.last_resort;
        let options = StartOptions::default();
        let start = StartSession { expected: Some(there.account), bundle: &bundle, options };
        alice.perform(&start).await.expect("genuine");
        for text in ["hello", "again"] {
            for envelope in alice.write(&there.account, text).await.expect("a session") {
                bob.perform(&Receive { from: here, bytes: &envelope }).await.expect("genuine");
            }
        }
        bob.read_inbox().await.expect("open");
        assert_eq!(texts(&bobs).await, ["hello", "again"]);
        // what fails writes nothing, and neither does the application
        let unknown = AccountId::from_bytes([1; 32]);
        let send = Send { to: unknown, content: b"x", options: SendOptions::default() };
        let row = vec![(MessageId::from_bytes([1; 16]), "x".to_owned())];
        assert_eq!(alice.perform_with(&send, row).await.err(), Some(Error::NoSession));
        assert_eq!(texts(&alices).await, [""; 0]);
    });
}

/// A device is linked in memory, and enters the database when it is one of the account.
#[test]
fn a_linked_device_moves_into_a_database() {
    let key = StoreKey::generate(&mut System::new()).expect("random");
    let mut primary = Client::create(MemoryStore::new(), &key, System::new()).expect("created").client;
    let code = primary.begin_linking().expect("the primary").code.text();
    let memory = MemoryStore::new();
    let mut joining = Client::join(memory.clone(), &key, System::new(), &code).expect("a code");
    let asked = primary.receive_link(joining.request().expect("not answered yet")).expect("genuine");
    joining.receive_reveal(&asked.outgoing[0].bytes).expect("genuine");
    let approved = primary.approve_link(asked.device).expect("compared");
    let approval = joining.receive_approval(&approved[0].bytes).expect("genuine");
    let linked = joining.finish(approval).expect("in memory");

    let database = Database::new();
    let records = memory.dump();
    wait(database.transaction(move |tables| tables.records = records));
    let device = Device { database, engine: Arc::new(Mutex::new(linked.into_engine())) };
    for out in approved.iter().filter(|out| matches!(out.to, Destination::Device(_))) {
        let receive = Receive { from: primary.address(), bytes: &out.bytes };
        wait(device.perform(&receive)).expect("genuine");
    }
    let again = wait(Device::open(&device.database, &key)).expect("opened");
    let address = again.engine.lock().expect("no panic").address();
    assert_eq!(address.account, primary.account_id());
    assert_eq!(wait(again.perform(&OwnDevices)).expect("open").len(), 2);
}

/// Threads that share a device: each step is one of them, and none is lost.
#[test]
fn tasks_share_one_device() {
    let key = StoreKey::generate(&mut System::new()).expect("random");
    let [alices, bobs] = [Database::new(), Database::new()];
    let alice = wait(Device::open(&alices, &key)).expect("created");
    let bob = wait(Device::open(&bobs, &key)).expect("created");
    let [here, there] = [&alice, &bob].map(|device| device.engine.lock().expect("no panic").address());
    let bundle = wait(bob.perform(&PublishPrekeys::default()))
        .expect("open")
        .expect("nothing was published")
        .last_resort;
    let options = StartOptions::default();
    wait(alice.perform(&StartSession { expected: Some(there.account), bundle: &bundle, options }))
        .expect("genuine");
    thread::scope(|scope| {
        for writer in 0..3 {
            let alice = &alice;
            scope.spawn(move || {
                for n in 0..10 {
                    let content = format!("{writer}.{n}");
                    let options = SendOptions::default();
                    let send = Send { to: there.account, content: content.as_bytes(), options };
                    wait(alice.perform(&send)).expect("a session");
                }
            });
        }
    });
    for out in wait(alice.perform(&Outbox { from: 0, limit: 100 })).expect("readable") {
        wait(bob.perform(&Receive { from: here, bytes: &out.bytes })).expect("genuine");
    }
    wait(bob.read_inbox()).expect("open");
    let mut came = wait(texts(&bobs));
    came.sort();
    let mut sent: Vec<String> =
        (0..3).flat_map(|writer| (0..10).map(move |n| format!("{writer}.{n}"))).collect();
    sent.sort();
    assert_eq!(came, sent);
}
