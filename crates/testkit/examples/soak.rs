//! One session for a very long time, over a network that loses, repeats and reorders: everything that arrives opens,
//! once, and neither end grows.
//!
//! ```sh
//! cargo run --release -p entrenous-testkit --example soak -- 10000000
//! ```
#![allow(clippy::expect_used, clippy::panic, reason = "it ends where an assumption is broken")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use entrenous_ratchet::OpenError;
use entrenous_testkit::{
    network::End,
    pair::Pair,
    peer::{Peer, Refused},
    rng::ScriptedRng,
};
use rand::{RngExt, seq::SliceRandom};

/// Chance of a message that never arrives, and of one that arrives twice.
const LOSS: f64 = 0.1;
const TWICE: f64 = 0.1;
/// Chance of one that is late, and by how many turns at most: fewer than former chains are kept.
const LATE: f64 = 0.3;
const LATEST: u64 = 8;
/// Most messages in a turn.
const BURST: u64 = 40;
/// Longest content.
const LONGEST: usize = 200;
/// How often is looked what memory is taken.
const LOOKS: u64 = 10;
/// What memory may grow by after the first look, in KiB: queues are as full as chance has it.
const GROWTH: u64 = 2_048;

/// A message under way.
struct Packet {
    number: u64,
    bytes: Vec<u8>,
}

/// What is under way to one end, by the turn in which it arrives.
#[derive(Default)]
struct Direction {
    under_way: BTreeMap<u64, Vec<Packet>>,
    /// Messages of which one copy has arrived, and another will.
    half: BTreeSet<u64>,
    twice: BTreeSet<u64>,
}

#[derive(Default)]
struct Count {
    sent: u64,
    lost: u64,
    opened: u64,
    refused: u64,
}

fn main() {
    let count = std::env::args().nth(1).map_or(100_000, |count| count.parse().expect("a number"));
    let (alice, bob) = Pair::established(1);
    let (mut ends, mut directions) = ([alice, bob], [Direction::default(), Direction::default()]);
    let (mut rng, mut done, mut looks) = (ScriptedRng::new(2), Count::default(), Vec::new());
    let mut turn = 0;
    while done.sent < count {
        turn += 1;
        let from = if rng.random() { End::Alice } else { End::Bob };
        for _ in 0..rng.random_range(1..=BURST).min(count - done.sent) {
            let to = &mut directions[from.other() as usize];
            send(&mut ends[from as usize], to, turn, &mut done, &mut rng);
        }
        for to in End::BOTH {
            arrive(&mut ends[to as usize], &mut directions[to as usize], turn, &mut done, &mut rng);
        }
        if done.sent >= (looks.len() as u64 + 1) * count / LOOKS {
            looks.push(look(&ends, &done));
        }
    }
    for to in End::BOTH {
        arrive(&mut ends[to as usize], &mut directions[to as usize], turn + LATEST, &mut done, &mut rng);
        assert!(directions[to as usize].half.is_empty(), "a copy has not arrived");
    }
    let Count { sent, lost, opened, refused } = done;
    println!("{sent} sent in {turn} turns, {lost} lost, {opened} opened, {refused} repetitions refused");
    assert_eq!(opened, sent - lost, "everything that arrived was opened");
    if let (Some(Some(first)), Some(Some(last))) = (looks.first(), looks.last()) {
        assert!(*last <= first + GROWTH, "memory has grown");
    }
}

/// Seals a message, and lets chance decide what becomes of it.
fn send(from: &mut Peer, to: &mut Direction, turn: u64, done: &mut Count, rng: &mut ScriptedRng) {
    let number = done.sent;
    let bytes = from.seal(&content(number)).expect("sealed");
    done.sent += 1;
    if rng.random_bool(LOSS) {
        done.lost += 1;
        return;
    }
    let copies = if rng.random_bool(TWICE) { 2 } else { 1 };
    if copies == 2 {
        to.twice.insert(number);
    }
    for _ in 0..copies {
        let late = if rng.random_bool(LATE) { rng.random_range(1..=LATEST) } else { 0 };
        let packet = Packet { number, bytes: bytes.clone() };
        to.under_way.entry(turn + late).or_default().push(packet);
    }
}

/// Opens all that arrives up to a turn, in any order.
fn arrive(at: &mut Peer, to: &mut Direction, turn: u64, done: &mut Count, rng: &mut ScriptedRng) {
    let later = to.under_way.split_off(&(turn + 1));
    let mut packets: Vec<Packet> =
        core::mem::replace(&mut to.under_way, later).into_values().flatten().collect();
    packets.shuffle(rng);
    for Packet { number, bytes } in packets {
        if to.half.remove(&number) {
            let refused = at.open(&bytes).expect_err("opened twice");
            assert_eq!(refused, Refused::Open(OpenError::Duplicate));
            done.refused += 1;
            continue;
        }
        assert_eq!(at.read(&bytes), content(number));
        done.opened += 1;
        if to.twice.remove(&number) {
            to.half.insert(number);
        }
    }
}

/// The content of a message: its number, repeated to some length.
fn content(number: u64) -> Vec<u8> {
    let length = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let length = usize::try_from(length).expect("32 bits") % LONGEST;
    number.to_be_bytes().into_iter().cycle().take(8 + length).collect()
}

/// Tells what both ends have stored, and the memory of the process in KiB, where the system tells it.
fn look(ends: &[Peer; 2], done: &Count) -> Option<u64> {
    let stored = ends.each_ref().map(|end| {
        let stored = end.stored();
        stored.session.len() + stored.skipped.values().map(Vec::len).sum::<usize>()
    });
    let status = fs::read_to_string("/proc/self/status").ok();
    let line =
        status.as_deref().and_then(|status| status.lines().find_map(|line| line.strip_prefix("VmRSS:")));
    let resident = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    println!("{} sent: stored {stored:?} bytes, resident {resident:?} KiB", done.sent);
    resident
}
