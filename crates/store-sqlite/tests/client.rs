//! A client on one file in several processes, on a file that is full, and killed. A longer run:
//! `ENTRENOUS_OPERATIONS=100000`, `ENTRENOUS_KILLS=2000`, best with `--release`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

mod common;

use core::time::Duration;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    thread,
};

use entrenous::{
    AccountId, Address, Client, ContactKind, Created, Error, Event, Fault, Item, MemoryStore, Outgoing,
    SendOptions, Store, StoreKey, System,
    operation::{Outbox, Send},
    store::FailureKind,
};
use entrenous_store_sqlite::{Options, SqliteStore};
use entrenous_testkit::rng::ScriptedRng;
use rand::RngExt;

use common::{
    Folder,
    child::{self, Running},
};

type Alice = Client<SqliteStore, System>;
type Bob = Client<MemoryStore, System>;

fn key() -> StoreKey {
    StoreKey::from_bytes(&[7; 32])
}

fn open(file: &Path) -> Alice {
    Client::open(SqliteStore::open(file).unwrap(), &key(), System::new()).unwrap()
}

/// Alice on a file, and Bob, who have read messages of one another.
fn two(store: SqliteStore) -> (Alice, Bob) {
    let Created { client: mut alice, .. } = Client::create(store, &key(), System::new()).unwrap();
    let Created { client: mut bob, .. } = Client::create(MemoryStore::new(), &key(), System::new()).unwrap();
    let upload = bob.publish_prekeys().unwrap().unwrap();
    alice.start_session(&bob.account_id(), &upload.bundles[0]).unwrap();
    for _ in 0..2 {
        alice.send(&bob.account_id(), b"hello").unwrap();
        carry(&mut alice, &mut bob);
        bob.send(&alice.account_id(), b"hello").unwrap();
        carry(&mut bob, &mut alice);
    }
    (alice, bob)
}

/// Carries the whole outbox, and gives the contents of the messages in the order in which they came.
fn carry<S: Store, T: Store>(from: &mut Client<S, System>, to: &mut Client<T, System>) -> Vec<String> {
    core::iter::from_fn(|| carry_some(from, to, 256)).flatten().collect()
}

/// Carries so many at most, none if the outbox is empty; others may be at the sender's store.
fn carry_some<S: Store, T: Store>(
    from: &mut Client<S, System>,
    to: &mut Client<T, System>,
    limit: usize,
) -> Option<Vec<String>> {
    let page = patiently(|| from.perform(&Outbox { from: 0, limit })).unwrap();
    if page.is_empty() {
        return None;
    }
    let (sender, mut contents) = (from.address(), Vec::new());
    for Outgoing { number, bytes, .. } in page {
        contents.extend(texts(to.receive(&sender, &bytes).unwrap()));
        patiently(|| from.handed_over(number.as_slice())).unwrap();
    }
    acknowledge_all(to);
    Some(contents)
}

fn texts(items: Vec<Item>) -> Vec<String> {
    let text = |item: Item| match item.event {
        Event::Message(message) => Some(String::from_utf8(message.content.to_vec()).unwrap()),
        _ => None,
    };
    items.into_iter().filter_map(text).collect()
}

fn acknowledge_all<S: Store>(client: &mut Client<S, System>) {
    loop {
        let numbers: Vec<u64> = client.inbox().unwrap().iter().filter_map(|item| item.number).collect();
        if numbers.is_empty() {
            return;
        }
        client.acknowledge(&numbers).unwrap();
    }
}

/// Does something again for as long as others are quicker.
fn patiently<T>(mut what: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match what() {
            Err(error) if error.fault() == Fault::Passing => {}
            outcome => return outcome,
        }
    }
}

/// Where an envelope of Bob's waits for all processes.
fn letter(file: &Path, number: u64) -> PathBuf {
    file.with_file_name(format!("letter-{number}"))
}

/// Bob writes so many letters to all processes of this account.
fn write_letters(bob: &mut Bob, account: &AccountId, file: &Path, count: u64) {
    for n in 0..count {
        let sent = bob.send(account, format!("to all {n}").as_bytes()).unwrap();
        let message = sent.outgoing.into_iter().find(|outgoing| outgoing.id.is_some()).unwrap();
        fs::write(letter(file, n), message.bytes).unwrap();
        bob.handed_over(message.number.as_slice()).unwrap();
    }
}

#[test]
#[ignore = "the other process of the tests below"]
fn child() {
    let Some((what, file, number)) = child::task() else { return };
    let mut alice = open(file.as_ref());
    let bob = alice.contacts(ContactKind::Accepted, None).unwrap()[0].account;
    let from = Address { account: bob, device: alice.contact(&bob).unwrap().devices[0].device };
    let me = std::process::id();
    match what.as_str() {
        // each process sends its own messages, and opens what all of them open
        "talk" => {
            for n in 0..number {
                let content = format!("{me} {n}");
                patiently(|| alice.send(&from.account, content.as_bytes())).unwrap();
                let bytes = fs::read(letter(file.as_ref(), n)).unwrap();
                match patiently(|| alice.receive(&from, &bytes)) {
                    Ok(items) => texts(items).iter().for_each(child::say),
                    Err(error) => assert_eq!(error, Error::Duplicate),
                }
            }
        }
        // sends its own messages, and opens what all of them open; nobody acknowledges
        "talk for ever" => {
            for token in number.. {
                let content = token.to_string();
                let options = SendOptions { token: Some(token.to_be_bytes()), ..SendOptions::default() };
                let send = Send { to: from.account, content: content.as_bytes(), options };
                patiently(|| alice.perform(&send)).unwrap();
                let bytes = fs::read(letter(file.as_ref(), token % LETTERS)).unwrap();
                let opened = patiently(|| alice.receive(&from, &bytes));
                assert!(opened.is_ok() || opened == Err(Error::Duplicate), "{opened:?}");
                child::say(token);
            }
        }
        "send for ever" => {
            for n in number.. {
                let options = SendOptions { token: Some(n.to_be_bytes()), ..SendOptions::default() };
                let content = n.to_string();
                let send = Send { to: from.account, content: content.as_bytes(), options };
                alice.perform(&send).unwrap();
                child::say(n);
            }
        }
        _ => panic!("no such task: {what}"),
    }
}

fn start(what: &str, file: &Path, number: u64) -> Running {
    Running::start(child::command(&env::current_exe().unwrap(), what, file, number))
}

/// Four processes with one store: what they seal opens once each, so no key was used twice; and what all of them
/// receive only one of them is shown.
#[test]
fn four_processes_are_one_device() {
    let operations = child::number("ENTRENOUS_OPERATIONS", 25);
    let folder = Folder::new();
    let (alice, mut bob) = two(folder.open());
    let (address, account) = (alice.address(), alice.account_id());
    drop(alice);
    write_letters(&mut bob, &account, &folder.file(), operations);
    let running: Vec<_> = (0..4).map(|_| start("talk", &folder.file(), operations)).collect();
    let mut shown = BTreeMap::new();
    for text in running.into_iter().flat_map(Running::finish) {
        *shown.entry(text).or_insert(0) += 1;
    }
    assert_eq!(shown.len() as u64, operations);
    assert!(shown.values().all(|times| *times == 1), "{shown:?}");

    let mut alice = open(&folder.file());
    assert_eq!(alice.address(), address);
    let mut newest: BTreeMap<String, u64> = BTreeMap::new();
    let arrived = carry(&mut alice, &mut bob);
    assert_eq!(arrived.len() as u64, 4 * operations);
    for text in arrived {
        // those of each process in its order, and none twice
        let (process, n) = text.split_once(' ').unwrap();
        let n = n.parse().unwrap();
        let before = newest.insert(process.to_owned(), n);
        assert_eq!(n, before.map_or(0, |before| before + 1), "{process}");
    }
    bob.send(&account, b"still here").unwrap();
    carry(&mut bob, &mut alice);
}

/// What was sent before the kill arrives; what is sent again with its token arrives once.
#[test]
fn killed_at_any_moment_a_client_sends_everything_once() {
    let folder = Folder::new();
    let (alice, mut bob) = two(folder.open());
    drop(alice);
    let (mut next, mut arrived) = (0, Vec::new());
    for kill in 0..child::number("ENTRENOUS_KILLS", 12) {
        let running = start("send for ever", &folder.file(), next);
        if kill % 4 > 0 {
            running.next();
        }
        thread::sleep(Duration::from_micros(kill * 7_919 % 20_000));
        let told: Vec<u64> = running.kill().iter().map(|n| n.parse().unwrap()).collect();
        // the application knows of those that it was told, and begins again with the last of them
        next = told.last().copied().unwrap_or(next);
        arrived.extend(carry(&mut open(&folder.file()), &mut bob));
    }
    let expected: Vec<String> = (0..arrived.len()).map(|n| n.to_string()).collect();
    assert_eq!(arrived, expected, "in their order, none twice, none left out");
    assert!(arrived.len() as u64 > next);
}

/// Letters that processes which are killed open again and again.
const LETTERS: u64 = 25;

/// The first message of each of four places; a process that takes the place of one that was killed goes on there.
const PLACES: [u64; 4] = [0, 1 << 32, 2 << 32, 3 << 32];

/// One of four is killed at random, and another takes its place, while the other three go on and a fifth carries what
/// they send: the messages of each place arrive once and in their order, and each letter waits to be read once.
#[test]
fn one_of_four_is_killed_and_the_others_go_on() {
    let (folder, mut rng) = (Folder::new(), ScriptedRng::new(3));
    let (alice, mut bob) = two(folder.open());
    let account = alice.account_id();
    drop(alice);
    write_letters(&mut bob, &account, &folder.file(), LETTERS);
    let mut told = PLACES;
    let mut running: Vec<_> = PLACES.iter().map(|n| start("talk for ever", &folder.file(), *n)).collect();
    let mut arrived = Vec::new();
    for _ in 0..child::number("ENTRENOUS_KILLS", 8) {
        for (process, told) in running.iter().zip(&mut told) {
            // what it has said up to the last kill says nothing of how it goes on
            process.said();
            *told = process.next().parse().unwrap();
        }
        let mut carrier = open(&folder.file());
        arrived.extend(carry_some(&mut carrier, &mut bob, 64).unwrap_or_default());
        thread::sleep(Duration::from_micros(rng.random_range(0..20_000)));
        let place = rng.random_range(0..running.len());
        if let Some(last) = running.remove(place).kill().last() {
            told[place] = last.parse().unwrap();
        }
        running.insert(place, start("talk for ever", &folder.file(), told[place]));
    }
    for (process, told) in running.into_iter().zip(&mut told) {
        if let Some(last) = process.kill().last() {
            *told = last.parse().unwrap();
        }
    }
    let mut alice = open(&folder.file());
    arrived.extend(carry(&mut alice, &mut bob));

    println!("{} messages", arrived.len());
    let arrived: Vec<u64> = arrived.iter().map(|content| content.parse().unwrap()).collect();
    for (first, told) in PLACES.into_iter().zip(told) {
        let sent: Vec<u64> = arrived.iter().copied().filter(|n| n >> 32 == first >> 32).collect();
        let expected: Vec<u64> = (first..first + sent.len() as u64).collect();
        assert_eq!(sent, expected, "in their order, none twice, none left out");
        assert!(sent.last() >= Some(&told), "{told} was sent");
    }
    for n in 0..LETTERS {
        let opened = alice.receive(&bob.address(), &fs::read(letter(&folder.file(), n)).unwrap());
        assert!(opened.is_ok() || opened == Err(Error::Duplicate), "{opened:?}");
    }
    let mut waiting = texts(alice.inbox().unwrap());
    waiting.sort_unstable();
    let mut letters: Vec<_> = (0..LETTERS).map(|n| format!("to all {n}")).collect();
    letters.sort_unstable();
    assert_eq!(waiting, letters);
}

#[test]
fn a_client_on_a_full_file_loses_nothing_and_goes_on_when_there_is_room() {
    let folder = Folder::new();
    let (alice, mut bob) = two(folder.open());
    drop(alice);
    let size = fs::metadata(folder.file()).unwrap().len().max(64 << 10);
    let options = Options { max_bytes: Some(size + (64 << 10)), ..Options::default() };
    let store = SqliteStore::open_with(folder.file(), options).unwrap();
    let mut alice = Client::open(store, &key(), System::new()).unwrap();
    let mut sent = 0;
    let error = loop {
        match alice.send(&bob.account_id(), format!("{sent} {}", "x".repeat(3_000)).as_bytes()) {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, Error::Store(failure) if failure.kind() == FailureKind::Full), "{error:?}");
    assert_eq!((error.fault(), error.is_final()), (Fault::User, false));
    assert!(sent > 2, "{sent}");
    // it can't receive either, and the transport keeps what came
    let reply = bob.send(&alice.account_id(), "y".repeat(60_000).as_bytes()).unwrap().outgoing.remove(0);
    let refused = alice.receive(&bob.address(), &reply.bytes).unwrap_err();
    assert!(matches!(refused, Error::Store(_)), "{refused:?}");

    drop(alice);
    let mut alice = open(&folder.file());
    alice.send(&bob.account_id(), b"room again").unwrap();
    let numbers =
        carry(&mut alice, &mut bob).into_iter().map(|text| text.split(' ').next().unwrap().to_owned());
    let expected: Vec<String> = (0..sent).map(|n| n.to_string()).chain(["room".to_owned()]).collect();
    assert_eq!(numbers.collect::<Vec<_>>(), expected);
    assert_eq!(texts(alice.receive(&bob.address(), &reply.bytes).unwrap()), ["y".repeat(60_000)]);
}
