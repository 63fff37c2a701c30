//! Leaks that must be found.

use core::hint::black_box;

use crate::{
    case::{Control, Run},
    inputs::Inputs,
};

pub const CONTROLS: &[Control] = &[
    Control { name: "leak: comparison that stops early", timed: 100_000, prepare: early_exit },
    Control { name: "leak: table indexed by a secret", timed: 100_000, prepare: indexed },
    Control { name: "leak: branch on secret bits", timed: 100_000, prepare: branching },
];

/// Differs at the first byte, or at the last.
fn early_exit(inputs: &mut Inputs<'_>) -> Run {
    let one: [u8; 32] = inputs.secret();
    let mut other = one;
    other[inputs.either(0, 31)] ^= 1;
    Box::new(move || {
        for (a, b) in one.iter().zip(&other) {
            if black_box(*a) != black_box(*b) {
                return;
            }
        }
        unreachable!("they differ");
    })
}

/// Larger than the caches near the core.
static TABLE: [u8; 1 << 24] = [1; 1 << 24];

fn indexed(inputs: &mut Inputs<'_>) -> Run {
    let secret: [u8; 4] = inputs.fixed_or_random();
    Box::new(move || {
        let place = u32::from_le_bytes(black_box(secret)) as usize % TABLE.len();
        black_box(black_box(&TABLE)[place]);
    })
}

fn branching(inputs: &mut Inputs<'_>) -> Run {
    let secret: [u8; 32] = inputs.fixed_or_random();
    Box::new(move || {
        let mut product = 1_u64;
        for byte in secret {
            for bit in 0..8 {
                if black_box(byte) >> bit & 1 == 1 {
                    product = black_box(product).wrapping_mul(3);
                }
            }
        }
        black_box(product);
    })
}
