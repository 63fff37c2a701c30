//! Skipped message keys: which exist is in the session, the keys themselves in records of their own.
//!
//! Keys are kept by chain and block of 64 numbers, so that traffic in order rewrites none of them. The session
//! holds one bit for each key ([`SkippedIndex`]), which is enough to say, before anything is loaded, which
//! records a message needs and which keys must go to make room ([`SkipPlan`]).

mod block;
mod index;
mod plan;

pub(crate) use block::WorkingSet;
pub use block::{BlockId, SkippedBlock};
pub(crate) use index::SkippedIndex;
pub(crate) use plan::{NewKeys, SkipPlan};
