//! Ending the keys of who lost access.

use entrenous_identity::Timestamp;
use entrenous_wire::records::BLOCK;

use super::{ReceivingKey, RecordChanges, kdf::chain_step};

/// Blocks of 64 iterations that still open after a key was closed: as many messages of a sender as are parked (256)
/// fit in whatever number the last one has.
pub const CLOSED_BLOCKS: u32 = 5;

/// For how long they do: as long as a message is parked. 7 days.
pub const CLOSED_MS: u64 = 7 * 86_400_000;

impl ReceivingKey {
    /// The sender has lost access, as this device learns `now`. What is beyond the last iteration seen is refused
    /// for ever; what is missing before it, of the last [`CLOSED_BLOCKS`] blocks, still opens for [`CLOSED_MS`]:
    /// a sender can leave gaps on purpose and fill them when it is out.
    ///
    /// `parked` is the highest iteration of the key's messages that this device has opened and parked (GROUP-160)
    /// before it knew. Closing again changes nothing. Costs at most 4,096 chain steps.
    #[must_use = "the records are removed in the same commit"]
    pub fn close(&mut self, parked: Option<u32>, now: Timestamp) -> RecordChanges {
        if self.closed.is_some() {
            return RecordChanges::default();
        }
        // the record has no other way to say that there is none
        self.closed = Some(now.max(Timestamp::from_ms(1)));
        // spec: GROUP-150
        let seen = parked.map_or(0, |n| n.saturating_add(1));
        self.end_at(seen.max(self.next));
        // spec: GROUP-152
        self.forget_below(self.end.div_ceil(BLOCK).saturating_sub(CLOSED_BLOCKS))
    }

    /// If the key was closed [`CLOSED_MS`] ago, ends it with what was opened. Clocks jump both ways: what was closed in
    /// the future was so as long ago as it is ahead.
    #[must_use = "the records are removed in the same commit"]
    pub fn expire(&mut self, now: Timestamp) -> RecordChanges {
        // spec: GROUP-153
        let age = self.closed.map(|at| now.as_ms().abs_diff(at.as_ms()));
        if age.is_none_or(|age| age < CLOSED_MS) {
            return RecordChanges::default();
        }
        self.end_at(self.next);
        self.forget_below(self.end.div_ceil(BLOCK))
    }

    /// Gives up all keys of the blocks before `block`.
    fn forget_below(&mut self, block: u32) -> RecordChanges {
        while self.next < block * BLOCK {
            let Some(chain) = &self.chain else { break };
            self.chain = Some(chain_step(chain).0);
            self.next += 1;
        }
        let remove: alloc::vec::Vec<u32> =
            (0..block).filter(|number| self.present.block(*number) != 0).collect();
        for number in &remove {
            self.present.set_block(*number, 0);
        }
        RecordChanges { remove, ..RecordChanges::default() }
    }
}
