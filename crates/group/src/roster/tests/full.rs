//! Rosters that somebody filled.

use alloc::vec::Vec;

use entrenous_wire::roster_entry::{ChangeBody, Role};

use super::people::{NOW, Person, add, body, change, group, invite, sign};
use crate::roster::{EntryError, IssueError, MAX_ENTRIES, NewChange, ReceivedEntry, Roster};

/// So many renames by an admin, beside each other or one after the other.
fn flood(roster: &Roster, admin: &Person, count: usize, chained: bool) -> Vec<ReceivedEntry> {
    let under = *roster.dag_grant(admin);
    let mut prevs = roster.heads();
    let mut flood = Vec::new();
    for n in 0..count {
        let mut rekey = body(roster, admin, under, &prevs, ChangeBody::Rekey);
        rekey.sent_ms = n as u64;
        let entry = sign(&rekey, &admin.devices[0]);
        if chained {
            prevs = Vec::from([entry.hash()]);
        }
        flood.push(entry);
    }
    flood
}

impl Roster {
    /// The last grant of an account.
    fn dag_grant(&self, of: &Person) -> &crate::roster::EntryHash {
        let at = self.dag.of(&of.id()).unwrap().grants.last().unwrap();
        &self.dag.get(*at).unwrap().entry.hash
    }
}

// spec: GROUP-43
#[test]
fn what_a_removed_admin_floods_gives_way() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    let flood = flood(&roster, &bob, MAX_ENTRIES + 10, false);
    change(&mut roster, alice.author(), &NewChange::Set { target: bob.id(), role: Role::None });
    let before = (roster.id(), roster.counting());
    let added = roster.add_all(flood);
    assert_eq!((roster.id(), roster.counting()), before);
    assert!(added.refused.is_empty() && added.new.len() + added.dropped.len() == MAX_ENTRIES + 10);
    assert!(roster.entries().count() <= MAX_ENTRIES);
    change(&mut roster, alice.author(), &NewChange::Rename("still ours".into()));
}

// spec: GROUP-42, GROUP-44, GROUP-50, GROUP-52
#[test]
fn an_admin_who_filled_the_roster_is_removed_with_what_he_did() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    let room = MAX_ENTRIES - roster.counting();
    let flood = flood(&roster, &bob, room + 1, false);
    let (last, flood) = flood.split_last().unwrap();
    assert_eq!(roster.add_all(flood.to_vec()).new.len(), room);
    let added = add(&mut roster, last.clone());
    assert_eq!(added.refused, [(last.hash(), EntryError::TooManyEntries)]);
    assert_eq!(roster.counting(), MAX_ENTRIES);

    let rename = roster.issue(&NewChange::Rename("x".into()), alice.author(), NOW);
    assert_eq!(rename.unwrap_err(), IssueError::TooManyEntries);
    let removal = roster.issue_undoing(bob.id(), alice.author(), NOW).unwrap();
    assert!(removal.prevs().count() <= 16);
    assert_eq!(add(&mut roster, removal.clone()).new, [removal.hash()]);
    assert_eq!(roster.counting(), 6);
    assert_eq!(roster.state().role(&bob.id()), Role::None);
    assert_eq!(roster.state().role(&carol.id()), Role::Member);
}

// spec: GROUP-40
#[test]
fn a_plain_member_adds_little_whatever_it_does() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let under = invite(&mut roster, alice.author(), &bob, Role::Member);
    let heads = roster.heads();
    for n in 0..50 {
        let list = bob.list_after(&bob.list, &[0, 1]);
        for change in [
            ChangeBody::Leave,
            ChangeBody::Devices { list: list.signed().clone(), proof: None },
            ChangeBody::Devices { list: alice.list.signed().clone(), proof: None },
        ] {
            let mut entry = body(&roster, &bob, under, &heads, change);
            entry.sent_ms = n;
            add(&mut roster, sign(&entry, &bob.devices[0]));
        }
    }
    assert_eq!(roster.entries().count(), 153);
    // genesis, pin and grant of bob, one leave, one pin of his newest list
    assert_eq!(roster.counting(), 5);
    assert_eq!(roster.heads().len(), 2);
}

// spec: GROUP-40, GROUP-42
#[test]
fn a_member_who_brings_a_removed_admins_flood_is_cut_off_with_it() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let carols = invite(&mut roster, alice.author(), &carol, Role::Member);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    let flood = flood(&roster, &bob, 300, true);
    let last = flood.last().unwrap().hash();
    change(&mut roster, alice.author(), &NewChange::Set { target: bob.id(), role: Role::None });
    let before = roster.counting();
    roster.add_all(flood);
    assert_eq!(roster.counting(), before);

    // a list of alice that nobody pinned yet, and her leave, both after the flood
    let next = alice.list_after(&alice.list, &[0, 1]);
    for change in [ChangeBody::Devices { list: next.signed().clone(), proof: None }, ChangeBody::Leave] {
        let smuggled = body(&roster, &carol, carols, &[last], change);
        add(&mut roster, sign(&smuggled, &carol.devices[0]));
    }
    assert!(roster.counting() > 300);
    // nobody builds on it, so it hangs on what carol wrote alone, and goes with it
    let rename = change(&mut roster, alice.author(), &NewChange::Rename("clean".into()));
    assert!(roster.dag.get(roster.dag.place(&rename).unwrap()).unwrap().follows < 20);
    change(&mut roster, alice.author(), &NewChange::Devices { list: &next, proof: None });
    change(&mut roster, alice.author(), &NewChange::Set { target: carol.id(), role: Role::None });
    assert!(roster.counting() < 20);
}
