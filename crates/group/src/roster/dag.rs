//! The entries, each with its past. They stand in an order in which each follows those that it names, so the place
//! of an entry is its number in every set of bits. Which order that is depends on the order of arrival and must
//! not be seen in any result.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};

use entrenous_identity::{AccountId, DeviceId, DeviceList};
use entrenous_wire::roster_entry::Role;

use super::{Change, Entry, EntryHash, bits::Bits};

/// How senior a grant is: the smaller, the more senior. An entry lies deeper than everything it follows, so nobody
/// can make a grant that is senior to the one by which it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Members rank below every admin.
    member: bool,
    /// Length of the longest way to the genesis.
    depth: u32,
    hash: EntryHash,
}

/// An entry and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) entry: Arc<Entry>,
    /// The grant that it acts by; the genesis acts by itself.
    pub(crate) under: usize,
    pub(crate) prevs: Vec<usize>,
    /// All that it follows, itself not included.
    pub(crate) past: Bits,
    /// How many entries that are.
    pub(crate) follows: usize,
    pub(crate) depth: u32,
    /// Whether it acts by the grant of a member.
    pub(crate) by_member: bool,
}

impl Node {
    /// What decides between entries that say the same: the one that brings least with it is first.
    pub(crate) fn order(&self) -> (usize, EntryHash) {
        (self.follows, self.entry.hash)
    }

    /// The same between pins of one list: those by the account itself come first, since they also drop devices.
    pub(crate) fn pin_order(&self) -> (bool, usize, EntryHash) {
        (!self.entry.is_own_pin(), self.follows, self.entry.hash)
    }

    /// How senior the grant is. Only asked of grants.
    pub(crate) fn rank(&self) -> Rank {
        let member = self.entry.grants().is_none_or(|(_, role)| role != Role::Admin);
        Rank { member, depth: self.depth, hash: self.entry.hash }
    }
}

/// The entries that concern an account, by place, ascending.
#[derive(Clone, Debug, Default)]
pub(crate) struct Concerning {
    /// By the account.
    pub(crate) authored: Vec<usize>,
    /// Giving it a role; for the creator the genesis, too.
    pub(crate) grants: Vec<usize>,
    /// Setting its role, to none as well; the genesis not.
    pub(crate) sets: Vec<usize>,
    /// Its leaves.
    pub(crate) leaves: Vec<usize>,
    /// Pinning a list of its.
    pub(crate) pins: Vec<usize>,
    /// Pinning a list of its that has the device by which the account itself pins it.
    pub(crate) own_pins: Vec<usize>,
}

/// All entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dag {
    nodes: Vec<Node>,
    places: BTreeMap<EntryHash, usize>,
    accounts: BTreeMap<AccountId, Concerning>,
    /// For each entry, the acts that are done by it as a grant: set, rename and rekey.
    acts: Vec<Vec<usize>>,
    seqs: BTreeSet<(AccountId, DeviceId, u32, EntryHash)>,
    bytes: usize,
}

impl Dag {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Length of all entries, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    pub(crate) fn place(&self, hash: &EntryHash) -> Option<usize> {
        self.places.get(hash).copied()
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&AccountId, &Concerning)> {
        self.accounts.iter()
    }

    pub(crate) fn of(&self, account: &AccountId) -> Option<&Concerning> {
        self.accounts.get(account)
    }

    /// What was done by the grant at `at`.
    pub(crate) fn acts(&self, at: usize) -> &[usize] {
        self.acts.get(at).map_or(&[], Vec::as_slice)
    }

    /// The lists of `account` that are pinned by entries in `past`.
    pub(crate) fn pinned(&self, account: &AccountId, past: &Bits) -> impl Iterator<Item = &Arc<DeviceList>> {
        let pins = self.of(account).map_or(&[][..], |of| &of.pins);
        pins.iter().filter(|at| past.has(**at)).filter_map(|at| self.get(*at)?.entry.list())
    }

    /// Whether another entry of the device has the number.
    pub(crate) fn is_equivocation(&self, entry: &Entry) -> bool {
        let of = |hash| (entry.author, entry.device, entry.seq, hash);
        let all = of(EntryHash::from_bytes([0; 32]))..=of(EntryHash::from_bytes([0xff; 32]));
        self.seqs.range(all).any(|(_, _, _, hash)| *hash != entry.hash)
    }

    /// The highest number of the device's entries, 0 if there are none.
    pub(crate) fn last_seq(&self, account: AccountId, device: DeviceId) -> u32 {
        let first = (account, device, 0, EntryHash::from_bytes([0; 32]));
        let last = (account, device, u32::MAX, EntryHash::from_bytes([0xff; 32]));
        self.seqs.range(first..=last).next_back().map_or(0, |(_, _, seq, _)| *seq)
    }

    /// The past of an entry that follows `prevs`, and its depth.
    pub(crate) fn past_of(&self, prevs: &[usize]) -> (Bits, u32) {
        let (mut past, mut depth) = (Bits::default(), 0);
        for at in prevs {
            if let Some(node) = self.get(*at) {
                past.unite(&node.past);
                past.insert(*at);
                depth = depth.max(node.depth + 1);
            }
        }
        (past, depth)
    }

    /// Takes in an entry that was found to be well formed.
    pub(crate) fn push(&mut self, node: Node) {
        let at = self.nodes.len();
        let entry = &node.entry;
        self.places.insert(entry.hash, at);
        self.seqs.insert((entry.author, entry.device, entry.seq, entry.hash));
        self.bytes += entry.bytes.len();
        self.acts.push(Vec::new());
        self.accounts.entry(entry.author).or_default().authored.push(at);
        if let Some((target, _)) = entry.grants() {
            self.accounts.entry(target).or_default().grants.push(at);
        }
        match &entry.change {
            Change::Genesis(list) => {
                self.accounts.entry(list.account_id()).or_default().pins.push(at);
            }
            Change::Devices(list) => {
                let account = self.accounts.entry(list.account_id()).or_default();
                account.pins.push(at);
                if entry.is_own_pin() {
                    account.own_pins.push(at);
                }
            }
            Change::Leave => self.accounts.entry(entry.author).or_default().leaves.push(at),
            Change::Set { target, .. } => self.accounts.entry(*target).or_default().sets.push(at),
            Change::Rename(_) | Change::Rekey => {}
        }
        let is_act = matches!(entry.change, Change::Set { .. } | Change::Rename(_) | Change::Rekey);
        if let Some(acts) = self.acts.get_mut(node.under).filter(|_| is_act) {
            acts.push(at);
        }
        self.nodes.push(node);
    }

    /// The entries of `kept` alone. With each entry, all that it follows must be in `kept`.
    pub(crate) fn retain(&self, kept: &Bits) -> Self {
        let mut dag = Self::default();
        for at in kept.iter() {
            let Some(node) = self.get(at) else { continue };
            let moved = |old: &usize| dag.place(&self.get(*old)?.entry.hash);
            let prevs: Vec<usize> = node.prevs.iter().filter_map(moved).collect();
            let under = moved(&node.under).unwrap_or(dag.len());
            let (past, depth) = dag.past_of(&prevs);
            dag.push(Node {
                follows: past.count(),
                entry: Arc::clone(&node.entry),
                under,
                prevs,
                past,
                depth,
                by_member: node.by_member,
            });
        }
        dag
    }

    /// `heads` and all that they follow; none if one is not known.
    pub(crate) fn closure(&self, heads: &[EntryHash]) -> Option<Bits> {
        let mut closure = Bits::default();
        for head in heads {
            let at = self.place(head)?;
            closure.unite(&self.get(at)?.past);
            closure.insert(at);
        }
        Some(closure)
    }

    /// The entries that `from` has, and all that follow one of these.
    pub(crate) fn after(&self, from: impl Fn(usize, &Node) -> bool) -> Bits {
        let mut after = Bits::default();
        for (at, node) in self.nodes.iter().enumerate() {
            if from(at, node) || node.prevs.iter().any(|prev| after.has(*prev)) {
                after.insert(at);
            }
        }
        after
    }

    /// The entries of `within` that none of it follows. With each entry, all that it follows must be in it.
    pub(crate) fn heads(&self, within: &Bits) -> Vec<usize> {
        let mut followed = Bits::default();
        for prev in within.iter().filter_map(|at| self.get(at)).flat_map(|node| &node.prevs) {
            followed.insert(*prev);
        }
        within.iter().filter(|at| !followed.has(*at)).collect()
    }
}
