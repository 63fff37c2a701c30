//! The stored form of what is known.

use entrenous_identity::{AccountId, AccountKey, DeviceList, KnownLists};
use entrenous_wire::{Reason, Strict, proto::KnownListsRecord};

use crate::world::{TODAY, World, device, step};

/// Forked over an unproven jump: everything that a record can have.
fn full(world: &World) -> KnownLists {
    let root = world.first(&[0, 1]);
    let ours = world.renewals(&world.next(&[&root], &[0, 1]), 2);
    let rival = world.next(&[&ours[1]], &[0, 2]);
    let mut known = KnownLists::first(root);
    let _ = step(&mut known, &ours[2], None);
    let _ = step(&mut known, &rival, None);
    known
}

#[test]
fn what_is_known_comes_back() {
    let world = World::new();
    let known = full(&world);
    assert!(known.is_forked() && known.unproven_since().is_some() && known.evidence().is_some());
    let record = known.to_record();
    let again = KnownLists::from_record(&record).expect("own record");
    assert_eq!(again.to_record(), record);
    assert_eq!(again.in_force().hash(), known.in_force().hash());
    assert_eq!(again.unproven_since(), known.unproven_since());
    assert_eq!(KnownLists::first(world.first(&[0])).to_record().len(), 451);
}

#[test]
fn a_truncated_or_altered_record_never_reads_as_something_else() {
    let world = World::new();
    let record = full(&world).to_record();
    for at in 0..record.len() {
        assert!(KnownLists::from_record(&record[..at]).map_or(true, |read| read.to_record() == record[..at]));
        let mut bad = record.clone();
        bad[at] ^= 1;
        assert!(KnownLists::from_record(&bad).map_or(true, |read| read.to_record() == bad));
    }
}

// spec: IDENTITY-32
#[test]
fn lists_that_contradict_each_other_are_refused() {
    let world = World::new();
    let record = KnownListsRecord::decode_strict(&full(&world).to_record()).expect("own record");
    let stranger = AccountKey::from_seed(&[7; 32]);
    let entry = device(70).entry(&AccountId::of(&stranger.verifying_key()));
    let foreign = DeviceList::first(&stranger, &[entry], TODAY).expect("a list").signed().clone();

    let refused = |edit: &dyn Fn(&mut KnownListsRecord)| {
        let mut record = record.clone();
        edit(&mut record);
        KnownLists::from_record(&record.encode_canonical()).expect_err("refused").reason
    };
    assert_eq!(refused(&|record| record.branches[0] = foreign.clone()), Reason::Inconsistent);
    assert_eq!(refused(&|record| record.branches[1] = foreign.clone()), Reason::Inconsistent);
    assert_eq!(refused(&|record| record.evidence[0] = foreign.clone()), Reason::Inconsistent);
    assert_eq!(refused(&|record| record.proven = Some(foreign.clone())), Reason::Inconsistent);
    assert_eq!(refused(&|record| record.branches[1] = record.branches[0].clone()), Reason::Inconsistent);
    assert_eq!(refused(&|record| record.evidence[1] = record.evidence[0].clone()), Reason::Inconsistent);
    assert_eq!(refused(&|record| record.proven = record.branches.first().cloned()), Reason::Inconsistent);
    let known = full(&world);
    let later = world.renewals(known.in_force(), 1).remove(1);
    let proven = &|record: &mut KnownListsRecord| record.proven = Some(later.signed().clone());
    assert_eq!(refused(proven), Reason::Inconsistent, "proven before it is in force");
    assert_eq!(refused(&|record| drop(record.branches.pop())), Reason::Inconsistent);
    assert_eq!(refused(&|record| record.version = 2), Reason::Range);
    assert_eq!(refused(&|record| record.branches[0].body[1] ^= 1), Reason::Inconsistent);
}
