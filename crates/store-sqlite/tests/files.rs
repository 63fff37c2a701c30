//! The file: where it may be, who may read it, and what is refused without being touched.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod common;

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    thread,
};

use entrenous::store::{Commit, Store};
use entrenous_store_sqlite::{Error, SqliteStore};
use rusqlite::Connection;

use common::{Folder, key, put, record};

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
fn folders_above_are_made_for_the_owner_too() {
    let folder = Folder::new();
    SqliteStore::open(folder.root().join("a/b/c/store.db")).unwrap().check().unwrap();
    for made in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&folder.root().join(made)), 0o700, "{made}");
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
