//! Two clients, each on a disk of its own: wherever the power or the disk fails, nothing is lost, nothing is shown twice, and
//! no key meets a nonce twice, as the account of the test kit's world has it.

use entrenous::Policy;
use entrenous_disk::Fault;
use entrenous_testkit::{
    rng::ScriptedRng,
    world::{Fate, World},
};

use crate::{
    common::child::number,
    home::{DISK, Home, POWER},
};

fn world(seed: u64, faults: &[Fault], fate: Fate) -> World<Home> {
    let homes = (0..2).map(|n| Home::new(seed * 2 + n, faults)).collect();
    World::with_places(seed, homes, fate, Policy::default(), ScriptedRng::new(seed))
}

fn blows(world: &World<Home>) -> u64 {
    world.people.iter().map(|person| person.place.blows()).sum()
}

/// Everybody is left in peace, and what must hold then does. How often something has gone wrong.
fn settle(mut world: World<Home>) -> u64 {
    for at in 0..world.people.len() {
        // one that ended after its last answer
        if world.people[at].place.spare() {
            world.crash(at);
        }
    }
    world.settle();
    blows(&world)
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

/// Something goes wrong at each point of the disk of either, or at one of so many. How many points there are.
fn at_any_point(faults: &[Fault], one_of: u64) -> u64 {
    let each = usize::try_from(number("ENTRENOUS_EACH", one_of)).unwrap();
    let mut least = u64::MAX;
    for victim in 0..2 {
        let (mut points, mut struck) = (0, 0);
        for seed in 0..number("ENTRENOUS_SEEDS", 1) {
            for occasion in (0..).step_by(each) {
                let mut world = world(seed, faults, Fate::KIND);
                // those of an opening are chance
                let before = world.people[victim].place.blows();
                world.people[victim].place.strike_at(occasion);
                converse(&mut world);
                let place = &world.people[victim].place;
                let came = place.spare() || place.blows() > before;
                struck += settle(world);
                if !came {
                    break;
                }
                points = points.max(occasion + 1);
            }
        }
        println!("{faults:?}: {points} points of person {victim}, each {each}: {struck} times");
        least = least.min(points);
    }
    least
}

#[test]
fn the_power_may_fail_at_any_point_of_a_conversation() {
    let points = at_any_point(POWER, 9);
    assert!(points > 200, "{points} points only");
}

#[test]
fn the_disk_may_fail_or_be_full_at_any_point_of_a_conversation() {
    for fault in DISK {
        let points = at_any_point(&[*fault], 41);
        let expected = if matches!(fault, Fault::Full(_)) { 100 } else { 200 };
        assert!(points > expected, "{fault:?}: {points} points only");
    }
}

/// On a network that loses, repeats, reorders and damages, in stories in which something goes wrong a hundred times.
fn at_any_time(faults: &[Fault]) {
    const STORY: u64 = 100;
    let wanted = number("ENTRENOUS_POWER_CUTS", 60);
    let fate = Fate { loss: 0.1, duplicate: 0.1, tamper: 0.05, crash: 0.2, replace: 0.05, ..Fate::KIND };
    let mut done = 0;
    for seed in number("ENTRENOUS_SEED", 100).. {
        eprintln!("seed {seed}");
        let mut world = world(seed, faults, fate);
        while blows(&world) < STORY.min(wanted - done) {
            world.people.iter().for_each(|person| person.place.strike_soon(600));
            world.step();
        }
        done += settle(world);
        if done >= wanted {
            break;
        }
    }
    println!("{done} times");
}

#[test]
fn the_power_may_fail_at_any_time() {
    at_any_time(POWER);
}

#[test]
fn the_power_or_the_disk_may_fail_at_any_time() {
    at_any_time(&[POWER, DISK].concat());
}
