//! What is refused says whose fault it is, what to do, and ends with its own code. Nothing is changed.

use std::fs;

use crate::people::{Person, World};

#[cfg(unix)]
fn expose(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("changed");
}

pub(crate) fn refused(person: &Person, code: i32, arguments: &[&str], words: &str) {
    let complaint = person.fails(code, arguments);
    assert!(complaint.starts_with("entrenous: ") && complaint.contains(words), "{complaint}");
}

#[test]
fn without_an_account_nothing_goes() {
    let world = World::new("no_account");
    let nobody = world.nobody("nobody");
    for command in
        [&["publish"][..], &["receive"], &["history"], &["status"], &["send", "bob", "x"], &["add", "x", "y"]]
    {
        refused(&nobody, 3, command, " init`");
    }
    assert!(!nobody.home.exists());
}

#[test]
fn an_account_is_made_once() {
    let world = World::new("once");
    let alice = world.person("alice");
    let before = alice.account();
    refused(&alice, 2, &["init"], "already");
    assert_eq!(alice.account(), before);
}

#[test]
fn names_and_ids_have_to_be_right() {
    let world = World::new("names");
    let (alice, bob) = world.two();
    let carol = world.person("carol");
    refused(&alice, 3, &["send", "dave", "x"], "nobody called dave");
    refused(&alice, 3, &["history", "dave"], "nobody called dave");
    refused(&alice, 2, &["add", "dave", "nonsense"], "copy all of it");
    refused(&alice, 2, &["add", "me", &alice.account()], "your own account");
    // a name stays with its account
    refused(&alice, 4, &["add", "bob", &carol.account()], "another account");
    alice.does(&["send", "bob", "hello"]);
    carol.does(&["receive"]);
    assert!(carol.received().is_empty());
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["hello"]);
    for arguments in
        [&["add", "bo\u{202e}b", "x"][..], &["send"], &["send", "bob", "x", "--lines"], &["nonsense"]]
    {
        assert_eq!(alice.runs(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_drop_folder_that_was_named_has_to_be_there() {
    let world = World::new("no_drop");
    let (mut alice, _) = world.two();
    alice.drop = world.path("elsewhere");
    for command in [&["send", "bob", "x"][..], &["receive"], &["publish"]] {
        refused(&alice, 2, command, "no drop folder");
    }
    refused(&alice, 2, &["send", "bob", "x"], "was not kept");
    assert!(!alice.drop.exists());
    assert!(alice.written().is_empty());
    // what needs no folder goes on
    alice.does(&["history"]);
    assert!(alice.does(&["status"]).contains("no drop folder"));
    // the home's secrets must not lie where others read
    alice.drop = world.path("");
    refused(&alice, 4, &["receive"], "shared");
}

#[cfg(unix)]
#[test]
fn what_others_may_read_is_refused() {
    let world = World::new("exposed");
    let (alice, bob) = world.two();
    let key = alice.home.join("store.key");
    expose(&key);
    refused(&alice, 4, &["status"], "chmod 600");
    expose(&bob.home);
    refused(&bob, 4, &["status"], "chmod 700");
}

#[test]
fn a_damaged_or_foreign_key_opens_nothing() {
    let world = World::new("key");
    let (alice, bob) = world.two();
    let key = alice.home.join("store.key");
    let good = fs::read(&key).expect("read");
    fs::write(&key, &good[..31]).expect("written");
    refused(&alice, 1, &["status"], "damaged");
    fs::write(&key, fs::read(bob.home.join("store.key")).expect("read")).expect("written");
    assert!(!alice.runs(&["status"]).status.success());
    // nothing was changed: with its own key it is as before
    fs::write(&key, &good).expect("written");
    alice.does(&["send", "bob", "hello"]);
}

#[test]
fn junk_in_the_drop_folder_stops_nobody() {
    let world = World::new("junk");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    let envelope = bob.mail().pop().expect("it waits");
    let good = fs::read(&envelope).expect("read");
    let mailbox = envelope.parent().expect("a mailbox");
    let name = |n: u32| mailbox.join(format!("000000000000000{n}-{}", "0".repeat(32)));
    fs::write(name(1), b"junk").expect("written");
    fs::write(name(2), &good[..good.len() / 2]).expect("written");
    fs::write(mailbox.join("x.sync-conflict-1"), &good).expect("written");
    // the same once more is a duplicate
    fs::write(name(3), &good).expect("written");
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one"]);
    assert!(!name(3).exists() && !envelope.exists());
    assert!(name(1).exists() && name(2).exists(), "they may still be on their way");
}

#[test]
fn what_came_is_shown_though_nothing_can_be_written() {
    let world = World::new("read_only");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    // as bad as a drive that can only be read
    let bundles = world.path("drop").join("v1/bundles");
    fs::rename(&bundles, world.path("away")).expect("moved");
    fs::write(&bundles, b"").expect("written");
    let output = bob.runs(&["receive"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(said.contains("one") && !said.contains("Nothing new"), "{said}");
}

#[test]
fn a_pipe_that_closes_is_no_failure() {
    let world = World::new("pipe");
    let (alice, _) = world.two();
    alice.does_with(&["send", "bob", "--lines"], "line\n".repeat(40).as_bytes());
    let mut child = alice.command(&["history", "--last", "0"]).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
