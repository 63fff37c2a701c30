//! Several processes on one home at the same time.

use std::{
    process::Child,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::people::{World, kill};

const SENDERS: usize = 4;
const EACH: usize = 10;

#[test]
fn many_send_at_once() {
    let world = World::new("many_send");
    let (alice, bob) = world.two();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let alice = &alice;
            scope.spawn(move || {
                let lines: String = (0..EACH).map(|n| format!("{sender}.{n}\n")).collect();
                alice.does_with(&["send", "bob", "--lines"], lines.as_bytes());
            });
        }
    });
    bob.does(&["receive"]);
    let received = bob.received();
    assert_eq!(received, alice.written(), "all of them, in one order");
    for sender in 0..SENDERS {
        let of_sender: Vec<&String> =
            received.iter().filter(|text| text.starts_with(&format!("{sender}."))).collect();
        assert_eq!(
            of_sender,
            (0..EACH).map(|n| format!("{sender}.{n}")).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
    }
    assert!(bob.mail().is_empty());
}

#[test]
fn many_receive_at_once_and_each_message_is_shown_by_one() {
    let world = World::new("many_receive");
    let (alice, bob) = world.two();
    let followers: Vec<Child> =
        (0..3).map(|_| bob.command(&["--json", "receive", "--follow"]).spawn().expect("it runs")).collect();
    let lines: String = (0..40).map(|n| format!("{n}\n")).collect();
    alice.does_with(&["send", "bob", "--lines"], lines.as_bytes());
    let until = Instant::now() + Duration::from_secs(60);
    // the history tells when all have come; one of the three shows them
    while bob.received().len() < 40 || bob.records(&["status"])[0]["new"] != 0 {
        assert!(Instant::now() < until, "{:?}", bob.received());
        thread::sleep(Duration::from_millis(50));
    }
    let mut shown: Vec<String> = Vec::new();
    for follower in followers {
        let output = kill(follower);
        assert!(output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let messages = records.filter(|record| record["type"] == "message");
        shown.extend(messages.map(|record| record["text"].as_str().expect("text").to_owned()));
    }
    assert_eq!(shown, (0..40).map(|n| n.to_string()).collect::<Vec<_>>());
}
