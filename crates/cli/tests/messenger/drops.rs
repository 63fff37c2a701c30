//! Which drop folder is used: the first one is remembered, and nothing goes where nobody looks.

use std::fs;

use crate::people::{Person, World};

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

/// What stands in the place of one contact's directory keeps nothing from the others, and is told.
#[test]
fn one_broken_place_holds_nobody_else_up() {
    let world = World::new("broken");
    let (alice, bob) = world.two();
    let carol = world.person("carol");
    let place_of_hers = |kind| world.path("drop/v1").join(kind).join(carol.account());
    alice.does(&["add", "carol", &carol.account()]);
    alice.does(&["send", "bob", "one"]);
    alice.does(&["send", "carol", "one"]);
    for kind in ["bundles", "mail"] {
        let place = place_of_hers(kind);
        fs::rename(&place, world.path(kind)).expect("hers");
        fs::write(&place, b"x").expect("in its place");
    }
    for text in ["two", "three"] {
        let complaint = alice.fails(4, &["send", "bob", text]);
        assert!(complaint.contains("is no directory"), "{complaint}");
        alice.fails(4, &["send", "carol", text]);
    }
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "two", "three"]);
    bob.does(&["send", "alice", "yes"]);
    alice.fails(4, &["receive"]);
    assert_eq!(alice.received(), ["yes"]);
    // it comes back, and what waited goes
    for kind in ["bundles", "mail"] {
        let place = place_of_hers(kind);
        fs::remove_file(&place).expect("there");
        fs::rename(world.path(kind), &place).expect("hers");
    }
    alice.does(&["receive"]);
    carol.does(&["receive"]);
    assert_eq!(carol.received(), ["one", "two", "three"]);
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
