//! The messenger as people run it: real processes in homes of their own, over a drop folder.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests may fail the test")]

mod contacts;
mod conversations;
mod devices;
mod drops;
mod giving_up;
mod groups;
mod homes;
mod kills;
mod lost;
mod mending;
mod people;
mod refusals;
mod together;
mod trust;
