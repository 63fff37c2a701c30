//! What a store knows of its marker, and of having been restored.

use entrenous_identity::Timestamp;
use zeroize::Zeroizing;

use super::{array, read, write};
use crate::{Error, engine::Stored, marker::MARK_LEN};

/// The marks that are the right ones, and what came of those that were not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The mark that was there when the store was opened last.
    pub(crate) current: [u8; MARK_LEN],
    /// The mark that was to be written then.
    pub(crate) next: [u8; MARK_LEN],
    /// How often the store was found to be an older one or a copy.
    pub(crate) restored: u32,
    /// When the older one had been opened last.
    pub(crate) restored_at: Timestamp,
    /// When the mark was changed last.
    pub(crate) seen: Timestamp,
    /// How often it was.
    pub(crate) changes: u64,
}

impl Marks {
    /// Whether there was a mark beside it.
    pub(crate) fn is_marked(&self) -> bool {
        self.next != [0; MARK_LEN]
    }
}

impl Default for Marks {
    fn default() -> Self {
        let never = Timestamp::from_ms(0);
        let none = [0; MARK_LEN];
        Self { current: none, next: none, restored: 0, restored_at: never, seen: never, changes: 0 }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct MarksProto {
    #[prost(bytes = "vec", tag = "1")]
    current: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    next: Vec<u8>,
    #[prost(uint32, tag = "3")]
    restored: u32,
    #[prost(uint64, tag = "4")]
    restored_at_ms: u64,
    #[prost(uint64, tag = "5")]
    seen_ms: u64,
    #[prost(uint64, tag = "6")]
    changes: u64,
}

impl Stored for Marks {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { current, next, restored, restored_at, seen, changes } = self;
        write(&MarksProto {
            current: current.to_vec(),
            next: next.to_vec(),
            restored: *restored,
            restored_at_ms: restored_at.as_ms(),
            seen_ms: seen.as_ms(),
            changes: *changes,
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let MarksProto { current, next, restored, restored_at_ms, seen_ms, changes } = read(bytes)?;
        Ok(Self {
            current: array(&current)?,
            next: array(&next)?,
            restored,
            restored_at: Timestamp::from_ms(restored_at_ms),
            seen: Timestamp::from_ms(seen_ms),
            changes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_they_were_written() {
        let at = Timestamp::from_ms;
        let (current, next) = ([1; 16], [2; 16]);
        let marks = Marks { current, next, restored: 3, restored_at: at(4), seen: at(5), changes: 6 };
        assert_eq!(Marks::from_bytes(&marks.to_bytes()), Ok(marks));
        assert_eq!(Marks::from_bytes(&[]), Err(Error::Corrupt));
    }
}
