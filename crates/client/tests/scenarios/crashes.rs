//! Every operation of the store fails once in every way, in the course of two people's conversation.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Client, Error, MemoryStore};
use entrenous_testkit::{
    faults::{Fault, FaultyStore, Reach},
    person::{Clock, ScriptedEnv, store_key},
    world::{Fate, World},
};

const FAILURES: [Fault; 4] = [Fault::FailLoad, Fault::FailCommit, Fault::FailAfterCommit, Fault::Conflict];

/// First contact, answers, crossing continuations, maintenance; what somebody does in between is in `other`.
fn converse(world: &mut World, mut other: impl FnMut(&mut World)) {
    let steps: [fn(&mut World); 12] = [
        |world| world.send_to(0, 1),
        World::pass_on,
        |world| world.send_to(1, 0),
        World::pass_on,
        |world| world.start(0, 1, true),
        |world| world.start(1, 0, true),
        |world| world.send_to(0, 1),
        |world| world.send_to(1, 0),
        World::pass_on,
        |world| world.send_to(1, 0),
        World::pass_on,
        |world| (0..2).for_each(|at| world.maintain(at)),
    ];
    for step in steps {
        step(world);
        other(world);
    }
}

fn fail_everywhere(victim: usize) {
    for fault in FAILURES {
        for occasion in 0.. {
            let mut world = World::new(7, 2, Fate::KIND);
            world.arm(victim, fault, occasion);
            converse(&mut world, |_| {});
            let happened = world.people[victim].fired() || world.people[victim].crashes > 0;
            world.settle();
            if !happened {
                assert!(occasion > 10, "{fault:?} has {occasion} occasions only");
                break;
            }
        }
    }
}

// spec: AGREE-23, CLIENT-3
#[test]
fn any_operation_of_the_initiators_store_may_fail() {
    fail_everywhere(0);
}

// spec: AGREE-23, CLIENT-3
#[test]
fn any_operation_of_the_responders_store_may_fail() {
    fail_everywhere(1);
}

#[test]
fn a_process_may_end_between_any_two_operations() {
    for victim in 0..2 {
        for end in 0..12 {
            let (mut world, mut step) = (World::new(8, 2, Fate::KIND), 0);
            converse(&mut world, |world| {
                if step == end {
                    world.crash(victim);
                }
                step += 1;
            });
            world.settle();
            assert_eq!(world.people[victim].crashes, 1);
        }
    }
}

#[test]
fn an_account_is_created_or_not() {
    for fault in FAILURES {
        for occasion in 0..8 {
            let (memory, clock) = (MemoryStore::new(), Clock::at_day(20_000));
            let store = FaultyStore::new(memory.clone());
            store.faults().arm(fault, Reach::Answer, occasion);
            let create = |store, seed| Client::create(store, &store_key(), ScriptedEnv::new(seed, &clock));
            let first = create(store, 1).map(|created| created.client.address());
            let opened = Client::open(memory.clone(), &store_key(), ScriptedEnv::new(2, &clock));
            match (&first, opened.map(|client| client.address())) {
                (Ok(created), opened) => assert_eq!(opened, Ok(*created)),
                (Err(Error::Store(_)), Ok(_)) => assert_eq!(fault, Fault::FailAfterCommit),
                (Err(Error::Store(_)), Err(Error::NoAccount)) => {
                    assert!(create(FaultyStore::new(memory), 3).is_ok());
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_wrong_key_opens_nothing_and_harms_nothing() {
    let (memory, clock) = (MemoryStore::new(), Clock::at_day(20_000));
    let env = |seed| ScriptedEnv::new(seed, &clock);
    let alice = Client::create(memory.clone(), &store_key(), env(1)).expect("scripted").client.address();
    let before = memory.dump();
    let wrong = entrenous::StoreKey::from_bytes(&[8; 32]);
    assert!(matches!(Client::open(memory.clone(), &wrong, env(2)), Err(Error::WrongKey)));
    assert_eq!(memory.dump(), before);
    assert_eq!(Client::open(memory, &store_key(), env(3)).map(|client| client.address()), Ok(alice));
}
