//! Every operation of the store, each on a disk on which it has something to do.

use entrenous::store::{Action, Change, Changes, Commit, Generation, Record, Store};
use entrenous_disk::Contents;
use entrenous_store_sqlite::SqliteStore;

use crate::{
    common::{key, record},
    machine::{Machine, RECORDS},
};

/// What is done while something goes wrong.
pub(crate) enum Deed {
    Open,
    Load,
    Commit(Changes),
    Checkpoint,
    Compact,
    Check,
    Close,
}

/// A deed and how it comes to it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What is on the disk.
    pub(crate) contents: Contents,
    /// What the handle has committed before, while all was well.
    pub(crate) prelude: Vec<Changes>,
    pub(crate) deed: Deed,
    /// Whether another handle is open, which has read something.
    pub(crate) beside: bool,
    pub(crate) long_log: bool,
}

/// The bytes of version `generation` of record `n`.
fn content(n: u64, generation: u64, length: usize) -> Record {
    record(generation, &(n << 32 | generation).to_be_bytes().repeat(length.div_ceil(8)))
}

/// The record's length, unless it is to have another: some lie within a page, some in several.
fn usual_length(n: u64) -> usize {
    [40, 700, 3_000, 9_000][usize::try_from(n % 4).unwrap()]
}

/// Puts version `to` in the place of version `from`; version 0 is none.
pub(crate) fn step(n: u64, from: u64, to: u64) -> Changes {
    change(n, from, to, usual_length(n))
}

fn change(n: u64, from: u64, to: u64, length: usize) -> Changes {
    let expected = (from > 0).then(|| Generation::new(from).unwrap());
    let action = if to > 0 { Action::Put(content(n, to, length)) } else { Action::Remove };
    Changes::from_iter([(key(n), Change { expected, action })])
}

fn together(changes: impl IntoIterator<Item = Changes>) -> Changes {
    let changes: Vec<_> = changes.into_iter().collect();
    changes.iter().flatten().map(|(key, change)| (*key, change.clone())).collect()
}

fn apply(store: &mut SqliteStore, changes: &Changes) {
    assert_eq!(store.commit(changes).unwrap(), Commit::Applied);
}

/// The last record is for what is committed afterwards.
const FILLED: u64 = RECORDS - 10;

fn fill(_: &Machine, store: &mut SqliteStore) {
    apply(store, &together((0..FILLED).map(|n| step(n, 0, 1))));
}

/// Some of it in the log alone.
fn fill_and_go_on(machine: &Machine, store: &mut SqliteStore) {
    fill(machine, store);
    store.checkpoint().unwrap();
    apply(store, &together([step(0, 1, 2), step(3, 1, 2), step(5, 1, 0)]));
    apply(store, &together([step(0, 2, 3), step(7, 1, 2)]));
}

/// A log to which the next commit is the last before it is moved to the main file.
fn fill_the_log(machine: &Machine, store: &mut SqliteStore) {
    fill(machine, store);
    store.checkpoint().unwrap();
    // frames of a page of 4096 bytes and 24, and 1024 of them at most; a commit is 10 at most
    for version in 1.. {
        if machine.log_bytes() > (1024 - 12) * 4120 {
            break;
        }
        apply(store, &together([step(0, version, version + 1), step(3, version, version + 1)]));
    }
}

fn version_of_first(contents: &Contents) -> u64 {
    let machine = Machine::new();
    machine.disk.put(contents);
    let first = machine.open().unwrap().load(&[key(0)]).unwrap().remove(0);
    first.unwrap().generation.get()
}

fn keep(expected: Option<u64>) -> Change {
    Change { expected: expected.and_then(Generation::new), action: Action::Keep }
}

pub(crate) fn cases() -> Vec<Case> {
    let new = || Machine::new().disk.contents();
    let filled = Machine::prepared(fill, true);
    let logged = Machine::prepared(fill_and_go_on, false);
    let full = Machine::prepared(fill_the_log, false);
    let version = version_of_first(&full);
    let case = |name, contents: &Contents, deed| Case {
        name,
        contents: contents.clone(),
        prelude: Vec::new(),
        deed,
        beside: false,
        long_log: false,
    };
    let small = || step(FILLED, 0, 1);
    let many = || {
        let replaced = (0..10).map(|n| step(n, 1, 2));
        let removed = (10..16).map(|n| step(n, 1, 0));
        together(replaced.chain(removed).chain([change(FILLED, 0, 1, 60_000)]))
    };
    let compared = || Changes::from_iter([(key(1), keep(Some(1))), (key(FILLED), keep(None))]);
    let refused = || together([step(2, 1, 2), step(FILLED, 0, 1), step(4, 7, 8)]);
    let filling =
        || together([step(0, version, version + 1), step(FILLED, 0, 1), change(FILLED + 1, 0, 1, 48_000)]);
    vec![
        case("open a new file", &new(), Deed::Open),
        case("open", &filled, Deed::Open),
        case("open with a log", &logged, Deed::Open),
        case("load", &filled, Deed::Load),
        case("load from the log", &logged, Deed::Load),
        case("commit one", &filled, Deed::Commit(small())),
        case("commit many", &filled, Deed::Commit(many())),
        Case { prelude: vec![small()], ..case("commit again", &filled, Deed::Commit(many())) },
        Case { beside: true, ..case("commit beside another", &filled, Deed::Commit(many())) },
        case("commit to a log that was left", &logged, Deed::Commit(small())),
        case("compare", &filled, Deed::Commit(compared())),
        case("commit in vain", &filled, Deed::Commit(refused())),
        case("commit and move the log", &full, Deed::Commit(filling())),
        Case {
            prelude: vec![filling()],
            ..case("commit after the log was moved", &full, Deed::Commit(step(FILLED, 1, 2)))
        },
        Case { long_log: true, ..case("commit to a long log", &logged, Deed::Commit(small())) },
        case("checkpoint", &logged, Deed::Checkpoint),
        Case { beside: true, ..case("checkpoint beside another", &logged, Deed::Checkpoint) },
        Case {
            prelude: vec![together((3..FILLED).map(|n| step(n, 1, 0)))],
            ..case("compact", &filled, Deed::Compact)
        },
        case("check", &logged, Deed::Check),
        Case { prelude: vec![many()], ..case("close", &filled, Deed::Close) },
    ]
}
