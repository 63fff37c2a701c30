//! What opens a home, and what brings an account back: passphrases and recovery codes.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::people::{Person, World, kill};

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
    let complaint = bob.fails(2, &["passphrase", "--new-passphrase-file", &new]);
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
fn contacts_write_to_the_recovered_device_before_it_has_written() {
    let world = World::new("recovered_silent");
    let (alice, code) = with_code(&world, "alice");
    let bob = world.person("bob");
    alice.does(&["add", "bob", &bob.account()]);
    bob.does(&["add", "alice", &alice.account()]);
    alice.does(&["send", "bob", "before"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "hello"]);
    alice.does(&["receive"]);
    // what the lost device has not handed over when it hears that it is out
    let mail = world.path("drop").join("v1/mail");
    fs::rename(&mail, world.path("mail")).expect("moved");
    fs::write(&mail, b"").expect("written");
    alice.fails(4, &["send", "bob", "too late"]);
    fs::remove_file(&mail).expect("removed");
    fs::rename(world.path("mail"), &mail).expect("moved");

    let again = world.nobody("again");
    let said = again.does(&["init", "--recover", &code]);
    assert!(said.contains("Your contacts find this device"), "{said}");
    let before = world.mail_of(&alice).len();
    bob.does(&["send", "alice", "are you there?"]);
    assert_eq!(world.mail_of(&alice).len(), before, "nothing goes to the lost device");
    again.does(&["receive"]);
    assert_eq!(again.received(), ["are you there?"]);
    assert!(bob.does(&["history"]).contains("has a new device"));

    // the lost device notices it in the folder
    let output = alice.runs(&["receive"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(said.contains("was removed from its account"), "{said}");
    assert!(alice.does(&["status"]).contains("This device was removed"));
    assert_eq!(alice.records(&["status"])[0]["removed"], true);
    assert!(alice.does(&["history"]).contains("you to bob (not sent): too late"));
    assert_eq!(alice.records(&["status"])[0]["waiting"], 0);
    alice.fails(4, &["send", "bob", "am I still there?"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["before"]);
}

#[test]
fn an_account_that_is_not_made_leaves_no_home() {
    let world = World::new("half_made");
    let nobody = world.nobody("nobody");
    let empty = private(&world, "empty", "\n");
    let (_, code) = with_code(&world, "alice");
    fs::create_dir(world.path("elsewhere")).expect("created");
    let mut away = nobody.clone();
    away.drop = world.path("elsewhere");
    for (code, person, arguments) in [
        (2, &nobody, &["init", "--link", "garbage"][..]),
        (2, &nobody, &["--passphrase-file", &empty, "init", "--locked"]),
        (2, &nobody, &["init", "--recover", &empty]),
        (3, &away, &["init", "--recover", &code]),
    ] {
        person.fails(code, arguments);
        assert!(!nobody.home.exists(), "{arguments:?}");
    }
    assert!(!nobody.runs(&["init", "--locked"]).status.success());
    assert!(!nobody.home.exists());
    // where there is a directory it stays, and nothing in it is touched
    fs::create_dir(&nobody.home).expect("created");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&nobody.home, fs::Permissions::from_mode(0o700)).expect("changed");
    }
    fs::write(nobody.home.join("letter.txt"), b"mine").expect("written");
    away.fails(3, &["init", "--recover", &code]);
    assert!(nobody.home.join("letter.txt").exists());
    // within the drop folder nothing is made
    let inside = Person { home: world.path("drop").join("home"), drop: world.path("drop") };
    assert!(inside.fails(4, &["init"]).contains("shared"));
    assert!(!inside.home.exists());
}

#[test]
fn a_passphrase_that_is_named_locks_the_home() {
    let world = World::new("locked_unasked");
    let right = private(&world, "right", "correct horse\n");
    let alice = world.nobody("alice");
    let said = alice.does(&["--passphrase-file", &right, "init"]);
    assert!(said.contains("under your passphrase"), "{said}");
    assert!(!alice.home.join("store.key").exists());
    assert!(!alice.runs(&["status"]).status.success());
    alice.does(&["--passphrase-file", &right, "status"]);
}

#[test]
fn a_home_without_its_store_is_not_taken_for_a_new_one() {
    let world = World::new("no_store");
    let alice = world.person("alice");
    fs::remove_file(alice.home.join("store.sqlite")).expect("there");
    for command in [&["status"][..], &["init"]] {
        let complaint = alice.fails(1, command);
        assert!(complaint.contains("store.sqlite") && complaint.contains("backup"), "{complaint}");
    }
    let bob = world.person("bob");
    fs::write(bob.home.join("store.sqlite"), b"no database at all, and long enough to be read as one")
        .expect("written");
    let complaint = bob.fails(1, &["status"]);
    assert!(complaint.contains("store.sqlite") && complaint.contains("backup"), "{complaint}");
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

/// A new directory for its user alone.
fn make_private(home: &Path) {
    fs::create_dir(home).expect("created");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(home, fs::Permissions::from_mode(0o700)).expect("changed");
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
    make_private(&alice.home);
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

/// Each copy needs new sessions, of which there is a bound.
// spec: CLIENT-31
#[test]
fn who_is_copied_again_and_again_is_told_to_wait() {
    let world = World::new("again_and_again");
    let (alice, _) = restored(&world);
    let held_up = || alice.records(&["status"])[0]["contacts"][0]["held_up"] == true;
    alice.does(&["receive"]);
    assert!(!held_up());
    for former in ["former", "the one before"] {
        fs::rename(&alice.home, world.path(former)).expect("moved");
        make_private(&alice.home);
        copy(&world.path(former), &alice.home);
        alice.does(&["receive"]);
    }
    assert!(held_up(), "{:?}", alice.records(&["status"]));
    let said = alice.does(&["status"]);
    assert!(said.contains("Held up With 1 device of bob's") && said.contains("one in an hour"), "{said}");
    let said = alice.does(&["receive"]);
    assert!(said.contains("one in an hour") && !said.contains("Nothing new"), "{said}");
    let complaint = alice.fails(5, &["send", "bob", "x"]);
    assert!(complaint.contains("one in an hour"), "{complaint}");
}

/// The process dies after the client has the message, and before the history knows that: with a session, and with none.
#[test]
fn a_message_that_the_history_does_not_know_of_is_sent_once() {
    let world = World::new("sent_once");
    let (alice, bob) = restored(&world);
    let forget = || {
        let history = Connection::open(alice.home.join("history.sqlite")).expect("opened");
        let newest = "WHERE number = (SELECT max(number) FROM entry WHERE state IN (6, 8))";
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

/// The folder of the mark is unusable for once: the mark doesn't move, or each move would replace every session.
#[test]
fn a_mark_that_can_not_be_reached_is_temporary_trouble() {
    let world = World::new("marks");
    let (alice, bob) = world.two();
    let folder = fs::read_to_string(alice.home.join("marks.path")).expect("recorded");
    let away = world.path("away");
    for _ in 0..2 {
        fs::rename(&folder, &away).expect("there");
        fs::write(&folder, b"x").expect("in its place");
        let complaint = alice.fails(5, &["receive"]);
        assert!(complaint.contains("marks.path") && complaint.contains(&folder), "{complaint}");
        assert!(!complaint.contains("  "), "{complaint}");
        fs::remove_file(&folder).expect("there");
        fs::rename(&away, &folder).expect("back");
        alice.does(&["send", "bob", "x"]);
    }
    assert!(alice.records(&["history"]).iter().all(|row| row["notice"] != "store-restored"));
    // gone for good, it is another machine: once
    fs::rename(&folder, &away).expect("there");
    alice.does(&["receive"]);
    alice.does(&["receive"]);
    let told = alice.records(&["history"]).iter().filter(|row| row["notice"] == "store-restored").count();
    assert_eq!(told, 1);
    bob.does(&["receive"]);
    assert_eq!(bob.received().len(), 2);
}

/// The first commands run where nobody knows a folder for the mark, as from cron: it lies beside the store until there is one.
#[test]
fn a_mark_beside_the_store_is_taken_along_when_there_is_a_folder() {
    let world = World::new("marks_later");
    let alice = world.nobody("alice");
    for arguments in [["init"], ["publish"]] {
        let mut command = alice.command(&arguments);
        command.env_remove("XDG_STATE_HOME").env_remove("HOME");
        assert!(command.status().expect("it runs").success());
    }
    let beside = alice.home.join("store.sqlite-marker");
    assert!(beside.exists() && !alice.home.join("marks.path").exists());
    for _ in 0..2 {
        alice.does(&["receive"]);
        assert!(!beside.exists() && alice.home.join("marks.path").exists());
    }
    assert!(alice.records(&["history"]).iter().all(|row| row["notice"] != "store-restored"));
}

/// The store is moved away while a process works with it: that is said, and none is made in its place.
#[test]
fn a_store_that_is_moved_away_ends_the_process_that_follows() {
    let world = World::new("moved_store");
    let (alice, bob) = world.two();
    bob.does(&["send", "alice", "one"]);
    let mut follower = alice.command(&["receive", "--follow"]).spawn().expect("it runs");
    // it has done a pass
    let mut said = BufReader::new(follower.stdout.take().expect("piped")).lines();
    assert!(said.any(|line| line.expect("text").contains("one")));
    let store = alice.home.join("store.sqlite");
    fs::rename(&store, world.path("away.sqlite")).expect("there");
    bob.does(&["send", "alice", "two"]);
    let until = Instant::now() + Duration::from_secs(60);
    while follower.try_wait().expect("ours").is_none() && Instant::now() < until {
        thread::sleep(Duration::from_millis(50));
    }
    // one that goes on has no exit code then
    let output = kill(follower);
    let complaint = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("store.sqlite is missing"), "{complaint}");
    assert!(!store.exists());
}
