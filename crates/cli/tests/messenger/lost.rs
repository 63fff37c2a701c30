//! A file of the home that is lost or empty is told, and nothing is made in its place unseen.

use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};

use crate::{people::World, refusals::refused};

fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("changed");
    }
}

/// What is in a directory, by name.
fn files(home: &Path) -> BTreeMap<OsString, Vec<u8>> {
    let entries = fs::read_dir(home).expect("there").map(|entry| entry.expect("read"));
    entries.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("read"))).collect()
}

#[test]
fn a_store_without_its_key_is_no_place_for_another_account() {
    let world = World::new("no_key");
    let (alice, _) = world.two();
    let key = alice.home.join("store.key");
    let good = fs::read(&key).expect("read");
    fs::remove_file(&key).expect("removed");
    refused(&alice, 1, &["status"], "store.key is missing");
    let passphrase = world.path("passphrase");
    fs::write(&passphrase, "open sesame\n").expect("written");
    make_private(&passphrase);
    let locked = ["init", "--locked", "--passphrase-file", passphrase.to_str().expect("plain")];
    for arguments in [&["init"][..], &locked] {
        refused(&alice, 1, arguments, "store.key is missing");
        assert!(!key.exists());
    }
    fs::write(&key, good).expect("written");
    make_private(&key);
    // nor does a lock come onto an account that is there
    refused(&alice, 2, &locked, "already");
    alice.does(&["send", "bob", "hello"]);
}

#[test]
fn an_empty_store_is_no_place_for_another_account() {
    let world = World::new("empty_store");
    let (alice, _) = world.two();
    alice.does(&["send", "bob", "hello"]);
    for file in ["store.sqlite-wal", "store.sqlite-shm"] {
        let _ = fs::remove_file(alice.home.join(file));
    }
    fs::write(alice.home.join("store.sqlite"), b"").expect("written");
    let before = files(&alice.home);
    for command in ["status", "init", "receive"] {
        refused(&alice, 1, &[command], "store.sqlite is empty");
    }
    assert!(files(&alice.home) == before, "nothing was changed");
}

#[test]
fn a_lost_history_is_told_once() {
    let world = World::new("lost_history");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "hello"]);
    for empty in [false, true] {
        for file in ["history.sqlite", "history.sqlite-wal", "history.sqlite-shm"] {
            let _ = fs::remove_file(alice.home.join(file));
        }
        if empty {
            fs::write(alice.home.join("history.sqlite"), b"").expect("written");
            make_private(&alice.home.join("history.sqlite"));
        }
        refused(&alice, 1, &["init"], "history.sqlite is missing");
        refused(&alice, 1, &["status"], "history.sqlite is missing");
        alice.does(&["status"]);
        alice.does(&["add", "bob", &bob.account()]);
        alice.does(&["send", "bob", "hello again"]);
    }
}
