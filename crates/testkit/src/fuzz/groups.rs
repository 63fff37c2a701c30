//! A group whose members come, go and write, on a network that reorders, repeats and edits.

use std::collections::{BTreeMap, BTreeSet};

use entrenous::{Event, GroupAct, GroupId, GroupRole, GroupStanding};
use rand::RngExt;

use super::{accounts::account, edit::edit};
use crate::{
    group_world::{GroupWorld, Letter, assert_same_group},
    rng::ScriptedRng,
};

const PEOPLE: usize = 4;

/// Longest story.
const STEPS: usize = 80;

struct Story {
    world: GroupWorld,
    rng: ScriptedRng,
    group: GroupId,
    /// Who has written each message.
    sent: Vec<usize>,
    /// Who has taken out whom, and how many messages there were then.
    removed: BTreeMap<(usize, usize), usize>,
}

/// Nobody is told what was not sent, or twice; who was taken out is not told what is written by who took it out. When all
/// has arrived the members see the same group with nobody else in it, and lack nothing.
pub(super) fn groups(input: &[u8]) {
    let mut story = Story::new(input);
    for _ in 0..(input.len() / 10).min(STEPS) {
        story.step();
    }
    story.world.come_to_rest(|_, _| ()).expect("in memory");
    story.nobody_is_told_wrongly();
    story.nothing_is_lost();
    story.nobody_is_added();
}

impl Story {
    fn new(input: &[u8]) -> Self {
        let rng = ScriptedRng::scripted(input);
        let mut world = GroupWorld::empty(1, rng.clone());
        for seed in 0..PEOPLE as u64 {
            let (person, _) = account(10_000 + seed, &world.clock);
            world.enter(person);
        }
        let group = world.group_of(&[0, 1, 2, 3]).expect("scripted");
        world.settle().expect("in memory");
        Self { world, rng, group, sent: Vec::new(), removed: BTreeMap::new() }
    }

    fn step(&mut self) {
        let (who, whom) = (self.rng.random_range(0..PEOPLE), self.rng.random_range(0..PEOPLE));
        let account = self.world.client(whom).account_id();
        match self.rng.random_range(0..20_u8) {
            0..5 => self.write(who),
            5..13 => self.deliver(),
            13..15 => self.inject(),
            15 => self.change(who, GroupAct::NewKeys),
            16 => self.change(who, GroupAct::Rename("another")),
            17 => {
                let role = if self.rng.random() { GroupRole::Admin } else { GroupRole::Member };
                // who was taken out stays out, so that it is known who may read
                if !self.removed.keys().any(|(_, out)| *out == whom) {
                    self.change(who, GroupAct::Set { account, role });
                }
            }
            18 if who != whom => {
                let count = self.sent.len();
                if self.world.client(who).change_group(&self.group, GroupAct::Remove { account }).is_ok() {
                    self.removed.entry((who, whom)).or_insert(count);
                    self.world.collect(who).expect("in memory");
                }
            }
            _ => self.world.settle().map(drop).expect("in memory"),
        }
    }

    fn write(&mut self, who: usize) {
        let content = u64::try_from(self.sent.len()).expect("few").to_be_bytes();
        let group = self.group;
        let joined = self.has_joined(who);
        let written = self.world.client(who).send_to_group(&group, &content);
        assert_eq!(written.is_ok(), joined, "{written:?}");
        if written.is_ok() {
            self.sent.push(who);
            self.world.collect(who).expect("in memory");
        }
    }

    fn has_joined(&mut self, who: usize) -> bool {
        let group = self.group;
        let status = self.world.client(who).group(&group);
        status.is_ok_and(|status| status.standing == GroupStanding::Joined)
    }

    fn change(&mut self, who: usize, act: GroupAct<'_>) {
        let group = self.group;
        // most may not
        let _ = self.world.client(who).change_group(&group, act);
        self.world.collect(who).expect("in memory");
    }

    fn deliver(&mut self) {
        let count = self.world.letters.len();
        if count == 0 {
            return;
        }
        let at = self.rng.random_range(0..count);
        let Some(letter) = self.world.letters.remove(at) else { return };
        if self.rng.random_range(0..6_u8) == 0 {
            self.world.letters.push_back(letter.clone());
        }
        if self.world.deliver(&letter).is_err_and(|error| !error.is_final()) {
            self.world.letters.push_back(letter);
        }
    }

    /// Brings a copy of a letter, edited or as it is, to its receiver or to somebody else, in anybody's name.
    fn inject(&mut self) {
        let all: Vec<Vec<u8>> = self.world.letters.iter().map(|letter| letter.bytes.clone()).collect();
        if all.is_empty() {
            return;
        }
        let at = self.rng.random_range(0..all.len());
        let letter = self.world.letters[at].clone();
        let bytes = edit(&mut self.rng, &letter.bytes, &all);
        let mut anybody =
            |rightly| if self.rng.random() { rightly } else { self.rng.random_range(0..PEOPLE) };
        let (from, to) = (anybody(letter.from), anybody(letter.to));
        // it may be one that the receiver accepts, which comes once more later; the story's account tells
        let _ = self.world.deliver(&Letter { bytes, from, to });
    }

    /// Who was never taken out lacks no message of another one who wasn't.
    fn nothing_is_lost(&self) {
        let stayed = |who: &usize| !self.removed.keys().any(|(_, out)| out == who);
        for member in (0..PEOPLE).filter(stayed) {
            let told = self.world.messages(member, &self.group);
            for (number, writer) in self.sent.iter().enumerate().filter(|(_, writer)| stayed(writer)) {
                let content = u64::try_from(number).expect("few").to_be_bytes();
                let has = *writer == member || told.iter().any(|told| **told == content);
                assert!(has, "{member} lacks what {writer} has written, number {number}");
            }
        }
    }

    /// Who is in sees the same group as the others who are, and all of them were let in.
    fn nobody_is_added(mut self) {
        let accounts: BTreeSet<_> = (0..PEOPLE).map(|who| self.world.client(who).account_id()).collect();
        let joined: Vec<usize> = (0..PEOPLE).filter(|who| self.has_joined(*who)).collect();
        let people = self.world.people.drain(..).enumerate();
        let mut present: Vec<_> =
            people.filter(|(who, _)| joined.contains(who)).map(|(_, person)| person.client).collect();
        assert_same_group(&mut present, &self.group);
        for client in &mut present {
            let status = client.group(&self.group).expect("joined");
            assert!(status.members.iter().all(|member| accounts.contains(&member.account)), "a stranger");
        }
    }

    fn nobody_is_told_wrongly(&self) {
        for (member, told) in self.world.told.iter().enumerate() {
            let mut seen = BTreeSet::new();
            for event in told {
                let Event::GroupMessage(message) = event else { continue };
                let content: [u8; 8] = message.content.as_slice().try_into().expect("as long as ours");
                let number = usize::try_from(u64::from_be_bytes(content)).expect("small");
                let writer = *self.sent.get(number).expect("nobody has written that");
                assert_eq!(
                    self.world.people[writer].address(),
                    message.from,
                    "somebody else has written that"
                );
                assert!(seen.insert(number), "told twice");
                let taken_out = self.removed.get(&(writer, member));
                assert!(taken_out.is_none_or(|count| number < *count), "written after the removal");
            }
        }
    }
}
