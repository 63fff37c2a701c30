//! One session as a pure state machine: double ratchet with encrypted headers, and a sparse post-quantum ratchet.
//!
//! | to do this | start here |
//! |---|---|
//! | begin a session | [`Session::initiate`], [`Await`] |
//! | seal a message | [`Session::seal`], [`Sealed::commit`] |
//! | open a message | [`Session::locate`], [`Located::open`], [`Opened::commit`] |
//! | continue a session in a new one | [`Session::resumption_to_offer`], [`Session::resumption_secret`] |
//! | look after a session | [`Session::status`], [`Session::expire`], [`Session::keep_old_chains`] |
//! | choose the post-quantum pace | [`SealPolicy`], [`PostQuantumPolicy`] |
//! | turn many sessions on all cores | [`Session::look_ahead`], [`Session::turn_ahead`] |
//! | store a session | [`Session::to_record`], [`Session::from_record`], [`SkippedBlock`] |
//!
//! Nothing here does I/O, reads a clock or draws randomness by itself. A step borrows its session, computes
//! what changes beside it, and changes it only when committed: an error, or a step that is dropped, leaves the
//! session byte for byte as it was and the output wiped. Specified in `docs/spec/ratchet.md`.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

mod accept;
mod ahead;
mod boxes;
mod chain;
mod committed;
mod epoch;
mod error;
mod former_chains;
mod kdf;
mod limits;
mod locate;
mod open;
mod opened;
mod policy;
mod record;
mod resumption;
mod seal;
mod session;
mod skipped;
mod status;
mod turn;

pub use accept::{Accepted, Await};
pub use ahead::NextRatchetKey;
pub use committed::{Committed, RecordChanges, Report};
pub use epoch::{EndedEpoch, EpochStatus, MixedEpoch};
pub use error::{CloneEvidence, OpenError, SealError};
pub use former_chains::Expired;
pub use limits::Limits;
pub use locate::{Located, Looked};
pub use open::Opened;
pub use policy::{PostQuantumPolicy, SealPolicy, ShardsPerMessage};
pub use seal::Sealed;
pub use session::{Party, Session};
pub use skipped::{BlockId, SkippedBlock};
pub use status::Status;
