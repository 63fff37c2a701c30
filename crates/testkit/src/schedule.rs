//! The hostile schedule: two real sessions, a network that does its worst, crashes, forgeries and snapshots,
//! and at every single message the [oracle](crate::oracle) that says what must come of it.
//!
//! ```text
//! run(seed):  hostile phase   bursts, both at once, silence, replay, restart, lies, theft, snapshot, restore
//!             quiescence      the network becomes good: whatever is sent then must arrive, and no thief reads on
//! ```
//!
//! The same seed gives the same story on every machine. A story that fails names its seed.

mod character;
mod lying;
mod place;
mod quiescence;
mod receiving;
mod sending;
mod snapshot;
mod stats;
mod theft;
mod world;

use rand::RngExt;

pub use stats::{Event, Stats};

use crate::{network::End, rng::ScriptedRng};
use world::World;

/// Plays the schedule of `seed` and tells what happened in it.
///
/// # Panics
/// Where the sessions do anything but what the oracle says; the message names the seed.
pub fn run(seed: u64) -> Stats {
    let _named = NamesSeed(seed);
    play(World::new(seed, ScriptedRng::new(seed)))
}

/// Plays the schedule in which `script` makes the choices.
///
/// # Panics
/// Where the sessions do anything but what the oracle says.
pub fn run_script(script: &[u8]) -> Stats {
    play(World::new(1, ScriptedRng::scripted(script)))
}

fn play(mut world: World) -> Stats {
    for _ in 0..world.rng.random_range(5..90) {
        act(&mut world);
    }
    quiescence::settle(&mut world);
    world.stats
}

/// One event of the hostile phase.
fn act(world: &mut World) {
    let burst = world.character.burst;
    let end = if world.rng.random() { End::Alice } else { End::Bob };
    match world.rng.random_range(0..100) {
        0..33 => times(world, burst, |world| world.send(end)),
        33..47 => times(world, 4, |world| End::BOTH.into_iter().for_each(|end| world.send(end))),
        47..84 => times(world, 2 * burst, |world| world.deliver_next(end)),
        84..86 => world.fall_silent(end),
        86..87 => world.steal(end),
        87..91 => world.replay(end),
        91..93 => world.restart(end),
        93..94 => world.lie(end),
        94..97 => world.take_snapshot(end),
        _ => world.restore_snapshot(end),
    }
}

/// Repeats `what`, once to `most` times.
fn times(world: &mut World, most: u32, what: impl Fn(&mut World)) {
    for _ in 0..world.rng.random_range(1..=most) {
        what(world);
    }
}

/// Names the seed when a story ends early, whatever it was that panicked.
struct NamesSeed(u64);

impl Drop for NamesSeed {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        eprintln!(
            "the story of seed {0} failed; play it alone: ENTRENOUS_SEED={0} ENTRENOUS_STORIES=1 cargo test \
             -p entrenous-testkit --test scenarios schedules::soak -- --ignored",
            self.0
        );
    }
}
