//! The entries that the state rests on, with all that they follow. The state of the kernel is the state of the
//! whole, so the rest is of no effect: it is in no roster id, nobody builds on it, and it is dropped first. What
//! somebody who was removed writes afterwards, and everybody whom he brings in, is there.

use alloc::vec::Vec;

use entrenous_identity::AccountId;

use super::{
    Change, MEMBER_LEAVES,
    bits::Bits,
    dag::{Dag, Node},
    entry::lists_device,
    judge::Verdict,
    state::{RosterState, lists},
};

/// The entries that count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kernel {
    /// All of them.
    pub(crate) all: Bits,
    /// Those that an honest entry follows: without the leaves and lists that bring much with them that is of no
    /// effect. Nobody who is no admin can make others build on what he brings.
    pub(crate) to_follow: Bits,
}

/// The kernel of the entries of `within`.
pub(crate) fn kernel(dag: &Dag, within: &Bits, verdict: &Verdict, state: &RosterState) -> Kernel {
    let mut to_follow = Bits::default();
    let close = |bits: &mut Bits, at: usize| {
        bits.unite(dag.get(at).map_or(&Bits::default(), |node| &node.past));
        bits.insert(at);
    };
    let is_act = |at: &usize| {
        dag.get(*at).is_some_and(|node| !matches!(node.entry.change, Change::Leave | Change::Devices(_)))
    };
    // spec: GROUP-40
    for at in verdict.valid.iter().filter(is_act) {
        close(&mut to_follow, at);
    }
    let mut leaves_and_lists: Vec<usize> = verdict.left.values().copied().collect();
    for (account, _) in state.members() {
        let pins = dag.of(account).map_or(&[][..], |of| &of.pins);
        leaves_and_lists.extend(lists(dag, within, pins).0);
    }
    for (account, drops) in &verdict.drops {
        if is_open(dag, verdict, account) {
            leaves_and_lists.extend(deciding(dag, drops));
        }
    }
    leaves_and_lists.sort_by_key(|at| dag.get(*at).map(Node::order));

    let mut next: Vec<usize> = to_follow.iter().chain(leaves_and_lists.iter().copied()).collect();
    for at in leaves_and_lists {
        // spec: GROUP-42
        let brings = dag.get(at).map_or(0, |node| node.past.iter().filter(|at| !to_follow.has(*at)).count());
        if brings < MEMBER_LEAVES {
            close(&mut to_follow, at);
        }
    }
    let mut all = Bits::default();
    while let Some(at) = next.pop() {
        if all.has(at) {
            continue;
        }
        all.insert(at);
        next.extend(dag.get(at).into_iter().flat_map(|node| &node.prevs));
        // of an account whose grants seniors took away, leaves and drops decide nothing any more
        let because = verdict.because.get(&at);
        next.extend(
            because.filter(|_| dag.get(at).is_some_and(|node| is_open(dag, verdict, &node.entry.author))),
        );
    }
    Kernel { all, to_follow }
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

/// Whether the account has a valid grant that no senior took away: it is in, or out by its leave alone.
fn is_open(dag: &Dag, verdict: &Verdict, account: &AccountId) -> bool {
    let grants = dag.of(account).map_or(&[][..], |of| &of.grants);
    grants.iter().any(|at| verdict.live.has(*at) || verdict.left.contains_key(at))
}
