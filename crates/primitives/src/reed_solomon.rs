//! A Reed–Solomon erasure code over GF(2^8): a blob of k shards becomes up to 255, and any k of them give it back.
//!
//! ```text
//! field    polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1; bit i of a byte is the coefficient of x^i
//! shard i  its byte j is P_j(i), for i below 255
//! P_j      the polynomial of degree below k with P_j(i) = blob[32 i + j] for each i below k
//! ```
//!
//! So the first k shards are the blob itself. It repairs losses and no errors: of shards that were changed, or that
//! are of different blobs, something else comes out, and whoever needs to know has to check. Why it is written
//! here: `docs/adr/0010-reed-solomon.md`.
//!
//! ```
//! use entrenous_primitives::reed_solomon::{reconstruct, shard};
//!
//! let blob = *b"a blob of three shards, which are ninety-six bytes, of which any three are enough to have it all";
//! let arrived = [200, 1, 17].map(|index| (index, shard(&blob, index)));
//! assert_eq!(reconstruct(arrived.iter().map(|(index, shard)| (*index, shard))), blob);
//! ```

use alloc::vec::Vec;

/// Bytes of a shard.
pub const SHARD_LEN: usize = 32;

/// Number of shards of a blob: their indices are 0 to 254.
pub const SHARDS: u8 = 255;

/// The shard `index`, below [`SHARDS`], of a blob of at most 254 whole shards.
// spec: PRIM-11
pub fn shard(blob: &[u8], index: u8) -> [u8; SHARD_LEN] {
    let (shards, _) = blob.as_chunks::<SHARD_LEN>();
    match shards.get(usize::from(index)) {
        Some(shard) => *shard,
        None => interpolate((0..SHARDS).zip(shards), index),
    }
}

/// The blob of the shards, each with its index: as many as the blob has, all different.
// spec: PRIM-11
pub fn reconstruct<'a>(shards: impl ExactSizeIterator<Item = (u8, &'a [u8; SHARD_LEN])> + Clone) -> Vec<u8> {
    let mut blob = Vec::with_capacity(shards.len() * SHARD_LEN);
    for index in (0..SHARDS).take(shards.len()) {
        match shards.clone().find(|(at, _)| *at == index) {
            Some((_, shard)) => blob.extend_from_slice(shard),
            None => blob.extend_from_slice(&interpolate(shards.clone(), index)),
        }
    }
    blob
}

/// What the polynomials through `points` are at `x`, which is none of the points.
///
/// ```text
/// P(x) = sum over j of y_j · product over m other than j of (x - x_m) / (x_j - x_m)          (Lagrange)
/// ```
fn interpolate<'a>(
    points: impl Iterator<Item = (u8, &'a [u8; SHARD_LEN])> + Clone,
    x: u8,
) -> [u8; SHARD_LEN] {
    let mut value = Bytes::default();
    for (xj, y) in points.clone() {
        let mut log = 0;
        for (xm, _) in points.clone().filter(|(xm, _)| *xm != xj) {
            // of field elements, a difference is their exclusive or
            log += log_of(x ^ xm) + ORDER - log_of(xj ^ xm);
        }
        value.add_product(EXP[log % ORDER], Bytes::of(y));
    }
    value.to_bytes()
}

/// 32 field elements that are computed with at once. What is in a shard influences neither time nor addresses;
/// its index does.
#[derive(Clone, Copy, Default)]
struct Bytes([u64; SHARD_LEN / 8]);

impl Bytes {
    fn of(bytes: &[u8; SHARD_LEN]) -> Self {
        let (words, _) = bytes.as_chunks();
        let mut all = Self::default();
        all.0.iter_mut().zip(words).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        all
    }

    fn to_bytes(self) -> [u8; SHARD_LEN] {
        let mut bytes = [0; SHARD_LEN];
        let (words, _) = bytes.as_chunks_mut();
        words.iter_mut().zip(self.0).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        bytes
    }

    /// Adds `factor` times each of `other`.
    fn add_product(&mut self, factor: u8, mut other: Self) {
        for bit in 0..8 {
            let mask = u64::from((factor >> bit) & 1).wrapping_neg();
            for (sum, power) in self.0.iter_mut().zip(&mut other.0) {
                *sum ^= *power & mask;
                *power = times_x(*power);
            }
        }
    }
}

/// Each of the eight elements times x: shifted, and reduced where the highest bit was set.
const fn times_x(elements: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW_SEVEN: u64 = 0x7f * ONES;
    ((elements & LOW_SEVEN) << 1) ^ (((elements >> 7) & ONES) * (POLYNOMIAL & 0xff))
}

/// x^8 + x^4 + x^3 + x^2 + 1, of which x is a generator.
const POLYNOMIAL: u64 = 0x11d;

/// Number of elements that are not zero.
const ORDER: usize = 255;

/// The powers of x.
const EXP: [u8; ORDER] = {
    let mut table = [0; ORDER];
    let (mut at, mut power) = (0, 1_u64);
    while at < ORDER {
        table[at] = power.to_le_bytes()[0];
        power = times_x(power);
        at += 1;
    }
    table
};

/// Which power of x an element is, which is not zero.
const LOG: [u8; ORDER + 1] = {
    let mut table = [0; ORDER + 1];
    let mut at = 0;
    while at < ORDER {
        table[EXP[at] as usize] = at.to_le_bytes()[0];
        at += 1;
    }
    table
};

fn log_of(element: u8) -> usize {
    usize::from(LOG[usize::from(element)])
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec};

    use reed_solomon_erasure::galois_8::ReedSolomon;

    use super::*;

    fn blob(shards: usize) -> Vec<u8> {
        (0..shards * SHARD_LEN).map(|at| (at * at % 251).to_le_bytes()[0]).collect()
    }

    /// The textbook's product, bit by bit.
    fn product(a: u8, b: u8) -> u8 {
        let (mut sum, mut power) = (0u16, u16::from(a));
        for bit in 0..8 {
            if (b >> bit) & 1 == 1 {
                sum ^= power;
            }
            power <<= 1;
            if power & 0x100 != 0 {
                power ^= 0x11d;
            }
        }
        sum.to_le_bytes()[0]
    }

    #[test]
    fn all_products_are_the_textbooks() {
        for a in 0..=255 {
            for b in 0..=255 {
                let mut sum = Bytes::default();
                sum.add_product(a, Bytes::of(&[b; SHARD_LEN]));
                assert_eq!(sum.to_bytes(), [product(a, b); SHARD_LEN], "{a} times {b}");
            }
        }
    }

    /// Another implementation of the same code gives the same 255 shards.
    // spec: PRIM-11
    #[test]
    fn the_shards_are_those_of_another_implementation() {
        for k in [1, 2, 35, 37, 200] {
            let blob = blob(k);
            let mut all = vec![vec![0; SHARD_LEN]; 255];
            all.iter_mut()
                .zip(blob.chunks(SHARD_LEN))
                .for_each(|(shard, bytes)| shard.copy_from_slice(bytes));
            ReedSolomon::new(k, 255 - k).unwrap().encode(&mut all).unwrap();
            for (index, expected) in (0..SHARDS).zip(&all) {
                assert_eq!(shard(&blob, index)[..], expected[..], "shard {index} of {k}");
            }
        }
    }

    /// The example of `docs/spec/README.md`, which a third implementation computed.
    // spec: PRIM-11
    #[test]
    fn the_specifications_example_holds() {
        let blob: Vec<u8> = (0..1120_u16).map(|at| (at % 251).to_le_bytes()[0]).collect();
        let hex = |index| shard(&blob, index).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(35), "7475767778797a7b7c7d7e7fc757d055c3dce8f7d9fa78f378a404a1225752b7");
        assert_eq!(hex(254), "920b12f2438225bad5d7ced0d32d4bc1c9d815543a0529fa455c7cf4c99a7cf6");
    }

    // spec: PRIM-11
    #[test]
    fn any_k_shards_give_the_blob() {
        for k in [1, 2, 35, 37] {
            let blob = blob(k);
            // from an end of the indices to the other, in steps without a common divisor with 255
            for (start, step) in [(0, 1), (255 - k, 1), (3, 7), (250, 254), (17, 77)] {
                let arrived: Vec<(u8, [u8; SHARD_LEN])> = (0..k)
                    .map(|at| u8::try_from((start + at * step) % 255).unwrap())
                    .map(|index| (index, shard(&blob, index)))
                    .collect();
                assert_eq!(reconstruct(arrived.iter().map(|(index, shard)| (*index, shard))), blob);
            }
        }
    }

    #[test]
    fn a_changed_shard_gives_another_blob() {
        let blob = blob(35);
        let mut arrived: Vec<_> = (100..135).map(|index| (index, shard(&blob, index))).collect();
        arrived[0].1[0] ^= 1;
        assert_ne!(reconstruct(arrived.iter().map(|(index, shard)| (*index, shard))), blob);
    }
}
