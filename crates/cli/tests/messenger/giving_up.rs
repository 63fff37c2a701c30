//! What can't be opened or delivered for a month is given up, and said; not a day earlier.

use std::{
    fs::{self, File},
    path::Path,
};

use rusqlite::Connection;

use crate::people::{Person, World};

const DAY_MS: i64 = 86_400_000;

/// Lets days pass for what is stuck.
fn pass_days(person: &Person, days: i64) {
    let history = Connection::open(person.home.join("history.sqlite")).expect("opened");
    let changed = history.execute("UPDATE stuck SET since = since - ?1", [days * DAY_MS]).expect("updated");
    assert_ne!(changed, 0);
}

fn notices(person: &Person, notice: &str) -> usize {
    let rows = person.records(&["history", "--last", "0"]);
    rows.iter().filter(|row| row["notice"] == notice).count()
}

/// How many envelopes `receive` says it leaves.
fn left(person: &Person) -> u64 {
    let said = person.records(&["receive"]);
    said.iter().filter(|record| record["type"] == "left").filter_map(|record| record["count"].as_u64()).sum()
}

/// How many envelopes stay.
fn unopened(person: &Person) -> u64 {
    person.records(&["status"])[0]["unopened"].as_u64().expect("a number")
}

// spec: FOLDER-17
#[test]
fn an_envelope_that_can_not_be_opened_goes_after_a_month() {
    let world = World::new("not_opened");
    let (alice, bob) = world.two();
    let carol = world.person("carol");
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "two"]);
    alice.does(&["receive"]);
    alice.does(&["send", "bob", "three"]);
    // it comes to somebody who has no session
    let envelope = world.mail_of(&bob).pop().expect("it waits");
    carol.does(&["receive"]);
    let astray = world.mailbox(&carol).join(envelope.file_name().expect("a name"));
    fs::create_dir_all(world.mailbox(&carol)).expect("created");
    fs::copy(&envelope, &astray).expect("copied");
    assert_eq!(left(&carol), 1);
    assert_eq!(left(&carol), 0, "it is said once");
    pass_days(&carol, 29);
    carol.does(&["receive"]);
    assert_eq!((unopened(&carol), notices(&carol, "not-opened")), (1, 0));
    assert!(astray.exists());
    pass_days(&carol, 2);
    carol.does(&["receive"]);
    assert!(!astray.exists());
    carol.does(&["receive"]);
    assert_eq!((unopened(&carol), notices(&carol, "not-opened")), (0, 1));
    // whom it was for has it
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "three"]);
}

#[test]
fn a_message_whose_envelope_was_given_up_comes_in_a_new_session() {
    let world = World::new("again");
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.does(&["add", "bob", &bob.account()]);
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    bob.does(&["add", "alice", &alice.account()]);
    bob.does(&["send", "alice", "two"]);
    alice.does(&["receive"]);
    alice.does(&["send", "bob", "and?"]);
    bob.does(&["receive"]);
    // Alice forgets Bob: what he sends in their session can't be opened any more
    bob.does(&["send", "alice", "three"]);
    alice.does(&["contacts", "forget", "bob", "--yes"]);
    assert_eq!(left(&alice), 1);
    pass_days(&alice, 40);
    alice.does(&["receive"]);
    assert_eq!(notices(&alice, "not-opened"), 1);
    // a new session begins, and Bob's message comes again in it
    alice.does(&["add", "bob", &bob.account()]);
    alice.does(&["send", "bob", "four"]);
    bob.does(&["receive"]);
    alice.does(&["receive"]);
    assert_eq!(alice.received(), ["two", "three"]);
    assert_eq!(bob.received(), ["one", "and?", "four"]);
}

/// Puts as many files into a mailbox as it takes.
fn fill(mailbox: &Path) {
    fs::create_dir_all(mailbox).expect("created");
    for n in 0..1 << 16 {
        let name = format!("{n:016x}-{:032x}", 0);
        File::create(mailbox.join(name)).expect("created");
    }
}

// spec: FOLDER-18
#[test]
fn an_envelope_whose_mailbox_is_full_is_given_up_after_a_month() {
    let world = World::new("not_delivered");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "one"]);
    bob.does(&["receive"]);
    fill(&world.mailbox(&bob));
    assert!(alice.does(&["send", "bob", "two"]).contains("full"));
    let waits = |person: &Person| person.records(&["status"])[0]["waiting"].as_u64().expect("a number");
    assert_eq!(waits(&alice), 1);
    pass_days(&alice, 29);
    alice.does(&["receive"]);
    assert_eq!((waits(&alice), notices(&alice, "not-delivered")), (1, 0));
    pass_days(&alice, 2);
    alice.does(&["receive"]);
    assert_eq!((waits(&alice), notices(&alice, "not-delivered")), (0, 1));
    // the next one goes when there is room again
    fs::remove_dir_all(world.mailbox(&bob)).expect("removed");
    alice.does(&["send", "bob", "three"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["one", "three"]);
}
