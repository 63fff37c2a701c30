//! Groups: who is in, by a roster that members sign and no server orders; and sender keys that are bound to it.
//!
//! | what | where |
//! |---|---|
//! | signed entries, and who is in by them | [`roster`] |
//! | keys to seal for a group, messages, a backlog of them, and how rosters judge both | [`sender_key`] |
//!
//! Nothing here does I/O, reads a clock or draws randomness by itself. A step borrows what it works on, computes what
//! changes beside it, and changes it only when committed.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

mod names;
pub mod roster;
pub mod sender_key;

pub use names::{EntryHash, GroupId, RosterId};
