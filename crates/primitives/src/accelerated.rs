//! The feature `accelerated`: the code of graviola for what it was measured to be faster at
//! (`docs/adr/0017-accelerated-backend.md`).
//!
//! Everything here gives `None` where that code can't run or wouldn't pay; the caller then goes on with the portable
//! code, whose results are the same, byte for byte.

#[cfg(all(feature = "accelerated", any(target_arch = "aarch64", target_arch = "x86_64")))]
mod backend;
#[cfg(not(all(feature = "accelerated", any(target_arch = "aarch64", target_arch = "x86_64"))))]
#[path = "accelerated/absent.rs"]
mod backend;

pub(crate) use backend::{Signer, open, seal, x25519, x25519_public_key};
