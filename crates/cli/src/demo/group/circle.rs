//! The people of the group, the server's account, and the post between them, which is in the server's hands.

use std::collections::VecDeque;

use entrenous::{AccountId, Destination, Error, Event, GroupId, GroupStatus};

use crate::{
    failure::Failure,
    party::{self, Party},
};

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Alice,
    Bob,
    Carol,
    /// The server's own.
    Ghost,
}

impl Who {
    const ALL: [Self; 4] = [Self::Alice, Self::Bob, Self::Carol, Self::Ghost];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Alice => "Alice",
            Self::Bob => "Bob",
            Self::Carol => "Carol",
            Self::Ghost => "the ghost",
        }
    }
}

/// An envelope under way.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) from: Who,
    pub(super) to: Who,
    pub(super) bytes: Vec<u8>,
}

/// What became of an envelope.
#[derive(Debug)]
pub(super) struct Fate {
    pub(super) letter: Letter,
    pub(super) events: Result<Vec<Event>, Error>,
}

#[derive(Debug)]
struct Person<'a> {
    client: &'a mut Party,
    /// What the client has told.
    told: Vec<Event>,
}

#[derive(Debug)]
pub(super) struct Circle<'a> {
    people: [Person<'a>; 4],
    under_way: VecDeque<Letter>,
}

impl<'a> Circle<'a> {
    /// In the order of [`Who`].
    pub(super) fn of(clients: [&'a mut Party; 4]) -> Self {
        let people = clients.map(|client| Person { client, told: Vec::new() });
        Self { people, under_way: VecDeque::new() }
    }

    fn person(&mut self, who: Who) -> &mut Person<'a> {
        let [alice, bob, carol, ghost] = &mut self.people;
        match who {
            Who::Alice => alice,
            Who::Bob => bob,
            Who::Carol => carol,
            Who::Ghost => ghost,
        }
    }

    pub(super) fn account(&mut self, who: Who) -> AccountId {
        self.person(who).client.account_id()
    }

    /// Somebody does something, and the server takes what comes of it.
    pub(super) fn does<T>(
        &mut self,
        who: Who,
        act: impl FnOnce(&mut Party) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let done = self.tries(who, act).map_err(library)?;
        self.post(who).map_err(library)?;
        Ok(done)
    }

    /// Somebody does what may be refused.
    pub(super) fn tries<T>(
        &mut self,
        who: Who,
        act: impl FnOnce(&mut Party) -> Result<T, Error>,
    ) -> Result<T, Error> {
        act(self.person(who).client)
    }

    /// What somebody sees of the group.
    pub(super) fn group(&mut self, who: Who, group: &GroupId) -> Result<GroupStatus, Failure> {
        self.tries(who, |client| client.group(group)).map_err(library)
    }

    /// The bundle that the directory has of somebody.
    pub(super) fn bundle(&mut self, of: Who) -> Result<Vec<u8>, Failure> {
        Ok(self.tries(of, party::upload).map_err(library)?.last_resort)
    }

    /// One begins a session with another.
    pub(super) fn meet(&mut self, one: Who, other: Who) -> Result<(), Failure> {
        let (account, bundle) = (self.account(other), self.bundle(other)?);
        self.does(one, |client| client.start_session(&account, &bundle)).map(drop)
    }

    fn post(&mut self, from: Who) -> Result<(), Error> {
        loop {
            let out = self.person(from).client.outbox()?;
            if out.is_empty() {
                return Ok(());
            }
            let numbers: Vec<u64> = out.iter().filter_map(|out| out.number).collect();
            self.person(from).client.handed_over(&numbers)?;
            for out in out {
                let Destination::Device(device) = out.to else { continue };
                let to = Who::ALL.into_iter().find(|who| self.person(*who).client.address() == device);
                self.under_way.extend(to.map(|to| Letter { from, to, bytes: out.bytes }));
            }
        }
    }

    /// Delivers an envelope, as from whoever has sent it. What comes of that is under way then.
    pub(super) fn deliver(&mut self, letter: Letter) -> Result<Fate, Failure> {
        let from = self.person(letter.from).client.address();
        let received = self.tries(letter.to, |client| party::receive(client, &from, &letter.bytes));
        if let Ok(events) = &received {
            self.person(letter.to).told.extend(events.iter().cloned());
        }
        self.post(letter.to).map_err(library)?;
        Ok(Fate { letter, events: received })
    }

    /// Delivers everything, and what comes of it, until nothing is under way; but for what is `withheld`, which is given back.
    pub(super) fn deliver_all_but(
        &mut self,
        withheld: impl Fn(&Letter) -> bool,
    ) -> Result<(Vec<Fate>, Vec<Letter>), Failure> {
        let (mut fates, mut kept) = (Vec::new(), Vec::new());
        while let Some(letter) = self.under_way.pop_front() {
            match withheld(&letter) {
                true => kept.push(letter),
                false => fates.push(self.deliver(letter)?),
            }
        }
        Ok((fates, kept))
    }

    /// Delivers everything, whatever is made of it.
    pub(super) fn deliver_all(&mut self) -> Result<Vec<Fate>, Failure> {
        Ok(self.deliver_all_but(|_| false)?.0)
    }

    /// What somebody has read in the group.
    pub(super) fn texts(&mut self, who: Who, group: &GroupId) -> Vec<Vec<u8>> {
        let of = |event: &Event| match event {
            Event::GroupMessage(message) if message.group == *group => Some(message.content.to_vec()),
            _ => None,
        };
        self.person(who).told.iter().filter_map(of).collect()
    }

    /// Whether somebody was told this.
    pub(super) fn was_told(&mut self, who: Who, event: &Event) -> bool {
        self.person(who).told.contains(event)
    }
}

/// Goes on only if all of it was taken in.
pub(super) fn taken_in(fates: &[Fate]) -> Result<(), Failure> {
    match fates.iter().find_map(|Fate { letter, events }| Some((letter, events.as_ref().err()?))) {
        Some((Letter { from, to, .. }, error)) => {
            Err(Failure::Broken(format!("from {} to {}: {error}", from.name(), to.name())))
        }
        None => Ok(()),
    }
}

fn library(error: Error) -> Failure {
    Failure::Library("the group has failed", error)
}
