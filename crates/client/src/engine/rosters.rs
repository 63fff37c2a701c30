//! Rosters that were read lately: to parse and judge some hundred entries for each message would cost more than all else.

use std::{collections::BTreeMap, sync::Arc};

use entrenous_group::{EntryHash, GroupId, roster::Roster};

use crate::store::Generation;

/// Rosters that are kept.
const MAX_ROSTERS: usize = 16;

/// A roster, and its entries in the order in which they are kept.
#[derive(Clone, Debug)]
pub(crate) struct ReadRoster {
    pub(crate) roster: Arc<Roster>,
    pub(crate) order: Vec<EntryHash>,
}

/// The rosters, each good for as long as the records that it was read from are as they were.
#[derive(Debug, Default)]
pub(crate) struct Rosters(BTreeMap<GroupId, (Vec<Generation>, ReadRoster)>);

impl Rosters {
    /// The roster that was read from records of these generations.
    pub(crate) fn get(&self, group: &GroupId, records: &[Generation]) -> Option<ReadRoster> {
        let (read_from, roster) = self.0.get(group)?;
        (read_from == records).then(|| roster.clone())
    }

    pub(crate) fn put(&mut self, group: GroupId, records: Vec<Generation>, roster: ReadRoster) {
        if self.0.len() >= MAX_ROSTERS {
            self.0.clear();
        }
        self.0.insert(group, (records, roster));
    }
}
