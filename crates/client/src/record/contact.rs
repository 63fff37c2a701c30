//! An account that this one has to do with.

use entrenous_identity::{DeviceId, KnownLists, Timestamp};
use zeroize::Zeroizing;

use super::{arrays, read, status::TrustProto, write};
use crate::{Error, engine::Stored, trust::Trust};

/// What every message to or from an account needs to know of it. Its device lists are a record of their own, which
/// is read only when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) trust: Trust,
    /// Whether we have chosen to write to it: it is no stranger.
    pub(crate) accepted: bool,
    /// Epoch of its device list in force.
    pub(crate) list_epoch: u32,
    /// The devices that messages to it are sealed for: none as long as no list of it is known.
    pub(crate) devices: Vec<DeviceId>,
    /// Where and when the user decided about its trust last; none if never.
    pub(crate) decided: Option<Decided>,
}

/// Where and when the user decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    /// The own device.
    pub(crate) on: DeviceId,
    pub(crate) at: Timestamp,
}

impl Contact {
    /// An account of which nothing is known but its id.
    pub(crate) const fn new() -> Self {
        Self { trust: Trust::FirstUse, accepted: false, list_epoch: 0, devices: Vec::new(), decided: None }
    }

    /// Takes over what a message needs of its device lists.
    pub(crate) fn set_lists(&mut self, known: &KnownLists) {
        self.list_epoch = known.in_force().epoch();
        self.devices = known.recipients().collect();
    }

    /// Whether a list of it is known, so that messages can go to it.
    pub(crate) const fn is_reachable(&self) -> bool {
        self.list_epoch > 0
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct ContactProto {
    #[prost(message, optional, tag = "1")]
    trust: Option<TrustProto>,
    #[prost(bool, tag = "2")]
    accepted: bool,
    #[prost(uint32, tag = "3")]
    list_epoch: u32,
    /// Device ids, 4 bytes each.
    #[prost(bytes = "vec", tag = "4")]
    devices: Vec<u8>,
    /// Nonzero if the user has decided.
    #[prost(uint32, tag = "5")]
    decided_on: u32,
    #[prost(uint64, tag = "6")]
    decided_ms: u64,
}

impl Stored for Contact {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { trust, accepted, list_epoch, devices, decided } = self;
        write(&ContactProto {
            trust: Some(TrustProto::of(trust)),
            accepted: *accepted,
            list_epoch: *list_epoch,
            devices: devices.iter().flat_map(|id| id.get().to_be_bytes()).collect(),
            decided_on: decided.map_or(0, |decided| decided.on.get()),
            decided_ms: decided.map_or(0, |decided| decided.at.as_ms()),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let ContactProto { trust, accepted, list_epoch, devices, decided_on, decided_ms } = read(bytes)?;
        let trust = trust.ok_or(Error::Corrupt)?.read()?;
        let at = Timestamp::from_ms(decided_ms);
        let decided = DeviceId::new(decided_on).map(|on| Decided { on, at });
        Ok(Self { trust, accepted, list_epoch, devices: device_ids(&devices)?, decided })
    }

    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}

/// Device ids of 4 bytes each.
pub(super) fn device_ids(bytes: &[u8]) -> Result<Vec<DeviceId>, Error> {
    let ids = arrays(bytes)?.iter().map(|id| DeviceId::new(u32::from_be_bytes(*id)).ok_or(Error::Corrupt));
    ids.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_comes_back() {
        let id = |number| DeviceId::new(number).unwrap();
        let decided = Some(Decided { on: id(3), at: Timestamp::from_ms(4) });
        let known =
            Contact { accepted: true, list_epoch: 2, devices: vec![id(1), id(2)], decided, ..Contact::new() };
        for contact in [Contact::new(), known] {
            assert_eq!(Contact::from_bytes(&contact.to_bytes()), Ok(contact));
        }
    }
}
