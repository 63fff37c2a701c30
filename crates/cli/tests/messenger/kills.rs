//! Processes that are killed at any point: nothing is lost, nothing is there twice.

use std::{
    collections::BTreeSet,
    env,
    io::Write,
    process::{Child, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rand::{TryRng, rngs::SysRng};
use serde_json::Value;

use crate::{
    devices::link,
    groups::{texts as group_texts, three},
    people::{Person, World, kill},
};

/// How long the test goes on, in seconds: longer by an environment variable.
const SECONDS: u64 = 6;

/// Kills and messages without which nothing was tested.
const ENOUGH: usize = 20;

/// So many times as long it may take to get there.
const PATIENCE: u64 = 40;

/// Messages that each of two people writes: more by an environment variable.
const MESSAGES: usize = 40;

/// Kills `child` within a time that lets it do something, mostly.
fn kill_soon(child: Child) -> Output {
    thread::sleep(Duration::from_micros(500 + random_below(60_000)));
    kill(child)
}

fn random_below(bound: u32) -> u64 {
    u64::from(SysRng.try_next_u32().expect("random") % bound)
}

/// The next lines on the standard input of a process that sends each, as a script would do that can't know how far the
/// one before came: it asks the history.
fn send_rest(person: &Person, to: &str, all: usize) -> Child {
    let written = person.written().len();
    let mut child = person.command(&["send", to, "--lines"]).stdin(Stdio::piped()).spawn().expect("it runs");
    let lines: String = (written..all).map(|n| format!("{n}\n")).collect();
    let mut input = child.stdin.take().expect("piped");
    // it is killed while it reads
    thread::spawn(move || drop(input.write_all(lines.as_bytes())));
    child
}

/// The texts on the standard output of a process that was killed, without a last line that is cut off.
fn shown(output: &Output) -> Vec<(i64, bool)> {
    let text = String::from_utf8_lossy(&output.stdout);
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let records = whole.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let messages = records.filter(|record| record["type"] == "message");
    messages
        .map(|record| (record["number"].as_i64().expect("a number"), record["repeated"] == true))
        .collect()
}

#[test]
fn whatever_is_killed_each_message_arrives_once_and_in_order() {
    let seconds = env::var("ENTRENOUS_KILL_SECONDS").map_or(SECONDS, |text| text.parse().expect("seconds"));
    let world = World::new("kills");
    let (alice, bob) = world.two();
    let lines = usize::try_from(seconds * 100).expect("small");
    let started = Instant::now();
    let (mut kills, mut seen, mut again) = (0, BTreeSet::new(), 0);
    let mut take = |output: &Output| {
        for (number, repeated) in shown(output) {
            let first = seen.insert(number);
            assert!(first || repeated, "{number} is shown twice, and nothing says so");
            again += u32::from(repeated);
        }
    };
    let is_enough = |kills, written| kills >= ENOUGH && written >= ENOUGH;
    // as long as it is to go on, and on a busy machine until something has happened
    while alice.written().len() < lines
        && (started.elapsed() < Duration::from_secs(seconds) || !is_enough(kills, alice.written().len()))
        && started.elapsed() < Duration::from_secs(seconds * PATIENCE)
    {
        let sending = send_rest(&alice, "bob", lines);
        let receiving = bob.command(&["--json", "receive", "--follow"]).spawn().expect("it runs");
        if random_below(2) == 0 {
            // somebody else works on the same home
            kill_soon(alice.command(&["receive"]).spawn().expect("it runs"));
        }
        let killed = kill_soon(sending);
        assert!(killed.stderr.is_empty(), "{killed:?}");
        let killed = kill_soon(receiving);
        assert!(killed.stderr.is_empty(), "{killed:?}");
        take(&killed);
        kills += 2;
    }
    // whoever comes next finishes what the killed ones have begun
    alice.does(&["receive"]);
    let written = alice.written();
    assert_eq!(written, (0..written.len()).map(|n| n.to_string()).collect::<Vec<_>>());
    take(&bob.runs(&["--json", "receive"]));
    assert_eq!(bob.received(), written, "after {kills} kills");
    assert!(bob.mail().is_empty(), "{:?}", bob.mail());
    assert!(is_enough(kills, written.len()), "{kills} kills, {} messages", written.len());
    let waits = |person: &Person| person.records(&["status"])[0]["waiting"].clone();
    assert_eq!((waits(&alice), waits(&bob)), (0.into(), 0.into()));
    let numbers = bob.records(&["history", "alice", "--last", "0"]).into_iter();
    let numbers = numbers.filter(|row| row["direction"] == "received");
    assert!(
        numbers.map(|row| row["number"].as_i64().expect("a number")).all(|number| seen.contains(&number))
    );
    eprintln!("{kills} kills, {} messages, {} shown, {again} flagged", written.len(), seen.len());
}

/// The texts of the messages that came, or were written elsewhere.
fn texts(person: &Person, direction: &str) -> Vec<String> {
    let rows = person.history().into_iter().filter(|(found, _)| found == direction);
    rows.map(|(_, text)| text).collect()
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|n| n.to_string()).collect()
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_by_key(|text| text.parse::<usize>().expect("a number"));
    texts
}

/// Two people, one with two devices, write at the same time while every process is killed again and again.
#[test]
fn every_device_has_each_message_once_whatever_is_killed() {
    let all = env::var("ENTRENOUS_KILL_MESSAGES").map_or(MESSAGES, |text| text.parse().expect("a number"));
    let world = World::new("kills_of_three");
    let (alice, bob) = world.two();
    let tablet = world.nobody("tablet");
    link(&alice, &tablet);
    // each has heard of the others before it begins
    for person in [&alice, &bob, &tablet, &alice, &bob, &tablet] {
        person.does(&["receive"]);
    }
    // a few at a time, so that many processes are needed for all
    let some = |person: &Person| all.min(person.written().len() + 3);
    let (mut kills, mut shown_at) = (0, 0);
    while alice.written().len() < all || bob.written().len() < all {
        let working = [
            send_rest(&alice, "bob", some(&alice)),
            send_rest(&bob, "alice", some(&bob)),
            alice.command(&["receive"]).spawn().expect("it runs"),
            bob.command(&["receive", "--follow"]).spawn().expect("it runs"),
            tablet.command(&["receive", "--follow"]).spawn().expect("it runs"),
        ];
        for child in working {
            let killed = kill_soon(child);
            assert!(killed.stderr.is_empty(), "{killed:?}");
            kills += 1;
        }
        if kills - shown_at >= 100 {
            let (hers, his) = (alice.written().len(), bob.written().len());
            eprintln!("{kills} kills: {hers} messages of alice's, {his} of bob's");
            shown_at = kills;
        }
    }
    // nobody is killed any more: what was begun is finished
    for _ in 0..3 {
        for person in [&alice, &bob, &tablet] {
            person.does(&["receive"]);
        }
    }
    let expected = numbers(all);
    assert_eq!((alice.written(), bob.written()), (expected.clone(), expected.clone()));
    assert_eq!(bob.received(), expected, "what alice has written, in order, after {kills} kills");
    assert_eq!(alice.received(), expected, "what bob has written, in order");
    assert_eq!(sorted(tablet.received()), expected, "what bob has written, on the other device");
    assert_eq!(sorted(texts(&tablet, "sent-elsewhere")), expected, "what alice has written, there");
    assert!(bob.mail().is_empty(), "{:?}", bob.mail());
    assert!(kills >= all, "{kills} kills");
    eprintln!("{kills} kills, {all} messages each way, once on each of three devices");
}

/// A message to a group is known to the history and the client at different times, and to no token.
#[test]
fn whatever_is_killed_each_message_to_a_group_arrives_once_and_in_order() {
    let world = World::new("group_kills");
    let [alice, bob, carol] = three(&world);
    let mut kills = 0;
    while alice.written().len() < ENOUGH / 2 || kills < ENOUGH {
        // it is written again only if the history doesn't have it
        let next = alice.written().len().to_string();
        let sending = alice.command(&["group", "send", "walk", &next]).spawn().expect("it runs");
        let receiving = bob.command(&["receive"]).spawn().expect("it runs");
        let killed = kill_soon(sending);
        assert!(killed.stderr.is_empty(), "{killed:?}");
        kill_soon(receiving);
        kills += 2;
    }
    alice.does(&["receive"]);
    let written: Vec<String> = (0..alice.written().len()).map(|n| n.to_string()).collect();
    assert_eq!(alice.written(), written);
    for person in [&bob, &carol] {
        person.does(&["receive"]);
        assert_eq!(group_texts(person), written, "after {kills} kills");
    }
    assert_eq!(alice.records(&["status"])[0]["waiting"], 0);
}
