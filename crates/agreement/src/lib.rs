//! The handshake: from a prekey bundle to a session secret, post-quantum hybrid and bound to everything
//! public on both sides.
//!
//! ```text
//! initiator   ReceivedBundle --verify--> Bundle --> Initiator --agree--> InitiatorSecret
//! responder   ReceivedHandshake --verify--> VerifiedHandshake --agree--> ResponderSecret
//! ```
//!
//! Shaped as Signal's PQXDH (revision 3); the differences and their reasons are in `docs/spec/agreement.md`.
//! Nothing here keeps state: which prekeys exist, and when they are deleted, is the caller's.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

pub mod bundle;
pub mod error;
pub mod initiator;
mod key_schedule;
pub mod mode;
pub mod prekey;
mod prekey_record;
pub mod responder;
mod transcript;

pub use bundle::{Bundle, ReceivedBundle, StalePrekeys};
pub use error::AgreementError;
pub use initiator::Initiator;
pub use mode::Mode;
pub use prekey::{OneTimePrekey, Prekey, PrekeyId, PrekeySecret};
pub use responder::{OwnList, ReceivedHandshake, VerifiedHandshake};
