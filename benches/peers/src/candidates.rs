//! The libraries that could be the faster backend, beside the portable code: what ADR 0017 was decided by.

use std::hint::black_box;

use aws_lc_rs::{aead as aws_aead, agreement, signature, signature::KeyPair};
use ed25519_dalek::Signer;
use entrenous_primitives::aead::Cipher;
use graviola::{aead::AesGcm, key_agreement::x25519, signing::eddsa};
use ring::aead as ring_aead;

use crate::{
    clock::{median, timed},
    report::{figure, note},
    unit::Unit,
};

const ROUNDS: usize = 31;
const RUSTCRYPTO: &str = "RustCrypto, dalek";
const GRAVIOLA: &str = "graviola";
const AWS_LC: &str = "aws-lc-rs";
const RING: &str = "ring";
const LIBCRUX: &str = "libcrux, portable";
const LIBCRUX_AVX2: &str = "libcrux, detected";

const KEY: [u8; 32] = [7; 32];
const NONCE: [u8; 12] = [1; 12];
/// As much as a message of a session binds.
const AD: [u8; 51] = [3; 51];
/// Bytes of messages: around where the fastest changes, and a long one.
const SIZES: [usize; 8] = [32, 256, 512, 1024, 2048, 4096, 16_384, 65_536];

/// Measures the candidates.
pub fn run() {
    // on other processors graviola panics, and so do we
    if !graviola::util::is_cpu_supported() {
        note("this processor lacks what graviola needs: no candidate was measured");
        return;
    }
    SIZES.into_iter().for_each(seal);
    agree();
    sign();
    kems();
}

/// A key that serves once, and a message sealed with it.
fn seal(size: usize) {
    let row = format!("AES-256-GCM, new key and seal, {size} B");
    let mut buffer = vec![0; size];
    let times = 1 + (256 << 10) / (size + 1024);
    candidate(&row, RUSTCRYPTO, times, || {
        // in the crate that the product uses it from: how fast it is hangs on what the compiler makes of it there
        Cipher::new(black_box(&KEY)).seal(&NONCE, &AD, &mut buffer).expect("short")
    });
    candidate(&row, GRAVIOLA, times, || {
        let mut tag = [0; 16];
        AesGcm::new(black_box(&KEY)).encrypt(&NONCE, &AD, &mut buffer, &mut tag);
        tag
    });
    candidate(&row, AWS_LC, times, || {
        use aws_aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, black_box(&KEY)).expect("a key"));
        let nonce = Nonce::assume_unique_for_key(NONCE);
        key.seal_in_place_separate_tag(nonce, Aad::from(&AD[..]), &mut buffer).expect("short")
    });
    candidate(&row, RING, times, || {
        use ring_aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, black_box(&KEY)).expect("a key"));
        let nonce = Nonce::assume_unique_for_key(NONCE);
        key.seal_in_place_separate_tag(nonce, Aad::from(&AD[..]), &mut buffer).expect("short")
    });
}

/// X25519 with a secret that is kept as bytes, as ours are.
fn agree() {
    let peer = x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from([9; 32]));
    let [agreement, public] = ["X25519, agreement from bytes", "X25519, public key from bytes"];
    candidate(agreement, RUSTCRYPTO, 16, || {
        x25519_dalek::StaticSecret::from(*black_box(&KEY)).diffie_hellman(&peer).to_bytes()
    });
    candidate(public, RUSTCRYPTO, 16, || {
        x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(*black_box(&KEY))).to_bytes()
    });
    let secret = || x25519::StaticPrivateKey::from_array(black_box(&KEY));
    candidate(agreement, GRAVIOLA, 16, || {
        secret().diffie_hellman(&x25519::PublicKey::from_array(peer.as_bytes())).expect("contributory").0
    });
    candidate(public, GRAVIOLA, 16, || secret().public_key().as_bytes());
    let secret =
        || agreement::PrivateKey::from_private_key(&agreement::X25519, black_box(&KEY)).expect("a key");
    candidate(agreement, AWS_LC, 16, || {
        let peer = agreement::UnparsedPublicKey::new(&agreement::X25519, peer.as_bytes());
        agreement::agree(&secret(), peer, (), |shared| Ok(shared[0])).expect("contributory")
    });
    candidate(public, AWS_LC, 16, || secret().compute_public_key().expect("a key"));
}

/// Ed25519, of as much as a group message signs.
fn sign() {
    let message = [5; 179];
    let [make, verify, from_seed] = ["Ed25519, sign", "Ed25519, verify", "Ed25519, key from its seed"];
    let dalek = ed25519_dalek::SigningKey::from_bytes(&KEY);
    let (signed, public) = (dalek.sign(&message), dalek.verifying_key());
    candidate(make, RUSTCRYPTO, 16, || dalek.sign(black_box(&message)));
    candidate(verify, RUSTCRYPTO, 16, || {
        public.verify_strict(black_box(&message), &signed).expect("genuine")
    });
    candidate(from_seed, RUSTCRYPTO, 16, || ed25519_dalek::SigningKey::from_bytes(black_box(&KEY)));
    let signed = signed.to_bytes();
    let key = || eddsa::Ed25519SigningKey::from_bytes(black_box(&KEY)).expect("32 bytes");
    let graviola = key();
    let public = graviola.public_key();
    candidate(make, GRAVIOLA, 16, || graviola.sign(black_box(&message)));
    candidate(verify, GRAVIOLA, 16, || public.verify(&signed, black_box(&message)).expect("genuine"));
    candidate(from_seed, GRAVIOLA, 16, key);
    let key = || signature::Ed25519KeyPair::from_seed_unchecked(black_box(&KEY)).expect("32 bytes");
    let aws_lc = key();
    let public = signature::UnparsedPublicKey::new(&signature::ED25519, aws_lc.public_key().as_ref());
    candidate(make, AWS_LC, 16, || aws_lc.sign(black_box(&message)));
    candidate(verify, AWS_LC, 16, || public.verify(black_box(&message), &signed).expect("genuine"));
    candidate(from_seed, AWS_LC, 16, key);
}

macro_rules! kem {
    ($party:expr, $name:literal, $module:path) => {{
        use $module as kem;
        let pair = kem::generate_key_pair([1; 64]);
        let (ciphertext, _) = kem::encapsulate(pair.public_key(), [2; 32]);
        let row = |what| format!(concat!($name, ", {}"), what);
        candidate(&row("key pair"), $party, 16, || kem::generate_key_pair(black_box([1; 64])));
        candidate(&row("encapsulation"), $party, 16, || {
            kem::encapsulate(pair.public_key(), black_box([2; 32]))
        });
        candidate(&row("decapsulation"), $party, 16, || {
            kem::decapsulate(pair.private_key(), black_box(&ciphertext))
        });
    }};
}

fn kems() {
    kem!(LIBCRUX, "ML-KEM-768", libcrux_ml_kem::mlkem768::portable);
    kem!(LIBCRUX_AVX2, "ML-KEM-768", libcrux_ml_kem::mlkem768);
    kem!(LIBCRUX, "ML-KEM-1024", libcrux_ml_kem::mlkem1024::portable);
    kem!(LIBCRUX_AVX2, "ML-KEM-1024", libcrux_ml_kem::mlkem1024);
}

fn candidate<T>(row: &str, party: &str, times: usize, mut work: impl FnMut() -> T) {
    let mut round = || {
        let (time, ()) = timed(|| (0..times).for_each(|_| drop(black_box(work()))));
        time / times as f64
    };
    let time = median((0..ROUNDS).map(|_| round()).collect()).expect("rounds");
    figure(row, Unit::Nanoseconds, party, time);
}
