//! A random source that fails, or gives only zeros, is an error and never a key, at every draw of every
//! operation; and nothing has changed then.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use core::num::NonZeroU64;

use entrenous_agreement::{AgreementError, Initiator, Mode, OneTimePrekey, PrekeyId, PrekeySecret};
use entrenous_identity::{AccountKey, DeviceKeys, session_secret::SignedPrekey};
use entrenous_primitives::{nonce_salt::NonceSalt, random::RandomError};
use entrenous_ratchet::{Limits, SealError};
use entrenous_testkit::{
    device::{TODAY, TestDevice},
    pair::Pair,
    peer::{Peer, frame},
    rng::{Breakage, BrokenRng, ScriptedRng},
};
use entrenous_wire::padding::Padding;

const BREAKAGES: [(Breakage, RandomError); 2] =
    [(Breakage::Fails, RandomError::Failed), (Breakage::Zeros, RandomError::AllZero)];

/// `operation` makes exactly `draws` draws, and fails with the source's error at each of them.
fn fails_at_each_of<T>(draws: usize, operation: impl Fn(&mut BrokenRng) -> Result<T, RandomError>) {
    for (breakage, error) in BREAKAGES {
        for good in 0..draws {
            let result = operation(&mut BrokenRng::after(good, breakage, 1));
            assert_eq!(result.err(), Some(error), "{breakage:?} after {good} draws");
        }
        assert!(operation(&mut BrokenRng::after(draws, breakage, 1)).is_ok(), "one draw more than {draws}");
    }
}

#[test]
fn of_keys() {
    fails_at_each_of(1, AccountKey::generate);
    fails_at_each_of(3, DeviceKeys::generate);
    fails_at_each_of(2, |rng| PrekeySecret::<SignedPrekey>::generate(PrekeyId::FIRST, TODAY, 90, rng));
    fails_at_each_of(2, |rng| PrekeySecret::<OneTimePrekey>::generate(PrekeyId::FIRST, TODAY, 90, rng));
    fails_at_each_of(1, NonceSalt::new);
}

#[test]
fn of_a_handshake() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    for one_time in [true, false] {
        fails_at_each_of(2, |rng| {
            let bundle = bob.bundle(one_time);
            let initiator =
                Initiator::new(&alice.keys, &alice.list, bundle, NonZeroU64::MIN, Mode::Fresh, TODAY);
            match initiator.expect("current lists").agree(rng) {
                Ok(secret) => Ok(secret),
                Err(AgreementError::Random(error)) => Err(error),
                Err(other) => panic!("{other}"),
            }
        });
    }
}

/// `writer`, whose turn it is, can't seal without randomness, stays as it was, and can with it.
fn turn_fails(writer: &mut Peer, seed: u64) -> Vec<u8> {
    let mut salt = NonceSalt::new(&mut ScriptedRng::new(99)).expect("scripted");
    let before = writer.stored();
    for (breakage, error) in BREAKAGES {
        let mut out = b"what was in the buffer".to_vec();
        let mut broken = BrokenRng::after(0, breakage, 1);
        let sealed = writer.session.seal(&frame(b"no"), Padding::default(), &mut salt, &mut broken, &mut out);
        assert_eq!(sealed.err(), Some(SealError::Random(error)));
        assert!(out.is_empty(), "a failed sealing left something in the buffer");
        assert_eq!(writer.stored(), before);
    }
    // one draw is all that a turn needs
    let mut out = Vec::new();
    let mut once = BrokenRng::after(1, Breakage::Fails, seed);
    let sealed = writer.session.seal(&frame(b"turn"), Padding::default(), &mut salt, &mut once, &mut out);
    sealed.expect("good randomness").commit();
    out
}

/// In the middle of a chain nothing is drawn: a source that breaks then can't do harm.
fn needs_no_randomness(writer: &mut Peer) -> Vec<u8> {
    let mut salt = NonceSalt::new(&mut ScriptedRng::new(98)).expect("scripted");
    let mut out = Vec::new();
    let mut broken = BrokenRng::after(0, Breakage::Zeros, 1);
    let sealed = writer.session.seal(&frame(b"on"), Padding::default(), &mut salt, &mut broken, &mut out);
    sealed.expect("no draw").commit();
    out
}

#[test]
fn of_ratchet_turns() {
    let mut pair = Pair::new(3, Limits::default());
    let first = turn_fails(&mut pair.alice, 50);
    assert_eq!(pair.accept(&first).expect("accepted").content.as_deref(), Ok(&b"turn"[..]));
    let (mut reader, mut writer) = (pair.alice, pair.bob.expect("accepted"));
    assert_eq!(writer.read(&needs_no_randomness(&mut reader)), b"on");
    for turn in 0..4 {
        assert_eq!(reader.read(&turn_fails(&mut writer, 60 + turn)), b"turn");
        assert_eq!(reader.read(&needs_no_randomness(&mut writer)), b"on");
        core::mem::swap(&mut reader, &mut writer);
    }
}
