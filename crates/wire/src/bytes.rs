//! Checked reading and writing of fixed layouts, big-endian. Nothing here can panic.

use core::mem;

use crate::{Malformed, Reason, Result};

/// `bytes` as an array of exactly `N` bytes; `field` names them in the error.
///
/// # Errors
/// [`Reason::Length`] if there are more or fewer.
pub fn fixed<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| Malformed::new(field, Reason::Length))
}

/// Reads from the front; every read names its field.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N]> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(Malformed::new(field, Reason::Truncated))?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn slice(&mut self, len: usize, field: &'static str) -> Result<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(len).ok_or(Malformed::new(field, Reason::Truncated))?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8> {
        self.array(field).map(|bytes| u8::from_be_bytes(*bytes))
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16> {
        self.array(field).map(|bytes| u16::from_be_bytes(*bytes))
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32> {
        self.array(field).map(|bytes| u32::from_be_bytes(*bytes))
    }

    pub(crate) fn u48(&mut self, field: &'static str) -> Result<u64> {
        let [a, b, c, d, e, f] = *self.array(field)?;
        Ok(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    pub(crate) const fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// Writes to the front of a buffer of a known length.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    rest: &'a mut [u8],
}

impl<'a> Writer<'a> {
    pub(crate) const fn new(buffer: &'a mut [u8]) -> Self {
        Self { rest: buffer }
    }

    pub(crate) fn put(&mut self, bytes: &[u8], field: &'static str) -> Result<()> {
        self.space(bytes.len(), field)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn space(&mut self, len: usize, field: &'static str) -> Result<&'a mut [u8]> {
        let (head, rest) = mem::take(&mut self.rest)
            .split_at_mut_checked(len)
            .ok_or(Malformed::new(field, Reason::Length))?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn space_array<const N: usize>(&mut self, field: &'static str) -> Result<&'a mut [u8; N]> {
        let (head, rest) =
            mem::take(&mut self.rest).split_first_chunk_mut().ok_or(Malformed::new(field, Reason::Length))?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) const fn rest(self) -> &'a mut [u8] {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_the_right_number_are_an_array() {
        assert_eq!(fixed("field", &[1, 2, 3]), Ok([1, 2, 3]));
        assert_eq!(fixed::<2>("field", &[1, 2, 3]), Err(Malformed::new("field", Reason::Length)));
    }
}
