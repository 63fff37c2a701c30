//! A log that is read and is not durable.

use entrenous::store::{Changes, Commit, Record, Store};
use entrenous_disk::{Fault, Keep, Point, Span};
use entrenous_store_sqlite::{Error, Renew, SqliteStore};

use crate::{
    cases::{step, together},
    machine::{Machine, State, after, state},
};

/// Lets the sync of a commit fail, which is in the log then and not durable. Looks for that from an occasion on, and gives it.
fn fail_to_sync(
    machine: &Machine,
    store: &mut SqliteStore,
    from: u64,
    changes: impl Fn(&State) -> Changes,
) -> u64 {
    for occasion in from.. {
        let changes = changes(&state(store).unwrap());
        machine.disk.arm(Fault::Fail(Span::Lasting), occasion);
        let done = store.commit(&changes);
        if machine.disk.struck() == Some(Point::Sync) {
            assert!(done.is_err(), "{done:?}");
            return occasion;
        }
        machine.disk.repair();
    }
    unreachable!("a commit syncs")
}

fn version(record: &Option<Record>) -> u64 {
    record.as_ref().map_or(0, |record| record.generation.get())
}

/// The next version of every record.
fn all(state: &State) -> Changes {
    let versions = state.iter().map(version);
    together((0..).zip(versions).map(|(n, version)| step(n, version, version + 1)))
}

/// How often half of a commit is left, when its sync has failed, the next process fails at some point of opening its log,
/// moving it and closing it, and the power fails then.
fn halves(renew: Renew) -> usize {
    let filled = Machine::prepared(
        |_, store| assert_eq!(store.commit(&all(&state(store).unwrap())).unwrap(), Commit::Applied),
        true,
    );
    let machine = Machine::new();
    let (mut halves, mut sync) = (0, 0);
    for seed in 0..4 {
        for occasion in 0.. {
            machine.disk.put(&filled);
            let mut store = machine.open_by(renew).unwrap();
            // the first sync of a new log is that of its head
            assert_eq!(store.commit(&step(0, 1, 2)).unwrap(), Commit::Applied);
            let before = state(&store).unwrap();
            let complete = after(&before, &all(&before));
            sync = fail_to_sync(&machine, &mut store, sync, all);
            drop(store);

            machine.disk.arm(Fault::Fail(Span::Lasting), occasion);
            drop(machine.open_by(renew).and_then(|mut store| store.checkpoint()));
            let struck = machine.disk.struck().is_some();
            machine.disk.power_cut(Keep::Some(seed));
            let left = machine.open_by(renew).and_then(|store| state(&store));
            halves += usize::from(!left.is_ok_and(|left| left == before || left == complete));
            if !struck {
                break;
            }
        }
    }
    halves
}

#[test]
fn a_log_in_doubt_leaves_no_half_of_a_commit() {
    assert_eq!(halves(entrenous_disk::renew), 0);
    assert!(halves(|_| Ok(())) > 0, "else this says nothing");
}

#[test]
fn nothing_is_built_upon_a_log_that_there_is_no_room_to_make_durable() {
    let machine = Machine::new();
    let mut store = machine.open().unwrap();
    assert_eq!(store.commit(&step(0, 0, 1)).unwrap(), Commit::Applied);
    let before = state(&store).unwrap();
    fail_to_sync(&machine, &mut store, 0, |state| step(0, version(&state[0]), version(&state[0]) + 1));
    drop(store);

    // the first thing that needs room is the index in memory, without which nothing is read
    machine.disk.arm(Fault::Full(Span::Lasting), 1);
    let mut store = machine.open().unwrap();
    let read = state(&store).unwrap();
    assert_ne!(read, before, "what is in doubt is read");
    assert!(matches!(store.commit(&step(1, 0, 1)), Err(Error::Full)));

    machine.disk.repair();
    assert_eq!(store.commit(&step(1, 0, 1)).unwrap(), Commit::Applied);
    let known = after(&read, &step(1, 0, 1));
    machine.kill(store, Keep::Nothing);
    assert!(state(&machine.open().unwrap()).unwrap() == known, "an applied commit is lost");
}
