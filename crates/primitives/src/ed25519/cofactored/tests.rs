//! One signature, verified with the cofactor; and signatures that the library wouldn't make.

use curve25519_dalek::constants::EIGHT_TORSION;

use super::*;

#[derive(Debug)]
pub(in super::super) enum Test {}
impl Role for Test {
    const NAME: &'static str = "test";
}

/// p = 2^255 - 19, little-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The y of all eight points of small order: 0 and the two of order 8 stand for two points each.
pub(in super::super) const SMALL_ORDER: [[u8; 32]; 5] = {
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

/// With the encodings that are not canonical: p for 0 and p + 1 for 1, and each with either sign.
fn encodings_of_small_order() -> impl Iterator<Item = [u8; 32]> {
    let mut p_plus_1 = P;
    p_plus_1[0] += 1;
    SMALL_ORDER.into_iter().chain([P, p_plus_1]).flat_map(|y| {
        let mut signed = y;
        signed[31] |= 0x80;
        [y, signed]
    })
}

pub(in super::super) fn small_order_key(y: [u8; 32]) -> Option<PrimeOrderKey<Test>> {
    PrimeOrderKey::from_own_record(&y).ok()
}

pub(in super::super) struct Made {
    pub(in super::super) key: PrimeOrderKey<Test>,
    pub(in super::super) signature: [u8; SIGNATURE_LEN],
}

/// The secret number of the key with the seed 01^32.
fn secret() -> Scalar {
    let mut a: [u8; 32] = *Sha512::digest([1; 32]).first_chunk().unwrap();
    (a[0], a[31]) = (a[0] & 248, a[31] & 127 | 64);
    Scalar::from_bytes_mod_order(a)
}

fn sign(key: PrimeOrderKey<Test>, message: &[u8], r: u64, torsion: EdwardsPoint) -> [u8; SIGNATURE_LEN] {
    let r = Scalar::from(r);
    let point = (EdwardsPoint::mul_base(&r) + torsion).compress().to_bytes();
    let hash =
        Sha512::new().chain_update(point).chain_update(key.as_bytes()).chain_update(message).finalize();
    let s = r + Scalar::from_bytes_mod_order_wide(&hash.into()) * secret();
    let mut signature = [0; SIGNATURE_LEN];
    signature[..32].copy_from_slice(&point);
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

/// A signature that only the owner of the key can make: R = [r]B + `torsion`, and s as if there were no torsion.
pub(in super::super) fn with_torsion(message: &[u8], r: u64, torsion: EdwardsPoint) -> Made {
    let key = SigningKey::<Test>::from_seed(&[1; 32]);
    let key = PrimeOrderKey::from_bytes(key.verifying_key().as_bytes()).unwrap();
    Made { key, signature: sign(key, message, r, torsion) }
}

/// A key with torsion, past the check of its order, and a signature by it.
pub(in super::super) fn mixed_key(message: &[u8]) -> (PrimeOrderKey<Test>, [u8; SIGNATURE_LEN]) {
    let point = EdwardsPoint::mul_base(&secret()) + EIGHT_TORSION[1];
    let bytes = point.compress().to_bytes();
    assert_eq!(PrimeOrderKey::<Test>::from_bytes(&bytes), Err(NonCanonical));
    let key = PrimeOrderKey::from_own_record(&bytes).unwrap();
    (key, sign(key, message, 5, EIGHT_TORSION[0]))
}

// spec: PRIM-12
#[test]
fn a_key_of_small_order_is_refused() {
    let mut points = 0;
    for bytes in encodings_of_small_order() {
        assert_eq!(PrimeOrderKey::<Test>::from_bytes(&bytes), Err(NonCanonical));
        let Ok(key) = VerifyingKey::<Test>::from_bytes(&bytes) else { continue };
        assert!(key.key.is_weak());
        points += 1;
    }
    assert_eq!(points, 8);
}

// spec: PRIM-12
#[test]
fn a_key_of_mixed_order_is_refused() {
    let key =
        VerifyingKey::<Test>::from_bytes(SigningKey::<Test>::from_seed(&[1; 32]).verifying_key().as_bytes());
    let key = key.unwrap().key.to_edwards();
    for (at, torsion) in EIGHT_TORSION.into_iter().enumerate() {
        let bytes = (key + torsion).compress().to_bytes();
        assert!(VerifyingKey::<Test>::from_bytes(&bytes).is_ok());
        assert_eq!(PrimeOrderKey::<Test>::from_bytes(&bytes).is_ok(), at == 0);
    }
}

// spec: PRIM-14
#[test]
fn what_holds_strictly_holds_and_torsion_in_the_point_doesnt_matter() {
    for (at, torsion) in EIGHT_TORSION.into_iter().enumerate() {
        for r in 0..20 {
            let Made { key, mut signature } = with_torsion(b"x", r, torsion);
            assert_eq!(key.verify(b"x", &signature), Ok(()));
            assert_eq!(key.verify(b"y", &signature), Err(BadSignature));
            let strict = key.0.verify(b"x", &signature);
            assert_eq!(strict.is_ok(), at == 0 && r > 0);
            signature[33] ^= 1;
            assert_eq!(key.verify(b"x", &signature), Err(BadSignature));
        }
    }
}

/// The published vectors of ZIP 215: keys and points in every encoding of small order, s = 0, message "Zcash". All
/// hold; ours are those with a canonical key.
// spec: PRIM-14
#[test]
fn all_vectors_of_zip_215_with_canonical_keys_hold() {
    let mut held = 0;
    for a in encodings_of_small_order() {
        let Some(key) = small_order_key(a) else { continue };
        for r in encodings_of_small_order() {
            let mut signature = [0; SIGNATURE_LEN];
            signature[..32].copy_from_slice(&r);
            assert_eq!(key.verify(b"Zcash", &signature), Ok(()));
            assert_eq!(key.0.verify(b"Zcash", &signature), Err(BadSignature));
            held += 1;
        }
    }
    assert_eq!(held, 8 * 14);
}

// spec: PRIM-14
#[test]
fn what_is_no_point_or_no_reduced_number_is_refused() {
    let Made { key, signature } = with_torsion(b"x", 3, EIGHT_TORSION[0]);
    let mut changed = signature;
    changed[..32].copy_from_slice(&[2; 32]);
    assert_eq!(CompressedEdwardsY([2; 32]).decompress(), None);
    assert_eq!(key.verify(b"x", &changed), Err(BadSignature));
    changed = signature;
    changed[63] |= 0x80;
    assert_eq!(key.verify(b"x", &changed), Err(BadSignature));
}

/// Computed from the definition in Python.
// spec: PRIM-14
#[test]
fn the_example_of_the_specification_holds() {
    let bytes = |hex: &str| -> [u8; 32] {
        core::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
    };
    let key = bytes("8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c");
    let mut signature = [0; SIGNATURE_LEN];
    signature[..32]
        .copy_from_slice(&bytes("96488876fba843a773c1bf3b3526edf264c5e314f4ec462b1eefea04117b502d"));
    signature[32..]
        .copy_from_slice(&bytes("bebf0688e0bb56c6b454472aa495c083b07ae8d18b4671b727c1e13adc6c1101"));
    let key = PrimeOrderKey::<Test>::from_bytes(&key).unwrap();
    assert_eq!(key.verify(b"x", &signature), Ok(()));
    assert_eq!(key.0.verify(b"x", &signature), Err(BadSignature));
}
