//! The step from what is known to what is known with one more list.

use alloc::{boxed::Box, vec::Vec};

use super::{KnownLists, ListChange, MAX_BRANCHES, change::events};
use crate::{Ancestry, Day, DeviceList, IdentityError, Lineage, ListProof};

impl KnownLists {
    /// Judges `list`, with the proof that came along if one did, against what is known. The same list may be
    /// considered again with another proof.
    ///
    /// # Errors
    /// [`IdentityError::IdentityMismatch`] for another account's list; [`IdentityError::DeviceKeysChanged`];
    /// [`IdentityError::BadProof`]; [`IdentityError::Malformed`] for an epoch that doesn't fit the list's
    /// ancestors; [`IdentityError::Superseded`]; [`IdentityError::TooManyBranches`].
    pub fn consider(
        &self,
        list: &DeviceList,
        proof: Option<&ListProof>,
        today: Day,
    ) -> Result<ListChange, IdentityError> {
        // spec: IDENTITY-20
        if list.account_id() != self.account_id() {
            return Err(IdentityError::IdentityMismatch);
        }
        self.kept().try_for_each(|known| known.check_same_keys(list.entries()))?;
        let standing = Standing::of(list, proof, self)?;
        self.check_age(list, &standing)?;
        let next = self.with(list, &standing)?;
        // a list that is kept tells nothing new, unless a proof came with it that does
        let is_new = !standing.is_kept()
            || next.others.len() != self.others.len()
            || next.proven.is_some() != self.proven.is_some();
        let events = events(self, &next, today);
        Ok(ListChange { next: is_new.then_some(next), events })
    }

    /// An old list is refused even on a branch of its own: it may be an ancestor of what is kept.
    fn check_age(&self, list: &DeviceList, standing: &Standing) -> Result<(), IdentityError> {
        let highest = self.others.iter().map(DeviceList::epoch).max().unwrap_or(0);
        // spec: IDENTITY-24
        let is_old = list.epoch() < self.in_force.epoch() || (standing.is_apart() && list.epoch() < highest);
        if is_old && !standing.is_kept() { Err(IdentityError::Superseded) } else { Ok(()) }
    }

    fn with(&self, list: &DeviceList, standing: &Standing) -> Result<Self, IdentityError> {
        let takes_force = self.takes_force(standing);
        let in_force = if takes_force { list } else { &self.in_force };
        // spec: IDENTITY-26
        let mut others: Vec<DeviceList> = self
            .others
            .iter()
            .zip(&standing.to_others)
            .filter(|(_, lineage)| match lineage {
                Lineage::Descends => false,
                Lineage::Same => !takes_force,
                Lineage::Contradicts | Lineage::Unknown => true,
            })
            .map(|(other, _)| other.clone())
            .collect();
        if !takes_force && !standing.is_kept() {
            others.push(list.clone());
        }

        let mut first_seen = &self.in_force;
        let proven = match (&self.proven, standing.to_proven) {
            (Some(proven), Some(Lineage::Contradicts)) if takes_force => {
                // spec: IDENTITY-27
                others.push(proven.clone());
                first_seen = proven;
                None
            }
            (Some(_), Some(Lineage::Descends | Lineage::Same)) if takes_force => None,
            // spec: IDENTITY-25
            (None, _) if takes_force && standing.to_in_force == Lineage::Unknown => {
                Some(self.in_force.clone())
            }
            (proven, _) => proven.clone(),
        };
        // spec: IDENTITY-29
        if others.len() >= MAX_BRANCHES as usize {
            return Err(IdentityError::TooManyBranches);
        }
        let evidence = match &self.evidence {
            _ if others.is_empty() => None,
            Some(evidence) => Some(evidence.clone()),
            None => Some(Box::new([first_seen.clone(), list.clone()])),
        };
        Ok(Self { in_force: in_force.clone(), others, evidence, proven })
    }

    /// Whether the list continues the branch in force. While forked that has to be shown: else leaving out an
    /// epoch would end every fork.
    fn takes_force(&self, standing: &Standing) -> bool {
        match standing.to_in_force {
            Lineage::Same | Lineage::Descends => true,
            Lineage::Contradicts => false,
            // spec: IDENTITY-25
            Lineage::Unknown => !self.is_forked(),
        }
    }
}

/// How a list stands to the lists that are kept.
struct Standing {
    to_in_force: Lineage,
    /// In the order of `others`.
    to_others: Vec<Lineage>,
    to_proven: Option<Lineage>,
}

impl Standing {
    fn of(list: &DeviceList, proof: Option<&ListProof>, known: &KnownLists) -> Result<Self, IdentityError> {
        let ancestry = Ancestry::of(list, proof)?;
        let to = |known: &DeviceList| ancestry.lineage(&known.name());
        Ok(Self {
            to_in_force: to(&known.in_force)?,
            to_others: known.others.iter().map(to).collect::<Result<_, _>>()?,
            to_proven: known.proven.as_ref().map(to).transpose()?,
        })
    }

    fn to_branches(&self) -> impl Iterator<Item = &Lineage> {
        core::iter::once(&self.to_in_force).chain(&self.to_others)
    }

    /// Whether the list is the newest of a branch already.
    fn is_kept(&self) -> bool {
        self.to_branches().any(|lineage| *lineage == Lineage::Same)
    }

    /// Whether nothing shows that the list belongs to a branch.
    fn is_apart(&self) -> bool {
        self.to_branches().all(|lineage| matches!(lineage, Lineage::Contradicts | Lineage::Unknown))
    }
}
