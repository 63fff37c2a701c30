//! A store in memory, for tests and examples.

use core::convert::Infallible;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Action, Changes, Commit, Record, RecordKey, Store};

/// Keeps everything until the last handle is dropped. A clone is another handle on the same records, as a second
/// process would have it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<BTreeMap<RecordKey, Record>>>);

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store of its own with the same records: a backup, or the disk of a stolen device.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.records().clone())))
    }

    /// Puts the records of `copy` in the place of all that is here, as who restores a backup does.
    pub fn restore(&self, copy: &Self) {
        let records = copy.records().clone();
        *self.records() = records;
    }

    /// Every record, by its key.
    pub fn dump(&self) -> BTreeMap<RecordKey, Record> {
        self.records().clone()
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<RecordKey, Record>> {
        // a commit changes nothing before it has compared everything, and can't panic after
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Infallible> {
        let records = self.records();
        Ok(keys.iter().map(|key| records.get(key).cloned()).collect())
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Infallible> {
        let mut records = self.records();
        let as_expected = |(key, change): (&RecordKey, &super::Change)| {
            records.get(key).map(|record| record.generation) == change.expected
        };
        if !changes.iter().all(as_expected) {
            return Ok(Commit::Conflict);
        }
        for (key, change) in changes {
            match &change.action {
                Action::Keep => {}
                Action::Put(record) => drop(records.insert(*key, record.clone())),
                Action::Remove => drop(records.remove(key)),
            }
        }
        Ok(Commit::Applied)
    }
}
