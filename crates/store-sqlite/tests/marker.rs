//! The marker beside the file: a copy, a restored file and a lost marker are noticed, and nothing else is.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod common;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
};

use entrenous::{Client, Event, Marker, StoreKey, System};
use entrenous_store_sqlite::{FileMarker, SqliteStore};

use common::Folder;

fn key() -> StoreKey {
    StoreKey::from_bytes(&[5; 32])
}

/// Opens the store at `file` with its marker; tells whether it is found to be restored.
fn is_restored(file: &Path) -> bool {
    let store = SqliteStore::open(file).unwrap();
    let client = Client::open(store, &key(), System::new()).unwrap();
    let mut client = client.with_marker(FileMarker::of(file).unwrap()).unwrap();
    let inbox = client.inbox().unwrap();
    let numbers: Vec<u64> = inbox.iter().filter_map(|item| item.number).collect();
    client.acknowledge(&numbers).unwrap();
    inbox.iter().any(|item| item.event == Event::StoreRestored)
}

fn create(folder: &Folder) -> PathBuf {
    let store = folder.open();
    let client = Client::create(store, &key(), System::new()).unwrap();
    client.client.with_marker(FileMarker::of(folder.file()).unwrap()).unwrap();
    folder.file()
}

fn copy_home(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_file_that_stays_where_it_is_or_is_moved_is_itself() {
    let folder = Folder::new();
    let file = create(&folder);
    assert!((0..3).all(|_| !is_restored(&file)));
    let moved = folder.root().join("moved");
    fs::rename(folder.private(), &moved).unwrap();
    assert!(!is_restored(&moved.join("store.db")));
    let mode = fs::metadata(moved.join("store.db-marker")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_copied_home_is_noticed_and_the_original_is_not_disturbed() {
    let folder = Folder::new();
    let file = create(&folder);
    let copy = folder.root().join("copy");
    copy_home(&folder.private(), &copy);
    assert!(is_restored(&copy.join("store.db")));
    assert!(!is_restored(&copy.join("store.db")));
    assert!(!is_restored(&file));
}

#[test]
fn a_restored_file_and_a_lost_or_damaged_marker_are_noticed() {
    let folder = Folder::new();
    let file = create(&folder);
    let backup = fs::read(&file).unwrap();
    assert!((0..2).all(|_| !is_restored(&file)));
    // written over in place: it is the same file, and only the mark tells
    fs::write(&file, backup).unwrap();
    assert!(is_restored(&file));
    assert!(!is_restored(&file));
    let marker = folder.private().join("store.db-marker");
    fs::remove_file(&marker).unwrap();
    assert!(is_restored(&file));
    for damage in [&[][..], &[1; 32], &[0; 33], &[1; 34], &[1; 4096]] {
        fs::write(&marker, damage).unwrap();
        assert!(is_restored(&file), "{} bytes", damage.len());
        assert!(!is_restored(&file));
    }
}

#[test]
fn a_process_that_ended_before_the_mark_was_written_is_no_restoral() {
    let folder = Folder::new();
    let file = create(&folder);
    let marker = folder.private().join("store.db-marker");
    for _ in 0..3 {
        let before = fs::read(&marker).unwrap();
        assert!(!is_restored(&file));
        fs::write(&marker, before).unwrap();
    }
    // nor is half of a mark in the file that was to take its place
    fs::write(folder.private().join("store.db-marker.new"), [9; 100]).unwrap();
    assert!(!is_restored(&file));
    assert!(!is_restored(&file));
}

#[test]
fn processes_that_open_at_once_do_not_trip_it() {
    let folder = Folder::new();
    let file = create(&folder);
    let open = || (0..10).any(|_| is_restored(&file));
    let restored = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        threads.into_iter().any(|thread| thread.join().unwrap())
    });
    assert!(!restored);
}

#[test]
fn a_marker_that_cant_be_written_is_an_error() {
    let folder = Folder::new();
    let file = create(&folder);
    fs::remove_file(folder.private().join("store.db-marker")).unwrap();
    fs::create_dir(folder.private().join("store.db-marker")).unwrap();
    let mut marker = FileMarker::of(&file).unwrap();
    assert!(marker.read().is_err());
    assert!(marker.write(&[1; 16]).is_err());
}
