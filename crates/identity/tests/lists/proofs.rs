//! What the links between lists show, and what they can't be made to show.

use entrenous_identity::{Ancestry, DeviceList, IdentityError, Lineage, ListLink, ListName, ListProof};
use entrenous_wire::{Malformed, Reason, Strict, proto};

use crate::world::{TODAY, World, proof};

const WRONG_EPOCH: IdentityError =
    IdentityError::Malformed(Malformed::new("device list epoch", Reason::Inconsistent));

fn lineage(
    newer: &DeviceList,
    with: Option<&ListProof>,
    known: &DeviceList,
) -> Result<Lineage, IdentityError> {
    Ancestry::of(newer, with)?.lineage(&known.name())
}

fn proof_of(lists: &[&DeviceList]) -> ListProof {
    let links = lists.iter().map(|list| list.link().expect("has parents").to_proto()).collect();
    ListProof::from_proto(&proto::ListProof { links }).expect("a proof")
}

/// The specification's example.
// spec: IDENTITY-8
#[test]
fn a_link_has_the_hash_of_its_list() {
    let link = proto::ListLink { parents: vec![0x22; 32], body_hash: vec![0x33; 32] };
    let hash = *ListLink::from_proto(&link).expect("a link").hash();
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "36051e4dd9b0dda936a6a15c5c0e3549117de1be9c895a740a3cfb77ff199e1d");
    let world = World::new();
    let list = world.next(&[&world.first(&[0])], &[0]);
    assert_eq!(list.link().expect("has a parent").hash(), list.hash());
}

// spec: IDENTITY-22
#[test]
fn a_list_shows_its_parents_alone() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 3);
    let rival = world.next(&[&lists[0]], &[0, 1]);
    assert_eq!(lineage(&lists[1], None, &lists[0]), Ok(Lineage::Descends));
    assert_eq!(lineage(&lists[1], None, &lists[1]), Ok(Lineage::Same));
    assert_eq!(lineage(&lists[2], None, &lists[0]), Ok(Lineage::Unknown));
    assert_eq!(lineage(&lists[0], None, &lists[1]), Ok(Lineage::Unknown));
    // of one epoch; and the only parent, which has the epoch before, is another list
    assert_eq!(lineage(&rival, None, &lists[1]), Ok(Lineage::Contradicts));
    assert_eq!(lineage(&lists[2], None, &rival), Ok(Lineage::Contradicts));
    assert_eq!(lineage(&lists[3], None, &rival), Ok(Lineage::Unknown));
}

// spec: IDENTITY-22
#[test]
fn a_proof_shows_every_list_on_its_way_and_contradicts_every_other() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 6);
    let rivals = world.renewals(&world.next(&[&lists[1]], &[0, 1]), 3);
    let newest = &lists[6];
    let down = proof(newest, &lists[0], &lists).expect("joined");
    assert_eq!(down.links().len(), 5);
    for known in &lists[..6] {
        assert_eq!(lineage(newest, Some(&down), known), Ok(Lineage::Descends));
    }
    for rival in &rivals {
        assert_eq!(lineage(newest, Some(&down), rival), Ok(Lineage::Contradicts));
        let built = proof(newest, rival, &lists);
        assert_eq!(built.is_some(), rival.epoch() < 6, "the list's own parents show the rest");
        assert_eq!(lineage(newest, built.as_ref(), rival), Ok(Lineage::Contradicts));
    }
    // one that doesn't reach as far shows nothing
    let short = proof(newest, &lists[3], &lists).expect("joined");
    assert_eq!(lineage(newest, Some(&short), &lists[0]), Ok(Lineage::Unknown));
}

#[test]
fn the_end_of_a_fork_shows_both_branches() {
    let world = World::new();
    let root = world.first(&[0]);
    let ours = world.renewals(&root, 2);
    let theirs = world.renewals(&world.next(&[&root], &[0, 1]), 3);
    let merged = world.next(&[&ours[2], &theirs[3]], &[0]);
    let newest = world.renewals(&merged, 2).remove(2);
    let history: Vec<_> = [&ours[..], &theirs, &world.renewals(&merged, 2)].concat();
    for known in [&ours[1], &ours[2], &theirs[0], &theirs[3], &root] {
        let with = proof(&newest, known, &history).expect("joined");
        assert_eq!(lineage(&newest, Some(&with), known), Ok(Lineage::Descends));
    }
    // a branch that isn't named is not contradicted below the end of a fork: it may be in either branch
    let third = world.next(&[&root], &[0, 2]);
    let with = proof(&newest, &root, &history).expect("joined");
    assert_eq!(lineage(&newest, Some(&with), &third), Ok(Lineage::Unknown));
    assert_eq!(proof(&newest, &third, &history), None);
}

// spec: IDENTITY-21
#[test]
fn links_that_do_not_hang_together_are_no_proof() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 5);
    let rival = world.next(&[&lists[2]], &[0, 1]);
    let newest = &lists[5];
    let good = [&lists[4], &lists[3], &lists[2]];
    assert!(Ancestry::of(newest, Some(&proof_of(&good))).is_ok());
    for bad in [
        &[&lists[3], &lists[2]][..],
        &[&lists[4], &lists[2]],
        &[&lists[4], &lists[4], &lists[3]],
        &[&lists[4], &rival, &lists[2]],
        &[&lists[5], &lists[4]],
    ] {
        assert_eq!(Ancestry::of(newest, Some(&proof_of(bad))).err(), Some(IdentityError::BadProof));
    }
    // and it can't be moved to another list
    assert_eq!(Ancestry::of(&rival, Some(&proof_of(&good))).err(), Some(IdentityError::BadProof));
}

#[test]
fn no_flipped_bit_of_a_proof_passes() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 3);
    let good = proof(&lists[3], &lists[0], &lists).expect("joined");
    let bytes = good.to_proto().encode_canonical();
    assert_eq!(ListProof::from_proto(&proto::ListProof::decode_strict(&bytes).unwrap()), Ok(good));
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let Ok(read) = proto::ListProof::decode_strict(&bad) else { continue };
        let read = ListProof::from_proto(&read).expect("decoded");
        assert_eq!(Ancestry::of(&lists[3], Some(&read)).err(), Some(IdentityError::BadProof), "bit {bit}");
    }
}

// spec: IDENTITY-23
#[test]
fn epochs_are_counted_and_cannot_be_claimed() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 3);
    let at = |epoch: u32, of: &DeviceList| {
        world.forged(|body| body.epoch = epoch, of).verify(TODAY).expect("signed")
    };
    // a list that left out an epoch, seen from its parent
    let far = at(9, &lists[2]);
    assert_eq!(lineage(&far, None, &lists[1]), Err(WRONG_EPOCH));
    // one that claims to be as old as its parent, or older
    assert_eq!(lineage(&at(3, &lists[3]), None, &lists[2]), Ok(Lineage::Contradicts));
    assert_eq!(lineage(&at(2, &lists[3]), None, &lists[2]), Err(WRONG_EPOCH));
    // the epoch left out inside of the chain, where nobody sees it
    let hidden = world.next(&[&far], &[0]);
    assert_eq!(lineage(&hidden, Some(&proof_of(&[&far])), &lists[1]), Err(WRONG_EPOCH));
    // more lists than there are epochs between
    let crowded = at(3, &world.next(&[&lists[2]], &[0]));
    let with = proof_of(&[&lists[2], &lists[1]]);
    assert_eq!(Ancestry::of(&crowded, Some(&with)).err(), Some(IdentityError::BadProof));
    let crowded = at(4, &world.next(&[&lists[2]], &[0]));
    assert_eq!(lineage(&crowded, Some(&with), &lists[0]), Ok(Lineage::Descends));
}

#[test]
fn a_proof_reaches_over_256_lists_and_no_further() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 258);
    let links: Vec<_> = lists.iter().filter_map(DeviceList::link).collect();
    let newest = &lists[258];
    let longest = ListProof::build(newest, &lists[1].name(), &links).expect("256 links");
    assert_eq!(longest.links().len(), 256);
    assert_eq!(lineage(newest, Some(&longest), &lists[1]), Ok(Lineage::Descends));
    assert_eq!(ListProof::build(newest, &lists[0].name(), &links), None);
}

#[test]
fn a_proof_is_built_only_where_it_shows_something() {
    let world = World::new();
    let lists = world.renewals(&world.first(&[0]), 3);
    assert_eq!(proof(&lists[3], &lists[2], &lists), None, "a parent needs none");
    assert_eq!(proof(&lists[3], &lists[3], &lists), None);
    assert_eq!(proof(&lists[1], &lists[3], &lists), None);
    assert_eq!(proof(&lists[3], &lists[0], &lists[..2]), None, "links are missing");
    assert_eq!(lists[0].link(), None::<ListLink>);
    let nowhere = ListName { epoch: 9, hash: [7; 32] };
    assert_eq!(ListProof::build(&lists[3], &nowhere, &[]), None);
}
