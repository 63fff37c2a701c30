//! The application of the guide `docs/book/groups.md`, which quotes it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use std::collections::BTreeMap;

use entrenous::{
    Address, Client, Destination, Error, Event, GroupAct, GroupChange, GroupStanding, MemoryStore, StoreKey,
    System,
};

type Device = Client<MemoryStore, System>;

/// What there is of each device.
type Directory = BTreeMap<Address, Vec<Vec<u8>>>;

/// What is due about groups: after every delivery, and once an hour with maintenance.
fn keep_up(client: &mut Device, directory: &mut Directory) -> Result<(), Error> {
    for entry in client.groups()? {
        if entry.standing != Some(GroupStanding::Joined) {
            continue;
        }
        for device in client.missing_group_devices(&entry.group)? {
            if let Some(bundle) = directory.get_mut(&device).and_then(Vec::pop) {
                client.start_session(&device.account, &bundle)?;
            }
        }
    }
    Ok(())
}

/// What the user is shown.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::GroupInvited { title, members, .. } => format!("invited to {title}, of {members}"),
        Event::GroupMessage(message) => {
            let text = String::from_utf8_lossy(&message.content);
            match message.status.readable_by_removed {
                true => format!("{text} (somebody who was removed can read this)"),
                false => text.into_owned(),
            }
        }
        Event::GroupChanged { change: GroupChange::Added { .. }, .. } => "somebody has joined".into(),
        Event::GroupChanged { change: GroupChange::Removed { .. }, .. } => "somebody has gone".into(),
        Event::GroupLeft { .. } => "you are out".into(),
        _ => return None,
    })
}

/// Devices, their directory, and what each has shown.
struct World {
    devices: Vec<Device>,
    directory: Directory,
    shown: Vec<Vec<String>>,
}

impl World {
    fn new(count: usize) -> Result<Self, Error> {
        let key = StoreKey::generate(&mut System::new())?;
        let mut world = Self { devices: Vec::new(), directory: Directory::new(), shown: Vec::new() };
        for _ in 0..count {
            let mut client = Client::create(MemoryStore::new(), &key, System::new())?.client;
            let upload = client.publish_prekeys()?.ok_or(Error::NoAccount)?;
            client.prekeys_published(upload.number)?;
            world.directory.insert(client.address(), upload.bundles);
            world.devices.push(client);
            world.shown.push(Vec::new());
        }
        Ok(world)
    }

    /// Everything is carried, shown and acknowledged.
    fn settle(&mut self) -> Result<(), Error> {
        loop {
            let mut carried = false;
            for at in 0..self.devices.len() {
                let Some(sender) = self.devices.get_mut(at) else { continue };
                keep_up(sender, &mut self.directory)?;
                let (from, outgoing) = (sender.address(), sender.outbox()?);
                for out in outgoing {
                    if let Destination::Device(to) = out.to
                        && let Some(to) = self.devices.iter_mut().find(|device| device.address() == to)
                    {
                        to.receive(&from, &out.bytes).map(drop).or_else(|error| match error.is_final() {
                            true => Ok(()),
                            false => Err(error),
                        })?;
                    }
                    if let Some(sender) = self.devices.get_mut(at) {
                        sender.handed_over(out.number.as_slice())?;
                    }
                    carried = true;
                }
            }
            for (device, shown) in self.devices.iter_mut().zip(&mut self.shown) {
                for item in device.inbox()? {
                    shown.extend(line(&item.event));
                    device.acknowledge(item.number.as_slice())?;
                }
            }
            if !carried {
                return Ok(());
            }
        }
    }
}

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;

fn story(world: &mut World) -> Result<(), Error> {
    for other in [BOB, CAROL] {
        let (account, address) = (world.devices[other].account_id(), world.devices[other].address());
        let bundle = world.directory.get_mut(&address).and_then(Vec::pop).ok_or(Error::NoSession)?;
        world.devices[ALICE].start_session(&account, &bundle)?;
    }
    let (bob, carol) = (world.devices[BOB].account_id(), world.devices[CAROL].account_id());

    let alice = &mut world.devices[ALICE];
    let (group, _) = alice.create_group("walk on sunday")?;
    alice.invite(&group, &bob)?;
    alice.invite(&group, &carol)?;
    world.settle()?;

    for invited in [BOB, CAROL] {
        world.devices[invited].join_group(&group)?;
    }
    world.settle()?;

    world.devices[ALICE].send_to_group(&group, b"at nine?")?;
    world.settle()?;

    world.devices[ALICE].change_group(&group, GroupAct::Remove { account: carol })?;
    world.settle()?;

    let bob = &mut world.devices[BOB];
    let status = bob.group(&group)?;
    assert_eq!((status.title.as_str(), status.members.len()), ("walk on sunday", 2));
    bob.send_to_group(&group, b"the two of us, then")?;
    world.settle()
}

#[test]
fn the_guides_group_talks() {
    let mut world = World::new(3).unwrap();
    story(&mut world).unwrap();
    let [alice, bob, carol] = &world.shown[..] else { unreachable!("three") };
    assert!(alice.contains(&"the two of us, then".to_owned()), "{alice:?}");
    assert_eq!(bob.first().unwrap(), "invited to walk on sunday, of 2");
    assert!(bob.contains(&"at nine?".to_owned()) && bob.contains(&"somebody has gone".to_owned()), "{bob:?}");
    assert_eq!(carol.last().unwrap(), "you are out");
    assert!(!carol.contains(&"the two of us, then".to_owned()), "{carol:?}");
}
