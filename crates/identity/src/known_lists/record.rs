//! The stored form of what is known. Not secret; yet whoever can write it can make a list pass as verified, so
//! the caller authenticates it like every record.

use alloc::{boxed::Box, collections::BTreeSet, vec::Vec};

use entrenous_wire::{
    Malformed, Reason, Strict,
    proto::{KnownListsRecord, SignedDeviceList},
    records::RECORD_VERSION,
};

use super::KnownLists;
use crate::{DeviceList, ReceivedDeviceList};

impl KnownLists {
    /// The record: at most 16,179 bytes, 451 for an account with one or two devices and no fork.
    pub fn to_record(&self) -> Vec<u8> {
        let Self { in_force, others, evidence, proven } = self;
        let signed = |list: &DeviceList| list.signed().clone();
        let record = KnownListsRecord {
            version: RECORD_VERSION,
            branches: core::iter::once(in_force).chain(others).map(signed).collect(),
            evidence: evidence.iter().flat_map(|lists| lists.iter()).map(signed).collect(),
            proven: proven.as_ref().map(signed),
        };
        record.encode_canonical()
    }

    /// Reads a record. The signatures were verified before it was written and are not verified again.
    ///
    /// # Errors
    /// [`Malformed`] for bytes that [`to_record`](Self::to_record) can't have written, and for a record of a
    /// later version.
    pub fn from_record(bytes: &[u8]) -> Result<Self, Malformed> {
        let record = KnownListsRecord::decode_strict(bytes)?;
        let mut branches = record.branches.into_iter().map(trusted);
        let in_force = branches.next().ok_or(Malformed::new("known lists branches", Reason::Missing))??;
        let others = branches.collect::<Result<_, _>>()?;
        let evidence: Vec<DeviceList> = record.evidence.into_iter().map(trusted).collect::<Result<_, _>>()?;
        let known = Self {
            in_force,
            others,
            // the strict decoding saw to it that there are two when there are others
            evidence: <[DeviceList; 2]>::try_from(evidence).ok().map(Box::new),
            proven: record.proven.map(trusted).transpose()?,
        };
        known.check()?;
        Ok(known)
    }

    /// What the lists owe one another.
    fn check(&self) -> Result<(), Malformed> {
        // spec: IDENTITY-32
        let is_other = |list: &DeviceList| list.account_key() != self.in_force.account_key();
        if self.kept().any(is_other) {
            return Err(inconsistent("known lists account"));
        }
        let branches = core::iter::once(&self.in_force).chain(&self.others).chain(&self.proven);
        let distinct: BTreeSet<_> = branches.clone().map(DeviceList::hash).collect();
        if distinct.len() != branches.count() {
            return Err(inconsistent("known lists branches"));
        }
        if self.evidence().is_some_and(|[first, other]| first.hash() == other.hash()) {
            return Err(inconsistent("known lists evidence"));
        }
        if self.proven.as_ref().is_some_and(|proven| proven.epoch() >= self.in_force.epoch()) {
            return Err(inconsistent("known lists proven"));
        }
        Ok(())
    }
}

fn trusted(signed: SignedDeviceList) -> Result<DeviceList, Malformed> {
    Ok(ReceivedDeviceList::parse(signed)?.trusted())
}

fn inconsistent(field: &'static str) -> Malformed {
    Malformed::new(field, Reason::Inconsistent)
}
