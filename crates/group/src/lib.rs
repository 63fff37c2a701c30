//! Groups: who is in, by a roster that members sign and no server orders; and sender keys that are bound to it.
//!
//! | to do this | start here |
//! |---|---|
//! | seal for a group | [`SendingKey::generate`], [`SendingKey::seal`], [`SealedMessage::commit`] |
//! | give the key to a member | [`SendingKey::distribution`], [`SendingKey::renewal_due`] |
//! | take another's key | [`ReceivedKey::parse`], [`ReceivedKey::accept`], [`ReceivingKey::end_with`] |
//! | open a message | [`ReceivingKey::locate`], [`LocatedMessage::open`], [`OpenedMessage::commit`] |
//! | open what has piled up | [`open_backlog`] |
//! | judge a message or a key by the rosters | [`MessageStanding::judge`], [`KeyStanding::judge`] |
//! | end the keys of who lost access | [`ReceivingKey::close`] |
//!
//! Nothing here does I/O, reads a clock or draws randomness by itself. A step borrows its key, computes what changes
//! beside it, and changes it only when committed.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

mod id;
mod sender_key;

pub use id::{GroupId, RosterId};
pub use sender_key::{
    Accepted, BacklogKey, BacklogMessage, CommittedBacklog, CommittedMessage, DistributionError, EndedKey,
    Judged, KeyId, KeyJudged, KeyStanding, LocatedMessage, MessageStanding, OpenError, OpenedBacklog,
    OpenedMessage, PreviousKey, ReceivedKey, ReceivingKey, RecordChanges, Rejection, RenewalPolicy,
    SealError, SealedMessage, Sender, SendingKey, SkippedBlock, VerifiedMessage, open_backlog,
};
