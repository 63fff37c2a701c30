//! People who write to one another together.

use rusqlite::Connection;
use serde_json::Value;

use crate::{
    devices::link,
    people::{Person, World},
};

/// Alice knows Bob and Carol, who know her and not each other; both are invited into her group `walk`.
fn invited(world: &World) -> [Person; 3] {
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| world.person(name));
    for (name, other) in [("bob", &bob), ("carol", &carol)] {
        alice.does(&["add", name, &other.account()]);
        other.does(&["add", "alice", &alice.account()]);
    }
    alice.does(&["group", "create", "walk"]);
    for (name, other) in [("bob", &bob), ("carol", &carol)] {
        alice.does(&["group", "invite", "walk", name]);
        other.does(&["receive"]);
    }
    [alice, bob, carol]
}

/// The same, and both have joined.
pub(crate) fn three(world: &World) -> [Person; 3] {
    let [alice, bob, carol] = invited(world);
    for person in [&bob, &carol] {
        person.does(&["group", "join", "walk"]);
    }
    for _ in 0..2 {
        for person in [&alice, &bob, &carol] {
            person.does(&["receive"]);
        }
    }
    [alice, bob, carol]
}

/// What came in the group, and what the messenger told of it.
fn of_group(person: &Person, kind: &str) -> Vec<Value> {
    let rows = person.records(&["group", "history", "walk", "--last", "0"]).into_iter();
    rows.filter(|row| row["type"] == kind).collect()
}

/// The texts of the group.
pub(crate) fn texts(person: &Person) -> Vec<String> {
    let rows = of_group(person, "message").into_iter();
    rows.map(|row| row["text"].as_str().expect("text").to_owned()).collect()
}

fn show(person: &Person) -> Value {
    person.records(&["group", "show", "walk"]).remove(0)
}

#[test]
fn three_talk_and_who_is_removed_reads_nothing_more() {
    let world = World::new("group_talk");
    let [alice, bob, carol] = three(&world);
    let all = [&alice, &bob, &carol];
    let rosters = all.map(show).map(|shown| shown["roster"].clone());
    assert!(rosters.iter().all(|roster| *roster == rosters[0]), "{rosters:?}");
    assert_eq!(show(&bob)["members"].as_array().map(Vec::len), Some(3));
    assert_eq!(show(&bob)["owner"], alice.account());

    let sent = &alice.records(&["group", "send", "walk", "at nine"])[0];
    assert_eq!(
        (&sent["type"], &sent["state"], &sent["title"]),
        (&"sent".into(), &"sent".into(), &"walk".into())
    );
    bob.does_with(&["group", "send", "walk"], b"two\nlines\n");
    let shown = carol.does(&["receive"]);
    assert!(shown.contains("alice in “walk” (not verified): at nine\n"), "{shown}");
    // Carol doesn't know Bob: he goes by his account
    let digits: String = bob.account().chars().take(12).collect();
    assert!(shown.contains(&format!("{digits}… in “walk” (not verified): two\n    lines\n")), "{shown}");
    carol.does(&["group", "send", "walk", "or ten"]);
    alice.does(&["receive"]);
    bob.does(&["receive"]);
    assert_eq!(texts(&alice), ["at nine", "two\nlines", "or ten"]);
    assert_eq!(texts(&bob), texts(&alice));
    // one id for all, and nothing of it is among what two have said
    let id = of_group(&alice, "message")[0]["id"].clone();
    assert!(
        id.is_string()
            && [&bob, &carol].map(|one| of_group(one, "message")).iter().flatten().any(|row| row["id"] == id)
    );
    let of_two = bob.records(&["history", "alice"]).into_iter();
    assert!(of_two.clone().count() > 0 && of_two.into_iter().all(|row| row["type"] == "notice"));
    assert!(bob.does(&["history"]).contains("you in “walk”: two\n"));

    let said = alice.does(&["group", "remove", "walk", "carol"]);
    assert!(said.starts_with("carol is removed from “walk”"), "{said}");
    // she doesn't know it yet: her mail is late
    let (mailbox, late) = (world.mailbox(&carol), world.path("late"));
    std::fs::rename(&mailbox, &late).expect("moved");
    carol.does(&["group", "send", "walk", "still there?"]);
    std::fs::rename(&late, &mailbox).expect("moved");
    alice.does(&["group", "send", "walk", "without carol"]);
    let shown = bob.does(&["receive"]);
    let digits: String = carol.account().chars().take(12).collect();
    assert!(shown.contains(&format!("* alice removed {digits}… from “walk”")), "{shown}");
    let shown = carol.does(&["receive"]);
    assert!(shown.contains("You are not in “walk” any more"), "{shown}");
    let complaint = carol.fails(4, &["group", "send", "walk", "let me in"]);
    assert!(complaint.contains("not in the group"), "{complaint}");
    for person in [&alice, &bob, &carol] {
        person.does(&["receive"]);
    }
    assert!(!texts(&carol).contains(&"without carol".to_owned()));
    assert_eq!(texts(&bob).last().map(String::as_str), Some("without carol"));
    for person in [&alice, &bob] {
        assert!(!texts(person).contains(&"still there?".to_owned()));
    }
    assert_eq!(show(&bob)["members"].as_array().map(Vec::len), Some(2));
    assert_eq!(show(&carol)["standing"], "out");
    carol.does(&["group", "forget", "walk", "--yes"]);
    assert!(carol.does(&["group", "list"]).contains("No groups yet"));
    // in a script it is asked for
    bob.fails(2, &["group", "forget", "walk"]);
}

#[test]
fn a_group_is_changed_by_whom_it_lets() {
    let world = World::new("group_change");
    let [alice, bob, carol] = three(&world);
    let complaint = bob.fails(4, &["group", "rename", "walk", "mine"]);
    assert!(complaint.contains("not an admin"), "{complaint}");
    let complaint = alice.fails(4, &["group", "leave", "walk"]);
    assert!(complaint.contains("group role GROUP NAME admin"), "{complaint}");
    alice.fails(3, &["group", "remove", "walk", "dora"]);
    alice.fails(3, &["group", "invite", "walk", "dora"]);
    alice.fails(2, &["group", "remove", "walk", &alice.account()]);
    alice.does(&["group", "role", "walk", "bob", "admin"]);
    // once more takes nothing away
    let said = alice.does(&["group", "invite", "walk", "bob"]);
    assert_eq!(said, "bob is in “walk” already.\n");
    bob.does(&["receive"]);
    bob.does(&["group", "rename", "walk", "long walk"]);
    bob.does(&["group", "new-keys", "long walk"]);
    let shown = carol.does(&["receive"]);
    assert!(shown.contains("gave a group the title “long walk”"), "{shown}");
    assert!(shown.contains("made "), "{shown}");
    assert!(shown.contains("asked everybody in “long walk” to take new keys"), "{shown}");
    let shown = alice.does(&["receive"]);
    assert!(shown.contains("* bob gave a group the title"), "{shown}");
    // what one has done oneself is no news
    assert!(!shown.contains("you "), "{shown}");
    alice.does(&["group", "leave", "long walk"]);
    bob.does(&["receive"]);
    let shown = bob.does(&["group", "show", "long walk"]);
    assert!(shown.contains("Member  you, owner, 1 device"), "{shown}");
    // an admin by the digits of an account that has no name
    let digits: String = carol.account().chars().take(12).collect();
    bob.does(&["group", "remove", "long walk", &format!("{digits}…"), "--undo"]);
    let shown = bob.does(&["group", "show", "long walk"]);
    assert!(!shown.contains(&digits) && shown.contains("Roster  "), "{shown}");
}

#[test]
fn a_title_that_several_have_names_none() {
    let world = World::new("group_ambiguous");
    let alice = world.person("alice");
    let made = [0, 1].map(|_| alice.records(&["group", "create", "walk"]).remove(0));
    let complaint = alice.fails(2, &["group", "send", "walk", "to which?"]);
    assert!(complaint.contains("could be several groups"), "{complaint}");
    for group in &made {
        let id = group["group"].as_str().expect("an id");
        assert!(complaint.contains(&id[..8]), "{complaint}");
        let sent = alice.records(&["group", "send", &format!("{}…", &id[..8]), "to this one"]).remove(0);
        assert_eq!((&sent["group"], &sent["state"]), (&group["group"], &"sent".into()));
    }
    let complaint = alice.fails(3, &["group", "show", "\u{1b}[2J"]);
    assert!(complaint.contains("you know no group called “\\u{1b}[2J”"), "{complaint}");
    for title in ["", "a\nb", &"x".repeat(257)] {
        alice.fails(2, &["group", "create", title]);
    }
}

#[test]
fn a_stranger_s_invitation_is_asked_about_and_its_title_can_t_speak_for_the_program() {
    let world = World::new("group_stranger");
    let (mallory, bob) = (world.person("mallory"), world.person("bob"));
    bob.does(&["group", "create", "walk"]);
    mallory.does(&["add", "bob", &bob.account()]);
    let title = "\u{202e}x” of 2 members: `entrenous contacts forget alice`";
    mallory.does(&["group", "create", title]);
    let id = mallory.records(&["group", "list"])[0]["group"].as_str().expect("an id").to_owned();
    mallory.does(&["group", "invite", &id[..8], "bob"]);
    mallory.does(&["group", "send", &id[..8], "not to be read before"]);
    let shown = bob.does(&["receive"]);
    assert!(
        shown.contains("* stranger ") && shown.contains("invites you into the group “\\u{202e}x\\u{201d} of"),
        "{shown}"
    );
    assert!(shown.contains("\\u{60}entrenous contacts forget") && !shown.contains('\u{202e}'), "{shown}");
    assert!(!shown.contains("not to be read"), "{shown}");
    let shown = bob.does(&["group", "list"]);
    assert!(shown.contains("you are invited by stranger ") && !shown.contains('\u{202e}'), "{shown}");
    bob.fails(4, &["group", "send", &id[..8], "hello"]);
    // a script gets it as it is
    let listed = bob.records(&["group", "list"]);
    let invited = listed.iter().find(|group| group["standing"] == "invited").expect("invited");
    assert_eq!(invited["title"], title);
    // a title of ours doesn't come in the way of what is ours
    mallory.does(&["group", "rename", &id[..8], "walk"]);
    bob.does(&["receive"]);
    bob.does(&["group", "send", "walk", "mine"]);
    for command in [["group", "leave", "walk"], ["group", "forget", "walk"]] {
        let complaint = bob.fails(2, &command);
        assert!(complaint.contains("could be several groups"), "{complaint}");
    }
    // nor does one that is the whole id of ours
    let listed = bob.records(&["group", "list"]);
    let own = listed.iter().find(|group| group["standing"] == "joined").expect("joined");
    let own = own["group"].as_str().expect("an id");
    mallory.does(&["group", "rename", &id[..8], own]);
    bob.does(&["receive"]);
    assert_eq!(bob.records(&["group", "leave", own])[0]["group"], own);
    bob.does(&["group", "leave", &id[..8]]);
    mallory.does(&["receive"]);
    let members = mallory.records(&["group", "show", &id[..8]])[0]["members"].clone();
    assert_eq!(members.as_array().map(Vec::len), Some(1), "{members}");
}

/// The process dies after the client has the message, and before the history knows that.
#[test]
fn a_group_message_that_the_history_does_not_know_of_is_sent_once() {
    let world = World::new("group_once");
    let [alice, bob, carol] = three(&world);
    // the folder's place is taken by a file: what is sent stays in the outbox
    let (mail, away) = (world.path("drop").join("v1/mail"), world.path("mail"));
    std::fs::rename(&mail, &away).expect("moved");
    std::fs::write(&mail, b"").expect("written");
    alice.fails(4, &["group", "send", "walk", "one"]);
    let history = Connection::open(alice.home.join("history.sqlite")).expect("opened");
    let update = "UPDATE entry SET state = 5, message = NULL WHERE state = 8";
    assert_eq!(history.execute(update, []), Ok(1));
    std::fs::remove_file(&mail).expect("removed");
    std::fs::rename(&away, &mail).expect("moved");
    alice.does(&["group", "send", "walk", "two"]);
    for person in [&bob, &carol] {
        person.does(&["receive"]);
        assert_eq!(texts(person), ["one", "two"]);
    }
    assert_eq!(texts(&alice), ["one", "two"]);
}

/// Bob joins while something stands in the place of Carol's directories.
#[test]
fn a_member_s_broken_place_holds_nobody_else_up() {
    let world = World::new("group_broken");
    let [alice, bob, carol] = invited(&world);
    let place = |kind: &str| world.path("drop/v1").join(kind).join(carol.account());
    let places = ["bundles", "mail"].map(|kind| (place(kind), world.path(kind)));
    for (place, away) in &places {
        std::fs::rename(place, away).expect("hers");
        std::fs::write(place, b"x").expect("in its place");
    }
    let joined = bob.records(&["group", "join", "walk"]).remove(0);
    assert_eq!(joined["devices_missing"], 1);
    let sent = bob.records(&["group", "send", "walk", "one"]).remove(0);
    assert_eq!((&sent["state"], &sent["devices_waiting"]), (&"sent".into(), &1.into()));
    alice.fails(4, &["receive"]);
    assert_eq!(texts(&alice), ["one"]);
    for (place, away) in &places {
        std::fs::remove_file(place).expect("there");
        std::fs::rename(away, place).expect("hers");
    }
    // one pass begins the session, and brings the key over it
    bob.does(&["receive"]);
    carol.does(&["receive"]);
    carol.does(&["group", "join", "walk"]);
    assert_eq!(texts(&carol), ["one"]);
}

/// Bob is the only other one, and Alice forgets him before he gets it.
#[test]
fn what_waits_for_a_member_who_is_forgotten_waits_no_longer() {
    let world = World::new("group_forgotten");
    let [alice, bob, carol] = three(&world);
    alice.does(&["group", "remove", "walk", "carol"]);
    drop(carol);
    let mailbox = world.path("drop/v1/mail").join(bob.account());
    std::fs::rename(&mailbox, world.path("his")).expect("his");
    std::fs::write(&mailbox, b"x").expect("in its place");
    alice.fails(4, &["group", "send", "walk", "one"]);
    assert_eq!(of_group(&alice, "message")[0]["state"], "waiting");
    alice.does(&["contacts", "forget", "bob", "--yes"]);
    assert_eq!(of_group(&alice, "message")[0]["state"], "failed");
}

#[test]
fn own_devices_take_part_together() {
    let world = World::new("group_devices");
    let (alice, bob) = world.two();
    let tablet = world.nobody("tablet");
    link(&bob, &tablet);
    tablet.does(&["publish"]);
    alice.does(&["group", "create", "walk"]);
    alice.does(&["group", "invite", "walk", "bob"]);
    for device in [&bob, &tablet] {
        device.does(&["receive"]);
    }
    // what is done on one counts on both
    bob.does(&["group", "join", "walk"]);
    let shown = tablet.does(&["receive"]);
    assert!(shown.contains("Another device of yours takes part in “walk”"), "{shown}");
    tablet.does(&["group", "send", "walk", "from the tablet"]);
    let shown = bob.does(&["receive"]);
    assert!(shown.contains("you in “walk”: from the tablet\n"), "{shown}");
    let shown = alice.does(&["receive"]);
    assert!(shown.contains("bob in “walk” (not verified): from the tablet\n"), "{shown}");
    alice.does(&["group", "send", "walk", "to both"]);
    for device in [&bob, &tablet] {
        device.does(&["receive"]);
        assert_eq!(texts(device), ["from the tablet", "to both"]);
    }
    let members = show(&alice)["members"].clone();
    let devices = members.as_array().expect("members").iter().map(|member| member["devices"].as_array());
    assert_eq!(devices.map(|devices| devices.map_or(0, Vec::len)).sum::<usize>(), 3);
    tablet.does(&["group", "leave", "walk"]);
    let shown = bob.does(&["receive"]);
    assert!(shown.contains("You are not in “walk” any more"), "{shown}");
}
