//! What a device stores of a session. Never sent; sealed at rest by the client, and read as strictly as the rest,
//! so that a damaged record is noticed where it is read.

use crate::{
    Malformed, Reason, Result, Strict,
    envelope::MAX_HANDSHAKE,
    frame::{MAX_SHARDS, SHARD_LEN},
    header::MAX_CHAIN,
    proto::{PrekeyRecord, SessionRecord, SkippedIndex, SkippedKeysRecord},
    scan::{Field, Kind, Schema},
};

/// Format of the records.
pub const RECORD_VERSION: u32 = 1;

/// Message numbers in one block of skipped keys.
pub const BLOCK: u32 = 64;

/// Most blocks of one chain.
pub const MAX_BLOCKS: u32 = MAX_CHAIN / BLOCK;

/// Most earlier receiving chains of a session.
pub const MAX_OLD_CHAINS: u32 = 32;

/// Bytes that a session's record spends on one of them: its header key, how many chains it is before the newest, and the
/// day on which the peer left it.
pub const OLD_CHAIN_LEN: usize = 32 + 4 + 4;

/// Most resumption secrets of a session: those of its last root steps.
pub const MAX_RESUMPTION: usize = 4;

/// Most opened messages that a session remembers.
pub const MAX_OPENED: usize = 16;

/// Bytes that a session's record spends on one of them.
pub const OPENED_LEN: usize = 12;

/// Bytes that a session's record spends on a shard that has come: its index and the shard.
pub const STORED_SHARD_LEN: usize = 1 + SHARD_LEN;

pub(crate) const KEY: Kind = Kind::exactly(32);
pub(crate) const VERSION: Kind = Kind::up_to(RECORD_VERSION as u64);
const BLOCK_NUMBER: Kind = Kind::up_to(MAX_BLOCKS as u64 - 1);
const MESSAGES: Kind = Kind::up_to(MAX_CHAIN as u64);
const COUNTER: Kind = Kind::up_to(u64::MAX);

// spec: WIRE-80
impl Strict for SkippedKeysRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "skipped keys record",
        fields: &[
            Field::required(1, "skipped keys record version", VERSION),
            Field::optional(2, "skipped keys record chain", COUNTER),
            Field::optional(3, "skipped keys record block", BLOCK_NUMBER),
            Field::required(4, "skipped keys record present", Kind::NONZERO_FIXED64),
            Field::required(5, "skipped keys record keys", Kind::Bytes { min: 32, max: 32 * BLOCK as usize }),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-81
        let (keys, broken) = self.keys.as_chunks::<32>();
        let one_for_each = u32::try_from(keys.len()).is_ok_and(|keys| keys == self.present.count_ones());
        match one_for_each && broken.is_empty() {
            true => Ok(()),
            false => Err(Malformed::new("skipped keys record keys", Reason::Inconsistent)),
        }
    }
}

// spec: WIRE-152
impl Strict for PrekeyRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "prekey record",
        fields: &[
            Field::required(1, "prekey record version", VERSION),
            Field::required(2, "prekey record kind", Kind::up_to(2)),
            Field::required(3, "prekey record id", Kind::NONZERO_FIXED32),
            Field::required(4, "prekey record curve", KEY),
            Field::required(5, "prekey record kem seed", Kind::exactly(64)),
            Field::optional(6, "prekey record issued day", Kind::NONZERO_FIXED32),
            Field::required(7, "prekey record expires day", Kind::NONZERO_FIXED32),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-153
        match self.expires_day > self.issued_day {
            true => Ok(()),
            false => Err(Malformed::new("prekey record expires day", Reason::Inconsistent)),
        }
    }
}

// spec: WIRE-82
impl Strict for SessionRecord {
    const SCHEMA: &'static Schema = &Schema {
        name: "session record",
        fields: &[
            Field::required(1, "session record version", VERSION),
            Field::required(2, "session record role", Kind::up_to(2)),
            Field::required(3, "session record transcript", KEY),
            Field::required(4, "session record handshake hash", KEY),
            Field::optional(5, "session record handshake", Kind::Bytes { min: 1, max: MAX_HANDSHAKE }),
            Field::required(6, "session record root", KEY),
            Field::required(7, "session record next header send", KEY),
            Field::required(8, "session record next header receive", KEY),
            Field::optional(9, "session record sent", MESSAGES),
            Field::required(10, "session record epoch", COUNTER),
            Field::optional(11, "session record sending", Kind::Message(SENDING)),
            Field::optional(12, "session record peer ratchet key", KEY),
            Field::optional(13, "session record receiving", Kind::Message(RECEIVING)),
            Field::optional(
                14,
                "session record old chains",
                Kind::Bytes { min: OLD_CHAIN_LEN, max: OLD_CHAIN_LEN * MAX_OLD_CHAINS as usize },
            ),
            Field::repeated(15, "session record skipped", SKIPPED_INDEX, MAX_BLOCKS * (1 + MAX_OLD_CHAINS)),
            Field::optional(
                16,
                "session record resumption",
                Kind::Bytes { min: 32, max: 32 * MAX_RESUMPTION },
            ),
            Field::optional(
                17,
                "session record opened",
                Kind::Bytes { min: OPENED_LEN, max: OPENED_LEN * MAX_OPENED },
            ),
            Field::required(18, "session record post-quantum", Kind::Message(POST_QUANTUM)),
        ],
    };

    fn check(&self) -> Result<()> {
        // spec: WIRE-83
        if self.sending.is_some() != self.peer_ratchet_key.is_empty() {
            return Err(Malformed::new("session record sending", Reason::Inconsistent));
        }
        // spec: WIRE-171
        if !self.old.len().is_multiple_of(OLD_CHAIN_LEN) {
            return Err(Malformed::new("session record old chains", Reason::Length));
        }
        // spec: WIRE-84
        let place = |index: &SkippedIndex| (index.place, index.block);
        if !self.skipped.is_sorted_by(|one, next| place(one) < place(next)) {
            return Err(Malformed::new("session record skipped", Reason::Order));
        }
        // spec: WIRE-150
        if !self.resumption.len().is_multiple_of(32) {
            return Err(Malformed::new("session record resumption", Reason::Length));
        }
        // spec: WIRE-151
        if !self.opened.len().is_multiple_of(OPENED_LEN) {
            return Err(Malformed::new("session record opened", Reason::Length));
        }
        // spec: WIRE-170
        let shards = self.post_quantum.iter().map(|epoch| epoch.shards.len());
        if shards.sum::<usize>() % STORED_SHARD_LEN != 0 {
            return Err(Malformed::new("post-quantum shards", Reason::Length));
        }
        Ok(())
    }
}

const SENDING: &Schema = &Schema {
    name: "sending chain",
    fields: &[
        Field::required(1, "sending chain ratchet secret", KEY),
        Field::required(2, "sending chain ratchet key", KEY),
        Field::required(3, "sending chain key", KEY),
        Field::required(4, "sending chain header key", KEY),
        Field::optional(5, "sending chain previous", MESSAGES),
        Field::optional(6, "sending chain epoch step", Kind::up_to(2)),
    ],
};

// spec: WIRE-170
const POST_QUANTUM: &Schema = &Schema {
    name: "post-quantum",
    fields: &[
        Field::required(1, "post-quantum stage", Kind::up_to(6)),
        Field::optional(2, "post-quantum messages", Kind::up_to(u32::MAX as u64)),
        Field::optional(3, "post-quantum ended day", Kind::NONZERO_FIXED32),
        Field::optional(4, "post-quantum seed", Kind::exactly(64)),
        Field::optional(5, "post-quantum blob", Kind::Bytes { min: 1120, max: MAX_SHARDS * SHARD_LEN }),
        Field::optional(6, "post-quantum next shard", Kind::up_to(254)),
        Field::optional(7, "post-quantum peer has", Kind::up_to(1)),
        Field::optional(
            8,
            "post-quantum shards",
            Kind::Bytes { min: STORED_SHARD_LEN, max: STORED_SHARD_LEN * (MAX_SHARDS - 1) },
        ),
        Field::optional(9, "post-quantum secret", KEY),
        Field::optional(10, "post-quantum made", Kind::TIME_MS),
        Field::optional(11, "post-quantum sent shards", Kind::up_to(2 * MAX_SHARDS as u64)),
        Field::optional(12, "post-quantum mixed epoch", COUNTER),
        Field::optional(13, "post-quantum mixed made", Kind::TIME_MS),
    ],
};

const RECEIVING: &Schema = &Schema {
    name: "receiving chain",
    fields: &[
        Field::required(1, "receiving chain header key", KEY),
        Field::required(2, "receiving chain ratchet key", KEY),
        Field::optional(3, "receiving chain previous", MESSAGES),
        Field::optional(4, "receiving chain flags", Kind::up_to(u8::MAX as u64)),
        Field::required(5, "receiving chain key", KEY),
        Field::optional(6, "receiving chain next", MESSAGES),
        Field::optional(7, "receiving chain id", COUNTER),
    ],
};

const SKIPPED_INDEX: &Schema = &Schema {
    name: "skipped index",
    fields: &[
        Field::optional(1, "skipped index place", Kind::up_to(MAX_OLD_CHAINS as u64)),
        Field::optional(2, "skipped index block", BLOCK_NUMBER),
        Field::required(3, "skipped index present", Kind::NONZERO_FIXED64),
    ],
};
