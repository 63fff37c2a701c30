//! Bytes and structures of the protocol: bounded, and with one encoding each. No cryptography.
//!
//! | what | where | form |
//! |---|---|---|
//! | messages between two devices | [`envelope`] | fixed layout |
//! | the header inside of a message | [`header`] | fixed layout, 49 bytes |
//! | messages to a group, and the keys that open them | [`group_message`], [`sender_key`] | fixed layouts |
//! | the plaintext of a message, and its padding | [`frame`], [`padding`] | fixed layout |
//! | what an account signs about its devices | [`device_list`] | fixed layout |
//! | what members sign about a group | [`roster_entry`] | fixed layout |
//! | linking a device: its boxes; comparing a short string | [`linking`], [`sas`] | fixed layouts |
//! | all else: handshake part, bundles, list proofs, requests, control, records | [`proto`] through [`strict`] | protobuf behind the scanner ([`scan`]) |
//! | labels that separate derivations and signatures | [`label`] | constants |
//!
//! Every parser takes hostile bytes: it answers with a structure or with [`Malformed`], never panics, and
//! never allocates more than a small multiple of its input. What a field means (whether a key is canonical, a
//! signature true, a date in the future) is judged by the crates above.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

mod bytes;
mod malformed;

pub mod bundle;
pub mod control;
pub mod device_list;
pub mod envelope;
pub mod frame;
pub mod group_control;
pub mod group_message;
pub mod handshake;
pub mod header;
pub mod identity_records;
pub mod label;
pub mod linked_contacts;
pub mod linking;
pub mod list_proof;
pub mod padding;
pub mod proto;
pub mod records;
pub mod roster_entry;
pub mod sas;
pub mod scan;
pub mod sender_key;
pub mod strict;

pub use bytes::fixed;
pub use malformed::{Malformed, Reason, Result};
pub use strict::Strict;

/// Length of an AES-256-GCM tag, in bytes: never cut.
pub const TAG_LEN: usize = 16;
