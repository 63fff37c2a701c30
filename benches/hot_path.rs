//! Steps of the hot path, to be counted in instructions: `cargo xtask instructions` runs this under callgrind, which counts
//! within `measured` and nowhere else. Without an argument it names its steps, with one it makes that step.
#![allow(clippy::expect_used, reason = "a benchmark ends when its fixture is broken")]

use core::hint::black_box;
use std::{env, process::ExitCode};

use entrenous_benches::{End, Epoch, open_in_group, received, records, speaker};
use entrenous_group::sender_key::{BacklogKey, open_backlog};
use entrenous_wire::group_message::GroupMessage;

/// How often a step is made: within a post-quantum epoch few messages carry shards.
const TIMES: usize = 64;
const TIMES_WITH_SHARDS: usize = 8;

/// A name, how often it is made, and what is made: everything but the step itself is outside of [`measured`].
type Step = (&'static str, usize, fn(usize));

const STEPS: [Step; 11] = [
    ("encrypt-32", TIMES, |times| encrypt(Epoch::Rests, 32, times)),
    ("encrypt-1024", TIMES, |times| encrypt(Epoch::Rests, 1024, times)),
    ("encrypt-with-shards-32", TIMES_WITH_SHARDS, |times| encrypt(Epoch::UnderWay, 32, times)),
    ("decrypt-32", TIMES, |times| decrypt(Epoch::Rests, 32, times)),
    ("decrypt-1024", TIMES, |times| decrypt(Epoch::Rests, 1024, times)),
    ("decrypt-with-shards-32", TIMES_WITH_SHARDS, |times| decrypt(Epoch::UnderWay, 32, times)),
    ("refuse-forgery", TIMES, refuse),
    ("two-turns-32", TIMES, turn),
    ("group-encrypt-32", TIMES, group_encrypt),
    ("group-decrypt-32", TIMES, group_decrypt),
    ("group-backlog-32", TIMES, group_backlog),
];

fn main() -> ExitCode {
    let Some(asked) = env::args().nth(1) else {
        for (name, times, _) in STEPS {
            println!("{name} {times}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, times, make)) = STEPS.iter().find(|(name, ..)| *name == asked) else {
        eprintln!("there is no step {asked}");
        return ExitCode::FAILURE;
    };
    make(*times);
    ExitCode::SUCCESS
}

#[inline(never)]
fn measured(work: &mut dyn FnMut()) {
    work();
}

fn encrypt(epoch: Epoch, size: usize, times: usize) {
    let (alice, _) = records(epoch);
    let (mut end, content, mut out) = (End::load(&alice, 2), vec![7; size], Vec::new());
    end.seal(&content, &mut out);
    measured(&mut || (0..times).for_each(|_| end.seal(black_box(&content), &mut out)));
}

fn decrypt(epoch: Epoch, size: usize, times: usize) {
    let (alice, bob) = records(epoch);
    let (mut alice, mut bob) = (End::load(&alice, 2), End::load(&bob, 3));
    let seal = |end: &mut End| {
        let mut out = Vec::new();
        end.seal(&vec![7; size], &mut out);
        out
    };
    let mut out = Vec::new();
    bob.open(&seal(&mut alice), &mut out);
    let messages: Vec<_> = (0..times).map(|_| seal(&mut alice)).collect();
    measured(&mut || messages.iter().for_each(|message| bob.open(black_box(message), &mut out)));
}

fn refuse(times: usize) {
    let (alice, bob) = records(Epoch::Rests);
    let (mut alice, mut bob, mut message) = (End::load(&alice, 2), End::load(&bob, 3), Vec::new());
    alice.seal(&[7; 32], &mut message);
    // within the sealed header, so that every header key is tried
    if let Some(byte) = message.get_mut(2) {
        *byte ^= 1;
    }
    measured(&mut || (0..times).for_each(|_| bob.refuse(black_box(&message))));
}

fn turn(times: usize) {
    let (alice, bob) = records(Epoch::Rests);
    let (mut alice, mut bob) = (End::load(&alice, 2), End::load(&bob, 3));
    for end in [&mut alice, &mut bob] {
        end.policy.post_quantum.pause_messages = u32::MAX;
    }
    let (mut sealed, mut opened) = (Vec::new(), Vec::new());
    measured(&mut || {
        for _ in 0..times {
            bob.seal(black_box(&[7; 32]), &mut sealed);
            alice.open(&sealed, &mut opened);
            alice.seal(black_box(&[7; 32]), &mut sealed);
            bob.open(&sealed, &mut opened);
        }
    });
}

fn group_encrypt(times: usize) {
    let (mut speaker, mut out) = (speaker(), Vec::new());
    speaker.seal_into(&[7; 32], &mut out);
    measured(&mut || (0..times).for_each(|_| speaker.seal_into(black_box(&[7; 32]), &mut out)));
}

fn group_decrypt(times: usize) {
    let mut speaker = speaker();
    let mut key = received(&speaker);
    let messages: Vec<_> = (0..times).map(|_| speaker.seal(&[7; 32])).collect();
    let mut out = Vec::new();
    measured(&mut || {
        for bytes in &messages {
            open_in_group(&mut key, black_box(bytes), &mut out);
        }
    });
}

fn group_backlog(times: usize) {
    let mut speaker = speaker();
    let mut key = received(&speaker);
    let messages: Vec<_> = (0..times).map(|_| speaker.seal(&[7; 32])).collect();
    let parsed: Vec<_> =
        messages.iter().map(|bytes| GroupMessage::parse(bytes).expect("well-formed")).collect();
    measured(&mut || {
        let keys = vec![BacklogKey { key: &mut key, records: Vec::new() }];
        black_box(open_backlog(keys, black_box(&parsed), |_, _| true).commit());
    });
}
