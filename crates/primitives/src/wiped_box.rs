//! A box for what holds secrets and has room that is empty now and then.

use alloc::{vec, vec::Vec};
use core::{
    fmt,
    ops::{Deref, DerefMut},
};

use zeroize::Zeroize;

/// Owns a `T` on the heap, and overwrites the whole of its memory before that is given back.
///
/// Secrets wipe themselves where they are. But the room of an `Option` that is `None`, or of an enum's larger variants, is filled
/// with what the stack had there when the value was moved: another value's secrets, at times, which nobody knows of.
pub struct WipedBox<T>(
    // a vector of one: the room of an empty vector can be overwritten, of whatever type it is
    Vec<T>,
);

impl<T> WipedBox<T> {
    /// Moves `value` to the heap.
    pub fn new(value: T) -> Self {
        Self(vec![value])
    }
}

impl<T> Drop for WipedBox<T> {
    fn drop(&mut self) {
        self.0.clear();
        self.0.spare_capacity_mut().zeroize();
    }
}

impl<T> Deref for WipedBox<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self.0.first() {
            Some(value) => value,
            None => unreachable!("it has one until it is dropped"),
        }
    }
}

impl<T> DerefMut for WipedBox<T> {
    fn deref_mut(&mut self) -> &mut T {
        match self.0.first_mut() {
            Some(value) => value,
            None => unreachable!("it has one until it is dropped"),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for WipedBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, rc::Rc};

    use super::*;

    #[test]
    fn the_value_is_reached_changed_and_dropped_once() {
        let witness = Rc::new(());
        let mut boxed = WipedBox::new([Some(witness.clone()), None]);
        boxed[1] = Some(witness.clone());
        assert_eq!(Rc::strong_count(&witness), 3);
        assert_eq!(format!("{boxed:?}"), "[Some(()), Some(())]");
        drop(boxed);
        assert_eq!(Rc::strong_count(&witness), 1);
    }
}
