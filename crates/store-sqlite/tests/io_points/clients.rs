//! Two clients, each on a disk of its own: wherever the power fails, nothing is lost, nothing is shown twice, and no key
//! meets a nonce twice, as the account of the test kit's world has it.

use entrenous::Policy;
use entrenous_testkit::{
    rng::ScriptedRng,
    world::{Fate, World},
};

use crate::{common::child::number, home::Home};

fn world(seed: u64, fate: Fate) -> World<Home> {
    let homes = (0..2).map(|n| Home::new(seed * 2 + n)).collect();
    World::with_places(seed, homes, fate, Policy::default(), ScriptedRng::new(seed))
}

/// Everybody is left in peace, and what must hold then does. How often the power has failed.
fn settle(mut world: World<Home>) -> u64 {
    for at in 0..world.people.len() {
        // one that ended after its last answer
        if world.people[at].place.spare() {
            world.crash(at);
        }
    }
    world.settle();
    world.people.iter().map(|person| person.place.power_cuts()).sum()
}

/// First contact, answers, sessions that are begun anew by both, what is due.
fn converse(world: &mut World<Home>) {
    world.send_to(0, 1);
    world.pass_on();
    world.send_to(1, 0);
    world.pass_on();
    (0..2).for_each(|at| world.start(at, 1 - at, true));
    (0..2).for_each(|at| world.send_to(at, 1 - at));
    world.pass_on();
    world.send_to(1, 0);
    world.pass_on();
    (0..2).for_each(|at| world.maintain(at));
}

/// At each point of the disk of either, or at some of them.
#[test]
fn the_power_may_fail_at_any_point_of_a_conversation() {
    let each = usize::try_from(number("ENTRENOUS_EACH", 9)).unwrap();
    for victim in 0..2 {
        let (mut points, mut power_cuts) = (0, 0);
        for seed in 0..number("ENTRENOUS_SEEDS", 1) {
            for occasion in (0..).step_by(each) {
                let mut world = world(seed, Fate::KIND);
                // those of an opening are chance
                let before = world.people[victim].place.power_cuts();
                world.people[victim].place.end_at(occasion);
                converse(&mut world);
                let place = &world.people[victim].place;
                let ended = place.spare() || place.power_cuts() > before;
                power_cuts += settle(world);
                if !ended {
                    break;
                }
                points = points.max(occasion + 1);
            }
        }
        println!("{points} points of person {victim}, each {each}: {power_cuts} power cuts");
        assert!(points > 200, "{points} points only");
    }
}

/// On a network that loses, repeats, reorders and damages, in stories of a hundred power cuts.
#[test]
fn the_power_may_fail_at_any_time() {
    const STORY: u64 = 100;
    let wanted = number("ENTRENOUS_POWER_CUTS", 60);
    let fate = Fate { loss: 0.1, duplicate: 0.1, tamper: 0.05, crash: 0.2, replace: 0.05, ..Fate::KIND };
    let mut done = 0;
    for seed in number("ENTRENOUS_SEED", 100).. {
        eprintln!("seed {seed}");
        let mut world = world(seed, fate);
        while world.people.iter().map(|person| person.place.power_cuts()).sum::<u64>()
            < STORY.min(wanted - done)
        {
            world.people.iter().for_each(|person| person.place.end_soon(600));
            world.step();
        }
        done += settle(world);
        if done >= wanted {
            break;
        }
    }
    println!("{done} power cuts");
}
