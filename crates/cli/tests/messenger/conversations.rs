//! People write to each other.

use std::{
    fs,
    io::{BufRead, BufReader},
};

use crate::people::{Person, World, kill};

#[test]
fn two_talk() {
    let world = World::new("two_talk");
    let (alice, bob) = world.two();
    let said = &alice.records(&["send", "bob", "see you at nine"])[0];
    assert_eq!((&said["type"], &said["name"]), (&"sent".into(), &"bob".into()));
    bob.does_with(&["send", "alice"], b"two\nlines, \xc3\xa9t\xc3\xa9");
    let came = alice.records(&["receive"]);
    let message = came.iter().find(|record| record["type"] == "message").expect("it came");
    assert_eq!(message["text"], "two\nlines, été");
    assert_eq!((&message["name"], &message["direction"]), (&"bob".into(), &"received".into()));
    assert_eq!(message["trust"], "not-verified");
    assert_eq!(message["account"], bob.account());
    // it is shown once, and stays in the history
    assert!(alice.records(&["receive"]).is_empty());
    let both = [("sent", "see you at nine"), ("received", "two\nlines, été")];
    assert_eq!(alice.history(), both.map(|(a, b)| (a.to_owned(), b.to_owned())));
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["see you at nine"]);
    // one id on both sides
    let sent = &alice.records(&["history", "bob", "--last", "0"])[0];
    assert_eq!(sent["id"], said["id"]);
    let ids: Vec<_> =
        bob.records(&["history", "--last", "0"]).into_iter().map(|row| row["id"].clone()).collect();
    assert!(ids.contains(&said["id"]));
    assert!(bob.mail().is_empty());
}

#[test]
fn any_bytes_arrive_and_none_reach_a_terminal() {
    let world = World::new("any_bytes");
    let (alice, bob) = world.two();
    alice.does_with(&["send", "bob"], b"\xff\x00\n");
    alice.does_with(&["send", "bob"], b"\x1b[2J\xe2\x80\xae");
    let big = vec![b'x'; 3 << 20];
    alice.does_with(&["send", "bob"], &big);
    let shown = bob.does(&["receive", "--color", "always"]);
    assert!(!shown.contains('\u{202e}') && !shown.contains("\u{1b}[2J"), "{}", &shown[..200]);
    let rows = bob.records(&["history", "alice", "--last", "0"]);
    let came: Vec<_> = rows.iter().filter(|row| row["direction"] == "received").collect();
    assert_eq!(came[0]["hex"], "ff000a");
    assert_eq!(came[1]["text"], "\u{1b}[2J\u{202e}");
    assert_eq!(came[2]["text"].as_str().expect("text").len(), big.len());
}

#[test]
fn a_stranger_is_called_so_until_he_has_a_name() {
    let world = World::new("stranger");
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.does(&["add", "bob", &bob.account()]);
    alice.does(&["send", "bob", "hello, it's me"]);
    let shown = bob.does(&["receive"]);
    assert!(shown.contains("stranger ") && shown.contains("(not verified)"), "{shown}");
    let status = bob.does(&["status"]);
    assert!(status.contains("Contacts: none, but 1 stranger has written"), "{status}");
    // the digits that are shown are enough
    let digits: String = alice.account().chars().take(12).collect();
    bob.does(&["contacts", "accept", &format!("{digits}…")]);
    let shown = bob.does(&["history"]);
    assert!(shown.contains(&format!("contact {digits}… (no name yet)")), "{shown}");
    let status = bob.does(&["status"]);
    assert!(status.contains("1 without a name") && !status.contains("none yet"), "{status}");
    bob.does(&["add", "alice", &alice.account()]);
    assert!(bob.does(&["history"]).contains(" alice "));
    // a name can be changed, and is one account's
    let said = bob.does(&["add", "alicia", &alice.account()]);
    assert!(said.starts_with("alice is called alicia from now on"), "{said}");
    let said = bob.does(&["add", "alicia", &digits]);
    assert!(said.starts_with("You know alicia already"), "{said}");
    bob.fails(3, &["send", "alice", "who?"]);
    bob.does(&["send", "alicia", "there you are"]);
    alice.does(&["receive"]);
    assert_eq!(alice.received(), ["there you are"]);
}

#[test]
fn lines_are_messages_and_followed_as_they_come() {
    let world = World::new("follow");
    let (alice, bob) = world.two();
    let mut follower = bob.command(&["--json", "receive", "--follow"]).spawn().expect("it runs");
    let mut lines = BufReader::new(follower.stdout.take().expect("piped")).lines();
    alice.does_with(&["send", "bob", "--lines"], b"one\n\ntwo");
    let mut texts = Vec::new();
    while texts.len() < 2 {
        let line = lines.next().expect("it goes on").expect("text");
        let record: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        texts.extend(record["text"].as_str().filter(|_| record["type"] == "message").map(str::to_owned));
    }
    assert_eq!(texts, ["one", "two"]);
    kill(follower);
}

#[test]
fn a_message_has_something_in_it_and_no_line_feed_of_the_shell() {
    let world = World::new("empty");
    let (alice, bob) = world.two();
    for empty in [&b""[..], b"\n"] {
        let output = alice.given(&["send", "bob"], empty);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
    assert!(alice.fails(2, &["send", "bob", ""]).contains("empty"));
    alice.does_with(&["send", "bob"], b"from a pipe\n");
    alice.does_with(&["send", "bob"], b"two\n\n");
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["from a pipe", "two\n"]);
}

#[test]
fn a_message_to_somebody_who_has_not_published_is_refused_until_he_has() {
    let world = World::new("unpublished");
    let (alice, bob) = (world.person("alice"), world.nobody("bob"));
    bob.does(&["init"]);
    let added = alice.does(&["add", "bob", &bob.account()]);
    assert!(added.contains("published nothing"), "{added}");
    let complaint = alice.fails(5, &["send", "bob", "hello"]);
    assert!(complaint.contains("`publish` over there"), "{complaint}");
    assert!(alice.written().is_empty(), "nothing is kept that was refused");
    bob.does(&["publish"]);
    alice.does(&["send", "bob", "hello"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["hello"]);
}

/// How far each of the messages is that a person has written.
fn states(person: &Person) -> Vec<String> {
    let rows = person.records(&["history", "--last", "0"]).into_iter();
    let mine = rows.filter(|row| row["direction"] == "sent");
    mine.map(|row| row["state"].as_str().expect("a word").to_owned()).collect()
}

#[test]
fn what_can_t_be_handed_over_is_kept_and_sent_later() {
    let world = World::new("away");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    // the folder's place is taken by a file: as bad as a drive that is away
    let mail = world.path("drop").join("v1/mail");
    fs::rename(&mail, world.path("mail")).expect("moved");
    fs::write(&mail, b"").expect("written");
    let complaint = alice.fails(4, &["send", "bob", "two"]);
    assert!(complaint.contains("is kept") && complaint.contains(" publish`"), "{complaint}");
    assert_eq!(alice.written(), ["one", "two"]);
    assert!(alice.does(&["history"]).contains("you to bob (waits to be sent): two"));
    // a script is told of each
    let output = alice.runs(&["--json", "send", "bob", "again"]);
    assert_eq!(output.status.code(), Some(4));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&said["type"], &said["state"]), (&"sent".into(), &"waiting".into()));
    assert_eq!(states(&alice), ["sent", "waiting", "waiting"]);
    fs::remove_file(&mail).expect("removed");
    fs::rename(world.path("mail"), &mail).expect("moved");
    assert_eq!(alice.records(&["status"])[0]["waiting"], 2);
    // publishing hands over as well
    alice.does(&["publish"]);
    assert_eq!(states(&alice), ["sent"; 3]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "two", "again"]);
    assert_eq!(alice.records(&["status"])[0]["waiting"], 0);
}

#[test]
fn nothing_readable_is_left_on_the_disk() {
    let world = World::new("sealed");
    let (alice, bob) = world.two();
    let text = "the bench by the river";
    alice.does(&["send", "bob", text]);
    bob.does(&["receive"]);
    let mut places = vec![world.path("")];
    let mut files = 0;
    while let Some(place) = places.pop() {
        for entry in fs::read_dir(place).expect("read") {
            let path = entry.expect("read").path();
            if path.is_dir() {
                places.push(path);
                continue;
            }
            files += 1;
            let bytes = fs::read(&path).expect("read");
            for secret in [text, &text[..9]] {
                assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{path:?}");
            }
        }
    }
    assert!(files > 8, "{files}");
    assert_eq!(bob.received(), [text]);
}
