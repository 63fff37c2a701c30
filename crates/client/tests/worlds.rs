//! Crashes, hostile networks and failing disks: everything that was sent arrives exactly once.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous_testkit::world::{Fate, World};

#[test]
fn what_is_sent_arrives_exactly_once_whatever_happens() {
    let seeds = std::env::var("WORLD_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(12);
    for seed in 0..seeds {
        eprintln!("seed {seed}");
        let mut world = World::new(seed, 2 + (seed % 3) as usize, Fate::CRUEL);
        (0..300).for_each(|_| world.step());
        world.settle();
    }
}
