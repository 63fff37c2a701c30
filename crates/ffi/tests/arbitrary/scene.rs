//! A device that has a session, a linking under way, and much to receive: what is genuine of all that C functions take.

use std::sync::LazyLock;

use entrenous::{Cost, MemoryStore, StoreLock};
use entrenous_testkit::{
    linked::scan,
    person::{Clock, Person, ScriptedEnv, converse},
};

use crate::disk::Records;

pub(crate) struct Scene {
    pub(crate) records: Records,
    /// The peer with whom there is a session.
    pub(crate) peer: ([u8; 32], u32),
    pub(crate) letters: [Vec<u8>; 2],
    /// Of the peer, and of a stranger.
    pub(crate) bundles: [Vec<u8>; 2],
    pub(crate) card: String,
    pub(crate) digits: String,
    pub(crate) link_code: String,
    pub(crate) link_request: Vec<u8>,
    pub(crate) recovery_code: String,
    pub(crate) recovery_file: Vec<u8>,
    /// The own newest list, in a bundle.
    pub(crate) newest: Vec<u8>,
    /// The lock of another store.
    pub(crate) lock: Vec<u8>,
}

pub(crate) static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let (clock, disk) = (Clock::at_day(20_000), MemoryStore::new());
    let mut device = Person::create(disk.clone(), 1, &clock).expect("scripted");
    let (mut peer, stranger) = (Person::on_clock(2, &clock), Person::on_clock(3, &clock));
    device.start(&peer, 0).expect("genuine");
    converse(&mut device, &mut peer);
    let letters = [b"one", b"two"].map(|content| peer.send(&device, content));
    let offer = device.client.begin_linking().expect("the primary");
    let link_code = offer.code.text().to_string();
    let joining = scan(&link_code, MemoryStore::new(), 4, &clock).expect("an empty store");
    let cheapest = Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).expect("in bounds");
    let file = device.client.recovery_file(b"passphrase", cheapest).expect("a passphrase");
    let mut locked = MemoryStore::new();
    StoreLock::put_on(&mut locked, b"passphrase", cheapest, &mut ScriptedEnv::new(5, &clock)).expect("empty");
    let account = peer.client.account_id();
    let digits = device.client.safety_number(&account).expect("known").number().to_string();
    Scene {
        records: records(&disk),
        peer: (*account.as_bytes(), peer.address().device.get()),
        letters,
        bundles: [peer.upload.last_resort.clone(), stranger.upload.last_resort],
        card: peer.client.own_card().expect("its own").to_string(),
        digits,
        link_code,
        link_request: joining.request().expect("not answered yet").to_vec(),
        recovery_code: device.recovery().text().to_string(),
        recovery_file: file.as_bytes().to_vec(),
        newest: device.upload.last_resort.clone(),
        lock: locked.dump().into_values().next().expect("the lock").bytes,
    }
});

fn records(disk: &MemoryStore) -> Records {
    let of = |(key, record): (entrenous::store::RecordKey, entrenous::store::Record)| {
        (*key.as_bytes(), (record.generation.get(), record.bytes))
    };
    disk.dump().into_iter().map(of).collect()
}
