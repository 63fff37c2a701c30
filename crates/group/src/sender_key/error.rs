//! What can go wrong, and whose fault it is. An error never changes a key.

use entrenous_wire::Malformed;
use thiserror::Error;

/// Why a message was not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SealError {
    /// The key has sealed all the messages that it may; a new key is needed.
    #[error("the sender key is used up")]
    KeyExhausted,
    /// The frame can't be encoded, or has shards, which no group message has.
    #[error(transparent)]
    Frame(#[from] Malformed),
}

/// Why a message was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Not an authentic message of this sender key; nothing more is said.
    #[error("rejected")]
    Rejected,
    /// A message with this number was opened before, or its key is no longer kept.
    #[error("duplicate, or its key is no longer kept")]
    Duplicate,
    /// Sealed before the iteration at which we were given the key.
    #[error("sealed before this device was given the key")]
    BeforeFirst,
    /// Beyond the end of the key: of a sender that lost access, or after the key was superseded.
    #[error("beyond the end of the sender key")]
    Ended,
    /// The message's skipped key is not in the record that was asked for: the store has lost or changed it.
    #[error("the store has lost the key of this message")]
    WrongRecords,
    /// In a backlog: the caller declined the message, or gave no such key.
    #[error("declined by the caller")]
    Declined,
}

/// Why a distribution was refused. All but the first are the fault of the device that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// It names another group than the one that it came for.
    #[error("for another group")]
    OtherGroup,
    /// It names another device than the one whose session it came through.
    #[error("of another sender")]
    OtherSender,
    /// Not in its one encoding, or a signing key that is not acceptable.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Its chain doesn't begin as it is committed to.
    #[error("the chain key is not the one committed to")]
    WrongCommitment,
    /// A key that we have, from an earlier iteration on.
    #[error("an earlier iteration of a known key")]
    Rewound,
    /// A key that we have, with another chain.
    #[error("another chain of a known key")]
    OtherChain,
    /// A key that we have, said to come in the place of another key, or of another count of messages.
    #[error("another previous key of a known key")]
    OtherPrevious,
}
