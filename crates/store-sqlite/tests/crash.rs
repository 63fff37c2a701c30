//! Processes that are killed, and processes that want the same records. Longer runs: `ENTRENOUS_KILLS=2000`,
//! `ENTRENOUS_INCREMENTS=100000`, best with `--release`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod common;

use core::time::Duration;
use std::{collections::BTreeMap, env, fs, path::Path, thread};

use entrenous::store::{Action, Change, Changes, Commit, Record, RecordKey, Store};
use entrenous_store_sqlite::{Error, SqliteStore};
use entrenous_testkit::rng::ScriptedRng;
use rand::RngExt;

use common::{
    Folder, batches,
    child::{self, Running},
    key, record,
};

fn start(what: &str, file: &Path, number: u64) -> Running {
    Running::start(child::command(&env::current_exe().unwrap(), what, file, number))
}

#[test]
#[ignore = "the other process of the tests below"]
fn child() {
    let Some((what, file, number)) = child::task() else { return };
    let mut store = SqliteStore::open(file).unwrap();
    match what.as_str() {
        "batches" => {
            for batch in batches::last(&store) + 1.. {
                assert_eq!(batches::commit(&mut store, batch).unwrap(), Commit::Applied);
                child::say(batch);
            }
        }
        "count" => (0..number).for_each(|n| count_up(&mut store, n)),
        // a counter of all, and the one of this process
        "count for ever" => {
            for step in 1.. {
                add_one(&mut store, &[key(0), key(number)]);
                child::say(step);
            }
        }
        _ => panic!("no such task: {what}"),
    }
}

/// What was told to be applied is there after the process was killed, and every batch is whole.
#[test]
fn killed_at_any_moment_nothing_applied_is_lost() {
    let kills = child::number("ENTRENOUS_KILLS", 20);
    let (folder, mut rng) = (Folder::new(), ScriptedRng::new(1));
    let mut applied = 0;
    for kill in 0..kills {
        let running = start("batches", &folder.file(), 0);
        // at its first words now and then, so that opening and the recovery of the log are hit as well
        let mut told = match kill % 5 {
            0 => Vec::new(),
            _ => vec![running.next()],
        };
        thread::sleep(Duration::from_micros(rng.random_range(0..30_000)));
        told.extend(running.kill());
        let before = applied;
        for batch in told {
            let batch = batch.parse().unwrap();
            assert!(batch > applied, "after {applied} came {batch}");
            applied = batch;
        }
        let store = folder.open();
        let last = batches::last(&store);
        // one more may have been applied and not told
        assert!(last == applied || last == applied + 1, "killed after {applied}, found {last}");
        assert!(last >= before);
        store.check().unwrap();
        applied = last;
    }
    println!("{applied} batches, {kills} kills");
    assert!(applied >= kills / 2);
}

const COUNTERS: u64 = 3;

/// Adds one to two of the counters at once.
fn count_up(store: &mut SqliteStore, n: u64) {
    add_one(store, &[key(n % COUNTERS), key((n + 1) % COUNTERS)]);
}

fn count_of(found: Option<&Record>) -> u64 {
    found.map_or(0, |found| u64::from_be_bytes(found.bytes[..].try_into().unwrap()))
}

/// Adds one to each of the counters at once, however often another process is faster.
fn add_one(store: &mut SqliteStore, keys: &[RecordKey]) {
    loop {
        let mut changes = Changes::new();
        for (key, found) in keys.iter().zip(store.load(keys).unwrap()) {
            let count = count_of(found.as_ref());
            let next = record(count + 1, &(count + 1).to_be_bytes());
            changes.set(
                *key,
                Change { expected: found.map(|found| found.generation), action: Action::Put(next) },
            );
        }
        match store.commit(&changes) {
            Ok(Commit::Applied) => return,
            Ok(Commit::Conflict) | Err(Error::Busy) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn four_processes_lose_no_step() {
    let increments = child::number("ENTRENOUS_INCREMENTS", 30) / COUNTERS * COUNTERS;
    let folder = Folder::new();
    let running: Vec<_> = (0..4).map(|_| start("count", &folder.file(), increments)).collect();
    running.into_iter().for_each(|running| drop(running.finish()));
    let store = folder.open();
    let total = 4 * 2 * increments / COUNTERS;
    for n in 0..COUNTERS {
        assert_eq!(store.load(&[key(n)]).unwrap(), [Some(record(total, &total.to_be_bytes()))]);
    }
    store.check().unwrap();
}

/// One of four is killed at random, and another takes its place, while the other three go on: the counter of all is the sum
/// of those of each, and each process has counted what it said, and one more at most.
#[test]
fn one_of_four_is_killed_and_the_others_lose_no_step() {
    let kills = child::number("ENTRENOUS_KILLS", 12);
    let (folder, mut rng) = (Folder::new(), ScriptedRng::new(2));
    let begin = |name| (name, start("count for ever", &folder.file(), name));
    let mut running: Vec<_> = (1..=4).map(begin).collect();
    let mut told = BTreeMap::new();
    for kill in 1..=kills {
        // now and then at its first words, so that opening beside others is hit as well
        for (name, process) in running.iter().filter(|_| kill % 4 > 0) {
            // what they have said up to the last kill says nothing of how they go on
            process.said().iter().chain([&process.next()]).for_each(|step| note(&mut told, *name, step));
        }
        thread::sleep(Duration::from_micros(rng.random_range(0..30_000)));
        let (name, killed) = running.swap_remove(rng.random_range(0..running.len()));
        killed.kill().iter().for_each(|step| note(&mut told, name, step));
        assert_counted(&folder.open(), kill + 3, name, &told);
        running.push(begin(kill + 4));
    }
    for (name, process) in running {
        process.kill().iter().for_each(|step| note(&mut told, name, step));
    }
    let store = folder.open();
    store.check().unwrap();
    (1..=kills + 4).for_each(|name| assert_counted(&store, kills + 4, name, &told));
    println!("{kills} kills, {} steps", told.values().sum::<u64>());
}

/// The process has said that it has made this step.
fn note(told: &mut BTreeMap<u64, u64>, name: u64, step: &str) {
    let step = step.parse().unwrap();
    let before = told.insert(name, step).unwrap_or(0);
    assert_eq!(step, before + 1, "process {name}");
}

/// The counter of all is the sum of those of all processes up to `last`; that of `ended`, which is no more, is what it said, or
/// one more.
fn assert_counted(store: &SqliteStore, last: u64, ended: u64, told: &BTreeMap<u64, u64>) {
    let keys: Vec<_> = (0..=last).map(key).collect();
    let counts: Vec<_> = store.load(&keys).unwrap().iter().map(|found| count_of(found.as_ref())).collect();
    assert_eq!(counts[0], counts[1..].iter().sum::<u64>(), "{counts:?}");
    let count = counts[usize::try_from(ended).unwrap()];
    let said = told.get(&ended).copied().unwrap_or(0);
    assert!(count == said || count == said + 1, "process {ended} said {said}, and has counted {count}");
}

/// What a power cut leaves: the main file, and the log up to some byte. Every start of the log is some number of
/// whole batches, and more of it is never less.
#[test]
fn a_torn_log_holds_whole_batches() {
    let folder = Folder::new();
    let mut store = folder.open();
    for batch in 1..=3 {
        assert_eq!(batches::commit(&mut store, batch).unwrap(), Commit::Applied);
    }
    store.checkpoint().unwrap();
    for batch in 4..=12 {
        assert_eq!(batches::commit(&mut store, batch).unwrap(), Commit::Applied);
    }
    let log = fs::read(folder.private().join("store.db-wal")).unwrap();
    let main = fs::read(folder.file()).unwrap();
    let mut before = 3;
    let mut seen = vec![];
    for length in (0..=log.len()).step_by(15_013).chain([log.len()]) {
        let last = batches::last(&cut_off(&main, &log[..length]).open());
        assert!(last >= before, "{last} after {before}");
        before = last;
        seen.push(last);
        // what was being written over: noise in the place of the rest
        let mut torn = log.clone();
        torn[length..].iter_mut().zip(0u8..255).for_each(|(byte, noise)| *byte ^= noise | 1);
        assert_eq!(batches::last(&cut_off(&main, &torn).open()), last);
    }
    seen.dedup();
    assert_eq!(seen, (3..=12).collect::<Vec<_>>());
}

/// A folder as a crash leaves it.
fn cut_off(main: &[u8], log: &[u8]) -> Folder {
    let folder = Folder::new();
    folder.put(main);
    fs::write(folder.private().join("store.db-wal"), log).unwrap();
    folder
}
