//! The two blobs of an epoch on their way: which shards were sent, and which have come.

use alloc::vec::Vec;

use entrenous_primitives::reed_solomon::{SHARD_LEN, SHARDS, reconstruct, shard};
use entrenous_wire::frame;

const _: () = assert!(SHARD_LEN == frame::SHARD_LEN, "the frame's shards are the code's");

/// A shard with its index.
pub(super) type IndexedShard = (u8, [u8; SHARD_LEN]);

/// A blob that this end sends. Not secret: who sees it all learns no more than the peer is to know.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) blob: Vec<u8>,
    /// Index of the next shard.
    pub(super) next: u8,
    /// The peer has said that it has the blob.
    pub(super) peer_has: bool,
}

impl Outgoing {
    pub(super) fn new(blob: Vec<u8>) -> Self {
        Self { blob, next: 0, peer_has: false }
    }

    /// Most shards that are sent between two receiving steps: twice those needed.
    pub(super) fn budget(&self) -> u8 {
        // spec: RATCHET-77
        let shards = self.blob.len() / SHARD_LEN;
        u8::try_from(2 * shards).unwrap_or(SHARDS)
    }

    /// Writes as many of the next shards as `out` has room for; gives the index of the first.
    pub(super) fn write(&self, out: &mut [u8]) -> u8 {
        let (shards, _) = out.as_chunks_mut();
        let mut index = self.next;
        for out in shards {
            *out = shard(&self.blob, index);
            index = after(index, 1);
        }
        self.next
    }

    /// Goes on after `count` shards.
    pub(super) fn advance(&mut self, count: u8) {
        self.next = after(self.next, count);
    }
}

/// The index `count` after `index`. There are 255.
fn after(index: u8, count: u8) -> u8 {
    // spec: RATCHET-76
    let index = (u16::from(index) + u16::from(count)) % u16::from(SHARDS);
    index.to_le_bytes()[0]
}

/// A blob that the peer sends: as many different shards as it needs, and no more.
#[derive(Debug)]
pub(super) struct Incoming {
    needed: usize,
    shards: Vec<IndexedShard>,
}

impl Incoming {
    /// Nothing yet, of a blob of `len` bytes.
    pub(super) fn new(len: usize) -> Self {
        Self { needed: len / SHARD_LEN, shards: Vec::new() }
    }

    /// What a record has of a blob of `len` bytes; none if there are too many shards, or one twice.
    pub(super) fn from_shards(len: usize, shards: Vec<IndexedShard>) -> Option<Self> {
        let needed = len / SHARD_LEN;
        let distinct = (1..).zip(&shards).all(|(next, (index, _))| {
            shards.iter().skip(next).all(|(other, _)| other != index) && *index < SHARDS
        });
        (distinct && shards.len() < needed).then_some(Self { needed, shards })
    }

    pub(super) fn shards(&self) -> &[IndexedShard] {
        &self.shards
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    /// Those of a run that are new and needed.
    pub(super) fn wanted(&self, run: &frame::Shards<'_>) -> Vec<IndexedShard> {
        let (shards, _) = run.bytes.as_chunks();
        let indices = (0..).map(|place| after(run.first, place));
        let is_new = |(index, _): &(u8, _)| self.shards.iter().all(|(known, _)| known != index);
        // spec: RATCHET-78
        let new = indices.zip(shards).filter(is_new).map(|(index, shard)| (index, *shard));
        new.take(self.needed - self.shards.len()).collect()
    }

    /// The blob, if `new` completes it.
    pub(super) fn completed_by(&self, new: &[IndexedShard]) -> Option<Vec<u8>> {
        if self.shards.len() + new.len() < self.needed {
            return None;
        }
        let all: Vec<&IndexedShard> = self.shards.iter().chain(new).collect();
        Some(reconstruct(all.iter().map(|(index, shard)| (*index, shard))))
    }

    pub(super) fn add(&mut self, new: Vec<IndexedShard>) {
        // its full length at once, so that the shards are copied once
        self.shards.reserve_exact(self.needed - self.shards.len());
        self.shards.extend(new);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn run(outgoing: &mut Outgoing, count: usize) -> (u8, Vec<u8>) {
        let mut bytes = vec![0; count * SHARD_LEN];
        let first = outgoing.write(&mut bytes);
        outgoing.advance(u8::try_from(count).unwrap());
        (first, bytes)
    }

    // spec: RATCHET-76, RATCHET-78
    #[test]
    fn runs_go_round_and_repeated_shards_count_once() {
        let blob: Vec<u8> = (0..5 * SHARD_LEN).map(|at| at.to_le_bytes()[0]).collect();
        let mut outgoing = Outgoing::new(blob.clone());
        outgoing.next = 253;
        let (first, bytes) = run(&mut outgoing, 4);
        assert_eq!((first, outgoing.next), (253, 2));

        let mut incoming = Incoming::new(blob.len());
        let sent = frame::Shards { first, bytes: &bytes };
        let new = incoming.wanted(&sent);
        assert_eq!(new.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [253, 254, 0, 1]);
        assert!(incoming.completed_by(&new).is_none());
        incoming.add(new);
        assert!(incoming.wanted(&sent).is_empty(), "all are here");

        let (first, bytes) = run(&mut outgoing, 3);
        let new = incoming.wanted(&frame::Shards { first, bytes: &bytes });
        assert_eq!(new.len(), 1, "no more than it needs");
        assert_eq!(incoming.completed_by(&new), Some(blob));
    }

    #[test]
    fn a_record_has_different_shards_and_never_all() {
        let shards = |indices: &[u8]| indices.iter().map(|index| (*index, [0; SHARD_LEN])).collect();
        let stored = |indices| Incoming::from_shards(3 * SHARD_LEN, shards(indices)).is_some();
        assert!(stored(&[]) && stored(&[7]) && stored(&[254, 0]));
        assert!(!stored(&[7, 7]) && !stored(&[1, 2, 3]) && !stored(&[255]));
    }
}
