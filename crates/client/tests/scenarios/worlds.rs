//! Crashes, hostile networks and failing disks: everything that was sent arrives exactly once.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Limits, Policy, QueueLimits};
use entrenous_testkit::world::{Fate, World};

// spec: CLIENT-23, WIRE-40
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

/// The same where every queue is nearly always full, and chains are short.
#[test]
fn what_is_sent_arrives_exactly_once_though_there_is_room_for_little() {
    let seeds = std::env::var("WORLD_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(12);
    let queues = QueueLimits { inbox_items: 12, outbox_items: 6, ..QueueLimits::default() };
    let limits = Limits { chain_messages: 8, ..Limits::default() };
    let policy = Policy { queues, limits, ..Policy::default() };
    // in the last two both ends began sessions for ever
    for seed in (100..100 + seeds).chain([309, 468]) {
        eprintln!("seed {seed}");
        let mut world = World::with_policy(seed, 2 + (seed % 3) as usize, Fate::CRUEL, policy);
        (0..300).for_each(|_| world.step());
        world.settle();
    }
}

/// Sessions are replaced all the time, while the other side may go on in the one before.
// spec: CLIENT-32
#[test]
fn what_is_sent_arrives_exactly_once_though_sessions_are_replaced() {
    let seeds = std::env::var("WORLD_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(4);
    let fate =
        Fate { loss: 0.1, duplicate: 0.1, tamper: 0.05, crash: 0.5, fault: 0.1, replace: 0.3, ..Fate::KIND };
    for seed in 76..76 + seeds {
        eprintln!("seed {seed}");
        let mut world = World::new(seed, 2, fate);
        (0..1_200).for_each(|_| world.step());
        world.settle();
    }
}
