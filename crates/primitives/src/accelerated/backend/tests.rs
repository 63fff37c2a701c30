//! The same bytes as the portable code, and the same refusals.

use alloc::{vec, vec::Vec};

use ed25519_dalek::Signer as _;

use super::*;
use crate::{aead::Cipher, hash::sha256};

/// Bytes that are another 32 for each number.
fn bytes(n: u32) -> [u8; 32] {
    sha256(&[b"accelerated", &n.to_be_bytes()])
}

/// Without such a processor nothing here is tested, which CI doesn't take.
#[test]
fn the_processor_has_what_it_needs() {
    let all = [
        x25519_public_key(&[1; 32]).is_some(),
        x25519(&[1; 32], &[9; 32]).is_some(),
        Signer::new(&[1; 32]).is_some(),
        seal(&[1; 32], &[2; 12], b"", &mut [0; LONG]).is_some(),
    ];
    assert_eq!(all, [runs(); 4]);
    assert!(runs() || std::env::var_os("ENTRENOUS_ACCELERATED").is_none(), "nothing is tested here");
}

#[test]
fn x25519_is_dalek_s() {
    for n in 0..200 {
        let (ours, theirs) = (bytes(2 * n), bytes(2 * n + 1));
        let secret = x25519_dalek::StaticSecret::from(ours);
        let Some(public) = x25519_public_key(&ours) else { return };
        assert_eq!(public, x25519_dalek::PublicKey::from(&secret).to_bytes());
        // any point, on the curve or its twist; the top bit is masked by both
        let shared = secret.diffie_hellman(&x25519_dalek::PublicKey::from(theirs));
        assert_eq!(x25519(&ours, &theirs).unwrap().as_bytes(), shared.as_bytes());
    }
}

#[test]
fn a_point_of_small_order_gives_zeros() {
    for first in [0, 1] {
        let mut point = [0; 32];
        point[0] = first;
        let Some(shared) = x25519(&bytes(0), &point) else { return };
        assert_eq!(shared.as_bytes(), &[0; 32]);
    }
}

#[test]
fn signatures_are_dalek_s() {
    for n in 0..200 {
        let seed = bytes(n);
        let Some(signer) = Signer::new(&seed) else { return };
        let theirs = ed25519_dalek::SigningKey::from_bytes(&seed);
        assert_eq!(signer.public_key(), theirs.verifying_key().to_bytes());
        let message: Vec<u8> = bytes(n + 1).into_iter().cycle().take(7 * n as usize).collect();
        assert_eq!(signer.sign(&message), theirs.sign(&message).to_bytes());
    }
}

#[test]
fn sealing_is_aes_gcm_s_at_every_length_around_the_blocks() {
    let (key, nonce) = (bytes(0), [3; NONCE_LEN]);
    let portable = Cipher::new(&key);
    for len in (LONG..LONG + 300).chain([65_536, 65_537, 1 << 20]) {
        let plain: Vec<u8> = bytes(1).into_iter().cycle().take(len).collect();
        let (mut ours, mut theirs) = (plain.clone(), plain.clone());
        let ad = &plain[..len % 70];
        let Some(tag) = seal(&key, &nonce, ad, &mut ours) else { return };
        assert_eq!(tag, portable.seal(&nonce, ad, &mut theirs).unwrap());
        assert!(ours == theirs, "{len}");
        let mut opened = vec![0; len];
        open(&key, &nonce, ad, &ours, &tag, &mut opened).unwrap().unwrap();
        assert!(opened == plain, "{len}");
    }
}

/// At lengths, too, at which it isn't used: tails and associated data of every kind of block.
#[test]
fn sealing_is_aes_gcm_s_with_any_associated_data() {
    if !runs() {
        return;
    }
    let (key, nonce) = (bytes(2), [5; NONCE_LEN]);
    let portable = Cipher::new(&key);
    let data: Vec<u8> = bytes(3).into_iter().cycle().take(70_000).collect();
    for len in (0..200).chain([1023, 1024, 4097]) {
        for ad_len in (0..300_usize).step_by(1 + len % 7).chain([1024, 4096, 65_537]) {
            let (mut ours, mut theirs) = (data[..len].to_vec(), data[..len].to_vec());
            let ad = &data[..ad_len];
            let tag = seal_any(&key, &nonce, ad, &mut ours);
            assert_eq!(tag, portable.seal(&nonce, ad, &mut theirs).unwrap(), "{len}, {ad_len}");
            assert!(ours == theirs, "{len}, {ad_len}");
            open_any(&key, &nonce, ad, &mut ours, &tag).unwrap();
            assert!(ours == data[..len], "{len}, {ad_len}");
        }
    }
}

// spec: PRIM-3
#[test]
fn what_fails_leaves_zeros() {
    let (key, nonce) = (bytes(0), [3; NONCE_LEN]);
    let mut sealed = vec![7; LONG];
    let Some(tag) = seal(&key, &nonce, b"ad", &mut sealed) else { return };
    for bit in 0..8 * TAG_LEN {
        let mut bad = tag;
        bad[bit / 8] ^= 1 << (bit % 8);
        let mut out = vec![0xee; LONG];
        assert_eq!(open(&key, &nonce, b"ad", &sealed, &bad, &mut out), Some(Err(NotAuthentic)));
        assert!(out.iter().all(|byte| *byte == 0));
    }
    let mut out = vec![0; LONG];
    assert_eq!(open(&key, &nonce, b"AD", &sealed, &tag, &mut out), Some(Err(NotAuthentic)));
    for at in [0, LONG / 2, LONG - 1] {
        let mut bad = sealed.clone();
        bad[at] ^= 1;
        assert_eq!(open(&key, &nonce, b"ad", &bad, &tag, &mut out), Some(Err(NotAuthentic)), "{at}");
    }
}
