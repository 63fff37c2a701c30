//! Typed keys and algorithms, zeroizing. No word of the protocol is known here.
//!
//! Every key carries its [`Role`](role::Role) in its type, so that two 32-byte keys can't swap; every
//! secret is wiped when dropped and never printed; every key is made from bytes that
//! [`draw`](random::draw) took from the caller's generator.
#![no_std]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]

extern crate alloc;

mod accelerated;
pub mod aead;
pub mod ed25519;
pub mod hash;
pub mod hkdf;
pub mod ml_kem;
pub mod nonce_salt;
pub mod output;
pub mod parallel;
pub mod passphrase;
pub mod random;
pub mod reed_solomon;
pub mod role;
pub mod secret;
pub mod wiped_box;
pub mod wiped_stack;
pub mod x25519;
