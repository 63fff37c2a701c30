//! What others put into the folder: foreign names, half files, links, pipes. It is left alone, and stops nothing.

use std::{fs, path::Path};

use entrenous::AccountId;
use entrenous_cli::{
    terminal::Exit,
    transport::{MAX_DEVICES, MAX_ENVELOPE, Offer, Transport, TransportError},
};

use crate::scratch::{Scratch, address, collect, envelopes, mailbox, mailbox_dir, names};

const RANDOM: &str = "000102030405060708090a0b0c0d0e0f";

/// A name like ours, older than all others.
fn name(n: u64) -> String {
    format!("{n:016x}-{RANDOM}")
}

/// A mailbox with one good envelope, and the bytes of its file.
fn with_mail(test: &str) -> (Scratch, Vec<u8>) {
    let scratch = Scratch::new(test);
    scratch.folder().deliver(&mailbox(), Some(&address(1, 2)), &[0x5a; 500]).expect("delivered");
    let dir = mailbox_dir(scratch.path());
    let file = fs::read(dir.join(&names(&dir)[0])).expect("read");
    (scratch, file)
}

fn assert_only_the_good_one(scratch: &Scratch, left_alone: u64) {
    let dir = mailbox_dir(scratch.path());
    let before = names(&dir);
    let batch = collect(&scratch.folder(), &mailbox());
    assert_eq!(envelopes(&batch.arrived), [[0x5a; 500]]);
    assert_eq!(batch.left_alone, left_alone);
    assert_eq!(names(&dir), before, "all that is not ours to remove is still there");
}

// spec: FOLDER-2
#[test]
fn foreign_names_are_left_alone() {
    let (scratch, file) = with_mail("foreign_names");
    let dir = mailbox_dir(scratch.path());
    let good = names(&dir).remove(0);
    let foreign = [
        format!("{good}.sync-conflict-20261124-021000-ABCDEFG"),
        format!(".syncthing.{good}.tmp"),
        format!("~syncthing~{good}.tmp"),
        format!("{good} (conflicted copy)"),
        name(1).to_uppercase(),
        format!("{}x", name(1)),
        "README.txt".to_owned(),
        ".DS_Store".to_owned(),
        ".new-short".to_owned(),
        "-".to_owned(),
    ];
    for name in &foreign {
        fs::write(dir.join(name), &file).expect("written");
    }
    assert_only_the_good_one(&scratch, 0);
}

// spec: FOLDER-7
#[test]
fn half_files_wait_until_they_are_whole() {
    let (scratch, file) = with_mail("half_files");
    let dir = mailbox_dir(scratch.path());
    let path = dir.join(name(1));
    for len in [0, 1, 41, 42, 73, 74, file.len() / 2, file.len() - 1] {
        fs::write(&path, &file[..len]).expect("written");
        assert_only_the_good_one(&scratch, 1);
        // the space is there already, and what belongs into it is still to come
        let mut hollow = file.clone();
        hollow[len..].fill(0);
        fs::write(&path, hollow).expect("written");
        assert_only_the_good_one(&scratch, 1);
    }
    fs::write(&path, &file).expect("written");
    let batch = collect(&scratch.folder(), &mailbox());
    assert_eq!((batch.arrived.len(), batch.left_alone), (2, 0));
}

// spec: FOLDER-4
#[test]
fn every_changed_bit_is_noticed() {
    let (scratch, file) = with_mail("changed_bits");
    let path = mailbox_dir(scratch.path()).join(name(1));
    for at in (0..file.len()).step_by(7) {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        fs::write(&path, changed).expect("written");
        assert_only_the_good_one(&scratch, 1);
    }
}

// spec: FOLDER-6
#[test]
fn a_huge_file_is_not_read() {
    let (scratch, _) = with_mail("huge");
    let path = mailbox_dir(scratch.path()).join(name(1));
    let file = fs::File::create(&path).expect("created");
    // it takes no space, but whoever read it would need as much memory
    file.set_len(1 << 40).expect("a sparse file");
    assert_only_the_good_one(&scratch, 1);
    let limit = u64::try_from(MAX_ENVELOPE).expect("a length");
    file.set_len(limit + 74 + 1).expect("a sparse file");
    assert_only_the_good_one(&scratch, 1);
}

#[test]
fn a_directory_in_the_place_of_a_file_stops_nothing() {
    let (scratch, _) = with_mail("directory");
    let dir = mailbox_dir(scratch.path());
    fs::create_dir(dir.join(name(1))).expect("created");
    // nor one that looks like what a dead process left
    let abandoned = dir.join(format!(".new-{RANDOM}"));
    fs::create_dir(&abandoned).expect("created");
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    fs::File::open(&abandoned).expect("opened").set_modified(long_ago).expect("dated");
    assert_only_the_good_one(&scratch, 0);

    let folder = scratch.folder();
    let shelf = scratch.path().join("v1/bundles").join("01".repeat(32)).join("00000007");
    fs::create_dir_all(shelf.join("once").join(name(1))).expect("created");
    fs::create_dir_all(shelf.join("last").join(name(1))).expect("created");
    for replaces in [false, true] {
        let offer = Offer { one_time: &[vec![1]], last_resort: Some(b"last"), replaces };
        folder.publish(&address(1, 7), &offer).expect("published");
        assert_eq!(folder.stock(&address(1, 7)).expect("counted"), 1);
        assert!(folder.take(&address(1, 7)).expect("asked").is_some_and(|bundle| bundle.one_time));
    }
}

#[cfg(unix)]
// spec: FOLDER-7
#[test]
fn links_and_pipes_are_not_opened() {
    let (scratch, file) = with_mail("links");
    let dir = mailbox_dir(scratch.path());
    let elsewhere = scratch.path().join("elsewhere");
    fs::write(&elsewhere, file).expect("written");
    std::os::unix::fs::symlink(&elsewhere, dir.join(name(1))).expect("linked");
    std::os::unix::fs::symlink("/dev/zero", dir.join(name(2))).expect("linked");
    let made = std::process::Command::new("mkfifo").arg(dir.join(name(3))).status();
    assert!(made.expect("mkfifo").success());
    // opening a pipe that nobody writes to would wait for ever
    assert_only_the_good_one(&scratch, 3);
}

#[cfg(unix)]
// spec: FOLDER-3
#[test]
fn a_linked_directory_leads_nowhere() {
    let scratch = Scratch::new("linked_directory");
    let (drop, elsewhere) = (scratch.path().join("drop"), scratch.path().join("elsewhere"));
    fs::create_dir(&elsewhere).expect("created");
    for linked in ["v1", "v1/mail", "v1/bundles"] {
        let _ = fs::remove_dir_all(&drop);
        fs::create_dir_all(drop.join(linked).parent().expect("one")).expect("created");
        std::os::unix::fs::symlink(&elsewhere, drop.join(linked)).expect("linked");
        let folder = entrenous_cli::transport::Folder::open(&drop).expect("opened");
        let offer = Offer { last_resort: Some(b"last"), ..Offer::default() };
        let outcomes = [
            (linked != "v1/bundles").then(|| folder.deliver(&mailbox(), None, b"x")),
            (linked != "v1/bundles").then(|| folder.collect(&mailbox(), None).map(drop_value)),
            (linked != "v1/mail").then(|| folder.publish(&address(1, 7), &offer)),
            (linked != "v1/mail").then(|| folder.take(&address(1, 7)).map(drop_value)),
            (linked != "v1/mail").then(|| folder.devices(&AccountId::from_bytes([1; 32])).map(drop_value)),
        ];
        for outcome in outcomes.into_iter().flatten() {
            let error = outcome.expect_err("refused");
            assert!(matches!(error, TransportError::NotADirectory(_)), "{linked}: {error}");
            assert_eq!(error.exit(), Exit::Refused);
        }
        assert_eq!(names(&elsewhere), [""; 0], "{linked}");
    }
}

fn drop_value<T>(_: T) {}

// spec: FOLDER-12, FOLDER-13
#[test]
fn bundles_that_are_not_whole_are_neither_taken_nor_destroyed() {
    let scratch = Scratch::new("half_bundles");
    let folder = scratch.folder();
    let offer = Offer { one_time: &[vec![1; 300]], last_resort: Some(b"older"), replaces: false };
    folder.publish(&address(1, 7), &offer).expect("published");
    let shelf = scratch.path().join("v1/bundles").join("01".repeat(32)).join("00000007");
    let (once, last) = (shelf.join("once"), shelf.join("last"));
    let good = once.join(&names(&once)[0]);
    let file = fs::read(&good).expect("read");
    fs::write(&good, &file[..200]).expect("written");
    // the newest by its name, but not whole
    fs::write(last.join(format!("{:016x}-{RANDOM}", u64::MAX)), b"ENTD").expect("written");
    let bundle = folder.take(&address(1, 7)).expect("asked").expect("a bundle");
    assert_eq!((bundle.bytes, bundle.one_time), (b"older".to_vec(), false));

    fs::write(&good, &file).expect("written");
    let bundle = folder.take(&address(1, 7)).expect("asked").expect("a bundle");
    assert_eq!((bundle.bytes, bundle.one_time), (vec![1; 300], true));
}

// spec: FOLDER-1, FOLDER-15
#[test]
fn invented_devices_are_bounded_and_foreign_names_none() {
    let scratch = Scratch::new("invented_devices");
    let account = AccountId::from_bytes([1; 32]);
    let dir = scratch.path().join("v1/bundles").join("01".repeat(32));
    for foreign in ["00000000", "0000000A", "..x", "7", "00000007.sync-conflict"] {
        fs::create_dir_all(dir.join(foreign)).expect("created");
    }
    assert_eq!(scratch.folder().devices(&account).expect("asked"), []);
    for device in 1..1000 {
        fs::create_dir_all(dir.join(format!("{device:08x}"))).expect("created");
    }
    assert_eq!(scratch.folder().devices(&account).expect("asked").len(), MAX_DEVICES);
    assert_eq!(scratch.folder().fetch(&account).expect("fetched"), []);
}

// spec: FOLDER-3
#[test]
fn a_file_in_the_place_of_the_folder_is_named() {
    let scratch = Scratch::new("no_folder");
    let file = scratch.path().join("file");
    fs::write(&file, b"").expect("written");
    fs::write(scratch.path().join("v1"), b"").expect("written");
    let open = |path: &Path| entrenous_cli::transport::Folder::open(path).map(drop_value);
    let error = open(&file).expect_err("a file");
    assert!(matches!(error, TransportError::NoFolder(_)) && !error.to_string().contains("remove"), "{error}");
    assert!(matches!(open(&scratch.path().join("none")), Err(TransportError::Missing(_))));
    let refused = scratch.folder().deliver(&mailbox(), None, b"x");
    assert!(matches!(refused, Err(TransportError::NotADirectory(_))), "{refused:?}");
}
