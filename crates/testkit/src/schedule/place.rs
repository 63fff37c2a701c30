//! One end of a story: the account of what it may open, beside the real peer.

use std::collections::BTreeSet;

use crate::{
    oracle::{Name, Note, Oracle},
    peer::Stored,
};

use super::theft::Thief;

/// What the schedule knows about one end.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) oracle: Oracle,
    /// The message keys that opened something: none does twice.
    pub(super) opened: BTreeSet<(Name, u32)>,
    /// The chain of the newest message that left, and how many chains there were.
    pub(super) newest_chain: Option<Name>,
    pub(super) chains_left: u64,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) restored: bool,
    /// Copies that thieves have of it.
    pub(super) thieves: Vec<Thief>,
}

/// An older state of one end, with what the schedule knew then.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) stored: Stored,
    pub(super) oracle: Oracle,
    pub(super) opened: BTreeSet<(Name, u32)>,
    pub(super) chains_left: u64,
}

impl Place {
    pub(super) fn new(oracle: Oracle) -> Self {
        Self {
            oracle,
            opened: BTreeSet::new(),
            newest_chain: None,
            chains_left: 0,
            snapshots: Vec::new(),
            restored: false,
            thieves: Vec::new(),
        }
    }

    /// A message has left the device.
    pub(super) fn left(&mut self, note: &Note, after: Oracle) {
        if self.newest_chain.replace(note.chain) != Some(note.chain) {
            self.chains_left += 1;
        }
        self.oracle = after;
    }
}
