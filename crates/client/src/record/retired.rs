//! Which pairs of devices have sessions that only receive, and when the first of them is over.

use entrenous_identity::{AccountId, Day, DeviceId};
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Address, Error, engine::Stored};

/// The devices with which there are sessions that only receive, each with the day on which one is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retired(pub(crate) Vec<(Day, Address)>);

#[derive(Clone, PartialEq, prost::Message)]
struct RetiredProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for Retired {
    /// day 4 ‖ account 32 ‖ device 4 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |(day, with): &(Day, Address)| {
            let device = with.device.get().to_be_bytes();
            [day.0.to_be_bytes().as_slice(), with.account.as_bytes(), &device].concat()
        };
        write(&RetiredProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 40]| -> Result<(Day, Address), Error> {
            let (day, address) = bytes.split_at(4);
            let (account, device) = address.split_at(32);
            let device = DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?;
            let with = Address { account: AccountId::from_bytes(array(account)?), device };
            Ok((Day(u32::from_be_bytes(array(day)?)), with))
        };
        let proto: RetiredProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written() {
        let device = DeviceId::new(7).unwrap();
        let with = Address { account: AccountId::from_bytes([9; 32]), device };
        let retired = Retired(vec![(Day(20_007), with), (Day(0), with)]);
        assert_eq!(Retired::from_bytes(&retired.to_bytes()), Ok(retired));
    }
}
