//! Many signatures in one multiplication: about half the time of one after the other.

use alloc::vec::Vec;
use core::fmt;

use super::{BadSignature, KEY_LEN, NonCanonical, SIGNATURE_LEN, SigningKey, VerifyingKey};
use crate::role::Role;

/// Signatures checked in one multiplication. One that is false makes the others of its chunk be checked one by
/// one, so that a longer chunk lets one false signature cost more, and a shorter one saves less.
const CHUNK: usize = 64;

/// A public key in the subgroup of prime order, as every key is that was made by the rules.
///
/// With keys outside of it, signatures would hold in some batches and in others not.
pub struct PrimeOrderKey<R: Role>(VerifyingKey<R>);

impl<R: Role> PrimeOrderKey<R> {
    /// Takes the canonical encoding of a point of prime order only. Costs as much as verifying a signature.
    ///
    /// # Errors
    /// [`NonCanonical`] for every other 32 bytes.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Result<Self, NonCanonical> {
        let key = VerifyingKey::from_bytes(bytes)?;
        // spec: PRIM-12
        if key.key.is_weak() || !key.key.to_edwards().is_torsion_free() {
            return Err(NonCanonical);
        }
        Ok(Self(key))
    }

    /// Takes bytes that passed [`from_bytes`](Self::from_bytes) before and come from a record of ours: the order
    /// isn't computed again.
    ///
    /// # Errors
    /// [`NonCanonical`] for what is no point at all.
    pub fn from_own_record(bytes: &[u8; KEY_LEN]) -> Result<Self, NonCanonical> {
        VerifyingKey::from_bytes(bytes).map(Self)
    }

    /// The public key of `key`: a multiple of the base point.
    pub fn of(key: &SigningKey<R>) -> Self {
        Self(key.verifying_key())
    }

    /// The encoding, 32 bytes.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        self.0.as_bytes()
    }

    /// Verifies one signature, as [`VerifyingKey::verify`] does.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
        self.0.verify(message, signature)
    }
}

impl<R: Role> Clone for PrimeOrderKey<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R: Role> Copy for PrimeOrderKey<R> {}
impl<R: Role> PartialEq for PrimeOrderKey<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<R: Role> Eq for PrimeOrderKey<R> {}
impl<R: Role> fmt::Debug for PrimeOrderKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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

/// Verifies all of them, and gives the places of those that don't hold, ascending.
///
/// Agrees with [`VerifyingKey::verify`] on every signature but for those that only the owner of the secret key can
/// make, with a point of mixed order on purpose: such a one may pass here and fail there.
pub fn verify_batch<R: Role>(signed: &[Signed<'_, R>]) -> Vec<usize> {
    let mut bad = Vec::new();
    for (chunk, from) in signed.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        if !holds(chunk) {
            let failed =
                |signed: &Signed<'_, R>| signed.key.verify(signed.message, signed.signature).is_err();
            bad.extend((from..).zip(chunk).filter(|(_, signed)| failed(signed)).map(|(at, _)| at));
        }
    }
    bad
}

/// Whether all of `chunk` hold.
fn holds<R: Role>(chunk: &[Signed<'_, R>]) -> bool {
    // spec: PRIM-13
    if let [one] = chunk {
        return one.key.verify(one.message, one.signature).is_ok();
    }
    // the library's batch takes points that the strict verification refuses
    if !chunk.iter().all(|signed| has_proper_point(signed.signature)) {
        return false;
    }
    let messages: Vec<&[u8]> = chunk.iter().map(|signed| signed.message).collect();
    let signatures: Vec<_> =
        chunk.iter().map(|signed| ed25519_dalek::Signature::from_bytes(signed.signature)).collect();
    let keys: Vec<_> = chunk.iter().map(|signed| signed.key.0.key).collect();
    ed25519_dalek::verify_batch(&messages, &signatures, &keys).is_ok()
}

/// p = 2^255 - 19, little-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The y of all eight points of small order: 0 and the two of order 8 stand for two points each.
const SMALL_ORDER: [[u8; 32]; 5] = {
    let zero = [0; 32];
    let (mut one, mut minus_one) = (zero, P);
    one[0] = 1;
    minus_one[0] -= 1;
    [
        zero,
        one,
        minus_one,
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
};

/// Whether R can be the canonical encoding of a point that is not of small order, as far as its bytes tell. (The
/// other way for an encoding not to be canonical, a sign for x = 0, has a y of small order.)
fn has_proper_point(signature: &[u8; SIGNATURE_LEN]) -> bool {
    let mut y = [0; 32];
    y.copy_from_slice(&signature[..32]);
    y[31] &= 0x7f;
    y.iter().rev().lt(P.iter().rev()) && !SMALL_ORDER.contains(&y)
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use curve25519_dalek::{EdwardsPoint, Scalar, constants::EIGHT_TORSION};
    use sha2::{Digest, Sha512};

    use super::*;

    #[derive(Debug)]
    enum Test {}
    impl Role for Test {
        const NAME: &'static str = "test";
    }

    struct Entry {
        key: PrimeOrderKey<Test>,
        message: String,
        signature: [u8; SIGNATURE_LEN],
    }

    fn entries(count: u8) -> Vec<Entry> {
        let entry = |i: u8| {
            // a few signers, several messages of each
            let key = SigningKey::<Test>::from_seed(&[i % 5 + 1; 32]);
            let message = format!("message {i}");
            let signature = key.sign(message.as_bytes());
            let key = PrimeOrderKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
            Entry { key, message, signature }
        };
        (0..count).map(entry).collect()
    }

    fn bad(entries: &[Entry]) -> Vec<usize> {
        let signed: Vec<_> = entries
            .iter()
            .map(|Entry { key, message, signature }| Signed {
                key: *key,
                message: message.as_bytes(),
                signature,
            })
            .collect();
        verify_batch(&signed)
    }

    // spec: PRIM-13
    #[test]
    fn the_false_ones_are_named_and_no_others() {
        for count in [0, 1, 2, 63, 64, 65, 200] {
            assert!(bad(&entries(count)).is_empty(), "{count}");
        }
        let mut batch = entries(150);
        for at in [3, 70, 71, 149] {
            batch[at].signature[at % 64] ^= 1;
        }
        // of a signature that holds, for another message
        batch[100].signature = batch[105].signature;
        assert_eq!(bad(&batch), [3, 70, 71, 100, 149]);
        let mut one = entries(1);
        one[0].signature[40] ^= 1;
        assert_eq!(bad(&one), [0]);
    }

    // spec: PRIM-13
    #[test]
    fn exchanging_parts_between_signatures_doesnt_cancel_out() {
        let mut batch = entries(10);
        let (s0, s5) = (batch[0].signature, batch[5].signature);
        batch[0].signature[32..].copy_from_slice(&s5[32..]);
        batch[5].signature[32..].copy_from_slice(&s0[32..]);
        assert_eq!(bad(&batch), [0, 5]);
    }

    // spec: PRIM-12
    #[test]
    fn the_table_is_that_of_all_points_of_small_order() {
        let mut points = 0;
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut bytes = y;
                bytes[31] |= sign;
                let Ok(key) = VerifyingKey::<Test>::from_bytes(&bytes) else { continue };
                assert!(key.key.is_weak());
                assert_eq!(PrimeOrderKey::<Test>::from_bytes(&bytes), Err(NonCanonical));
                points += 1;
            }
        }
        assert_eq!(points, 8);
    }

    // spec: PRIM-12
    #[test]
    fn a_key_of_mixed_order_is_refused() {
        // the negative of a key's y is the key plus the point of order 2, or its negative
        let key = *SigningKey::<Test>::from_seed(&[1; 32]).verifying_key().as_bytes();
        let mut negative = [0; 32];
        let mut borrow = 0;
        for ((out, p), y) in negative.iter_mut().zip(P).zip(key) {
            let y = i16::from(y);
            let difference = i16::from(p) - y - borrow;
            borrow = i16::from(difference < 0);
            *out = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
        negative[31] &= 0x7f;
        for sign in [0, 0x80] {
            let mut bytes = negative;
            bytes[31] |= sign;
            assert!(VerifyingKey::<Test>::from_bytes(&bytes).is_ok());
            assert_eq!(PrimeOrderKey::<Test>::from_bytes(&bytes), Err(NonCanonical));
        }
        assert!(PrimeOrderKey::<Test>::from_bytes(&key).is_ok());
    }

    /// A signature that only the owner of the key can make: R = [r]B + `torsion`, and s as if there were no torsion.
    fn by_owner(message: &[u8], r: u64, torsion: EdwardsPoint) -> Entry {
        let seed = [1; 32];
        let key = SigningKey::<Test>::from_seed(&seed);
        let public = *key.verifying_key().as_bytes();
        let mut a: [u8; 32] = *Sha512::digest(seed).first_chunk().unwrap();
        (a[0], a[31]) = (a[0] & 248, a[31] & 127 | 64);
        let r = Scalar::from(r);
        let point = (EdwardsPoint::mul_base(&r) + torsion).compress().to_bytes();
        let hash = Sha512::new().chain_update(point).chain_update(public).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        let s = r + k * Scalar::from_bytes_mod_order(a);
        let mut signature = [0; SIGNATURE_LEN];
        signature[..32].copy_from_slice(&point);
        signature[32..].copy_from_slice(s.as_bytes());
        let message = String::from_utf8(message.to_vec()).unwrap();
        Entry { key: PrimeOrderKey::from_bytes(&public).unwrap(), message, signature }
    }

    // spec: PRIM-13
    #[test]
    fn a_point_of_small_order_passes_neither_alone_nor_in_company() {
        for torsion in EIGHT_TORSION {
            let mut batch = entries(4);
            // with the neutral element the equation holds, and the library's batch takes it
            batch[1] = by_owner(b"x", 0, torsion);
            assert_eq!(bad(&batch), [1]);
        }
    }

    // spec: PRIM-13
    #[test]
    fn an_owner_that_signs_with_mixed_order_makes_nobody_elses_signature_fail_or_hold() {
        let mut passed = 0;
        for i in 0..64_u8 {
            for torsion in EIGHT_TORSION {
                let own = by_owner(&[b'a' + i % 26], u64::from(i) + 1, torsion);
                let holds_alone = own.key.verify(own.message.as_bytes(), &own.signature).is_ok();
                assert_eq!(holds_alone, torsion == EIGHT_TORSION[0]);
                let mut batch = entries(5);
                batch[3].signature[50] ^= i & 1;
                batch[1] = own;
                let bad = bad(&batch);
                // beside a false one all are verified alone
                let expected: &[usize] = if i & 1 == 1 { &[3] } else { &[] };
                let others: Vec<usize> = bad.iter().copied().filter(|at| *at != 1).collect();
                assert_eq!(others, expected);
                assert!(!holds_alone || !bad.contains(&1));
                passed += usize::from(!holds_alone && !bad.contains(&1));
            }
        }
        assert!(
            passed > 0,
            "the exception that is documented: if it is gone, the documentation is to change"
        );
    }

    // spec: PRIM-13
    #[test]
    fn a_second_encoding_of_a_signature_doesnt_pass_in_company() {
        // s + L: the same signature in another encoding
        let mut batch = entries(4);
        let l: [u8; 16] =
            [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14];
        let mut carry = 0_u16;
        for (at, add) in l.into_iter().chain([0; 15]).chain([0x10_u8]).enumerate() {
            let sum = u16::from(batch[2].signature[32 + at]) + u16::from(add) + carry;
            batch[2].signature[32 + at] = sum.to_be_bytes()[1];
            carry = sum >> 8;
        }
        assert_eq!(bad(&batch), [2]);
    }
}
