//! The rules one by one. That they hold together is shown in the test kit, against an independent account of them.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod full;
mod issuing;
mod people;
mod refusals;
mod rules;
