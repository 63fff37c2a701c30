//! The caller's buffer while a step is not committed.

use alloc::vec::Vec;
use core::{fmt, mem};

use zeroize::{Zeroize, Zeroizing};

/// Takes the caller's buffer away and gives it back when the step is committed. Until then the caller sees an
/// empty one, whatever becomes of the step; a step that is dropped wipes what it wrote.
pub struct Uncommitted<'a> {
    caller: &'a mut Vec<u8>,
    output: Zeroizing<Vec<u8>>,
}

impl<'a> Uncommitted<'a> {
    /// Takes the buffer; what it held is no longer the caller's to see.
    pub fn new(caller: &'a mut Vec<u8>) -> Self {
        let output = Zeroizing::new(mem::take(caller));
        Self { caller, output }
    }

    /// The buffer, empty and with room for `len` bytes.
    pub fn buffer_for(&mut self, len: usize) -> &mut Vec<u8> {
        if self.output.capacity() < len {
            // growing frees what the buffer held before, perhaps an earlier plaintext
            self.output.zeroize();
            self.output.reserve_exact(len);
        }
        self.output.clear();
        &mut self.output
    }

    /// What was written so far.
    pub fn written(&self) -> &[u8] {
        &self.output
    }

    /// Gives the buffer back, with what was written: to be called by a step that is committed.
    pub fn release(self) -> &'a mut Vec<u8> {
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_buffer_with_room_is_used_again_and_another_is_made_big_enough() {
        let mut caller = Vec::with_capacity(64);
        caller.extend_from_slice(b"before");
        let place = caller.as_ptr();
        let mut output = Uncommitted::new(&mut caller);
        let buffer = output.buffer_for(64);
        assert!(buffer.is_empty() && buffer.as_ptr() == place);
        assert!(output.buffer_for(65).capacity() >= 65);
    }

    #[test]
    fn the_caller_sees_what_is_released_and_nothing_else() {
        let mut caller = vec![1, 2, 3];
        let mut output = Uncommitted::new(&mut caller);
        output.buffer_for(2).extend_from_slice(b"ab");
        assert_eq!(output.written(), b"ab");
        assert_eq!(output.release(), b"ab");
        let mut output = Uncommitted::new(&mut caller);
        output.buffer_for(2).extend_from_slice(b"cd");
        drop(output);
        assert!(caller.is_empty());
    }
}
