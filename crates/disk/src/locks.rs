//! Who holds a file, and who a part of the index: as SQLite on Unix has it between processes.

use core::ffi::c_int;
use std::collections::BTreeMap;

use rusqlite::ffi::{SQLITE_LOCK_NONE, SQLITE_LOCK_PENDING, SQLITE_LOCK_RESERVED, SQLITE_LOCK_SHARED};

/// The lock of a file by each handle.
#[derive(Debug, Default)]
pub(crate) struct Locks(BTreeMap<u64, c_int>);

impl Locks {
    fn others(&self, handle: u64) -> c_int {
        let others = self.0.iter().filter(|(other, _)| **other != handle);
        others.map(|(_, level)| *level).max().unwrap_or(SQLITE_LOCK_NONE)
    }

    /// Raises the lock of `handle`; false where others are in the way.
    pub(crate) fn raise(&mut self, handle: u64, to: c_int) -> bool {
        let (others, own) = (self.others(handle), self.0.entry(handle).or_insert(SQLITE_LOCK_NONE));
        if *own >= to {
            return true;
        }
        let free = match to {
            SQLITE_LOCK_SHARED => others < SQLITE_LOCK_PENDING,
            SQLITE_LOCK_RESERVED => others < SQLITE_LOCK_RESERVED,
            // nobody new comes in while the last readers leave
            _ if others < SQLITE_LOCK_RESERVED => {
                *own = SQLITE_LOCK_PENDING;
                others < SQLITE_LOCK_SHARED
            }
            _ => false,
        };
        if free {
            *own = to;
        }
        free
    }

    pub(crate) fn lower(&mut self, handle: u64, to: c_int) {
        match to {
            SQLITE_LOCK_NONE => drop(self.0.remove(&handle)),
            _ => drop(self.0.insert(handle, to)),
        }
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.0.values().any(|level| *level >= SQLITE_LOCK_RESERVED)
    }
}

/// The locks of an index by each handle, a bit for each place.
#[derive(Debug, Default)]
pub(crate) struct IndexLocks(BTreeMap<u64, Held>);

#[derive(Clone, Copy, Debug, Default)]
struct Held {
    shared: u8,
    exclusive: u8,
}

impl IndexLocks {
    /// Locks `places`; false where others are in the way.
    pub(crate) fn lock(&mut self, handle: u64, places: u8, exclusive: bool) -> bool {
        let against = |held: &Held| held.exclusive | if exclusive { held.shared } else { 0 };
        let free = self.0.iter().all(|(other, held)| *other == handle || against(held) & places == 0);
        if free {
            let held = self.0.entry(handle).or_default();
            *(if exclusive { &mut held.exclusive } else { &mut held.shared }) |= places;
        }
        free
    }

    pub(crate) fn unlock(&mut self, handle: u64, places: u8) {
        let held = self.0.entry(handle).or_default();
        held.shared &= !places;
        held.exclusive &= !places;
    }

    pub(crate) fn leave(&mut self, handle: u64) {
        self.0.remove(&handle);
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi::SQLITE_LOCK_EXCLUSIVE;

    use super::*;

    #[test]
    fn one_writes_and_then_nobody_reads() {
        let mut locks = Locks::default();
        assert!(locks.raise(1, SQLITE_LOCK_SHARED) && locks.raise(2, SQLITE_LOCK_SHARED));
        assert!(locks.raise(1, SQLITE_LOCK_RESERVED) && !locks.raise(2, SQLITE_LOCK_RESERVED));
        assert!(locks.is_reserved());
        assert!(!locks.raise(1, SQLITE_LOCK_EXCLUSIVE), "a reader is left");
        assert!(!locks.raise(3, SQLITE_LOCK_SHARED), "and no new one comes");
        locks.lower(2, SQLITE_LOCK_NONE);
        assert!(locks.raise(1, SQLITE_LOCK_EXCLUSIVE));
        locks.lower(1, SQLITE_LOCK_SHARED);
        assert!(locks.raise(3, SQLITE_LOCK_SHARED));
    }

    #[test]
    fn places_of_an_index_are_apart() {
        let mut locks = IndexLocks::default();
        assert!(locks.lock(1, 0b1, true) && !locks.lock(2, 0b1, false) && locks.lock(2, 0b10, true));
        locks.unlock(1, 0b1);
        assert!(locks.lock(2, 0b1, false) && locks.lock(1, 0b1, false) && !locks.lock(1, 0b1, true));
        locks.leave(2);
        assert!(locks.lock(1, 0b1, true));
    }
}
