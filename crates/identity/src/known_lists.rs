//! What is known of one account's device lists: which one is in force, and what speaks against it.
//!
//! ```text
//!             a later list that descends from it, or of which nothing is shown (then unproven)
//!                 ┌────────┐
//!                 ▼        │      a list that is shown not to descend from it
//!            one branch ───┴──────────────────────────────────────────────▶ forked: 2 to 4 branches
//!                 ▲                                                                  │
//!                 └──────────────────────────────────────────────────────────────────┘
//!                                a list that descends from all branches
//! ```
//!
//! A value without secrets. [`KnownLists::consider`] changes nothing: the caller stores the state that it gives.
//! Verified signatures are taken for granted ([`DeviceList`] is the proof of them); who asks for lists, proofs
//! and their delivery, and what a user is told, is not known here.

mod change;
mod consider;
mod record;

use alloc::{boxed::Box, vec::Vec};

pub use change::{ListChange, ListEvent};
pub use entrenous_wire::identity_records::MAX_BRANCHES;

use crate::{AccountId, Day, DeviceId, DeviceList, ListName};

/// What is known of one account's device lists.
// spec: IDENTITY-15
#[derive(Clone, Debug)]
pub struct KnownLists {
    /// The newest list of the branch that was seen first.
    in_force: DeviceList,
    /// The newest list of every other branch: empty unless forked.
    others: Vec<DeviceList>,
    /// The two lists that showed the fork: there exactly when forked.
    evidence: Option<Box<[DeviceList; 2]>>,
    /// The last list that was shown to belong to the chain, while the one in force isn't shown to descend
    /// from it.
    proven: Option<DeviceList>,
}

impl KnownLists {
    /// The account's first list that was seen. Nothing before it is known, so nothing is missing a proof.
    pub fn first(list: DeviceList) -> Self {
        Self { in_force: list, others: Vec::new(), evidence: None, proven: None }
    }

    /// The account.
    pub fn account_id(&self) -> AccountId {
        self.in_force.account_id()
    }

    /// The list in force: what sessions are made with, and what the account is held to.
    pub fn in_force(&self) -> &DeviceList {
        &self.in_force
    }

    /// The devices to send to, ascending: those in force, without those that another branch doesn't have.
    pub fn recipients(&self) -> impl Iterator<Item = DeviceId> {
        // spec: IDENTITY-28
        self.in_force
            .device_ids()
            .filter(|id| self.others.iter().all(|other| other.device_ids().any(|device| device == *id)))
    }

    /// Whether the account has more than one branch of lists.
    pub fn is_forked(&self) -> bool {
        !self.others.is_empty()
    }

    /// The newest list of each branch but the one in force, at most 3.
    pub fn other_branches(&self) -> &[DeviceList] {
        &self.others
    }

    /// The two lists that showed the fork, the one that was seen first before the other. Both are signed, so
    /// they can be shown to others.
    pub fn evidence(&self) -> Option<&[DeviceList; 2]> {
        self.evidence.as_deref()
    }

    /// The last list that was shown to belong to the chain, while it isn't shown that the list in force
    /// descends from it: what a proof is wanted for.
    pub fn unproven_since(&self) -> Option<ListName> {
        self.proven.as_ref().map(DeviceList::name)
    }

    /// Whether the list in force has expired: no new session is made with it, those that exist go on.
    pub fn is_stale(&self, today: Day) -> bool {
        // spec: IDENTITY-30
        self.in_force.check_current(today).is_err()
    }

    /// All lists that are kept.
    fn kept(&self) -> impl Iterator<Item = &DeviceList> {
        let evidence = self.evidence.iter().flat_map(|lists| lists.iter());
        core::iter::once(&self.in_force).chain(&self.others).chain(evidence).chain(&self.proven)
    }
}
