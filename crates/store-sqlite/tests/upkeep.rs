//! Locks, the log, and what is left of removed records.
#![allow(clippy::cast_possible_truncation, reason = "patterns of bytes, made of small numbers")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod common;

use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::{fs, thread};

use entrenous::store::{Commit, MAX_RECORD, Store};
use entrenous_store_sqlite::{Error, MAX_LOG, Options, SqliteStore};
use rusqlite::Connection;

use common::{Folder, keep, key, put, record, remove};

#[test]
fn the_longest_wait_is_one() {
    let folder = Folder::new();
    drop(folder.open());
    let options = Options { busy: Duration::MAX, ..Options::default() };
    SqliteStore::open_with(folder.file(), options).unwrap().checkpoint().unwrap();
}

#[test]
fn a_lock_that_is_held_makes_it_busy() {
    let folder = Folder::new();
    drop(folder.open());
    let options = Options { busy: Duration::from_millis(50), ..Options::default() };
    let mut store = SqliteStore::open_with(folder.file(), options).unwrap();
    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.commit(&put(1, None, record(1, b"late"))), Err(Error::Busy)));
    // reading and comparing wait for nobody
    assert_eq!(store.load(&[key(1)]).unwrap(), [None]);
    assert_eq!(
        store.commit(&remove(2, None)).map_err(|error| error.to_string()),
        Err(Error::Busy.to_string())
    );
    assert_eq!(store.commit(&keep(1, None)).unwrap(), Commit::Applied);
    assert_eq!(store.commit(&keep(1, Some(4))).unwrap(), Commit::Conflict);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.commit(&put(1, None, record(1, b"late"))).unwrap(), Commit::Applied);
}

#[test]
fn comparing_writes_nothing() {
    let folder = Folder::new();
    let mut store = folder.open();
    assert_eq!(store.commit(&put(1, None, record(1, b"there"))).unwrap(), Commit::Applied);
    let before = folder.bytes();
    assert_eq!(store.commit(&keep(1, Some(1))).unwrap(), Commit::Applied);
    assert_eq!(store.commit(&keep(1, Some(2))).unwrap(), Commit::Conflict);
    assert_eq!(store.load(&[key(1), key(2)]).unwrap().len(), 2);
    assert_eq!(folder.bytes(), before);
}

#[test]
fn a_record_that_is_too_long_is_the_callers_fault() {
    let folder = Folder::new();
    let mut store = folder.open();
    let refused = store.commit(&put(1, None, record(1, &vec![7; MAX_RECORD + 1])));
    assert!(matches!(refused, Err(Error::TooLong(len)) if len == MAX_RECORD + 1), "{refused:?}");
    assert_eq!(store.load(&[key(1)]).unwrap(), [None]);
}

/// Writes 600 records of 30,000 bytes; the longest that the log was.
fn longest_log(folder: &Folder) -> u64 {
    let mut store = folder.open();
    let log = folder.private().join("store.db-wal");
    let lengths = (0..600).map(|n| {
        let expected = (n >= 7).then(|| n - 7);
        assert_eq!(
            store.commit(&put(n % 7, expected, record(n, &[n as u8; 30_000]))).unwrap(),
            Commit::Applied
        );
        fs::metadata(&log).unwrap().len()
    });
    lengths.max().unwrap()
}

#[test]
fn the_log_stays_bounded() {
    let folder = Folder::new();
    let _idle = folder.open();
    assert!(longest_log(&folder) <= MAX_LOG + (1 << 16));
    // a commit longer than the bound is moved on as well
    let mut store = folder.open();
    let _ = store.commit(&put(100, None, record(1, &vec![7; MAX_RECORD]))).unwrap();
    let _ = store.commit(&put(101, None, record(1, b"the next"))).unwrap();
    assert!(fs::metadata(folder.private().join("store.db-wal")).unwrap().len() <= MAX_LOG + (1 << 16));
}

/// Two readers, of which one always has begun before the other ends, so that the log is never unused.
#[test]
fn the_log_stays_bounded_under_readers_that_take_turns() {
    let folder = Folder::new();
    drop(folder.open());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let reader = Connection::open(folder.file()).unwrap();
                reader.busy_timeout(Duration::from_secs(5)).unwrap();
                while !done.load(Ordering::Relaxed) {
                    reader.execute_batch("BEGIN; SELECT count(*) FROM record").unwrap();
                    thread::sleep(Duration::from_millis(4));
                    reader.execute_batch("COMMIT").unwrap();
                }
            });
        }
        let longest = longest_log(&folder);
        done.store(true, Ordering::Relaxed);
        // by some commits: on a busy machine a reader may sleep longer than is waited for, and the next commit tries again
        assert!(longest <= 2 * MAX_LOG + (1 << 18), "{longest}");
    });
}

#[test]
fn what_was_removed_or_replaced_is_in_no_file() {
    let folder = Folder::new();
    let mut store = folder.open();
    let content = |n: u64, version: u8| {
        let mark = [b"<mark ", n.to_string().as_bytes(), b" version ", &[b'0' + version], b">"].concat();
        mark.repeat(1 + (n as usize * 37) % 120)
    };
    for n in 0..300 {
        let _ = store.commit(&put(n, None, record(1, &content(n, 1)))).unwrap();
    }
    for n in 0..300 {
        let _ = match n % 3 {
            0 => store.commit(&put(n, Some(1), record(2, &content(n, 2)))),
            1 => store.commit(&remove(n, Some(1))),
            _ => store.commit(&keep(n, Some(1))),
        }
        .unwrap();
    }
    let gone = |folder: &Folder| {
        let files = folder.bytes();
        let holds = |mark: &[u8]| files.windows(mark.len()).any(|window| window == mark);
        (0..300).filter(|n| n % 3 != 2).filter(|n| holds(format!("<mark {n} version 1>").as_bytes())).count()
    };
    // in the log they stay until it is emptied
    assert!(gone(&folder) > 0);
    store.checkpoint().unwrap();
    assert_eq!(gone(&folder), 0);
    store.compact().unwrap();
    assert_eq!(gone(&folder), 0);
    store.check().unwrap();
    let kept = store.load(&(0..300).map(key).collect::<Vec<_>>()).unwrap();
    assert_eq!(kept.iter().flatten().count(), 200);
}

#[test]
fn compacting_gives_room_back() {
    let folder = Folder::new();
    let mut store = folder.open();
    let _ = store.commit(&put(1, None, record(1, &vec![7; 8 << 20]))).unwrap();
    let _ = store.commit(&remove(1, Some(1))).unwrap();
    store.checkpoint().unwrap();
    assert!(fs::metadata(folder.file()).unwrap().len() > 8 << 20);
    store.compact().unwrap();
    assert!(fs::metadata(folder.file()).unwrap().len() < 1 << 16);
}
