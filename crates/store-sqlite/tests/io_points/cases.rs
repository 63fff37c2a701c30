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

pub(crate) fn together(changes: impl IntoIterator<Item = Changes>) -> Changes {
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

/// What lies in the log, once it has been committed to a file that is filled.
fn going_on() -> Vec<Changes> {
    vec![together([step(0, 1, 2), step(3, 1, 2), step(5, 1, 0)]), together([step(0, 2, 3), step(7, 1, 2)])]
}

fn fill_and_go_on(machine: &Machine, store: &mut SqliteStore) {
    fill(machine, store);
    store.checkpoint().unwrap();
    going_on().iter().for_each(|changes| apply(store, changes));
}

/// Commits after which the log is so long that the next one is the last before it is moved to the main file.
fn filling_the_log(filled: &Contents) -> Vec<Changes> {
    let machine = Machine::new();
    machine.disk.put(filled);
    let mut store = machine.open().unwrap();
    let mut commits = Vec::new();
    // a page of 4096 bytes has a header of 24 there; it is moved with 1024 of them, and a commit is ten at most
    while machine.log_bytes() < (1024 - 12) * 4120 {
        let version = commits.len() as u64 + 1;
        commits.push(together([step(0, version, version + 1), step(3, version, version + 1)]));
        apply(&mut store, &commits[commits.len() - 1]);
    }
    commits
}

fn keep(expected: Option<u64>) -> Change {
    Change { expected: expected.and_then(Generation::new), action: Action::Keep }
}

pub(crate) fn cases() -> Vec<Case> {
    let new = || Machine::new().disk.contents();
    let filled = Machine::prepared(fill, true);
    let logged = Machine::prepared(fill_and_go_on, false);
    let to_the_brim = filling_the_log(&filled);
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
    let one_too_many = || together([step(FILLED, 0, 1), change(FILLED + 1, 0, 1, 48_000)]);
    let moved = to_the_brim.iter().cloned().chain([one_too_many()]).collect();
    vec![
        case("open a new file", &new(), Deed::Open),
        case("open", &filled, Deed::Open),
        case("open with a log", &logged, Deed::Open),
        case("load", &filled, Deed::Load),
        Case { prelude: going_on(), ..case("load from the log", &filled, Deed::Load) },
        case("commit one", &filled, Deed::Commit(small())),
        case("commit many", &filled, Deed::Commit(many())),
        Case { prelude: vec![small()], ..case("commit again", &filled, Deed::Commit(many())) },
        Case { beside: true, ..case("commit beside another", &filled, Deed::Commit(many())) },
        case("compare", &filled, Deed::Commit(compared())),
        case("commit in vain", &filled, Deed::Commit(refused())),
        Case {
            prelude: to_the_brim,
            ..case("commit and move the log", &filled, Deed::Commit(one_too_many()))
        },
        Case { prelude: moved, ..case("commit after that", &filled, Deed::Commit(step(FILLED, 1, 2))) },
        Case {
            prelude: going_on(),
            long_log: true,
            ..case("commit to a long log", &filled, Deed::Commit(small()))
        },
        Case { prelude: going_on(), ..case("checkpoint", &filled, Deed::Checkpoint) },
        Case {
            prelude: going_on(),
            beside: true,
            ..case("checkpoint beside another", &filled, Deed::Checkpoint)
        },
        Case {
            prelude: vec![together((3..FILLED).map(|n| step(n, 1, 0)))],
            ..case("compact", &filled, Deed::Compact)
        },
        Case { prelude: going_on(), ..case("check", &filled, Deed::Check) },
        Case { prelude: vec![many()], ..case("close", &filled, Deed::Close) },
    ]
}
