//! A random source that fails, or gives only zeros, is an error and never a key, at every draw of every
//! operation; and nothing has changed then.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use core::num::NonZeroU64;

use entrenous_agreement::{AgreementError, Initiator, Mode, OneTimePrekey, PrekeyId, PrekeySecret};
use entrenous_identity::{AccountKey, DeviceKeys, session_secret::SignedPrekey};
use entrenous_primitives::{nonce_salt::NonceSalt, random::RandomError};
use entrenous_ratchet::{Limits, PostQuantumPolicy, SealError, SealPolicy, ShardsPerMessage};
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

// spec: PRIM-10
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

/// Epochs as fast as they go: a whole blob with each message, and no pause.
const FAST: SealPolicy = SealPolicy {
    padding: Padding::Padme,
    post_quantum: PostQuantumPolicy {
        shards: ShardsPerMessage::Exactly(37),
        pause_messages: 0,
        pause_days: 1,
        offers: true,
    },
};

/// Seals with the randomness of `rng`, and commits.
fn seal(writer: &mut Peer, content: &[u8], rng: &mut BrokenRng, out: &mut Vec<u8>) -> Result<(), SealError> {
    let mut salt = NonceSalt::new(&mut ScriptedRng::new(99)).expect("scripted");
    let now = writer.now();
    writer.session.seal(&frame(content), &FAST, now, &mut salt, rng, out)?.commit();
    Ok(())
}

/// `writer`, whose turn it is and needs `draws`, can't seal when any of them fails, stays as it was, and can else.
fn turn_fails(writer: &mut Peer, draws: usize, seed: u64) -> Vec<u8> {
    let before = writer.stored();
    for (breakage, error) in BREAKAGES {
        for good in 0..draws {
            let mut out = b"what was in the buffer".to_vec();
            let sealed = seal(writer, b"no", &mut BrokenRng::after(good, breakage, 1), &mut out);
            assert_eq!(sealed, Err(SealError::Random(error)), "after {good} of {draws} draws");
            assert!(out.is_empty(), "a failed sealing left something in the buffer");
            assert_eq!(writer.stored(), before);
        }
    }
    let mut out = Vec::new();
    let mut enough = BrokenRng::after(draws, Breakage::Fails, seed);
    seal(writer, b"turn", &mut enough, &mut out).expect("good randomness");
    out
}

/// In the middle of a chain nothing is drawn: a source that breaks then can't do harm.
fn needs_no_randomness(writer: &mut Peer) -> Vec<u8> {
    let mut out = Vec::new();
    seal(writer, b"on", &mut BrokenRng::after(0, Breakage::Zeros, 1), &mut out).expect("no draw");
    out
}

// spec: PRIM-10, RATCHET-25
#[test]
fn of_ratchet_turns() {
    let mut pair = Pair::new(3, Limits::default());
    let first = turn_fails(&mut pair.alice, 1, 50);
    assert_eq!(pair.accept(&first).expect("accepted").content.as_deref(), Ok(&b"turn"[..]));
    let (mut reader, mut writer) = (pair.alice, pair.bob.expect("accepted"));
    assert_eq!(writer.read(&needs_no_randomness(&mut reader)), b"on");
    // the ratchet key; and with it an offer, an answer, nothing where an epoch is mixed in, the next offer
    for (turn, draws) in (0..).zip([2, 2, 1, 2, 2, 1]) {
        assert_eq!(reader.read(&turn_fails(&mut writer, draws, 60 + turn)), b"turn");
        assert_eq!(reader.read(&needs_no_randomness(&mut writer)), b"on");
        core::mem::swap(&mut reader, &mut writer);
    }
    assert_eq!(reader.session.status().post_quantum.epoch, 3, "two epochs have ended");
}
