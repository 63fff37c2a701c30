//! The marker of the file, in a folder of marks or beside it: a copy, a restored file and a lost marker are noticed, and nothing else is.
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
use entrenous_store_sqlite::{Error, FileMarker, SqliteStore};

use common::Folder;

fn key() -> StoreKey {
    StoreKey::from_bytes(&[5; 32])
}

/// Opens the store at `file` with the marker beside it; tells whether it is found to be restored.
fn is_restored(file: &Path) -> bool {
    opens_restored(file, FileMarker::beside)
}

/// The same with the marker in `marks`.
fn is_restored_by(marks: &Path, file: &Path) -> bool {
    opens_restored(file, |file| FileMarker::in_folder(marks, file))
}

fn opens_restored<'a>(file: &'a Path, marker: impl FnOnce(&'a Path) -> Result<FileMarker, Error>) -> bool {
    let store = SqliteStore::open(file).unwrap();
    let client = Client::open(store, &key(), System::new()).unwrap();
    tells_restored(&mut client.with_marker(marker(file).unwrap()).unwrap())
}

fn tells_restored(client: &mut Client<SqliteStore, System>) -> bool {
    let inbox = client.inbox().unwrap();
    let numbers: Vec<u64> = inbox.iter().filter_map(|item| item.number).collect();
    client.acknowledge(&numbers).unwrap();
    inbox.iter().any(|item| item.event == Event::StoreRestored)
}

fn create(folder: &Folder) -> PathBuf {
    let store = folder.open();
    let client = Client::create(store, &key(), System::new()).unwrap();
    client.client.with_marker(FileMarker::beside(folder.file()).unwrap()).unwrap();
    folder.file()
}

fn create_by(marks: &Path, folder: &Folder) -> Client<SqliteStore, System> {
    let created = Client::create(folder.open(), &key(), System::new()).unwrap();
    created.client.with_marker(FileMarker::in_folder(marks, folder.file()).unwrap()).unwrap()
}

/// What `cp -a backup/. home/` does: every file stays the one that it is.
fn write_over(home: &Path, backup: &Path) {
    for entry in fs::read_dir(backup).unwrap().map(Result::unwrap) {
        fs::write(home.join(entry.file_name()), fs::read(entry.path()).unwrap()).unwrap();
    }
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
    let mut marker = FileMarker::beside(&file).unwrap();
    assert!(marker.read().is_err());
    assert!(marker.write(&[1; 16]).is_err());
}

// spec: CLIENT-82
#[test]
fn a_home_that_is_written_over_in_place_is_noticed_where_the_mark_is_elsewhere() {
    let folder = Folder::new();
    let (marks, backup) = (folder.root().join("state/marks"), folder.root().join("backup"));
    drop(create_by(&marks, &folder));
    let file = folder.file();
    copy_home(&folder.private(), &backup);
    assert!((0..3).all(|_| !is_restored_by(&marks, &file)));
    write_over(&folder.private(), &backup);
    assert!(is_restored_by(&marks, &file));
    assert!(!is_restored_by(&marks, &file));
    // beside the store it would come back along with it
    assert!(!folder.private().join("store.db-marker").exists());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&marks), 0o700);
    assert!(fs::read_dir(&marks).unwrap().all(|entry| mode(&entry.unwrap().path()) == 0o600));
}

#[test]
fn a_moved_home_is_itself_and_a_copied_one_is_not_where_the_mark_is_elsewhere() {
    let folder = Folder::new();
    let (marks, copy, moved) =
        (folder.root().join("marks"), folder.root().join("copy"), folder.root().join("moved"));
    drop(create_by(&marks, &folder));
    copy_home(&folder.private(), &copy);
    assert!(is_restored_by(&marks, &copy.join("store.db")));
    assert!(!is_restored_by(&marks, &folder.file()));
    fs::rename(folder.private(), &moved).unwrap();
    assert!(!is_restored_by(&marks, &moved.join("store.db")));
    // and without the folder of marks nobody knows
    fs::remove_dir_all(&marks).unwrap();
    assert!(is_restored_by(&marks, &moved.join("store.db")));
}

#[test]
fn a_folder_that_is_no_place_for_marks_is_refused() {
    let folder = Folder::new();
    drop(folder.open());
    for within in [folder.private(), folder.private().join("marks")] {
        let refused = FileMarker::in_folder(&within, folder.file());
        assert!(matches!(refused, Err(Error::Place { .. })), "{refused:?}");
    }
    let open = folder.root().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = FileMarker::in_folder(&open, folder.file());
    assert!(matches!(refused, Err(Error::OpenToOthers { .. })), "{refused:?}");
}

/// The file may be moved away while the store is open.
#[test]
fn a_marker_makes_no_store() {
    let folder = Folder::new();
    let marks = folder.root().join("marks");
    drop(create_by(&marks, &folder));
    let markers = |file: &Path| [FileMarker::in_folder(&marks, file), FileMarker::beside(file)];
    fs::rename(folder.file(), folder.private().join("away.db")).unwrap();
    for refused in markers(&folder.file()) {
        assert!(matches!(refused, Err(Error::Place { .. })), "{refused:?}");
    }
    assert!(!folder.file().exists());
    fs::rename(folder.private(), folder.root().join("away")).unwrap();
    for refused in markers(&folder.file()) {
        assert!(matches!(refused, Err(Error::Place { .. })), "{refused:?}");
    }
    assert!(!folder.private().exists());
}

#[test]
fn a_mark_beside_the_store_is_taken_along_to_a_folder() {
    let folder = Folder::new();
    let (marks, copy) = (folder.root().join("marks"), folder.root().join("copy"));
    let file = create(&folder);
    let is_restored_along = |file: &Path| {
        opens_restored(file, |file| {
            let mut marker = FileMarker::in_folder(&marks, file)?;
            marker.take_along()?;
            Ok(marker)
        })
    };
    copy_home(&folder.private(), &copy);
    let stale = fs::read(folder.private().join("store.db-marker")).unwrap();
    assert!((0..3).all(|_| !is_restored_along(&file)));
    assert!(!folder.private().join("store.db-marker").exists());
    // the folder has one by now, and it counts
    fs::write(folder.private().join("store.db-marker"), stale).unwrap();
    assert!(!is_restored_along(&file));
    assert!(!folder.private().join("store.db-marker").exists());
    // beside a copy lies the mark of another file
    assert!(is_restored_along(&copy.join("store.db")));
}
