//! Messages of an established session: encryption and decryption in the middle of a chain, and the turn.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

use core::{hint::black_box, time::Duration};
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{Limits, Looked, SealPolicy, Session};
use entrenous_testkit::{
    device::{TODAY, start_of},
    forge::record,
    pair::Pair,
    peer::{Peer, frame},
    rng::ScriptedRng,
};
use entrenous_wire::envelope::Envelope;

const SIZES: [usize; 3] = [32, 1 << 10, 64 << 10];

/// One end of a session, sealing and opening in place.
struct End {
    session: Session,
    policy: SealPolicy,
    salt: NonceSalt,
    rng: ScriptedRng,
}

impl End {
    /// From a record, as a client loads it.
    fn load(record: &[u8], seed: u64) -> Self {
        let mut rng = ScriptedRng::new(seed);
        let salt = NonceSalt::new(&mut rng).expect("scripted");
        let session = Session::from_record(record, Limits::default()).expect("own record");
        Self { session, policy: SealPolicy::default(), salt, rng }
    }

    fn seal(&mut self, content: &[u8], out: &mut Vec<u8>) {
        let sealed = self.session.seal(
            &frame(content),
            &self.policy,
            start_of(TODAY),
            &mut self.salt,
            &mut self.rng,
            out,
        );
        sealed.expect("sealed").commit();
    }

    fn open(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let envelope = Envelope::parse(bytes).expect("well-formed");
        let Ok(Looked::Message(located)) = self.session.locate(&envelope, TODAY) else {
            unreachable!("genuine")
        };
        let committed = located.open(Vec::new(), out).expect("genuine").commit();
        black_box(committed.frame.expect("a frame").content);
    }
}

/// Where the post-quantum ratchet stands in a fixture.
#[derive(Clone, Copy)]
enum Epoch {
    /// Between two epochs: nothing goes along with messages.
    Rests,
    /// Alice's answer is on its way: shards go along with her messages.
    UnderWay,
}

/// The stage of an epoch in which the answerer's shards are sent.
const ANSWERED: u32 = 6;

/// Records of two ends that are both in the middle of a chain.
fn records(epoch: Epoch) -> (Vec<u8>, Vec<u8>) {
    let (mut alice, mut bob) = Pair::established(1);
    let arrived = |alice: &Peer, bob: &Peer| {
        let rests = |end: &Peer| {
            let status = end.session.status().post_quantum;
            status.mixed.is_some() && !status.under_way
        };
        let stage = record(&alice.stored().session).post_quantum.as_ref().map_or(0, |epoch| epoch.stage);
        match epoch {
            Epoch::Rests => rests(alice) && rests(bob),
            Epoch::UnderWay => stage == ANSWERED,
        }
    };
    while !arrived(&alice, &bob) {
        let message = bob.seal(b"from bob").expect("sealed");
        alice.open(&message).expect("genuine");
        let message = alice.seal(b"from alice").expect("sealed");
        bob.open(&message).expect("genuine");
    }
    (alice.stored().session, bob.stored().session)
}

/// Messages timed at once: few enough to hold them, far below the limit of a chain.
const BATCH: u64 = 256;

/// The same within an epoch: few enough that none of them has to go without shards.
const BATCH_WITH_SHARDS: u64 = 8;

fn encrypt(c: &mut Criterion) {
    encrypt_in(c, "encrypt", Epoch::Rests, BATCH);
    encrypt_in(c, "encrypt with shards", Epoch::UnderWay, BATCH_WITH_SHARDS);
}

fn encrypt_in(c: &mut Criterion, name: &str, epoch: Epoch, most: u64) {
    let (alice, _) = records(epoch);
    let mut group = c.benchmark_group(name);
    for size in SIZES {
        let content = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            let mut out = Vec::new();
            b.iter_custom(|iterations| {
                let mut time = Duration::ZERO;
                for batch in batches(iterations, most) {
                    let mut end = End::load(&alice, 2);
                    end.seal(&content, &mut out);
                    let start = Instant::now();
                    for _ in 0..batch {
                        end.seal(black_box(&content), &mut out);
                    }
                    time += start.elapsed();
                }
                time
            });
        });
    }
    group.finish();
}

fn decrypt(c: &mut Criterion) {
    decrypt_in(c, "decrypt", Epoch::Rests, BATCH);
    decrypt_in(c, "decrypt with shards", Epoch::UnderWay, BATCH_WITH_SHARDS);
}

fn decrypt_in(c: &mut Criterion, name: &str, epoch: Epoch, most: u64) {
    let (alice, bob) = records(epoch);
    let mut group = c.benchmark_group(name);
    for size in SIZES {
        let content = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        let mut sender = End::load(&alice, 2);
        let messages: Vec<_> = (0..=most)
            .map(|_| {
                let mut out = Vec::new();
                sender.seal(&content, &mut out);
                out
            })
            .collect();
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            let mut out = Vec::new();
            b.iter_custom(|iterations| {
                let mut time = Duration::ZERO;
                for batch in batches(iterations, most) {
                    let mut end = End::load(&bob, 3);
                    end.open(&messages[0], &mut out);
                    let start = Instant::now();
                    for message in messages.iter().skip(1).take(usize::try_from(batch).unwrap_or(0)) {
                        end.open(black_box(message), &mut out);
                    }
                    time += start.elapsed();
                }
                time
            });
        });
    }
    group.finish();
}

fn batches(iterations: u64, most: u64) -> impl Iterator<Item = u64> {
    (0..iterations.div_ceil(most)).map(move |i| most.min(iterations - i * most))
}

fn ping_pong(c: &mut Criterion) {
    ping_pong_with(c, "ping-pong, two messages and two turns/32", Epoch::Rests, u32::MAX);
    ping_pong_with(c, "ping-pong, epochs without a pause/32", Epoch::UnderWay, 0);
}

fn ping_pong_with(c: &mut Criterion, name: &str, epoch: Epoch, pause_messages: u32) {
    let (alice, bob) = records(epoch);
    let (mut alice, mut bob) = (End::load(&alice, 2), End::load(&bob, 3));
    for end in [&mut alice, &mut bob] {
        end.policy.post_quantum.pause_messages = pause_messages;
    }
    let (mut sealed, mut opened) = (Vec::new(), Vec::new());
    c.bench_function(name, |b| {
        b.iter(|| {
            bob.seal(black_box(&[7; 32]), &mut sealed);
            alice.open(&sealed, &mut opened);
            alice.seal(black_box(&[7; 32]), &mut sealed);
            bob.open(&sealed, &mut opened);
        });
    });
}

criterion_group!(benches, encrypt, decrypt, ping_pong);
criterion_main!(benches);
