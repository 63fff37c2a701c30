//! What an account issues after its first list, and how long a list may live.

use entrenous_identity::{
    AccountId, AccountKey, DeviceId, DeviceList, DevicePublic, IdentityError, device_list::LIFETIME_DAYS,
};
use entrenous_wire::Reason;

use crate::world::{TODAY, World, device};

fn malformed(result: Result<DeviceList, IdentityError>) -> Option<Reason> {
    match result {
        Err(IdentityError::Malformed(malformed)) => Some(malformed.reason),
        _ => None,
    }
}

// spec: IDENTITY-13, IDENTITY-19
#[test]
fn a_successor_names_its_parents_and_comes_after_the_highest() {
    let world = World::new();
    let one = world.first(&[0]);
    let two = world.next(&[&one], &[0, 1]);
    let other_two = world.next(&[&one], &[0, 2]);
    let three = world.next(&[&other_two], &[0, 2]);
    let merged = world.next(&[&two, &three], &[0, 1, 2]);

    assert_eq!((two.epoch(), two.parents()), (2, &[*one.hash()][..]));
    let mut parents = [*two.hash(), *three.hash()];
    parents.sort_unstable();
    assert_eq!((merged.epoch(), merged.parents()), (4, &parents[..]));
    assert_eq!(merged.device_ids().collect::<Vec<_>>(), world.ids(&[0, 1, 2]));
    for list in [&two, &merged] {
        let received = world.forged(|_| {}, list).verify(TODAY).expect("what was issued verifies");
        assert_eq!((received.hash(), received.signed()), (list.hash(), list.signed()));
    }
}

// spec: IDENTITY-7
#[test]
fn a_renewal_has_the_devices_of_its_parent_and_a_new_term() {
    let world = World::new();
    let one = world.first(&[3, 1]);
    let later = TODAY.plus(80);
    let two = DeviceList::successor(&[&one], &world.account, one.entries(), later).expect("a renewal");
    assert_eq!(two.entries(), one.entries());
    assert_eq!((two.issued_day(), two.expires_day()), (later, later.plus(90)));
    assert_eq!(two.check_current(later.plus(89)), Ok(()));
    assert_eq!(two.check_current(later.plus(90)), Err(IdentityError::Expired));
}

#[test]
fn parents_are_one_or_two_different_lists_of_the_account() {
    let world = World::new();
    let one = world.first(&[0]);
    let others = [world.next(&[&one], &[0, 1]), world.next(&[&one], &[0, 2]), world.next(&[&one], &[0, 3])];
    let entries = world.entries(&[0]);
    assert_eq!(malformed(world.try_next(&[], &entries)), Some(Reason::Count));
    assert_eq!(malformed(world.try_next(&others.each_ref(), &entries)), Some(Reason::Count));
    assert_eq!(malformed(world.try_next(&[&one, &one], &entries)), Some(Reason::Order));
    assert_eq!(malformed(world.try_next(&[&one], &[])), Some(Reason::Count));
    assert_eq!(malformed(world.try_next(&[&one], &world.entries(&[0, 0]))), Some(Reason::Order));

    let thief = AccountKey::from_seed(&[9; 32]);
    let refused = DeviceList::successor(&[&one], &thief, &entries, TODAY);
    assert_eq!(refused.err(), Some(IdentityError::IdentityMismatch));
}

#[test]
fn the_last_epoch_has_no_successor() {
    let world = World::new();
    let two = world.next(&[&world.first(&[0])], &[0]);
    let last = world.forged(|body| body.epoch = u32::MAX, &two).verify(TODAY).expect("signed");
    let refused = world.try_next(&[&last], last.entries());
    assert_eq!(refused.err(), Some(IdentityError::EpochsExhausted));
    let before = world.forged(|body| body.epoch = u32::MAX - 1, &two).verify(TODAY).expect("signed");
    assert_eq!(world.next(&[&before], &[0]).epoch(), u32::MAX);
}

// spec: IDENTITY-18
#[test]
fn a_device_keeps_its_keys() {
    let world = World::new();
    let one = world.first(&[0, 1]);
    let [kept, mut changed] = [0, 1].map(|device| world.entries[device].clone());
    let stranger = device(77).entry(&one.account_id());
    (changed.signing_key, changed.agreement_key) = (stranger.signing_key, stranger.agreement_key);
    let refused = world.try_next(&[&one], &[kept.clone(), changed.clone()]);
    assert_eq!(refused.err(), Some(IdentityError::DeviceKeysChanged));
    // nor by way of one of two parents
    let without = world.next(&[&one], &[0]);
    let refused = world.try_next(&[&one, &without], &[kept, changed]);
    assert_eq!(refused.err(), Some(IdentityError::DeviceKeysChanged));
}

/// As people and logs see them.
#[test]
fn ids_are_shown_in_hexadecimal() {
    let (account, device) = (AccountId::from_bytes([0xa5; 32]), DeviceId::new(0x1f).expect("not zero"));
    assert_eq!(format!("{account} {device}"), format!("{} 0000001f", "a5".repeat(32)));
    assert_eq!(format!("{account:?} {device:?}"), format!("AccountId({account}) DeviceId({device})"));
}

/// Under its id alone a device isn't listed.
// spec: IDENTITY-12
#[test]
fn a_device_is_listed_with_both_its_keys() {
    let world = World::new();
    let list = world.first(&[0, 1]);
    let (genuine, other) = (*world.devices[1].public(), *world.devices[2].public());
    assert!(list.has(&genuine) && !list.has(&other));
    assert!(!list.has(&DevicePublic { signing: other.signing, ..genuine }));
    assert!(!list.has(&DevicePublic { agreement: other.agreement, ..genuine }));
}

#[test]
fn an_entry_that_nobody_could_use_is_not_signed() {
    let world = World::new();
    let one = world.first(&[0]);
    let mut entries = world.entries(&[0, 1]);
    entries[1].signature[0] ^= 1;
    let refused = world.try_next(&[&one], &entries);
    assert_eq!(refused.err(), Some(IdentityError::BadSignature("device entry")));
}

// spec: IDENTITY-17
#[test]
fn no_list_lives_longer_than_90_days() {
    let world = World::new();
    let one = world.first(&[0]);
    let verified = |issued: u32, days: u32| {
        let edit = |body: &mut entrenous_wire::device_list::DeviceListBody| {
            (body.issued_day, body.expires_day) = (issued, issued + days);
        };
        world.forged(edit, &one).verify(TODAY).map(drop)
    };
    assert_eq!(LIFETIME_DAYS, 90);
    for days in [1, 89, 90] {
        assert_eq!(verified(TODAY.0, days), Ok(()), "{days} days");
    }
    for days in [91, 365, u32::MAX - TODAY.0] {
        assert_eq!(verified(TODAY.0, days), Err(IdentityError::LivesTooLong), "{days} days");
    }
    // neither by an early date of issue
    assert_eq!(verified(0, TODAY.0 + 1), Err(IdentityError::LivesTooLong));
}
