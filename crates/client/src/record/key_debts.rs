//! Sender keys of other devices that are to be acknowledged.

use entrenous_group::{GroupId, sender_key::KeyId};
use entrenous_identity::Timestamp;
use zeroize::Zeroizing;

use super::{
    array, arrays,
    groups::{address, read_address},
    read, write,
};
use crate::{Address, Error, engine::Stored};

/// The acknowledgements, and when each is due at the latest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyDebts(pub(crate) Vec<KeyDebt>);

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyDebt {
    pub(crate) due: Timestamp,
    pub(crate) to: Address,
    pub(crate) group: GroupId,
    pub(crate) key: KeyId,
}

#[derive(Clone, PartialEq, prost::Message)]
struct DebtsProto {
    /// due, ms 8 ‖ account 32 ‖ device 4 ‖ group 32 ‖ key id 16 of each
    #[prost(bytes = "vec", tag = "1")]
    debts: Vec<u8>,
}

impl Stored for KeyDebts {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let debt = |debt: &KeyDebt| {
            let due = debt.due.as_ms().to_be_bytes();
            [&due[..], &address(&debt.to), debt.group.as_bytes(), &debt.key.0].concat()
        };
        write(&DebtsProto { debts: self.0.iter().flat_map(debt).collect() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let debt = |bytes: &[u8; 92]| -> Result<KeyDebt, Error> {
            let (due, rest) = bytes.split_at(8);
            let (to, rest) = rest.split_at(36);
            let (group, key) = rest.split_at(32);
            Ok(KeyDebt {
                due: Timestamp::from_ms(u64::from_be_bytes(array(due)?)),
                to: read_address(to)?,
                group: GroupId::from_bytes(array(group)?),
                key: KeyId(array(key)?),
            })
        };
        let proto: DebtsProto = read(bytes)?;
        Ok(Self(arrays(&proto.debts)?.iter().map(debt).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use entrenous_identity::{AccountId, DeviceId};

    use super::*;

    #[test]
    fn debts_come_back() {
        let to = Address { account: AccountId::from_bytes([1; 32]), device: DeviceId::new(2).unwrap() };
        let debt = KeyDebt {
            due: Timestamp::from_ms(3),
            to,
            group: GroupId::from_bytes([4; 32]),
            key: KeyId([5; 16]),
        };
        let debts = KeyDebts(vec![debt, KeyDebt { due: Timestamp::from_ms(6), ..debt }]);
        assert_eq!(KeyDebts::from_bytes(&debts.to_bytes()), Ok(debts));
    }
}
