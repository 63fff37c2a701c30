//! What a set of entries says about the group.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    sync::Arc,
    vec::Vec,
};

use entrenous_identity::{AccountId, DeviceId, DeviceList, DevicePublic, IdentityError};
use entrenous_wire::{device_list::DeviceEntry, roster_entry::Role};

use super::{
    Change, EntryHash, MAX_GROUP_DEVICES, MAX_LISTS_OF_EPOCH,
    bits::Bits,
    dag::{Dag, Node, Rank},
    judge::Verdict,
};

/// An account that is in the group.
#[derive(Clone, Debug)]
pub struct Member {
    role: Role,
    rank: Option<Rank>,
    /// Its most senior grant, of a member as well.
    first: Option<Rank>,
    lists: Vec<Arc<DeviceList>>,
    cut_off: bool,
}

impl Member {
    /// What it may do: member or admin.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its lists of the highest epoch that is pinned: one, or up to four when the account has a fork. None when it
    /// has more branches: then it has no devices until a list ends the fork.
    pub fn lists(&self) -> &[Arc<DeviceList>] {
        &self.lists
    }

    /// Whether several lists of one epoch are pinned: the account's key is used in two places.
    pub fn is_forked(&self) -> bool {
        self.lists.len() != 1
    }

    /// Whether its devices don't count because the group has too many: it is then one of the most junior.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// Its devices, ascending by id: those that all of its lists have, with the same keys.
    pub fn device_ids(&self) -> impl Iterator<Item = DeviceId> {
        self.entries().filter_map(|entry| DeviceId::new(entry.device_id))
    }

    /// The device `id`, its own signature verified.
    ///
    /// # Errors
    /// [`IdentityError::UnknownDevice`], or what [`DevicePublic::verify_entry`] finds.
    pub fn device(&self, id: DeviceId) -> Result<DevicePublic, IdentityError> {
        let first = self.lists.first().filter(|_| self.device_ids().any(|device| device == id));
        first.ok_or(IdentityError::UnknownDevice)?.device(id)
    }

    /// The devices as listed. Their own signatures are not verified.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &DeviceEntry> {
        // spec: GROUP-33
        self.listed().filter(|_| !self.cut_off)
    }

    fn listed(&self) -> impl Iterator<Item = &DeviceEntry> {
        let (first, others) =
            self.lists.split_first().map_or((None, &[][..]), |(one, rest)| (Some(one), rest));
        first.into_iter().flat_map(|list| list.entries()).filter(|entry| {
            // spec: GROUP-31
            others.iter().all(|other| other.entries().iter().any(|listed| same_device(listed, entry)))
        })
    }
}

pub(crate) fn same_device(one: &DeviceEntry, other: &DeviceEntry) -> bool {
    let key = |entry: &DeviceEntry| (entry.device_id, entry.signing_key, entry.agreement_key);
    key(one) == key(other)
}

/// Somebody who left, and whose leave no admin that is more senior has sealed: while it is so, what the account
/// did can still be undone by itself, and the leave too, by dropping the device that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// The account.
    pub account: AccountId,
    /// Whether it was an admin.
    pub was_admin: bool,
}

/// The group as a set of entries has it: nothing else goes in, neither the order of arrival nor a clock.
#[derive(Clone, Debug, Default)]
pub struct RosterState {
    pub(crate) members: BTreeMap<AccountId, Member>,
    title: String,
    unsealed: Vec<Unsealed>,
    devices: usize,
    pub(crate) rekeys: BTreeSet<EntryHash>,
}

impl RosterState {
    /// All members, by ascending address.
    pub fn members(&self) -> impl Iterator<Item = (&AccountId, &Member)> {
        self.members.iter()
    }

    /// The member `account`, if it is one.
    pub fn member(&self, account: &AccountId) -> Option<&Member> {
        self.members.get(account)
    }

    /// What `account` may do: nothing if it is out.
    pub fn role(&self, account: &AccountId) -> Role {
        self.member(account).map_or(Role::None, Member::role)
    }

    /// Whether the account is in and has the device.
    pub fn has_device(&self, account: &AccountId, device: DeviceId) -> bool {
        self.member(account).is_some_and(|member| member.device_ids().any(|id| id == device))
    }

    /// The admins, the most senior first.
    pub fn admins(&self) -> Vec<AccountId> {
        let mut admins: Vec<(Rank, AccountId)> =
            self.members.iter().filter_map(|(account, member)| Some((member.rank?, *account))).collect();
        admins.sort_unstable();
        admins.into_iter().map(|(_, account)| account).collect()
    }

    /// The most senior admin, whom people call the owner. None when no admin is left: then members can talk and
    /// leave, and nothing else changes.
    pub fn owner(&self) -> Option<AccountId> {
        self.admins().into_iter().next()
    }

    /// The title, empty if nobody gave one: at most 256 bytes without control characters.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The entries by which admins asked all members to take new sender keys.
    pub fn rekeys(&self) -> impl Iterator<Item = &EntryHash> {
        self.rekeys.iter()
    }

    /// Who left without being sealed. The most senior admin online seals it by setting the role to none.
    pub fn unsealed(&self) -> &[Unsealed] {
        &self.unsealed
    }

    /// The number of devices that all members list, also those that are cut off.
    pub fn device_count(&self) -> usize {
        self.devices
    }

    /// Whether there are more devices than a group may have: then the most junior members are cut off.
    pub fn too_large(&self) -> bool {
        // spec: GROUP-33
        self.devices > MAX_GROUP_DEVICES
    }
}

/// Reads the state out of a verdict on the entries of `within`.
pub(crate) fn state(dag: &Dag, within: &Bits, verdict: &Verdict) -> RosterState {
    let mut state = RosterState { title: title(dag, verdict), ..RosterState::default() };
    for (account, of) in dag.accounts() {
        let grants = of.grants.iter().filter_map(|at| Some((*at, dag.get(*at)?)));
        let mut member =
            Member { role: Role::None, rank: None, first: None, lists: Vec::new(), cut_off: false };
        let mut left = None;
        for (at, grant) in grants {
            let role = grant.entry.grants().map_or(Role::None, |(_, role)| role);
            if verdict.live.has(at) {
                // spec: GROUP-28
                member.role = member.role.max(role);
                let rank = (role == Role::Admin).then(|| grant.rank());
                member.first = [member.first, Some(grant.rank())].into_iter().flatten().min();
                member.rank = [member.rank, rank].into_iter().flatten().min();
            } else if verdict.left.contains_key(&at) {
                left = left.max(Some(role));
            }
        }
        match (member.role, left) {
            (Role::None, Some(role)) => {
                // spec: GROUP-32
                state.unsealed.push(Unsealed { account: *account, was_admin: role == Role::Admin });
            }
            (Role::None, None) => {}
            (Role::Member | Role::Admin, _) => {
                member.lists = lists(dag, within, &of.pins).1;
                state.devices += member.device_ids().count();
                state.members.insert(*account, member);
            }
        }
    }
    cut_off(&mut state);
    state.rekeys = (verdict.valid.iter().filter_map(|at| dag.get(at)))
        .filter(|node| matches!(node.entry.change, Change::Rekey))
        .map(|node| node.entry.hash)
        .collect();
    state
}

/// Leaves the devices out of those who don't fit, the most senior first.
fn cut_off(state: &mut RosterState) {
    if !state.too_large() {
        return;
    }
    let mut members: Vec<(Option<Rank>, AccountId, &mut Member)> =
        state.members.iter_mut().map(|(account, member)| (member.first, *account, member)).collect();
    members.sort_unstable_by_key(|(first, account, _)| (*first, *account));
    let mut devices = 0;
    for (_, _, member) in members {
        let more = member.listed().count();
        // spec: GROUP-33
        member.cut_off = devices + more > MAX_GROUP_DEVICES;
        if !member.cut_off {
            devices += more;
        }
    }
}

/// The account's lists of the highest epoch that is pinned, by hash; and for each the first entry that
/// pins it. If there are too many lists, of those five that show it, and no list.
pub(crate) fn lists(dag: &Dag, within: &Bits, pins: &[usize]) -> (Vec<usize>, Vec<Arc<DeviceList>>) {
    let pins = pins.iter().filter(|at| within.has(**at)).filter_map(|at| Some((*at, dag.get(*at)?)));
    let mut newest: BTreeMap<[u8; 32], (usize, &Node, &Arc<DeviceList>)> = BTreeMap::new();
    let mut highest = 0;
    for (at, node) in pins {
        let Some(list) = node.entry.list() else { continue };
        // spec: GROUP-30
        if list.epoch() > highest {
            highest = list.epoch();
            newest.clear();
        }
        if list.epoch() == highest {
            let known =
                newest.get(list.hash()).is_some_and(|(_, first, _)| first.pin_order() <= node.pin_order());
            if !known {
                newest.insert(*list.hash(), (at, node, list));
            }
        }
    }
    let shown = newest.values().map(|(at, _, _)| *at).take(MAX_LISTS_OF_EPOCH + 1).collect();
    // spec: GROUP-31
    let lists = if newest.len() > MAX_LISTS_OF_EPOCH {
        Vec::new()
    } else {
        newest.into_values().map(|(_, _, list)| Arc::clone(list)).collect()
    };
    (shown, lists)
}

/// The title of the valid rename that no valid one follows: of several that of the most senior grant.
fn title(dag: &Dag, verdict: &Verdict) -> String {
    let renames: Vec<_> = (verdict.valid.iter().filter_map(|at| Some((at, dag.get(at)?))))
        .filter_map(|(at, node)| match &node.entry.change {
            Change::Rename(title) => Some((at, node, title)),
            _ => None,
        })
        .collect();
    let mut followed = Bits::default();
    for (_, node, _) in &renames {
        followed.unite(&node.past);
    }
    // spec: GROUP-29
    let newest = renames.into_iter().filter(|(at, _, _)| !followed.has(*at));
    let first = newest.min_by_key(|(_, node, _)| (dag.get(node.under).map(Node::rank), node.entry.hash));
    first.map(|(_, _, title)| title.clone()).unwrap_or_default()
}
