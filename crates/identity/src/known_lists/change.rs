//! What a considered list leads to.

use alloc::vec::Vec;

use super::KnownLists;
use crate::{Day, DeviceId, DeviceList, ListName};

/// What came of considering a list. Nothing has changed until the caller stores `next`.
#[derive(Clone, Debug)]
#[must_use = "the list has no effect until `next` is stored"]
pub struct ListChange {
    /// The new state; none when the list says nothing new.
    pub next: Option<KnownLists>,
    /// What happened, for the application; empty when `next` is none.
    pub events: Vec<ListEvent>,
}

/// Something about an account's devices that its contacts and its own devices should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListEvent {
    /// The list in force has a device that the one before it didn't have.
    DeviceAdded(DeviceId),
    /// The list in force lacks a device that the one before it had.
    DeviceRemoved(DeviceId),
    /// A device has another entry, with the same keys: it supports another version of the protocol.
    DeviceChanged(DeviceId),
    /// The account has another branch of lists, whose newest is this one. See [`KnownLists::evidence`].
    Forked(ListName),
    /// The list in force descends from every branch that was known.
    Healed,
    /// The list in force isn't shown to descend from this one, which is the last that was proven.
    Unproven(ListName),
    /// The list in force is shown to descend from the last one that was proven.
    Proven,
    /// The list that came into force has expired already.
    Stale,
}

/// What the application is told of the step from `old` to `new`.
pub(super) fn events(old: &KnownLists, new: &KnownLists, today: Day) -> Vec<ListEvent> {
    // spec: IDENTITY-31
    let mut events = device_events(&old.in_force, &new.in_force);
    if let Some(other) = new_branch(old, new) {
        events.push(ListEvent::Forked(other.name()));
    }
    if old.is_forked() && !new.is_forked() {
        events.push(ListEvent::Healed);
    }
    match (&old.proven, &new.proven) {
        (None, Some(proven)) => events.push(ListEvent::Unproven(proven.name())),
        (Some(proven), None) if new.others.last().is_none_or(|other| other.hash() != proven.hash()) => {
            events.push(ListEvent::Proven);
        }
        _ => {}
    }
    if old.in_force.hash() != new.in_force.hash() && new.is_stale(today) {
        events.push(ListEvent::Stale);
    }
    events
}

/// The branch that `old` didn't have: always the last. A list that goes on in a branch has taken another's place.
fn new_branch<'a>(old: &KnownLists, new: &'a KnownLists) -> Option<&'a DeviceList> {
    let is = |one: &DeviceList, other: &DeviceList| one.hash() == other.hash();
    new.others.last().filter(|last| {
        let was_proven = old.proven.as_ref().is_some_and(|proven| is(proven, last));
        was_proven || new.others.len() > old.others.len()
    })
}

/// The devices that came, went or changed, by ascending id within each.
fn device_events(old: &DeviceList, new: &DeviceList) -> Vec<ListEvent> {
    let has = |list: &DeviceList, id: DeviceId| list.device_ids().any(|listed| listed == id);
    let added = new.device_ids().filter(|id| !has(old, *id)).map(ListEvent::DeviceAdded);
    let removed = old.device_ids().filter(|id| !has(new, *id)).map(ListEvent::DeviceRemoved);
    let changed = new
        .entries()
        .iter()
        .filter(|entry| old.entry(entry.device_id).is_some_and(|before| before != *entry))
        .filter_map(|entry| DeviceId::new(entry.device_id).map(ListEvent::DeviceChanged));
    added.chain(removed).chain(changed).collect()
}
