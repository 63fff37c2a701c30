//! Work that many items ask for, each by itself: on all cores where a program has asked for that.

use alloc::vec::Vec;

#[cfg(feature = "parallel")]
use rayon::prelude::*;

/// Whether [`map`] uses more than one core: the feature `parallel`.
pub const AVAILABLE: bool = cfg!(feature = "parallel");

/// What `work` makes of each item, in their order: with the feature `parallel` on the threads of rayon's pool.
pub fn map<T: Send, U: Send>(items: Vec<T>, work: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    #[cfg(feature = "parallel")]
    return items.into_par_iter().map(work).collect();
    #[cfg(not(feature = "parallel"))]
    return items.into_iter().map(work).collect();
}
