//! An account that this one has to do with.

use entrenous_identity::DeviceId;
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
    /// The devices that messages to it are sealed for.
    pub(crate) devices: Vec<DeviceId>,
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
}

impl Stored for Contact {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { trust, accepted, list_epoch, devices } = self;
        write(&ContactProto {
            trust: Some(TrustProto::of(trust)),
            accepted: *accepted,
            list_epoch: *list_epoch,
            devices: devices.iter().flat_map(|id| id.get().to_be_bytes()).collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let ContactProto { trust, accepted, list_epoch, devices } = read(bytes)?;
        let trust = trust.ok_or(Error::Corrupt)?.read()?;
        Ok(Self { trust, accepted, list_epoch, devices: device_ids(&devices)? })
    }
}

/// Device ids of 4 bytes each.
pub(super) fn device_ids(bytes: &[u8]) -> Result<Vec<DeviceId>, Error> {
    let ids = arrays(bytes)?.iter().map(|id| DeviceId::new(u32::from_be_bytes(*id)).ok_or(Error::Corrupt));
    ids.collect()
}
