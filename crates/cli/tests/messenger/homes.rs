//! What opens a home, and what brings an account back: passphrases and recovery codes.

use std::{fs, path::Path};

use rusqlite::Connection;

use crate::people::{Person, World};

/// Writes a file that only its owner may read, and gives its path.
fn private(world: &World, name: &str, text: &str) -> String {
    let path = world.path(name);
    fs::write(&path, text).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    path.to_str().expect("a path").to_owned()
}

#[test]
fn a_passphrase_is_changed_and_the_old_one_is_of_no_use() {
    let world = World::new("passphrase");
    let (old, new) = (private(&world, "old", "correct horse\n"), private(&world, "new", "battery staple\n"));
    let alice = world.nobody("alice");
    let with = |passphrase: &str, rest: &[&str]| {
        let arguments = [&["--passphrase-file", passphrase], rest].concat();
        alice.runs(&arguments)
    };
    assert!(with(&old, &["init", "--locked"]).status.success());
    let account = |passphrase: &str| {
        let output = with(passphrase, &["--json", "status"]);
        output.status.success().then(|| String::from_utf8(output.stdout).expect("text"))
    };
    let before = account(&old).expect("opened");
    // a wrong one changes nothing
    let refused = with(&new, &["passphrase", "--new-passphrase-file", &old]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    assert_eq!(account(&old).as_ref(), Some(&before));
    assert!(with(&old, &["passphrase", "--new-passphrase-file", &new]).status.success());
    assert_eq!(account(&new), Some(before));
    assert_eq!(account(&old), None);
    // and a home without one has none to change
    let bob = world.person("bob");
    let complaint = bob.fails(3, &["passphrase", "--new-passphrase-file", &new]);
    assert!(complaint.contains("store.key"), "{complaint}");
}

/// A person whose recovery code is in the file.
fn with_code(world: &World, name: &str) -> (Person, String) {
    let person = world.nobody(name);
    let code = world.path("code").to_str().expect("a path").to_owned();
    person.does(&["init", "--recovery-file", &code]);
    person.does(&["publish"]);
    (person, code)
}

#[test]
fn a_recovery_code_brings_the_account_back_in_a_new_home() {
    let world = World::new("recovered");
    let (alice, code) = with_code(&world, "alice");
    let bob = world.person("bob");
    alice.does(&["add", "bob", &bob.account()]);
    bob.does(&["add", "alice", &alice.account()]);
    alice.does(&["send", "bob", "before"]);
    bob.does(&["receive"]);
    let account = alice.account();

    let again = world.nobody("again");
    let said = &again.records(&["init", "--recover", &code])[0];
    assert_eq!((&said["type"], &said["account"]), (&"recovered".into(), &account.clone().into()));
    assert_eq!(said["removed"].as_array().expect("a list").len(), 1);
    assert_eq!(again.account(), account);
    again.does(&["add", "bob", &bob.account()]);
    again.does(&["send", "bob", "from the new device"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["before", "from the new device"]);
    bob.does(&["send", "alice", "welcome back"]);
    again.does(&["receive"]);
    assert_eq!(again.received(), ["welcome back"]);
    // who knows the account only now finds the new device, not the lost one
    let carol = world.person("carol");
    carol.does(&["add", "alice", &account]);
    carol.does(&["send", "alice", "hello"]);
    again.does(&["receive"]);
    assert!(again.received().contains(&"hello".to_owned()));
    let devices = again.records(&["devices", "list"]);
    assert_eq!((devices.len(), &devices[0]["primary"]), (1, &true.into()));
    // the lost one hears that it is out, and no more
    let _ = alice.runs(&["receive"]);
    assert!(!alice.received().contains(&"welcome back".to_owned()));
}

#[test]
fn a_device_that_is_not_lost_stays() {
    let world = World::new("recovered_keep");
    let (alice, code) = with_code(&world, "alice");
    let device = alice.records(&["status"])[0]["device"].as_str().expect("an id").to_owned();
    let again = world.nobody("again");
    let said = &again.records(&["init", "--recover", &code, "--keep", &device])[0];
    assert_eq!(said["removed"].as_array().expect("a list").len(), 0);
    assert_eq!(again.records(&["devices", "list"]).len(), 2);
    let complaint = world.nobody("third").fails(3, &["init", "--recover", &code, "--keep", "0000abcd"]);
    assert!(complaint.contains("no device 0000abcd"), "{complaint}");
}

#[test]
fn what_is_no_code_or_of_no_account_here_brings_nothing_back() {
    let world = World::new("not_recovered");
    let (alice, code) = with_code(&world, "alice");
    let nobody = world.nobody("nobody");
    let nonsense = private(&world, "nonsense", "EN1 R-nonsense\n");
    nobody.fails(2, &["init", "--recover", &nonsense]);
    nobody.fails(2, &["init", "--recover", world.path("none").to_str().expect("a path")]);
    // an account that has published nothing here
    fs::remove_dir_all(world.path("drop").join("v1/bundles")).expect("there");
    let complaint = nobody.fails(3, &["init", "--recover", &code]);
    assert!(complaint.contains("drop folder"), "{complaint}");
    assert!(!nobody.runs(&["status"]).status.success());
    // a home that has an account keeps it
    alice.does(&["publish"]);
    let bob = world.person("bob");
    let before = bob.account();
    assert!(!bob.runs(&["init", "--recover", &code]).status.success());
    assert_eq!(bob.account(), before);
}

/// Copies all files of a home.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("read") {
        let path = entry.expect("read").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
    }
}

/// Alice's home comes back as it was before she sent "two".
fn restored(world: &World) -> (Person, Person) {
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "hello"]);
    alice.does(&["receive"]);
    let backup = world.path("backup");
    copy(&alice.home, &backup);
    alice.does(&["send", "bob", "two"]);
    bob.does(&["receive"]);
    fs::remove_dir_all(&alice.home).expect("removed");
    fs::create_dir(&alice.home).expect("created");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&alice.home, fs::Permissions::from_mode(0o700)).expect("changed");
    }
    copy(&backup, &alice.home);
    (alice, bob)
}

#[test]
fn a_home_that_comes_back_from_a_backup_is_noticed_and_goes_on() {
    let world = World::new("backup");
    let (alice, bob) = restored(&world);
    let notices = |person: &Person| {
        let rows = person.records(&["history", "--last", "0"]);
        rows.iter().filter(|row| row["notice"] == "store-restored").count()
    };
    alice.does(&["receive"]);
    assert_eq!(notices(&alice), 1);
    alice.does(&["send", "bob", "three"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "welcome back"]);
    alice.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "two", "three"]);
    assert_eq!(alice.received(), ["hello", "welcome back"]);
    assert_eq!((notices(&alice), notices(&bob)), (1, 0), "it is said once");
}

/// The process dies after the client has the message, and before the history knows that: with a session, and with none.
#[test]
fn a_message_that_the_history_does_not_know_of_is_sent_once() {
    let world = World::new("sent_once");
    let (alice, bob) = restored(&world);
    let forget = || {
        let history = Connection::open(alice.home.join("history.sqlite")).expect("opened");
        let newest = "WHERE number = (SELECT max(number) FROM entry WHERE state = 6)";
        let update = format!("UPDATE entry SET state = 5, message = NULL {newest}");
        assert_eq!(history.execute(&update, []), Ok(1));
    };
    let (bundles, away) = (world.path("drop").join("v1/bundles"), world.path("away"));
    fs::rename(&bundles, &away).expect("moved");
    // every session was of the store before
    assert_eq!(alice.records(&["send", "bob", "three"])[0]["devices_waiting"], 1);
    forget();
    alice.does(&["receive"]);
    // Alice has published again meanwhile
    fs::remove_dir_all(&bundles).expect("removed");
    fs::rename(&away, &bundles).expect("moved");
    alice.does(&["send", "bob", "four"]);
    forget();
    alice.does(&["receive"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "two", "three", "four"]);
    assert_eq!(alice.written(), ["one", "three", "four"]);
}
