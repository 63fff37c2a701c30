//! Several devices of one account.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use serde_json::Value;

use crate::people::{Person, World};

/// A process that says records and is given an answer.
struct Dialogue {
    child: Child,
    said: BufReader<ChildStdout>,
    answer: ChildStdin,
}

impl Dialogue {
    fn begin(person: &Person, arguments: &[&str]) -> Self {
        let arguments = [&["--json"], arguments].concat();
        let mut child = person.command(&arguments).stdin(Stdio::piped()).spawn().expect("it runs");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        let answer = child.stdin.take().expect("piped");
        Self { child, said, answer }
    }

    fn waits_for(&mut self, kind: &str) -> Value {
        loop {
            let mut line = String::new();
            assert!(self.said.read_line(&mut line).expect("text") > 0, "{kind} doesn't come");
            let record: Value = serde_json::from_str(&line).expect("JSON");
            if record["type"] == kind {
                return record;
            }
        }
    }

    fn answers(mut self, answer: &str) -> Option<i32> {
        writeln!(self.answer, "{answer}").expect("it reads");
        drop(self.answer);
        self.child.wait().expect("it ends").code()
    }
}

/// Links `new` to the account of `primary`.
pub(crate) fn link(primary: &Person, new: &Person) {
    let mut linking = Dialogue::begin(primary, &["devices", "link", "--answer-from-input"]);
    let code = linking.waits_for("link-code")["code"].as_str().expect("a code").to_owned();
    let mut joining = Dialogue::begin(new, &["init", "--link", &code]);
    assert_eq!(linking.waits_for("short-string")["digits"], joining.waits_for("short-string")["digits"]);
    assert_eq!(linking.answers("same"), Some(0));
    joining.waits_for("joined");
    assert!(joining.child.wait().expect("it ends").success());
}

#[test]
fn a_linked_device_has_what_is_written_from_then_on_until_it_is_removed() {
    let world = World::new("linked");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "before"]);
    bob.does(&["receive"]);
    let tablet = world.nobody("tablet");
    link(&alice, &tablet);
    assert_eq!(tablet.account(), alice.account());
    let devices = alice.records(&["devices", "list"]);
    assert_eq!(devices.len(), 2);
    assert!(devices.iter().all(|device| device["primary"] == device["this"]));
    let id = devices.iter().find(|device| device["this"] == false).expect("the tablet")["device"].clone();
    // the primary has told what it knows, though nobody had published there
    assert!(tablet.does(&["receive"]).contains("has told of 1 account:"));
    // what is written to alice comes to both, what alice writes is on the tablet as well
    let said = alice.does(&["receive"]);
    assert!(!said.contains("has a new device"), "who has linked it is not warned: {said}");
    bob.does(&["receive"]);
    alice.does(&["send", "bob", "from the primary"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "to both"]);
    alice.does(&["receive"]);
    tablet.does(&["receive"]);
    assert!(alice.received().contains(&"to both".to_owned()));
    assert!(tablet.received().contains(&"to both".to_owned()), "{:?}", tablet.history());
    let there = ("sent-elsewhere".to_owned(), "from the primary".to_owned());
    assert!(tablet.history().contains(&there), "{:?}", tablet.history());
    assert!(!tablet.history().iter().any(|(_, text)| text == "before"));
    let notices = tablet.does(&["history"]);
    assert!(notices.contains("has told of 1 account:") && !notices.contains("stranger"), "{notices}");
    // the tablet writes as alice
    tablet.does(&["add", "bob", &bob.account()]);
    tablet.does(&["send", "bob", "from the tablet"]);
    bob.does(&["receive"]);
    assert!(bob.received().contains(&"from the tablet".to_owned()));
    // the primary can't go, and nobody is asked about it
    let complaint = alice
        .fails(4, &["devices", "remove", alice.records(&["status"])[0]["device"].as_str().expect("an id")]);
    assert!(complaint.contains("primary") && !complaint.contains("misuse"), "{complaint}");
    // a device that is removed gets nothing more
    let id = id.as_str().expect("an id");
    alice.fails(2, &["devices", "remove", id]);
    alice.does(&["devices", "remove", id, "--yes"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "without the tablet"]);
    alice.does(&["receive"]);
    assert!(alice.received().contains(&"without the tablet".to_owned()));
    let _ = tablet.runs(&["receive"]);
    assert!(!tablet.received().contains(&"without the tablet".to_owned()));
    tablet.fails(4, &["send", "bob", "am I still there?"]);
    assert_eq!(alice.records(&["devices", "list"]).len(), 1);
}

#[test]
fn nothing_is_linked_unless_the_strings_are_the_same() {
    let world = World::new("not_linked");
    let alice = world.person("alice");
    let thief = world.nobody("thief");
    let mut linking = Dialogue::begin(&alice, &["devices", "link", "--answer-from-input"]);
    let code = linking.waits_for("link-code")["code"].as_str().expect("a code").to_owned();
    let mut joining = Dialogue::begin(&thief, &["init", "--link", &code]);
    joining.waits_for("short-string");
    linking.waits_for("short-string");
    assert_eq!(linking.answers("no"), Some(4));
    crate::people::kill(joining.child);
    assert_eq!(alice.records(&["devices", "list"]).len(), 1);
    // a device that is not linked is none
    assert!(!thief.runs(&["status"]).status.success());
    let complaint = alice.fails(3, &["devices", "remove", "00000001", "--yes"]);
    assert!(complaint.contains("no device"), "{complaint}");
    let complaint = alice.fails(2, &["devices", "remove", "00000000", "--yes"]);
    assert!(complaint.contains("`devices list`"), "{complaint}");
}
