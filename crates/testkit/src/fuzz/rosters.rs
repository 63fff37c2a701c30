//! A group's entries, made by anybody from whatever part of the past, that come in any order with forged ones among them.

use entrenous_group::roster::{ReceivedEntry, Roster};
use rand::{RngExt, seq::SliceRandom};

use super::edit::edit;
use crate::{
    rng::ScriptedRng,
    roster::{Story, agreed, known, roster_with},
};

/// Longest story.
const ENTRIES: usize = 24;

/// The roster has what the rules say, whatever order the entries come in, and nothing of an entry that its author has not
/// signed.
pub(super) fn rosters(input: &[u8]) {
    let length = 2 + (input.len() / 24).min(ENTRIES);
    let mut story = Story::with_rng(ScriptedRng::scripted(input), length);
    let (roster, _) = agreed(&story);
    let other = in_disorder(&mut story);
    assert_eq!(known(&other), known(&roster), "what is well formed, in another order");
    assert_eq!((other.id(), other.heads()), (roster.id(), roster.heads()), "the state, in another order");
}

fn in_disorder(story: &mut Story) -> Roster {
    let Story { rng, made, .. } = story;
    let (genesis, rest) = made.split_first().expect("a genesis");
    let genuine: Vec<Vec<u8>> = rest.iter().map(|entry| entry.bytes.clone()).collect();
    let mut all = genuine.clone();
    for entry in &genuine {
        if rng.random_range(0..3_u8) == 0 {
            all.push(edit(rng, entry, &genuine));
        }
    }
    all.shuffle(rng);
    let entries: Vec<ReceivedEntry> =
        all.iter().filter_map(|bytes| ReceivedEntry::parse(bytes).ok()).collect();
    let together = rng.random_range(1..=entries.len().max(1));
    roster_with(genesis.received(), &entries, together)
}
