//! The short string: what two screens show so that people can tell whether they show the same.

mod emoji;

use core::fmt;

pub use emoji::{Emoji, TABLE};

/// 42 bits as 7 emoji, or about 39.9 bits as 12 decimals, of one transcript hash. `Display` gives the decimals
/// in three groups of four.
///
/// It is as short as it is because nobody can search for a transcript that gives a wanted one: both sides are
/// bound to their share before they see the other's. It is no secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShortString {
    emoji: [Emoji; 7],
    decimals: u64,
}

impl ShortString {
    /// The short string of a transcript hash.
    pub(crate) fn of(transcript: &[u8; 32]) -> Self {
        let (words, _) = transcript.as_chunks::<8>();
        let [first, second, ..] = [0, 1].map(|i| words.get(i).copied().map_or(0, u64::from_be_bytes));
        // spec: IDENTITY-67
        let emoji = [58, 52, 46, 40, 34, 28, 22].map(|shift| emoji::of(first >> shift));
        // spec: IDENTITY-68
        Self { emoji, decimals: second % 1_000_000_000_000 }
    }

    /// The seven emoji, in their order.
    pub fn emoji(&self) -> &[Emoji; 7] {
        &self.emoji
    }

    /// The three groups, each below 10,000 and shown with four digits.
    pub fn decimals(&self) -> [u16; 3] {
        [100_000_000, 10_000, 1].map(|unit| u16::try_from(self.decimals / unit % 10_000).unwrap_or_default())
    }
}

impl fmt::Display for ShortString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.decimals();
        write!(f, "{a:04} {b:04} {c:04}")
    }
}

impl fmt::Debug for ShortString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShortString({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, format, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_has_64_different_pictures_and_names() {
        assert_eq!(TABLE.iter().map(|emoji| emoji.picture).collect::<BTreeSet<_>>().len(), 64);
        assert_eq!(TABLE.iter().map(|emoji| emoji.name).collect::<BTreeSet<_>>().len(), 64);
        assert!(TABLE.is_sorted_by_key(|emoji| emoji.name));
        let in_order: Vec<_> = (0..64).map(emoji::of).collect();
        assert_eq!(in_order, TABLE);
    }

    /// The worked example of `docs/spec/identity.md`, which another implementation computed.
    // spec: IDENTITY-67, IDENTITY-68
    #[test]
    fn the_specifications_example_holds() {
        let hash = core::array::from_fn(|i| u8::try_from(i * 17 % 251).unwrap());
        let string = ShortString::of(&hash);
        let names: Vec<_> = string.emoji().iter().map(|emoji| emoji.name).collect();
        assert_eq!(format!("{string} {string:?}"), "1841 6763 2388 ShortString(1841 6763 2388)");
        assert_eq!(names.join(" "), "anchor apple bee gift camera robot cherries");
    }

    /// What people compare is what counts.
    // spec: IDENTITY-68
    #[test]
    fn strings_that_look_the_same_are_the_same() {
        let of = |second: u64| {
            let mut hash = [7; 32];
            hash[8..16].copy_from_slice(&second.to_be_bytes());
            ShortString::of(&hash)
        };
        assert_eq!(of(5), of(1_000_000_000_005));
        assert_ne!(of(5), of(6));
        assert_eq!(of(u64::MAX).decimals(), [737, 955, 1615]);
    }

    proptest! {
        #[test]
        fn the_first_16_bytes_count(hash: [u8; 32], at in 0..32_usize, flip in 1..=255_u8) {
            let mut other = hash;
            other[at] ^= flip;
            let (one, other) = (ShortString::of(&hash), ShortString::of(&other));
            prop_assert_eq!(one.emoji() != other.emoji(), at < 5 || (at == 5 && flip >= 64));
            prop_assert_eq!(one.decimals() != other.decimals(), (8..16).contains(&at));
            prop_assert!(one.decimals().iter().all(|group| *group < 10_000));
        }
    }
}
