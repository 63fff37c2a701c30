//! Making entries: what an honest member signs, and what it refuses to.

use alloc::{string::String, sync::Arc, vec::Vec};

use entrenous_identity::{AccountId, DeviceKeys, DeviceList, ListProof, Timestamp};
use entrenous_wire::roster_entry::Role;

use super::{
    EntryError, EntryHash, ISSUE_BYTES, ISSUE_ENTRIES, IssueError, ReceivedEntry, Roster,
    bits::Bits,
    dag::Node,
    draft::Draft,
    follow::{acts, own},
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

impl NewChange<'_> {
    /// Whether it is an admin's.
    pub(crate) fn is_act(&self) -> bool {
        !matches!(self, Self::Leave | Self::Devices { .. })
    }
}

impl Roster {
    /// Writes an entry that follows what it builds on. It isn't added: the caller takes it to
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
        let under = self.grant_of(&author.account, change.is_act())?;
        self.check_before(change, &author)?;
        let seen = if change.is_act() {
            acts(&self.dag, &self.verdict, &author.account)
        } else {
            own(&self.dag, &self.verdict, &author.account, &Bits::default(), |_| false)
        };
        let mut draft = Draft::new(&self.dag, &self.verdict, self.group, under, author, now);
        draft.seen.unite(&seen);
        self.written(&draft, change)
    }

    /// The acts that count and that [`issue`](Self::issue) doesn't build on, because somebody's branch is too large:
    /// more than 1,024 entries or 4 MiB of an admin with all that he brought in. A removal undoes these of whom
    /// it removes, so the user is shown them. Empty in every ordinary group.
    pub fn beside(&self, author: &AccountId) -> Vec<EntryHash> {
        let followed = acts(&self.dag, &self.verdict, author);
        let nodes = self.verdict.valid.iter().filter_map(|at| Some((at, self.dag.get(at)?)));
        let beside = nodes.filter(|(at, node)| node.entry.is_act() && !followed.has(*at));
        beside.map(|(_, node)| node.entry.hash).collect()
    }

    /// Removes `target` and undoes what it did since the author got its own grant: the removal follows nothing of
    /// that, so it doesn't count any more. For somebody who wrecked the group. Returns what to add, in this order:
    /// the removal, and before it a pin of the author's list when that was pinned only behind what is undone.
    ///
    /// # Errors
    /// [`IssueError`], as [`issue`](Self::issue).
    pub fn issue_undoing(
        &self,
        target: AccountId,
        author: Author<'_>,
        now: Timestamp,
    ) -> Result<Vec<ReceivedEntry>, IssueError> {
        let under = self.grant_of(&author.account, true)?;
        let granted = self.dag.get(under).map(|node| node.past.clone()).unwrap_or_default();
        // spec: GROUP-52
        let tainted = self.dag.after(|at, node| node.entry.author == target && at != 0 && !granted.has(at));
        let mut seen = Bits::default();
        for at in acts(&self.dag, &self.verdict, &author.account).iter().filter(|at| !tainted.has(*at)) {
            seen.insert(at);
        }
        let removal = NewChange::Set { target, role: Role::None };
        let draft = |roster: &Self| {
            let mut draft = Draft::new(&roster.dag, &roster.verdict, roster.group, under, author, now);
            draft.seen.unite(&seen);
            draft.avoid(&tainted);
            roster.written(&draft, &removal)
        };
        match draft(self) {
            Err(IssueError::NotPinned) => {}
            other => return Ok(Vec::from([other?])),
        }
        // the device was pinned behind what is undone: it introduces itself again
        let member = self.state.member(&author.account).ok_or(IssueError::NotAMember)?;
        let list = member.lists().iter().find(|list| list.has(author.keys.public()));
        let list = Arc::clone(list.ok_or(IssueError::NotPinned)?);
        let proof = self.proof_of(&list)?;
        let mut pin = Draft::new(&self.dag, &self.verdict, self.group, under, author, now);
        pin.avoid(&tainted);
        let pin = self.written(&pin, &NewChange::Devices { list: &list, proof: proof.as_ref() })?;
        let mut with = self.clone();
        with.dag.push(place(&with.dag, with.group, pin.clone(), Trust::Nothing)?);
        with.settle();
        Ok(Vec::from([pin, draft(&with)?]))
    }

    /// Pins a list of the own account that is without a stolen device, and undoes what that did behind the account's
    /// back: of the account's acts it follows only what follows none of `undone`. It is the answer to a leave by a
    /// stolen device as well, so it is made by an account that is out by its leave alone, too.
    ///
    /// # Errors
    /// [`IssueError::NotUndone`] when one of `undone` would still count: it is not by a device that the list drops,
    /// or a removal has sealed it. Else as [`issue`](Self::issue).
    pub fn issue_drop(
        &self,
        list: &DeviceList,
        proof: Option<&ListProof>,
        undone: &[EntryHash],
        author: Author<'_>,
        now: Timestamp,
    ) -> Result<ReceivedEntry, IssueError> {
        let undone: Vec<usize> = undone.iter().filter_map(|hash| self.dag.place(hash)).collect();
        // spec: GROUP-53
        let tainted = self.dag.after(|at, _| undone.contains(&at));
        let (dag, verdict) = (&self.dag, &self.verdict);
        let grants = dag.of(&author.account).map_or(&[][..], |of| &of.grants);
        let open = |at: &usize| verdict.live.has(*at) || verdict.left.contains_key(at);
        let grants = grants.iter().copied().filter(|at| open(at) && !tainted.has(*at));
        let under = grants.min_by_key(|at| dag.get(*at).map(Node::rank)).ok_or(IssueError::NotAMember)?;
        // what counts again as soon as these don't
        let spared = |at: usize| verdict.because.get(&at).is_some_and(|because| undone.contains(because));
        let mut draft = Draft::new(dag, verdict, self.group, under, author, now);
        draft.seen.unite(&own(dag, verdict, &author.account, &tainted, spared));
        draft.avoid(&tainted);
        let entry = self.written(&draft, &NewChange::Devices { list, proof })?;

        let mut after = self.dag.clone();
        after.push(place(&after, self.group, entry.clone(), Trust::Nothing)?);
        let found = judge(&after, &Bits::below(after.len()));
        let counts = |at: &usize| match after.get(*at) {
            Some(node) if node.entry.is_own_pin() => {
                found.drops.get(&node.entry.author).is_some_and(|drops| drops.contains(at))
            }
            _ => found.valid.has(*at),
        };
        if undone.iter().any(counts) { Err(IssueError::NotUndone) } else { Ok(entry) }
    }

    fn written(&self, draft: &Draft<'_>, change: &NewChange<'_>) -> Result<ReceivedEntry, IssueError> {
        let mut result = Err(IssueError::NotPinned);
        for behind_own in [true, false] {
            result = draft.write(change, behind_own);
            if let Ok(entry) = &result {
                result = self.check_after(entry, change).map(|()| entry.clone());
            }
            // a member's pin that would come behind too many of its own follows fewer
            // spec: GROUP-42
            if !matches!(result, Err(IssueError::Refused(EntryError::Quota))) {
                break;
            }
        }
        result
    }

    /// The proof that came with a list.
    fn proof_of(&self, list: &DeviceList) -> Result<Option<ListProof>, IssueError> {
        let pins = self.dag.of(&list.account_id()).map_or(&[][..], |of| &of.pins);
        let nodes = pins.iter().filter_map(|at| self.dag.get(*at));
        let mut same =
            nodes.filter(|node| node.entry.list().is_some_and(|pinned| pinned.hash() == list.hash()));
        let entry = same.next().map(|node| ReceivedEntry::parse(&node.entry.bytes)).transpose()?;
        Ok(entry.and_then(|entry| entry.proof))
    }

    /// The most senior grant of `account` that is in force; of an admin, if it is to `act`.
    fn grant_of(&self, account: &AccountId, act: bool) -> Result<usize, IssueError> {
        match self.state.role(account) {
            Role::None => return Err(IssueError::NotAMember),
            Role::Member if act => return Err(IssueError::NotAdmin),
            Role::Member | Role::Admin => {}
        }
        let grants = self.dag.of(account).map_or(&[][..], |of| &of.grants);
        let live = grants.iter().copied().filter(|at| self.verdict.live.has(*at));
        live.min_by_key(|at| self.dag.get(*at).map(Node::rank)).ok_or(IssueError::NotAMember)
    }

    fn check_before(&self, change: &NewChange<'_>, author: &Author<'_>) -> Result<(), IssueError> {
        let nodes = self.kernel.iter().filter_map(|at| self.dag.get(at));
        let bytes: usize = nodes.map(|node| node.entry.bytes.len()).sum();
        let full = self.kernel.count() >= ISSUE_ENTRIES || bytes >= ISSUE_BYTES;
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
