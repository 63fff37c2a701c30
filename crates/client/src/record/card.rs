//! What a card that was scanned says of a list that has not come yet, and what is left of devices that are forgotten.

use entrenous_identity::ListName;
use zeroize::Zeroizing;

use super::array;
use crate::{Error, engine::Stored};

/// The list of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CardRecord(pub(crate) ListName);

impl Stored for CardRecord {
    /// epoch 4 ‖ hash 32
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let Self(ListName { epoch, hash }) = self;
        Zeroizing::new([epoch.to_be_bytes().as_slice(), hash].concat())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (epoch, hash) = bytes.split_first_chunk().ok_or(Error::Corrupt)?;
        Ok(Self(ListName { epoch: u32::from_be_bytes(*epoch), hash: array(hash)? }))
    }
}

/// The highest session counter that there was with any device that is forgotten. A device that comes back remembers
/// the counters, and would never send in a session with a lower one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forgotten {
    pub(crate) highest_counter: u64,
}

impl Stored for Forgotten {
    /// counter 8
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.highest_counter.to_be_bytes().to_vec())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self { highest_counter: u64::from_be_bytes(array(bytes)?) })
    }
}
