//! Making an account, and getting it back.

use entrenous_identity::{
    AccountId, AccountKey, Day, DeviceKeys, DeviceList, KnownLists, stored_keys::account_key_to_record,
};
use rand_core::TryCryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    Error,
    engine::{Device, Name, Step, Stop, Stored, sealed::Run},
    record::{JoiningRecord, Lists, Opaque, Own, OwnHistory, Prekeys, Queue, array, read, write},
};

/// What a new device of an account begins with.
pub(crate) struct NewDevice {
    /// Its keys, and the account's public key.
    pub(crate) keys: DeviceKeys,
    /// The list that has it.
    pub(crate) list: DeviceList,
    /// On the primary device.
    pub(crate) account_key: Option<AccountKey>,
    /// The list before, of an account that was there already. Boxed, so that where there is none no room for it is left, in which
    /// moving a new device would take along whatever the stack had there.
    pub(crate) before: Option<Box<DeviceList>>,
}

impl NewDevice {
    /// A new account with this as its first device.
    pub(crate) fn of_new_account(rng: &mut impl TryCryptoRng, today: Day) -> Result<Self, Error> {
        let account_key = AccountKey::generate(rng)?;
        let keys = DeviceKeys::generate(rng)?;
        let entry = keys.entry(&AccountId::of(&account_key.verifying_key()));
        let list = DeviceList::first(&account_key, &[entry], today)?;
        Ok(Self { keys, list, account_key: Some(account_key), before: None })
    }

    /// What never changes about it.
    pub(crate) fn device(&self) -> Result<Device, Error> {
        Ok(Device {
            account: self.list.account_id(),
            account_key: *self.list.account_key(),
            keys: DeviceKeys::from_record(&self.keys.to_record())?,
        })
    }
}

/// Enters a new device into an empty store.
pub(crate) struct Begin<'a>(pub(crate) &'a NewDevice);

impl Run for Begin<'_> {
    type Output = ();

    fn run(&self, step: &mut Step<'_>) -> Result<(), Stop> {
        let NewDevice { keys, list, account_key, before } = self.0;
        step.want([
            Name::Check,
            Name::Device,
            Name::Joining,
            Name::Own,
            Name::OwnHistory,
            Name::Lists(list.account_id()),
        ])?;
        // spec: CLIENT-1, CLIENT-54
        match step.get::<Opaque>(Name::Check) {
            Ok(None) => {}
            // an account under another key is one as well
            Ok(Some(_)) | Err(Stop::Failed(Error::Corrupt)) => return Err(Error::AccountExists.into()),
            Err(stop) => return Err(stop),
        }
        if step.get::<DeviceRecord>(Name::Device)?.is_some() {
            return Err(Error::AccountExists.into());
        }
        // the linking that this one ends, or one that is under way
        if account_key.is_some() && step.get::<JoiningRecord>(Name::Joining)?.is_some() {
            return Err(Error::LinkingUnderWay.into());
        }
        step.put(Name::Check, &Opaque(Zeroizing::new(Vec::new())));
        let known = KnownLists::first(list.clone());
        let own = Own {
            list_epoch: list.epoch(),
            devices: known.recipients().collect(),
            listed: known.in_force().has(keys.public()),
            primary: account_key.is_some(),
            primary_device: account_key.is_some().then_some(keys.public().id),
        };
        step.put(
            Name::Device,
            &DeviceRecord { account_key: *list.account_key().as_bytes(), keys: keys.to_record() },
        );
        step.put(Name::Own, &own);
        // there from the start, so that a store that loses one of them can't make us use a number again
        // spec: CLIENT-86
        step.put(Name::Inbox, &Queue::default());
        step.put(Name::Outbox, &Queue::default());
        step.put(Name::Prekeys, &Prekeys::default());
        step.put(Name::Lists(list.account_id()), &Lists(known));
        if let Some(before) = before {
            let mut history = OwnHistory::default();
            history.add(before);
            step.put(Name::OwnHistory, &history);
        }
        if let Some(key) = account_key {
            step.put(Name::AccountKey, &Opaque(account_key_to_record(key)));
        }
        Ok(())
    }
}

/// A device's keys, with its account's public key: written once.
pub(crate) struct DeviceRecord {
    account_key: [u8; 32],
    keys: Zeroizing<Vec<u8>>,
}

#[derive(Clone, prost::Message, Zeroize, ZeroizeOnDrop)]
#[prost(skip_debug)]
struct DeviceProto {
    #[prost(bytes = "vec", tag = "1")]
    account_key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    keys: Vec<u8>,
}

impl Stored for DeviceRecord {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        write(&DeviceProto { account_key: self.account_key.to_vec(), keys: self.keys.to_vec() })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let proto: DeviceProto = read(bytes)?;
        Ok(Self { account_key: array(&proto.account_key)?, keys: Zeroizing::new(proto.keys.clone()) })
    }
}

impl DeviceRecord {
    pub(crate) fn device(&self) -> Result<Device, Error> {
        let account_key = entrenous_identity::AccountPublicKey::from_bytes(&self.account_key)
            .map_err(|_| Error::Corrupt)?;
        Ok(Device {
            account: AccountId::of(&account_key),
            account_key,
            keys: DeviceKeys::from_record(&self.keys).map_err(|_| Error::Corrupt)?,
        })
    }
}
