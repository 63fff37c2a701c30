//! What several threads may use, one after the other. Who calls out of a function that this library has called is told, instead of
//! waiting for what waits for him; and after a panic nobody gets in any more.

use std::{
    process,
    sync::{Mutex, MutexGuard},
};

use crate::{callback, result::Code};

#[derive(Debug)]
pub(crate) struct Guarded<T> {
    /// The process that has made it: in a forked one its lock may be held by a thread that isn't there.
    process: u32,
    object: Mutex<T>,
}

impl<T> Guarded<T> {
    pub(crate) fn new(object: T) -> Self {
        Self { process: process::id(), object: Mutex::new(object) }
    }

    /// Waits until no other thread is in.
    pub(crate) fn hold(&self) -> Result<MutexGuard<'_, T>, Code> {
        if callback::is_inside() {
            return Err(Code::Reentered);
        }
        if process::id() != self.process {
            return Err(Code::Misuse);
        }
        self.object.lock().map_err(|_| Code::Poisoned)
    }
}

#[cfg(test)]
mod tests {
    use std::{panic, thread};

    use super::*;

    #[test]
    fn who_is_called_does_not_wait() {
        let guarded = Guarded::new(1);
        assert_eq!(callback::call(|| guarded.hold().err()), Some(Code::Reentered));
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
