//! How much a frame is padded, so that its length says little.

use core::num::NonZeroU32;

/// Shortest frame under [`Padding::Padme`], in bytes: short texts all look alike.
pub const PADME_FLOOR: usize = 64;

/// The sender's choice of padding. Receivers accept any, so it is never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Padding {
    /// Padmé (PURBs, 2019) with a floor of [`PADME_FLOOR`]: at most 12 % larger above the floor, and a length
    /// tells only about log log of itself.
    #[default]
    Padme,
    /// Up to the next multiple of a block.
    Blocks(BlockSize),
    /// Nothing but the mark that ends every frame.
    None,
}

impl Padding {
    /// Length in bytes of a frame of `unpadded` bytes, its end mark included, once it is padded. Never shorter
    /// than `unpadded`, and `usize::MAX` where the sum would overflow.
    // spec: WIRE-41, WIRE-42
    #[must_use]
    pub const fn padded_len(self, unpadded: usize) -> usize {
        match self {
            Self::Padme if unpadded <= PADME_FLOOR => PADME_FLOOR,
            Self::Padme => padme(unpadded),
            Self::Blocks(block) => match unpadded.checked_next_multiple_of(block.get()) {
                Some(0) => block.get(),
                Some(len) => len,
                None => usize::MAX,
            },
            Self::None => unpadded,
        }
    }
}

/// Padmé without a floor: of a length L with E = floor(log2 L) and S = floor(log2 E) + 1, the low E - S bits
/// are rounded up to zero. Only for L >= 2.
const fn padme(len: usize) -> usize {
    let exponent = len.ilog2();
    let low_bits = exponent - (exponent.ilog2() + 1);
    let mask = (1_usize << low_bits) - 1;
    match len.checked_add(mask) {
        Some(sum) => sum & !mask,
        None => usize::MAX,
    }
}

/// A block of 1 byte to 64 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSize(NonZeroU32);

impl BlockSize {
    /// Largest block, in bytes.
    pub const MAX: u32 = 1 << 16;

    /// A block of `bytes`; `None` if that is zero or above [`BlockSize::MAX`].
    #[must_use]
    pub const fn new(bytes: u32) -> Option<Self> {
        match NonZeroU32::new(bytes) {
            Some(bytes) if bytes.get() <= Self::MAX => Some(Self(bytes)),
            _ => None,
        }
    }

    /// The block in bytes.
    #[must_use]
    pub const fn get(self) -> usize {
        // Lossless where pointers have 32 bits or more, as everywhere this protocol runs; `try_from` is not const.
        self.0.get() as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // spec: WIRE-41
    #[test]
    fn padme_gives_the_published_values() {
        let known = [(8, 8), (9, 10), (11, 12), (100, 104), (1000, 1024), (1_000_000, 1_015_808)];
        for (len, padded) in known {
            assert_eq!(padme(len), padded, "of {len}");
        }
    }

    // spec: WIRE-41
    #[test]
    fn padme_has_a_floor() {
        for len in [0, 1, 2, 16, 63, 64] {
            assert_eq!(Padding::Padme.padded_len(len), 64);
        }
        assert_eq!(Padding::Padme.padded_len(65), 72);
    }

    // spec: WIRE-42
    #[test]
    fn blocks_are_whole() {
        let blocks = Padding::Blocks(BlockSize::new(160).expect("in range"));
        assert_eq!([0, 1, 160, 161].map(|len| blocks.padded_len(len)), [160, 160, 160, 320]);
        assert_eq!(BlockSize::new(0), None);
        assert_eq!(BlockSize::new(65_537), None);
        assert_eq!(BlockSize::new(65_536).map(BlockSize::get), Some(65_536));
    }

    #[test]
    fn no_length_overflows() {
        let blocks = Padding::Blocks(BlockSize::new(65_535).expect("in range"));
        // that size divides it, this one doesn't
        let rounded_up = Padding::Blocks(BlockSize::new(1_000).expect("in range"));
        for padding in [Padding::Padme, blocks, rounded_up, Padding::None] {
            assert_eq!(padding.padded_len(usize::MAX), usize::MAX);
        }
    }

    fn any_padding() -> impl Strategy<Value = Padding> {
        prop_oneof![
            Just(Padding::Padme),
            Just(Padding::None),
            (1..=BlockSize::MAX).prop_map(|size| BlockSize::new(size).map_or(Padding::None, Padding::Blocks)),
        ]
    }

    proptest! {
        #[test]
        fn padme_costs_at_most_twelve_percent(len in PADME_FLOOR..(1 << 25)) {
            prop_assert!((Padding::Padme.padded_len(len) - len) * 100 <= len * 12);
        }

        #[test]
        fn padded_lengths_are_monotone_and_stay(padding in any_padding(), len in 0..(1_usize << 25), more in 0..4096_usize) {
            let padded = padding.padded_len(len);
            prop_assert!(padded >= len);
            prop_assert!(padding.padded_len(len + more) >= padded);
            prop_assert_eq!(padding.padded_len(padded), padded);
        }
    }
}
