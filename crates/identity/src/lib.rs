//! Who is who: accounts, devices, signed device lists and what is known of them; what people compare, scan and
//! keep (safety numbers, cards, short strings, link and recovery codes); and what a handshake hands to a session.
//! Everything above must be able to verify what is here; nothing here does I/O, reads a clock or keeps state:
//! what has to be kept is a value with a record form.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

pub mod account;
pub mod card;
pub mod device;
pub mod device_list;
pub mod error;
pub mod known_lists;
pub mod lineage;
pub mod linking;
pub mod list_proof;
pub mod recovery;
pub mod safety_number;
pub mod sas;
pub mod session_secret;
pub mod short_string;
pub mod stored_keys;
pub mod text;
pub mod time;

pub use account::{AccountId, AccountKey, AccountPublicKey};
pub use card::Card;
pub use device::{DeviceId, DeviceKeys, DevicePublic};
pub use device_list::{DeviceList, ReceivedDeviceList};
pub use error::IdentityError;
pub use known_lists::{KnownLists, ListChange, ListEvent};
pub use lineage::{Ancestry, Lineage, ListName};
pub use list_proof::{ListLink, ListProof};
pub use recovery::{RecoveryCode, RecoveryFile};
pub use safety_number::SafetyNumber;
pub use session_secret::{
    HandshakeHash, InitiatorSecret, ResponderSecret, Resumption, ResumptionId, SessionSecret, Transcript,
};
pub use short_string::ShortString;
pub use time::{Day, Timestamp};

#[cfg(test)]
mod testing;
