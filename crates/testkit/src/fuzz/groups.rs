//! A group whose members come, go and write, on a network that reorders, repeats and edits.

use std::collections::{BTreeMap, BTreeSet};

use entrenous::{Event, GroupAct, GroupId, GroupRole};
use rand::RngExt;

use super::{accounts::account, edit::edit};
use crate::{
    group_world::{GroupWorld, Letter},
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

/// Nobody is told what was not sent, or twice; who was taken out is not told what is written by who took it out.
pub(super) fn groups(input: &[u8]) {
    let mut story = Story::new(input);
    for _ in 0..(input.len() / 10).min(STEPS) {
        story.step();
    }
    story.world.settle_in_disorder().expect("in memory");
    story.check();
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
        if self.world.client(who).send_to_group(&group, &content).is_ok() {
            self.sent.push(who);
            self.world.collect(who).expect("in memory");
        }
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

    /// Brings an edited copy of a letter to its receiver, or to somebody else.
    fn inject(&mut self) {
        let all: Vec<Vec<u8>> = self.world.letters.iter().map(|letter| letter.bytes.clone()).collect();
        if all.is_empty() {
            return;
        }
        let at = self.rng.random_range(0..all.len());
        let letter = self.world.letters[at].clone();
        let bytes = edit(&mut self.rng, &letter.bytes, &all);
        let _ = self.world.deliver(&Letter { bytes, ..letter });
    }

    fn check(&self) {
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
