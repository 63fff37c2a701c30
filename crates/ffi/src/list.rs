//! Lists that C reads: each element is a struct of the list's own, so that structs can grow at their end.

use core::fmt;

use crate::result::Code;

/// Structs for C, and what their pointers point into.
pub(crate) struct List<T, B = ()> {
    structs: Box<[T]>,
    /// Not changed, and not moved on the heap, as long as the list lives.
    _backing: B,
}

// SAFETY: the pointers in the structs point into the backing, which is the list's own and is only read
unsafe impl<T: Copy, B: Send> Send for List<T, B> {}
// SAFETY: as above
unsafe impl<T: Copy, B: Sync> Sync for List<T, B> {}

impl<T: Copy, B> List<T, B> {
    /// The pointers in `structs` must point into what `backing` has on the heap.
    pub(crate) fn new(structs: impl IntoIterator<Item = T>, backing: B) -> Self {
        Self { structs: structs.into_iter().collect(), _backing: backing }
    }

    pub(crate) fn len(&self) -> usize {
        self.structs.len()
    }

    /// The place of an element, for as long as the list's handle is not freed.
    pub(crate) fn at(&self, index: usize) -> Result<*const T, Code> {
        self.structs.get(index).map(core::ptr::from_ref).ok_or(Code::OutOfRange)
    }
}

impl<T: Copy, B> fmt::Debug for List<T, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({} elements)", self.len())
    }
}
