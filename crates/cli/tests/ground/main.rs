//! The messenger's ground floor from outside: the drop folder among many processes and hostile files, the home
//! directory, passphrases from files.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod bundles;
mod crashes;
mod folder;
mod home;
mod hostile;
mod mail;
mod passphrase;
mod processes;
mod scratch;
