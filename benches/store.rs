//! The durable store: commits of a message's records one by one, and a thousand of them in one commit, beside bare
//! SQLite writing the same bytes with the same guarantees. Both run in turn, so that a slow disk is slow for both;
//! the ratio of the medians is printed after each pair.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]
#![allow(clippy::cast_possible_truncation, reason = "patterns of bytes, made of small numbers")]

use core::time::Duration;
use std::{cell::RefCell, path::Path, time::Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use entrenous::store::{Action, Change, Changes, Commit, Generation, Record, RecordKey, Store};
use entrenous_store_sqlite::SqliteStore;
use rusqlite::{Connection, params};

/// What a message changes: the session, the outbox, the inbox, a block of skipped keys, the index.
const SIZES: [usize; 5] = [200, 700, 1500, 2600, 4096];

/// Messages that are committed one by one, or at once.
const MANY: u64 = 1000;

/// Sets of records that are replaced in turn, so that the file doesn't grow.
const SETS: u64 = 64;

fn key(set: u64, n: usize) -> RecordKey {
    let number = u128::from(set) * SIZES.len() as u128 + n as u128 + 1;
    RecordKey::from_bytes(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes())
}

/// One of the two, with the number of each set's last writing.
trait Target {
    /// Writes `sets`, all in one commit.
    fn write(&mut self, sets: &[u64], generation: u64);
}

struct Ours(SqliteStore);

impl Target for Ours {
    fn write(&mut self, sets: &[u64], generation: u64) {
        let mut changes = Changes::new();
        for set in sets {
            for (n, size) in SIZES.iter().enumerate() {
                let next = Generation::new(generation).expect("small");
                let record = Record { generation: next, bytes: vec![generation as u8; *size] };
                let expected = generation.checked_sub(1).and_then(Generation::new);
                changes.set(key(*set, n), Change { expected, action: Action::Put(record) });
            }
        }
        assert_eq!(self.0.commit(&changes).expect("a sound disk"), Commit::Applied);
    }
}

struct Bare(Connection);

impl Bare {
    fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("a new file");
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
                 PRAGMA secure_delete = ON;
                 CREATE TABLE record (key BLOB PRIMARY KEY, generation INTEGER, bytes BLOB) WITHOUT ROWID",
            )
            .expect("a new file");
        Self(connection)
    }
}

impl Target for Bare {
    fn write(&mut self, sets: &[u64], generation: u64) {
        let transaction = self.0.transaction().expect("no other");
        for set in sets {
            for (n, size) in SIZES.iter().enumerate() {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)")
                    .and_then(|mut insert| {
                        let bytes = vec![generation as u8; *size];
                        insert.execute(params![
                            key(*set, n).as_bytes().as_slice(),
                            generation.cast_signed(),
                            bytes
                        ])
                    })
                    .expect("a sound disk");
            }
        }
        transaction.commit().expect("a sound disk");
    }
}

/// Both, written to in turn; the times of each.
struct Pair {
    targets: [Box<dyn Target>; 2],
    next: u64,
    times: [Vec<Duration>; 2],
}

impl Pair {
    fn new(folder: &Path) -> Self {
        let ours = SqliteStore::open(folder.join("ours/store.db")).expect("a new file");
        let bare = Bare::open(&folder.join("bare.db"));
        Self { targets: [Box::new(Ours(ours)), Box::new(bare)], next: 0, times: [Vec::new(), Vec::new()] }
    }

    /// Lets both write, and gives the time that the one numbered `timed` took.
    fn step(&mut self, sets: &[u64], generation: u64, timed: usize) -> Duration {
        let order = if self.next.is_multiple_of(2) { [0, 1] } else { [1, 0] };
        self.next += 1;
        for which in order {
            let start = Instant::now();
            self.targets[which].write(sets, generation);
            self.times[which].push(start.elapsed());
        }
        self.times[timed].last().copied().unwrap_or_default()
    }

    fn print_ratio(&mut self, what: &str) {
        let [ours, bare] = &mut self.times;
        let [ours, bare] = [ours, bare].map(|times| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        });
        println!(
            "{what}: {:.1} µs, bare SQLite {:.1} µs, ratio {:.2}\n",
            ours * 1e6,
            bare * 1e6,
            ours / bare
        );
    }
}

fn one_by_one(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let (pair, number) = (RefCell::new(Pair::new(folder.path())), RefCell::new(0));
    let mut group = c.benchmark_group("store, one message a commit");
    for (which, name) in ["ours", "bare"].into_iter().enumerate() {
        group.bench_function(name, |b| {
            b.iter_custom(|iterations| {
                let mut pair = pair.borrow_mut();
                let step = |_| {
                    let n = number.replace_with(|n| *n + 1);
                    pair.step(&[n % SETS], n / SETS, which)
                };
                (0..iterations).map(step).sum()
            });
        });
    }
    group.finish();
    pair.borrow_mut().print_ratio("one message a commit");
}

fn at_once(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let (pair, generation) = (RefCell::new(Pair::new(folder.path())), RefCell::new(0));
    let sets: Vec<u64> = (0..MANY).collect();
    let mut group = c.benchmark_group("store, 1000 messages a commit");
    group.throughput(Throughput::Elements(MANY)).sample_size(10);
    for (which, name) in ["ours", "bare"].into_iter().enumerate() {
        group.bench_function(name, |b| {
            b.iter_custom(|iterations| {
                let mut pair = pair.borrow_mut();
                let step = |_| pair.step(&sets, generation.replace_with(|n| *n + 1), which);
                (0..iterations).map(step).sum()
            });
        });
    }
    group.finish();
    pair.borrow_mut().print_ratio("1000 messages a commit");
}

criterion_group!(benches, one_by_one, at_once);
criterion_main!(benches);
