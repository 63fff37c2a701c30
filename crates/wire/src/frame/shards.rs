//! A run of shards of the post-quantum ratchet's blob, inside of a frame.

use core::fmt;

use crate::{Malformed, Reason, Result, bytes::Reader};

/// Length of a shard, in bytes.
pub const SHARD_LEN: usize = 32;

/// Most shards in one frame: a whole ML-KEM-768 encapsulation key.
pub const MAX_SHARDS: usize = 37;

/// Shards with the consecutive indices `first`, `first + 1`, … modulo 255.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shards<'a> {
    /// Index of the first shard: below 255.
    pub first: u8,
    /// The shards one after the other: 1 to [`MAX_SHARDS`] times [`SHARD_LEN`] bytes.
    pub bytes: &'a [u8],
}

impl<'a> Shards<'a> {
    /// Number of shards, if there are whole ones and not too many.
    ///
    /// # Errors
    /// [`Reason::Range`] for the first index, [`Reason::Length`] for a broken shard, [`Reason::Count`] for
    /// none or too many.
    // spec: WIRE-35
    pub fn count(&self) -> Result<u8> {
        check_first(self.first)?;
        if !self.bytes.len().is_multiple_of(SHARD_LEN) {
            return Err(Malformed::new("frame shards", Reason::Length));
        }
        let count = u8::try_from(self.bytes.len() / SHARD_LEN)
            .map_err(|_| Malformed::new("frame shard count", Reason::Count))?;
        check_count(count)?;
        Ok(count)
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let first = reader.u8("frame first shard")?;
        check_first(first)?;
        let count = reader.u8("frame shard count")?;
        check_count(count)?;
        Ok(Self { first, bytes: reader.slice(usize::from(count) * SHARD_LEN, "frame shards")? })
    }
}

// spec: WIRE-35
fn check_first(first: u8) -> Result<()> {
    // The field GF(2^8) gives shards 0 to 254; indices wrap there, so 255 would be a second name of 0.
    if first == u8::MAX {
        return Err(Malformed::new("frame first shard", Reason::Range));
    }
    Ok(())
}

// spec: WIRE-35
fn check_count(count: u8) -> Result<()> {
    match usize::from(count) {
        1..=MAX_SHARDS => Ok(()),
        _ => Err(Malformed::new("frame shard count", Reason::Count)),
    }
}

/// Shows which shards, not their bytes.
impl fmt::Debug for Shards<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards")
            .field("first", &self.first)
            .field("len", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn debug_shows_no_shard() {
        let shown = alloc::format!("{:?}", Shards { first: 3, bytes: &[0xab; 64] });
        assert_eq!(shown, "Shards { first: 3, len: 64, .. }");
    }

    // spec: WIRE-35
    #[test]
    fn only_whole_shards_in_bounds_are_counted() {
        let count = |first, len| Shards { first, bytes: &vec![0; len] }.count().map_err(|error| error.reason);
        assert_eq!(count(254, 32), Ok(1));
        assert_eq!(count(0, 37 * 32), Ok(37));
        assert_eq!(count(255, 32), Err(Reason::Range));
        assert_eq!(count(0, 33), Err(Reason::Length));
        assert_eq!(count(0, 0), Err(Reason::Count));
        assert_eq!(count(0, 38 * 32), Err(Reason::Count));
        assert_eq!(count(0, 257 * 32), Err(Reason::Count));
    }
}
