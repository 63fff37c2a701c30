//! An account, its devices, and lists of any shape that its key can sign.

use core::convert::Infallible;

use entrenous_identity::{
    AccountId, AccountKey, Day, DeviceId, DeviceKeys, DeviceList, IdentityError, KnownLists, ListChange,
    ListEvent, ListProof, ReceivedDeviceList,
};
use entrenous_wire::{
    device_list::{DeviceEntry, DeviceListBody},
    label,
    proto::SignedDeviceList,
};
use rand_core::{TryCryptoRng, TryRng};

pub(crate) const TODAY: Day = Day(20_000);

/// Gives 1, 2, 3 …: all that keys for tests need.
struct Counter(u8);

impl TryRng for Counter {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(core::array::from_fn(|_| self.next())))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(core::array::from_fn(|_| self.next())))
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        dst.fill_with(|| self.next());
        Ok(())
    }
}
impl TryCryptoRng for Counter {}

impl Counter {
    fn next(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }
}

pub(crate) fn device(seed: u8) -> DeviceKeys {
    DeviceKeys::generate(&mut Counter(seed.wrapping_mul(31))).expect("a generator that works")
}

/// An account with six devices, named by 0 to 5.
pub(crate) struct World {
    pub(crate) account: AccountKey,
    pub(crate) devices: Vec<DeviceKeys>,
    pub(crate) entries: Vec<DeviceEntry>,
}

impl World {
    pub(crate) fn new() -> Self {
        let account = AccountKey::from_seed(&[0xa1; 32]);
        let id = AccountId::of(&account.verifying_key());
        let devices: Vec<_> = (0..6).map(device).collect();
        let entries = devices.iter().map(|keys| keys.entry(&id)).collect();
        Self { account, devices, entries }
    }

    pub(crate) fn ids(&self, devices: &[usize]) -> Vec<DeviceId> {
        let mut ids: Vec<_> = devices.iter().map(|device| self.devices[*device].public().id).collect();
        ids.sort_unstable();
        ids
    }

    pub(crate) fn id(&self, device: usize) -> DeviceId {
        self.devices[device].public().id
    }

    pub(crate) fn entries(&self, devices: &[usize]) -> Vec<DeviceEntry> {
        devices.iter().map(|device| self.entries[*device].clone()).collect()
    }

    pub(crate) fn first(&self, devices: &[usize]) -> DeviceList {
        DeviceList::first(&self.account, &self.entries(devices), TODAY).expect("a list")
    }

    pub(crate) fn next(&self, parents: &[&DeviceList], devices: &[usize]) -> DeviceList {
        self.try_next(parents, &self.entries(devices)).expect("a successor")
    }

    pub(crate) fn try_next(
        &self,
        parents: &[&DeviceList],
        devices: &[DeviceEntry],
    ) -> Result<DeviceList, IdentityError> {
        DeviceList::successor(parents, &self.account, devices, TODAY)
    }

    /// `list` and then `count` more, each the renewal of the one before it.
    pub(crate) fn renewals(&self, list: &DeviceList, count: usize) -> Vec<DeviceList> {
        let mut lists = vec![list.clone()];
        for _ in 0..count {
            let last = lists.last().expect("not empty");
            lists.push(self.try_next(&[last], last.entries()).expect("a renewal"));
        }
        lists
    }

    /// What the product wouldn't issue: any body, signed by the account.
    pub(crate) fn forged(
        &self,
        edit: impl FnOnce(&mut DeviceListBody),
        of: &DeviceList,
    ) -> ReceivedDeviceList {
        let mut body = DeviceListBody::parse(&of.signed().body).expect("a body");
        edit(&mut body);
        let body = body.encode().expect("a body");
        let signature = self.account.sign(&[label::DEVICE_LIST, &body].concat()).to_vec();
        ReceivedDeviceList::parse(SignedDeviceList { body, signature }).expect("well-formed")
    }
}

/// What is known after `list`, and what happened.
pub(crate) fn step(known: &mut KnownLists, list: &DeviceList, proof: Option<&ListProof>) -> Vec<ListEvent> {
    let ListChange { next, events } = known.consider(list, proof, TODAY).expect("accepted");
    if let Some(next) = next {
        *known = next;
    }
    events
}

/// Asserts that `list` is refused, and that nothing else came of it.
pub(crate) fn refuse(known: &KnownLists, list: &DeviceList, proof: Option<&ListProof>, error: IdentityError) {
    let before = known.to_record();
    assert_eq!(known.consider(list, proof, TODAY).err(), Some(error));
    assert_eq!(known.to_record(), before);
}

/// The proof from all of `history` that `newer` has to do with `known`.
pub(crate) fn proof(newer: &DeviceList, known: &DeviceList, history: &[DeviceList]) -> Option<ListProof> {
    let links: Vec<_> = history.iter().filter_map(DeviceList::link).collect();
    ListProof::build(newer, &known.name(), &links)
}

pub(crate) fn recipients(known: &KnownLists) -> Vec<DeviceId> {
    known.recipients().collect()
}
