//! A device that is being linked, and has no account yet.

use entrenous_identity::linking::NewDevice;
use entrenous_wire::{Strict, proto::LinkDeviceRecord};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{read, write};
use crate::{Error, engine::Stored};

/// All that the new device has: its keys, the prekeys in its request, the request, and how far it has come.
pub(crate) struct JoiningRecord {
    pub(crate) keys: Zeroizing<Vec<u8>>,
    pub(crate) signed: Zeroizing<Vec<u8>>,
    pub(crate) one_time: Zeroizing<Vec<u8>>,
    /// The box for the primary: repeated as these bytes.
    pub(crate) request: Vec<u8>,
    pub(crate) state: Zeroizing<Vec<u8>>,
}

impl JoiningRecord {
    /// A state in its record form.
    pub(crate) fn state(state: &NewDevice) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(state.to_record().encode_canonical())
    }

    /// The record with the next state.
    pub(crate) fn with_state(&self, state: &NewDevice) -> Self {
        Self {
            keys: self.keys.clone(),
            signed: self.signed.clone(),
            one_time: self.one_time.clone(),
            request: self.request.clone(),
            state: Self::state(state),
        }
    }

    pub(crate) fn read_state(&self) -> Result<NewDevice, Error> {
        let record = LinkDeviceRecord::decode_strict(&self.state).map_err(|_| Error::Corrupt)?;
        NewDevice::from_record(&record).map_err(|_| Error::Corrupt)
    }
}

#[derive(Clone, prost::Message, Zeroize, ZeroizeOnDrop)]
#[prost(skip_debug)]
struct JoiningProto {
    #[prost(bytes = "vec", tag = "1")]
    keys: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    signed: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    one_time: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    request: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    state: Vec<u8>,
}

impl Stored for JoiningRecord {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self { keys, signed, one_time, request, state } = self;
        write(&JoiningProto {
            keys: keys.to_vec(),
            signed: signed.to_vec(),
            one_time: one_time.to_vec(),
            request: request.clone(),
            state: state.to_vec(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut proto: JoiningProto = read(bytes)?;
        let mut take = |field: fn(&mut JoiningProto) -> &mut Vec<u8>| core::mem::take(field(&mut proto));
        Ok(Self {
            keys: Zeroizing::new(take(|proto| &mut proto.keys)),
            signed: Zeroizing::new(take(|proto| &mut proto.signed)),
            one_time: Zeroizing::new(take(|proto| &mut proto.one_time)),
            request: take(|proto| &mut proto.request),
            state: Zeroizing::new(take(|proto| &mut proto.state)),
        })
    }
}
