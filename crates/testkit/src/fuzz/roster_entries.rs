//! Entries of a group, alone and in batches.

use std::collections::BTreeSet;

use entrenous_group::{
    EntryHash, GroupId,
    roster::{ReceivedEntry, Roster},
};

use super::genuine::ENTRIES;

/// Entries are read as they are written; a roster takes none but genuine ones, accounts for all of them, and comes to the same
/// in every order.
pub(super) fn roster_entries(input: &[u8]) {
    if let Ok(entry) = ReceivedEntry::parse(input) {
        assert_eq!(entry.bytes(), input, "another entry was read");
    }
    let entries = || split(input);
    let mut roster = begun();
    let named: BTreeSet<EntryHash> = entries().iter().map(ReceivedEntry::hash).collect();
    let before = hashes(&roster);
    let added = roster.add_all(entries());

    for entry in roster.entries() {
        assert!(ENTRIES.contains(&entry.bytes), "a forged entry was taken");
    }
    let new: BTreeSet<EntryHash> = added.new.iter().copied().collect();
    assert_eq!(hashes(&roster), &before | &new, "what is new is what is told");
    let refused = added.refused.iter().map(|(hash, _)| *hash);
    let told: BTreeSet<EntryHash> =
        before.iter().chain(&new).chain(&added.waiting).copied().chain(refused).collect();
    assert!(named.is_subset(&told), "an entry of which nothing is told");

    let id = roster.id();
    assert_eq!((roster.add_all(entries()).new, roster.id()), (vec![], id), "the same again");
    let mut other = begun();
    other.add_all(entries().into_iter().rev().collect());
    assert_eq!(other.id(), id, "another order");

    stored(&ENTRIES[0], input);
}

/// A roster out of a store, which verifies no signature again: what it is made of is what was stored.
fn stored(genesis: &[u8], input: &[u8]) {
    let group = begun().group();
    let Ok((roster, _)) = Roster::from_entries(group, [genesis, input]) else { return };
    for entry in roster.entries() {
        assert!([genesis, input].contains(&entry.bytes.as_slice()), "an entry that wasn't stored");
    }
    let again = roster.entries().map(|entry| entry.bytes.as_slice());
    let (again, _) = Roster::from_entries(group, again).expect("a roster");
    assert_eq!(again.id(), roster.id(), "another roster was read");
}

/// The roster of the genuine genesis alone.
fn begun() -> Roster {
    let genesis = ReceivedEntry::parse(&ENTRIES[0]).expect("genuine");
    Roster::join(GroupId::of(genesis.hash()), genesis).expect("a genesis")
}

fn split(mut rest: &[u8]) -> Vec<ReceivedEntry> {
    let mut entries = Vec::new();
    while let Ok((entry, after)) = ReceivedEntry::split(rest) {
        assert!(after.len() < rest.len(), "an entry of no length");
        entries.push(entry);
        rest = after;
    }
    entries
}

fn hashes(roster: &Roster) -> BTreeSet<EntryHash> {
    roster.entries().map(|entry| entry.hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is genuine is taken: without that, nothing would be tried of what a roster does with entries.
    #[test]
    fn genuine_entries_are_taken() {
        let mut roster = begun();
        let added = roster.add_all(split(&ENTRIES.concat()));
        assert!(added.new.len() > 5, "{added:?}");
    }
}
