//! The caller's buffer while a step is not committed.

use alloc::vec::Vec;

use zeroize::Zeroize;

/// Holds what a step wrote into the caller's buffer and wipes it, unless the step is committed.
#[derive(Debug)]
pub(crate) struct Uncommitted<'a>(Option<&'a mut Vec<u8>>);

impl<'a> Uncommitted<'a> {
    pub(crate) fn new(buffer: &'a mut Vec<u8>) -> Self {
        Self(Some(buffer))
    }

    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        match &mut self.0 {
            Some(buffer) => buffer,
            None => unreachable!("taken only by `release`, which consumes"),
        }
    }

    pub(crate) fn release(mut self) -> &'a mut Vec<u8> {
        match self.0.take() {
            Some(buffer) => buffer,
            None => unreachable!("taken only here, once"),
        }
    }
}

impl Drop for Uncommitted<'_> {
    fn drop(&mut self) {
        if let Some(buffer) = &mut self.0 {
            // wipes the whole capacity and leaves it empty
            buffer.zeroize();
        }
    }
}
