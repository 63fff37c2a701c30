//! Sender keys: a message to a group, one at a time and a backlog at once, and giving the key away.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

use core::{hint::black_box, time::Duration};
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use entrenous_benches::{open_in_group, received, speaker};
use entrenous_group::sender_key::{BacklogKey, ReceivedKey, ReceivingKey, SendingKey, open_backlog};
use entrenous_testkit::{
    device::{TODAY, start_of},
    rng::ScriptedRng,
    sender_keys::{GROUP, ROSTER, Speaker},
};
use entrenous_wire::group_message::GroupMessage;

const SIZES: [usize; 2] = [32, 1 << 10];

/// Messages of one key that are timed at once.
const BATCH: u64 = 1024;

fn batches(iterations: u64) -> impl Iterator<Item = u64> {
    (0..iterations.div_ceil(BATCH)).map(move |i| BATCH.min(iterations - i * BATCH))
}

fn encrypt(c: &mut Criterion) {
    let mut group = c.benchmark_group("group encrypt");
    let fresh = speaker().key.to_record();
    for size in SIZES {
        let content = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            let (mut speaker, mut out) = (speaker(), Vec::new());
            b.iter_custom(|iterations| {
                let mut time = Duration::ZERO;
                for batch in batches(iterations) {
                    speaker.restore(&fresh);
                    let start = Instant::now();
                    for _ in 0..batch {
                        speaker.seal_into(black_box(&content), &mut out);
                    }
                    time += start.elapsed();
                }
                time
            });
        });
    }
    group.finish();
}

fn messages(speaker: &mut Speaker, size: usize) -> Vec<Vec<u8>> {
    (0..BATCH).map(|_| speaker.seal(&vec![7; size])).collect()
}

fn decrypt(c: &mut Criterion) {
    let mut group = c.benchmark_group("group decrypt");
    for size in SIZES {
        let mut speaker = speaker();
        let fresh = received(&speaker).to_record();
        let messages = messages(&mut speaker, size);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            let mut out = Vec::new();
            b.iter_custom(|iterations| {
                let mut time = Duration::ZERO;
                for batch in batches(iterations) {
                    let mut key = ReceivingKey::from_record(&fresh).expect("own record");
                    let start = Instant::now();
                    for bytes in messages.iter().take(usize::try_from(batch).unwrap_or(0)) {
                        open_in_group(&mut key, black_box(bytes), &mut out);
                    }
                    time += start.elapsed();
                }
                time
            });
        });
    }
    group.finish();
}

/// Time of the whole backlog; of one message it is the count-th part.
fn backlog(c: &mut Criterion) {
    let mut group = c.benchmark_group("group backlog");
    for size in SIZES {
        let mut speaker = speaker();
        let fresh = received(&speaker).to_record();
        let messages = messages(&mut speaker, size);
        let parsed: Vec<_> =
            messages.iter().map(|bytes| GroupMessage::parse(bytes).expect("well-formed")).collect();
        for count in [64, 1000] {
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new(format!("{count} messages"), size), |b| {
                b.iter_custom(|iterations| {
                    let mut time = Duration::ZERO;
                    for _ in 0..iterations {
                        let mut key = ReceivingKey::from_record(&fresh).expect("own record");
                        let start = Instant::now();
                        let keys = vec![BacklogKey { key: &mut key, records: Vec::new() }];
                        let committed = open_backlog(keys, black_box(&parsed[..count]), |_, _| true).commit();
                        time += start.elapsed();
                        assert!(committed.messages.iter().all(Result::is_ok));
                    }
                    time
                });
            });
        }
    }
    group.finish();
}

fn keys(c: &mut Criterion) {
    let mut group = c.benchmark_group("group key");
    let speaker = speaker();
    group.bench_function("distribution", |b| b.iter(|| speaker.key.distribution().expect("fresh")));
    let bytes = speaker.distribution();
    group.bench_function("accept", |b| {
        b.iter(|| {
            let received = ReceivedKey::parse(black_box(&bytes)).expect("genuine");
            received.accept(GROUP, speaker.key.sender(), None).expect("genuine")
        });
    });
    // a new key and what is given to one member; the sealing for each of their sessions comes on top
    group.bench_function("rotate", |b| {
        let mut rng = ScriptedRng::new(2);
        let now = start_of(TODAY);
        b.iter(|| {
            let (group, sender) = (speaker.key.group(), speaker.key.sender());
            let key = SendingKey::generate(group, sender, ROSTER, Some(&speaker.key), now, &mut rng);
            key.expect("scripted").distribution().expect("fresh")
        });
    });
    // 4,095 keys to derive and to keep: the most that one message can cost
    let mut last = self::speaker();
    let fresh = received(&last).to_record();
    for _ in 0..4095 {
        last.seal(b"");
    }
    let message = last.seal(&[7; 32]);
    group.bench_function("the whole chain skipped", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            let mut key = ReceivingKey::from_record(&fresh).expect("own record");
            let message = GroupMessage::parse(&message).expect("well-formed");
            let located = key.locate(&message).expect("genuine");
            black_box(located.open(None, &mut out).expect("genuine").commit().changes)
        });
    });
    group.finish();
}

criterion_group!(benches, encrypt, decrypt, backlog, keys);
criterion_main!(benches);
