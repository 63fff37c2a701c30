//! What an entry must be by itself and by what it follows. An entry's past never changes, so this is decided once,
//! and alike by everybody: what fails is in nobody's roster.

use alloc::{collections::BTreeSet, sync::Arc, vec::Vec};

use entrenous_identity::{
    AccountId, Ancestry, DeviceList, DevicePublic, IdentityError, Lineage, ListLink, ListProof,
};
use entrenous_wire::{
    device_list::DeviceEntry,
    roster_entry::{ChangeBody, Role},
};

use super::{
    EntryError, GroupId, MAX_LISTS_OF_EPOCH, MEMBER_ENTRIES, MEMBER_LEAVES, ReceivedEntry,
    bits::Bits,
    dag::{Dag, Node},
    entry::lists_device,
};

/// Whether signatures and proofs are verified, or were before the entry was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// From others: everything is verified.
    Nothing,
    /// From the own store.
    Stored,
}

/// The genesis entry, if it is one that holds.
pub(crate) fn genesis(entry: ReceivedEntry, group: GroupId, trust: Trust) -> Result<Node, EntryError> {
    // spec: GROUP-12
    if !entry.body.is_genesis() || GroupId::of(entry.hash) != group {
        return Err(EntryError::WrongGroup);
    }
    let list = verified_list(&entry, trust)?.ok_or(EntryError::DeviceNotPinned)?;
    if list.account_id() != entry.claimed_author() {
        return Err(EntryError::DeviceNotPinned);
    }
    check_device(&entry, &[&list], trust)?;
    Ok(Node {
        entry: Arc::new(entry.accepted(Some(list))),
        under: 0,
        prevs: Vec::new(),
        past: Bits::default(),
        follows: 0,
        depth: 0,
        by_member: false,
    })
}

/// Where `entry` stands in `dag`, if it may stand there. All that it follows must be there.
pub(crate) fn place(
    dag: &Dag,
    group: GroupId,
    entry: ReceivedEntry,
    trust: Trust,
) -> Result<Node, EntryError> {
    // spec: GROUP-12
    if entry.body.is_genesis() || entry.body.group_id != *group.as_bytes() {
        return Err(EntryError::WrongGroup);
    }
    let prevs: Vec<usize> = entry.prevs().filter_map(|prev| dag.place(&prev)).collect();
    let (past, depth) = dag.past_of(&prevs);
    let author = entry.claimed_author();

    let (under, by_member) = grant(dag, &entry, &past)?;
    if by_member {
        check_quota(dag, &entry, &past)?;
    }
    if let ChangeBody::Set { target, role: Role::Member | Role::Admin } = entry.body.change {
        // spec: GROUP-17
        dag.pinned(&AccountId::from_bytes(target), &past).next().ok_or(EntryError::TargetNotPinned)?;
    }
    let list = verified_list(&entry, trust)?;
    if let (Some(list), Trust::Nothing) = (&list, trust) {
        check_chained(dag, list, entry.proof.as_ref(), &past)?;
    }
    let pinned = dag.pinned(&author, &past).map(Arc::as_ref);
    // spec: GROUP-15
    let lists: Vec<&DeviceList> =
        pinned.chain(list.iter().filter(|list| list.account_id() == author)).collect();
    check_device(&entry, &lists, trust)?;
    let follows = past.count();
    Ok(Node { entry: Arc::new(entry.accepted(list)), under, prevs, past, follows, depth, by_member })
}

/// The grant that the entry acts by, and whether it is that of a member.
fn grant(dag: &Dag, entry: &ReceivedEntry, past: &Bits) -> Result<(usize, bool), EntryError> {
    // spec: GROUP-13
    let under = dag.place(&super::EntryHash::from_bytes(entry.body.under)).filter(|at| past.has(*at));
    let under = under.ok_or(EntryError::NoGrant)?;
    let granted = dag.get(under).and_then(|node| node.entry.grants());
    let (_, role) =
        granted.filter(|(target, _)| *target == entry.claimed_author()).ok_or(EntryError::NoGrant)?;
    // spec: GROUP-14
    match entry.body.change {
        ChangeBody::Leave | ChangeBody::Devices { .. } => Ok((under, role == Role::Member)),
        _ if role == Role::Admin => Ok((under, false)),
        _ => Err(EntryError::NotAdmin),
    }
}

/// Refuses what would let a plain member fill the roster: each of its entries follows few of its own.
fn check_quota(dag: &Dag, entry: &ReceivedEntry, past: &Bits) -> Result<(), EntryError> {
    let authored = dag.of(&entry.claimed_author()).map_or(&[][..], |of| &of.authored);
    let by_member = |at: &&usize| past.has(**at) && dag.get(**at).is_some_and(|node| node.by_member);
    // who has used up its entries must still be able to go
    let most = if entry.body.change == ChangeBody::Leave { MEMBER_LEAVES } else { MEMBER_ENTRIES };
    // spec: GROUP-18
    if authored.iter().filter(by_member).count() < most { Ok(()) } else { Err(EntryError::Quota) }
}

fn verified_list(entry: &ReceivedEntry, trust: Trust) -> Result<Option<DeviceList>, EntryError> {
    let Some(list) = entry.list.clone() else { return Ok(None) };
    // spec: GROUP-16
    Ok(Some(match trust {
        Trust::Nothing => list.verify_undated()?,
        Trust::Stored => list.trusted(),
    }))
}

/// Refuses a list that hangs in the air. An account's first needs nothing.
fn check_chained(
    dag: &Dag,
    list: &DeviceList,
    proof: Option<&ListProof>,
    past: &Bits,
) -> Result<(), EntryError> {
    let ancestry = Ancestry::of(list, proof)?;
    let links = proof.into_iter().flat_map(ListProof::links);
    let named: BTreeSet<&[u8; 32]> =
        links.flat_map(ListLink::parents).chain(list.parents()).chain([list.hash()]).collect();
    let account = list.account_id();
    let mut pinned = dag.pinned(&account, past).peekable();
    // spec: GROUP-16
    let holds = |known: &Arc<DeviceList>| {
        named.contains(known.hash())
            && matches!(ancestry.lineage(&known.name()), Ok(Lineage::Same | Lineage::Descends))
    };
    if pinned.peek().is_none() || pinned.any(holds) { Ok(()) } else { Err(EntryError::ListNotChained) }
}

/// Verifies that a device of the author signed the entry, out of its `lists` that were pinned by then.
fn check_device(entry: &ReceivedEntry, lists: &[&DeviceList], trust: Trust) -> Result<(), EntryError> {
    let named = entry.body.list_epoch;
    // spec: GROUP-20
    if lists.iter().any(|list| list.epoch() > named && !lists_device(list, entry.device)) {
        return Err(EntryError::DeviceDropped);
    }
    // spec: GROUP-15
    let mut candidates: Vec<&DeviceEntry> = Vec::new();
    for list in lists.iter().filter(|list| list.epoch() == named) {
        let listed = list.entries().iter().find(|listed| listed.device_id == entry.device.get());
        candidates.extend(listed.filter(|listed| !candidates.contains(listed)));
        if candidates.len() > MAX_LISTS_OF_EPOCH {
            return Err(EntryError::DeviceNotPinned);
        }
    }
    if candidates.is_empty() {
        return Err(EntryError::DeviceNotPinned);
    }
    if trust == Trust::Stored {
        return Ok(());
    }
    let (message, signature) = entry.to_verify().map_err(IdentityError::Malformed)?;
    let author = entry.claimed_author();
    let mut failed = EntryError::DeviceNotPinned;
    for listed in candidates {
        // spec: GROUP-11
        match DevicePublic::verify_entry(&author, listed) {
            Ok(device) if device.signing.verify(&message, &signature).is_ok() => return Ok(()),
            Ok(_) => failed = EntryError::BadSignature,
            // another copy could still have the signature of another candidate
            Err(_) if failed == EntryError::BadSignature => {}
            Err(error) => failed = error.into(),
        }
    }
    Err(failed)
}
