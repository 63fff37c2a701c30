//! What a roster says of messages and keys, in a group of people.

use entrenous_wire::roster_entry::Role;

use super::{
    people::{Person, add, change, group, invite},
    *,
};
use crate::{
    EntryHash,
    roster::{NewChange, ReceivedEntry, Roster},
};

fn device_of(person: &Person) -> Sender {
    person.device(0)
}

fn set(person: &Person, role: Role) -> NewChange<'static> {
    NewChange::Set { target: person.id(), role }
}

/// The id of the roster as it is now, and its heads, as a client keeps them.
fn now(roster: &Roster) -> (RosterId, Vec<EntryHash>) {
    (roster.id(), roster.heads().to_vec())
}

fn message(of: Sender, key_roster: RosterId, roster: RosterId) -> VerifiedMessage {
    VerifiedMessage { sender: of, key: KeyId([1; 16]), key_roster, roster, iteration: 0, key_closed: false }
}

fn key_of(of: Sender, roster: RosterId) -> ReceivingKey {
    let key = SendingKey::generate(GROUP, of, roster, None, NOW, &mut Scripted::new(80)).unwrap();
    let received = ReceivedKey::parse(&key.distribution().unwrap()).unwrap();
    match received.accept(GROUP, of, None).unwrap() {
        Accepted::New(key) => key,
        Accepted::Known => panic!("nothing is known"),
    }
}

const ACCEPTED: Judged = Judged::Accept { readable_by_removed: false, key_closed: false };
const READABLE: Judged = Judged::Accept { readable_by_removed: true, key_closed: false };

// spec: GROUP-160, GROUP-166
#[test]
fn a_roster_is_known_by_its_heads_with_all_that_they_follow() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let young = roster.clone();
    let first = now(&roster);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let second = now(&roster);
    let from_alice = |from, to| message(device_of(&alice), from, to);
    let mut known = KnownRosters::new(&roster);
    assert_eq!(known.present(), second.0);
    assert_eq!(known.heads(&second.0), Some(&second.1[..]));
    assert_eq!(known.message(&from_alice(second.0, second.0)).judge(), ACCEPTED);
    assert_eq!(known.message(&from_alice(first.0, second.0)).judge(), Judged::Park);
    assert_eq!(known.message(&from_alice(second.0, first.0)).judge(), Judged::Park);
    assert_eq!(known.key(device_of(&alice), first.0).judge(), KeyJudged::Park);
    assert_eq!(known.learn(first.1), first.0);
    assert_eq!(known.message(&from_alice(first.0, second.0)).judge(), ACCEPTED);
    assert_eq!(known.message(&from_alice(first.0, first.0)).judge(), ACCEPTED);
    assert_eq!(known.key(device_of(&alice), first.0).judge(), KeyJudged::Accept);
    // bob was not in the first
    let from_bob = message(device_of(&bob), first.0, first.0);
    assert_eq!(known.message(&from_bob).judge(), Judged::Reject(Rejection::NotInRoster));
    assert_eq!(known.key(device_of(&bob), first.0).judge(), KeyJudged::Reject(Rejection::NotInRoster));
    // heads are not enough without the entries
    let mut behind = KnownRosters::new(&young);
    assert_eq!(behind.learn(second.1), second.0);
    assert_eq!(behind.message(&from_alice(first.0, second.0)).judge(), Judged::Park);
    assert_eq!(behind.key(device_of(&alice), second.0).judge(), KeyJudged::Park);
}

// spec: GROUP-105, GROUP-162, GROUP-163, GROUP-164, GROUP-165, GROUP-167
#[test]
fn a_removal_makes_keys_old_and_closes_those_of_the_removed() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    let before = now(&roster);
    change(&mut roster, alice.author(), &set(&bob, Role::None));
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1.clone());
    let after = known.present();
    let (a, b) = (device_of(&alice), device_of(&bob));
    // under the old roster: who was removed can read it; under the new one the key must be new
    assert_eq!(known.message(&message(a, before.0, before.0)).judge(), READABLE);
    let old = message(a, before.0, after);
    assert_eq!(known.message(&old).judge(), Judged::Reject(Rejection::KeyNotRenewed));
    assert!(known.must_renew(before.0) && !known.must_renew(after));
    assert_eq!(known.message(&message(a, after, after)).judge(), ACCEPTED);
    assert_eq!(known.kept(&key_of(a, before.0)), KeptKey::Keep);
    // of the removed
    let late = message(b, before.0, before.0);
    assert_eq!(known.message(&late).judge(), Judged::Reject(Rejection::LostAccess));
    let closed = Judged::Accept { readable_by_removed: true, key_closed: true };
    assert_eq!(known.message(&VerifiedMessage { key_closed: true, ..late }).judge(), closed);
    assert_eq!(known.key(b, before.0).judge(), KeyJudged::Reject(Rejection::LostAccess));
    let mut key = key_of(b, before.0);
    assert_eq!(known.kept(&key), KeptKey::Close);
    assert_eq!(KnownRosters::new(&roster).kept(&key), KeptKey::Close);
    assert!(key.close(None, NOW).remove.is_empty());
    assert_eq!(known.kept(&key), KeptKey::Keep);
    // added again, it doesn't bring back a key from before, and renews its own
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1);
    assert_eq!(known.key(b, before.0).judge(), KeyJudged::Reject(Rejection::LostAccess));
    assert_eq!(known.kept(&key_of(b, before.0)), KeptKey::Close);
    assert_eq!(known.kept(&key), KeptKey::Keep);
    assert!(known.must_renew(before.0));
    let present = known.present();
    assert_eq!(known.key(b, present).judge(), KeyJudged::Accept);
}

/// Who fell with the admin that had let him in, and is in again.
// spec: GROUP-165
#[test]
fn who_was_out_without_a_removal_of_his_own_brings_back_no_key() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    invite(&mut roster, bob.author(), &carol, Role::Member);
    let before = now(&roster);
    let undoing = roster.issue_undoing(bob.id(), alice.author(), NOW).unwrap();
    roster.add_all(undoing);
    assert_eq!(roster.state().role(&carol.id()), Role::None);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1);
    let carols = device_of(&carol);
    assert_eq!(known.key(carols, before.0).judge(), KeyJudged::Reject(Rejection::LostAccess));
    assert_eq!(known.kept(&key_of(carols, before.0)), KeptKey::Close);
    let present = known.present();
    assert_eq!(known.key(carols, present).judge(), KeyJudged::Accept);
}

// spec: GROUP-165
#[test]
fn a_removal_that_takes_nothing_away_closes_no_key() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Admin);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    let before = now(&roster);
    let coup = bob.remove_by_hand(&roster, bobs, &alice);
    add(&mut roster, coup);
    assert_ne!(roster.id(), before.0, "it counts, without effect");
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1.clone());
    assert_eq!(known.key(device_of(&alice), before.0).judge(), KeyJudged::Accept);
    assert_eq!(known.kept(&key_of(device_of(&alice), before.0)), KeptKey::Keep);
    // of another it does, beside it
    change(&mut roster, bob.author(), &set(&carol, Role::None));
    invite(&mut roster, alice.author(), &carol, Role::Member);
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1);
    assert_eq!(known.key(device_of(&alice), before.0).judge(), KeyJudged::Accept);
    assert_eq!(known.kept(&key_of(device_of(&carol), before.0)), KeptKey::Close);
}

// spec: GROUP-168
#[test]
fn who_was_never_removed_after_all_is_asked_for_a_new_key() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    let before = now(&roster);
    let ours = roster.clone();
    // bob removes carol, while alice lowers bob and doesn't know of it
    change(&mut roster, bob.author(), &set(&carol, Role::None));
    let mut key = key_of(device_of(&carol), before.0);
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1.clone());
    assert_eq!(known.kept(&key), KeptKey::Close);
    assert!(key.close(None, NOW).remove.is_empty());
    assert_eq!(known.kept(&key), KeptKey::Keep);
    for role in [Role::None, Role::Member] {
        let (mut carols, mut roster) = (ours.clone(), roster.clone());
        let lowered = change(&mut carols, alice.author(), &set(&bob, role));
        add(&mut roster, ReceivedEntry::parse(&carols.entry(&lowered).unwrap().bytes).unwrap());
        let mut known = KnownRosters::new(&roster);
        known.learn(before.1.clone());
        assert_eq!(known.key(device_of(&carol), before.0).judge(), KeyJudged::Accept);
        assert_eq!(known.kept(&key), KeptKey::AskForNew);
        assert_eq!(known.kept(&key_of(device_of(&carol), before.0)), KeptKey::Keep);
        // carol never hears of it; a demotion alone gives her no reason for a new key
        let mut hers = KnownRosters::new(&carols);
        hers.learn(before.1.clone());
        assert_eq!(hers.present(), known.present());
        assert_eq!(hers.must_renew(before.0), role == Role::None);
    }
}

// spec: GROUP-105, GROUP-162, GROUP-164, GROUP-167
#[test]
fn who_asks_for_new_keys_takes_access_from_nobody() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let before = now(&roster);
    change(&mut roster, alice.author(), &NewChange::Rekey);
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1);
    let (b, after) = (device_of(&bob), known.present());
    assert!(known.must_renew(before.0));
    assert_eq!(known.message(&message(b, before.0, before.0)).judge(), ACCEPTED);
    let old = known.message(&message(b, before.0, after)).judge();
    assert_eq!(old, Judged::Reject(Rejection::KeyNotRenewed));
    assert_eq!(known.kept(&key_of(b, before.0)), KeptKey::Keep);
}

// spec: GROUP-163, GROUP-165
#[test]
fn a_dropped_device_is_out_and_its_account_is_not() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let before = now(&roster);
    let list = bob.list_without_first();
    change(&mut roster, bob.author_on(1), &NewChange::Devices { list: &list, proof: None });
    let mut known = KnownRosters::new(&roster);
    known.learn(before.1);
    let stays = bob.device(1);
    assert_eq!(known.kept(&key_of(device_of(&bob), before.0)), KeptKey::Close);
    assert_eq!(known.kept(&key_of(stays, before.0)), KeptKey::Keep);
    let of_dropped = known.message(&message(device_of(&bob), before.0, before.0)).judge();
    assert_eq!(of_dropped, Judged::Reject(Rejection::LostAccess));
    assert_eq!(known.message(&message(stays, before.0, before.0)).judge(), READABLE);
    assert!(known.must_renew(before.0));
}

#[test]
fn what_is_remembered_is_bounded_and_true() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let mut older = Vec::from([now(&roster)]);
    for n in 0..20 {
        let role = if n % 2 == 0 { Role::Member } else { Role::None };
        if n % 2 == 0 {
            invite(&mut roster, alice.author(), &bob, role);
        } else {
            change(&mut roster, alice.author(), &set(&bob, role));
        }
        older.push(now(&roster));
    }
    let mut known = fresh(&roster, &older);
    for _ in 0..2 {
        for (from, _) in &older {
            for (to, _) in &older {
                let message = message(device_of(&bob), *from, *to);
                assert_eq!(known.message(&message), fresh(&roster, &older).message(&message));
            }
        }
        assert!((1..=2 * 64).contains(&known.remembered()));
    }
}

fn fresh<'r>(roster: &'r Roster, older: &[(RosterId, Vec<EntryHash>)]) -> KnownRosters<'r> {
    let mut known = KnownRosters::new(roster);
    for (id, heads) in older {
        assert_eq!(known.learn(heads.clone()), *id);
    }
    known
}
