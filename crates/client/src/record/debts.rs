//! What devices are owed: proofs that their messages were received.

use entrenous_identity::{AccountId, DeviceId, Timestamp};
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Address, Error, MessageId, engine::Stored};

/// The messages of a device that are to be proved, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owed(pub(crate) Vec<MessageId>);

/// The devices that are owed a proof, and when it is due at the latest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Debts(pub(crate) Vec<(Timestamp, Address)>);

#[derive(Clone, PartialEq, prost::Message)]
struct EntriesProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for Owed {
    /// message id 16 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&EntriesProto { entries: self.0.iter().flat_map(|id| *id.as_bytes()).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: EntriesProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(|id| MessageId::from_bytes(*id)).collect()))
    }
}

impl Stored for Debts {
    /// due, ms 8 ‖ account 32 ‖ device 4 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |(due, to): &(Timestamp, Address)| {
            let device = to.device.get().to_be_bytes();
            [due.as_ms().to_be_bytes().as_slice(), to.account.as_bytes(), &device].concat()
        };
        write(&EntriesProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 44]| -> Result<(Timestamp, Address), Error> {
            let (due, address) = bytes.split_at(8);
            let (account, device) = address.split_at(32);
            let device = DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?;
            let to = Address { account: AccountId::from_bytes(array(account)?), device };
            Ok((Timestamp::from_ms(u64::from_be_bytes(array(due)?)), to))
        };
        let proto: EntriesProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}
