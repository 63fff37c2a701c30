//! Which drop folder is used: the first one is remembered, and nothing goes where nobody looks.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
};

use crate::people::{Person, World, kill};

/// Runs a command that doesn't name the drop folder.
fn says(person: &Person, code: i32, arguments: &[&str]) -> (String, String) {
    let output = person.plain(arguments).output().expect("it runs");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn the_folder_is_remembered_and_another_one_has_to_be_meant() {
    let world = World::new("remembered");
    let (mut alice, bob) = world.two();
    says(&alice, 0, &["send", "bob", "without naming it"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["without naming it"]);
    let default = alice.home.with_extension("data").join("entrenous-drop");
    assert!(!default.exists());
    // another one is refused, and not used at all
    let first = alice.drop.clone();
    alice.drop = world.path("other");
    fs::create_dir(&alice.drop).expect("created");
    for command in [&["send", "bob", "x"][..], &["receive"], &["publish"]] {
        let complaint = alice.fails(2, command);
        assert!(complaint.contains("--change-drop") && complaint.contains("this home uses"), "{complaint}");
    }
    assert_eq!(fs::read_dir(&alice.drop).expect("there").count(), 0);
    assert_eq!(alice.written(), ["without naming it"]);
    says(&alice, 2, &["publish", "--change-drop"]);
    // the user goes over, and is found there
    alice.does(&["publish", "--change-drop"]);
    assert!(says(&alice, 0, &["status"]).0.contains(alice.drop.to_str().expect("plain")));
    let status = &alice.records(&["status"])[0];
    assert_eq!(status["on_offer"], 50);
    alice.drop = first;
    alice.fails(2, &["publish"]);
}

/// What a power cut has emptied is not taken for a home that has used no folder yet.
#[test]
fn an_empty_file_names_no_folder_and_not_the_default_one() {
    let world = World::new("emptied");
    let (alice, bob) = world.two();
    let (file, default) =
        (alice.home.join("drop-folder"), alice.home.with_extension("data").join("entrenous-drop"));
    // what a process that died has left
    fs::write(alice.home.join("drop-folder.new"), b"/half/of").expect("written");
    fs::write(&file, b"").expect("emptied");
    for command in [&["send", "bob", "x"][..], &["receive"], &["publish"]] {
        let (_, complaint) = says(&alice, 2, command);
        assert!(complaint.contains(file.to_str().expect("plain")), "{complaint}");
    }
    assert!(says(&alice, 0, &["status"]).0.contains("is empty"));
    assert!(!default.exists() && alice.written().is_empty());
    fs::remove_file(&file).expect("there");
    alice.does(&["send", "bob", "x"]);
    says(&alice, 0, &["send", "bob", "remembered again"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["x", "remembered again"]);
    assert!(!alice.home.join("drop-folder.new").exists());
}

// spec: FOLDER-19
#[test]
fn nothing_is_put_where_the_contact_has_never_been() {
    let world = World::new("nowhere");
    let (mut alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    let right = alice.drop.clone();
    alice.drop = world.path("empty");
    fs::create_dir(&alice.drop).expect("created");
    let said = &alice.records(&["send", "bob", "two", "--change-drop"])[0];
    assert_eq!(said["state"], "waiting");
    let said = alice.does(&["send", "bob", "three"]);
    assert!(said.contains("waits") && said.contains("empty"), "{said}");
    assert!(!alice.drop.join("v1/mail").exists());
    assert_eq!(alice.records(&["status"])[0]["waiting"], 2);
    // in the right one they go, each once
    alice.drop = right;
    alice.does(&["receive", "--change-drop"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "two", "three"]);
}

/// Alice knows Bob and Carol, and something stands in the place of Carol's directories.
fn with_carol_s_places_broken(world: &World) -> (Person, Person, Person) {
    let (alice, bob) = world.two();
    let carol = world.person("carol");
    alice.does(&["add", "carol", &carol.account()]);
    alice.does(&["send", "bob", "one"]);
    alice.does(&["send", "carol", "one"]);
    for kind in ["bundles", "mail"] {
        let place = place_of(world, kind, &carol);
        fs::rename(&place, world.path(kind)).expect("hers");
        fs::write(&place, b"x").expect("in its place");
    }
    (alice, bob, carol)
}

/// The directory with what a person has in the drop folder.
fn place_of(world: &World, kind: &str, of: &Person) -> PathBuf {
    world.path("drop/v1").join(kind).join(of.account())
}

/// What stands in the place of one contact's directory keeps nothing from the others, and is told.
#[test]
fn one_broken_place_holds_nobody_else_up() {
    let world = World::new("broken");
    let (alice, bob, carol) = with_carol_s_places_broken(&world);
    for text in ["two", "three"] {
        // what is sent is no failure: who tried again would send it twice
        let output = alice.runs(&["send", "bob", text]);
        let complaint = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.success() && complaint.contains("is no directory"), "{complaint}");
        alice.fails(4, &["send", "carol", text]);
    }
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "two", "three"]);
    bob.does(&["send", "alice", "yes"]);
    alice.fails(4, &["receive"]);
    assert_eq!(alice.received(), ["yes"]);
    // it comes back, and what waited goes
    for kind in ["bundles", "mail"] {
        let place = place_of(&world, kind, &carol);
        fs::remove_file(&place).expect("there");
        fs::rename(world.path(kind), &place).expect("hers");
    }
    alice.does(&["receive"]);
    carol.does(&["receive"]);
    assert_eq!(carol.received(), ["one", "two", "three"]);
}

#[test]
fn looking_makes_no_folder_and_a_lost_one_is_not_guessed() {
    let world = World::new("guessed");
    let alice = world.nobody("alice");
    let default = alice.home.with_extension("data").join("entrenous-drop");
    says(&alice, 0, &["init"]);
    let said = says(&alice, 0, &["status"]).0;
    assert!(said.contains("publish --drop DIR`") && !default.exists(), "{said}");
    // whoever has been written to has used a folder, and it is not the default one
    alice.does(&["publish"]);
    let bob = world.person("bob");
    bob.does(&["add", "alice", &alice.account()]);
    bob.does(&["send", "alice", "hello"]);
    alice.does(&["receive"]);
    fs::remove_file(alice.home.join("drop-folder")).expect("there");
    let complaint = says(&alice, 2, &["receive"]).1;
    assert!(complaint.contains("--drop DIR"), "{complaint}");
    assert!(says(&alice, 0, &["status"]).0.contains("drop-folder is lost"));
    assert!(!default.exists());
    alice.does(&["receive"]);
    says(&alice, 0, &["receive"]);
}

#[test]
fn another_contact_s_broken_place_does_not_end_what_is_written_line_by_line() {
    let world = World::new("broken_lines");
    let (alice, bob, _) = with_carol_s_places_broken(&world);
    alice.fails(4, &["send", "carol", "waits"]);
    // Bob's messages only wait
    let away = |kind| world.path("away").join(kind);
    fs::create_dir(world.path("away")).expect("created");
    for kind in ["bundles", "mail"] {
        fs::rename(place_of(&world, kind, &bob), away(kind)).expect("his");
    }
    let output = alice.given(&["send", "bob", "--lines"], b"two\nthree\nfour\n");
    let complaint = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{complaint}");
    assert_eq!(complaint.matches("is no directory").count(), 1, "it is said once: {complaint}");
    for kind in ["bundles", "mail"] {
        fs::rename(away(kind), place_of(&world, kind, &bob)).expect("his");
    }
    alice.fails(4, &["receive"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "two", "three", "four"]);
    // a place of his own is another matter
    let mail = place_of(&world, "mail", &bob);
    fs::rename(&mail, away("mail")).expect("his");
    fs::write(&mail, b"x").expect("in its place");
    let output = alice.given(&["send", "bob", "--lines"], b"five\nsix\n");
    let complaint = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(4), "{complaint}");
    assert!(complaint.contains(&bob.account()) && complaint.contains("is kept"), "{complaint}");
}

/// Anybody who can write to the folder can put something in the place of a contact's directory.
#[test]
fn a_broken_place_does_not_end_the_process_that_follows() {
    let world = World::new("broken_follow");
    let (alice, bob, _) = with_carol_s_places_broken(&world);
    alice.fails(4, &["send", "carol", "waits"]);
    bob.does(&["receive"]);
    let mut follower = alice.command(&["receive", "--follow"]).spawn().expect("it runs");
    let mut said = BufReader::new(follower.stdout.take().expect("piped")).lines();
    for text in ["first", "second", "third"] {
        bob.does(&["send", "alice", text]);
        assert!(said.any(|line| line.expect("text").contains(text)), "{text} is not shown");
    }
    let complaint = String::from_utf8(kill(follower).stderr).expect("text");
    assert_eq!(complaint.matches("is no directory").count(), 1, "it is said once: {complaint}");
}

#[test]
fn commands_are_shown_as_they_have_to_be_typed() {
    let world = World::new("hints");
    let alice = world.nobody("alice");
    let (home, drop) = (alice.home.to_str().expect("plain"), alice.drop.to_str().expect("plain"));
    let said = alice.does(&["init"]);
    assert!(said.contains(&format!("Next: `entrenous --home {home} --drop {drop} publish`")), "{said}");
    alice.does(&["publish"]);
    // it is remembered now, and needn't be typed again
    let complaint = alice.fails(3, &["send", "bob", "x"]);
    assert!(complaint.contains(&format!("`entrenous --home {home} add bob CARD`")), "{complaint}");
}
