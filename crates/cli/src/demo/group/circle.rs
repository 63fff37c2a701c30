//! The people of the group, the server's account, and the post between them, which is in the server's hands.

use std::collections::VecDeque;

use entrenous::{Destination, Error, Event, GroupId};

use crate::party::{self, Party};

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
    pub(super) const ALL: [Self; 4] = [Self::Alice, Self::Bob, Self::Carol, Self::Ghost];
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
pub(super) struct Circle<'a> {
    pub(super) people: [&'a mut Party; 4],
    /// Not delivered yet.
    pub(super) under_way: VecDeque<Letter>,
    /// What each was told.
    told: [Vec<Event>; 4],
}

impl<'a> Circle<'a> {
    pub(super) fn of(people: [&'a mut Party; 4]) -> Self {
        Self { people, under_way: VecDeque::new(), told: [const { Vec::new() }; 4] }
    }

    pub(super) fn client(&mut self, who: Who) -> &mut Party {
        let [alice, bob, carol, ghost] = &mut self.people;
        match who {
            Who::Alice => alice,
            Who::Bob => bob,
            Who::Carol => carol,
            Who::Ghost => ghost,
        }
    }

    fn told_to(&mut self, who: Who) -> &mut Vec<Event> {
        let [alice, bob, carol, ghost] = &mut self.told;
        match who {
            Who::Alice => alice,
            Who::Bob => bob,
            Who::Carol => carol,
            Who::Ghost => ghost,
        }
    }

    /// One begins a session with another, from the bundle that the directory has.
    pub(super) fn meet(&mut self, one: Who, other: Who) -> Result<(), Error> {
        let bundle = party::upload(self.client(other))?.last_resort;
        let account = self.client(other).account_id();
        self.client(one).start_session(&account, &bundle)?;
        self.post(one)
    }

    /// The server takes what somebody has in the outbox.
    pub(super) fn post(&mut self, from: Who) -> Result<(), Error> {
        loop {
            let out = self.client(from).outbox()?;
            if out.is_empty() {
                return Ok(());
            }
            let numbers: Vec<u64> = out.iter().filter_map(|out| out.number).collect();
            self.client(from).handed_over(&numbers)?;
            for out in out {
                let Destination::Device(device) = out.to else { continue };
                let to = Who::ALL.into_iter().find(|who| self.client(*who).address() == device);
                let letter = to.map(|to| Letter { from, to, bytes: out.bytes });
                self.under_way.extend(letter);
            }
        }
    }

    /// Delivers one envelope, as from whoever has sent it.
    pub(super) fn deliver(&mut self, letter: Letter) -> Result<Fate, Error> {
        let from = self.client(letter.from).address();
        let received = self.client(letter.to).receive(&from, &letter.bytes);
        let told = self.read(letter.to)?;
        let events = received.map(|_| told);
        self.post(letter.to)?;
        Ok(Fate { letter, events })
    }

    /// Delivers everything in its order, and what comes of it, until nothing is under way. What `withheld` says, and what
    /// comes after it, comes back.
    pub(super) fn deliver_all_but(
        &mut self,
        withheld: impl Fn(&Letter) -> bool,
    ) -> Result<(Vec<Fate>, Vec<Letter>), Error> {
        let (mut fates, mut kept) = (Vec::new(), Vec::new());
        while let Some(letter) = self.under_way.pop_front() {
            if withheld(&letter) {
                kept.push(letter);
            } else {
                fates.push(self.deliver(letter)?);
            }
        }
        Ok((fates, kept))
    }

    /// Takes what is in the inbox.
    fn read(&mut self, who: Who) -> Result<Vec<Event>, Error> {
        let mut told = Vec::new();
        loop {
            let items = self.client(who).inbox()?;
            if items.is_empty() {
                self.told_to(who).extend(told.iter().cloned());
                return Ok(told);
            }
            let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
            self.client(who).acknowledge(&numbers)?;
            told.extend(items.into_iter().map(|item| item.event));
        }
    }

    /// What somebody has read in the group.
    pub(super) fn texts(&mut self, who: Who, group: &GroupId) -> Vec<Vec<u8>> {
        let of = |event: &Event| match event {
            Event::GroupMessage(message) if message.group == *group => Some(message.content.to_vec()),
            _ => None,
        };
        self.told_to(who).iter().filter_map(of).collect()
    }

    /// Whether somebody was told that the account is out.
    pub(super) fn knows_of_leaving(&mut self, who: Who, group: &GroupId) -> bool {
        self.told_to(who).contains(&Event::GroupLeft { group: *group })
    }
}
