//! Leaks that must be found: general ones, and one in the place of each operation as somebody might have written it.

use core::hint::black_box;

use entrenous_primitives::{
    aead::{Cipher, TAG_LEN},
    hkdf::Prk,
    ml_kem::DecapsulationKey768,
    secret::SecretBytes,
    x25519::{PublicKey, SecretKey},
};

use super::{SEED, Test};
use crate::{
    case::{Control, Run},
    inputs::{Inputs, declassify, declassify_bytes},
};

pub const CONTROLS: &[Control] = &[
    Control { name: "leak: table indexed by a secret", timed: 100_000, prepare: indexed },
    Control { name: "leak: tag compared up to the first difference", timed: 100_000, prepare: tag },
    Control { name: "leak: DH that multiplies where a bit is set", timed: 20_000, prepare: exponent },
    // what it tells in time is whether a peer's key is of small order, which is public
    Control { name: "leak: DH's result compared with zero byte by byte", timed: 0, prepare: zero },
    Control {
        name: "leak: decapsulation that hashes only when refused",
        timed: 20_000,
        prepare: decapsulation,
    },
    Control {
        name: "leak: unwrapping that looks at padding before the tag",
        timed: 20_000,
        prepare: padding,
    },
];

/// Larger than the caches near the core.
static TABLE: [u8; 1 << 24] = [1; 1 << 24];

fn indexed(inputs: &mut Inputs<'_>) -> Run {
    let secret: [u8; 4] = inputs.fixed_or_random();
    Box::new(move || {
        let place = u32::from_le_bytes(black_box(secret)) as usize % TABLE.len();
        black_box(black_box(&TABLE)[place]);
    })
}

/// Whether they are the same, told at the first byte that isn't.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.iter().zip(other).all(|(one, other)| black_box(*one) == black_box(*other))
}

/// The tag that came is wrong in the first byte, or in the last.
fn tag(inputs: &mut Inputs<'_>) -> Run {
    let (key, nonce, text): ([u8; 32], [u8; 12], [u8; 64]) =
        (inputs.secret(), inputs.public(), inputs.public());
    let seal = move || {
        let mut buffer = text;
        Cipher::new(&key).seal(&nonce, b"ad", &mut buffer).expect("short")
    };
    let mut came = seal();
    came[inputs.either(0, TAG_LEN - 1)] ^= 1;
    declassify_bytes(&came);
    Box::new(move || assert!(!declassify(same(&seal(), &came))))
}

/// A prime: numbers below it are multiplied without a library.
const P: u128 = (1 << 61) - 1;

/// DH as in textbooks, in numbers that are much too small.
fn exponent(inputs: &mut Inputs<'_>) -> Run {
    let (secret, peer): ([u8; 32], [u8; 7]) = (inputs.fixed_or_random(), inputs.public());
    let peer = peer.iter().fold(0, |peer, byte| peer << 8 | u128::from(*byte));
    Box::new(move || {
        let mut result = 1;
        for bit in secret.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1)) {
            result = result * result % P;
            if black_box(bit) == 1 {
                result = black_box(result * peer % P);
            }
        }
        black_box(result);
    })
}

fn zero(inputs: &mut Inputs<'_>) -> Run {
    let secret = SecretKey::<Test>::from_bytes(&inputs.secret());
    let peer: PublicKey<Test> = SecretKey::from_bytes(&inputs.public()).public_key();
    Box::new(move || {
        let shared = secret.agree(&peer).expect("of a random key");
        assert!(!declassify(same(shared.as_bytes(), &[0; 32])));
    })
}

/// The second half of a decapsulation, which encrypts again: what came is genuine, or it is not.
fn decapsulation(inputs: &mut Inputs<'_>) -> Run {
    let public = DecapsulationKey768::<Test>::from_seed(&SEED).encapsulation_key();
    let (m, z): ([u8; 32], [u8; 32]) = (inputs.secret(), inputs.secret());
    let mut came = *public.encapsulate(&m).0.as_bytes();
    let at = inputs.below(came.len());
    came[at] ^= inputs.either(0, 1);
    declassify_bytes(&came);
    Box::new(move || {
        let (again, shared) = public.encapsulate(&m);
        if again.as_bytes() == &came {
            black_box(shared.as_bytes());
        } else {
            black_box(Prk::extract(&z, &[&came]).expand::<32>(&[b"refused"]).as_bytes());
        }
    })
}

/// Bytes of a wrapped key, and of what fills its record up: each says how many of them there are.
const WRAPPED: usize = 32;

/// The filling is wrong, or it is right and the tag is wrong.
fn padding(inputs: &mut Inputs<'_>) -> Run {
    let wrapping: [u8; 32] = inputs.secret();
    let mut record = [inputs.secret(), [WRAPPED as u8; WRAPPED]];
    record[1][WRAPPED - 1] ^= inputs.either(1, 0);
    let sealed = encrypted(&wrapping, &record);
    let mut tag = tag_of(&wrapping, &sealed);
    tag.as_mut_bytes()[0] ^= 1;
    declassify_bytes(sealed.as_flattened());
    declassify_bytes(tag.as_bytes());
    Box::new(move || {
        let record = encrypted(&wrapping, &sealed);
        let filled = record[1].iter().rev().all(|byte| black_box(*byte) == WRAPPED as u8);
        assert!(!declassify(filled && tag_of(&wrapping, &sealed).ct_eq(&tag)));
    })
}

/// Encrypts, and decrypts.
fn encrypted(key: &[u8; 32], record: &[[u8; WRAPPED]; 2]) -> [[u8; WRAPPED]; 2] {
    let mut record = *record;
    let stream = Prk::from_key(key).expand_keys::<2>(&[b"stream"]);
    let stream = stream.iter().flat_map(SecretBytes::as_bytes);
    record.as_flattened_mut().iter_mut().zip(stream).for_each(|(byte, with)| *byte ^= with);
    record
}

fn tag_of(key: &[u8; 32], sealed: &[[u8; WRAPPED]; 2]) -> SecretBytes<32> {
    Prk::from_key(key).expand(&[b"tag", sealed.as_flattened()])
}
