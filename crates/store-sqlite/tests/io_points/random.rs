//! One store for a very long time, whose power and disk fail again and again.

use entrenous::store::{Changes, Commit, Store};
use entrenous_disk::Fault;
use entrenous_testkit::{rng::ScriptedRng, store::Place};
use rand::RngExt;

use crate::{
    cases::step,
    common::child::number,
    home::{DISK, Home, POWER},
    machine::{RECORDS, State, after, state},
};

/// Some records that are made, replaced or removed.
fn some_changes(found: &State, rng: &mut ScriptedRng) -> Changes {
    let count = rng.random_range(1..6);
    let chosen = (0..count).map(|_| rng.random_range(0..RECORDS)).collect::<std::collections::BTreeSet<_>>();
    let changes = chosen.into_iter().map(|n| {
        let record = &found[usize::try_from(n).unwrap()];
        let from = record.as_ref().map_or(0, |record| record.generation.get());
        let to = if from > 0 && rng.random_ratio(1, 4) { 0 } else { rng.random_range(1..1 << 20) };
        step(n, from, to)
    });
    let changes: Vec<_> = changes.collect();
    changes.iter().flatten().map(|(key, change)| (*key, change.clone())).collect()
}

/// What was applied is there, whole, each time; what was not told may be.
fn outlives(faults: &[Fault]) {
    let wanted = number("ENTRENOUS_POWER_CUTS", 300);
    let (home, mut rng) = (Home::new(1, faults), ScriptedRng::new(2));
    let mut store = home.open();
    let (mut known, mut commits) = (state(&store).unwrap(), 0_u64);
    while home.blows() < wanted {
        home.strike_soon(400);
        let changes = some_changes(&known, &mut rng);
        let aim = after(&known, &changes);
        let done = match rng.random_range(0..40) {
            0 => store.checkpoint(),
            1 => store.compact(),
            _ => store.commit(&changes).map(|commit| {
                assert_eq!(commit, Commit::Applied);
                known.clone_from(&aim);
                commits += 1;
            }),
        };
        if done.is_ok() {
            continue;
        }
        assert!(home.spare(), "{done:?} on a disk that is well");
        drop(store);
        store = home.open();
        store.check().unwrap();
        let found = state(&store).unwrap();
        assert!(found == known || found == aim, "after {} blows", home.blows());
        known = found;
    }
    println!("{} blows, {} power cuts, {commits} commits", home.blows(), home.power_cuts());
}

#[test]
fn a_store_outlives_every_power_cut() {
    outlives(POWER);
}

#[test]
fn a_store_outlives_every_failure() {
    outlives(&[POWER, DISK].concat());
}
