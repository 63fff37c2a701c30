//! Which entries are valid, and which grants live: the rules of the group.
//!
//! An act is a set, rename or rekey; its validity asks for that of its grant, of removals by more senior grants,
//! of leaves and of own pins. Leaves ask for own pins, own pins for own pins of a higher list epoch, and nothing
//! else. A grant was made by a grant that lies less deep, so is more senior. So everything that an act under g
//! asks for was either made under a grant senior to g or doesn't ask for acts at all: the grants are judged once
//! each, the most senior first, without recursion.

use alloc::{collections::BTreeMap, vec::Vec};

use entrenous_identity::AccountId;
use entrenous_wire::roster_entry::Role;

use super::{
    Change,
    bits::Bits,
    dag::{Concerning, Dag, Node, Rank},
    entry::lists_device,
};

/// What was found of the entries of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// The valid ones.
    pub(crate) valid: Bits,
    /// The grants that are in force.
    pub(crate) live: Bits,
    /// For an entry that has no effect, an entry that shows why, where it isn't shown by a valid act.
    pub(crate) because: BTreeMap<usize, usize>,
    /// The grants that are not in force because of the account's leave alone, and that leave.
    pub(crate) left: BTreeMap<usize, usize>,
    /// The own pins of each account that count, those of the highest list epoch first.
    pub(crate) drops: BTreeMap<AccountId, Vec<usize>>,
}

/// Judges the entries of `within`. With each entry, all that it follows must be in it.
pub(crate) fn judge(dag: &Dag, within: &Bits) -> Verdict {
    let mut judge = Judge { dag, within, found: Verdict::default() };
    judge.judge_drops();
    judge.judge_unconditional();
    judge.judge_acts();
    judge.judge_grants();
    judge.found
}

struct Judge<'a> {
    dag: &'a Dag,
    within: &'a Bits,
    found: Verdict,
}

/// A removal that may count, and where it stands.
struct Removal<'a> {
    at: usize,
    rank: Rank,
    node: &'a Node,
    role: Role,
}

impl<'a> Judge<'a> {
    fn nodes(&self, places: &'a [usize]) -> impl Iterator<Item = (usize, &'a Node)> + use<'a> {
        let (dag, within) = (self.dag, self.within);
        places.iter().filter(|at| within.has(**at)).filter_map(|at| Some((*at, dag.get(*at)?)))
    }

    fn concerning(&self, account: &AccountId) -> Option<&'a Concerning> {
        self.dag.of(account)
    }

    /// Which own pins count: those of no device that a higher own pin dropped without having seen them.
    fn judge_drops(&mut self) {
        for (account, of) in self.dag.accounts() {
            let mut pins: Vec<(usize, &Node)> = self.nodes(&of.own_pins).collect();
            pins.sort_by_key(|(_, pin)| (core::cmp::Reverse(epoch(pin)), pin.order()));
            let mut counting: Vec<usize> = Vec::new();
            for (at, pin) in pins {
                // spec: GROUP-24
                match first_drop(self.dag, &counting, epoch(pin), at, pin) {
                    Some(because) => note(&mut self.found.because, at, because),
                    None => counting.push(at),
                }
            }
            if !counting.is_empty() {
                self.found.drops.insert(*account, counting);
            }
        }
    }

    /// An own pin that dropped the device of the entry at `at`, without having seen the entry.
    fn dropped_by(&self, at: usize, node: &Node) -> Option<usize> {
        let counting = self.found.drops.get(&node.entry.author)?;
        // spec: GROUP-24
        first_drop(self.dag, counting, node.entry.list_epoch, at, node)
    }

    /// The genesis, leaves and lists, which are valid without anybody's grant being so.
    fn judge_unconditional(&mut self) {
        for at in self.within.iter() {
            let Some(node) = self.dag.get(at) else { continue };
            match node.entry.change {
                // spec: GROUP-21
                Change::Genesis(_) | Change::Devices(_) => self.found.valid.insert(at),
                // spec: GROUP-25
                Change::Leave => match self.dropped_by(at, node) {
                    Some(because) => note(&mut self.found.because, at, because),
                    None => self.found.valid.insert(at),
                },
                Change::Set { .. } | Change::Rename(_) | Change::Rekey => {}
            }
        }
    }

    fn judge_acts(&mut self) {
        let grants = self.within.iter().filter_map(|at| Some((at, self.dag.get(at)?)));
        let mut admins: Vec<(Rank, usize, &Node, AccountId)> = grants
            .filter(|(at, _)| !self.dag.acts(*at).is_empty())
            .filter_map(|(at, node)| {
                let (target, role) = node.entry.grants()?;
                (role == Role::Admin).then_some((node.rank(), at, node, target))
            })
            .collect();
        admins.sort_unstable_by_key(|(rank, at, _, _)| (*rank, *at));
        for (rank, at, grant, account) in admins {
            // spec: GROUP-22
            if self.found.valid.has(at) {
                self.judge_acts_under(at, rank, grant, &account);
            }
        }
    }

    fn judge_acts_under(&mut self, at: usize, rank: Rank, grant: &Node, account: &AccountId) {
        let acts: Vec<(usize, &Node)> = self.nodes(self.dag.acts(at)).collect();
        let removals: Vec<&Node> = self
            .removals(account)
            .into_iter()
            .filter(|r| removes(r, at, rank, grant, Role::Admin))
            .map(|r| r.node)
            .collect();
        if !removals.is_empty() {
            // what the removers had seen stays, and nothing of the account itself can undo it
            // spec: GROUP-22, GROUP-26
            let seen = |act: &usize| removals.iter().all(|removal| removal.past.has(*act));
            for act in acts.into_iter().map(|(act, _)| act).filter(seen) {
                self.found.valid.insert(act);
            }
            return;
        }
        let leaves = self.leaves(account, grant);
        for (act, node) in acts {
            // spec: GROUP-23, GROUP-24
            let leave = leaves.iter().filter(|(_, leave)| !leave.past.has(act));
            let leave = leave.min_by_key(|(_, leave)| leave.order()).map(|(leave, _)| *leave);
            match leave.or_else(|| self.dropped_by(act, node)) {
                Some(because) => note(&mut self.found.because, act, because),
                None => self.found.valid.insert(act),
            }
        }
    }

    /// The valid sets of the account's role, to whatever role. Valid as far as was judged by now: those by grants
    /// that are senior to the one in question are.
    fn removals(&self, account: &AccountId) -> Vec<Removal<'a>> {
        let (dag, valid) = (self.dag, &self.found.valid);
        let sets = self.concerning(account).map_or(&[][..], |of| &of.sets);
        (self.nodes(sets).filter(|(at, _)| valid.has(*at)))
            .filter_map(|(at, node)| {
                let (_, role) = node.entry.sets()?;
                Some(Removal { at, rank: dag.get(node.under)?.rank(), node, role })
            })
            .collect()
    }

    /// See [`later_leaves`].
    fn leaves(&self, account: &AccountId, grant: &Node) -> Vec<(usize, &'a Node)> {
        let of = self.concerning(account).into_iter();
        let leaves = of.flat_map(|of| later_leaves(&self.found.valid, of, grant));
        leaves.filter_map(|at| Some((at, self.dag.get(at)?))).collect()
    }

    fn judge_grants(&mut self) {
        for (account, of) in self.dag.accounts() {
            let removals = self.removals(account);
            for (at, grant) in self.nodes(&of.grants) {
                let Some((_, role)) = grant.entry.grants().filter(|_| self.found.valid.has(at)) else {
                    continue;
                };
                let rank = grant.rank();
                // spec: GROUP-27
                if removals.iter().any(|removal| removes(removal, at, rank, grant, role)) {
                    continue;
                }
                let leave = self.leaves(account, grant).into_iter().min_by_key(|(_, leave)| leave.order());
                match leave {
                    Some((leave, _)) => note(&mut self.found.left, at, leave),
                    None => self.found.live.insert(at),
                }
            }
        }
    }
}

/// Of the leaves of an account those that are `valid`, and after which the grant was not given again.
pub(crate) fn later_leaves(valid: &Bits, of: &Concerning, grant: &Node) -> impl Iterator<Item = usize> {
    of.leaves.iter().copied().filter(|leave| valid.has(*leave) && !grant.past.has(*leave))
}

/// Whether a valid set takes away the grant at `at`, or something of it: to a lower role, by a more senior grant,
/// and before the grant was given again.
fn removes(removal: &Removal<'_>, at: usize, rank: Rank, grant: &Node, role: Role) -> bool {
    removal.at != at && removal.role < role && removal.rank < rank && !grant.past.has(removal.at)
}

/// Whether the list that `pin` pins is without the device of the entry at `at`, which `pin` had not seen.
fn drops(pin: &Node, at: usize, node: &Node) -> bool {
    !pin.past.has(at) && pin.entry.list().is_some_and(|list| !lists_device(list, node.entry.device))
}

/// Of the own pins `counting`, the highest first, the first with a list above `named` that drops the device of the
/// entry at `at`.
fn first_drop(dag: &Dag, counting: &[usize], named: u32, at: usize, node: &Node) -> Option<usize> {
    let pins = counting.iter().filter_map(|pin| Some((*pin, dag.get(*pin)?)));
    let mut higher = pins.take_while(|(_, pin)| epoch(pin) > named);
    higher.find(|(_, pin)| drops(pin, at, node)).map(|(pin, _)| pin)
}

/// Epoch of the list that `pin` pins.
pub(crate) fn epoch(pin: &Node) -> u32 {
    pin.entry.list().map_or(0, |list| list.epoch())
}

fn note(map: &mut BTreeMap<usize, usize>, at: usize, because: usize) {
    map.insert(at, because);
}
