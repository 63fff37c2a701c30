//! End-to-end encrypted messaging for applications.
//!
//! ```
//! use entrenous::{Client, Event, System};
//!
//! let mut alice = Client::create(System::new())?;
//! let mut bob = Client::create(System::new())?;
//!
//! // Bob uploads his prekeys to a directory, which needs no trust; Alice fetches one bundle.
//! let upload = bob.publish_prekeys();
//! alice.start_session(&bob.account_id(), &upload.bundles[0])?;
//!
//! // The two compare this over another channel.
//! let number = alice.safety_number(&bob.account_id())?;
//!
//! for out in alice.send(&bob.account_id(), b"bonjour")? {
//!     for event in bob.receive(&alice.address(), &out.bytes)? {
//!         if let Event::Message(message) = event {
//!             assert_eq!(message.content, b"bonjour");
//!         }
//!     }
//! }
//! assert_eq!(number, bob.safety_number(&alice.account_id())?);
//! # Ok::<(), entrenous::Error>(())
//! ```
//!
//! **What is not here yet:** everything is held in memory and lost with the [`Client`]; an account has one
//! device. A durable store, several devices and the trust decisions come next.

mod address;
mod client;
mod env;
mod error;
mod event;
mod prekeys;
mod sessions;
pub mod store;

pub use address::Address;
pub use client::{Client, Outgoing};
pub use entrenous_identity::{AccountId, DeviceId, SafetyNumber, Timestamp};
pub use env::{Env, System};
pub use error::Error;
pub use event::{Event, Message, MessageId};
pub use prekeys::Upload;

/// Compiles and runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[derive(Debug)]
pub struct Readme;
