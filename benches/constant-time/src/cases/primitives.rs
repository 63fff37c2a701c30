//! The crate `primitives`.

use entrenous_primitives::{
    aead::{self, Cipher, NotAuthentic, TAG_LEN},
    ed25519::SigningKey,
    hkdf::Prk,
    ml_kem::{
        Ciphertext768, Ciphertext1024, DecapsulationKey768, DecapsulationKey1024, EncapsulationKey768,
        EncapsulationKey1024,
    },
    secret::SecretBytes,
    x25519::{PublicKey, SecretKey},
};

use super::{SEED, Test};
use crate::{
    case::{Case, Decision, Run},
    inputs::{Inputs, assert_secret, classify, declassify, declassify_bytes},
};

const TAG: &str = "AES-GCM: whether the tag holds";
const CONTRIBUTORY: &str = "X25519: whether the result is zero";
const MATRIX: &str = "ML-KEM: the matrix is part of the public key";

pub const CASES: &[Case] = &[
    Case {
        name: "equality, first or last byte differs",
        decisions: &[],
        timed: 500_000,
        prepare: |inputs| {
            let one: [u8; 32] = inputs.secret();
            let mut other = one;
            other[inputs.either(0, 31)] ^= 1;
            compare(&one, &other, false)
        },
    },
    Case {
        name: "equality, same or random",
        decisions: &[],
        timed: 500_000,
        prepare: |inputs| {
            let (one, random): ([u8; 32], _) = (inputs.secret(), inputs.secret());
            compare(&one, &inputs.either(one, random), inputs.is_left())
        },
    },
    Case {
        name: "AES-GCM, key and sealing, 64 B",
        decisions: &[],
        timed: 200_000,
        prepare: |inputs| {
            let (key, nonce, text): ([u8; 32], [u8; 12], [u8; 64]) =
                (inputs.fixed_or_random(), inputs.public(), inputs.secret());
            Box::new(move || {
                let mut buffer = text;
                let tag = Cipher::new(&key).seal(&nonce, b"ad", &mut buffer);
                assert_secret(&tag.expect("short"));
                assert_secret(&buffer);
            })
        },
    },
    Case {
        name: "AES-GCM, key and opening, 64 B",
        decisions: &[Decision(TAG, 2)],
        timed: 200_000,
        prepare: |inputs| {
            let key = inputs.fixed_or_random();
            open::<64>(inputs, key, None, |key, nonce, ciphertext, tag, out| {
                Cipher::new(key).open(nonce, b"ad", ciphertext, tag, out)
            })
        },
    },
    Case {
        name: "AES-GCM, tag wrong in first or last byte, 64 B",
        decisions: &[Decision(TAG, 2)],
        timed: 200_000,
        prepare: |inputs| {
            let (key, wrong) = (inputs.secret(), inputs.either(0, TAG_LEN - 1));
            open::<64>(inputs, key, Some(wrong), |key, nonce, ciphertext, tag, out| {
                Cipher::new(key).open(nonce, b"ad", ciphertext, tag, out)
            })
        },
    },
    Case {
        name: "AES-GCM, key and sealing, 4 KiB",
        decisions: &[],
        timed: 100_000,
        prepare: |inputs| {
            let (key, nonce, text): ([u8; 32], [u8; 12], [u8; 4096]) =
                (inputs.fixed_or_random(), inputs.public(), inputs.secret());
            Box::new(move || {
                let mut buffer = text;
                let tag = aead::seal_once(&key, &nonce, b"ad", &mut buffer);
                assert_secret(&tag.expect("short"));
                assert_secret(&buffer);
            })
        },
    },
    Case {
        name: "AES-GCM, key and opening, 4 KiB",
        decisions: &[Decision(TAG, 2)],
        timed: 100_000,
        prepare: |inputs| {
            let key = inputs.fixed_or_random();
            open::<4096>(inputs, key, None, |key, nonce, ciphertext, tag, out| {
                aead::open_once(key, nonce, b"ad", ciphertext, tag, out)
            })
        },
    },
    Case {
        name: "AES-GCM, tag wrong in first or last byte, 4 KiB",
        decisions: &[Decision(TAG, 2)],
        timed: 100_000,
        prepare: |inputs| {
            let (key, wrong) = (inputs.secret(), inputs.either(0, TAG_LEN - 1));
            open::<4096>(inputs, key, Some(wrong), |key, nonce, ciphertext, tag, out| {
                aead::open_once(key, nonce, b"ad", ciphertext, tag, out)
            })
        },
    },
    Case {
        name: "HKDF, extraction and expansion",
        decisions: &[],
        timed: 200_000,
        prepare: |inputs| {
            let (salt, ikm): ([u8; 32], [u8; 64]) = (inputs.secret(), inputs.fixed_or_random());
            Box::new(move || {
                let keys = Prk::extract(&salt, &[&ikm]).expand_keys::<4>(&[b"info"]);
                keys.iter().for_each(|key| assert_secret(key.as_bytes()));
            })
        },
    },
    Case {
        name: "HKDF, expansion of a key (HMAC)",
        decisions: &[],
        timed: 200_000,
        prepare: |inputs| {
            let key = inputs.fixed_or_random();
            Box::new(move || {
                let keys = Prk::from_key(&key).expand_keys::<2>(&[b"info"]);
                keys.iter().for_each(|key| assert_secret(key.as_bytes()));
            })
        },
    },
    Case {
        name: "X25519, agreement",
        decisions: &[Decision(CONTRIBUTORY, 2)],
        timed: 50_000,
        prepare: |inputs| {
            let secret = SecretKey::<Test>::from_bytes(&inputs.fixed_or_random());
            let peer: PublicKey<Test> = SecretKey::from_bytes(&inputs.public()).public_key();
            Box::new(move || {
                assert_secret(secret.agree(&peer).expect("of a random key").as_bytes());
            })
        },
    },
    Case {
        name: "X25519, peer's key of small order",
        decisions: &[Decision(CONTRIBUTORY, 2)],
        timed: 50_000,
        prepare: |inputs| {
            let secret = SecretKey::<Test>::from_bytes(&inputs.fixed_or_random());
            // u = 0 and u = 1, whose orders are 2 and 4
            let mut peer = [0; 32];
            peer[0] = u8::from(inputs.below(2) == 1);
            let peer = PublicKey::<Test>::from_bytes(&peer).expect("canonical");
            Box::new(move || assert!(declassify(secret.agree(&peer).is_err())))
        },
    },
    Case {
        name: "X25519, public key",
        decisions: &[],
        timed: 50_000,
        prepare: |inputs| {
            let secret = SecretKey::<Test>::from_bytes(&inputs.fixed_or_random());
            Box::new(move || {
                assert_secret(secret.public_key().as_bytes());
            })
        },
    },
    Case {
        name: "Ed25519, key of a seed",
        decisions: &[],
        timed: 50_000,
        prepare: |inputs| {
            let seed = inputs.fixed_or_random();
            Box::new(move || {
                assert_secret(SigningKey::<Test>::from_seed(&seed).verifying_key().as_bytes());
            })
        },
    },
    Case {
        name: "Ed25519, signing",
        decisions: &[],
        timed: 50_000,
        prepare: |inputs| {
            let key = SigningKey::<Test>::from_seed(&inputs.fixed_or_random());
            let message: [u8; 64] = inputs.public();
            Box::new(move || {
                assert_secret(&key.sign(&message));
            })
        },
    },
    Case {
        name: "ML-KEM-768, ciphertext genuine or not",
        decisions: &[Decision(MATRIX, 11_520)],
        timed: 50_000,
        prepare: decapsulation_768,
    },
    Case {
        name: "ML-KEM-1024, ciphertext genuine or not",
        decisions: &[Decision(MATRIX, 20_800)],
        timed: 50_000,
        prepare: decapsulation_1024,
    },
    Case { name: "ML-KEM-768, encapsulation", decisions: &[], timed: 50_000, prepare: encapsulation_768 },
    Case { name: "ML-KEM-1024, encapsulation", decisions: &[], timed: 50_000, prepare: encapsulation_1024 },
];

fn compare(one: &[u8; 32], other: &[u8; 32], same: bool) -> Run {
    let (one, other) = (SecretBytes::from_bytes(one), SecretBytes::from_bytes(other));
    Box::new(move || assert_eq!(declassify(one.ct_eq(&other)), same))
}

type Open<const N: usize> =
    fn(&[u8; 32], &[u8; 12], &[u8; N], &[u8; TAG_LEN], &mut [u8; N]) -> Result<(), NotAuthentic>;

/// Opening of `N` secret bytes that were sealed with `key`, with a tag that is wrong in one byte if one is named.
fn open<const N: usize>(inputs: &mut Inputs<'_>, key: [u8; 32], wrong: Option<usize>, open: Open<N>) -> Run {
    let (nonce, mut sealed): ([u8; 12], [u8; N]) = (inputs.public(), inputs.secret());
    let mut tag = Cipher::new(&key).seal(&nonce, b"ad", &mut sealed).expect("short");
    // what was sent
    declassify_bytes(&sealed);
    declassify_bytes(&tag);
    if let Some(at) = wrong {
        tag[at] ^= 1;
    }
    Box::new(move || {
        let mut out = [0; N];
        let opened = open(&key, &nonce, &sealed, &tag, &mut out);
        assert_eq!(declassify(opened.is_ok()), wrong.is_none());
        if wrong.is_none() {
            assert_secret(&out);
        }
    })
}

macro_rules! ml_kem {
    ($decapsulation:ident, $encapsulation:ident, $dk:ident, $ek:ident, $ct:ident) => {
        fn $decapsulation(inputs: &mut Inputs<'_>) -> Run {
            let mut ciphertext = {
                let public = $dk::<Test>::from_seed(&SEED).encapsulation_key();
                *public.encapsulate(&inputs.public()).0.as_bytes()
            };
            let at = inputs.below(ciphertext.len());
            ciphertext[at] ^= inputs.either(0, 1);
            let ciphertext = $ct::from_bytes(&ciphertext);
            let mut seed = SEED;
            classify(&mut seed);
            let key = $dk::<Test>::from_seed(&seed);
            Box::new(move || {
                assert_secret(key.decapsulate(&ciphertext).as_bytes());
            })
        }

        fn $encapsulation(inputs: &mut Inputs<'_>) -> Run {
            let public = *$dk::<Test>::from_seed(&SEED).encapsulation_key().as_bytes();
            let (public, m) = ($ek::<Test>::from_bytes(&public).expect("a key"), inputs.fixed_or_random());
            Box::new(move || {
                let (ciphertext, shared) = public.encapsulate(&m);
                assert_secret(ciphertext.as_bytes());
                assert_secret(shared.as_bytes());
            })
        }
    };
}

ml_kem!(decapsulation_768, encapsulation_768, DecapsulationKey768, EncapsulationKey768, Ciphertext768);
ml_kem!(decapsulation_1024, encapsulation_1024, DecapsulationKey1024, EncapsulationKey1024, Ciphertext1024);
