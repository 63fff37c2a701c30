//! Accounts that are made once for all inputs: that takes longer than most of what is done with them.

use std::{cell::RefCell, collections::BTreeMap};

use entrenous::{Client, MemoryStore, Upload};

use crate::person::{Clock, Person, ScriptedEnv, store_key};

thread_local! {
    static MADE: RefCell<BTreeMap<u64, (MemoryStore, Upload)>> = const { RefCell::new(BTreeMap::new()) };
}

/// The account of `seed` on a disk of its own, in a process that has just begun, on a clock that shows day 20,000.
pub(super) fn account(seed: u64, clock: &Clock) -> (Person, MemoryStore) {
    MADE.with_borrow_mut(|made| {
        let (disk, upload) = made.entry(seed).or_insert_with(|| {
            let disk = MemoryStore::new();
            let person = Person::create(disk.clone(), seed, &Clock::at_day(20_000)).expect("scripted");
            (disk, person.upload)
        });
        let disk = disk.copy();
        let env = ScriptedEnv::new(seed << 32, clock);
        let client = Client::open(disk.clone(), &store_key(), env).expect("an account");
        (Person { client, upload: upload.clone(), recovery_code: None }, disk)
    })
}
