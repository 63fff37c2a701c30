//! What one commit does.

use std::collections::{BTreeMap, btree_map};

use super::{Generation, Record, RecordKey};

/// What a step changes, and everything it relied on: each record once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(BTreeMap<RecordKey, Change>);

/// What becomes of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The generation that the record must have for the commit to be applied; none: there must be no record.
    pub expected: Option<Generation>,
    /// What to do with it.
    pub action: Action,
}

/// What to do with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: the step has read it and relies on it.
    Keep,
    /// Write it, in the place of what was there.
    Put(Record),
    /// Remove it, which is nothing to do when none is expected; in a way that leaves nothing to be read from the disk as far as the database can see to it.
    Remove,
}

impl Changes {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what becomes of the record of `key`.
    pub fn set(&mut self, key: RecordKey, change: Change) {
        self.0.insert(key, change);
    }

    /// What becomes of the record of `key`, if it is of concern.
    pub fn get(&self, key: &RecordKey) -> Option<&Change> {
        self.0.get(key)
    }

    /// The changes, by ascending key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&RecordKey, &Change)> {
        self.0.iter()
    }

    /// Whether nothing is read and nothing written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anything is written: if not, a commit only compares.
    pub fn writes(&self) -> bool {
        self.0.values().any(|change| change.action != Action::Keep)
    }
}

impl<'a> IntoIterator for &'a Changes {
    type Item = (&'a RecordKey, &'a Change);
    type IntoIter = btree_map::Iter<'a, RecordKey, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<(RecordKey, Change)> for Changes {
    fn from_iter<I: IntoIterator<Item = (RecordKey, Change)>>(changes: I) -> Self {
        Self(changes.into_iter().collect())
    }
}
