//! Who is in a group, told from the rules alone: recursive, over sets and maps, as slow as it is plain. A port of
//! the design's model, with device lists, titles and sequence of lists added. It shares nothing with the
//! implementation, which has no recursion and judges by bits.

use core::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A hash, or an account's address.
pub type Hash = [u8; 32];

/// A device list, as far as the rules ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Whose it is.
    pub account: Hash,
    /// Its epoch.
    pub epoch: u32,
    /// Its hash.
    pub hash: Hash,
    /// Its own hash, its parents and those of the links that come with it.
    pub named: BTreeSet<Hash>,
    /// Its devices.
    pub devices: BTreeSet<u32>,
}

/// What an entry changes. Roles are 0, 1 and 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Begins the group.
    Genesis(List),
    /// Gives a role.
    Set(Hash, u8),
    /// Goes.
    Leave,
    /// Pins a list.
    Devices(List),
    /// Gives a title.
    Rename(String),
    /// New keys for all.
    Rekey,
}

/// An entry whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its hash.
    pub hash: Hash,
    /// The account.
    pub author: Hash,
    /// The device.
    pub device: u32,
    /// The list epoch that it names.
    pub epoch: u32,
    /// What it follows.
    pub prevs: Vec<Hash>,
    /// The grant.
    pub under: Hash,
    /// What it changes.
    pub act: Act,
}

/// A rule that is read wrongly, so that a test can show that it would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misreading {
    /// None.
    No,
    /// A removal stops only what comes after it.
    WeakRemoval,
    /// Juniors remove seniors' grants from the list of those in force.
    NoSeniority,
    /// A leave stops nothing that the account does.
    LeaveStopsNothing,
    /// A leave undoes what a senior removal had sealed.
    NoSeal,
    /// A dropped device goes on.
    NoDrops,
    /// Anybody's pin of a list drops devices, not the account's own alone.
    AnybodyDrops,
    /// A dropped device's own pin still drops.
    DroppedDrops,
    /// A leave by a dropped device counts.
    DroppedLeaves,
    /// Of several lists with one epoch the devices are joined.
    ForksJoin,
    /// Titles go by hash alone.
    TitleByHash,
}

/// What the rules say of a set of entries.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// Role and devices of each member.
    pub members: BTreeMap<Hash, (u8, BTreeSet<u32>)>,
    /// The title.
    pub title: String,
    /// The admins, the most senior first.
    pub admins: Vec<Hash>,
    /// Valid rekeys.
    pub rekeys: BTreeSet<Hash>,
}

/// The entries, each with what it follows.
#[derive(Debug)]
pub struct Dag {
    entries: BTreeMap<Hash, Entry>,
    pasts: BTreeMap<Hash, BTreeSet<Hash>>,
    depths: BTreeMap<Hash, usize>,
    misreading: Misreading,
    valid: RefCell<BTreeMap<Hash, bool>>,
    asked: RefCell<BTreeSet<Hash>>,
}

impl Dag {
    /// Takes all entries that are well formed and follow such alone, in any order.
    pub fn new(entries: &[Entry], misreading: Misreading) -> Self {
        let mut dag = Self {
            entries: BTreeMap::new(),
            pasts: BTreeMap::new(),
            depths: BTreeMap::new(),
            misreading,
            valid: RefCell::default(),
            asked: RefCell::default(),
        };
        let mut rest: Vec<&Entry> = entries.iter().collect();
        loop {
            let before = rest.len();
            rest.retain(|entry| !dag.take(entry));
            if rest.len() == before {
                return dag;
            }
        }
    }

    fn take(&mut self, entry: &Entry) -> bool {
        if !entry.prevs.iter().all(|prev| self.entries.contains_key(prev)) {
            return false;
        }
        let past: BTreeSet<Hash> =
            entry.prevs.iter().flat_map(|prev| self.pasts[prev].iter().copied().chain([*prev])).collect();
        let depth = entry.prevs.iter().map(|prev| self.depths[prev] + 1).max().unwrap_or(0);
        if !self.well_formed(entry, &past) {
            return false;
        }
        self.pasts.insert(entry.hash, past);
        self.depths.insert(entry.hash, depth);
        self.entries.insert(entry.hash, entry.clone());
        true
    }

    /// Whether the entry was taken.
    pub fn has(&self, hash: &Hash) -> bool {
        self.entries.contains_key(hash)
    }

    /// What an entry follows.
    pub fn past(&self, hash: &Hash) -> &BTreeSet<Hash> {
        &self.pasts[hash]
    }

    /// The entries that were taken.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The newest of `view`.
    pub fn heads(&self, view: &BTreeSet<Hash>) -> Vec<Hash> {
        view.iter()
            .filter(|one| !view.iter().any(|other| self.pasts[other].contains(*one)))
            .copied()
            .collect()
    }

    /// The lists of an account that are pinned in `view`.
    pub fn lists<'a>(
        &'a self,
        account: &'a Hash,
        view: &'a BTreeSet<Hash>,
    ) -> impl Iterator<Item = &'a List> {
        view.iter()
            .filter_map(|hash| pinned(&self.entries[hash]))
            .filter(move |list| list.account == *account)
    }

    /// To whom an entry gives a role that is one.
    pub fn grant(&self, hash: &Hash) -> Option<(Hash, u8)> {
        let entry = self.entries.get(hash)?;
        match &entry.act {
            Act::Genesis(_) => Some((entry.author, 2)),
            Act::Set(target, role) if *role > 0 => Some((*target, *role)),
            _ => None,
        }
    }

    fn well_formed(&self, entry: &Entry, past: &BTreeSet<Hash>) -> bool {
        let own = pinned(entry).filter(|list| list.account == entry.author);
        let lists: Vec<&List> = self.lists(&entry.author, past).chain(own).collect();
        let signed =
            lists.iter().any(|list| list.epoch == entry.epoch && list.devices.contains(&entry.device));
        let dropped =
            lists.iter().any(|list| list.epoch > entry.epoch && !list.devices.contains(&entry.device));
        if !signed || dropped {
            return false;
        }
        if matches!(entry.act, Act::Genesis(_)) {
            return true;
        }
        let Some((target, role)) = self.grant(&entry.under) else { return false };
        if target != entry.author || !past.contains(&entry.under) {
            return false;
        }
        let by_member = |hash: &&Hash| {
            let other = &self.entries[*hash];
            other.author == entry.author && self.grant(&other.under).is_some_and(|(_, role)| role == 1)
        };
        let most = if entry.act == Act::Leave { 128 } else { 64 };
        if role == 1 && past.iter().filter(by_member).count() >= most {
            return false;
        }
        match &entry.act {
            Act::Leave => true,
            Act::Devices(list) => {
                let known: Vec<&List> = self.lists(&list.account, past).collect();
                known.is_empty() || known.iter().any(|known| list.named.contains(&known.hash))
            }
            Act::Set(target, role) => {
                let pinned = *role == 0 || self.lists(target, past).next().is_some();
                self.is_admin(&entry.under) && pinned && *target != entry.author
            }
            Act::Genesis(_) | Act::Rename(_) | Act::Rekey => self.is_admin(&entry.under),
        }
    }

    fn is_admin(&self, grant: &Hash) -> bool {
        self.grant(grant).is_some_and(|(_, role)| role == 2)
    }

    fn rank(&self, grant: &Hash) -> (bool, usize, Hash) {
        match self.is_admin(grant) {
            true => (false, self.depths[grant], *grant),
            false => (true, 0, [0; 32]),
        }
    }

    fn follows(&self, one: &Hash, other: &Hash) -> bool {
        self.pasts[one].contains(other)
    }

    fn sets_on(&self, account: &Hash) -> impl Iterator<Item = (&Entry, u8)> {
        self.entries.values().filter_map(move |entry| match entry.act {
            Act::Set(target, role) if target == *account => Some((entry, role)),
            _ => None,
        })
    }

    fn own_pins(&self, account: &Hash) -> impl Iterator<Item = (&Entry, &List)> {
        let anybody = self.misreading == Misreading::AnybodyDrops;
        self.entries.values().filter_map(move |entry| match &entry.act {
            Act::Devices(list)
                if list.account == *account
                    && (anybody || entry.author == *account && list.devices.contains(&entry.device)) =>
            {
                Some((entry, list))
            }
            _ => None,
        })
    }

    /// Whether an own pin drops devices: not by a device that a higher one dropped behind its back.
    fn counts(&self, pin: &Entry, list: &List) -> bool {
        self.misreading == Misreading::DroppedDrops
            || !self.own_pins(&list.account).any(|(higher, higher_list)| {
                higher_list.epoch > list.epoch
                    && !higher_list.devices.contains(&pin.device)
                    && !self.follows(&higher.hash, &pin.hash)
                    && self.counts(higher, higher_list)
            })
    }

    fn is_dropped(&self, entry: &Entry) -> bool {
        self.misreading != Misreading::NoDrops
            && self.own_pins(&entry.author).any(|(pin, list)| {
                list.epoch > entry.epoch
                    && !list.devices.contains(&entry.device)
                    && !self.follows(&pin.hash, &entry.hash)
                    && self.counts(pin, list)
            })
    }

    /// Whether an entry is valid.
    pub fn is_valid(&self, hash: &Hash) -> bool {
        if let Some(known) = self.valid.borrow().get(hash) {
            return *known;
        }
        assert!(self.asked.borrow_mut().insert(*hash), "a rule asks for itself");
        let valid = self.judge(&self.entries[hash]);
        self.valid.borrow_mut().insert(*hash, valid);
        valid
    }

    fn judge(&self, entry: &Entry) -> bool {
        match entry.act {
            Act::Genesis(_) | Act::Devices(_) => return true,
            Act::Leave => return self.misreading == Misreading::DroppedLeaves || !self.is_dropped(entry),
            Act::Set(..) | Act::Rename(_) | Act::Rekey => {}
        }
        if !self.is_valid(&entry.under) {
            return false;
        }
        let under = entry.under;
        let stronger = |removal: &Entry, role: u8| {
            role < 2
                && self.rank(&removal.under) < self.rank(&under)
                && !self.follows(&under, &removal.hash)
                && self.is_valid(&removal.hash)
        };
        for (removal, role) in self.sets_on(&entry.author) {
            let weak = self.misreading == Misreading::WeakRemoval;
            let spared =
                self.follows(&removal.hash, &entry.hash) || weak && !self.follows(&entry.hash, &removal.hash);
            if !spared && stronger(removal, role) {
                return false;
            }
        }
        let left = self.misreading != Misreading::LeaveStopsNothing
            && self.entries.values().any(|leave| {
                leave.act == Act::Leave
                    && leave.author == entry.author
                    && !self.follows(&leave.hash, &entry.hash)
                    && !self.follows(&under, &leave.hash)
                    && self.is_valid(&leave.hash)
            });
        let sealed = self.misreading != Misreading::NoSeal
            && self
                .sets_on(&entry.author)
                .any(|(removal, role)| self.follows(&removal.hash, &entry.hash) && stronger(removal, role));
        sealed || !left && !self.is_dropped(entry)
    }

    fn is_live(&self, grant: &Hash, account: &Hash, role: u8) -> bool {
        let removed = self.sets_on(account).any(|(removal, new)| {
            new < role
                && removal.hash != *grant
                && !self.follows(grant, &removal.hash)
                && (self.misreading == Misreading::NoSeniority
                    || self.rank(&removal.under) < self.rank(grant))
                && self.is_valid(&removal.hash)
        });
        let left = self.entries.values().any(|leave| {
            leave.act == Act::Leave
                && leave.author == *account
                && !self.follows(grant, &leave.hash)
                && self.is_valid(&leave.hash)
        });
        self.is_valid(grant) && !removed && !left
    }

    /// What the rules say.
    pub fn state(&self) -> State {
        let mut state = State::default();
        let mut admins = BTreeMap::new();
        for entry in self.entries.values() {
            let Some((account, role)) = self.grant(&entry.hash) else { continue };
            if !self.is_live(&entry.hash, &account, role) {
                continue;
            }
            let member = state.members.entry(account).or_insert_with(|| (0, self.devices(&account)));
            member.0 = member.0.max(role);
            if role == 2 {
                let rank = self.rank(&entry.hash);
                let best = admins.entry(account).or_insert(rank);
                *best = rank.min(*best);
            }
        }
        let mut admins: Vec<_> = admins.into_iter().map(|(account, rank)| (rank, account)).collect();
        admins.sort_unstable();
        state.admins = admins.into_iter().map(|(_, account)| account).collect();
        state.title = self.title();
        let rekeys =
            self.entries.values().filter(|entry| entry.act == Act::Rekey && self.is_valid(&entry.hash));
        state.rekeys = rekeys.map(|entry| entry.hash).collect();
        state
    }

    fn devices(&self, account: &Hash) -> BTreeSet<u32> {
        let view: BTreeSet<Hash> = self.entries.keys().copied().collect();
        let lists: Vec<&List> = self.lists(account, &view).collect();
        let highest = lists.iter().map(|list| list.epoch).max().unwrap_or(0);
        let newest: BTreeMap<Hash, &List> =
            lists.into_iter().filter(|list| list.epoch == highest).map(|list| (list.hash, list)).collect();
        if newest.len() > 4 {
            return BTreeSet::new();
        }
        let sets = newest.values().map(|list| list.devices.clone());
        match self.misreading {
            Misreading::ForksJoin => sets.reduce(|one, other| &one | &other).unwrap_or_default(),
            _ => sets.reduce(|one, other| &one & &other).unwrap_or_default(),
        }
    }

    fn title(&self) -> String {
        let renames: Vec<(&Entry, &String)> = (self.entries.values())
            .filter_map(|entry| match &entry.act {
                Act::Rename(title) if self.is_valid(&entry.hash) => Some((entry, title)),
                _ => None,
            })
            .collect();
        let newest = renames
            .iter()
            .filter(|(one, _)| !renames.iter().any(|(other, _)| self.follows(&other.hash, &one.hash)));
        let by = |entry: &Entry| match self.misreading {
            Misreading::TitleByHash => ((false, 0, [0; 32]), entry.hash),
            _ => (self.rank(&entry.under), entry.hash),
        };
        newest.min_by_key(|(entry, _)| by(entry)).map(|(_, title)| (*title).clone()).unwrap_or_default()
    }
}

fn pinned(entry: &Entry) -> Option<&List> {
    match &entry.act {
        Act::Genesis(list) | Act::Devices(list) => Some(list),
        _ => None,
    }
}
