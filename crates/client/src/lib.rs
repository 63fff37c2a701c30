//! End-to-end encrypted messaging for applications.
//!
//! ```
//! use entrenous::{Client, Compared, Created, Event, MemoryStore, StoreKey, System};
//!
//! // A store of one's own, sealed with a key from the platform's key store.
//! let key = StoreKey::generate(&mut System::new())?;
//! let Created { client: mut alice, recovery } = Client::create(MemoryStore::new(), &key, System::new())?;
//! let mut bob = Client::create(MemoryStore::new(), &key, System::new())?.client;
//!
//! // Alice writes this down: it brings her account back when her device is lost.
//! assert_eq!(recovery.text().len(), 77);
//!
//! // Bob uploads his prekeys to a directory, which needs no trust; Alice fetches one bundle.
//! let upload = bob.publish_prekeys()?.expect("nothing is published yet");
//! bob.prekeys_published(upload.number)?;
//! alice.start_session(&bob.account_id(), &upload.bundles[0])?;
//!
//! // The two compare this over another channel, and each says what came of it.
//! let shown = alice.safety_number(&bob.account_id())?;
//! println!("{shown}");
//! assert_eq!(alice.verify_by_number(shown, true)?, Compared::Same);
//!
//! for out in alice.send(&bob.account_id(), b"bonjour")?.outgoing {
//!     for item in bob.receive(&alice.address(), &out.bytes)? {
//!         if let Event::Message(message) = item.event {
//!             assert_eq!(message.content.as_slice(), b"bonjour");
//!         }
//!         bob.acknowledge(item.number.as_slice())?;
//!     }
//! }
//! # Ok::<(), entrenous::Error>(())
//! ```

mod account;
mod address;
mod client;
mod contacts;
mod control;
mod devices;
mod engine;
mod env;
mod error;
mod event;
mod expiry;
mod fault;
mod groups;
mod inbox;
mod keys_on_stack;
mod linking;
mod lists;
mod lock;
mod maintenance;
pub mod marker;
pub mod operation;
mod parting;
mod policy;
mod prekeys;
mod proof;
mod receiving;
mod record;
mod recovery;
mod sending;
mod sessions;
mod short_strings;
mod starting;
mod status;
pub mod store;
mod sync;
#[cfg(test)]
mod testing;
mod trust;
mod vault;

pub use address::Address;
pub use client::Client;
pub use contacts::{ContactEntry, ContactKind, ContactStatus, DeviceStatus, SessionStatus};
pub use devices::OwnDevice;
pub use engine::{Engine, Entered, NewAccount, Operation, Progress, Records, Staged, Unopened, Unreleased};
pub use entrenous_agreement::AgreementError;
pub use entrenous_group::{GroupId, roster::IssueError, sender_key::RenewalPolicy};
pub use entrenous_identity::{
    AccountId, Card, DeviceId, IdentityError, RecoveryCode, RecoveryFile, SafetyNumber, ShortString,
    Timestamp, linking::LinkCode, recovery::RecoveryError, short_string::Emoji, text::TextError,
};
pub use entrenous_primitives::passphrase::{Cost, PassphraseError};
pub use entrenous_ratchet::{EpochStatus, Limits, MixedEpoch, PostQuantumPolicy, ShardsPerMessage};
pub use entrenous_wire::padding::{BlockSize, Padding};
pub use env::{Env, System};
pub use error::{Error, StoreFailure};
pub use event::{Event, Item, Message, MessageId, ShortStringEnd};
pub use fault::Fault;
pub use groups::{
    Changed, GroupAct, GroupChange, GroupEntry, GroupKeyStatus, GroupMember, GroupMessage,
    GroupMessageStatus, GroupRole, GroupStanding, GroupStatus,
};
pub use linking::{Approval, Joining, LinkOffer, LinkRequest, Linking};
pub use lock::StoreLock;
pub use maintenance::Maintained;
pub use marker::Marker;
pub use policy::{Policy, QueueLimits, TrustPolicy};
pub use prekeys::Upload;
pub use recovery::{Created, ListSeen, Recovery};
pub use sending::{Destination, MAX_CONTENT, Outgoing, SendOptions, Sent};
pub use short_strings::{ShortStringState, ShownString};
pub use starting::{StartOptions, Started};
pub use status::{Handshake, SecurityStatus};
pub use store::{MemoryStore, Store};
pub use trust::{
    Compared, Proof, Trust,
    cards::{CardList, CardSeen},
    change::IdentityChange,
    number::Comparison,
};
pub use vault::StoreKey;

/// Compiles and runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[derive(Debug)]
pub struct Readme;
