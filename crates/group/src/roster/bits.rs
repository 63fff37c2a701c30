//! Sets of entries, one bit for each: the past of an entry is asked for in every rule.

use alloc::vec::Vec;

/// A set of small numbers. It grows as it has to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The numbers below `len`.
    pub(crate) fn below(len: usize) -> Self {
        let mut bits = Self::default();
        for at in 0..len {
            bits.insert(at);
        }
        bits
    }

    /// Whether `at` is in the set.
    pub(crate) fn has(&self, at: usize) -> bool {
        self.words.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// Puts `at` in.
    pub(crate) fn insert(&mut self, at: usize) {
        if self.words.len() <= at / 64 {
            self.words.resize(at / 64 + 1, 0);
        }
        if let Some(word) = self.words.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// Puts all of `other` in.
    pub(crate) fn unite(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Whether a number is in both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(one, other)| one & other != 0)
    }

    /// How many numbers that are in `of`, too, are not in `known`.
    pub(crate) fn count_new(&self, of: &Self, known: &Self) -> usize {
        let new = |at: usize, word: &u64| {
            let (of, known) = (of.words.get(at).unwrap_or(&0), known.words.get(at).unwrap_or(&0));
            (word & of & !known).count_ones() as usize
        };
        self.words.iter().enumerate().map(|(at, word)| new(at, word)).sum()
    }

    /// How many numbers are in the set.
    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The numbers, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| place * 64 + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in() {
        let mut one = Bits::default();
        assert!(!one.has(70));
        one.insert(70);
        one.insert(70);
        one.insert(3);
        let mut other = Bits::below(3);
        other.unite(&one);
        assert_eq!(other.iter().collect::<Vec<_>>(), [0, 1, 2, 3, 70]);
        assert_eq!(other.count(), 5);
        assert!(other.meets(&one) && !one.meets(&Bits::below(3)));
        assert_eq!(other.count_new(&Bits::below(71), &one), 3);
        assert!(other.has(70) && !other.has(69) && !other.has(1000));
    }
}
