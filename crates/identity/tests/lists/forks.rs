//! More than one list of an epoch: what a thief of the account key does, or a primary device that was restored
//! from an old copy.

use entrenous_identity::{DeviceList, IdentityError, KnownLists, ListEvent, ListName};

use crate::world::{TODAY, World, device, proof, recipients, refuse, step};

/// Epoch 2 twice: ours with devices 0, 1 and 2, the thief's with 0, 1 and 5.
struct Fork {
    world: World,
    root: DeviceList,
    ours: DeviceList,
    theirs: DeviceList,
    known: KnownLists,
}

fn fork() -> Fork {
    let world = World::new();
    let root = world.first(&[0, 1]);
    let ours = world.next(&[&root], &[0, 1, 2]);
    let theirs = world.next(&[&root], &[0, 1, 5]);
    let mut known = KnownLists::first(ours.clone());
    assert_eq!(step(&mut known, &theirs, None), [ListEvent::Forked(theirs.name())]);
    Fork { world, root, ours, theirs, known }
}

fn names<'a>(lists: impl IntoIterator<Item = &'a DeviceList>) -> Vec<ListName> {
    lists.into_iter().map(DeviceList::name).collect()
}

fn branches(known: &KnownLists) -> Vec<ListName> {
    names(core::iter::once(known.in_force()).chain(known.other_branches()))
}

// spec: IDENTITY-15, IDENTITY-26, IDENTITY-28
#[test]
fn the_first_stays_in_force_and_only_common_devices_are_written_to() {
    let Fork { world, ours, theirs, known, .. } = fork();
    assert!(known.is_forked());
    assert_eq!(branches(&known), names([&ours, &theirs]));
    assert_eq!(recipients(&known), world.ids(&[0, 1]));
    assert_eq!(known.evidence().map(names), Some(names([&ours, &theirs])));
    for again in [&ours, &theirs] {
        let change = known.consider(again, None, TODAY).expect("known");
        assert!(change.next.is_none() && change.events.is_empty());
    }
    // the other way round the same devices are left
    let mut other = KnownLists::first(theirs.clone());
    let _ = step(&mut other, &ours, None);
    assert_eq!((branches(&other), recipients(&other)), (names([&theirs, &ours]), recipients(&known)));
}

// spec: IDENTITY-31
#[test]
fn a_list_that_names_both_ends_the_fork() {
    let Fork { world, ours, theirs, mut known, .. } = fork();
    let merged = world.next(&[&ours, &theirs], &[0, 3]);
    let events = step(&mut known, &merged, None);
    let removed = world.ids(&[1, 2]).into_iter().map(ListEvent::DeviceRemoved);
    let told = [ListEvent::DeviceAdded(world.id(3))].into_iter().chain(removed).chain([ListEvent::Healed]);
    assert_eq!(events, told.collect::<Vec<_>>());
    assert_eq!(branches(&known), names([&merged]));
    assert_eq!((known.is_forked(), known.evidence().is_none()), (false, true));
    assert_eq!(recipients(&known), world.ids(&[0, 3]));
    for old in [&ours, &theirs] {
        refuse(&known, old, None, IdentityError::Superseded);
    }
}

#[test]
fn each_branch_goes_on_and_the_fork_stays() {
    let Fork { world, ours, theirs, mut known, .. } = fork();
    let our_next = world.next(&[&ours], &[0, 2, 3]);
    let events = step(&mut known, &our_next, None);
    assert_eq!(events, [ListEvent::DeviceAdded(world.id(3)), ListEvent::DeviceRemoved(world.id(1))]);
    assert_eq!(branches(&known), names([&our_next, &theirs]));
    assert_eq!(recipients(&known), world.ids(&[0]), "what ours removed isn't written to, nor what it added");

    let their_next = world.next(&[&theirs], &[0, 3, 5]);
    assert_eq!(step(&mut known, &their_next, None), []);
    assert_eq!(branches(&known), names([&our_next, &their_next]));
    assert_eq!(recipients(&known), world.ids(&[0, 3]));
    assert_eq!(known.evidence().map(names), Some(names([&ours, &theirs])), "of one epoch, as it was found");

    // the lists that showed the fork are not enough any more: what came after them has to be named
    let early = world.next(&[&ours, &theirs], &[0]);
    let events = step(&mut known, &early, None);
    assert_eq!((events, known.is_forked()), (vec![ListEvent::Forked(early.name())], true));
    let merged = world.next(&[&our_next, &their_next], &[0, 2]);
    let _ = step(&mut known, &merged, None);
    assert!(known.is_forked());
    let last = world.next(&[&merged, &early], &[0, 2]);
    assert!(step(&mut known, &last, None).contains(&ListEvent::Healed));
    assert_eq!(branches(&known), names([&last]));
}

#[test]
fn leaving_out_an_epoch_does_not_end_a_fork() {
    let Fork { world, root, ours, theirs, mut known } = fork();
    let theirs = world.renewals(&theirs, 3);
    let events = step(&mut known, &theirs[2], None);
    assert_eq!(events, [ListEvent::Forked(theirs[2].name())]);
    assert_eq!(branches(&known), names([&ours, &theirs[0], &theirs[2]]));
    assert_eq!(recipients(&known), world.ids(&[0, 1]));
    // shown where it belongs it takes that branch's place, and no more
    let history = [&[root, ours.clone()], &theirs[..]].concat();
    let with = proof(&theirs[2], &theirs[0], &history).expect("joined");
    assert_eq!(step(&mut known, &theirs[2], Some(&with)), []);
    assert_eq!(branches(&known), names([&ours, &theirs[2]]));
    // and ours goes on below its epoch
    let our_next = world.next(&[&ours], &[0, 1]);
    assert!(our_next.epoch() < theirs[2].epoch());
    let _ = step(&mut known, &our_next, None);
    assert_eq!(branches(&known), names([&our_next, &theirs[2]]));
    // but lists below it that show nothing are old ones, which must not stand in the way of the healing
    refuse(&known, &theirs[1], None, IdentityError::Superseded);
}

#[test]
fn a_fork_is_ended_by_proof_over_skipped_lists() {
    let Fork { world, root, ours, theirs, mut known } = fork();
    let our_next = world.next(&[&ours], &[0, 1, 2]);
    let merged = world.next(&[&our_next, &theirs], &[0, 1]);
    let newest = world.renewals(&merged, 2).remove(2);
    let history = [&[root, ours.clone(), our_next, theirs.clone()], &world.renewals(&merged, 2)[..]].concat();
    let _ = step(&mut known, &newest, None);
    assert_eq!(branches(&known), names([&ours, &theirs, &newest]));
    let with = proof(&newest, &theirs, &history).expect("joined");
    let _ = step(&mut known, &newest, Some(&with));
    assert_eq!(branches(&known), names([&ours, &newest]), "the shorter way shows one branch");
    let with = proof(&newest, &ours, &history).expect("joined");
    assert!(step(&mut known, &newest, Some(&with)).contains(&ListEvent::Healed));
    assert_eq!((branches(&known), known.unproven_since()), (names([&newest]), None));
}

#[test]
fn a_later_list_with_another_parent_is_a_fork() {
    let world = World::new();
    let root = world.first(&[0, 1]);
    let ours = world.next(&[&root], &[0, 1, 2]);
    let theirs = world.renewals(&world.next(&[&root], &[0, 1, 5]), 2);
    // its parents show it, one epoch on
    let mut known = KnownLists::first(ours.clone());
    assert_eq!(step(&mut known, &theirs[1], None), [ListEvent::Forked(theirs[1].name())]);
    assert_eq!(known.in_force().name(), ours.name());
    // and a proof, further on
    let history = [&[root], &theirs[..]].concat();
    let with = proof(&theirs[2], &ours, &history).expect("contradicts");
    let mut known = KnownLists::first(ours.clone());
    assert_eq!(step(&mut known, &theirs[2], Some(&with)), [ListEvent::Forked(theirs[2].name())]);
    assert_eq!(branches(&known), names([&ours, &theirs[2]]));
    assert_eq!(known.evidence().map(names), Some(names([&ours, &theirs[2]])));
    assert_eq!(recipients(&known), world.ids(&[0, 1]));
}

// spec: IDENTITY-27
#[test]
fn a_proof_that_contradicts_brings_back_the_last_proven_list_as_a_branch() {
    let world = World::new();
    let root = world.first(&[0, 1]);
    let ours = world.next(&[&root], &[0, 1, 2]);
    let theirs = world.renewals(&world.next(&[&root], &[0, 1, 5]), 3);
    let history = [&[root], &theirs[..]].concat();
    let mut known = KnownLists::first(ours.clone());
    let _ = step(&mut known, &theirs[2], None);
    assert_eq!(recipients(&known), world.ids(&[0, 1, 5]));

    let with = proof(&theirs[2], &ours, &history).expect("contradicts");
    assert_eq!(step(&mut known, &theirs[2], Some(&with)), [ListEvent::Forked(ours.name())]);
    assert_eq!(branches(&known), names([&theirs[2], &ours]), "the list in force never becomes an older one");
    assert_eq!(known.evidence().map(names), Some(names([&ours, &theirs[2]])));
    assert_eq!((recipients(&known), known.unproven_since()), (world.ids(&[0, 1]), None));
    let merged = world.next(&[&theirs[2], &ours], &[0, 2]);
    assert!(step(&mut known, &merged, None).contains(&ListEvent::Healed));
}

// spec: IDENTITY-18
#[test]
fn keys_that_changed_are_refused_on_every_branch() {
    let Fork { world, ours, theirs, known, .. } = fork();
    let stranger = device(70).entry(&ours.account_id());
    let place = world.ids(&[0, 1, 5]).iter().position(|id| *id == world.id(5)).expect("listed");
    let next = world.next(&[&theirs], &[0, 1, 5]);
    let changed = world.forged(|body| body.devices[place].signing_key = stranger.signing_key, &next);
    let changed = changed.verify(TODAY).expect("the account signed it");
    refuse(&known, &changed, None, IdentityError::DeviceKeysChanged);
}

// spec: IDENTITY-29
#[test]
fn four_branches_are_kept_and_no_more() {
    let Fork { world, root, ours, theirs, mut known } = fork();
    let more = [[0, 3], [0, 4], [3, 4]].map(|devices| world.next(&[&root], &devices));
    let _ = step(&mut known, &more[0], None);
    let _ = step(&mut known, &more[1], None);
    assert_eq!(branches(&known), names([&ours, &theirs, &more[0], &more[1]]));
    assert_eq!(recipients(&known), world.ids(&[0]));
    refuse(&known, &more[2], None, IdentityError::TooManyBranches);
    // every branch goes on, and they can be ended two by two
    let one = world.next(&[&ours, &more[0]], &[0, 1]);
    let other = world.next(&[&theirs, &more[1]], &[0, 1]);
    let last = world.next(&[&one, &other], &[0, 1]);
    for list in [&one, &other] {
        let _ = step(&mut known, list, None);
    }
    assert_eq!(branches(&known), names([&one, &other]));
    assert!(step(&mut known, &last, None).contains(&ListEvent::Healed));
}
