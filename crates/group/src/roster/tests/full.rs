//! Rosters that somebody filled.

use alloc::vec::Vec;

use entrenous_wire::roster_entry::{ChangeBody, Role};

use super::people::{NOW, Person, add, body, change, group, invite, sign};
use crate::roster::{EntryError, IssueError, MAX_ENTRIES, NewChange, ReceivedEntry, Roster};

/// So many renames by an admin, beside each other or one after the other.
fn flood(roster: &Roster, admin: &Person, count: usize, chained: bool) -> Vec<ReceivedEntry> {
    let under = *roster.dag_grant(admin);
    let mut prevs = Vec::from([under]);
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

/// More than is judged at once: what follows entries that have given way waits for them.
// spec: GROUP-43
#[test]
fn a_chain_that_is_longer_than_what_is_judged_at_once_waits() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    let count = 2 * MAX_ENTRIES + 10;
    let flood = flood(&roster, &bob, count, true);
    change(&mut roster, alice.author(), &NewChange::Set { target: bob.id(), role: Role::None });
    let before = (roster.id(), roster.counting());
    let added = roster.add_all(flood.clone());
    assert_eq!((roster.id(), roster.counting()), before);
    assert!(added.refused.is_empty() && !added.waiting.is_empty());
    assert_eq!(added.new.len() + added.dropped.len() + added.waiting.len(), count);
    // they wait for nothing but what has gone
    let first = flood.iter().find(|entry| added.waiting.contains(&entry.hash())).unwrap();
    assert!(first.prevs().all(|prev| added.dropped.contains(&prev)));
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
    let set = |role| roster.issue(&NewChange::Set { target: carol.id(), role }, alice.author(), NOW);
    assert_eq!(set(Role::Admin).unwrap_err(), IssueError::TooManyEntries);
    assert!(set(Role::Member).is_ok() && set(Role::None).is_ok());
    let removal = roster.issue_undoing(bob.id(), alice.author(), NOW).unwrap();
    let [removal] = removal.as_slice() else { panic!("one entry") };
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
    let heads = roster.heads().to_vec();
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

// spec: GROUP-42
#[test]
fn of_a_flood_little_stays_after_honest_acts_and_a_plain_removal() {
    let people: Vec<Person> = (1..5).map(Person::new).collect();
    let [alice, bob, carol, sock] = people.as_slice() else { panic!("four") };
    let mut roster = group(alice);
    invite(&mut roster, alice.author(), bob, Role::Admin);
    invite(&mut roster, alice.author(), carol, Role::Admin);
    invite(&mut roster, bob.author(), sock, Role::Admin);
    for (author, chained) in [(bob, false), (sock, true)] {
        let flood = flood(&roster, author, 900, chained);
        assert_eq!(roster.add_all(flood).new.len(), 900);
        // the others go on
        change(&mut roster, carol.author(), &NewChange::Rekey);
        change(&mut roster, alice.author(), &NewChange::Rekey);
        change(&mut roster, carol.author(), &NewChange::Rename("still ours".into()));
    }
    assert!(roster.counting() > 1800);
    assert!(roster.beside(&alice.id()).len() > 700);
    for target in [sock, bob] {
        change(&mut roster, alice.author(), &NewChange::Set { target: target.id(), role: Role::None });
    }
    // who floods loses what is too much; what he did before is followed, so it stays
    assert!(roster.counting() < MAX_ENTRIES / 4 + 30, "{}", roster.counting());
    assert!(roster.beside(&alice.id()).is_empty());
    assert_eq!(roster.state().title(), "still ours");
}

// spec: GROUP-42
#[test]
fn nobody_builds_on_what_a_member_floods() {
    let (alice, bob) = (Person::new(1), Person::with_devices(2, 5));
    let mut roster = group(&alice);
    let under = invite(&mut roster, alice.author(), &bob, Role::Member);
    let pin = |list: &entrenous_identity::DeviceList| ChangeBody::Devices {
        list: list.signed().clone(),
        proof: None,
    };
    for round in 0..3 {
        let mut batch = Vec::new();
        for branch in 0..4 {
            let mut prevs = Vec::from([under]);
            for n in 0..63 {
                let forked = bob.list_after(&bob.list, &[0, 1 + branch]);
                let list = if n == 62 { &forked } else { &bob.list };
                let mut entry = body(&roster, &bob, under, &prevs, pin(list));
                entry.sent_ms = (round * 4 + branch * 64 + n) as u64 + 1000 * round as u64;
                let entry = sign(&entry, &bob.devices[0]);
                prevs = Vec::from([entry.hash()]);
                batch.push(entry);
            }
        }
        assert_eq!(roster.add_all(batch).refused, []);
        assert!(roster.counting() > 4 * 63);
        change(&mut roster, alice.author(), &NewChange::Rekey);
        assert!(roster.counting() < 6 * 64 * 4);
    }
    change(&mut roster, alice.author(), &NewChange::Set { target: bob.id(), role: Role::None });
    // genesis, the pin and the grant, three rekeys, the removal
    assert_eq!(roster.counting(), 7);
}

// spec: GROUP-43
#[test]
fn an_older_roster_that_is_asked_for_stays() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    // a list that a later one replaces: nothing builds on it
    let next = carol.list_after(&carol.list, &[0, 2]);
    change(&mut roster, carol.author(), &NewChange::Devices { list: &next, proof: None });
    let older = roster.heads().to_vec();
    let flood = flood(&roster, &bob, MAX_ENTRIES, false);
    change(&mut roster, alice.author(), &NewChange::Set { target: carol.id(), role: Role::None });
    change(&mut roster, alice.author(), &NewChange::Set { target: bob.id(), role: Role::None });
    let mut forgetful = roster.clone();
    forgetful.add_all(flood.clone());
    assert!(forgetful.loss_between(&older, forgetful.heads()).is_none());
    roster.keep([older.clone()].to_vec());
    let added = roster.add_all(flood);
    assert!(!added.dropped.is_empty() && roster.id() == forgetful.id());
    let loss = roster.loss_between(&older, roster.heads()).unwrap();
    assert_eq!(loss.accounts.len(), 2);

    // what a store kept too long is told to be deleted
    let stored: Vec<Vec<u8>> = roster.entries().map(|entry| entry.bytes.clone()).collect();
    let (_, dropped) = Roster::from_entries(roster.group(), stored.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(dropped, []);
}
