//! Sender keys: one chain and one signing key for each sending device, given to every member's devices.
//!
//! | to do this | start here |
//! |---|---|
//! | seal for a group | [`SendingKey::generate`], [`SendingKey::seal`], [`SealedMessage::commit`] |
//! | give the key to a member | [`SendingKey::distribution`], [`SendingKey::renewal_due`] |
//! | take another's key | [`ReceivedKey::parse`], [`ReceivedKey::accept`], [`ReceivingKey::end_with`] |
//! | open a message | [`ReceivingKey::locate`], [`LocatedMessage::open`], [`OpenedMessage::commit`] |
//! | open what has piled up | [`open_backlog`] |
//! | judge a message or a key by the rosters | [`KnownRosters`], [`MessageStanding::judge`], [`KeyStanding::judge`] |
//! | know which keys have to go | [`KnownRosters::kept`], [`KnownRosters::must_renew`] |
//! | end the keys of who lost access | [`ReceivingKey::close`], [`ReceivingKey::expire`] |
//!
//! ```text
//! sending    generate --seal--> ... --seal--> renewed, or full at 4,096 messages
//! receiving  accept --open--> ... --end_with (superseded) or close (lost access)--> spent
//! ```
//!
//! This half knows rosters by their ids alone. What they say about a sender comes in as plain values
//! ([`MessageStanding`]), which [`KnownRosters`] makes of a roster. Specified in `docs/spec/sender-keys.md`.

mod accept;
mod backlog;
mod boxes;
mod close;
mod error;
mod judge;
mod kdf;
mod key;
mod open;
mod receiving;
mod record;
mod renewal;
mod seal;
mod sending;
mod skipped;
mod stage;
mod standing;
#[cfg(test)]
mod tests;

pub use accept::{Accepted, ReceivedKey};
pub use backlog::{BacklogKey, BacklogMessage, CommittedBacklog, OpenedBacklog, open_backlog};
pub use close::{CLOSED_BLOCKS, CLOSED_MS};
pub use error::{DistributionError, OpenError, SealError};
pub use judge::{Judged, KeyJudged, KeyStanding, MessageStanding, Rejection};
pub use key::{KeyId, PreviousKey, Sender};
pub use open::{CommittedMessage, LocatedMessage, OpenedMessage, VerifiedMessage};
pub use receiving::{EndedKey, ReceivingKey};
pub use renewal::RenewalPolicy;
pub use seal::SealedMessage;
pub use sending::SendingKey;
pub use skipped::{RecordChanges, SkippedBlock};
pub use standing::{KeptKey, KnownRosters};
