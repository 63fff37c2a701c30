//! What is in nobody's roster.

use alloc::{vec, vec::Vec};

use entrenous_identity::IdentityError;
use entrenous_wire::{
    device_list::DeviceListBody,
    label,
    proto::SignedDeviceList,
    roster_entry::{ChangeBody, Role},
};

use super::people::{Person, add, body, change, genesis, group, invite, refusal, sign};
use crate::{
    EntryHash, GroupId,
    roster::{EntryError, NewChange, ReceivedEntry, Roster, RosterError},
};

const FORGED: EntryError = EntryError::BadSignature;

fn set(target: &Person, role: Role) -> ChangeBody {
    ChangeBody::Set { target: *target.id().as_bytes(), role }
}

// spec: GROUP-10, GROUP-11
#[test]
fn every_changed_bit_and_every_cut_is_refused() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let devices = NewChange::Devices { list: &bob.list, proof: None };
    let devices = roster.issue(&devices, alice.author(), super::people::NOW).unwrap();
    for (entry, bits) in [
        (devices.clone(), 1),
        (roster.issue(&NewChange::Rekey, alice.author(), super::people::NOW).unwrap(), 8),
    ] {
        for at in 0..entry.bytes().len() {
            assert!(ReceivedEntry::parse(&entry.bytes()[..at]).is_err(), "cut to {at}");
            for bit in 0..bits {
                let mut changed = entry.bytes().to_vec();
                changed[at] ^= 1 << bit;
                if let Ok(changed) = ReceivedEntry::parse(&changed) {
                    let added = add(&mut roster, changed);
                    assert_eq!(added.new, [], "bit {bit} of byte {at}");
                }
            }
        }
    }
    assert_eq!(roster.entries().count(), 1);
    assert_eq!(add(&mut roster, devices).new.len(), 1);
}

// spec: GROUP-12
#[test]
fn an_entry_of_another_group_is_refused() {
    let alice = Person::new(1);
    let (roster, other) = (group(&alice), group(&Person::new(2)));
    let mut foreign = body(&roster, &alice, genesis(&roster), roster.heads(), ChangeBody::Rekey);
    foreign.group_id = *other.group().as_bytes();
    assert_eq!(refusal(&roster, sign(&foreign, &alice.devices[0])), EntryError::WrongGroup);

    let begun = ReceivedEntry::parse(&other.entries().next().unwrap().bytes).unwrap();
    assert_eq!(refusal(&roster, begun.clone()), EntryError::WrongGroup);
    assert_eq!(Roster::join(roster.group(), begun).unwrap_err(), EntryError::WrongGroup);
    // a group that is named after an entry which begins none
    let entry = sign(&foreign, &alice.devices[0]);
    assert_eq!(Roster::join(GroupId::of(entry.hash()), entry).unwrap_err(), EntryError::WrongGroup);
}

// spec: GROUP-11, GROUP-15
#[test]
fn who_is_not_listed_signs_nothing() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let roster = group(&alice);
    let mut rekey = body(&roster, &alice, genesis(&roster), roster.heads(), ChangeBody::Rekey);
    // another's key, the key of another device of the same list, and of one that isn't listed
    assert_eq!(refusal(&roster, sign(&rekey, &bob.devices[0])), FORGED);
    assert_eq!(refusal(&roster, sign(&rekey, &alice.devices[1])), FORGED);
    rekey.device = alice.devices[2].public().id.get();
    assert_eq!(refusal(&roster, sign(&rekey, &alice.devices[2])), EntryError::DeviceNotPinned);
    rekey.device = alice.devices[0].public().id.get();
    rekey.list_epoch = 2;
    assert_eq!(refusal(&roster, sign(&rekey, &alice.devices[0])), EntryError::DeviceNotPinned);
}

// spec: GROUP-12, GROUP-15
#[test]
fn a_genesis_is_signed_by_its_own_list() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let list = bob.list.signed().clone();
    let mut forged = body(
        &group(&alice),
        &alice,
        EntryHash::from_bytes([0; 32]),
        &[],
        ChangeBody::Genesis { random: [1; 32], list },
    );
    forged.group_id = [0; 32];
    let entry = sign(&forged, &alice.devices[0]);
    assert_eq!(Roster::join(GroupId::of(entry.hash()), entry).unwrap_err(), EntryError::DeviceNotPinned);
}

/// The account lists a device that has not signed that it belongs to it.
// spec: GROUP-11
#[test]
fn a_device_that_does_not_vouch_for_its_entry_signs_nothing() {
    let alice = Person::new(1);
    let mut listed = DeviceListBody::parse(&alice.list.signed().body).unwrap();
    let device = alice.devices[0].public().id.get();
    let entry = listed.devices.iter_mut().find(|entry| entry.device_id == device).unwrap();
    entry.signature[0] ^= 1;
    let listed = listed.encode().unwrap();
    let signature = alice.key.sign(&[label::DEVICE_LIST, &listed].concat()).to_vec();
    let list = SignedDeviceList { body: listed, signature };
    let change = ChangeBody::Genesis { random: [1; 32], list };
    let mut genesis = body(&group(&alice), &alice, EntryHash::from_bytes([0; 32]), &[], change);
    genesis.group_id = [0; 32];
    let entry = sign(&genesis, &alice.devices[0]);
    let refused = Roster::join(GroupId::of(entry.hash()), entry).unwrap_err();
    assert!(matches!(refused, EntryError::Identity(IdentityError::BadSignature(_))), "{refused:?}");
}

// spec: GROUP-16
#[test]
fn a_ghost_device_of_anybody_is_refused() {
    let (alice, bob, server) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    invite(&mut roster, alice.author(), &bob, Role::Member);
    let pin = |list| ChangeBody::Devices { list, proof: None };
    let entry = |list| {
        let body = body(&roster, &alice, genesis(&roster), roster.heads(), pin(list));
        sign(&body, &alice.devices[0])
    };
    // the list that follows, with one more device, signed by somebody else's account key
    let mut ghost = bob.list_after(&bob.list, &[0, 1, 2]).signed().clone();
    ghost.signature = server.list.signed().signature.clone();
    assert_eq!(
        refusal(&roster, entry(ghost)),
        EntryError::Identity(IdentityError::BadSignature("device list"))
    );
    // genuine, but nothing shows that it follows the pinned one
    let next = bob.list_after(&bob.list, &[0, 1, 2]);
    let later = bob.list_after(&next, &[0, 2]);
    assert_eq!(refusal(&roster, entry(later.signed().clone())), EntryError::ListNotChained);
    assert_eq!(add(&mut roster.clone(), entry(next.signed().clone())).new.len(), 1);
    // with other keys under the same ids it is another list of epoch 1
    let other = entrenous_identity::DeviceList::first(
        &bob.key,
        &[bob.devices[2].entry(&bob.id())],
        super::people::TODAY,
    )
    .unwrap();
    assert_eq!(refusal(&roster, entry(other.signed().clone())), EntryError::ListNotChained);
}

// spec: GROUP-13, GROUP-14, GROUP-17
#[test]
fn nobody_acts_without_a_grant_that_allows_it() {
    let (alice, bob, carol) = (Person::new(1), Person::new(2), Person::new(3));
    let mut roster = group(&alice);
    let member = invite(&mut roster, alice.author(), &bob, Role::Member);
    let heads = roster.heads().to_vec();
    let by = |person: &Person, under, change| {
        sign(&body(&roster, person, under, &heads, change), &person.devices[0])
    };

    assert_eq!(refusal(&roster, by(&bob, member, ChangeBody::Rekey)), EntryError::NotAdmin);
    assert_eq!(refusal(&roster, by(&bob, member, set(&carol, Role::Member))), EntryError::NotAdmin);
    // another's grant, an entry that is no grant, one that is not known
    assert_eq!(refusal(&roster, by(&bob, genesis(&roster), ChangeBody::Rekey)), EntryError::NoGrant);
    let pin = roster.entries().nth(1).unwrap().hash;
    assert_eq!(refusal(&roster, by(&alice, pin, ChangeBody::Rekey)), EntryError::NoGrant);
    let unknown = EntryHash::from_bytes([9; 32]);
    assert_eq!(refusal(&roster, by(&alice, unknown, ChangeBody::Rekey)), EntryError::NoGrant);
    // a grant beside which it stands
    let beside = body(&roster, &bob, member, &[pin], ChangeBody::Leave);
    assert_eq!(refusal(&roster, sign(&beside, &bob.devices[0])), EntryError::NoGrant);

    assert_eq!(
        refusal(&roster, by(&alice, genesis(&roster), set(&carol, Role::Member))),
        EntryError::TargetNotPinned
    );
    assert_eq!(add(&mut roster.clone(), by(&alice, genesis(&roster), set(&carol, Role::None))).new.len(), 1);
}

// spec: GROUP-20
#[test]
fn a_device_is_out_as_soon_as_a_list_without_it_was_seen() {
    let alice = Person::new(1);
    let mut roster = group(&alice);
    let next = alice.list_after(&alice.list, &[1]);
    let old = body(&roster, &alice, genesis(&roster), roster.heads(), ChangeBody::Rekey);
    change(&mut roster, alice.author_on(1), &NewChange::Devices { list: &next, proof: None });
    let mut late = old.clone();
    late.prevs = roster.heads().iter().map(|head| *head.as_bytes()).collect();
    assert_eq!(refusal(&roster, sign(&late, &alice.devices[0])), EntryError::DeviceDropped);
    // the other device may still name the old list
    late.device = alice.devices[1].public().id.get();
    assert_eq!(add(&mut roster.clone(), sign(&late, &alice.devices[1])).new.len(), 1);
}

// spec: GROUP-18
#[test]
fn a_members_own_entries_are_bounded_and_it_can_still_leave() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut roster = group(&alice);
    let under = invite(&mut roster, alice.author(), &bob, Role::Member);
    let pin = |roster: &Roster| {
        let change = ChangeBody::Devices { list: bob.list.signed().clone(), proof: None };
        let last = roster.entries().last().unwrap().hash;
        sign(&body(roster, &bob, under, &[last], change), &bob.devices[0])
    };
    for _ in 0..64 {
        let entry = pin(&roster);
        assert_eq!(add(&mut roster, entry).new.len(), 1);
    }
    assert_eq!(refusal(&roster, pin(&roster)), EntryError::Quota);
    for n in 0..65 {
        let last = roster.entries().last().unwrap().hash;
        let leave = sign(&body(&roster, &bob, under, &[last], ChangeBody::Leave), &bob.devices[0]);
        match n {
            64 => assert_eq!(refusal(&roster, leave), EntryError::Quota),
            _ => assert_eq!(add(&mut roster, leave).new.len(), 1),
        }
    }
    assert_eq!(roster.state().role(&bob.id()), Role::None);
}

#[test]
fn what_follows_the_unknown_waits_and_what_follows_the_refused_is_refused() {
    let (alice, bob) = (Person::new(1), Person::new(2));
    let roster = group(&alice);
    let first = roster.issue(&NewChange::Rekey, alice.author(), super::people::NOW).unwrap();
    let second =
        sign(&body(&roster, &alice, genesis(&roster), &[first.hash()], ChangeBody::Rekey), &alice.devices[0]);
    assert_eq!(roster.missing(&second), [first.hash()]);
    let mut copy = roster.clone();
    let added = add(&mut copy, second.clone());
    assert_eq!((added.waiting, added.missing), (vec![second.hash()], vec![first.hash()]));
    let added = copy.add_all(vec![second.clone(), first.clone(), second.clone()]);
    assert_eq!(added.new, [first.hash(), second.hash()]);
    assert_eq!(copy.add_all(vec![second.clone()]), crate::roster::Added::default());

    // bob acts by alice's grant
    let forged =
        sign(&body(&roster, &bob, genesis(&roster), roster.heads(), ChangeBody::Rekey), &bob.devices[0]);
    let child = sign(
        &body(&roster, &alice, genesis(&roster), &[forged.hash()], ChangeBody::Rekey),
        &alice.devices[0],
    );
    let added = roster.clone().add_all(vec![child.clone(), forged.clone()]);
    let mut refused = added.refused;
    refused.sort_by_key(|(hash, _)| *hash == child.hash());
    assert_eq!(refused, [(forged.hash(), EntryError::NoGrant), (child.hash(), EntryError::FollowsRefused)]);
}

// spec: GROUP-19
#[test]
fn two_entries_with_one_number_are_told() {
    let alice = Person::new(1);
    let mut roster = group(&alice);
    let one = body(&roster, &alice, genesis(&roster), roster.heads(), ChangeBody::Rekey);
    let mut other = one.clone();
    other.sent_ms = 7;
    assert_eq!(add(&mut roster, sign(&one, &alice.devices[0])).equivocations, []);
    let added = add(&mut roster, sign(&other, &alice.devices[0]));
    assert_eq!(added.new.len(), 1);
    let told: Vec<_> = added.equivocations.iter().map(|told| (told.account, told.device)).collect();
    assert_eq!(told, [(alice.id(), alice.devices[0].public().id)]);
}

#[test]
fn a_store_that_lost_entries_is_noticed() {
    let alice = Person::new(1);
    let mut roster = group(&alice);
    change(&mut roster, alice.author(), &NewChange::Rekey);
    change(&mut roster, alice.author(), &NewChange::Rekey);
    let bytes: Vec<Vec<u8>> = roster.entries().map(|entry| entry.bytes.clone()).collect();
    let load = |picked: &[usize]| {
        Roster::from_entries(roster.group(), picked.iter().map(|at| bytes[*at].as_slice()))
            .map(|loaded| loaded.0.id())
    };
    assert_eq!(load(&[2, 0, 1]), Ok(roster.id()));
    assert_eq!(load(&[0, 2]), Err(RosterError::Missing));
    assert_eq!(load(&[1, 2]), Err(RosterError::NoGenesis));
    assert!(matches!(Roster::from_entries(roster.group(), [&bytes[0][..9]]), Err(RosterError::Malformed(_))));
}

// spec: GROUP-10
#[test]
fn a_broken_signature_says_nothing_of_the_entry() {
    let alice = Person::new(1);
    let roster = group(&alice);
    let good = roster.issue(&NewChange::Rekey, alice.author(), super::people::NOW).unwrap();
    let mut bytes = good.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let bad = ReceivedEntry::parse(&bytes).unwrap();
    assert_eq!(bad.hash(), good.hash());
    let child = body(&roster, &alice, genesis(&roster), &[good.hash()], ChangeBody::Rekey);
    let child = sign(&child, &alice.devices[0]);

    // alone it is refused, and what follows it waits for a better copy
    let mut copy = roster.clone();
    let added = copy.add_all([child.clone(), bad.clone()].to_vec());
    assert_eq!(added.refused, [(bad.hash(), EntryError::BadSignature)]);
    assert!(!EntryError::BadSignature.is_final());
    assert_eq!((added.waiting, added.missing), ([child.hash()].to_vec(), [good.hash()].to_vec()));
    // together with a good one it does no harm, in whatever order
    for batch in [[&bad, &good, &child], [&child, &good, &bad], [&good, &bad, &child]] {
        let mut copy = roster.clone();
        let added = copy.add_all(batch.into_iter().cloned().collect());
        assert_eq!(added.refused, []);
        assert_eq!(added.new.len(), 2);
    }
}
