//! A device in the midst of everything, so that its store has records of most kinds; and a new one that is being linked.

use std::{collections::BTreeMap, num::NonZeroU32};

use entrenous::{
    Address, GroupId, MemoryStore, SendOptions,
    operation::{Send, StartSession},
    store::RecordKey,
};

use super::accounts::account;
use crate::{
    group_world::{GroupWorld, Letter},
    linked::{boxed, scan},
    person::{Clock, Person},
    rng::ScriptedRng,
    sealed,
};

/// What lies on the two disks, and what comes to the devices.
pub(super) struct Scene {
    pub(super) clock: Clock,
    /// Of a primary device, with contacts, a group, and a linking under way.
    pub(super) home: MemoryStore,
    /// Of the new device.
    pub(super) new: MemoryStore,
    pub(super) peer: Address,
    pub(super) group: GroupId,
    /// From the peer and others, for the device at home.
    pub(super) letters: Vec<(Address, Vec<u8>)>,
    pub(super) peers_bundle: Vec<u8>,
    pub(super) peers_card: String,
    /// The request of the new device, and the answer.
    pub(super) request: Vec<u8>,
    pub(super) reveal: Vec<u8>,
}

/// Records of one length that are tried: of a hundred prekeys one is like another.
const ALIKE: usize = 2;

impl Scene {
    pub(super) fn new() -> Self {
        let mut world = GroupWorld::empty(1, ScriptedRng::new(1));
        let disks: Vec<MemoryStore> = (0..3)
            .map(|seed| {
                let (person, disk) = account(20_000 + seed, &world.clock);
                world.enter(person);
                disk
            })
            .collect();
        let group = world.group_of(&[0, 1, 2]).expect("scripted");
        let linked = world.link(0);
        world.collect(0).expect("in memory");
        world.settle().expect("in memory");
        let addresses: Vec<Address> = world.people.iter().map(Person::address).collect();
        let [home, peer, other] = [0, 1, 2].map(|number| addresses[number]);

        // what is to come: of messages of each kind the first comes after the second
        for from in [1, 2, linked] {
            for content in [b"first", b"later"] {
                let _ = world.client(from).send(&home.account, content);
                let _ = world.client(from).send_to_group(&group, content);
            }
            world.collect(from).expect("in memory");
        }
        let letters: Vec<Letter> = world.letters.drain(..).filter(|letter| letter.to == 0).collect();
        let (early, late): (Vec<_>, Vec<_>) =
            letters.into_iter().enumerate().partition(|(number, _)| number % 2 == 1);
        let letters = |of: Vec<(usize, Letter)>| {
            of.into_iter().map(|(_, letter)| (addresses[letter.from], letter.bytes)).collect::<Vec<_>>()
        };
        let client = world.client(0);
        for (from, bytes) in letters(early) {
            client.receive(&from, &bytes).expect("genuine");
        }
        // what waits to be handed over and to vanish, what is being compared, and who is gone
        let options = SendOptions { ttl: NonZeroU32::new(60), token: Some([1; 8]), ..SendOptions::default() };
        let send = Send { to: peer.account, content: b"vanishes", options };
        client.perform(&send).expect("a session");
        client.begin_short_string(&peer).expect("a session");
        client.forget(&other.account).expect("a contact");
        let offer = client.begin_linking().expect("the primary");
        let text = offer.code.text().to_string();
        let peers_card = world.client(1).own_card().expect("its own").to_string();
        world.client(0).add_card(&peers_card).expect("genuine");
        let peers_bundle = world.people[1].upload.bundles[9].clone();
        let options = entrenous::StartOptions { replace: true, ..Default::default() };
        let start = StartSession { expected: Some(peer.account), bundle: &peers_bundle, options };
        world.client(0).perform(&start).expect("genuine");

        let (new, clock) = (MemoryStore::new(), world.clock.copy());
        let joining = scan(&text, new.clone(), 7, &clock).expect("an empty store");
        let request = joining.request().expect("not answered yet").to_vec();
        let reveal = boxed(&world.client(0).receive_link(&request).expect("genuine").outgoing);
        let home = disks[0].copy();
        Self {
            clock,
            home,
            new,
            peer,
            group,
            letters: letters(late),
            peers_bundle,
            peers_card,
            request,
            reveal,
        }
    }

    /// The records that are tried: whether each is the new device's, its name, and what is in it.
    pub(super) fn records(&self) -> Vec<(bool, RecordKey, Vec<u8>)> {
        let mut alike = BTreeMap::new();
        let of = |is_new: bool, disk: &MemoryStore| {
            disk.dump().into_iter().map(move |(name, record)| (is_new, name, sealed::open(&name, &record)))
        };
        let mut all: Vec<_> = of(false, &self.home).chain(of(true, &self.new)).collect();
        all.retain(|(_, _, plain)| {
            let count = alike.entry(plain.len()).or_insert(0);
            *count += 1;
            *count <= ALIKE
        });
        all
    }
}
