//! The end of a story: nothing goes wrong any more, so everything must arrive.

use rand::RngExt;

use crate::network::End;

use super::{stats::Event, world::World};

/// Exchanges of one message each way.
const ROUNDS: usize = 6;

/// Exchanges after which a restored end must have been understood: it hears of the peer's chain, and answers.
const ROUNDS_TO_HEAL: usize = 2;

/// Plays the quiet phase and checks that both directions work.
pub(super) fn settle(world: &mut World) {
    world.character.crash = 0.0;
    world.character.forge = 0.0;
    for end in End::BOTH {
        let waiting = world.network.drain(end);
        if world.rng.random() {
            waiting.into_iter().for_each(|packet| world.receive(end, packet));
        }
    }
    let restored = world.places.iter().any(|place| place.restored);
    for round in 0..ROUNDS {
        let patient = restored && round < ROUNDS_TO_HEAL;
        for end in End::BOTH {
            match exchange(world, end) {
                Exchange::Arrived => {}
                // a limit was met, or the ends have lost each other: the account has foreseen it
                Exchange::Limit => return world.stats.count(Event::Stuck),
                Exchange::Refused if world.forked => return,
                Exchange::Refused if patient => {}
                Exchange::Refused => {
                    world.fail(end, "nothing goes wrong, and yet a message was not understood");
                }
            }
        }
    }
    if !End::BOTH.into_iter().all(|end| world.shut_out_thieves(end)) {
        return world.stats.count(Event::Stuck);
    }
    make_progress(world);
    world.stats.count(if restored { Event::HealedRestored } else { Event::Healed });
}

/// Exchanges in which three epochs must end: each takes three at most, once those that were lied about are over.
const ROUNDS_OF_PROGRESS: usize = 12;

/// With as many shards as there can be, epochs follow one another: none is stuck for ever.
fn make_progress(world: &mut World) {
    (world.character.shards, world.character.pause) = ([37, 37], 0);
    let before = world.epoch(End::Alice);
    for _ in 0..ROUNDS_OF_PROGRESS {
        for end in End::BOTH {
            if let Exchange::Limit = exchange(world, end) {
                return;
            }
        }
    }
    let epochs = [before, world.epoch(End::Alice), world.epoch(End::Bob)];
    let [_, alice, bob] = epochs;
    world.check(alice >= before + 3, End::Alice, &format!("the post-quantum ratchet is stuck: {epochs:?}"));
    world.check(alice.abs_diff(bob) <= 1, End::Bob, &format!("the epochs differ: {epochs:?}"));
}

/// What became of one message in the quiet phase.
enum Exchange {
    Arrived,
    Refused,
    /// Too far ahead, or the chain exhausted.
    Limit,
}

/// Sends one message from `end` and delivers it.
fn exchange(world: &mut World, end: End) -> Exchange {
    let count = |world: &World, event| world.stats.of(event);
    let Some(packet) = world.seal(end) else { return Exchange::Limit };
    let (delivered, far) = (count(world, Event::Delivered), count(world, Event::TooFarAhead));
    world.receive(end.other(), packet);
    match (count(world, Event::Delivered) > delivered, count(world, Event::TooFarAhead) > far) {
        (true, _) => Exchange::Arrived,
        (false, true) => Exchange::Limit,
        (false, false) => Exchange::Refused,
    }
}
