//! Session set-up: from a bundle's bytes to the first ciphertext, and from there to the first plaintext.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

use core::{hint::black_box, num::NonZeroU64};

use criterion::{Criterion, criterion_group, criterion_main};
use entrenous_agreement::{Initiator, Mode, OwnList, ReceivedBundle, ReceivedHandshake, StalePrekeys};
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{Await, Limits, SealPolicy, Session};
use entrenous_testkit::{
    device::{TODAY, TestDevice, start_of},
    peer::frame,
    rng::ScriptedRng,
};
use entrenous_wire::envelope::{Envelope, Kind};

fn first_message(alice: &TestDevice, bob: &TestDevice, bundle: &[u8], rng: &mut ScriptedRng) -> Vec<u8> {
    let bundle = ReceivedBundle::parse(bundle).expect("well-formed");
    let bundle = bundle.verify(&bob.account_id(), TODAY, StalePrekeys::Refuse).expect("genuine");
    let secret = Initiator::new(&alice.keys, &alice.list, bundle, NonZeroU64::MIN, Mode::Fresh, TODAY)
        .and_then(|initiator| initiator.agree(rng))
        .expect("current lists");
    let mut session = Session::initiate(secret, Limits::default());
    let mut salt = NonceSalt::new(rng).expect("scripted");
    let mut out = Vec::new();
    session
        .seal(&frame(&[7; 32]), &SealPolicy::default(), start_of(TODAY), &mut salt, rng, &mut out)
        .expect("sealed")
        .commit();
    out
}

fn accept(bob: &TestDevice, bytes: &[u8]) -> Session {
    let envelope = Envelope::parse(bytes).expect("well-formed");
    let Kind::Prekey { handshake } = envelope.kind() else { unreachable!("a first message") };
    let verified = ReceivedHandshake::parse(handshake).expect("well-formed");
    let verified = verified.verify(bob.keys.public().id, TODAY).expect("genuine");
    let one_time = verified.one_time_prekey().map(|_| &bob.one_time);
    let secret =
        verified.agree(&bob.keys, OwnList::from(&bob.list), &bob.signed, one_time, None).expect("agreed");
    let mut out = Vec::new();
    let accepted = Await::new(secret, Limits::default()).open(&envelope, &mut out).expect("opened");
    accepted.commit().0
}

fn handshake(c: &mut Criterion) {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let bundle = bob.bundle_bytes(true);
    let rng = &mut ScriptedRng::new(3);
    let first = first_message(&alice, &bob, &bundle, rng);

    let mut group = c.benchmark_group("handshake");
    group.bench_function("initiator, bundle to first ciphertext", |b| {
        b.iter(|| first_message(&alice, &bob, black_box(&bundle), rng));
    });
    group.bench_function("responder, first decryption", |b| b.iter(|| accept(&bob, black_box(&first))));
    group.finish();
}

criterion_group!(benches, handshake);
criterion_main!(benches);
