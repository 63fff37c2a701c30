//! The decisions that own devices have not been told of.

use entrenous_identity::{AccountId, DeviceId};
use zeroize::Zeroizing;

use super::{array, arrays, read, write};
use crate::{Error, engine::Stored};

/// About which accounts which own devices are to be told: at most once each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DecisionDebts(pub(crate) Vec<(DeviceId, AccountId)>);

impl DecisionDebts {
    /// Enters a debt. What is told is what was decided last.
    pub(crate) fn add(&mut self, device: DeviceId, account: AccountId) {
        if !self.0.contains(&(device, account)) {
            self.0.push((device, account));
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntriesProto {
    #[prost(bytes = "vec", tag = "1")]
    entries: Vec<u8>,
}

impl Stored for DecisionDebts {
    /// device 4 ‖ account 32 of each
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let entry = |(device, account): &(DeviceId, AccountId)| {
            [device.get().to_be_bytes().as_slice(), account.as_bytes()].concat()
        };
        write(&EntriesProto { entries: self.0.iter().flat_map(entry).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let entry = |bytes: &[u8; 36]| -> Result<(DeviceId, AccountId), Error> {
            let (device, account) = bytes.split_at(4);
            let device = DeviceId::new(u32::from_be_bytes(array(device)?)).ok_or(Error::Corrupt)?;
            Ok((device, AccountId::from_bytes(array(account)?)))
        };
        let proto: EntriesProto = read(bytes)?;
        Ok(Self(arrays(&proto.entries)?.iter().map(entry).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debts_come_back_once_each() {
        let mut debts = DecisionDebts::default();
        for _ in 0..2 {
            debts.add(DeviceId::new(1).unwrap(), AccountId::from_bytes([2; 32]));
            debts.add(DeviceId::new(3).unwrap(), AccountId::from_bytes([2; 32]));
        }
        assert_eq!(debts.0.len(), 2);
        assert_eq!(DecisionDebts::from_bytes(&debts.to_bytes()), Ok(debts));
    }
}
