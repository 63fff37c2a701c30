//! What an attacker makes of bytes that were sealed.

use rand::{RngExt, seq::IndexedRandom};

use crate::rng::ScriptedRng;

/// Flips a bit, sets a byte, cuts, adds, or joins the beginning of one to the end of another.
pub(super) fn edit(rng: &mut ScriptedRng, bytes: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut edited = bytes.to_vec();
    let at = rng.random_range(0..bytes.len().max(1));
    match rng.random_range(0..6_u8) {
        0 | 1 => flip(&mut edited, at, 1 << rng.random_range(0..8)),
        2 => flip(&mut edited, at, rng.random()),
        3 => edited.truncate(at),
        4 => edited.insert(at, rng.random()),
        _ => {
            if let Some(other) = others.choose(rng) {
                edited.truncate(at);
                edited.extend_from_slice(other.get(at..).unwrap_or_default());
            }
        }
    }
    edited
}

fn flip(bytes: &mut [u8], at: usize, mask: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= mask;
    }
}
