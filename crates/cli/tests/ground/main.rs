//! The messenger's ground floor from outside: the home directory, passphrases from files.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod home;
mod passphrase;
mod scratch;
