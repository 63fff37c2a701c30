//! The caller's buffer while a step is not committed.

use alloc::vec::Vec;
use core::{fmt, mem};

use zeroize::{Zeroize, Zeroizing};

/// Takes the caller's buffer away and gives it back when the step is committed. Until then the caller sees an
/// empty one, whatever becomes of the step; a step that is dropped wipes what it wrote.
pub(crate) struct Uncommitted<'a> {
    caller: &'a mut Vec<u8>,
    output: Zeroizing<Vec<u8>>,
}

impl<'a> Uncommitted<'a> {
    pub(crate) fn new(caller: &'a mut Vec<u8>) -> Self {
        // spec: GROUP-139
        let output = Zeroizing::new(mem::take(caller));
        Self { caller, output }
    }

    /// The buffer, empty and with room for `len` bytes.
    pub(crate) fn buffer_for(&mut self, len: usize) -> &mut Vec<u8> {
        if self.output.capacity() < len {
            // growing frees what the buffer held before, perhaps an earlier plaintext
            self.output.zeroize();
            self.output.reserve_exact(len);
        }
        self.output.clear();
        &mut self.output
    }

    pub(crate) fn release(self) -> &'a mut Vec<u8> {
        let Self { caller, mut output } = self;
        *caller = mem::take(&mut *output);
        caller
    }
}

impl fmt::Debug for Uncommitted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caller: _, output } = self;
        write!(f, "Uncommitted({} bytes [redacted])", output.len())
    }
}
