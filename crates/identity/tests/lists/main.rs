//! Device lists that change: successors and their lifetime, proofs of descent, and what is known of an account
//! whose lists come late, out of order, twice, or forked by a thief of the account key.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod forks;
mod jumps;
mod model;
mod orders;
mod proofs;
mod records;
mod successors;
mod world;
