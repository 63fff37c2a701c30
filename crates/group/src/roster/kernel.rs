//! The entries that the state rests on, with all that they follow. The state of the kernel is the state of the
//! whole, so the rest is of no effect: it is in no roster id, nobody builds on it, and it is dropped first. What
//! somebody who was removed writes afterwards, and everybody whom he brings in, is there.

use alloc::vec::Vec;

use super::{
    Change,
    bits::Bits,
    dag::Dag,
    judge::Verdict,
    state::{RosterState, lists},
};

/// The kernel of the entries of `within`.
pub(crate) fn kernel(dag: &Dag, within: &Bits, verdict: &Verdict, state: &RosterState) -> Bits {
    let mut kernel = Bits::default();
    let mut next: Vec<usize> = Vec::new();
    // spec: GROUP-40
    next.extend(verdict.valid.iter().filter(|at| {
        dag.get(*at).is_some_and(|node| !matches!(node.entry.change, Change::Leave | Change::Devices(_)))
    }));
    next.extend(verdict.left.values());
    for (account, _) in state.members() {
        let pins = dag.of(account).map_or(&[][..], |of| &of.pins);
        next.extend(lists(dag, within, pins).0);
    }
    while let Some(at) = next.pop() {
        if kernel.has(at) {
            continue;
        }
        kernel.insert(at);
        next.extend(dag.get(at).into_iter().flat_map(|node| &node.prevs));
        next.extend(verdict.because.get(&at));
    }
    kernel
}
