//! What an operation has been given from the store, and what is remembered of it for the next one.
//!
//! A client that is open remembers what its last operations read and wrote again and again, opened: the next one
//! needs neither load nor open it. Every commit compares what was relied on, remembered or loaded, so that a record
//! that somebody else has changed since is a conflict, at which everything is forgotten and loaded anew.

use core::{any::Any, cell::OnceCell, fmt};
use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::Stored;
use crate::{
    Error,
    store::{Action, Changes, Generation, Record, RecordKey},
    vault::{OVERHEAD, Vault},
};

/// Bytes of opened records that are remembered, at most.
const MAX_REMEMBERED: usize = 8 << 20;

/// What an operation has been given from the store so far.
#[derive(Debug, Default)]
pub struct Records {
    loaded: BTreeMap<RecordKey, Loaded>,
    /// From the operations before.
    remembered: BTreeMap<RecordKey, Loaded>,
}

/// A record, or that there is none. What may be missing is behind a pointer: the empty room of an enum would take what
/// was on the stack before, which may be a key, to the heap.
pub(super) struct Loaded {
    /// Of the record, if there is one.
    generation: Option<Generation>,
    /// As the store has them; none if it was written just now.
    sealed: Vec<u8>,
    /// What is in it, opened once for all runs.
    opened: OnceCell<Box<Opened>>,
    /// The same, read.
    read: OnceCell<Box<dyn Any + Send>>,
}

/// What is in a record.
struct Opened {
    format: u8,
    bytes: Zeroizing<Vec<u8>>,
}

impl Loaded {
    /// That there is none.
    pub(super) const fn nothing() -> Self {
        Self { generation: None, sealed: Vec::new(), opened: OnceCell::new(), read: OnceCell::new() }
    }

    /// What the store has.
    fn stored(record: Option<Record>) -> Self {
        match record {
            Some(Record { generation, bytes }) => {
                Self { generation: Some(generation), sealed: bytes, ..Self::nothing() }
            }
            None => Self::nothing(),
        }
    }

    /// One that was written just now.
    pub(super) fn written(generation: Generation, format: u8, bytes: Zeroizing<Vec<u8>>) -> Self {
        let opened = OnceCell::from(Box::new(Opened { format, bytes }));
        Self { generation: Some(generation), opened, ..Self::nothing() }
    }

    /// The format and the rest; none when there is no record.
    pub(super) fn open(&self, key: &RecordKey, vault: &Vault) -> Result<Option<(u8, &[u8])>, Error> {
        let Some(generation) = self.generation else { return Ok(None) };
        if self.opened.get().is_none() {
            let (format, bytes) = vault.open(key, generation, &self.sealed)?;
            // nobody else sets it: a run is on one thread
            let _ = self.opened.set(Box::new(Opened { format, bytes }));
        }
        Ok(self.opened.get().map(|opened| (opened.format, opened.bytes.as_slice())))
    }

    /// Reads its `bytes`, in the present format: once, where a copy will do.
    pub(super) fn read<T: Stored>(&self, bytes: &[u8]) -> Result<T, Error> {
        if let Some(copy) = self.read.get().and_then(|read| read.downcast_ref().and_then(T::copy)) {
            return Ok(copy);
        }
        let record = T::from_bytes(bytes)?;
        if let Some(copy) = record.copy() {
            // nobody else sets it: a run is on one thread
            let _ = self.read.set(Box::new(copy));
        }
        Ok(record)
    }

    /// Length of what is in it, in bytes.
    pub(super) fn len(&self) -> usize {
        match self.opened.get() {
            Some(opened) => opened.bytes.len(),
            None => self.sealed.len().saturating_sub(OVERHEAD),
        }
    }

    pub(super) fn generation(&self) -> Option<Generation> {
        self.generation
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loaded({:?}, {} bytes)", self.generation(), self.len())
    }
}

impl Records {
    /// None yet: an operation says what it needs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the store has under `key`. Records that are loaded together must be as they were at one moment;
    /// whether all that were loaded belong together is compared at the commit.
    pub fn insert(&mut self, key: RecordKey, record: Option<Record>) {
        self.loaded.insert(key, Loaded::stored(record));
    }

    pub(super) fn get(&self, key: &RecordKey) -> Option<&Loaded> {
        self.loaded.get(key).or_else(|| self.remembered.get(key))
    }

    /// Whether it is there, be it that there is none.
    pub(super) fn has(&self, key: &RecordKey) -> bool {
        self.get(key).is_some()
    }

    /// What is remembered once `changes` have been applied.
    // spec: CLIENT-6
    pub(crate) fn after(self, changes: &Changes, lasting: Lasting) -> Self {
        let Self { loaded, mut remembered } = self;
        let Lasting { habit, read, written } = lasting;
        let written: Vec<_> =
            written.into_iter().filter(|(key, _)| habit || remembered.contains_key(key)).collect();
        remembered.extend(loaded.into_iter().filter(|(key, _)| read.contains(key)));
        for (key, change) in changes {
            if change.action != Action::Keep {
                remembered.remove(key);
            }
        }
        remembered.extend(written);
        if remembered.values().map(Loaded::len).sum::<usize>() > MAX_REMEMBERED {
            remembered.clear();
        }
        Self { loaded: BTreeMap::new(), remembered }
    }
}

/// What an operation has to do with that others may have to do with as well.
#[derive(Debug, Default)]
pub(crate) struct Lasting {
    /// Whether the next of its kind will want the same.
    pub(super) habit: bool,
    /// What it has read, if so.
    pub(super) read: BTreeSet<RecordKey>,
    /// What it has written.
    pub(super) written: BTreeMap<RecordKey, Loaded>,
}
