//! Several handles on one place, in turn and at the same time.

use std::thread;

use entrenous::store::{Action, Change, Commit, RecordKey, Store};

use super::{Place, Property, Violation, apply, change, commit, ensure, expect, key, load, record};

pub(super) fn properties<P: Place>() -> Vec<Property<P>> {
    vec![
        Property { name: "a handle sees what another has committed", check: seen },
        Property { name: "of two that have read the same, one gets a conflict", check: in_turn },
        Property { name: "two that keep what the other writes are not both applied", check: skew },
        Property { name: "of many threads that count, none loses a step", check: counters },
        Property { name: "a record is read as a whole while it is written", check: whole },
    ]
}

const THREADS: u64 = 4;
const STEPS: u64 = 40;

fn seen<P: Place>(place: &P) -> Result<(), Violation> {
    let (mut first, mut second) = (place.open(), place.open());
    expect(&second, &[(key(1), None)])?;
    apply(&mut first, [(key(1), change(None, Action::Put(record(1, b"one"))))])?;
    expect(&second, &[(key(1), Some(record(1, b"one")))])?;
    apply(&mut second, [(key(1), change(Some(1), Action::Put(record(2, b"two"))))])?;
    expect(&first, &[(key(1), Some(record(2, b"two")))])?;
    apply(&mut first, [(key(1), change(Some(2), Action::Remove))])?;
    expect(&second, &[(key(1), None)])
}

fn in_turn<P: Place>(place: &P) -> Result<(), Violation> {
    let (mut first, mut second) = (place.open(), place.open());
    apply(&mut first, [(key(1), change(None, Action::Put(record(1, b"base"))))])?;
    for n in 1..6 {
        load(&first, &[key(1)])?;
        load(&second, &[key(1)])?;
        let next = |bytes: &[u8]| [(key(1), change(Some(n), Action::Put(record(n + 1, bytes))))];
        apply(&mut first, next(b"first"))?;
        let late = commit(&mut second, next(b"second"))?;
        ensure!(late == Commit::Conflict, "two commits were applied to one generation");
        expect(&second, &[(key(1), Some(record(n + 1, b"first")))])?;
        (first, second) = (second, first);
    }
    Ok(())
}

/// Each writes one record and relies on the other: whoever comes second relies on what is gone.
fn skew<P: Place>(place: &P) -> Result<(), Violation> {
    let (mut first, mut second) = (place.open(), place.open());
    apply(&mut first, [1, 2].map(|n| (key(n), change(None, Action::Put(record(1, b"base"))))))?;
    let write_one_keep = |written, kept| {
        [
            (key(written), change(Some(1), Action::Put(record(2, b"written")))),
            (key(kept), change(Some(1), Action::Keep)),
        ]
    };
    apply(&mut first, write_one_keep(1, 2))?;
    let late = commit(&mut second, write_one_keep(2, 1))?;
    ensure!(late == Commit::Conflict, "what was relied on had changed");
    expect(&second, &[(key(2), Some(record(1, b"base")))])
}

/// Conflicts in a row at which a store is taken to refuse for ever: others get through between any two.
const PATIENCE: u64 = THREADS * STEPS;

/// Adds one to each of `keys` in one commit, as often as it takes.
fn count_up<S: Store>(store: &mut S, keys: &[RecordKey]) -> Result<(), Violation> {
    for _ in 0..=PATIENCE {
        let found = load(store, keys)?;
        let mut changes = Vec::new();
        for (key, found) in keys.iter().zip(found) {
            let found = found.ok_or_else(|| Violation(format!("{key:?} is gone")))?;
            let n = found.generation.get();
            let bytes = (n + 1).to_be_bytes();
            let action = Action::Put(record(n + 1, bytes));
            changes.push((*key, Change { expected: Some(found.generation), action }));
        }
        if commit(store, changes)? == Commit::Applied {
            return Ok(());
        }
    }
    Err(Violation("conflicts only".into()))
}

/// All count on one record, and each pair of neighbours on one more.
fn counters<P: Place>(place: &P) -> Result<(), Violation> {
    apply(
        &mut place.open(),
        (0..=THREADS).map(|n| (key(n), change(None, Action::Put(record(0, 0u64.to_be_bytes()))))),
    )?;
    let outcomes: Vec<Result<(), Violation>> = thread::scope(|scope| {
        let run = |thread: u64| {
            let mut store = place.open();
            let keys = [key(THREADS), key(thread), key((thread + 1) % THREADS)];
            (0..STEPS).try_for_each(|_| count_up(&mut store, &keys))
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || run(thread))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a store does not panic")).collect()
    });
    outcomes.into_iter().collect::<Result<(), _>>()?;
    let count = |n: u64, total: u64| (key(n), Some(record(total, total.to_be_bytes())));
    let pairs = (0..THREADS).map(|n| count(n, 2 * STEPS));
    expect(&place.open(), &pairs.chain([count(THREADS, THREADS * STEPS)]).collect::<Vec<_>>())
}

/// One writes a record over and over, bytes and generation alike; the others never see them apart.
fn whole<P: Place>(place: &P) -> Result<(), Violation> {
    let bytes = |n: u64| n.to_be_bytes().repeat(1000);
    apply(&mut place.open(), [(key(1), change(None, Action::Put(record(0, bytes(0)))))])?;
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut store = place.open();
            (0..STEPS).try_for_each(|n| {
                apply(&mut store, [(key(1), change(Some(n), Action::Put(record(n + 1, bytes(n + 1)))))])
            })
        });
        let reader = place.open();
        let mut last = 0;
        while last < STEPS && !writer.is_finished() {
            let found = load(&reader, &[key(1)])?.into_iter().flatten().next();
            let found = found.ok_or_else(|| Violation("gone while it was written".into()))?;
            let n = found.generation.get();
            ensure!(found.bytes == bytes(n), "the generation of one writing, the bytes of another");
            ensure!(n >= last, "read {last}, and then {n}");
            last = n;
        }
        writer.join().expect("a store does not panic")
    })?;
    expect(&place.open(), &[(key(1), Some(record(STEPS, bytes(STEPS))))])
}
