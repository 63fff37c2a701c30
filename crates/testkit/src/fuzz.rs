//! What a fuzzer runs, and `cargo test` on the inputs that are committed: one function of bytes for each target.
//!
//! | kind | an input is | what is asserted |
//! |---|---|---|
//! | decoder | bytes of an attacker | they are refused, or what was read is written as the same bytes |
//! | machine | the choices of a hostile story: what is sent, lost, changed, repeated, restored, who crashes | what the story's account says: what must open opens, and nothing else; what is refused changes nothing; nothing comes twice |
//!
//! A panic is a finding. The programs that hand the bytes over are in `fuzz/`.

mod accounts;
mod attack;
mod client_records;
mod clients;
mod decoders;
mod edit;
mod envelopes;
mod genuine;
mod groups;
mod handshakes;
mod linking;
mod records;
mod roster_entries;
mod rosters;
mod seeds;
mod sender_keys;
mod store_scene;
mod texts;
mod two_clients;
mod vector_seeds;

pub use seeds::seeds;

use crate::{rng::ScriptedRng, schedule, speech};

/// A target: its name, which is that of its program and its corpus, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets but that of the C ABI, which needs `unsafe` and is among the tests of that.
pub const TARGETS: [Target; 17] = [
    ("envelopes", envelopes::envelopes),
    ("messages", decoders::messages),
    ("device_lists", decoders::device_lists),
    ("roster_entries", roster_entries::roster_entries),
    ("sender_keys", sender_keys::sender_keys),
    ("records", records::records),
    ("client_records", client_records::client_records),
    ("texts", texts::texts),
    ("handshakes", handshakes::handshakes),
    ("linking", linking::linking),
    ("attack", attack::attack),
    ("conversation", conversation),
    ("speech", speech_story),
    ("rosters", rosters::rosters),
    ("clients", clients::clients),
    ("two_clients", two_clients::two_clients),
    ("groups", groups::groups),
];

/// The target of that name.
///
/// # Panics
/// When there is none.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|(target, _)| *target == name);
    target.expect("the name of a target").1(input);
}

/// Two sessions, a network that does its worst, crashes, forgeries and snapshots.
fn conversation(input: &[u8]) {
    schedule::run_script(input);
}

/// Longest story of sender keys.
const SPEECH_STEPS: usize = 400;

/// Speakers and listeners of a group, and members who cheat.
fn speech_story(input: &[u8]) {
    let mut story = speech::Story::new(ScriptedRng::scripted(input));
    for _ in 0..(input.len() / 6).min(SPEECH_STEPS) {
        story.step();
    }
}
