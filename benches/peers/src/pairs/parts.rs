//! What our step of a 1:1 message is made of, each part by itself.

use std::hint::black_box;

use entrenous_primitives::{
    aead::{Cipher, NONCE_LEN, seal_once},
    hkdf::Prk,
    secret::SecretBytes,
};
use entrenous_testkit::peer::frame;
use entrenous_wire::{header::HEADER_LEN, label, padding::Padding};

use crate::clock::timed;

/// Times that each part is done for one figure.
const BATCH: usize = 64;

/// Nanoseconds of the parts.
pub struct Parts {
    pub chain_step: f64,
    pub header: f64,
    pub body: f64,
}

impl Parts {
    /// The parts of a message of `len` bytes, padded as a client pads.
    pub fn measure(len: usize) -> Self {
        let content = vec![7; len];
        let mut body = vec![7; frame(&content).encoded_len(Padding::default())];
        // version and type, and for the body the header behind them
        let ad = [7; 2 + HEADER_LEN];
        let header_key = Cipher::new(&[7; 32]);
        let mut header = [7; HEADER_LEN];
        let (mut chain, nonce) = (SecretBytes::from_bytes(&[7; 32]), [7; NONCE_LEN]);
        Self {
            chain_step: each(|| {
                let [next, message] = Prk::from_key(chain.as_bytes()).expand_keys(&[label::CHAIN]);
                black_box(message);
                chain = next;
            }),
            header: each(|| {
                black_box(header_key.seal(black_box(&nonce), &ad[..2], &mut header)).expect("short");
            }),
            body: each(|| {
                black_box(seal_once(black_box(&[7; 32]), &nonce, &ad, &mut body)).expect("short");
            }),
        }
    }

    pub fn sum(&self) -> f64 {
        self.chain_step + self.header + self.body
    }
}

fn each(mut work: impl FnMut()) -> f64 {
    timed(|| (0..BATCH).for_each(|_| work())).0 / BATCH as f64
}
