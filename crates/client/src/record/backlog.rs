//! Which devices have messages that wait for room.

use entrenous_identity::{AccountId, DeviceId};
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Address, Error, engine::Stored};

/// The devices for which messages wait to be sealed and could be: the outbox was full, or there were too many for one
/// step. The one whose turn is next is first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backlog(pub(crate) Vec<Address>);

#[derive(Clone, PartialEq, prost::Message)]
struct BacklogProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for Backlog {
    /// account 32 ‖ device 4 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |to: &Address| {
            [to.account.as_bytes().as_slice(), to.device.get().to_be_bytes().as_slice()].concat()
        };
        write(&BacklogProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 36]| -> Result<Address, Error> {
            let (account, device) = bytes.split_at(32);
            let device = DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?;
            Ok(Address { account: AccountId::from_bytes(array(account)?), device })
        };
        let proto: BacklogProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written() {
        let address = |n: u8| Address {
            account: AccountId::from_bytes([n; 32]),
            device: DeviceId::new(u32::from(n)).unwrap(),
        };
        let backlog = Backlog(vec![address(2), address(1)]);
        assert_eq!(Backlog::from_bytes(&backlog.to_bytes()), Ok(backlog));
    }
}
