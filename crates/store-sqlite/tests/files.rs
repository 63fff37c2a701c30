//! The file: where it may be, who may read it, and what is refused without being touched.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]
#![allow(clippy::cast_possible_truncation, reason = "patterns of bytes, made of small numbers")]

mod common;

use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    thread,
};

use entrenous::store::{Commit, MAX_RECORD, Store};
use entrenous_store_sqlite::{Error, MAX_LOG, Options, SqliteStore};
use rusqlite::Connection;

use common::{Folder, key, put, record, remove};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn everything_is_made_for_the_owner_alone() {
    let folder = Folder::new();
    let mut store = folder.open();
    assert_eq!(store.commit(&put(1, None, record(1, b"sealed"))).unwrap(), Commit::Applied);
    assert_eq!(mode(&folder.private()), 0o700);
    let names = folder.names();
    assert_eq!(names, ["store.db", "store.db-shm", "store.db-wal"]);
    for name in names {
        assert_eq!(mode(&folder.private().join(&name)), 0o600, "{name}");
    }
}

#[test]
fn what_others_may_read_or_write_is_refused() {
    let folder = Folder::new();
    drop(folder.open());
    for bits in [0o040, 0o020, 0o010, 0o004, 0o002, 0o001] {
        for (path, own) in [(folder.file(), 0o600), (folder.private(), 0o700)] {
            set_mode(&path, own | bits);
            let refused = folder.try_open();
            assert!(
                matches!(&refused, Err(Error::OpenToOthers { mode, .. }) if *mode == own | bits),
                "{refused:?}"
            );
            set_mode(&path, own);
        }
    }
    folder.open().check().unwrap();
}

#[test]
fn what_is_no_place_is_refused() {
    let folder = Folder::new();
    drop(folder.open());
    let private = folder.private();
    let link = private.join("link.db");
    symlink(folder.file(), &link).unwrap();
    let dangling = private.join("dangling.db");
    symlink(private.join("nothing"), &dangling).unwrap();
    for path in [&link, &dangling, &private.join(".."), Path::new("/"), Path::new("")] {
        let refused = SqliteStore::open(path);
        assert!(matches!(refused, Err(Error::Place { .. })), "{}: {refused:?}", path.display());
    }
    let within = private.join("folder.db");
    fs::create_dir(&within).unwrap();
    assert!(matches!(SqliteStore::open(&within), Err(Error::Place { .. })));
    assert!(!private.join("nothing").exists());
    // a link above the folder is the owner's own affair
    let above = folder.root().join("above");
    symlink(folder.root(), &above).unwrap();
    SqliteStore::open(above.join("private/store.db")).unwrap().check().unwrap();
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let folder = Folder::new();
    folder.put(b"");
    let file = folder.file();
    let foreign = |sql: &str| {
        let _ = fs::remove_file(&file);
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    };
    let makers: [&dyn Fn(); 4] = [
        &|| foreign("CREATE TABLE record (key, generation, bytes)"),
        &|| foreign("PRAGMA application_id = 1163031666; PRAGMA user_version = 1; CREATE TABLE a (b)"),
        &|| foreign("PRAGMA user_version = 1"),
        &|| fs::write(&file, b"a letter to somebody, and no database at all".repeat(100)).unwrap(),
    ];
    for (n, make) in makers.iter().enumerate() {
        make();
        set_mode(&file, 0o600);
        let before = fs::read(&file).unwrap();
        let refused = folder.try_open();
        assert!(matches!(refused, Err(Error::NotOurs)), "{n}: {refused:?}");
        assert_eq!(fs::read(&file).unwrap(), before, "{n}");
    }
}

#[test]
fn a_later_version_is_refused_and_left_alone() {
    let folder = Folder::new();
    let _ = folder.open().commit(&put(1, None, record(1, b"of today"))).unwrap();
    Connection::open(folder.file()).unwrap().pragma_update(None, "user_version", 2).unwrap();
    let before = fs::read(folder.file()).unwrap();
    let refused = folder.try_open();
    assert!(matches!(refused, Err(Error::LaterVersion { found: 2, known: 1 })), "{refused:?}");
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[test]
fn many_may_make_it_at_the_same_time() {
    for _ in 0..10 {
        let folder = Folder::new();
        thread::scope(|scope| {
            for n in 0..8 {
                let folder = &folder;
                scope.spawn(move || {
                    assert_eq!(
                        folder.open().commit(&put(n, None, record(1, b"a"))).unwrap(),
                        Commit::Applied
                    );
                });
            }
        });
        let found = folder.open().load(&(0..8).map(key).collect::<Vec<_>>()).unwrap();
        assert!(found.iter().all(Option::is_some));
    }
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
    let keep = common::keep(1, None);
    assert_eq!(store.commit(&keep).unwrap(), Commit::Applied);
    assert_eq!(store.commit(&common::keep(1, Some(4))).unwrap(), Commit::Conflict);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.commit(&put(1, None, record(1, b"late"))).unwrap(), Commit::Applied);
}

#[test]
fn comparing_writes_nothing() {
    let folder = Folder::new();
    let mut store = folder.open();
    assert_eq!(store.commit(&put(1, None, record(1, b"there"))).unwrap(), Commit::Applied);
    let before = folder.bytes();
    assert_eq!(store.commit(&common::keep(1, Some(1))).unwrap(), Commit::Applied);
    assert_eq!(store.commit(&common::keep(1, Some(2))).unwrap(), Commit::Conflict);
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
        assert!(longest <= 2 * MAX_LOG + (1 << 16), "{longest}");
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
            _ => store.commit(&common::keep(n, Some(1))),
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
