//! Messages of an established session: encryption and decryption in the middle of a chain, and the turn.

use core::{hint::black_box, time::Duration};
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use entrenous_benches::{End, Epoch, records};

const SIZES: [usize; 3] = [32, 1 << 10, 64 << 10];

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
