//! A log that is read and is not durable, and no room to make it so.

use entrenous::store::{Commit, Store};
use entrenous_disk::{Fault, Keep, Point, Span};
use entrenous_store_sqlite::{Error, SqliteStore};

use crate::{
    cases::step,
    machine::{Machine, after, state},
};

/// Lets the sync of a commit to the first record fail, and ends the process: the commit is in the log and not durable.
fn fail_to_sync(machine: &Machine, store: &mut SqliteStore) {
    for occasion in 0.. {
        let version = state(store).unwrap()[0].as_ref().unwrap().generation.get();
        machine.disk.arm(Fault::Fail(Span::Lasting), occasion);
        let done = store.commit(&step(0, version, version + 1));
        if machine.disk.struck() == Some(Point::Sync) {
            assert!(done.is_err(), "{done:?}");
            return;
        }
        machine.disk.repair();
    }
}

#[test]
fn nothing_is_built_upon_a_log_that_there_is_no_room_to_make_durable() {
    let machine = Machine::new();
    let mut store = machine.open().unwrap();
    assert_eq!(store.commit(&step(0, 0, 1)).unwrap(), Commit::Applied);
    let before = state(&store).unwrap();
    fail_to_sync(&machine, &mut store);
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
