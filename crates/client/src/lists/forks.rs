//! What becomes of sessions while lists contradict one another, and after.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test code")]

use entrenous_identity::{DeviceId, DeviceList, KnownLists, stored_keys::account_key_from_record};
use entrenous_wire::proto::{Control, DeviceListPush};

use super::*;
use crate::{
    Outgoing,
    engine::sealed::Run,
    record::Opaque,
    testing::{Device, create, own_devices},
};

/// Signs a list without the devices in `without`, as whoever has the account key can.
struct Sign<'a> {
    parents: &'a [&'a DeviceList],
    without: &'a [DeviceId],
}

impl Run for Sign<'_> {
    type Output = DeviceList;

    fn run(&self, step: &mut Step<'_>) -> Result<DeviceList, Stop> {
        let Opaque(record) = step.expect(Name::AccountKey)?;
        let key = account_key_from_record(&record).unwrap();
        let mut entries = self.parents[0].entries().to_vec();
        entries.retain(|entry| self.without.iter().all(|id| id.get() != entry.device_id));
        Ok(DeviceList::successor(self.parents, &key, &entries, step.today()).unwrap())
    }
}

struct Learn<'a>(&'a DeviceList);

impl Run for Learn<'_> {
    type Output = KnownLists;

    fn run(&self, step: &mut Step<'_>) -> Result<KnownLists, Stop> {
        step.learn_list(self.0, None)?;
        let Lists(known) = step.expect(Name::Lists(self.0.account_id()))?;
        Ok(known)
    }
}

/// Pushes any list to a device.
struct Push<'a>(Address, &'a DeviceList);

impl Run for Push<'_> {
    type Output = Outgoing;

    fn run(&self, step: &mut Step<'_>) -> Result<Outgoing, Stop> {
        let push = DeviceListPush { list: Some(self.1.signed().clone()), proof: None };
        let control = Control { device_list: Some(push), ..Control::default() };
        Ok(step.send_control(&self.0, &control)?.expect("a session"))
    }
}

/// An account with two devices that have its list and a session, and a contact of the second one.
struct World {
    primary: Device,
    tablet: Device,
    bob: Device,
    list: DeviceList,
}

impl World {
    fn new() -> Self {
        let (mut tablet, mut primary) = own_devices();
        let mut bob = create().client;
        let Lists(known) = primary.perform(&ReadOwn).unwrap();
        let list = known.in_force().clone();
        tablet.perform(&Learn(&list)).unwrap();
        meet(&mut primary, &mut tablet);
        meet(&mut tablet, &mut bob);
        Self { primary, tablet, bob, list }
    }

    fn sign(&mut self, parents: &[&DeviceList], without: &[DeviceId]) -> DeviceList {
        self.primary.perform(&Sign { parents, without }).unwrap()
    }
}

struct ReadOwn;

impl Run for ReadOwn {
    type Output = Lists;

    fn run(&self, step: &mut Step<'_>) -> Result<Lists, Stop> {
        step.expect(Name::Lists(step.device.account))
    }
}

/// A session in which each has read a message of the other.
fn meet(one: &mut Device, other: &mut Device) {
    let upload = other.publish_prekeys().unwrap().unwrap();
    one.start_session(&other.account_id(), &upload.bundles[0]).unwrap();
    for (from, to) in [(true, 1), (false, 2)] {
        let (from, to_whom) = if from { (&mut *one, &mut *other) } else { (&mut *other, &mut *one) };
        assert_eq!(talk(from, to_whom, &[to]), Ok(1));
    }
}

/// How many messages the other gets of one that is sent to it.
fn talk(from: &mut Device, to: &mut Device, content: &[u8]) -> Result<usize, Error> {
    let sent = from.send(&to.account_id(), content)?;
    carry(from, to, &sent.outgoing)
}

fn carry(from: &Device, to: &mut Device, outgoing: &[Outgoing]) -> Result<usize, Error> {
    let (mut messages, here) = (0, to.address().into());
    for out in outgoing.iter().filter(|out| out.to == here) {
        let items = to.receive(&from.address(), &out.bytes)?;
        messages += items.iter().filter(|item| matches!(item.event, Event::Message(_))).count();
    }
    Ok(messages)
}

fn told(device: &mut Device, event: &Event) -> usize {
    device.inbox().unwrap().iter().filter(|item| item.event == *event).count()
}

/// Nothing went to it while lists contradicted one another; the list that ends that lacks it.
// spec: CLIENT-11
#[test]
fn a_disputed_device_that_is_removed_is_not_heard_any_more() {
    let mut world = World::new();
    let (list, tablet) = (world.list.clone(), world.tablet.address());
    let one = world.sign(&[&list], &[]);
    let other = world.sign(&[&list], &[tablet.device]);
    world.bob.perform(&Learn(&one)).unwrap();
    let known = world.bob.perform(&Learn(&other)).unwrap();
    assert!(known.is_forked() && known.recipients().all(|id| id != tablet.device));
    assert_eq!(talk(&mut world.tablet, &mut world.bob, b"disputed"), Ok(1), "it may be the rightful one");
    let end = world.sign(&[&one, &other], &[tablet.device]);
    assert!(!world.bob.perform(&Learn(&end)).unwrap().is_forked());
    assert_eq!(talk(&mut world.tablet, &mut world.bob, b"still here"), Err(Error::NoSession));
    assert_eq!(told(&mut world.bob, &Event::DeviceRemoved { device: tablet }), 1);
}

// spec: CLIENT-8
#[test]
fn a_device_in_the_list_in_force_goes_on_though_another_branch_lacks_it() {
    let mut world = World::new();
    let (list, me) = (world.list.clone(), world.tablet.address());
    let one = world.sign(&[&list], &[]);
    let other = world.sign(&[&list], &[me.device]);
    world.tablet.perform(&Learn(&one)).unwrap();
    assert!(world.tablet.perform(&Learn(&other)).unwrap().is_forked());
    assert_eq!(told(&mut world.tablet, &Event::RemovedFromAccount), 0);
    assert_eq!(told(&mut world.tablet, &Event::DeviceListForked { account: me.account }), 1);
    assert_eq!(talk(&mut world.tablet, &mut world.bob, b"I am here"), Ok(1));
    let end = world.sign(&[&one, &other], &[me.device]);
    world.tablet.perform(&Learn(&end)).unwrap();
    assert_eq!(talk(&mut world.tablet, &mut world.bob, b"?"), Err(Error::RemovedFromAccount));
}

/// A thief of the account key has signed the tablet off; the list that ends the fork has it.
// spec: CLIENT-8
#[test]
fn a_device_that_is_signed_off_takes_in_own_lists_and_can_come_back() {
    let mut world = World::new();
    let (list, me) = (world.list.clone(), world.tablet.address());
    let thiefs = world.sign(&[&list], &[me.device]);
    let genuine = world.sign(&[&list], &[]);
    let waits = world.primary.send(&me.account, b"before").unwrap().outgoing;
    let from_bob = world.bob.send(&me.account, b"from bob").unwrap().outgoing;
    world.tablet.perform(&Learn(&thiefs)).unwrap();
    assert_eq!(told(&mut world.tablet, &Event::RemovedFromAccount), 1);
    // the guide's loop begins with it, and goes on to receive
    assert_eq!(world.tablet.maintain(), Ok(crate::Maintained::default()));
    // nothing is decrypted for the user, and nothing sent
    assert_eq!(carry(&world.primary, &mut world.tablet, &waits), Err(Error::RemovedFromAccount));
    assert_eq!(carry(&world.bob, &mut world.tablet, &from_bob), Err(Error::RemovedFromAccount));
    assert_eq!(talk(&mut world.tablet, &mut world.bob, b"?"), Err(Error::RemovedFromAccount));

    // another branch that has it is not enough
    let push = world.primary.perform(&Push(me, &genuine)).unwrap();
    carry(&world.primary, &mut world.tablet, &[push]).unwrap();
    assert_eq!(told(&mut world.tablet, &Event::DeviceListForked { account: me.account }), 1);
    assert_eq!(carry(&world.primary, &mut world.tablet, &waits), Err(Error::RemovedFromAccount));
    assert_eq!(told(&mut world.tablet, &Event::RemovedFromAccount), 1, "once");

    let end = world.sign(&[&genuine, &thiefs], &[]);
    let push = world.primary.perform(&Push(me, &end)).unwrap();
    carry(&world.primary, &mut world.tablet, &[push]).unwrap();
    assert_eq!(carry(&world.primary, &mut world.tablet, &waits), Ok(1), "it has waited");
    assert_eq!(carry(&world.bob, &mut world.tablet, &from_bob), Ok(1));
    assert_eq!(talk(&mut world.tablet, &mut world.bob, b"back again"), Ok(1));
}
