//! Numbered batches, so that whoever opens the file sees which ones it holds, and whether as a whole.
#![allow(clippy::cast_possible_truncation, reason = "patterns of bytes, made of small numbers")]

use entrenous::store::{Action, Change, Changes, Commit, Generation, Record, Store};
use entrenous_store_sqlite::{Error, SqliteStore};

use super::{key, record};

/// Records that a batch makes, of different lengths.
const WIDTH: u64 = 5;

/// Batches that stay; each removes the one that is as much older.
pub(crate) const KEPT: u64 = 8;

/// The record that every batch replaces: its generation is the number of the last batch.
const HEAD: u64 = 0;

fn name(batch: u64, n: u64) -> u64 {
    1 + batch * WIDTH + n
}

fn content(batch: u64, n: u64) -> Record {
    let length = 200 + (batch * 389 + n * 811) as usize % 3900;
    record(batch, &(batch * 10 + n).to_be_bytes().repeat(length / 8))
}

fn put(expected: Option<u64>, record: Record) -> Change {
    Change { expected: expected.and_then(Generation::new), action: Action::Put(record) }
}

/// Commits batch number `batch`, from 1 on; the one before it must be the last.
pub(crate) fn commit(store: &mut SqliteStore, batch: u64) -> Result<Commit, Error> {
    let mut changes = Changes::new();
    changes.set(key(HEAD), put((batch > 1).then(|| batch - 1), content(batch, WIDTH)));
    for n in 0..WIDTH {
        changes.set(key(name(batch, n)), put(None, content(batch, n)));
        if let Some(old) = batch.checked_sub(KEPT).filter(|old| *old > 0) {
            let removal = Change { expected: Generation::new(old), action: Action::Remove };
            changes.set(key(name(old, n)), removal);
        }
    }
    store.commit(&changes)
}

/// The number of the last batch, 0 for none. Each batch has to be there as a whole or be gone as a whole.
pub(crate) fn last(store: &SqliteStore) -> u64 {
    let head = store.load(&[key(HEAD)]).unwrap().remove(0);
    let last = head.as_ref().map_or(0, |head| head.generation.get());
    assert_eq!(head, (last > 0).then(|| content(last, WIDTH)));
    let first = last.saturating_sub(2 * KEPT).max(1);
    for batch in first..=last + 2 {
        let keys: Vec<_> = (0..WIDTH).map(|n| key(name(batch, n))).collect();
        let there = batch <= last && batch + KEPT > last;
        let expected: Vec<_> = (0..WIDTH).map(|n| there.then(|| content(batch, n))).collect();
        assert_eq!(store.load(&keys).unwrap(), expected, "batch {batch} of {last}");
    }
    last
}
