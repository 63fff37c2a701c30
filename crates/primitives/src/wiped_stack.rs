//! Wiping the dead stack of code that leaves secrets there.

use zeroize::Zeroize;

/// Runs `work` and wipes the 8 · `WORDS` bytes of stack below the caller, where `work` had its frames. The result is
/// public, or secrets in a box; others are written through a reference. Best effort: without optimisation frames are larger.
pub fn on_wiped_stack<const WORDS: usize, T>(work: impl FnOnce() -> T) -> T {
    #[inline(never)]
    fn below<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
    #[inline(never)]
    fn wipe<const WORDS: usize>() {
        [0u64; WORDS].zeroize();
    }
    let result = below(work);
    wipe::<WORDS>();
    result
}
