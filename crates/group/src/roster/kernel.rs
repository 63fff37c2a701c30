//! The entries that the state rests on, with all that they follow. The state of the kernel is the state of the
//! whole, so the rest is of no effect: it is in no roster id, nobody builds on it, and it is dropped first. What
//! somebody who was removed writes afterwards, and everybody whom he brings in, is there.

use alloc::{collections::BTreeSet, vec::Vec};

use entrenous_identity::AccountId;

use super::{
    bits::Bits,
    dag::Dag,
    entry::lists_device,
    judge::Verdict,
    state::{RosterState, lists},
};

/// The kernel of the entries of `within`.
pub(crate) fn kernel(dag: &Dag, within: &Bits, verdict: &Verdict, state: &RosterState) -> Bits {
    // spec: GROUP-40
    let is_act = |at: &usize| dag.get(*at).is_some_and(|node| node.entry.is_act());
    let mut next: Vec<usize> = verdict.valid.iter().filter(is_act).collect();
    next.extend(verdict.left.values());
    for (account, _) in state.members() {
        let pins = dag.of(account).map_or(&[][..], |of| &of.pins);
        next.extend(lists(dag, within, pins).0);
    }
    let open = open(dag, verdict);
    for account in &open {
        next.extend(verdict.drops.get(account).into_iter().flat_map(|drops| deciding(dag, drops)));
    }
    let mut kernel = Bits::default();
    while let Some(at) = next.pop() {
        if kernel.has(at) {
            continue;
        }
        kernel.insert(at);
        let Some(node) = dag.get(at) else { continue };
        next.extend(&node.prevs);
        // of an account whose grants seniors took away, leaves and drops decide nothing any more
        next.extend(verdict.because.get(&at).filter(|_| open.contains(&node.entry.author)));
    }
    kernel
}

/// Of an account's own pins that count, the highest first, those that say what becomes of an entry that nobody knows
/// yet: the highest, and for each device that its list has the highest without that device. At most 17.
fn deciding(dag: &Dag, drops: &[usize]) -> Vec<usize> {
    let list = |at: usize| dag.get(at).and_then(|node| node.entry.list());
    let Some(first) = drops.first() else { return Vec::new() };
    let mut deciding = Vec::from([*first]);
    for device in list(*first).into_iter().flat_map(|list| list.device_ids()) {
        let without = |at: &&usize| list(**at).is_some_and(|list| !lists_device(list, device));
        // spec: GROUP-40
        deciding.extend(drops.iter().find(without));
    }
    deciding
}

/// The accounts that have a valid grant that no senior took away: they are in, or out by their leave alone.
fn open(dag: &Dag, verdict: &Verdict) -> BTreeSet<AccountId> {
    let is_open = |at: &usize| verdict.live.has(*at) || verdict.left.contains_key(at);
    let open = dag.accounts().filter(|(_, of)| of.grants.iter().any(is_open));
    open.map(|(account, _)| *account).collect()
}
