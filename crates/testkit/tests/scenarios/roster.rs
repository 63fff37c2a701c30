//! Thousands of hostile groups: what the roster says is what the rules say, in every order of arrival, and who was
//! removed changes nothing any more.
//!
//! Each misreading of the rules in [`Misreading`] is noticed by these stories.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous_group::{RosterId, roster::Roster};
use entrenous_testkit::{
    oracle::roster::{Dag, Hash, Misreading, State},
    roster::{Made, PEOPLE, Story, agreed, known, plain_state, roster_of},
};
use rand::{RngExt, seq::SliceRandom};

const MISREADINGS: [Misreading; 10] = [
    Misreading::WeakRemoval,
    Misreading::NoSeniority,
    Misreading::LeaveStopsNothing,
    Misreading::NoSeal,
    Misreading::NoDrops,
    Misreading::AnybodyDrops,
    Misreading::DroppedDrops,
    Misreading::DroppedLeaves,
    Misreading::ForksJoin,
    Misreading::TitleByHash,
];

/// Tells which misreadings would be noticed.
fn play(seed: u64) -> Vec<Misreading> {
    let mut story = Story::new(seed, 5 + usize::try_from(seed % 16).expect("small"));
    let (roster, state) = agreed(&story);

    converges(&mut story, &roster);
    rests_on_the_kernel(&mut story, &roster, &state);
    let misread = |misreading: &Misreading| story.dag(*misreading).state() != state;
    MISREADINGS.into_iter().filter(misread).collect()
}

/// Any order, any batches, and two who met after each had a part.
fn converges(story: &mut Story, roster: &Roster) {
    let (first, rest) = story.made.split_first().expect("a genesis");
    let mut rest = rest.to_vec();
    for _ in 0..2 {
        rest.shuffle(&mut story.rng);
        let made: Vec<Made> = [std::slice::from_ref(first), &rest].concat();
        let batch = story.rng.random_range(1..=rest.len().max(1));
        let other = roster_of(&made, batch);
        assert_eq!(known(&other), known(roster));
        assert_eq!(plain_state(other.state()), plain_state(roster.state()));
        assert_eq!((other.id(), other.heads()), (roster.id(), roster.heads()));

        let stored: Vec<Vec<u8>> = other.entries().map(|entry| entry.bytes.clone()).collect();
        let (stored, dropped) =
            Roster::from_entries(other.group(), stored.iter().map(Vec::as_slice)).expect("stored");
        assert_eq!((stored.id(), dropped), (roster.id(), vec![]));
    }
}

/// Who gets only what counts has the same group.
fn rests_on_the_kernel(story: &mut Story, roster: &Roster, state: &State) {
    let at_heads = roster.state_at(roster.heads()).expect("own heads");
    assert_eq!(plain_state(&at_heads), *state);
    let counting = roster.entries_beyond(&[]);
    assert_eq!(counting.len(), roster.counting());
    let made: Vec<Made> = (counting.iter())
        .map(|entry| story.made.iter().find(|made| made.plain.hash == *entry.hash.as_bytes()).expect("made"))
        .cloned()
        .collect();
    let newcomer = roster_of(&made, made.len());
    assert_eq!(plain_state(newcomer.state()), *state);
    assert_eq!(newcomer.id(), roster.id());
    assert_eq!(newcomer.counting(), newcomer.entries().count());
    // and so has who knows any part of the rest, too
    for _ in 0..4 {
        let more = known(roster);
        let more: Vec<Hash> = more.into_iter().filter(|_| story.rng.random_bool(0.3)).collect();
        let view = entrenous_testkit::roster::closed(&story.dag(Misreading::No), more);
        let of_kernel = |made: &Made| counting.iter().any(|entry| *entry.hash.as_bytes() == made.plain.hash);
        let between: Vec<Made> = (story.made.iter())
            .filter(|made| of_kernel(made) || view.contains(&made.plain.hash))
            .cloned()
            .collect();
        let between = roster_of(&between, between.len());
        assert_eq!(plain_state(between.state()), *state);
        assert_eq!((between.id(), between.heads()), (roster.id(), roster.heads()));
    }
}

/// Somebody who is out by removals of seniors, and everybody that only he brings in, adds to the story. Tells
/// whether there was somebody.
fn is_inert(seed: u64) -> bool {
    let mut story = Story::new(seed, 4 + usize::try_from(seed % 14).expect("small"));
    let (roster, state) = agreed(&story);
    let Some((removed, _)) = outranked(&story, &state) else { return false };
    let before = (roster.id(), roster.heads());

    let socks: Vec<Hash> = PEOPLE[6..].iter().map(|person| person.id).collect();
    let authors: Vec<Hash> = socks.iter().copied().chain([removed]).collect();
    let targets: Vec<Hash> = PEOPLE.iter().map(|person| person.id).collect();
    for _ in 0..story.rng.random_range(1..10) {
        let dag = story.dag(Misreading::No);
        let all: Vec<Hash> = dag.entries().map(|entry| entry.hash).collect();
        let some = (0..2).map(|_| all[story.rng.random_range(0..all.len())]).collect::<Vec<_>>();
        let grants = all.iter().filter(|hash| dag.grant(hash).is_some_and(|(who, _)| authors.contains(&who)));
        let heads: Vec<Hash> = grants.copied().take(story.rng.random_range(1..4)).chain(some).collect();
        let view = entrenous_testkit::roster::closed(&dag, heads);
        let back_dated = story.rng.random();
        story.act(&authors, &targets, &view, back_dated);
    }
    let (roster, after) = agreed(&story);
    // lists are the accounts' own word, whoever carries them: of these the removed may carry a newer one
    assert_eq!(without_devices(&after), without_devices(&state), "a removed account changed the group");
    if after == state && !carries_lists(&story, &authors) {
        assert_eq!((roster.id(), roster.heads()), before, "a removed account is in the roster's name");
    }
    true
}

fn carries_lists(story: &Story, authors: &[Hash]) -> bool {
    use entrenous_testkit::oracle::roster::Act;
    story.made.iter().any(|made| match &made.plain.act {
        Act::Devices(list) => authors.contains(&made.plain.author) && !authors.contains(&list.account),
        _ => false,
    })
}

fn without_devices(state: &State) -> State {
    let mut state = state.clone();
    for (_, devices) in state.members.values_mut() {
        devices.clear();
    }
    state
}

/// An account that is out, and a valid removal of it that outranks all its grants and that none of them follows.
fn outranked(story: &Story, state: &State) -> Option<(Hash, Hash)> {
    use entrenous_testkit::oracle::roster::Act;
    let dag: Dag = story.dag(Misreading::No);
    let depth = |hash: &Hash| {
        let mut depth = std::collections::BTreeMap::new();
        for entry in story.made.iter().map(|made| &made.plain).filter(|entry| dag.has(&entry.hash)) {
            let deepest = entry.prevs.iter().map(|prev| depth[prev] + 1).max().unwrap_or(0);
            depth.insert(entry.hash, deepest);
        }
        depth[hash]
    };
    let mut found = dag.entries().filter_map(|entry| match entry.act {
        Act::Set(target, 0) if !state.members.contains_key(&target) && dag.is_valid(&entry.hash) => {
            let grants =
                dag.entries().filter(|grant| dag.grant(&grant.hash).is_some_and(|(who, _)| who == target));
            let outranks = grants.into_iter().all(|grant| {
                let member = dag.grant(&grant.hash).is_some_and(|(_, role)| role == 1);
                let senior = (depth(&entry.under), entry.under) < (depth(&grant.hash), grant.hash);
                !dag.past(&grant.hash).contains(&entry.hash) && (member || senior)
            });
            outranks.then_some((target, entry.hash))
        }
        _ => None,
    });
    found.next()
}

fn seeds() -> u64 {
    number("ENTRENOUS_ROSTERS", 600)
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn run(seeds: core::ops::Range<u64>) {
    let mut noticed: Vec<Misreading> = Vec::new();
    for seed in seeds {
        let found = std::panic::catch_unwind(|| play(seed));
        noticed.extend(found.unwrap_or_else(|_| panic!("in the story of seed {seed}")));
    }
    let count = |misreading| noticed.iter().filter(|other| **other == misreading).count();
    println!("{:?}", MISREADINGS.map(|misreading| (misreading, count(misreading))));
    for misreading in MISREADINGS {
        assert!(count(misreading) > 0, "{misreading:?} is not noticed: the stories have gone soft");
    }
}

// spec: GROUP-21
#[test]
fn the_roster_says_what_the_rules_say() {
    run(0..seeds());
}

#[test]
fn who_was_removed_changes_nothing() {
    let mut happened = 0;
    for seed in 100_000..100_000 + seeds() {
        let found = std::panic::catch_unwind(|| is_inert(seed));
        happened += u64::from(found.unwrap_or_else(|_| panic!("in the story of seed {seed}")));
    }
    println!("{happened} removed accounts wrote on");
    assert!(happened * 8 > seeds(), "hardly anybody was removed: the stories have gone soft");
}

/// As many stories as one has time for:
/// `ENTRENOUS_ROSTERS=100000 cargo test --release -p entrenous-testkit --test scenarios roster::soak -- --ignored`.
/// They begin with the seed `ENTRENOUS_SEED`, by default where the other tests end.
#[test]
#[ignore = "takes as long as it is told to"]
fn soak() {
    let first = number("ENTRENOUS_SEED", 1_000_000);
    run(first..first + seeds());
    let happened = (first..first + seeds()).filter(|seed| is_inert(*seed)).count();
    println!("{happened} removed accounts wrote on");
}

// spec: GROUP-41
#[test]
fn a_roster_is_named_by_its_heads_in_any_order() {
    let story = Story::new(5, 12);
    let roster = roster_of(&story.made, 4);
    let reversed: Vec<_> = roster.heads().iter().rev().copied().collect();
    assert_eq!(roster.id(), RosterId::of(&reversed));
}

/// Who judges messages relies on it, and asks for nothing in between.
// spec: GROUP-45, GROUP-167
#[test]
fn nothing_is_lost_between_a_roster_and_itself() {
    for seed in 1..40 {
        let roster = roster_of(&Story::new(seed, 24).made, 4);
        let loss = roster.loss_between(roster.heads(), roster.heads());
        assert!(loss.is_some_and(|loss| loss.is_empty()), "seed {seed}");
    }
}
