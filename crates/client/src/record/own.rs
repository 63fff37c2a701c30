//! The own account, as this device knows it.

use entrenous_identity::DeviceId;
use zeroize::Zeroizing;

use super::{contact::device_ids, read, write};
use crate::{Error, engine::Stored};

/// What every message needs to know of the own account. Its device lists are a record of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    /// Epoch of the own device list in force.
    pub(crate) list_epoch: u32,
    /// The devices that messages go to, this one included if every branch of the lists has it.
    pub(crate) devices: Vec<DeviceId>,
    /// Whether the list in force has this device: one that it lacks sends and receives nothing but own lists.
    pub(crate) listed: bool,
    /// Whether this device holds the account key.
    pub(crate) primary: bool,
    /// Which device does, as far as is known.
    pub(crate) primary_device: Option<DeviceId>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OwnProto {
    #[prost(uint32, tag = "1")]
    list_epoch: u32,
    /// Device ids, 4 bytes each.
    #[prost(bytes = "vec", tag = "2")]
    devices: Vec<u8>,
    #[prost(bool, tag = "3")]
    primary: bool,
    #[prost(uint32, tag = "4")]
    primary_device: u32,
    #[prost(bool, tag = "5")]
    listed: bool,
}

impl Stored for Own {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { list_epoch, devices, listed, primary, primary_device } = self;
        let primary_device = primary_device.map_or(0, DeviceId::get);
        let devices = devices.iter().flat_map(|id| id.get().to_be_bytes()).collect();
        write(&OwnProto {
            list_epoch: *list_epoch,
            devices,
            listed: *listed,
            primary: *primary,
            primary_device,
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let OwnProto { list_epoch, devices, primary, primary_device, listed } = read(bytes)?;
        let primary_device = DeviceId::new(primary_device);
        Ok(Self { list_epoch, devices: device_ids(&devices)?, listed, primary, primary_device })
    }

    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}
