//! What an opening comes to, once it is committed.

use alloc::vec::Vec;

use entrenous_wire::{Malformed, frame::Frame};

use crate::{
    BlockId, EndedEpoch, SkippedBlock,
    skipped::{SkipPlan, WorkingSet},
};

/// A message that was opened and committed.
#[derive(Debug)]
pub struct Committed<'o> {
    /// The frame; or, where the peer sealed something that is none, what was wrong with it: its key is consumed
    /// all the same.
    pub frame: Result<Frame<'o>, Malformed>,
    /// What the application or the status should know.
    pub report: Report,
    /// What changed in the skipped-key records, to be stored in one commit with the session.
    pub records: RecordChanges,
}

impl<'o> Committed<'o> {
    pub(crate) fn new(plaintext: &'o [u8], report: Report, plan: SkipPlan, working: WorkingSet) -> Self {
        let (put, emptied) = working.finish();
        let mut remove = plan.removed;
        remove.extend(emptied);
        // a record that was lost may have been begun anew
        remove.retain(|id| put.iter().all(|block| block.id() != *id));
        // spec: RATCHET-28
        Self { frame: Frame::parse(plaintext), report, records: RecordChanges { put, remove } }
    }
}

/// What an opening tells besides the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The message began a new chain of the peer: the first of the session, or an answer to our newest one.
    pub new_chain: bool,
    /// The peer's new chain counts fewer messages in its former one than we have read: it was restored from
    /// an older state, or somebody runs a copy of it.
    pub clone_suspected: bool,
    /// Messages that can't be opened any more, should they come: their keys were dropped for a limit.
    pub lost_keys: u32,
    /// A post-quantum epoch that is over on both sides with this message.
    pub ended_epoch: Option<EndedEpoch>,
}

/// Skipped-key records to write and to remove.
#[derive(Debug, Default)]
pub struct RecordChanges {
    /// To be written, each in the place of its former content.
    pub put: Vec<SkippedBlock>,
    /// To be removed.
    pub remove: Vec<BlockId>,
}
