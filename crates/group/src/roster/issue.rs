//! Making entries: what an honest member signs, and what it refuses to.

use alloc::{string::String, vec, vec::Vec};

use entrenous_identity::{AccountId, DeviceKeys, DeviceList, ListProof, Timestamp};
use entrenous_wire::roster_entry::{ChangeBody, MAX_PREVS, Role, RosterBody};

use super::{
    ISSUE_ENTRIES, IssueError, ReceivedEntry, Roster,
    bits::Bits,
    dag::Node,
    judge::judge,
    state::state,
    wellformed::{Trust, place},
};

/// Who writes an entry: a device of an account.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The account.
    pub account: AccountId,
    /// The device's keys.
    pub keys: &'a DeviceKeys,
}

/// A change to be made.
#[derive(Clone, Debug)]
pub enum NewChange<'a> {
    /// Gives another account a role, or takes it away with [`Role::None`].
    Set {
        /// The account. Before it gets a role its list must be pinned.
        target: AccountId,
        /// The role.
        role: Role,
    },
    /// Goes.
    Leave,
    /// Pins a list, of any account. Every member pins its own when devices come or go.
    Devices {
        /// The list.
        list: &'a DeviceList,
        /// Joins the list to one that is pinned, if its own parents don't.
        proof: Option<&'a ListProof>,
    },
    /// Gives the group a title.
    Rename(String),
    /// Asks all members to take new sender keys.
    Rekey,
}

impl Roster {
    /// Writes an entry that follows what counts here. It isn't added: the caller takes it to
    /// [`add_all`](Self::add_all), stores it and sends it.
    ///
    /// # Errors
    /// [`IssueError`] when it is not the author's to make, would have no effect or would be refused by others.
    pub fn issue(
        &self,
        change: &NewChange<'_>,
        author: Author<'_>,
        now: Timestamp,
    ) -> Result<ReceivedEntry, IssueError> {
        self.issue_after(&self.kernel.to_follow, change, author, now)
    }

    /// Removes `target` and undoes what it did since the author got its own grant: the removal follows nothing of
    /// that, so it doesn't count any more. For somebody who flooded or wrecked the group. Everything that others
    /// built on it goes with it.
    ///
    /// # Errors
    /// [`IssueError`], as [`issue`](Self::issue).
    pub fn issue_undoing(
        &self,
        target: AccountId,
        author: Author<'_>,
        now: Timestamp,
    ) -> Result<ReceivedEntry, IssueError> {
        let (_, under) = self.grant_of(&author.account, true)?;
        let foreign = |node: &Node, at: usize| node.entry.author == target && at != 0 && !under.past.has(at);
        // spec: GROUP-52
        let mut tainted = Bits::default();
        let mut seen = Bits::default();
        for at in self.kernel.to_follow.iter() {
            let Some(node) = self.dag.get(at) else { continue };
            if foreign(node, at) || node.prevs.iter().any(|prev| tainted.has(*prev)) {
                tainted.insert(at);
            } else {
                seen.insert(at);
            }
        }
        self.issue_after(&seen, &NewChange::Set { target, role: Role::None }, author, now)
    }

    fn issue_after(
        &self,
        seen: &Bits,
        change: &NewChange<'_>,
        author: Author<'_>,
        now: Timestamp,
    ) -> Result<ReceivedEntry, IssueError> {
        let device = author.keys.public().id;
        let acts = !matches!(change, NewChange::Leave | NewChange::Devices { .. });
        let (under_at, under) = self.grant_of(&author.account, acts)?;
        self.check_before(change, &author)?;

        let own_list = match change {
            NewChange::Devices { list, .. } if list.account_id() == author.account => Some(*list),
            _ => None,
        };
        let pin = self.pin_of(&author, seen);
        // a device that is only in the list that it pins introduces itself by it
        let list_epoch = pin
            .map(|(_, epoch)| epoch)
            .or(own_list.filter(|list| list.has(author.keys.public())).map(DeviceList::epoch));
        let list_epoch = list_epoch.ok_or(IssueError::NotPinned)?;

        let mut needed = vec![under_at];
        needed.extend(pin.map(|(at, _)| at));
        let mut seen = seen.clone();
        if let NewChange::Set { target, role: Role::Member | Role::Admin } = change {
            needed.push(self.pin_for(target, &mut seen).ok_or(IssueError::NotPinned)?);
        }
        let body = RosterBody {
            group_id: *self.group.as_bytes(),
            author: *author.account.as_bytes(),
            device: device.get(),
            list_epoch,
            // spec: GROUP-19
            seq: self.dag.last_seq(author.account, device).saturating_add(1),
            sent_ms: now.as_ms(),
            under: *under.entry.hash.as_bytes(),
            prevs: self.prevs(&seen, &needed),
            change: match change {
                NewChange::Set { target, role } => {
                    ChangeBody::Set { target: *target.as_bytes(), role: *role }
                }
                NewChange::Leave => ChangeBody::Leave,
                NewChange::Devices { list, proof } => {
                    ChangeBody::Devices { list: list.signed().clone(), proof: proof.map(ListProof::to_proto) }
                }
                NewChange::Rename(title) => ChangeBody::Rename { title: title.clone() },
                NewChange::Rekey => ChangeBody::Rekey,
            },
        };
        let entry = ReceivedEntry::sign(&body, author.keys)?;
        self.check_after(&entry, change)?;
        Ok(entry)
    }

    /// The most senior grant of `account` that is in force; of an admin, if it is to `act`.
    fn grant_of(&self, account: &AccountId, act: bool) -> Result<(usize, &Node), IssueError> {
        match self.state.role(account) {
            Role::None => return Err(IssueError::NotAMember),
            Role::Member if act => return Err(IssueError::NotAdmin),
            Role::Member | Role::Admin => {}
        }
        let grants = self.dag.of(account).map_or(&[][..], |of| &of.grants);
        let all = Bits::below(self.dag.len());
        let live = judge(&self.dag, &all).live;
        let grants =
            grants.iter().filter(|at| live.has(**at)).filter_map(|at| Some((*at, self.dag.get(*at)?)));
        grants.min_by_key(|(_, node)| node.rank()).ok_or(IssueError::NotAMember)
    }

    /// Where the newest list that has the device is pinned, and its epoch.
    fn pin_of(&self, author: &Author<'_>, seen: &Bits) -> Option<(usize, u32)> {
        let of = self.dag.of(&author.account)?;
        let pins = of.pins.iter().filter(|at| seen.has(**at));
        let lists = pins.filter_map(|at| Some((*at, self.dag.get(*at)?.entry.list()?)));
        let with = lists.filter(|(_, list)| list.has(author.keys.public()));
        with.map(|(at, list)| (at, list.epoch())).max_by_key(|(_, epoch)| *epoch)
    }

    /// A pin of the account that is to get a role. As long as it has none its lists don't count, so one may have to
    /// be taken into what is `seen`: that which brings the least with it, so that nobody smuggles anything in.
    fn pin_for(&self, target: &AccountId, seen: &mut Bits) -> Option<usize> {
        let pins = &self.dag.of(target)?.pins;
        if let Some(at) = pins.iter().find(|at| seen.has(**at)) {
            return Some(*at);
        }
        // spec: GROUP-42
        let brings = |node: &Node| node.past.iter().filter(|at| !seen.has(*at)).count();
        let pins = pins.iter().filter_map(|at| Some((*at, self.dag.get(*at)?)));
        let newest = |node: &Node| node.entry.list().map(|list| list.epoch());
        let (at, node) =
            pins.min_by_key(|(_, node)| (brings(node), core::cmp::Reverse(newest(node)), node.order()))?;
        seen.unite(&node.past);
        seen.insert(at);
        Some(at)
    }

    /// At most [`MAX_PREVS`] of the newest entries of `seen`, so that all that is `needed` is followed.
    fn prevs(&self, seen: &Bits, needed: &[usize]) -> Vec<[u8; 32]> {
        let follows =
            |head: usize, at: usize| head == at || self.dag.get(head).is_some_and(|node| node.past.has(at));
        let mut heads = self.dag.heads(seen);
        let mut chosen: Vec<usize> = Vec::new();
        // spec: GROUP-42
        for at in needed {
            if !chosen.iter().any(|head| follows(*head, *at)) {
                chosen.extend(heads.iter().copied().find(|head| follows(*head, *at)));
            }
        }
        // the deepest first: they say most
        heads.sort_by_key(|at| {
            core::cmp::Reverse(self.dag.get(*at).map(|node| (node.depth, node.entry.hash)))
        });
        for head in heads {
            if chosen.len() < MAX_PREVS && !chosen.contains(&head) {
                chosen.push(head);
            }
        }
        let mut prevs: Vec<[u8; 32]> =
            chosen.iter().filter_map(|at| Some(*self.dag.get(*at)?.entry.hash.as_bytes())).collect();
        prevs.sort_unstable();
        prevs
    }

    fn check_before(&self, change: &NewChange<'_>, author: &Author<'_>) -> Result<(), IssueError> {
        let full = self.kernel.all.count() >= ISSUE_ENTRIES;
        match change {
            // spec: GROUP-50
            NewChange::Rename(_) if full => Err(IssueError::TooManyEntries),
            NewChange::Set { target, role } if full && *role > self.state.role(target) => {
                Err(IssueError::TooManyEntries)
            }
            // spec: GROUP-51
            NewChange::Leave if self.state.admins() == [author.account] && self.state.members.len() > 1 => {
                Err(IssueError::LastAdmin)
            }
            _ => Ok(()),
        }
    }

    /// What the group would be with `entry`.
    fn check_after(&self, entry: &ReceivedEntry, change: &NewChange<'_>) -> Result<(), IssueError> {
        let mut dag = self.dag.clone();
        dag.push(place(&dag, self.group, entry.clone(), Trust::Nothing)?);
        let all = Bits::below(dag.len());
        let verdict = judge(&dag, &all);
        let after = state(&dag, &all, &verdict);
        match change {
            // spec: GROUP-51
            NewChange::Set { target, role } if after.role(target) != *role => Err(IssueError::Outranked),
            // spec: GROUP-33
            _ if after.too_large() && after.device_count() > self.state.device_count() => {
                Err(IssueError::TooManyDevices)
            }
            _ => Ok(()),
        }
    }
}
