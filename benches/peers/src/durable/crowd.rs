//! A client with a few sessions that it uses, in a store that holds those of many.
//!
//! Only the few are real. Of the others the store has as many records, as long as theirs, under random names: the client
//! reads records by name, so that others cost it what they cost the database.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use entrenous::{
    Client, SendOptions,
    operation::{HandedOver, Send},
    store::{Action, Change, Changes, Commit, Generation, Record, RecordKey, Store},
};
use entrenous_identity::AccountId;
use entrenous_store_sqlite::SqliteStore;
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    person::{Clock, ScriptedEnv, store_key},
};
use rand::{Rng as _, RngExt as _, rng};

/// Sessions that are used in turn.
const USED: u64 = 64;

/// Lengths of the records of one session: the pair, the session, the contact, its lists, what was sent and received.
const LENGTHS: [usize; 6] = [200, 1_300, 160, 700, 1_500, 1_200];

/// Sessions whose records are written in one commit.
const AT_ONCE: usize = 500;

pub struct Crowd {
    path: PathBuf,
    clock: Clock,
    client: Client<SqliteStore, ScriptedEnv>,
    peers: Vec<AccountId>,
    next: usize,
    sessions: usize,
}

impl Crowd {
    pub fn new(folder: &Path) -> Self {
        let (path, clock) = (folder.join("crowd").join("store.db"), Clock::at_day(TODAY.0.into()));
        let store = SqliteStore::open(&path).expect("a new file");
        let mut client =
            Client::create(store, &store_key(), ScriptedEnv::new(1, &clock)).expect("a new store").client;
        let peers = (0..USED).map(|n| {
            let peer = TestDevice::new(1_000 + n);
            client.start_session(&peer.account_id(), &peer.bundle_bytes(false)).expect("genuine");
            peer.account_id()
        });
        let peers = peers.collect();
        Self { path, clock, client, peers, next: 0, sessions: USED as usize }
    }

    /// Lets the store hold so many sessions.
    pub fn grow_to(&mut self, sessions: usize) {
        let mut store = SqliteStore::open(&self.path).expect("a sound file");
        while self.sessions < sessions {
            let count = AT_ONCE.min(sessions - self.sessions);
            let mut changes = Changes::new();
            for length in (0..count).flat_map(|_| LENGTHS) {
                let (mut key, mut bytes) = ([0; 16], vec![0; length]);
                rng().fill_bytes(&mut key);
                rng().fill_bytes(&mut bytes);
                let generation = Generation::new(rng().random::<u64>() >> 2).expect("in range");
                let action = Action::Put(Record { generation, bytes });
                changes.set(RecordKey::from_bytes(key), Change { expected: None, action });
            }
            assert_eq!(store.commit(&changes).expect("a sound disk"), Commit::Applied);
            self.sessions += count;
        }
    }

    /// Sends a message to the next one.
    pub fn send(&mut self) -> Duration {
        self.next = (self.next + 1) % self.peers.len();
        let send = Send {
            to: self.peers[self.next],
            content: b"A line as long as people write.",
            options: SendOptions::default(),
        };
        let start = Instant::now();
        let sent = self.client.perform(&send).expect("a session");
        let time = start.elapsed();
        let numbers: Vec<u64> = sent.outgoing.iter().filter_map(|outgoing| outgoing.number).collect();
        self.client.perform(&HandedOver { numbers: &numbers }).expect("a sound disk");
        time
    }

    /// Opens the store anew, and sends a message.
    pub fn open_and_send(&mut self) -> Duration {
        let env = ScriptedEnv::new(rng().random(), &self.clock);
        let start = Instant::now();
        let store = SqliteStore::open(&self.path).expect("a sound file");
        self.client = Client::open(store, &store_key(), env).expect("a sound file");
        start.elapsed() + self.send()
    }
}
