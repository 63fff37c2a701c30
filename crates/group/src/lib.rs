//! Groups: who is in, by a roster that members sign and no server orders; and sender keys that are bound to it.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

pub mod roster;
