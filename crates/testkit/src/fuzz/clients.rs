//! Clients on stores that fail, in processes that crash, on a network that does its worst.

use crate::{
    rng::ScriptedRng,
    world::{Fate, World},
};

/// Longest story.
const STEPS: usize = 300;

thread_local! {
    /// Two people, and three: making their accounts takes longer than most stories.
    static WORLDS: [World; 2] = [2, 3].map(|people| World::new(1, people, Fate::CRUEL));
}

/// What was sent arrives exactly once, no keystream comes twice, and queues are empty at the end.
pub(super) fn clients(input: &[u8]) {
    let Some((count, script)) = input.split_first() else { return };
    let which = usize::from(count % 2);
    let mut world = WORLDS.with(|worlds| worlds[which].copy(ScriptedRng::scripted(script)));
    for _ in 0..(script.len() / 8).min(STEPS) {
        world.step();
    }
    world.settle();
}
