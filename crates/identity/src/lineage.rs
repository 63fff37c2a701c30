//! How a list stands to an older one, as far as hashes show it.
//!
//! A list names its parents, each link of a proof names the parents of the list that it stands for, and all is
//! under the account's signature on the newest. So a proof can neither be forged nor moved to another list. The
//! epochs of the lists between are inside of bodies that nobody sees; they are counted from the signed one.

use alloc::vec::Vec;

use entrenous_wire::{Malformed, Reason};

use crate::{DeviceList, IdentityError, ListProof};

/// What a list is called where its content doesn't matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListName {
    /// Its epoch.
    pub epoch: u32,
    /// Its hash, 32 bytes.
    pub hash: [u8; 32],
}

/// How a list stands to a known one of the same account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lineage {
    /// It is that list.
    Same,
    /// It is shown to descend from the known list.
    Descends,
    /// It is shown not to descend from the known list, although it isn't older: the account has a fork.
    Contradicts,
    /// Nothing is shown.
    Unknown,
}

/// What a list, with a proof if there is one, says about its ancestors.
#[derive(Debug)]
pub struct Ancestry<'a> {
    newest: ListName,
    /// The parents of the list itself, then those of each link.
    levels: Vec<&'a [[u8; 32]]>,
}

impl<'a> Ancestry<'a> {
    /// Joins `proof` to `newer`.
    ///
    /// # Errors
    /// [`IdentityError::BadProof`] when a link is no parent of the one before it, or there are more links than
    /// epochs below that of `newer`.
    pub fn of(newer: &'a DeviceList, proof: Option<&'a ListProof>) -> Result<Self, IdentityError> {
        let mut levels = Vec::from([newer.parents()]);
        let mut parents = newer.parents();
        // spec: IDENTITY-21
        for link in proof.into_iter().flat_map(ListProof::links) {
            if !parents.contains(link.hash()) {
                return Err(IdentityError::BadProof);
            }
            parents = link.parents();
            levels.push(parents);
        }
        // each level is at least one epoch below the one before, and the first list has epoch 1
        if levels.len() > 1 && levels.len() >= newer.epoch() as usize {
            return Err(IdentityError::BadProof);
        }
        Ok(Self { newest: newer.name(), levels })
    }

    /// How the list stands to `known`, a list of the same account.
    ///
    /// # Errors
    /// [`IdentityError::Malformed`] when the list descends from `known` and its epoch doesn't fit that.
    pub fn lineage(&self, known: &ListName) -> Result<Lineage, IdentityError> {
        if self.newest == *known {
            return Ok(Lineage::Same);
        }
        // spec: IDENTITY-22
        if self.newest.epoch == known.epoch {
            return Ok(Lineage::Contradicts);
        }
        let found = self.levels.iter().position(|level| level.contains(&known.hash));
        let between = self.newest.epoch.checked_sub(known.epoch).map(|distance| distance as usize - 1);
        match (found, between) {
            (Some(level), Some(between)) if self.epochs_fit(level, between) => Ok(Lineage::Descends),
            (Some(_), _) => Err(Malformed::new("device list epoch", Reason::Inconsistent).into()),
            (None, Some(between)) if between < self.levels.len() && self.is_straight(between) => {
                Ok(Lineage::Contradicts)
            }
            (None, _) => Ok(Lineage::Unknown),
        }
    }

    /// Whether a list that is `between` + 1 epochs below may stand in `level`: exactly so many levels down
    /// where each list has one parent, and not more where a fork was ended on the way.
    fn epochs_fit(&self, level: usize, between: usize) -> bool {
        // spec: IDENTITY-23
        if self.is_straight(level + 1) { level == between } else { level <= between }
    }

    /// Whether the first `count` levels have one parent each.
    fn is_straight(&self, count: usize) -> bool {
        self.levels.iter().take(count).all(|level| level.len() == 1)
    }
}
