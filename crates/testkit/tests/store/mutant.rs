//! A store in memory with one thing wrong.
#![allow(clippy::cast_possible_truncation, reason = "a number that rounds on purpose")]

use core::convert::Infallible;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use entrenous::store::{Action, Change, Changes, Commit, Generation, Record, RecordKey, Store};

use crate::sin::Sin;

type Records = BTreeMap<RecordKey, Record>;

/// Where a mutant keeps its records; the removed ones too, for those that confuse them.
pub(crate) struct Mutant {
    sin: Option<Sin>,
    shared: Arc<Mutex<Records>>,
    removed: Arc<Mutex<Records>>,
    /// What this handle has read.
    read: Mutex<BTreeMap<RecordKey, Option<Record>>>,
}

impl Mutant {
    pub(crate) fn new(sin: Option<Sin>) -> Self {
        Self { sin, shared: Arc::default(), removed: Arc::default(), read: Mutex::default() }
    }

    pub(crate) fn open(&self) -> Self {
        let mut handle = Self::new(self.sin);
        if !self.is(Sin::Forgets) {
            handle.shared = Arc::clone(&self.shared);
            handle.removed = Arc::clone(&self.removed);
        }
        handle
    }

    fn is(&self, sin: Sin) -> bool {
        self.sin == Some(sin)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.shared.lock().unwrap()
    }

    fn stored(&self, key: &RecordKey) -> RecordKey {
        let mut bytes = *key.as_bytes();
        if self.is(Sin::DropsTheLastByteOfKeys) {
            bytes[15] = 0;
        }
        if self.is(Sin::FoldsCase) {
            bytes.make_ascii_lowercase();
        }
        RecordKey::from_bytes(bytes)
    }

    fn read(&self, key: &RecordKey) -> Option<Record> {
        let key = self.stored(key);
        if self.is(Sin::RemembersWhatItRead) {
            return self
                .read
                .lock()
                .unwrap()
                .entry(key)
                .or_insert_with(|| self.records().get(&key).cloned())
                .clone();
        }
        self.records().get(&key).cloned()
    }

    fn is_as_expected(&self, records: &Records, key: &RecordKey, change: &Change) -> bool {
        let found = records.get(key).map(|record| record.generation.get());
        let expected = change.expected.map(Generation::get);
        if self.is(Sin::ForgetsKeep) && change.action == Action::Keep {
            return true;
        }
        match (expected, found) {
            (None, Some(_)) if self.is(Sin::ForgetsAbsent) => true,
            (None, None) => !(self.is(Sin::RefusesToRemoveAbsent) && change.action == Action::Remove),
            (Some(_), None) if self.is(Sin::TakesAbsentForExpected) => true,
            (Some(expected), None) if self.is(Sin::TakesRemovedForExpected) => self
                .removed
                .lock()
                .unwrap()
                .get(key)
                .is_some_and(|record| record.generation.get() == expected),
            (Some(expected), Some(found)) => match self.sin {
                Some(Sin::ForgetsGenerations) => true,
                Some(Sin::ComparesLaterOrEqual) => found >= expected,
                Some(Sin::Compares32Bits) => found & 0xffff_ffff == expected & 0xffff_ffff,
                _ => found == expected,
            },
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    fn write(&self, records: &mut Records, key: RecordKey, action: &Action) {
        match action {
            Action::Keep if self.is(Sin::KeepRemoves) => drop(records.remove(&key)),
            Action::Keep => {}
            Action::Remove if self.is(Sin::IgnoresRemovals) => {}
            Action::Remove if self.is(Sin::RemovesAll) => records.clear(),
            Action::Remove => {
                if let Some(record) = records.remove(&key) {
                    self.removed.lock().unwrap().insert(key, record);
                }
            }
            Action::Put(record) => {
                let record = self.misshape(record, records.get(&key));
                records.insert(key, record);
                if self.is(Sin::LosesEmptyRecords) {
                    records.retain(|_, record| !record.bytes.is_empty());
                }
            }
        }
    }

    fn misshape(&self, record: &Record, before: Option<&Record>) -> Record {
        let mut record = record.clone();
        match (self.sin, before) {
            (Some(Sin::KeepsTheOldGeneration), Some(before)) => record.generation = before.generation,
            (Some(Sin::KeepsTheOldBytes), Some(before)) => record.bytes.clone_from(&before.bytes),
            (Some(Sin::DoubleGenerations), _) => {
                let rounded = record.generation.get() as f64 as u64;
                record.generation = Generation::new(rounded.min((1 << 63) - 1)).unwrap();
            }
            (Some(Sin::LosesZeros), _) => {
                let end = record.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
                record.bytes.truncate(end);
            }
            (Some(Sin::CutsAtAMebibyte), _) => record.bytes.truncate(1 << 20),
            _ => {}
        }
        record
    }

    /// Which of the changes don't hold, of those that are looked at.
    fn wrong(&self, records: &Records, changes: &Changes) -> Vec<RecordKey> {
        let last = changes.iter().len().saturating_sub(1);
        (changes.iter().enumerate())
            .filter(|(at, _)| !(self.is(Sin::ComparesTheFirstOnly) && *at != 0))
            .filter(|(at, _)| !(self.is(Sin::ComparesTheLastOnly) && *at != last))
            .map(|(_, (key, change))| (self.stored(key), change))
            .filter(|(key, change)| !self.is_as_expected(records, key, change))
            .map(|(key, _)| key)
            .collect()
    }
}

impl Store for Mutant {
    type Error = Infallible;

    fn load(&self, keys: &[RecordKey]) -> Result<Vec<Option<Record>>, Infallible> {
        let mut keys = keys.to_vec();
        if self.is(Sin::SortsAnswers) {
            keys.sort();
        }
        if self.is(Sin::DropsRepeatedAnswers) {
            let mut seen = Vec::new();
            keys.retain(|key| {
                !seen.contains(key) && {
                    seen.push(*key);
                    true
                }
            });
        }
        let mut found: Vec<_> = keys.iter().map(|key| self.read(key)).collect();
        if self.is(Sin::LeavesOutAbsent) {
            found.retain(Option::is_some);
        }
        Ok(found)
    }

    fn commit(&mut self, changes: &Changes) -> Result<Commit, Infallible> {
        if self.is(Sin::TellsConflictForEmpty) && changes.is_empty() {
            return Ok(Commit::Conflict);
        }
        let mut records = self.records();
        let wrong = self.wrong(&records, changes);
        if self.is(Sin::LocksTwice) {
            drop(records);
            thread::yield_now();
            records = self.records();
        }
        let conflict = !wrong.is_empty();
        for (at, (key, change)) in changes.iter().enumerate() {
            let key = self.stored(key);
            let applied = match self.sin {
                Some(Sin::AppliesWhatComesBefore) => wrong.first().is_none_or(|first| key < *first),
                Some(Sin::AppliesWhatFits) => !wrong.contains(&key),
                Some(Sin::AppliesTheFirst500) => !conflict && at < 500,
                _ => !conflict,
            };
            if !applied {
                continue;
            }
            if self.is(Sin::WritesInTwoParts)
                && let (Action::Put(new), Some(record)) = (&change.action, records.get_mut(&key))
            {
                record.bytes.clone_from(&new.bytes);
                drop(records);
                thread::sleep(Duration::from_millis(1));
                records = self.records();
            }
            self.write(&mut records, key, &change.action);
        }
        let told = conflict && !self.is(Sin::TellsAppliedForConflict);
        Ok(if told { Commit::Conflict } else { Commit::Applied })
    }
}
