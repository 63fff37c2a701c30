//! Clients on stores that fail, in processes that crash, on a network that does its worst.

use entrenous::Policy;

use crate::{
    rng::ScriptedRng,
    world::{Fate, World},
};

/// Longest story.
const STEPS: usize = 300;

/// What was sent arrives exactly once, no keystream comes twice, and queues are empty at the end.
pub(super) fn clients(input: &[u8]) {
    let Some((count, script)) = input.split_first() else { return };
    let (people, rng) = (2 + usize::from(count % 2), ScriptedRng::scripted(script));
    let mut world = World::with_rng(1, people, Fate::CRUEL, Policy::default(), rng);
    for _ in 0..(script.len() / 8).min(STEPS) {
        world.step();
    }
    world.settle();
}
