//! People with a client each who have groups, on a network that a test holds in its hand.

use std::collections::{BTreeMap, VecDeque};

use rand_core::TryRng as _;

use entrenous::{
    Address, Client, Destination, Error, Event, GroupId, MemoryStore, Store,
    operation::{Receive, ReceiveMany},
};

use crate::{
    linked,
    person::{Clock, Person, ScriptedEnv},
    rng::ScriptedRng,
};

/// An envelope under way.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Who has sent it.
    pub from: usize,
    /// Whom it is to.
    pub to: usize,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The devices, by their numbers, and what is under way between them.
#[derive(Debug)]
pub struct GroupWorld {
    /// The devices: one of each person, and those that were linked.
    pub people: Vec<Person<MemoryStore>>,
    /// The one clock.
    pub clock: Clock,
    /// Under way, in the order of sending.
    pub letters: VecDeque<Letter>,
    /// What each was told so far and has acknowledged.
    pub told: Vec<Vec<Event>>,
    seed: u64,
    taken: BTreeMap<usize, usize>,
    places: BTreeMap<Address, usize>,
    rng: ScriptedRng,
}

impl GroupWorld {
    /// `count` people who don't know one another.
    ///
    /// # Errors
    /// Those of making an account.
    pub fn new(count: usize, seed: u64) -> Result<Self, Error> {
        let mut world = Self::empty(seed, ScriptedRng::new(seed));
        for _ in 0..count {
            let person = Person::on_clock(world.next_seed(), &world.clock);
            world.enter(person);
        }
        Ok(world)
    }

    /// Nobody yet, on day 20,000; `rng` makes the choices, and devices that are linked get keys of `seed`.
    pub fn empty(seed: u64, rng: ScriptedRng) -> Self {
        Self {
            people: Vec::new(),
            clock: Clock::at_day(20_000),
            letters: VecDeque::new(),
            told: Vec::new(),
            seed,
            taken: BTreeMap::new(),
            places: BTreeMap::new(),
            rng,
        }
    }

    fn next_seed(&self) -> u64 {
        self.seed * 10_000 + self.people.len() as u64
    }

    /// Lets a device take part, and gives its number.
    pub fn enter(&mut self, person: Person<MemoryStore>) -> usize {
        let number = self.people.len();
        self.places.insert(person.client.address(), number);
        self.people.push(person);
        self.told.push(Vec::new());
        number
    }

    /// Links a new device to a person's, and gives its number.
    pub fn link(&mut self, primary: usize) -> usize {
        let (seed, clock) = (self.next_seed(), self.clock.clone());
        let device = linked::link(&mut self.people[primary], MemoryStore::new(), seed, &clock);
        self.enter(device)
    }

    /// The client of a person.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn client(&mut self, number: usize) -> &mut Client<MemoryStore, ScriptedEnv> {
        &mut self.people[number].client
    }

    /// One begins a session with another.
    ///
    /// # Errors
    /// Those of beginning one.
    pub fn meet(&mut self, one: usize, other: usize) -> Result<(), Error> {
        let taken = self.taken.entry(other).or_default();
        let bundles = &self.people[other].upload.bundles;
        let bundle = bundles[*taken % bundles.len()].clone();
        *taken += 1;
        let account = self.people[other].client.account_id();
        self.people[one].client.start_session(&account, &bundle)?;
        self.collect(one)
    }

    /// One begins a session with every device of a group that it has none with.
    ///
    /// # Errors
    /// Those of beginning one.
    pub fn meet_group(&mut self, one: usize, group: &GroupId) -> Result<(), Error> {
        for device in self.people[one].client.missing_group_devices(group)? {
            let other = self.places[&device];
            self.meet(one, other)?;
        }
        Ok(())
    }

    /// Puts what a person has in the outbox under way.
    ///
    /// # Errors
    /// Those of the outbox.
    pub fn collect(&mut self, number: usize) -> Result<(), Error> {
        loop {
            let out = self.people[number].client.outbox()?;
            if out.is_empty() {
                return Ok(());
            }
            let numbers: Vec<u64> = out.iter().filter_map(|out| out.number).collect();
            self.people[number].client.handed_over(&numbers)?;
            for out in out {
                if let Destination::Device(to) = out.to
                    && let Some(to) = self.places.get(&to)
                {
                    self.letters.push_back(Letter { from: number, to: *to, bytes: out.bytes });
                }
            }
        }
    }

    /// Delivers one letter, and tells what became of it.
    ///
    /// # Errors
    /// What the receiver's client says.
    pub fn deliver(&mut self, letter: &Letter) -> Result<(), Error> {
        let from = self.people[letter.from].client.address();
        let received = self.people[letter.to].client.receive(&from, &letter.bytes);
        self.read(letter.to)?;
        self.collect(letter.to)?;
        received.map(drop)
    }

    /// Delivers letters, all to one, in one commit; gives those that are to come again.
    ///
    /// # Errors
    /// Those of the clients' boxes.
    pub fn deliver_together(&mut self, letters: Vec<Letter>) -> Result<Vec<Letter>, Error> {
        let Some(to) = letters.first().map(|letter| letter.to) else { return Ok(letters) };
        let from = |letter: &Letter| self.people[letter.from].client.address();
        let froms: Vec<Address> = letters.iter().map(from).collect();
        let envelopes =
            letters.iter().zip(froms).map(|(letter, from)| Receive { from, bytes: &letter.bytes });
        let envelopes: Vec<Receive<'_>> = envelopes.collect();
        let outcomes = self.people[to].client.perform(&ReceiveMany { envelopes: &envelopes })?;
        self.read(to)?;
        self.collect(to)?;
        let again = letters.into_iter().zip(outcomes);
        let again = again.filter(|(_, outcome)| outcome.as_ref().is_err_and(|error| !error.is_final()));
        Ok(again.map(|(letter, _)| letter).collect())
    }

    /// Takes what is in the inbox.
    ///
    /// # Errors
    /// Those of the inbox.
    pub fn read(&mut self, number: usize) -> Result<(), Error> {
        loop {
            let items = self.people[number].client.inbox()?;
            if items.is_empty() {
                return Ok(());
            }
            let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
            self.people[number].client.acknowledge(&numbers)?;
            self.told[number].extend(items.into_iter().map(|item| item.event));
        }
    }

    /// Delivers everything in order until nothing is under way; what was refused comes back.
    ///
    /// # Errors
    /// Those of the clients' boxes.
    pub fn settle(&mut self) -> Result<Vec<(Letter, Error)>, Error> {
        let mut refused = Vec::new();
        while let Some(letter) = self.letters.pop_front() {
            if let Err(error) = self.deliver(&letter) {
                refused.push((letter, error));
            }
        }
        Ok(refused)
    }

    /// Delivers everything in whatever order, some of it twice; what was refused and may do later comes again.
    ///
    /// # Errors
    /// Those of the clients' boxes.
    pub fn settle_in_disorder(&mut self) -> Result<(), Error> {
        let mut later = Vec::new();
        for _ in 0..4 {
            while !self.letters.is_empty() {
                let at = self.draw(self.letters.len());
                let Some(letter) = self.letters.remove(at) else { break };
                if self.draw(8) == 0 {
                    self.letters.push_back(letter.clone());
                }
                if let Err(error) = self.deliver(&letter)
                    && !error.is_final()
                {
                    later.push(letter);
                }
            }
            self.letters.extend(later.drain(..));
        }
        Ok(())
    }

    /// Everything arrives, and everybody does what is due, after what `before` has each do: three times, a day and an hour
    /// apart, after which nothing waits for an answer any more.
    ///
    /// # Errors
    /// Those of the clients.
    pub fn come_to_rest(&mut self, before: impl Fn(&mut Self, usize)) -> Result<(), Error> {
        for _ in 0..3 {
            self.settle_in_disorder()?;
            self.clock.pass_ms(25 * 3_600_000);
            for number in 0..self.people.len() {
                before(self, number);
                while self.client(number).maintain()?.more {}
                self.collect(number)?;
            }
        }
        self.settle_in_disorder()
    }

    /// A number below `below`.
    pub fn draw(&mut self, below: usize) -> usize {
        let drawn = self.rng.try_next_u64().unwrap_or_default();
        usize::try_from(drawn % below.max(1) as u64).unwrap_or_default()
    }

    /// The contents of the messages to a group that a person was told of.
    pub fn messages(&self, number: usize, group: &GroupId) -> Vec<Vec<u8>> {
        let of = |event: &Event| match event {
            Event::GroupMessage(message) if message.group == *group => Some(message.content.to_vec()),
            _ => None,
        };
        self.told[number].iter().filter_map(of).collect()
    }

    /// A group with these people in it, made by the first, who has a session with each; all have joined, and all have
    /// sessions with one another.
    ///
    /// # Errors
    /// Those of the clients.
    pub fn group_of(&mut self, people: &[usize]) -> Result<GroupId, Error> {
        let (first, others) = people.split_first().ok_or(Error::NoAccount)?;
        let (group, _) = self.people[*first].client.create_group("a group")?;
        for other in others {
            self.meet(*first, *other)?;
            let account = self.people[*other].client.account_id();
            self.people[*first].client.invite(&group, &account)?;
            self.collect(*first)?;
        }
        self.settle()?;
        for other in others {
            self.people[*other].client.join_group(&group)?;
            self.meet_group(*other, &group)?;
            self.collect(*other)?;
            self.settle()?;
        }
        Ok(group)
    }
}

/// A group's members all see the same.
///
/// # Panics
/// When they don't.
#[track_caller]
pub fn assert_same_group<S: Store>(clients: &mut [Client<S, ScriptedEnv>], group: &GroupId) {
    let rosters: Vec<_> = clients.iter_mut().filter_map(|client| client.group(group).ok()).collect();
    for status in &rosters {
        assert_eq!((status.roster, &status.members), (rosters[0].roster, &rosters[0].members));
    }
}
