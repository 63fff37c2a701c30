//! Contacts and strangers: listed, accepted, forgotten.

use serde_json::Value;

use crate::people::{Person, World};

/// Kind, name and trust of everybody who is known.
fn known(person: &Person) -> Vec<(String, Value, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let all = person.records(&["contacts", "list"]);
    all.iter().map(|one| (text(&one["kind"]), one["name"].clone(), text(&one["trust"]))).collect()
}

fn row(kind: &str, name: impl Into<Value>) -> (String, Value, String) {
    (kind.to_owned(), name.into(), "not-verified".to_owned())
}

#[test]
fn a_stranger_is_accepted_and_gets_a_name() {
    let world = World::new("stranger_accepted");
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    assert_eq!(alice.does(&["contacts", "list"]).lines().count(), 1);
    alice.does(&["add", "bob", &bob.account()]);
    alice.does(&["send", "bob", "hello"]);
    bob.does(&["receive"]);
    assert_eq!(known(&bob), [row("stranger", Value::Null)]);
    bob.does(&["contacts", "accept", &alice.account()]);
    assert_eq!(known(&bob), [row("contact", Value::Null)]);
    bob.does(&["add", "alice", &alice.account()]);
    assert_eq!(known(&bob), [row("contact", "alice")]);
    bob.fails(3, &["contacts", "accept", &world.person("carol").account()]);
    bob.fails(3, &["contacts", "accept", "carol"]);
}

#[test]
fn who_is_forgotten_gets_nothing_more_and_is_a_stranger_when_writing_again() {
    let world = World::new("forgotten");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "two"]);
    alice.does(&["receive"]);
    bob.fails(2, &["contacts", "forget", "alice"]);
    assert_eq!(known(&bob), [row("contact", "alice")]);
    bob.does(&["contacts", "forget", "alice", "--yes"]);
    assert_eq!(known(&bob), []);
    bob.fails(3, &["send", "alice", "three"]);
    bob.fails(3, &["contacts", "forget", "alice", "--yes"]);
    // the history stays
    assert_eq!(bob.received(), ["one"]);
    assert_eq!(bob.written(), ["two"]);
    // a name can be given again, and the two go on
    bob.does(&["add", "al", &alice.account()]);
    bob.does(&["send", "al", "four"]);
    alice.does(&["receive"]);
    assert_eq!(alice.received(), ["two", "four"]);
    alice.does(&["send", "bob", "five"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "five"]);
}

#[test]
fn what_waits_for_somebody_who_is_forgotten_is_given_up() {
    let world = World::new("forgotten_waiting");
    let (alice, bob) = world.two();
    // nothing can be sent: the drop folder takes no mail
    let mail = world.path("drop").join("v1/mail");
    let _ = std::fs::remove_dir_all(&mail);
    std::fs::write(&mail, b"").expect("written");
    assert!(!alice.runs(&["send", "bob", "waits"]).status.success());
    assert_ne!(alice.records(&["status"])[0]["waiting"], 0);
    alice.does(&["contacts", "forget", "bob", "--yes"]);
    assert_eq!(alice.records(&["status"])[0]["waiting"], 0);
    std::fs::remove_file(&mail).expect("removed");
    alice.does(&["receive"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), [""; 0]);
}
