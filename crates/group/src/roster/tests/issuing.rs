//! What an honest member refuses to sign.

use alloc::vec::Vec;

use entrenous_wire::roster_entry::{ChangeBody, Role};

use super::people::{NOW, Person, Scripted, add, body, change, genesis, group, invite, sign};
use crate::roster::{Author, EntryError, IssueError, NewChange, Roster};

fn refused(roster: &Roster, author: Author<'_>, change: &NewChange<'_>) -> IssueError {
    roster.issue(change, author, NOW).unwrap_err()
}

fn set(target: &Person, role: Role) -> NewChange<'static> {
    NewChange::Set { target: target.id(), role }
}

// spec: GROUP-51
#[test]
fn what_would_have_no_effect_is_not_signed() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    assert_eq!(refused(&roster, bob.author(), &NewChange::Leave), IssueError::NotAMember);
    assert_eq!(refused(&roster, alice.author(), &set(&bob, Role::Member)), IssueError::NotPinned);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    assert_eq!(refused(&roster, bob.author(), &NewChange::Rekey), IssueError::NotAdmin);
    change(&mut roster, alice.author(), &set(&bob, Role::Admin));
    assert_eq!(refused(&roster, bob.author(), &set(&alice, Role::None)), IssueError::Outranked);
    assert_eq!(refused(&roster, bob.author(), &set(&alice, Role::Member)), IssueError::Outranked);
    assert!(matches!(refused(&roster, bob.author(), &set(&bob, Role::None)), IssueError::Malformed(_)));
    change(&mut roster, alice.author(), &set(&bob, Role::Member));
    assert_eq!(refused(&roster, alice.author(), &NewChange::Leave), IssueError::LastAdmin);
    change(&mut roster, bob.author(), &NewChange::Leave);
    change(&mut roster, alice.author(), &NewChange::Leave);
    assert_eq!(roster.state().members().count(), 0);
    assert_eq!(refused(&roster, carol.author(), &NewChange::Leave), IssueError::NotAMember);
    let stranger = Roster::create(&alice.list, &bob.devices[0], NOW, &mut Scripted(1, 0));
    assert_eq!(stranger.unwrap_err(), IssueError::NotPinned);
}

#[test]
fn a_new_device_introduces_itself_by_its_list() {
    let alice = Person::new(1);
    let mut roster = group(&alice);
    let new = alice.author_on(2);
    assert_eq!(refused(&roster, new, &NewChange::Rekey), IssueError::NotPinned);
    let list = alice.list_after(&alice.list, &[2]);
    change(&mut roster, new, &NewChange::Devices { list: &list, proof: None });
    change(&mut roster, new, &NewChange::Rekey);
    let dropped = EntryError::DeviceDropped;
    assert_eq!(refused(&roster, alice.author(), &NewChange::Rekey), IssueError::Refused(dropped));
}

// spec: GROUP-33
#[test]
fn no_group_gets_too_many_devices() {
    let alice = Person::with_devices(1, 16);
    let mut roster = group(&alice);
    let people: Vec<Person> = (0..64).map(|n| Person::with_devices(100 + n, 16)).collect();
    for person in &people[..63] {
        invite(&mut roster, alice.author(), person, Role::Member);
    }
    assert_eq!((roster.state().device_count(), roster.state().too_large()), (1024, false));
    change(&mut roster, alice.author(), &NewChange::Devices { list: &people[63].list, proof: None });
    let one_more = set(&people[63], Role::Member);
    assert_eq!(refused(&roster, alice.author(), &one_more), IssueError::TooManyDevices);

    // who brings devices beside that is not refused: the most junior who don't fit have none
    let senior = &people[0];
    let grant = *roster.dag.of(&senior.id()).unwrap().grants.first().unwrap();
    let under = roster.dag.get(grant).unwrap().entry.hash;
    let sixteen = senior.list_after(&senior.list, &(0..16).collect::<Vec<_>>());
    let set = ChangeBody::Set { target: *people[63].id().as_bytes(), role: Role::Member };
    let pin = roster.dag.of(&people[63].id()).unwrap().pins[0];
    let pin = roster.dag.get(pin).unwrap().entry.hash;
    let grant = body(&roster, &alice, genesis(&roster), &[pin], set);
    add(&mut roster, sign(&grant, &alice.devices[0]));
    assert!(roster.state().too_large());
    // beside the others it lies less deep, so the last that was invited is the most junior
    let cut = |roster: &Roster| -> Vec<_> {
        let members = roster.state().members().filter(|(_, member)| member.is_cut_off());
        members.map(|(account, member)| (*account, member.device_ids().count())).collect()
    };
    let before = cut(&roster);
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].1, 0);
    assert_ne!(before[0].0, alice.id());
    let pin = ChangeBody::Devices { list: sixteen.signed().clone(), proof: None };
    let pin = body(&roster, senior, under, &[under], pin);
    add(&mut roster, sign(&pin, &senior.devices[0]));
    assert_eq!(cut(&roster), before);
    change(&mut roster, alice.author(), &NewChange::Set { target: people[5].id(), role: Role::None });
    assert!(!roster.state().too_large() && cut(&roster).is_empty());
}

// spec: GROUP-53
#[test]
fn the_leave_of_a_stolen_device_is_taken_back() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let seen = roster.heads().to_vec();
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    let sealed = roster.clone();
    let leave = body(&roster, &alice, genesis(&roster), &seen, ChangeBody::Leave);
    let leave = sign(&leave, &alice.devices[0]);
    let stolen = [leave.hash()];
    add(&mut roster, leave);
    // alone she had been: with the leave dated back nobody is left
    assert_eq!(roster.state().members().count(), 0);
    let next = alice.list_after(&alice.list, &[1]);
    let pin = NewChange::Devices { list: &next, proof: None };
    assert_eq!(refused(&roster, alice.author_on(1), &pin), IssueError::NotAMember);
    let drop = roster.issue_drop(&next, None, &stolen, alice.author_on(1), NOW).unwrap();
    add(&mut roster, drop);
    assert_eq!(roster.state().role(&alice.id()), Role::Admin);
    assert_eq!(roster.state().role(&bob.id()), Role::Admin);
    change(&mut roster, alice.author_on(1), &NewChange::Rekey);

    // what is by a device that stays is not undone
    let rekey = sealed.issue(&NewChange::Rekey, alice.author_on(1), NOW).unwrap();
    let mut roster = sealed;
    let kept = [rekey.hash()];
    add(&mut roster, rekey);
    let drop = roster.issue_drop(&next, None, &kept, alice.author_on(1), NOW);
    assert_eq!(drop.unwrap_err(), IssueError::NotUndone);
}

// spec: GROUP-53
#[test]
fn a_stolen_devices_older_list_is_undone() {
    let alice = Person::with_devices(1, 3);
    let mut roster = group(&alice);
    let next = alice.list_after(&alice.list, &[0, 1]);
    // who has device 0 pins a list that alice made and had not pinned, dated back: it drops device 2
    let rekey = change(&mut roster, alice.author_on(2), &NewChange::Rekey);
    let pin = ChangeBody::Devices { list: next.signed().clone(), proof: None };
    let pin = sign(&body(&roster, &alice, genesis(&roster), &[genesis(&roster)], pin), &alice.devices[0]);
    let stolen = [pin.hash()];
    add(&mut roster, pin);
    assert!(!roster.state().rekeys().any(|hash| *hash == rekey));
    let last = alice.list_after(&next, &[1]);
    let drop = roster.issue_drop(&last, None, &stolen, alice.author_on(1), NOW);
    // its own list hangs on the one that was pinned, so the proof is needed
    assert_eq!(drop.unwrap_err(), IssueError::Refused(EntryError::ListNotChained));
    let links = [next.link().unwrap(), last.link().unwrap()];
    let proof = entrenous_identity::ListProof::build(&last, &alice.list.name(), &links);
    let drop = roster.issue_drop(&last, proof.as_ref(), &stolen, alice.author_on(1), NOW).unwrap();
    add(&mut roster, drop);
    assert!(roster.state().rekeys().any(|hash| *hash == rekey));
}

// spec: GROUP-18, GROUP-42
#[test]
fn junk_of_a_stolen_device_doesnt_use_up_its_accounts_entries() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let under = invite(&mut roster, alice.author(), &bob, Role::Member);
    let mut prevs = Vec::from([under]);
    let junk = (0..64).map(|n| {
        let pin = ChangeBody::Devices { list: bob.list.signed().clone(), proof: None };
        let change = if n == 63 { ChangeBody::Leave } else { pin };
        let entry = sign(&body(&roster, &bob, under, &prevs, change), &bob.devices[0]);
        prevs = Vec::from([entry.hash()]);
        entry
    });
    let junk: Vec<_> = junk.collect();
    let leave = junk.last().unwrap().hash();
    assert_eq!(roster.add_all(junk).refused, []);
    let next = bob.list_after(&bob.list, &[1]);
    let drop = roster.issue_drop(&next, None, &[leave], bob.author_on(1), NOW).unwrap();
    add(&mut roster, drop);
    assert_eq!(roster.state().role(&bob.id()), Role::Member);
    assert_eq!(roster.state().device_count(), 3);
}

// spec: GROUP-18, GROUP-42
#[test]
fn a_member_can_always_pin_its_list() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let next = bob.list_after(&bob.list, &[0, 1]);
    for n in 0..70 {
        let mut pin = roster
            .issue(
                &NewChange::Devices { list: &next, proof: None },
                bob.author(),
                entrenous_identity::Timestamp::from_ms(n),
            )
            .unwrap();
        assert!(roster.missing(&pin).is_empty());
        let hash = pin.hash();
        pin = pin.clone();
        assert_eq!(add(&mut roster, pin).new, [hash]);
    }
}

// spec: GROUP-42
#[test]
fn who_comes_again_is_in_whatever_he_left_behind() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let under = invite(&mut roster, alice.author(), &bob, Role::Member);
    for _ in 0..2 {
        // three leaves beside each other, as of three devices
        for device in [0, 0, 1] {
            let mut leave = body(&roster, &bob, under, &[under], ChangeBody::Leave);
            leave.device = bob.devices[device].public().id.get();
            leave.sent_ms = roster.entries().count() as u64;
            add(&mut roster, sign(&leave, &bob.devices[device]));
        }
        assert_eq!(roster.state().role(&bob.id()), Role::None);
        change(&mut roster, alice.author(), &NewChange::Set { target: bob.id(), role: Role::Member });
        assert_eq!(roster.state().role(&bob.id()), Role::Member);
    }
    // removals are followed whatever stands beside them
    invite(&mut roster, alice.author(), &carol, Role::Admin);
    let seen = roster.heads().to_vec();
    change(&mut roster, carol.author(), &NewChange::Set { target: bob.id(), role: Role::None });
    for n in 0..20 {
        let mut rekey = body(&roster, &alice, genesis(&roster), &seen, ChangeBody::Rekey);
        rekey.sent_ms = n;
        add(&mut roster, sign(&rekey, &alice.devices[0]));
    }
    change(&mut roster, carol.author(), &NewChange::Set { target: bob.id(), role: Role::Member });
    assert_eq!(roster.state().role(&bob.id()), Role::Member);
}

// spec: GROUP-52
#[test]
fn a_new_device_undoes_what_its_pin_stands_behind() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Admin);
    change(&mut roster, bob.author(), &NewChange::Rename("bob's".into()));
    // bob relays alice's new list behind what he did
    let next = alice.list_after(&alice.list, &[1, 2]);
    let pin = ChangeBody::Devices { list: next.signed().clone(), proof: None };
    let relayed = body(&roster, &bob, bobs, roster.heads(), pin);
    add(&mut roster, sign(&relayed, &bob.devices[0]));
    let undoing = roster.issue_undoing(bob.id(), alice.author_on(2), NOW).unwrap();
    assert_eq!(undoing.len(), 2);
    assert_eq!(roster.add_all(undoing).refused, []);
    assert_eq!(roster.state().role(&bob.id()), Role::None);
    assert_eq!(roster.state().title(), "");
}

// spec: GROUP-19
#[test]
fn each_device_counts_its_entries() {
    let alice = Person::new(1);
    let mut roster = group(&alice);
    for _ in 0..3 {
        change(&mut roster, alice.author(), &NewChange::Rekey);
        change(&mut roster, alice.author_on(1), &NewChange::Rekey);
    }
    let numbers = |device: usize| -> Vec<u32> {
        let own = roster.entries().filter(|entry| entry.device == alice.devices[device].public().id);
        own.map(|entry| entry.seq).collect()
    };
    assert_eq!(numbers(1), [1, 2, 3]);
    assert!(numbers(0).is_sorted_by(|one, next| one + 1 == *next), "{:?}", numbers(0));
}
