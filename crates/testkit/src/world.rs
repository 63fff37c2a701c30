//! A world of people whose network is hostile and whose machines crash, and an account of what must come of it.
//!
//! Each person has an application that stores what it is shown, by id. Everything random comes from the seed. At the
//! end, once everybody has been given the time to settle, [`World::settle`] checks the claims: what was sent has
//! arrived exactly once, no keystream has come twice, and queues and stores are as small as they should be.

mod citizen;
mod fate;
mod ledger;
mod network;
mod nonces;

use core::fmt;

use entrenous::{Error, MemoryStore, Policy, StartOptions, operation::StartSession};
use rand::{RngExt, seq::IndexedRandom};

pub use citizen::{Citizen, CitizenStore, Directory};
pub use fate::Fate;
use ledger::Ledger;
use network::Network;
use nonces::Nonces;

use crate::{faults::Fault, person::Clock, rng::ScriptedRng, store::Place};

const DAY_MS: u64 = 86_400_000;
/// Rounds in which everybody is given the chance to settle.
const ROUNDS: usize = 200;
/// Rounds after which sessions that only receive are over, and what is due has been done.
const SETTLED: usize = 20;

/// People, a network, and the account of what was sent.
pub struct World<P: Place = MemoryStore> {
    /// Who is there.
    pub people: Vec<Citizen<P>>,
    /// What everybody's clock shows.
    pub clock: Clock,
    fate: Fate,
    rng: ScriptedRng,
    network: Network,
    ledger: Ledger,
    nonces: Nonces,
    sent: u64,
}

impl World {
    /// `count` people who know nothing of one another.
    pub fn new(seed: u64, count: usize, fate: Fate) -> Self {
        Self::with_policy(seed, count, fate, Policy::default())
    }

    /// `count` people who know nothing of one another, and whose applications have chosen `policy`.
    pub fn with_policy(seed: u64, count: usize, fate: Fate, policy: Policy) -> Self {
        let rng = ScriptedRng::new(seed ^ 0x5eed_0000_0000);
        let places = (0..count).map(|_| MemoryStore::new()).collect();
        Self::with_places(seed, places, fate, policy, rng)
    }

    /// The same world, on other disks and in processes that have just begun, where `rng` makes the choices from now on.
    pub fn copy(&self, rng: ScriptedRng) -> Self {
        let (clock, mut ledger) = (self.clock.copy(), self.ledger.clone());
        let people = self.people.iter().map(|person| person.copy(&clock, &mut ledger)).collect();
        let (network, nonces) = (self.network.clone(), self.nonces.clone());
        Self { people, clock, fate: self.fate, rng, network, ledger, nonces, sent: self.sent }
    }
}

impl<P: Place> World<P> {
    /// As many people as there are empty `places`, in which they keep what they have.
    pub fn with_places(seed: u64, places: Vec<P>, fate: Fate, policy: Policy, rng: ScriptedRng) -> Self {
        let clock = Clock::at_day(20_000);
        let people =
            (seed * 1_000..).zip(places).map(|(seed, place)| Citizen::new(seed, place, &clock, policy));
        let people = people.collect();
        let (network, ledger, nonces) = (Network::default(), Ledger::default(), Nonces::default());
        Self { people, clock, fate, rng, network, ledger, nonces, sent: 0 }
    }

    /// Lets something happen: a message, a delivery, a crash, or time.
    pub fn step(&mut self) {
        let at = self.rng.random_range(0..self.people.len());
        if self.rng.random_bool(self.fate.fault) {
            let (fault, occasion) = self.fate.draw_fault(&mut self.rng);
            self.people[at].arm(fault, occasion);
        }
        match self.rng.random_range(0..100) {
            0..30 => self.send(at),
            30..45 => self.hand_over(at),
            45..80 => self.deliver(),
            80..90 => self.people[at].acknowledge_some(&mut self.rng, &mut self.ledger),
            90..94 => self.people[at].maintain(&mut self.ledger),
            94..96 => self.replace(at),
            96..98 => self.clock.pass_ms(self.rng.random_range(0..self.fate.pass_ms)),
            _ if self.rng.random_bool(self.fate.crash) => self.people[at].reopen(&mut self.ledger),
            _ => {}
        }
    }

    /// Lets `fault` happen to the store of `at`, at its occasion of that number from now on.
    pub fn arm(&mut self, at: usize, fault: Fault, occasion: u64) {
        self.people[at].arm(fault, occasion);
    }

    /// Everything that is under way arrives, and applications acknowledge it.
    pub fn pass_on(&mut self) {
        for at in 0..self.people.len() {
            self.hand_over(at);
        }
        for _ in 0..self.network.len() {
            self.deliver();
        }
        for person in &mut self.people {
            person.acknowledge_some(&mut self.rng, &mut self.ledger);
        }
    }

    /// Does what is due at `at`.
    pub fn maintain(&mut self, at: usize) {
        self.people[at].maintain(&mut self.ledger);
    }

    /// The process of `at` ends, and another opens the store.
    pub fn crash(&mut self, at: usize) {
        self.people[at].reopen(&mut self.ledger);
    }

    /// Somebody else than `at`.
    fn other(&mut self, at: usize) -> usize {
        let others: Vec<usize> = (0..self.people.len()).filter(|other| *other != at).collect();
        *others.choose(&mut self.rng).expect("two people at least")
    }

    fn send(&mut self, from: usize) {
        let to = self.other(from);
        self.send_to(from, to);
    }

    /// Sends a message of its own content, and begins a session if there is none.
    pub fn send_to(&mut self, from: usize, to: usize) {
        let content = format!("message {:06} from {from} to {to}{}", self.sent, "-".repeat(80)).into_bytes();
        self.sent += 1;
        let account = self.people[to].account();
        self.ledger.tried(&content);
        let sent = match self.people[from].send(&account, &content, &mut self.ledger) {
            Err(Error::NoSession) => {
                self.start(from, to, false);
                self.people[from].send(&account, &content, &mut self.ledger)
            }
            outcome => outcome,
        };
        if let Ok(sent) = sent {
            self.ledger.promised(&content);
            if !sent.unreached.is_empty() {
                self.start(from, to, false);
            }
        }
    }

    /// Begins a session with a bundle from the directory.
    pub fn start(&mut self, from: usize, to: usize, replace: bool) {
        let expected = Some(self.people[to].account());
        let bundle = self.people[to].directory.hand_out();
        let options = StartOptions { replace, accept_stale: true };
        let operation = StartSession { expected, bundle: &bundle, options };
        let _ = self.people[from].perform(&operation, &mut self.ledger);
    }

    fn replace(&mut self, at: usize) {
        let to = self.other(at);
        let replace = self.rng.random_bool(self.fate.replace);
        if replace {
            self.start(at, to, true);
        }
    }

    /// The transport looks into somebody's outbox, and takes what it does not lose.
    fn hand_over(&mut self, at: usize) {
        for outgoing in self.people[at].outbox(&mut self.ledger) {
            self.nonces.add(&outgoing, &self.ledger);
            if self.rng.random_bool(self.fate.loss) {
                continue;
            }
            self.network.carry(self.people[at].address(), &outgoing, &self.fate, &mut self.rng);
            let numbers: Vec<u64> = outgoing.number.into_iter().collect();
            let _ = self.people[at].handed_over(&numbers, &mut self.ledger);
        }
    }

    /// One of the packets arrives.
    fn deliver(&mut self) {
        let Some(packet) = self.network.take(&mut self.rng) else { return };
        let to = self.people.iter().position(|person| person.address() == packet.to);
        let to = to.expect("packets are for people");
        if self.people[to].receive(&packet, &mut self.ledger) == network::Delivery::Later {
            self.network.put_back(packet);
        }
    }

    /// Ends all mischief and lets everybody settle; checks what must hold then.
    pub fn settle(&mut self) {
        self.fate = Fate::KIND;
        self.people.iter_mut().for_each(Citizen::disarm);
        for round in 0..ROUNDS {
            for at in 0..self.people.len() {
                self.restart_what_waits(at);
                self.people[at].maintain(&mut self.ledger);
                self.hand_over(at);
                self.people[at].acknowledge_all(&mut self.ledger);
            }
            let carried = self.network.len();
            for _ in 0..carried {
                self.deliver();
            }
            let over = carried == 0 && self.ledger.missing().is_empty();
            if over && round > SETTLED {
                break;
            }
            // half a day, in which devices stay on: what was due while they were off is put off
            for _ in 0..6 {
                self.clock.pass_ms(DAY_MS / 12);
                self.people.iter_mut().for_each(|person| person.maintain(&mut self.ledger));
            }
        }
        self.ledger.check();
        for person in &mut self.people {
            person.check_queues();
        }
    }

    /// Begins the sessions that the library asks for.
    fn restart_what_waits(&mut self, from: usize) {
        for to in (0..self.people.len()).filter(|to| *to != from) {
            let account = self.people[to].account();
            let client = self.people[from].client();
            if client.missing_devices(&account).is_ok_and(|devices| !devices.is_empty()) {
                self.start(from, to, false);
            }
        }
    }
}

impl<P: Place> fmt::Debug for World<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World({:?}, {} sent)", self.people, self.sent)
    }
}
