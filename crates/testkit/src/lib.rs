//! What the tests stand on: scripted randomness, devices that have agreed, a hostile network and an
//! independent account of what must open. Not published.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code: a broken assumption ends the test"
)]

pub mod device;
#[cfg(feature = "clients")]
pub mod faults;
pub mod forge;
#[cfg(feature = "clients")]
pub mod fuzz;
#[cfg(feature = "clients")]
pub mod group_world;
#[cfg(feature = "clients")]
pub mod linked;
pub mod network;
pub mod oracle;
pub mod pair;
pub mod peer;
#[cfg(feature = "clients")]
pub mod person;
#[cfg(feature = "clients")]
pub mod post;
pub mod quantum;
pub mod rng;
pub mod roster;
pub mod schedule;
#[cfg(feature = "clients")]
pub mod sealed;
pub mod sender_keys;
pub mod speech;
#[cfg(feature = "clients")]
pub mod store;
pub mod vectors;
#[cfg(feature = "clients")]
pub mod world;
