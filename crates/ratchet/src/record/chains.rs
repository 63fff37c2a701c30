//! The former chains of a session's record, and which skipped keys each of its chains has.
//!
//! ```text
//! old       header key 32 ‖ newest id − id 4 ‖ retired day 4, newest first
//! skipped   place, block and map of its keys; place 0 is the newest chain, then the old ones
//! ```

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use entrenous_identity::Day;
use entrenous_primitives::secret::Key;
use entrenous_wire::{
    Malformed, Reason,
    header::MAX_CHAIN,
    proto,
    records::{BLOCK, OLD_CHAIN_LEN},
};

use crate::{Session, session::OldChain, skipped::SkippedIndex};

impl Session {
    /// The former chains as the record has them. The record's message wipes them; at their full length at once, so that
    /// growing leaves no copies.
    pub(super) fn old_record(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(OLD_CHAIN_LEN * self.old.len());
        let newest = self.receiving.as_ref().map_or(0, |recv| recv.id);
        for OldChain { id, header, retired, skipped: _ } in self.old.iter().map(|old| &**old) {
            // a turn brings one chain, and one goes before there are 2^32 after it
            let before = u32::try_from(newest.saturating_sub(*id)).unwrap_or(u32::MAX);
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend_from_slice(&before.to_be_bytes());
            bytes.extend_from_slice(&retired.0.to_be_bytes());
        }
        bytes
    }

    /// Reads what [`Session::old_record`] wrote, without skipped keys. The strict decoding saw to it that there are whole
    /// chains, and not too many.
    pub(super) fn read_old(&self, record: &[u8]) -> Result<VecDeque<Box<OldChain>>, Malformed> {
        let newest = self.receiving.as_ref().map_or(0, |recv| recv.id);
        let (chains, _) = record.as_chunks::<OLD_CHAIN_LEN>();
        let read = |[header @ .., b0, b1, b2, b3, d0, d1, d2, d3]: &[u8; OLD_CHAIN_LEN]| {
            let before = u32::from_be_bytes([*b0, *b1, *b2, *b3]).into();
            let id = newest.checked_sub(before).ok_or(Malformed::new("session chains", Reason::Range))?;
            let retired = Day(u32::from_be_bytes([*d0, *d1, *d2, *d3]));
            let header = Key::from_bytes(header);
            Ok(Box::new(OldChain { id, header, retired, skipped: SkippedIndex::default() }))
        };
        chains.iter().map(read).collect()
    }

    pub(super) fn skipped_record(&self) -> Vec<proto::SkippedIndex> {
        let newest = self.receiving.iter().map(|recv| &recv.skipped);
        let indexes = (0..).zip(newest.chain(self.old.iter().map(|old| &old.skipped)));
        let blocks = indexes.flat_map(|(place, index)| index.blocks().map(move |block| (place, block)));
        blocks.map(|(place, (block, present))| proto::SkippedIndex { place, block, present }).collect()
    }

    /// Reads what [`Session::skipped_record`] wrote into the chains, which have none yet.
    pub(super) fn read_skipped(&mut self, record: &[proto::SkippedIndex]) -> Result<(), Malformed> {
        let Self { receiving, old, .. } = self;
        let newest = receiving.iter_mut().map(|recv| (recv.n, &mut recv.skipped));
        let old = old.iter_mut().map(|old| (MAX_CHAIN, &mut old.skipped));
        let mut of_all = record.chunk_by(|one, next| one.place == next.place).peekable();
        for (place, (end, index)) in (0..).zip(newest.chain(old)) {
            let Some(of_chain) = of_all.next_if(|of_chain| of_chain.iter().all(|of| of.place == place))
            else {
                continue;
            };
            *index = SkippedIndex::from_blocks(of_chain.iter().map(|of| (of.block, of.present)).collect());
            // spec: RATCHET-30
            let beyond = index.blocks().any(|(block, present)| {
                block.saturating_mul(BLOCK).saturating_add(u64::BITS - present.leading_zeros()) > end
            });
            if beyond {
                return Err(Malformed::new("skipped index", Reason::Range));
            }
        }
        // spec: RATCHET-30
        match of_all.next() {
            Some(_) => Err(Malformed::new("skipped index", Reason::Inconsistent)),
            None => Ok(()),
        }
    }
}
