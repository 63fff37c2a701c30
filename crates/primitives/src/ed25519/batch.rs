//! Many signatures in one multiplication: less than half the time of one after the other, and a third where one key has
//! made them.

use alloc::{collections::BTreeMap, vec::Vec};
use core::iter::once;

use curve25519_dalek::{
    EdwardsPoint, Scalar, constants::ED25519_BASEPOINT_POINT, traits::VartimeMultiscalarMul,
};
use sha2::{Digest, Sha256, Sha512};

use super::{KEY_LEN, PrimeOrderKey, SIGNATURE_LEN, cofactored::Equation};
use crate::{parallel, role::Role};

/// Signatures checked in one multiplication. One that is false makes the others of its chunk be checked one by
/// one, so that a longer chunk lets one false signature cost more, and a shorter one saves less.
const CHUNK: usize = 64;

/// Begins what the factors are derived from. They never leave this function.
const FACTORS: &[u8] = b"entrenous v1 signature batch\0";

/// A message with the signature that it is said to have.
#[derive(Debug)]
pub struct Signed<'a, R: Role> {
    /// Whose signature.
    pub key: PrimeOrderKey<R>,
    /// What was signed.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a [u8; SIGNATURE_LEN],
}

/// Verifies all of them, and gives the places of those that don't hold, ascending: exactly those that
/// [`PrimeOrderKey::verify`] refuses.
///
/// With the feature `parallel` the work is spread over the threads of rayon's pool, 64 signatures at a time.
pub fn verify_batch<R: Role>(signed: &[Signed<'_, R>]) -> Vec<usize> {
    let chunks = signed.chunks(CHUNK).enumerate().collect();
    parallel::map(chunks, |(chunk, signed)| false_ones(chunk * CHUNK, signed)).concat()
}

/// The places of those that don't hold, ascending, of signatures from the place `from` on.
fn false_ones<R: Role>(from: usize, signed: &[Signed<'_, R>]) -> Vec<usize> {
    let (mut bad, mut equations) = (Vec::new(), Vec::with_capacity(signed.len()));
    for (at, Signed { key, message, signature }) in (from..).zip(signed) {
        match Equation::new(key, message, signature) {
            Some(equation) => equations.push((at, equation)),
            None => bad.push(at),
        }
    }
    if !hold_together(&equations) {
        bad.extend(equations.iter().filter(|(_, equation)| !equation.holds()).map(|(at, _)| *at));
    }
    bad.sort_unstable();
    bad
}

/// Whether all hold. If one doesn't, they do with a chance of 2^-128.
fn hold_together(equations: &[(usize, Equation)]) -> bool {
    // spec: PRIM-13
    if let [(_, one)] = equations {
        return one.holds();
    }
    let zs = factors(equations);
    // one point for each key: what a sender has written in a row costs one point a message, and not two
    let mut b = Scalar::ZERO;
    let mut keys: BTreeMap<&[u8; KEY_LEN], (EdwardsPoint, Scalar)> = BTreeMap::new();
    for ((_, equation), z) in equations.iter().zip(&zs) {
        b += z * equation.s;
        keys.entry(&equation.key).or_insert((equation.a, Scalar::ZERO)).1 += z * equation.k;
    }
    let rs = equations.iter().map(|(_, equation)| equation.r);
    let (keys, ks): (Vec<_>, Vec<_>) = keys.into_values().unzip();
    let scalars = once(-b).chain(zs).chain(ks);
    let points = once(ED25519_BASEPOINT_POINT).chain(rs).chain(keys);
    // the cofactor: what is left over may be of small order, as for each alone
    EdwardsPoint::vartime_multiscalar_mul(scalars, points).is_small_order()
}

/// A factor of 128 bits for each, which nobody can know before all of them are fixed.
fn factors(equations: &[(usize, Equation)]) -> Vec<Scalar> {
    let mut all = Sha512::new().chain_update(FACTORS);
    for (_, Equation { hash, s, .. }) in equations {
        // the hash fixes R, A and the message
        all.update(hash);
        all.update(s.as_bytes());
    }
    let all = all.finalize();
    let factor = |at: u64| {
        let hash: [u8; 32] = Sha256::new().chain_update(all).chain_update(at.to_be_bytes()).finalize().into();
        let [low, _] = hash.as_chunks::<16>().0 else { return Scalar::ONE };
        Scalar::from(u128::from_le_bytes(*low))
    };
    (0..).zip(equations).map(|(at, _)| factor(at)).collect()
}

#[cfg(test)]
mod tests;
