//! Groups of many over a network that reorders, repeats and holds back.
//!
//! `ENTRENOUS_STORIES` and `ENTRENOUS_SEED` say how many stories are played, and which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use std::{collections::BTreeSet, env};

use entrenous::{GroupAct, GroupId, GroupRole, GroupStanding};
use entrenous_testkit::group_world::{GroupWorld, assert_same_group};

/// What is to come true in a story.
struct Story {
    world: GroupWorld,
    group: GroupId,
    /// Admins, who write and are never removed.
    writers: Vec<usize>,
    /// What was written, and who was out then as far as its writer knew.
    written: Vec<(Vec<u8>, usize, BTreeSet<usize>)>,
    /// Members who are removed sooner or later.
    removed: BTreeSet<usize>,
}

impl Story {
    fn new(people: usize, writers: usize, seed: u64) -> Self {
        let mut world = GroupWorld::new(people, seed).unwrap();
        let (group, _) = world.client(0).create_group("many").unwrap();
        for other in 1..people {
            world.meet(0, other).unwrap();
            let account = world.client(other).account_id();
            let role = if other < writers { GroupRole::Admin } else { GroupRole::Member };
            world.client(0).change_group(&group, GroupAct::Set { account, role }).unwrap();
            world.collect(0).unwrap();
        }
        world.settle_in_disorder().unwrap();
        for other in 1..people {
            world.client(other).join_group(&group).unwrap();
        }
        for writer in 1..writers {
            world.meet_group(writer, &group).unwrap();
        }
        world.settle_in_disorder().unwrap();
        let writers = (0..writers).collect();
        Self { world, group, writers, written: Vec::new(), removed: BTreeSet::new() }
    }

    fn write(&mut self, writer: usize) {
        let status = self.world.client(writer).group(&self.group).unwrap();
        let is_out = |number: &usize| {
            let account = self.world.people[*number].client.account_id();
            status.members.iter().all(|member| member.account != account)
        };
        let out: BTreeSet<usize> = (0..self.world.people.len()).filter(is_out).collect();
        let content = format!("{writer}: {}", self.written.len()).into_bytes();
        self.world.client(writer).send_to_group(&self.group, &content).unwrap();
        self.world.collect(writer).unwrap();
        self.written.push((content, writer, out));
    }

    /// One of the writers changes the group.
    fn change(&mut self) {
        let by = self.writers[self.world.draw(self.writers.len())];
        let people = self.world.people.len();
        let other = self.writers.len() + self.world.draw(people - self.writers.len());
        let account = self.world.client(other).account_id();
        let act = match self.world.draw(6) {
            0 | 1 => {
                self.removed.insert(other);
                GroupAct::Remove { account }
            }
            2 if self.removed.contains(&other) => GroupAct::Set { account, role: GroupRole::Member },
            3 => GroupAct::NewKeys,
            _ => GroupAct::Rename("another title"),
        };
        // what somebody more senior has decided meanwhile can't be changed
        self.world.client(by).change_group(&self.group, act).ok();
        self.world.collect(by).unwrap();
    }

    /// Some of what is under way arrives, in whatever order: one by one, or all that is for somebody at once.
    fn deliver_some(&mut self) {
        if self.world.draw(3) == 0 {
            let to = self.world.draw(self.world.people.len());
            let (mut his, others): (Vec<_>, Vec<_>) =
                self.world.letters.drain(..).partition(|letter| letter.to == to);
            self.world.letters.extend(others);
            for last in (1..his.len()).rev() {
                his.swap(last, self.world.draw(last + 1));
            }
            let again = self.world.deliver_together(his).unwrap();
            return self.world.letters.extend(again);
        }
        let count = self.world.draw(self.world.letters.len() / 2 + 1);
        for _ in 0..count {
            let at = self.world.draw(self.world.letters.len());
            let Some(letter) = self.world.letters.remove(at) else { return };
            if let Err(error) = self.world.deliver(&letter)
                && !error.is_final()
            {
                self.world.letters.push_back(letter);
            }
        }
    }

    /// Everything arrives, and everybody does what is due.
    fn come_to_rest(&mut self) {
        let Self { world, writers, group, .. } = self;
        // as applications do from time to time; one that may not be begun now is begun later
        let meet = |world: &mut GroupWorld, number| {
            if writers.contains(&number) {
                world.meet_group(number, group).ok();
            }
        };
        world.come_to_rest(meet).unwrap();
    }

    #[track_caller]
    fn check(&mut self) {
        let joined: Vec<usize> = (0..self.world.people.len())
            .filter(|number| {
                // who was put out before joining knows nothing of it any more
                let status = self.world.people[*number].client.group(&self.group);
                status.is_ok_and(|status| status.standing == GroupStanding::Joined)
            })
            .collect();
        let mut present: Vec<_> = Vec::new();
        for (number, person) in self.world.people.drain(..).enumerate() {
            if joined.contains(&number) {
                present.push(person.client);
            }
        }
        assert_same_group(&mut present, &self.group);
        for number in 0..self.world.told.len() {
            let read = self.world.messages(number, &self.group);
            let unique: BTreeSet<_> = read.iter().collect();
            assert_eq!(unique.len(), read.len(), "{number} reads nothing twice");
            for (content, writer, out) in &self.written {
                let has = read.contains(content) || *writer == number;
                if out.contains(&number) {
                    assert!(!has, "{number} was out and reads {:?}", String::from_utf8_lossy(content));
                } else if !self.removed.contains(&number) {
                    assert!(has, "{number} lacks {:?}", String::from_utf8_lossy(content));
                }
            }
        }
    }
}

fn play(people: usize, writers: usize, rounds: usize, seed: u64) {
    let mut story = Story::new(people, writers, seed);
    for _ in 0..rounds {
        let writer = story.writers[story.world.draw(writers)];
        match story.world.draw(4) {
            0 => story.change(),
            _ => story.write(writer),
        }
        story.deliver_some();
    }
    story.come_to_rest();
    story.check();
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn small_groups_lose_nothing_and_agree() {
    let seed = number("ENTRENOUS_SEED", 1);
    for story in 0..number("ENTRENOUS_STORIES", 12) {
        println!("story {}", seed + story);
        play(6, 3, 30, seed + story);
    }
}

#[test]
fn a_hundred_lose_nothing_and_agree() {
    play(100, 4, 24, number("ENTRENOUS_SEED", 1));
}
