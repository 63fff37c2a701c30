//! What came by, so that a lie can be an earlier truth.

use std::collections::BTreeMap;

use entrenous::store::{Generation, Record, RecordKey};

use super::Fault;

/// Every version of every record that was seen.
#[derive(Debug, Default)]
pub(super) struct Memory {
    versions: BTreeMap<RecordKey, Vec<Record>>,
    current: BTreeMap<RecordKey, Record>,
}

impl Memory {
    /// Takes down what is there under `key` now.
    pub(super) fn note(&mut self, key: RecordKey, record: Option<&Record>) {
        let Some(record) = record else {
            self.current.remove(&key);
            return;
        };
        self.current.insert(key, record.clone());
        let versions = self.versions.entry(key).or_default();
        if !versions.contains(record) {
            versions.push(record.clone());
        }
    }

    /// What `fault` makes of the answer `found` for `key`; none where it can't make anything else of it.
    pub(super) fn tampered(
        &self,
        fault: Fault,
        key: RecordKey,
        found: Option<&Record>,
    ) -> Option<Option<Record>> {
        let versions = self.versions.get(&key).map_or(&[][..], Vec::as_slice);
        let tampered = match fault {
            Fault::FailLoad | Fault::FailCommit | Fault::FailAfterCommit | Fault::Conflict => return None,
            Fault::Swap => self.other(key, found?),
            Fault::Flip(byte) => change_bytes(found?, |bytes| {
                let at = byte.checked_rem(bytes.len())?;
                bytes.get_mut(at).map(|byte| *byte ^= 1)
            }),
            Fault::Truncate => change_bytes(found?, |bytes| bytes.pop().map(drop)),
            Fault::Generation => {
                let generation = Generation::new(found?.generation.get() + 1)?;
                Some(Record { generation, bytes: found?.bytes.clone() })
            }
            Fault::Rollback => versions.iter().rev().find(|version| Some(*version) != found).cloned(),
            Fault::Rebirth => versions.first().filter(|version| Some(*version) != found).cloned(),
            Fault::Lose => return found.map(|_| None),
        };
        tampered.map(Some)
    }

    /// The record of the next key that has another one, around at the end.
    fn other(&self, key: RecordKey, found: &Record) -> Option<Record> {
        let after = self.current.range(key..).chain(self.current.range(..key));
        after
            .filter(|(other, _)| **other != key)
            .map(|(_, record)| record)
            .find(|record| *record != found)
            .cloned()
    }
}

/// The record with other bytes, unless `change` has none to change.
fn change_bytes(record: &Record, change: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<Record> {
    let mut record = record.clone();
    change(&mut record.bytes)?;
    Some(record)
}
