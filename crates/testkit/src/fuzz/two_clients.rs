//! Two processes on one store, in turns: each remembers what it has read, and the other changes it.

use std::collections::{BTreeMap, BTreeSet};

use entrenous::{Client, Error, MemoryStore};
use entrenous_wire::envelope::Envelope;
use rand::{RngExt, seq::IndexedRandom};

use super::{accounts::account, edit::edit};
use crate::{
    person::{Clock, Person, ScriptedEnv, contents, converse, store_key},
    rng::ScriptedRng,
};

/// Longest story.
const STEPS: usize = 120;

struct Story {
    rng: ScriptedRng,
    clock: Clock,
    disk: MemoryStore,
    processes: Vec<Client<MemoryStore, ScriptedEnv>>,
    bob: Person,
    /// Under way to Bob, and to Alice.
    letters: [Vec<Vec<u8>>; 2],
    /// What was sent so far to each, and what each was shown.
    sent: [BTreeSet<Vec<u8>>; 2],
    shown: [BTreeMap<Vec<u8>, usize>; 2],
    header_nonces: BTreeSet<Vec<u8>>,
    number: u32,
}

/// No nonce comes twice; what was sent is shown once, whichever process is brought it; what was edited is refused.
pub(super) fn two_clients(input: &[u8]) {
    let mut story = Story::new(ScriptedRng::scripted(input));
    for _ in 0..(input.len() / 8).min(STEPS) {
        story.step();
    }
    story.settle();
}

impl Story {
    fn new(rng: ScriptedRng) -> Self {
        let clock = Clock::at_day(20_000);
        let ((mut alice, disk), (mut bob, _)) = (account(1, &clock), account(2, &clock));
        alice.start(&bob, 0).expect("genuine");
        converse(&mut alice, &mut bob);
        let mut story = Self {
            rng,
            clock,
            disk,
            processes: vec![alice.client],
            bob,
            letters: Default::default(),
            sent: Default::default(),
            shown: Default::default(),
            header_nonces: BTreeSet::new(),
            number: 0,
        };
        let second = story.open();
        story.processes.push(second);
        story
    }

    fn open(&mut self) -> Client<MemoryStore, ScriptedEnv> {
        self.number += 1;
        let env = ScriptedEnv::new(100 + u64::from(self.number), &self.clock);
        Client::open(self.disk.clone(), &store_key(), env).expect("an account")
    }

    fn step(&mut self) {
        let process = self.rng.random_range(0..self.processes.len());
        match self.rng.random_range(0..10_u8) {
            0..3 => self.send(Some(process)),
            3..5 => self.send(None),
            5..7 => self.deliver(0, process),
            7 | 8 => self.deliver(1, process),
            9 if self.rng.random() => self.inject(process),
            _ => self.processes[process] = self.open(),
        }
    }

    /// From a process of Alice's to Bob, or from Bob to her.
    fn send(&mut self, process: Option<usize>) {
        self.number += 1;
        let content = self.number.to_be_bytes().to_vec();
        let (bob, alice) = (self.bob.client.account_id(), self.processes[0].account_id());
        let (client, to, at) = match process {
            Some(process) => (&mut self.processes[process], bob, 0),
            None => (&mut self.bob.client, alice, 1),
        };
        let sent = client.send(&to, &content).expect("a session");
        let numbers: Vec<u64> = sent.outgoing.iter().filter_map(|out| out.number).collect();
        client.handed_over(&numbers).expect("in memory");
        self.sent[at].insert(content);
        for out in sent.outgoing {
            let nonce = Envelope::parse(&out.bytes).expect("our own").tag()[..12].to_vec();
            assert!(self.header_nonces.insert(nonce), "a header's nonce has come twice");
            self.letters[at].push(out.bytes);
        }
    }

    /// Any of the letters; now and then it stays under way as well.
    fn deliver(&mut self, to: usize, process: usize) {
        if self.letters[to].is_empty() {
            return;
        }
        let at = self.rng.random_range(0..self.letters[to].len());
        let again = self.rng.random_range(0..4_u8) == 0;
        let bytes = if again { self.letters[to][at].clone() } else { self.letters[to].swap_remove(at) };
        let received = self.receive(to, process, &bytes);
        assert!(matches!(received, Ok(()) | Err(Error::Duplicate)), "{received:?}");
    }

    /// An edited copy of any of the letters, which stay under way.
    fn inject(&mut self, process: usize) {
        let to = self.rng.random_range(0..2_usize);
        if let Some(letter) = self.letters[to].choose(&mut self.rng) {
            let edited = edit(&mut self.rng, letter, &self.letters[to]);
            let received = self.receive(to, process, &edited);
            assert!(received.is_err() || self.letters[to].contains(&edited), "opened though it was edited");
        }
    }

    fn receive(&mut self, to: usize, process: usize, bytes: &[u8]) -> Result<(), Error> {
        let (bob, alice) = (self.bob.client.address(), self.processes[0].address());
        let (client, from) = match to {
            0 => (&mut self.bob.client, alice),
            _ => (&mut self.processes[process], bob),
        };
        let items = client.receive(&from, bytes)?;
        let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
        client.acknowledge(&numbers).expect("in memory");
        for content in contents(&items) {
            *self.shown[to].entry(content).or_default() += 1;
        }
        Ok(())
    }

    fn settle(&mut self) {
        for to in [0, 1] {
            for bytes in core::mem::take(&mut self.letters[to]) {
                let process = self.rng.random_range(0..self.processes.len());
                let received = self.receive(to, process, &bytes);
                assert!(matches!(received, Ok(()) | Err(Error::Duplicate)), "{received:?}");
            }
            assert!(self.shown[to].values().all(|times| *times == 1), "shown twice");
            assert_eq!(self.shown[to].keys().cloned().collect::<BTreeSet<_>>(), self.sent[to]);
        }
    }
}
