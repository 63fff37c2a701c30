//! What can go wrong, and whose fault it is. An error never changes a session.

use entrenous_primitives::random::RandomError;
use entrenous_wire::Malformed;
use thiserror::Error;

/// Why a message was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SealError {
    /// The chain has reached its limit without an answer; a new session is needed.
    #[error("too many messages without an answer")]
    ChainExhausted,
    /// The frame can't be encoded: a field out of range, or more than 16 MiB of content.
    #[error(transparent)]
    Frame(#[from] Malformed),
    /// The random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The peer's ratchet key is unusable. Opening refuses such keys, so this tells of a broken record.
    #[error("unusable ratchet key")]
    UnusableKey,
}

/// What shows that two states of the peer's device have written: a thief's copy, or the device itself, restored from
/// an older state. Only who holds the chain's header key can make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloneEvidence {
    /// Another message with this number of its chain was opened before.
    NumberUsedTwice,
    /// The peer's newest chain has another ratchet key: two chains were begun in its place.
    ChainBegunTwice,
}

/// Why a message was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Not an authentic message of this session; nothing more is said.
    #[error("rejected")]
    Rejected,
    /// An authentic header whose message was opened before, or whose key is no longer kept: this very message, or
    /// one so late that its tag is no longer remembered.
    #[error("duplicate, or its key is no longer kept")]
    Duplicate,
    /// More messages are missing before this one than may be skipped; only a new session helps.
    #[error("too many messages are missing before this one")]
    TooFarAhead,
    /// The message's skipped key is not in the record that was asked for: the store has lost or changed it.
    #[error("the store has lost the key of this message")]
    WrongRecords,
}
