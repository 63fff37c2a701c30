//! What decides who is in, told by small stories.

use entrenous_wire::roster_entry::{ChangeBody, Role};

use super::people::{Person, add, body, change, genesis, group, invite, sign};
use crate::roster::{NewChange, Roster, RosterState};

fn set(target: &Person, role: Role) -> ChangeBody {
    ChangeBody::Set { target: *target.id().as_bytes(), role }
}

fn remove(target: &Person) -> NewChange<'static> {
    NewChange::Set { target: target.id(), role: Role::None }
}

// spec: GROUP-22
#[test]
fn a_removal_undoes_what_was_done_behind_its_back() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Admin);
    let pin = NewChange::Devices { list: &carol.list, proof: None };
    let seen = [change(&mut roster, alice.author(), &pin)];
    change(&mut roster, alice.author(), &remove(&bob));
    let before = roster.id();
    let late = sign(&body(&roster, &bob, bobs, &seen, set(&carol, Role::Admin)), &bob.devices[0]);
    assert_eq!(add(&mut roster, late).new.len(), 1);
    assert_eq!(roster.state().role(&carol.id()), Role::None);
    // it isn't even in the name of the roster
    assert_eq!(roster.id(), before);
}

// spec: GROUP-22, GROUP-27
#[test]
fn a_junior_removes_no_senior() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Admin);
    let coup = body(&roster, &bob, bobs, roster.heads(), set(&alice, Role::None));
    add(&mut roster, sign(&coup, &bob.devices[0]));
    assert_eq!(roster.state().role(&alice.id()), Role::Admin);
    assert_eq!(roster.state().owner(), Some(alice.id()));
    assert_eq!(roster.state().admins(), [alice.id(), bob.id()]);
}

// spec: GROUP-23, GROUP-26, GROUP-32
#[test]
fn a_back_dated_leave_undoes_what_is_not_sealed() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Admin);
    let seen = roster.heads().to_vec();
    invite(&mut roster, bob.author(), &carol, Role::Member);
    let leave = sign(&body(&roster, &bob, bobs, &seen, ChangeBody::Leave), &bob.devices[0]);

    let mut left = roster.clone();
    add(&mut left, leave.clone());
    assert_eq!(left.state().role(&carol.id()), Role::None);
    let unsealed = left.state().unsealed();
    assert!(unsealed.len() == 1 && unsealed[0].account == bob.id() && unsealed[0].was_admin);
    // sealed with what the sealer had seen
    change(&mut roster, alice.author(), &remove(&bob));
    add(&mut roster, leave);
    assert_eq!(roster.state().role(&carol.id()), Role::Member);
    assert_eq!(roster.state().unsealed(), []);
}

// spec: GROUP-24, GROUP-25
#[test]
fn a_dropped_device_does_nothing_behind_its_accounts_back() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let seen = roster.heads().to_vec();
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    let next = alice.list_after(&alice.list, &[1, 2]);
    change(&mut roster, alice.author_on(1), &NewChange::Devices { list: &next, proof: None });
    // who has the stolen device goes, removes and renames, all back-dated
    for stolen in [ChangeBody::Leave, set(&bob, Role::None), ChangeBody::Rename { title: "stolen".into() }] {
        let entry = body(&roster, &alice, genesis(&roster), &seen, stolen);
        assert_eq!(add(&mut roster, sign(&entry, &alice.devices[0])).new.len(), 1);
    }
    assert_eq!(roster.state().role(&alice.id()), Role::Admin);
    assert_eq!(roster.state().role(&bob.id()), Role::Admin);
    assert_eq!(roster.state().title(), "");
}

// spec: GROUP-21, GROUP-24
#[test]
fn a_relayed_list_undoes_nothing() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Member);
    let seen = roster.heads().to_vec();
    change(&mut roster, alice.author(), &NewChange::Rename("ours".into()));
    let next = alice.list_after(&alice.list, &[1]);
    let pin = ChangeBody::Devices { list: next.signed().clone(), proof: None };
    let relayed = body(&roster, &bob, bobs, &seen, pin);
    add(&mut roster, sign(&relayed, &bob.devices[0]));
    // the device is out, what it did stays
    assert!(!roster.state().has_device(&alice.id(), alice.devices[0].public().id));
    assert_eq!(roster.state().title(), "ours");
}

// spec: GROUP-24, GROUP-40
#[test]
fn a_drop_stays_known_whoever_relays_its_list() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Member);
    let seen = roster.heads().to_vec();
    change(&mut roster, alice.author(), &NewChange::Rekey);
    let next = alice.list_after(&alice.list, &[1]);
    change(&mut roster, alice.author_on(1), &NewChange::Devices { list: &next, proof: None });
    // bob relays the list with a smaller past, and what counts is all that a newcomer gets
    let pin = ChangeBody::Devices { list: next.signed().clone(), proof: None };
    let relayed = body(&roster, &bob, bobs, &seen, pin);
    add(&mut roster, sign(&relayed, &bob.devices[0]));
    let counting = roster.entries_beyond(&[]).into_iter().map(|entry| entry.bytes.as_slice());
    let (mut newcomer, _) = Roster::from_entries(roster.group(), counting).unwrap();
    // the stolen device lets carol in, dated back
    let pin = ChangeBody::Devices { list: carol.list.signed().clone(), proof: None };
    let pin = sign(&body(&roster, &alice, genesis(&roster), &[genesis(&roster)], pin), &alice.devices[0]);
    let grant = body(&roster, &alice, genesis(&roster), &[pin.hash()], set(&carol, Role::Admin));
    let batch = [pin, sign(&grant, &alice.devices[0])].to_vec();
    for roster in [&mut roster, &mut newcomer] {
        assert_eq!(roster.add_all(batch.clone()).new.len(), 2);
        assert_eq!(roster.state().role(&carol.id()), Role::None);
    }
    assert_eq!(roster.id(), newcomer.id());
}

// spec: GROUP-30, GROUP-31
#[test]
fn of_a_fork_the_devices_count_that_all_lists_have() {
    let alice = Person::new(1);
    let mut roster = group(&alice);
    for devices in [[0, 1], [0, 2]] {
        let list = alice.list_after(&alice.list, &devices);
        change(&mut roster, alice.author(), &NewChange::Devices { list: &list, proof: None });
    }
    let member = roster.state().member(&alice.id()).unwrap();
    assert!(member.is_forked());
    let device = alice.devices[0].public();
    assert_eq!(member.device_ids().collect::<alloc::vec::Vec<_>>(), [device.id]);
    assert_eq!(member.device(device.id).as_ref(), Ok(device));
    assert!(member.device(alice.devices[1].public().id).is_err());
}

// spec: GROUP-29
#[test]
fn of_two_titles_beside_each_other_that_of_the_senior_counts() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Admin);
    let heads = roster.heads().to_vec();
    let rename = |title: &str| ChangeBody::Rename { title: title.into() };
    for n in 0..4 {
        let junior = body(&roster, &bob, bobs, &heads, rename(&alloc::format!("bob's {n}")));
        add(&mut roster, sign(&junior, &bob.devices[0]));
    }
    let senior = body(&roster, &alice, genesis(&roster), &heads, rename("alice's"));
    add(&mut roster, sign(&senior, &alice.devices[0]));
    assert_eq!(roster.state().title(), "alice's");
    // and of two after each other the later one
    change(&mut roster, bob.author(), &NewChange::Rename("later".into()));
    assert_eq!(roster.state().title(), "later");
}

// spec: GROUP-45
#[test]
fn a_loss_in_between_is_a_loss() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let (from, before) = (roster.heads().to_vec(), roster.state().clone());
    let loss = |state: &RosterState| before.lost_access(state);
    change(&mut roster, alice.author(), &remove(&bob));
    assert_eq!(loss(roster.state()).accounts, [bob.id()]);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    assert!(loss(roster.state()).is_empty());
    let between = roster.loss_between(&from, roster.heads()).unwrap();
    assert_eq!(between.accounts, [bob.id()]);

    let from = roster.heads().to_vec();
    assert!(roster.loss_between(&from, &from).unwrap().is_empty());
    let next = bob.list_after(&bob.list, &[1, 2]);
    change(&mut roster, bob.author_on(1), &NewChange::Devices { list: &next, proof: None });
    let between = roster.loss_between(&from, roster.heads()).unwrap();
    assert_eq!(between.devices, [(bob.id(), bob.devices[0].public().id)]);
    // also if a still newer list has it again
    let again = bob.list_after(&next, &[0, 1, 2]);
    change(&mut roster, bob.author_on(1), &NewChange::Devices { list: &again, proof: None });
    let between = roster.loss_between(&from, roster.heads()).unwrap();
    assert_eq!(between.devices, [(bob.id(), bob.devices[0].public().id)]);
    let from = roster.heads().to_vec();
    change(&mut roster, alice.author(), &NewChange::Rekey);
    assert!(roster.loss_between(&from, roster.heads()).unwrap().rekey);
    assert!(roster.loss_between(&[crate::roster::EntryHash::from_bytes([1; 32])], &from).is_none());
}

// spec: GROUP-45
#[test]
fn what_takes_nothing_away_is_no_loss() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let bobs = invite(&mut roster, alice.author(), &bob, Role::Admin);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    // a junior's coup takes nothing from the owner
    let from = roster.heads().to_vec();
    let coup = body(&roster, &bob, bobs, &from, set(&alice, Role::None));
    add(&mut roster, sign(&coup, &bob.devices[0]));
    assert!(roster.loss_between(&from, roster.heads()).unwrap().is_empty());
    // nor does a lower role take access
    change(&mut roster, alice.author(), &NewChange::Set { target: bob.id(), role: Role::Member });
    assert!(roster.loss_between(&from, roster.heads()).unwrap().is_empty());
    // who has gone loses nothing when the leave is sealed
    change(&mut roster, carol.author(), &NewChange::Leave);
    let left = roster.heads().to_vec();
    assert_eq!(roster.loss_between(&from, &left).unwrap().accounts, [carol.id()]);
    change(&mut roster, alice.author(), &remove(&carol));
    assert!(roster.loss_between(&left, roster.heads()).unwrap().is_empty());
    assert_eq!(roster.loss_between(&from, roster.heads()).unwrap().accounts, [carol.id()]);
}

// spec: GROUP-45
#[test]
fn who_fell_with_his_admin_and_is_in_again_had_lost_access() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    invite(&mut roster, bob.author(), &carol, Role::Member);
    let from = roster.heads().to_vec();
    let undoing = roster.issue_undoing(bob.id(), alice.author(), super::people::NOW).unwrap();
    roster.add_all(undoing);
    assert_eq!(roster.state().role(&carol.id()), Role::None);
    invite(&mut roster, alice.author(), &carol, Role::Member);
    // the heads of now don't follow what was undone, so both are named
    let accounts = roster.loss_between(&from, roster.heads()).unwrap().accounts;
    assert!(accounts.contains(&carol.id()) && accounts.contains(&bob.id()));
}

// spec: GROUP-45
#[test]
fn who_went_as_an_admin_and_is_let_in_as_a_member_had_lost_access() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Admin);
    let from = roster.heads().to_vec();
    change(&mut roster, bob.author(), &NewChange::Leave);
    assert_eq!(roster.state().role(&bob.id()), Role::None);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    assert_eq!(roster.state().role(&bob.id()), Role::Member);
    assert_eq!(roster.loss_between(&from, roster.heads()).unwrap().accounts, [bob.id()]);
    // who is only lowered loses nothing
    let mut lowered = group(&alice);
    invite(&mut lowered, alice.author(), &bob, Role::Admin);
    let from = lowered.heads().to_vec();
    invite(&mut lowered, alice.author(), &bob, Role::Member);
    assert!(lowered.loss_between(&from, lowered.heads()).unwrap().is_empty());
}

// spec: GROUP-28, GROUP-41
#[test]
fn an_older_roster_is_still_known() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let first = roster.heads().to_vec();
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let with_bob = roster.heads().to_vec();
    change(&mut roster, alice.author(), &remove(&bob));
    assert_eq!(roster.state_at(&first).unwrap().role(&bob.id()), Role::None);
    assert_eq!(roster.state_at(&with_bob).unwrap().role(&bob.id()), Role::Member);
    assert_eq!(roster.state().role(&bob.id()), Role::None);
    assert_eq!(roster.entries_beyond(&with_bob).len(), 1);
    assert_eq!(roster.entries_beyond(&[]).len(), roster.entries().count());
    let up_to_bob = roster.entries_up_to(&with_bob[0]).unwrap();
    assert_eq!(up_to_bob.last().unwrap().hash, with_bob[0]);
    assert_eq!(up_to_bob.len(), roster.entries().count() - 1);
    let unknown = group(&bob).heads()[0];
    assert!(roster.entries_up_to(&unknown).is_none());
}

// spec: GROUP-31
#[test]
fn an_account_with_too_many_branches_has_no_devices() {
    let alice = Person::with_devices(1, 6);
    let mut roster = group(&alice);
    let heads = roster.heads().to_vec();
    for other in 1..6 {
        let list = alice.list_after(&alice.list, &[0, other]);
        let pin = ChangeBody::Devices { list: list.signed().clone(), proof: None };
        let entry = body(&roster, &alice, genesis(&roster), &heads, pin);
        add(&mut roster, sign(&entry, &alice.devices[0]));
        assert_eq!(roster.state().device_count(), [0, 2, 1, 1, 1, 0][other]);
    }
    assert_eq!(roster.heads().len(), 5);
}
