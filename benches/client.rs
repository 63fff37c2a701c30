//! A client on the durable store: messages sent one by one and a thousand in one commit, beside bare SQLite that
//! commits the same rows with the same guarantees. Both run in turn; the ratio of the medians is printed.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

use core::time::Duration;
use std::{cell::RefCell, hint::black_box, path::Path, rc::Rc, time::Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use entrenous::{
    Client, Event, Item, SendOptions, Sent, System,
    operation::{HandedOver, Receive, ReceiveMany, Send, SendMany},
    store::{Action, Changes, Commit, Record, RecordKey, Store},
};
use entrenous_store_sqlite::{Error, SqliteStore};
use entrenous_testkit::person::store_key;
use rusqlite::{Connection, params};

/// Messages in one commit.
const MANY: usize = 1_000;
/// A line as long as people write.
const TEXT: &[u8] = b"A line as long as people write.";

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

struct Alice {
    client: Client<Watched, System>,
    last: Rc<RefCell<Changes>>,
    bob: Client<Watched, System>,
    /// Messages since Bob's last answer, which proves that he has them.
    unanswered: usize,
}

/// Bob answers after so many messages, or calls.
const ANSWERS_EVERY: usize = 16;

impl Alice {
    fn new(folder: &Path) -> Self {
        let last = Rc::new(RefCell::new(Changes::new()));
        let open = |name: &str| Watched {
            store: SqliteStore::open(folder.join(name).join("store.db")).expect("a new file"),
            last: last.clone(),
        };
        let mut client =
            Client::create(open("alice"), &store_key(), System::new()).expect("a new store").client;
        let mut bob = Client::create(open("bob"), &store_key(), System::new()).expect("a new store").client;
        let upload = bob.publish_prekeys().expect("a sound disk").expect("something to publish");
        client.start_session(&bob.account_id(), &upload.bundles[0]).expect("genuine");
        let first = client.send(&bob.account_id(), TEXT).expect("a session");
        bob.receive(&client.address(), &first.outgoing[0].bytes).expect("genuine");
        let reply = bob.send(&client.account_id(), TEXT).expect("a session");
        client.receive(&bob.address(), &reply.outgoing[0].bytes).expect("genuine");
        Self { client, last, bob, unanswered: 0 }
    }

    /// Sends `count` messages in one commit, and Bob gets them and answers now and then; the time of the sending alone.
    fn send(&mut self, count: usize) -> Duration {
        let contents = vec![TEXT; count];
        let (to, options) = (self.bob.account_id(), SendOptions::default());
        let start = Instant::now();
        let sent = match contents.as_slice() {
            [content] => vec![self.client.perform(&Send { to, content, options }).expect("a session")],
            contents => self.client.perform(&SendMany { to, contents, options }).expect("a session"),
        };
        let time = start.elapsed();
        black_box(&sent);
        let changes = self.last.borrow().clone();
        let numbers: Vec<u64> =
            sent.iter().flat_map(|sent| &sent.outgoing).filter_map(|outgoing| outgoing.number).collect();
        self.client.perform(&HandedOver { numbers: &numbers }).expect("a sound disk");
        self.deliver(&sent);
        self.last.replace(changes);
        time
    }
}

impl Alice {
    fn deliver(&mut self, sent: &[Sent]) {
        let (from, alice) = (self.client.address(), self.client.account_id());
        let envelopes = sent.iter().flat_map(|sent| &sent.outgoing);
        let envelopes: Vec<_> = envelopes.map(|outgoing| Receive { from, bytes: &outgoing.bytes }).collect();
        let outcomes = self.bob.perform(&ReceiveMany { envelopes: &envelopes }).expect("a sound disk");
        let items = outcomes.into_iter().flat_map(|outcome| outcome.expect("genuine"));
        let numbers: Vec<u64> = items.filter_map(|item| item.number).collect();
        self.bob.acknowledge(&numbers).expect("a sound disk");
        self.unanswered += 1;
        if self.unanswered >= ANSWERS_EVERY || sent.len() > 1 {
            self.unanswered = 0;
            let answer = self.bob.send(&alice, TEXT).expect("a session");
            let from = self.bob.address();
            for outgoing in answer.outgoing {
                let items = self.client.receive(&from, &outgoing.bytes).expect("genuine");
                let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
                self.client.acknowledge(&numbers).expect("a sound disk");
                self.bob.handed_over(outgoing.number.as_slice()).expect("a sound disk");
            }
        }
    }
}

/// Bare SQLite.
struct Bare(Connection);

impl Bare {
    fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("a new file");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
                 CREATE TABLE record (key BLOB PRIMARY KEY, generation INTEGER, bytes BLOB) WITHOUT ROWID",
            )
            .expect("a new file");
        Self(connection)
    }

    /// Writes the rows that `changes` write.
    fn write(&mut self, changes: &Changes) -> Duration {
        let start = Instant::now();
        let transaction = self.0.transaction().expect("no other");
        for (key, change) in changes {
            let Action::Put(record) = &change.action else { continue };
            transaction
                .prepare_cached("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)")
                .and_then(|mut insert| {
                    let generation = record.generation.get().cast_signed();
                    insert.execute(params![key.as_bytes().as_slice(), generation, record.bytes])
                })
                .expect("a sound disk");
        }
        transaction.commit().expect("a sound disk");
        start.elapsed()
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn durable_sends(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut alice = Alice::new(folder.path());
    let mut bare = Bare::open(&folder.path().join("bare.db"));
    let mut group = c.benchmark_group("durable send");
    for (name, count) in [("one", 1), ("a thousand in one commit", MANY)] {
        let mut times = [Vec::new(), Vec::new()];
        group.throughput(Throughput::Elements(count as u64));
        group.sample_size(if count == 1 { 50 } else { 10 });
        group.bench_function(name, |b| {
            b.iter_custom(|iterations| {
                let mut total = Duration::ZERO;
                for _ in 0..iterations {
                    let time = alice.send(count);
                    let changes = alice.last.borrow().clone();
                    times[1].push(bare.write(&changes));
                    times[0].push(time);
                    total += time;
                }
                total
            });
        });
        let [ours, theirs] = times.each_mut().map(|times| median(times));
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        let rate = count as f64 / ours.as_secs_f64();
        println!(
            "{name}: {ours:?}, {rate:.0} messages a second; bare SQLite with the same rows {theirs:?}; ratio {ratio:.2}"
        );
    }
    group.finish();
}

fn backlog(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let open = |name: &str| SqliteStore::open(folder.path().join(name).join("store.db")).expect("a new file");
    let mut alice = Client::create(open("alice"), &store_key(), System::new()).expect("a new store").client;
    let mut bob = Client::create(open("bob"), &store_key(), System::new()).expect("a new store").client;
    let upload = bob.publish_prekeys().expect("a sound disk").expect("something to publish");
    alice.start_session(&bob.account_id(), &upload.bundles[0]).expect("genuine");
    let mut group = c.benchmark_group("durable receive");
    group.throughput(Throughput::Elements(MANY as u64)).sample_size(10);
    group.bench_function("a thousand in one commit", |b| {
        b.iter_custom(|iterations| {
            let mut total = Duration::ZERO;
            for _ in 0..iterations {
                let contents = vec![TEXT; MANY];
                let send =
                    SendMany { to: bob.account_id(), contents: &contents, options: SendOptions::default() };
                let outgoing: Vec<_> = alice
                    .perform(&send)
                    .expect("a session")
                    .into_iter()
                    .flat_map(|sent| sent.outgoing)
                    .collect();
                let numbers: Vec<u64> = outgoing.iter().filter_map(|outgoing| outgoing.number).collect();
                alice.handed_over(&numbers).expect("a sound disk");
                let from = alice.address();
                let envelopes: Vec<_> =
                    outgoing.iter().map(|outgoing| Receive { from, bytes: &outgoing.bytes }).collect();
                let start = Instant::now();
                let outcomes = bob.perform(&ReceiveMany { envelopes: &envelopes }).expect("a sound disk");
                total += start.elapsed();
                let items: Vec<Item> =
                    outcomes.into_iter().flat_map(|outcome| outcome.expect("genuine")).collect();
                let messages = items.iter().filter(|item| matches!(item.event, Event::Message(_)));
                assert_eq!(messages.count(), MANY);
                let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
                bob.acknowledge(&numbers).expect("a sound disk");
            }
            total
        });
    });
    group.finish();
}

criterion_group!(benches, durable_sends, backlog);
criterion_main!(benches);
