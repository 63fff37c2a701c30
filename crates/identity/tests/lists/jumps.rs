//! Lists of one branch: in order, over gaps with and without proof, late and again.

use entrenous_identity::{AccountKey, DeviceList, IdentityError, KnownLists, ListEvent};

use crate::world::{TODAY, World, device, proof, recipients, refuse, step};

// spec: IDENTITY-31
#[test]
fn a_child_of_the_list_in_force_takes_its_place() {
    let world = World::new();
    let one = world.first(&[0, 1]);
    let two = world.next(&[&one], &[0, 2]);
    let mut known = KnownLists::first(one);
    assert_eq!(recipients(&known), world.ids(&[0, 1]));
    let events = step(&mut known, &two, None);
    assert_eq!(events, [ListEvent::DeviceAdded(world.id(2)), ListEvent::DeviceRemoved(world.id(1))]);
    assert_eq!((known.in_force().name(), recipients(&known)), (two.name(), world.ids(&[0, 2])));
    assert_eq!(known.unproven_since(), None);
}

// spec: IDENTITY-31
#[test]
fn an_entry_that_states_another_version_is_reported() {
    let world = World::new();
    let one = world.first(&[0, 1]);
    let two = world.next(&[&one], &[0, 1]);
    let changed = world.forged(|body| body.devices[1].highest_version = 2, &two).verify(TODAY).unwrap();
    let id = changed.device_ids().nth(1).expect("two devices");
    let mut known = KnownLists::first(one);
    assert_eq!(step(&mut known, &changed, None), [ListEvent::DeviceChanged(id)]);
}

// spec: IDENTITY-24
#[test]
fn old_lists_are_refused_and_known_ones_say_nothing_new() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 3);
    let rival = world.next(&[&lists[0]], &[0, 1]);
    let mut known = KnownLists::first(lists[2].clone());
    for old in [&lists[0], &lists[1], &rival] {
        refuse(&known, old, None, IdentityError::Superseded);
    }
    let again = known.consider(&lists[2], None, TODAY).expect("known");
    assert!(again.next.is_none() && again.events.is_empty());
    assert!(step(&mut known, &lists[3], None).is_empty(), "a renewal is no event");
    refuse(&known, &lists[2], None, IdentityError::Superseded);
}

// spec: IDENTITY-20
#[test]
fn the_lists_of_another_account_are_refused() {
    let world = World::new();
    let known = KnownLists::first(world.first(&[0]));
    let stranger = AccountKey::from_seed(&[7; 32]);
    let entry = device(70).entry(&entrenous_identity::AccountId::of(&stranger.verifying_key()));
    let theirs = DeviceList::first(&stranger, &[entry], TODAY).expect("a list");
    refuse(&known, &theirs, None, IdentityError::IdentityMismatch);
}

// spec: IDENTITY-18
#[test]
fn keys_that_changed_under_an_id_are_refused() {
    let world = World::new();
    let one = world.first(&[0, 1]);
    let two = world.next(&[&one], &[0, 1]);
    let stranger = device(70).entry(&one.account_id());
    for part in 0..2 {
        let changed = world.forged(
            |body| match part {
                0 => body.devices[0].signing_key = stranger.signing_key,
                _ => body.devices[1].agreement_key = stranger.agreement_key,
            },
            &two,
        );
        let changed = changed.verify(TODAY).expect("the account signed it");
        let known = KnownLists::first(one.clone());
        refuse(&known, &changed, None, IdentityError::DeviceKeysChanged);
    }
}

// spec: IDENTITY-15, IDENTITY-25
#[test]
fn a_jump_is_in_force_and_marked_until_it_is_proven() {
    let world = World::new();
    let one = world.first(&[0, 1]);
    let lists = world.renewals(&world.next(&[&one], &[0, 2]), 4);
    let history = [core::slice::from_ref(&one), &lists[..]].concat();
    let mut known = KnownLists::first(one.clone());

    let events = step(&mut known, &lists[2], None);
    let [added, removed] = [ListEvent::DeviceAdded(world.id(2)), ListEvent::DeviceRemoved(world.id(1))];
    assert_eq!(events, [added, removed, ListEvent::Unproven(one.name())]);
    assert_eq!((known.in_force().name(), known.unproven_since()), (lists[2].name(), Some(one.name())));
    assert_eq!(recipients(&known), world.ids(&[0, 2]));
    // what follows doesn't prove it
    assert!(step(&mut known, &lists[3], None).is_empty());
    assert_eq!(known.unproven_since(), Some(one.name()));
    // the same list again with its proof does
    let with = proof(&lists[3], &one, &history).expect("joined");
    assert_eq!(step(&mut known, &lists[3], Some(&with)), [ListEvent::Proven]);
    assert_eq!((known.in_force().name(), known.unproven_since()), (lists[3].name(), None));
}

#[test]
fn a_jump_with_its_proof_is_proven_at_once() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 9);
    let mut known = KnownLists::first(lists[0].clone());
    let with = proof(&lists[5], &lists[0], &lists).expect("joined");
    assert!(step(&mut known, &lists[5], Some(&with)).is_empty());
    assert_eq!((known.in_force().name(), known.unproven_since()), (lists[5].name(), None));
    // two jumps without, and one proof over both
    let _ = step(&mut known, &lists[7], None);
    assert_eq!(step(&mut known, &lists[9], None), []);
    assert_eq!(known.unproven_since(), Some(lists[5].name()));
    let with = proof(&lists[9], &lists[5], &lists).expect("joined");
    assert_eq!(step(&mut known, &lists[9], Some(&with)), [ListEvent::Proven]);
}

#[test]
fn a_proof_that_does_not_belong_changes_nothing() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 5);
    let known = KnownLists::first(lists[0].clone());
    let with = proof(&lists[4], &lists[0], &lists).expect("joined");
    refuse(&known, &lists[5], Some(&with), IdentityError::BadProof);
}

// spec: IDENTITY-13, IDENTITY-30
#[test]
fn lists_go_stale() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 1);
    let known = KnownLists::first(lists[0].clone());
    assert!(!known.is_stale(TODAY.plus(89)) && known.is_stale(TODAY.plus(90)));
    // one that comes into force too late says so, and is in force all the same
    let change = known.consider(&lists[1], None, TODAY.plus(90)).expect("accepted");
    assert_eq!(change.events, [ListEvent::Stale]);
    assert_eq!(change.next.expect("new").in_force().name(), lists[1].name());
}
