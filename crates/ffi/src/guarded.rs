//! What several threads may use, one after the other: who calls it out of its own callback is told instead of waiting for
//! itself, and after a panic nobody gets in any more.

use core::{
    cell::Cell,
    fmt,
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicUsize, Ordering},
};
use std::sync::{Mutex, MutexGuard};

use crate::result::Code;

/// No thread.
const NOBODY: usize = 0;

#[derive(Debug)]
pub(crate) struct Guarded<T> {
    /// The thread that is in.
    thread: AtomicUsize,
    object: Mutex<T>,
}

/// As long as a thread is in.
pub(crate) struct Held<'a, T> {
    // first, so that it is dropped before the lock
    _leave: Leave<'a>,
    object: MutexGuard<'a, T>,
}

struct Leave<'a>(&'a AtomicUsize);

impl<T> Guarded<T> {
    pub(crate) fn new(object: T) -> Self {
        Self { thread: AtomicUsize::new(NOBODY), object: Mutex::new(object) }
    }

    /// Waits until no other thread is in.
    pub(crate) fn hold(&self) -> Result<Held<'_, T>, Code> {
        let this = this_thread();
        // only this thread can have written its own number
        if self.thread.load(Ordering::Relaxed) == this {
            return Err(Code::Reentered);
        }
        let object = self.object.lock().map_err(|_| Code::Poisoned)?;
        self.thread.store(this, Ordering::Relaxed);
        Ok(Held { _leave: Leave(&self.thread), object })
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.object
    }
}

impl<T> fmt::Debug for Held<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.store(NOBODY, Ordering::Relaxed);
    }
}

/// A number of this thread's own, never [`NOBODY`].
fn this_thread() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(NOBODY);
    thread_local! {
        static THIS: Cell<usize> = const { Cell::new(NOBODY) };
    }
    THIS.with(|this| {
        if this.get() == NOBODY {
            this.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        this.get()
    })
}

#[cfg(test)]
mod tests {
    use std::{panic, thread};

    use super::*;

    #[test]
    fn a_thread_does_not_wait_for_itself() {
        let guarded = Guarded::new(1);
        let held = guarded.hold().unwrap();
        assert_eq!(guarded.hold().err(), Some(Code::Reentered));
        drop(held);
        assert_eq!(*guarded.hold().unwrap(), 1);
    }

    #[test]
    fn threads_come_one_after_the_other() {
        let guarded = Guarded::new(0_u32);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        let mut held = guarded.hold().unwrap();
                        let before = *held;
                        thread::yield_now();
                        *held = before + 1;
                    }
                });
            }
        });
        assert_eq!(*guarded.hold().unwrap(), 8_000);
    }

    #[test]
    fn after_a_panic_nobody_gets_in() {
        let guarded = Guarded::new(());
        let panicked = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            let _held = guarded.hold().unwrap();
            panic!("in the middle of it");
        }));
        assert!(panicked.is_err());
        assert_eq!(guarded.hold().err(), Some(Code::Poisoned));
    }
}
