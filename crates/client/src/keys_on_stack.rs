//! What the protocol's code leaves of keys on the stack.

use entrenous_primitives::wiped_stack::on_wiped_stack;

/// Stack that a session's or an agreement's work may have used: 16 KiB.
const WORDS: usize = 2048;

/// Runs what works with keys, and wipes the stack that it had. Else they would come to the heap in the empty room of what is
/// made there next: events, records, changes.
pub(crate) fn with_keys<T>(work: impl FnOnce() -> T) -> T {
    on_wiped_stack::<WORDS, _>(work)
}
