//! What our group messages and keys are made of: what bounds a bar that isn't held.

use entrenous_group::sender_key::ReceivedKey;
use entrenous_primitives::{
    ed25519::{PrimeOrderKey, Signed, SigningKey, verify_batch},
    role::Role,
};
use rand::rngs::SysRng;

use crate::{
    clock::{median, timed},
    groups::ours,
    party::OURS,
    report::figure,
    unit::Unit,
};

const ROUNDS: usize = 31;

/// Signatures that are verified at once, and pieces of any other kind that are timed at once.
const BATCH: usize = 64;

/// Length of what a group message signs.
const SIGNED: [u8; 179] = [7; 179];

enum Piece {}
impl Role for Piece {
    const NAME: &'static str = "piece";
}

/// Measures the pieces.
pub fn run() {
    let key = SigningKey::<Piece>::generate(&mut SysRng).expect("randomness");
    let public = PrimeOrderKey::of(&key);
    let signature = key.sign(&SIGNED);
    let signed = || Signed { key: public, message: &SIGNED, signature: &signature };
    let distribution = ours::generate(None).distribution().expect("fresh");

    piece("encrypt: the signature", || key.sign(&SIGNED));
    piece("decrypt: its verification", || public.verify(&SIGNED, &signature).expect("genuine"));
    let batch =
        per_piece(1, || assert!(verify_batch(&Vec::from_iter((0..BATCH).map(|_| signed()))).is_empty()));
    show("decrypt, each of a backlog of 64: its verification", batch / BATCH as f64);
    piece("new key, sender: the key", || ours::generate(None));
    piece("new key, receiver: taking it, without the session", || ours::accept(&distribution));
    piece("of which: reading it", || ReceivedKey::parse(&distribution).expect("genuine"));
    piece("of which: the order of its point", || {
        PrimeOrderKey::<Piece>::from_bytes(public.as_bytes()).expect("of prime order")
    });
}

fn piece<T>(what: &str, work: impl Fn() -> T) {
    show(what, per_piece(BATCH, work));
}

fn per_piece<T>(count: usize, work: impl Fn() -> T) -> f64 {
    let round = |_| timed(|| (0..count).map(|_| work()).collect::<Vec<_>>()).0 / count as f64;
    median((0..ROUNDS).map(round).collect()).expect("rounds")
}

fn show(what: &str, time: f64) {
    figure(what, Unit::Nanoseconds, OURS, time);
}
