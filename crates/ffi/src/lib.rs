//! The C ABI of Entrenous: the whole client, for every language that can call C.
//!
//! `include/entrenous.h` is generated from what is here by `cargo xtask header`, and the guide is `docs/book/c-api.md`. What
//! this crate exports is a product: result codes, names, sizes and the order of members are never changed within a major version,
//! and `cargo xtask abi` compares them with what is committed.
//!
//! # What callers keep to
//!
//! Every function is `unsafe` for Rust and has one contract, which is all that the `SAFETY` lines here refer to: a pointer is
//! NULL or good for what the function says of it while the call lasts, and no other thread writes there meanwhile. All else is
//! checked: NULL, bad alignment, outputs that overlap, lengths out of bounds, handles that were freed, made up or are of another
//! type, calls out of callbacks, and calls from several threads.
//!
//! # How it is made
//!
//! | module | owns |
//! |---|---|
//! | `call` | the border: panics, pointers, outputs |
//! | `handle` | the table of what C holds |
//! | `guarded` | one thread at a time, and none after a panic |
//! | `result` | the numbers of results |
//! | `buffer`, `list`, `types` | what is given out |
//! | `callback`, `environment`, `store`, `marker` | what the application may bring |
//! | the others | what a client does, by topic |
//!
//! Names are those of the header, so that one search finds both.

#![allow(non_camel_case_types, reason = "types have the names that they have in the header")]
#![allow(clippy::missing_safety_doc, reason = "all functions have one contract, which is above")]

pub mod buffer;
mod call;
mod callback;
pub mod client;
pub mod contacts;
pub mod devices;
pub mod environment;
pub mod groups;
mod guarded;
pub mod handle;
pub mod item;
pub mod library;
pub mod linking;
mod list;
pub mod marker;
pub mod policy;
pub mod prekeys;
pub mod receiving;
pub mod result;
pub mod sending;
pub mod sessions;
pub mod short_strings;
pub mod store;
pub mod trust;
pub mod types;
