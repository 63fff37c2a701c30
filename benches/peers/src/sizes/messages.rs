//! 1:1 messages from nothing to the longest that ours takes.

use crate::{curve::Curve, messages::seal_and_open, pairs::parties, report::points};

/// Up to our `MAX_CONTENT`.
const SIZES: [usize; 11] =
    [0, 32, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20];

/// Bytes that are sealed at once, as far as 64 messages go.
const AT_ONCE: usize = 128 << 10;

pub fn run() {
    let mut pairs = parties();
    for size in SIZES {
        let count = (AT_ONCE / size.max(1)).clamp(1, 64);
        let rounds = if size > 1 << 20 { 5 } else { 15 };
        let [encrypt, decrypt] = seal_and_open(&mut pairs, size, count, rounds, || ());
        points(Curve::Encrypt, size, &encrypt);
        points(Curve::Decrypt, size, &decrypt);
    }
}
