//! Cards, comparing, changes of account, passphrases.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use serde_json::Value;

use crate::people::{Person, World};

impl Person {
    fn card(&self) -> String {
        self.records(&["status", "--card"])[0]["card"].as_str().expect("a card").to_owned()
    }

    fn trust(&self, name: &str) -> Value {
        let status = &self.records(&["status"])[0];
        let contacts = status["contacts"].as_array().expect("contacts");
        contacts.iter().find(|contact| contact["name"] == name).expect("known")["trust"].clone()
    }

    /// Begins a comparison in a call.
    fn calls(&self, name: &str) -> Call {
        let arguments = ["--json", "verify", name, "--call", "--answer-from-input"];
        let mut child = self.command(&arguments).stdin(Stdio::piped()).spawn().expect("it runs");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        let answer = child.stdin.take().expect("piped");
        Call { child, said, answer }
    }
}

#[test]
fn two_who_begin_at_once_before_they_have_written_compare() {
    let world = World::new("call_at_once");
    let (alice, bob) = world.two();
    // each has a session of its own, which the other knows nothing of
    let (mut of_alice, mut of_bob) = (alice.calls("bob"), bob.calls("alice"));
    let (shown, other) = (of_alice.waits_for("short-string"), of_bob.waits_for("short-string"));
    assert_eq!(shown["digits"], other["digits"]);
    assert_eq!((of_alice.answers("same"), of_bob.answers("same")), (Some(0), Some(0)));
    assert_eq!((alice.trust("bob"), bob.trust("alice")), ("verified".into(), "verified".into()));
}

struct Call {
    child: Child,
    said: BufReader<ChildStdout>,
    answer: ChildStdin,
}

impl Call {
    /// The record of this kind that comes next, past others.
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

#[test]
fn a_card_adds_and_only_a_scanned_one_verifies() {
    let world = World::new("cards");
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    alice.does(&["add", "bob", &bob.card()]);
    assert_eq!(alice.trust("bob"), "not-verified");
    bob.does_with(&["add", "alice", "-", "--scanned"], alice.card().as_bytes());
    assert_eq!(bob.trust("alice"), "verified");
    alice.does(&["send", "bob", "hello"]);
    let came = bob.records(&["receive"]);
    assert!(came.iter().any(|record| record["text"] == "hello" && record["trust"] == "verified"), "{came:?}");
    alice.does(&["verify", "bob", "--scanned", &bob.card()]);
    assert_eq!(alice.trust("bob"), "verified");
    // somebody else's card is not bob's
    let carol = world.person("carol");
    alice.does(&["add", "dave", &carol.account()]);
    let complaint = alice.fails(4, &["verify", "dave", "--scanned", &bob.card()]);
    assert!(
        complaint.contains("card is of another account") && !complaint.contains("drop folder"),
        "{complaint}"
    );
    assert_eq!(alice.trust("dave"), "not-verified");
    let complaint = alice.fails(2, &["add", "erin", &bob.card()[1..]]);
    assert!(complaint.contains("this is no card") && !complaint.contains("Card"), "{complaint}");
    assert!(complaint.contains("copy all of it"), "{complaint}");
}

#[test]
fn numbers_verify_when_they_were_compared() {
    let world = World::new("numbers");
    let (alice, bob) = world.two();
    let number = |person: &Person, name| {
        // nobody is there to ask, so that it is shown and nothing more
        let output = person.runs(&["--json", "verify", name]);
        assert_eq!(output.status.code(), Some(2));
        let record: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        record["number"].as_str().expect("digits").to_owned()
    };
    let (of_alice, of_bob) = (number(&alice, "bob"), number(&bob, "alice"));
    assert_eq!(of_alice, of_bob);
    assert_eq!(alice.trust("bob"), "not-verified");
    alice.does(&["verify", "bob", "--matches"]);
    assert_eq!(alice.trust("bob"), "verified");
    for (digits, count) in [("12345", 5), ("12345 nonsense", 5)] {
        let complaint = alice.fails(2, &["verify", "bob", "--digits", digits]);
        assert!(complaint.contains(&format!("sixty digits are needed, these are {count}")), "{complaint}");
    }
    let wrong = of_alice.replacen(&of_alice[..1], if of_alice.starts_with('0') { "1" } else { "0" }, 1);
    let complaint = bob.fails(4, &["verify", "alice", "--digits", &wrong]);
    assert!(complaint.contains("NOT the same") && complaint.contains("Nothing is verified"), "{complaint}");
    assert_eq!(bob.trust("alice"), "not-verified");
    bob.does(&["verify", "alice", "--digits", &of_alice]);
    assert_eq!(bob.trust("alice"), "verified");
    assert!(bob.does(&["receive"]).contains("it was not the same"), "the failed one is told");
    // who is verified stays so, and that is what is said
    let complaint = bob.fails(4, &["verify", "alice", "--digits", &wrong]);
    assert!(complaint.contains("stays verified") && !complaint.contains("Nothing"), "{complaint}");
    assert_eq!(bob.trust("alice"), "verified");
}

#[test]
fn two_compare_in_a_call() {
    let world = World::new("call");
    let (alice, bob) = world.two();
    alice.does(&["send", "bob", "call me"]);
    bob.does(&["receive"]);
    bob.does(&["send", "alice", "calling"]);
    alice.does(&["receive"]);
    // a process that follows doesn't take their messages away
    let follower = bob.command(&["receive", "--follow"]).spawn().expect("it runs");
    let mut caller = alice.calls("bob");
    caller.waits_for("short-string-asked");
    let mut called = bob.calls("alice");
    let (of_alice, of_bob) = (caller.waits_for("short-string"), called.waits_for("short-string"));
    assert_eq!((&of_alice["emoji"], &of_alice["digits"]), (&of_bob["emoji"], &of_bob["digits"]));
    assert_eq!(of_alice["emoji"].as_array().expect("emoji").len(), 7);
    assert_eq!(caller.answers("same"), Some(0));
    assert_eq!(called.answers("no"), Some(4));
    assert_eq!(alice.trust("bob"), "verified");
    assert_eq!(bob.trust("alice"), "not-verified");
    // nobody need join any more what is over
    for person in [&alice, &bob] {
        let asked = person.records(&["receive"]);
        assert!(asked.iter().all(|record| record["notice"] != "short-string-asked"), "{asked:?}");
    }
    crate::people::kill(follower);
}

#[test]
fn a_name_moves_only_when_the_user_says_so_and_then_nothing_is_sent_unseen() {
    let world = World::new("moved");
    let (alice, bob) = world.two();
    let new_bob = world.person("new_bob");
    let complaint = alice.fails(4, &["add", "bob", &new_bob.card()]);
    assert!(complaint.contains("--replace"), "{complaint}");
    alice.fails(2, &["add", "bob", &new_bob.card(), "--replace"]);
    alice.does(&["send", "bob", "still the old one"]);
    bob.does(&["receive"]);
    assert_eq!(bob.received(), ["still the old one"]);
    let added = alice.does(&["add", "bob", &new_bob.card(), "--replace", "--yes"]);
    assert!(added.contains("another account") && !added.contains("entrenous send"), "{added}");
    assert_eq!(alice.trust("bob"), "changed");
    let complaint = alice.fails(4, &["send", "bob", "secret"]);
    assert!(complaint.contains(" verify NAME`"), "{complaint}");
    new_bob.does(&["receive"]);
    assert!(new_bob.received().is_empty());
    alice.fails(2, &["verify", "bob", "--accept"]);
    alice.does(&["verify", "bob", "--accept", "--yes"]);
    alice.does(&["send", "bob", "hello again"]);
    new_bob.does(&["receive"]);
    assert_eq!(new_bob.received(), ["hello again"], "what was refused is not sent later");
}

#[test]
fn a_locked_home_needs_its_passphrase() {
    let world = World::new("locked");
    let file = |name: &str, text: &str| {
        let path = world.path(name);
        fs::write(&path, text).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
        }
        path.to_str().expect("plain").to_owned()
    };
    let (right, wrong) = (file("right", "correct horse\n"), file("wrong", "battery staple\n"));
    let alice = world.nobody("alice");
    let code = world.path("code");
    let code_text = code.to_str().expect("plain");
    let said = alice.does(&["--passphrase-file", &right, "init", "--locked", "--recovery-file", code_text]);
    let recovery = fs::read_to_string(&code).expect("read");
    assert!(recovery.starts_with("EN1") && !said.contains(recovery.trim()), "{recovery}");
    assert!(!alice.home.join("store.key").exists());
    alice.does(&["--passphrase-file", &right, "publish"]);
    let complaint = alice.fails(4, &["--passphrase-file", &wrong, "status"]);
    assert!(complaint.contains("wrong passphrase"), "{complaint}");
    let complaint = alice.fails(2, &["--passphrase-file", &right, "init", "--recovery-file", code_text]);
    assert!(!complaint.is_empty());
    alice.does(&["--passphrase-file", &right, "status"]);
}
