//! What a client finds in its store under its own seal: of an older version, of another moment, or of who has the store's key.

use std::collections::BTreeMap;

use entrenous::{
    Client, ContactKind, Error, GroupAct, MemoryStore,
    store::{Generation, RecordKey},
};

use super::store_scene::Scene;
use crate::{
    person::{ScriptedEnv, store_key},
    sealed,
};

type Device = Client<MemoryStore, ScriptedEnv>;
type Act = fn(&mut Device, &Scene) -> Result<(), Error>;

thread_local! {
    static SCENE: Scene = Scene::new();
    static RECORDS: Vec<(bool, RecordKey, Vec<u8>)> = SCENE.with(Scene::records);
}

/// What only looks.
const LOOKS: [Act; 13] = [
    |device, _| device.contacts(ContactKind::Accepted, None).map(drop),
    |device, _| device.contacts(ContactKind::Strangers, None).map(drop),
    |device, scene| device.contact(&scene.peer.account).map(drop),
    |device, _| device.devices().map(drop),
    |device, _| device.groups().map(drop),
    |device, scene| device.group(&scene.group).map(drop),
    |device, _| device.inbox().map(drop),
    |device, _| device.outbox().map(drop),
    |device, _| device.linking().map(drop),
    |device, scene| device.short_string(&scene.peer.account).map(drop),
    |device, scene| device.identity_change(&scene.peer.account).map(drop),
    |device, scene| device.missing_devices(&scene.peer.account).map(drop),
    |device, scene| device.missing_group_devices(&scene.group).map(drop),
];

/// What changes something.
const CHANGES: [Act; 14] = [
    |device, scene| device.send(&scene.peer.account, b"content").map(drop),
    |device, scene| device.send_to_group(&scene.group, b"content").map(drop),
    |device, scene| device.start_session(&scene.peer.account, &scene.peers_bundle).map(drop),
    |device, scene| device.add_card(&scene.peers_card).map(drop),
    |device, scene| {
        device
            .safety_number(&scene.peer.account)
            .and_then(|shown| device.verify_by_number(shown, true))
            .map(drop)
    },
    |device, scene| device.begin_short_string(&scene.peer),
    |device, scene| device.receive_link(&scene.request).map(drop),
    |device, _| device.publish_prekeys().map(drop),
    |device, _| device.maintain().map(drop),
    |device, scene| device.change_group(&scene.group, GroupAct::Rename("another")).map(drop),
    |device, scene| device.change_group(&scene.group, GroupAct::NewKeys).map(drop),
    |device, _| {
        let numbers: Vec<u64> = device.inbox()?.iter().filter_map(|item| item.number).collect();
        device.acknowledge(&numbers)
    },
    |device, _| {
        let numbers: Vec<u64> = device.outbox()?.iter().filter_map(|outgoing| outgoing.number).collect();
        device.handed_over(&numbers)
    },
    |device, _| device.cancel_linking(),
];

/// Anything stands in the place of what is in one record, which the first byte chooses: whatever is done then is done or refused,
/// what is refused changes nothing, and what was read is not unreadable once something was done.
pub(super) fn client_records(input: &[u8]) {
    let Some((which, plain)) = input.split_first() else { return };
    RECORDS.with(|records| {
        let (is_new, name, _) = &records[usize::from(*which) % records.len()];
        SCENE.with(|scene| {
            let disk = if *is_new { &scene.new } else { &scene.home }.copy();
            sealed::replace(&disk, name, plain);
            if *is_new { join(scene, &disk) } else { live(scene, &disk) }
        });
    });
}

/// A genuine input for every record that is tried.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    RECORDS.with(|records| {
        let numbered = (0_u8..).zip(records);
        numbered.map(|(number, (_, _, plain))| [&[number], &plain[..]].concat()).collect()
    })
}

fn live(scene: &Scene, disk: &MemoryStore) {
    let Some(mut device) = begin(scene, disk, 1) else { return };
    let before: Vec<bool> =
        LOOKS.iter().map(|look| attempt(&mut device, scene, disk, *look).is_ok()).collect();
    for (from, bytes) in &scene.letters {
        let written = generations(disk);
        match device.receive(from, bytes) {
            // an envelope with a genuine header and a false body is counted, in one record
            Ok(_) | Err(Error::Rejected) => {}
            Err(error) => assert_eq!(generations(disk), written, "{error} has changed something"),
        }
    }
    for change in CHANGES {
        let _ = attempt(&mut device, scene, disk, change);
    }
    let mut device = begin(scene, disk, 2).expect("it could before");
    for (number, look) in LOOKS.iter().enumerate().filter(|(number, _)| before[*number]) {
        let after = attempt(&mut device, scene, disk, *look);
        assert_ne!(after.err(), Some(Error::Corrupt), "look {number} was possible before");
    }
}

fn join(scene: &Scene, disk: &MemoryStore) {
    let env = ScriptedEnv::new(3, &scene.clock);
    let Ok(mut joining) = Client::resume_join(disk.clone(), &store_key(), env) else { return };
    let _ = (joining.rendezvous(), joining.request().map(<[u8]>::len), joining.short_string());
    let written = generations(disk);
    if let Err(error) = joining.receive_reveal(&scene.reveal) {
        assert_eq!(generations(disk), written, "{error} has changed something");
    }
    assert!(joining.receive_approval(&scene.reveal).is_err(), "an answer was taken for an approval");
    let _ = joining.abandon();
}

fn begin(scene: &Scene, disk: &MemoryStore, seed: u64) -> Option<Device> {
    Client::open(disk.clone(), &store_key(), ScriptedEnv::new(seed << 40, &scene.clock)).ok()
}

fn attempt(device: &mut Device, scene: &Scene, disk: &MemoryStore, act: Act) -> Result<(), Error> {
    let written = generations(disk);
    let done = act(device, scene);
    if let Err(error) = &done {
        assert_eq!(generations(disk), written, "{error} has changed something");
    }
    done
}

/// Every write draws one anew.
fn generations(disk: &MemoryStore) -> BTreeMap<RecordKey, Generation> {
    disk.dump().into_iter().map(|(name, record)| (name, record.generation)).collect()
}

#[cfg(test)]
mod tests {
    use entrenous_primitives::hkdf::Prk;
    use entrenous_wire::label;

    use super::*;

    /// Of the kinds that are named by nothing, by an account, a device or a group.
    #[test]
    fn the_scene_has_records_of_most_kinds() {
        let store = Prk::from_key(store_key().as_bytes());
        let is_there = |disk: &MemoryStore, kind: u8, fields: &[u8]| {
            let name = *store.expand::<16>(&[label::STORE_NAME, &[kind], fields]).as_bytes();
            disk.dump().contains_key(&RecordKey::from_bytes(name))
        };
        let scene = Scene::new();
        let peer = [&scene.peer.account.as_bytes()[..], &scene.peer.device.get().to_be_bytes()].concat();
        let fields: [&[u8]; 4] = [&[], scene.peer.account.as_bytes(), &peer, scene.group.as_bytes()];
        let found: Vec<u8> = (1..=79)
            .filter(|kind| {
                let of = |disk| fields.iter().any(|fields| is_there(disk, *kind, fields));
                of(&scene.home) || of(&scene.new)
            })
            .collect();
        assert!(found.len() > 25, "{found:?}");
    }
}
