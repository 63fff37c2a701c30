//! Who lost access between two rosters: whoever keeps sender keys rotates on it, and refuses older ones.

use alloc::vec::Vec;

use entrenous_identity::{AccountId, DeviceId};
use entrenous_wire::{device_list::DeviceEntry, roster_entry::Role};

use super::{
    EntryHash, Roster, RosterState,
    bits::Bits,
    dag::{Concerning, Dag, Node},
    judge::{Verdict, judge, later_leaves},
    state::{same_device, state},
};

/// What was lost. Empty when everybody who had access still has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Accounts that are out, or were in between, or may have been: of all the grants that let one in, none is the same now.
    pub accounts: Vec<AccountId>,
    /// Devices of members that they have no more, or had not in between.
    pub devices: Vec<(AccountId, DeviceId)>,
    /// Whether an admin asked all to take new keys. Who sends takes new ones; whether a key that was made before is
    /// refused is for the judge of sender keys (GROUP-160 and following).
    pub rekey: bool,
}

impl Loss {
    /// Whether nothing was lost and nobody asked for new keys.
    pub fn is_empty(&self) -> bool {
        let Self { accounts, devices, rekey } = self;
        accounts.is_empty() && devices.is_empty() && !rekey
    }
}

impl RosterState {
    /// Who has access here and has none in `after`. Who was out only in between isn't seen:
    /// [`Roster::loss_between`] sees it. Who sends and who receives must ask the same of the two, so for
    /// sender keys both ask [`Roster::loss_between`]; this one is for showing.
    pub fn lost_access(&self, after: &Self) -> Loss {
        let mut loss = Loss::default();
        for (account, member) in &self.members {
            let Some(now) = after.members.get(account) else {
                loss.accounts.push(*account);
                continue;
            };
            let gone = member.entries().filter(|entry| !now.entries().any(|other| same_device(entry, other)));
            loss.devices.extend(gone.filter_map(|entry| Some((*account, DeviceId::new(entry.device_id)?))));
        }
        // spec: GROUP-45
        loss.rekey = !after.rekeys.is_subset(&self.rekeys);
        loss
    }
}

impl Roster {
    /// What was lost on the way from the roster with the heads `from` to that with the heads `to`. It is a loss,
    /// too, if somebody was removed, or went, on the way and is in again. None when a head is not known.
    pub fn loss_between(&self, from: &[EntryHash], to: &[EntryHash]) -> Option<Loss> {
        let (old, new) = (self.dag.closure(from)?, self.dag.closure(to)?);
        let (then, now) = (judge(&self.dag, &old), judge(&self.dag, &new));
        let before = state(&self.dag, &old, &then);
        let mut loss = before.lost_access(&state(&self.dag, &new, &now));
        for (account, of) in self.dag.accounts() {
            let stayed = of.grants.iter().any(|at| then.live.has(*at) && now.live.has(*at));
            // a grant that gave access then, or may have done so on the way
            let gave = |at: &usize| then.live.has(*at) || now.valid.has(*at) && !old.has(*at);
            let gone = |at: &usize| {
                // spec: GROUP-45
                !now.valid.has(*at) || left(&self.dag, &now, of, *at) || ends(&self.dag, &now, of, *at)
            };
            if !stayed && of.grants.iter().any(|at| gave(at) && gone(at)) {
                loss.accounts.push(*account);
            }
        }
        loss.accounts.sort_unstable();
        loss.accounts.dedup();
        loss.devices.extend(self.dropped_on_the_way(&before, &old, &new));
        loss.devices.sort_unstable();
        loss.devices.dedup();
        Some(loss)
    }

    /// Devices of `before` that a newer list, pinned since, lacks: a still newer one may have them again.
    fn dropped_on_the_way(&self, before: &RosterState, old: &Bits, new: &Bits) -> Vec<(AccountId, DeviceId)> {
        let mut dropped = Vec::new();
        for (account, member) in &before.members {
            let epoch = member.lists().iter().map(|list| list.epoch()).max().unwrap_or(0);
            let pins = self.dag.of(account).map_or(&[][..], |of| &of.pins);
            let since = pins.iter().filter(|at| new.has(**at) && !old.has(**at));
            let lists = since.filter_map(|at| self.dag.get(*at)?.entry.list());
            // spec: GROUP-45
            for list in lists.filter(|list| list.epoch() > epoch) {
                let lacks =
                    |entry: &&DeviceEntry| !list.entries().iter().any(|other| same_device(entry, other));
                let gone = member.entries().filter(lacks).filter_map(|entry| DeviceId::new(entry.device_id));
                dropped.extend(gone.map(|device| (*account, device)));
            }
        }
        dropped
    }
}

/// Whether the account went, by a valid leave that the grant at `at` doesn't follow; it may have been lowered since.
fn left(dag: &Dag, verdict: &Verdict, of: &Concerning, at: usize) -> bool {
    dag.get(at).is_some_and(|grant| later_leaves(&verdict.valid, of, grant).next().is_some())
}

/// Whether a valid set to none takes the grant at `at` away.
fn ends(dag: &Dag, verdict: &Verdict, of: &Concerning, at: usize) -> bool {
    let sets =
        of.sets.iter().filter(|set| verdict.valid.has(**set)).filter_map(|set| Some((*set, dag.get(*set)?)));
    let mut none = sets.filter(|(_, set)| set.entry.sets().is_some_and(|(_, role)| role == Role::None));
    let Some(grant) = dag.get(at) else { return false };
    none.any(|(set, node)| {
        let by = dag.get(node.under).map(Node::rank);
        by.is_some_and(|by| by < grant.rank()) && !grant.past.has(set)
    })
}
