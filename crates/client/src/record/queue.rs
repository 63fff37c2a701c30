//! A queue of numbered records, and sets of numbers.

use core::ops::Range;
use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{read, write};
use crate::{Error, engine::Stored};

/// A set of numbers, kept as ranges: most of what is queued comes and goes in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<Range<u64>>);

impl Ranges {
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().cloned().flatten()
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|range| range.end - range.start).sum()
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        self.0.iter().any(|range| range.contains(&number))
    }

    /// Adds a number above all others.
    pub(crate) fn push(&mut self, number: u64) {
        match self.0.last_mut() {
            Some(last) if last.end == number => last.end += 1,
            _ => self.0.push(number..number + 1),
        }
    }

    /// Takes a number out; tells whether it was there.
    pub(crate) fn remove(&mut self, number: u64) -> bool {
        let Some(at) = self.0.iter().position(|range| range.contains(&number)) else { return false };
        let Some(range) = self.0.get(at).cloned() else { return false };
        let around = [range.start..number, number + 1..range.end];
        self.0.splice(at..=at, around.into_iter().filter(|part| !part.is_empty()));
        true
    }

    pub(super) fn to_proto(&self) -> Vec<RangeProto> {
        self.0.iter().map(|range| RangeProto { first: range.start, count: range.end - range.start }).collect()
    }

    pub(super) fn from_proto(ranges: &[RangeProto]) -> Result<Self, Error> {
        let read = |range: &RangeProto| {
            let end = range.first.checked_add(range.count).filter(|_| range.count > 0);
            end.map(|end| range.first..end).ok_or(Error::Corrupt)
        };
        let ranges = ranges.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        match ranges.is_sorted_by(|one, next| one.end <= next.start) {
            true => Ok(Self(ranges)),
            false => Err(Error::Corrupt),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RangeProto {
    #[prost(uint64, tag = "1")]
    first: u64,
    #[prost(uint64, tag = "2")]
    count: u64,
}

/// Which numbered records there are: an inbox or outbox. A number is never given twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Queue {
    next: u64,
    pub(crate) items: Ranges,
    /// Length of all contents together, in bytes.
    pub(crate) bytes: u64,
}

impl Queue {
    /// Enters an item with `bytes` bytes of content; gives its number.
    pub(crate) fn push(&mut self, bytes: usize) -> u64 {
        let number = self.next;
        self.next += 1;
        self.items.push(number);
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        number
    }

    /// Those of `numbers` that are in it, each once.
    pub(crate) fn present(&self, numbers: &[u64]) -> BTreeSet<u64> {
        numbers.iter().copied().filter(|number| self.items.contains(*number)).collect()
    }

    /// Takes an item out; tells whether it was there.
    pub(crate) fn remove(&mut self, number: u64, bytes: usize) -> bool {
        let there = self.items.remove(number);
        if there {
            self.bytes = self.bytes.saturating_sub(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
        // the lengths of items that were lost by the store are not known
        if self.items.len() == 0 {
            self.bytes = 0;
        }
        there
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct QueueProto {
    #[prost(uint64, tag = "1")]
    next: u64,
    #[prost(message, repeated, tag = "2")]
    items: Vec<RangeProto>,
    #[prost(uint64, tag = "3")]
    bytes: u64,
}

impl Stored for Queue {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&QueueProto { next: self.next, items: self.items.to_proto(), bytes: self.bytes })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let QueueProto { next, items, bytes } = read(bytes)?;
        Ok(Self { next, items: Ranges::from_proto(&items)?, bytes })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_a_set(steps in proptest::collection::vec((any::<bool>(), 0..40_u64), 0..200)) {
            let (mut ranges, mut set, mut next) = (Ranges::default(), BTreeSet::new(), 0);
            for (push, number) in steps {
                if push {
                    next += 1 + number % 2;
                    ranges.push(next);
                    set.insert(next);
                } else {
                    prop_assert_eq!(ranges.remove(number), set.remove(&number));
                }
                prop_assert_eq!(ranges.contains(number), set.contains(&number));
            }
            prop_assert!(ranges.iter().eq(set.iter().copied()));
            prop_assert_eq!(ranges.len(), set.len() as u64);
            prop_assert_eq!(Ranges::from_proto(&ranges.to_proto()), Ok(ranges));
        }
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let mut queue = Queue::default();
        assert_eq!((queue.push(10), queue.push(5)), (0, 1));
        assert!(queue.remove(1, 5));
        assert!(!queue.remove(1, 5));
        let mut queue = Queue::from_bytes(&queue.to_bytes()).unwrap();
        assert_eq!((queue.push(0), queue.bytes), (2, 10));
    }
}
