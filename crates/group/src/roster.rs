//! The roster of a group: a set of signed entries, and what follows from it.
//!
//! | to do this | start here |
//! |---|---|
//! | begin a group | [`Roster::create`] |
//! | join one | [`Roster::join`] |
//! | load one | [`Roster::from_entries`] |
//! | take in what others send | [`ReceivedEntry::split`], [`Roster::add_all`] |
//! | change the group | [`Roster::issue`], [`Roster::issue_undoing`], [`Roster::issue_drop`] |
//! | see who is in | [`Roster::state`], [`Roster::state_at`] |
//! | bring others up to date | [`Roster::heads`], [`Roster::entries_beyond`], [`Roster::missing`] |
//! | know when keys have to go | [`RosterState::lost_access`], [`Roster::loss_between`] |
//!
//! Each entry names those that its author knew, so the entries make a graph that no server orders. The state is a
//! function of the set of entries: two members with the same entries have the same group. Conflicts are settled
//! by seniority, and a removal undoes what the removed did behind the remover's back. Specified in
//! `docs/spec/roster.md`.

mod add;
mod bits;
mod dag;
mod draft;
mod entry;
mod error;
mod follow;
mod issue;
mod judge;
mod kernel;
mod loss;
mod state;
mod wellformed;

use alloc::vec::Vec;

use entrenous_identity::{DeviceKeys, DeviceList, Timestamp};
use entrenous_primitives::random::draw;
use entrenous_wire::{
    Malformed,
    roster_entry::{ChangeBody, RosterBody},
};
use rand_core::TryCryptoRng;

use crate::{EntryHash, GroupId, RosterId};

pub use add::{Added, Equivocation};
pub use entrenous_wire::roster_entry::Role;
pub use entry::{Change, Entry, ReceivedEntry};
pub use error::{EntryError, IssueError, RosterError};
pub use issue::{Author, NewChange};
pub use loss::Loss;
pub use state::{Member, RosterState, Unsealed};

use bits::Bits;
use dag::Dag;
use judge::{Verdict, judge};
use kernel::kernel;
use state::state;
use wellformed::Trust;

/// Most entries of a roster: some years of a large and lively group, judged in a blink.
pub const MAX_ENTRIES: usize = 4096;

/// Most bytes of all entries of a roster, 16 MiB: what a device may be made to keep for one group.
pub const MAX_BYTES: usize = 16 << 20;

/// From so many entries on, none is made that gives access: what is left is for taking it away.
pub const ISSUE_ENTRIES: usize = 3840;

/// The same in bytes, 15 MiB.
pub const ISSUE_BYTES: usize = 15 << 20;

/// Most devices of a group: a sender key is sent once to each.
pub const MAX_GROUP_DEVICES: usize = 1024;

/// Most entries that a member's account may have before one of its entries, if it is no admin.
pub const MEMBER_ENTRIES: usize = 64;

/// The same before its leave: who has used up all others can still go.
pub const MEMBER_LEAVES: usize = 2 * MEMBER_ENTRIES;

/// Most lists of one account with one epoch that are told apart: as many branches as `identity` keeps.
pub const MAX_LISTS_OF_EPOCH: usize = entrenous_identity::known_lists::MAX_BRANCHES as usize;

/// The entries of a group, and what follows from them.
#[derive(Clone, Debug)]
pub struct Roster {
    group: GroupId,
    dag: Dag,
    /// Heads of older rosters that are still asked for.
    kept: Vec<Vec<EntryHash>>,
    kernel: Bits,
    /// Of the kernel.
    heads: Vec<EntryHash>,
    id: RosterId,
    verdict: Verdict,
    state: RosterState,
}

impl Roster {
    /// Begins a group, with its creator as the first admin. Returns the roster, with its one entry: to be stored,
    /// and sent to everybody who is invited.
    ///
    /// # Errors
    /// [`IssueError::NotPinned`] when `list` doesn't have the device, [`IssueError::Random`].
    pub fn create(
        list: &DeviceList,
        keys: &DeviceKeys,
        now: Timestamp,
        rng: &mut (impl TryCryptoRng + ?Sized),
    ) -> Result<Self, IssueError> {
        let random = *draw::<32>(rng)?.as_bytes();
        if !list.has(keys.public()) {
            return Err(IssueError::NotPinned);
        }
        let body = RosterBody {
            group_id: [0; 32],
            author: *list.account_id().as_bytes(),
            device: keys.public().id.get(),
            list_epoch: list.epoch(),
            seq: 1,
            sent_ms: now.as_ms(),
            under: [0; 32],
            prevs: Vec::new(),
            change: ChangeBody::Genesis { random, list: list.signed().clone() },
        };
        let genesis = ReceivedEntry::sign(&body, keys)?;
        Ok(Self::join(GroupId::of(genesis.hash()), genesis)?)
    }

    /// The roster of a group of which only the first entry is known. What else was sent goes into
    /// [`add_all`](Self::add_all).
    ///
    /// # Errors
    /// [`EntryError::WrongGroup`] when it is not the genesis of `group`, and what else is wrong with it.
    pub fn join(group: GroupId, genesis: ReceivedEntry) -> Result<Self, EntryError> {
        Self::begun(group, genesis, Trust::Nothing)
    }

    fn begun(group: GroupId, genesis: ReceivedEntry, trust: Trust) -> Result<Self, EntryError> {
        let mut dag = Dag::default();
        dag.push(wellformed::genesis(genesis, group, trust)?);
        let mut roster = Self {
            group,
            dag,
            kept: Vec::new(),
            kernel: Bits::default(),
            heads: Vec::new(),
            id: RosterId::of(&[]),
            verdict: Verdict::default(),
            state: RosterState::default(),
        };
        roster.settle();
        Ok(roster)
    }

    /// The roster out of the own store: entries that were in a roster before, in any order. Their signatures and
    /// proofs are not verified again. Comes with what gave way because the store had too much, for instance because a
    /// deletion was lost: to be deleted.
    ///
    /// # Errors
    /// [`RosterError`] when they are no roster.
    pub fn from_entries<'a>(
        group: GroupId,
        entries: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(Self, Vec<EntryHash>), RosterError> {
        let parsed = entries.into_iter().map(ReceivedEntry::parse).collect::<Result<Vec<_>, Malformed>>()?;
        let (mut genesis, mut rest) = (None, Vec::new());
        for entry in parsed {
            if GroupId::of(entry.hash()) == group {
                genesis = Some(entry);
            } else {
                rest.push(entry);
            }
        }
        let mut roster = Self::begun(group, genesis.ok_or(RosterError::NoGenesis)?, Trust::Stored)?;
        let added = roster.take_all(rest, Trust::Stored);
        match added.refused.first() {
            Some((_, error)) => Err((*error).into()),
            None if !added.waiting.is_empty() => Err(RosterError::Missing),
            None => Ok((roster, added.dropped)),
        }
    }

    /// The group.
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// The group as all entries have it.
    pub fn state(&self) -> &RosterState {
        &self.state
    }

    /// The group as it was with the heads `heads`: for messages that name an older roster. None when one of them
    /// is not known.
    pub fn state_at(&self, heads: &[EntryHash]) -> Option<RosterState> {
        let within = self.dag.closure(heads)?;
        Some(state(&self.dag, &within, &judge(&self.dag, &within)))
    }

    /// Keeps what the rosters with these heads rest on when the roster is full, the first ones first, as far as there is
    /// room: those that living sender keys name, so that [`state_at`](Self::state_at) and
    /// [`loss_between`](Self::loss_between) go on answering. Only heads that an own device had as
    /// [`heads`](Self::heads), or else others choose what is kept. Replaces what was kept before; it is not stored.
    pub fn keep(&mut self, rosters: Vec<Vec<EntryHash>>) {
        self.kept = rosters;
    }

    /// The newest entries of those that count, ascending.
    pub fn heads(&self) -> &[EntryHash] {
        &self.heads
    }

    /// The name of the roster as it is now: [`RosterId::of`] its heads.
    pub fn id(&self) -> RosterId {
        self.id
    }

    /// The entry `hash`, if it is known. That it is there doesn't say that it counts.
    pub fn entry(&self, hash: &EntryHash) -> Option<&Entry> {
        self.dag.get(self.dag.place(hash)?).map(|node| &*node.entry)
    }

    /// All entries, each after those that it follows, those without effect as well.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.dag.nodes().iter().map(|node| &*node.entry)
    }

    /// The number of entries that count.
    pub fn counting(&self) -> usize {
        self.kernel.count()
    }

    /// What somebody lacks who has the entries `known` and all that these follow: the entries that count, each
    /// after those that it follows. Hashes that are not known here don't matter. A newcomer knows nothing.
    pub fn entries_beyond(&self, known: &[EntryHash]) -> Vec<&Entry> {
        let known: Vec<_> = known.iter().copied().filter(|hash| self.dag.place(hash).is_some()).collect();
        let known = self.dag.closure(&known).unwrap_or_default();
        let beyond = self.kernel.iter().filter(|at| !known.has(*at));
        beyond.filter_map(|at| self.dag.get(at)).map(|node| &*node.entry).collect()
    }

    /// The entry `last` and all that it follows, those without effect as well, each after those that it follows: the past
    /// that it was made in. None if it is not known.
    pub fn entries_up_to(&self, last: &EntryHash) -> Option<Vec<&Entry>> {
        let within = self.dag.closure(&[*last])?;
        Some(within.iter().filter_map(|at| self.dag.get(at)).map(|node| &*node.entry).collect())
    }

    /// The entries that `entry` follows and that are not known: to be asked for.
    pub fn missing(&self, entry: &ReceivedEntry) -> Vec<EntryHash> {
        entry.prevs().filter(|prev| self.dag.place(prev).is_none()).collect()
    }

    /// Judges all entries again.
    fn settle(&mut self) {
        let all = Bits::below(self.dag.len());
        let verdict = judge(&self.dag, &all);
        self.state = state(&self.dag, &all, &verdict);
        self.kernel = kernel(&self.dag, &all, &verdict, &self.state);
        // spec: GROUP-41
        let heads = self.dag.heads(&self.kernel).into_iter();
        self.heads = heads.filter_map(|at| Some(self.dag.get(at)?.entry.hash)).collect();
        self.heads.sort_unstable();
        self.id = RosterId::of(&self.heads);
        self.verdict = verdict;
    }
}

#[cfg(test)]
mod tests;
