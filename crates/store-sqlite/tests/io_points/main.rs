//! Every operation of the store, with a fault at every point at which it asks something of the disk.
//!
//! The disk is [`entrenous_disk`], in memory: what it simulates, and what not, is said there. The real file of the store
//! stays empty, and what the store itself does with it (its rights, its folder) is not among the points; nor are
//! the files of a marker.
//!
//! Longer runs, best with `--release`: `ENTRENOUS_SEEDS=200`, so many power cuts are drawn for each point;
//! `ENTRENOUS_EACH=1`, each point of two clients' conversation and not only some; `ENTRENOUS_POWER_CUTS=100000` at random,
//! the stories of clients from `ENTRENOUS_SEED=100` on.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod cases;
mod clients;
#[path = "../common/mod.rs"]
mod common;
mod doubt;
mod home;
mod judge;
mod machine;
mod random;

use std::collections::HashMap;

use entrenous::store::FailureKind;
use entrenous_disk::{Fault, Keep, Point, Span};

use cases::cases;
use judge::{Then, Told, Trial, play};
use machine::Machine;

/// How often a fault struck at which point, and how often which answer was given.
type Tally = HashMap<(Point, Told), u64>;

/// What power cuts leave: these, and so many draws.
fn keeps(corners: &[Keep]) -> Vec<Keep> {
    let seeds = common::child::number("ENTRENOUS_SEEDS", 0);
    corners.iter().copied().chain((1..=seeds).map(Keep::Some)).collect()
}

/// Plays every case with a fault at every occasion of it. The first thing that is wrong ends it.
fn everywhere(machine: &Machine, fault: Fault, then: Then, corners: &[Keep]) -> Result<Tally, String> {
    let mut tally = Tally::new();
    for case in cases() {
        machine.pretend_log(if case.long_log { 1 << 30 } else { 0 });
        for keep in keeps(corners) {
            for occasion in 0.. {
                let trial = Trial { fault, occasion, then, keep };
                let verdict = play(machine, &case, trial);
                match verdict.map_err(|wrong| format!("{}, {trial:?}: {wrong}", case.name))? {
                    None => break,
                    Some(struck) => *tally.entry(struck).or_default() += 1,
                }
            }
        }
    }
    println!("{fault:?}, {then:?}: {} trials: {tally:?}", tally.values().sum::<u64>());
    Ok(tally)
}

/// Each of `points` was struck, so that the cases come by everywhere.
fn assert_struck(tally: &Tally, points: &[Point]) {
    for point in points {
        assert!(tally.keys().any(|(struck, _)| struck == point), "no case comes by {point:?}");
    }
}

#[test]
fn a_process_may_end_at_any_point() {
    let keeps = [Keep::Nothing, Keep::Everything, Keep::TornEnd, Keep::Some(0)];
    let tally = everywhere(&Machine::new(), Fault::Die, Then::PowerCut, &keeps).unwrap();
    assert_struck(&tally, &Point::ALL);
}

#[test]
fn a_disk_may_fail_at_any_point() {
    for fault in [Fault::Fail(Span::Once), Fault::Fail(Span::Lasting)] {
        for (then, keep) in [(Then::GoOn, Keep::Nothing), (Then::PowerCut, Keep::Some(0))] {
            let tally = everywhere(&Machine::new(), fault, then, &[keep]).unwrap();
            assert_struck(&tally, &Point::ALL);
        }
    }
}

#[test]
fn a_disk_may_be_full_at_any_point() {
    for fault in [Fault::Full(Span::Once), Fault::Full(Span::Lasting)] {
        let tally = everywhere(&Machine::new(), fault, Then::GoOn, &[Keep::Nothing]).unwrap();
        assert_struck(&tally, &[Point::Write, Point::GrowIndex]);
        assert!(tally.contains_key(&(Point::Write, Told::Failed(FailureKind::Full))));
    }
}

/// The control: a disk that says that it has synced, and has not, loses what was applied, and that is seen.
#[test]
fn a_disk_that_lies_is_found_out() {
    let machine = Machine::new();
    machine.disk.lie_about_syncs();
    let found = everywhere(&machine, Fault::Full(Span::Once), Then::GoOn, &[Keep::Nothing]).unwrap_err();
    assert!(found.contains("after the crash there is"), "{found}");
}
