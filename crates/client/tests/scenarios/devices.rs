//! Several devices of one account: what is sent reaches all of them, and those that were removed nothing.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{AccountId, Address, Error, Event, MemoryStore, Trust};
use entrenous_testkit::{
    linked::link,
    person::{Clock, Person, converse},
    post::Post,
};

/// What came up at a device.
fn at(events: &[(Address, Event)], person: &Person) -> Vec<Event> {
    let mine = events.iter().filter(|(at, _)| *at == person.address());
    mine.map(|(_, event)| event.clone()).collect()
}

/// The contents of the messages that came to a device, with their conversations.
fn messages(events: &[(Address, Event)], person: &Person) -> Vec<(AccountId, Vec<u8>)> {
    let message = |event: &Event| match event {
        Event::Message(message) => Some((message.conversation, message.content.to_vec())),
        _ => None,
    };
    at(events, person).iter().filter_map(message).collect()
}

/// Starts a session with every device of `account` that `person` can't reach yet.
fn reach(person: &mut Person, account: &AccountId, others: &[&Person]) {
    for missing in person.client.missing_devices(account).expect("known") {
        let other = others.iter().find(|other| other.address() == missing).expect("in the directory");
        person.client.start_session(account, &other.upload.last_resort).expect("genuine");
    }
}

/// Alice's phone, tablet and laptop, and Bob, who all know of one another.
struct House {
    clock: Clock,
    post: Post,
    phone: Person,
    tablet: Person,
    laptop: Person,
    bob: Person,
}

impl House {
    fn new() -> Self {
        let clock = Clock::at_day(20_000);
        let (mut phone, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
        let mut post = Post::default();
        phone.start(&bob, 0).expect("genuine");
        converse(&mut phone, &mut bob);
        let mut tablet = link(&mut phone, MemoryStore::new(), 11, &clock);
        post.upkeep(&mut [&mut phone, &mut tablet, &mut bob]);
        let mut laptop = link(&mut phone, MemoryStore::new(), 12, &clock);
        let people = &mut [&mut phone, &mut tablet, &mut laptop, &mut bob];
        post.upkeep(people);
        post.upkeep(people);
        for device in [&mut phone, &mut tablet, &mut laptop] {
            device.publish();
        }
        let account = phone.client.account_id();
        reach(&mut laptop, &account, &[&phone, &tablet]);
        reach(&mut bob, &account, &[&phone, &tablet, &laptop]);
        let mut house = Self { clock, post, phone, tablet, laptop, bob };
        house.bob.client.send(&account, b"hello all").expect("known");
        house.laptop.client.send(&account, b"note").expect("own devices");
        house.settle();
        house
    }

    fn account(&self) -> AccountId {
        self.phone.client.account_id()
    }

    fn settle(&mut self) -> Vec<(Address, Event)> {
        let Self { post, phone, tablet, laptop, bob, .. } = self;
        post.upkeep(&mut [phone, tablet, laptop, bob])
    }
}

// spec: CLIENT-24
#[test]
fn what_one_device_sends_the_others_have_as_the_same_message() {
    let mut house = House::new();
    assert!(house.post.refused.is_empty(), "{:?}", house.post.refused);
    assert!(house.post.held.is_empty());
    let (account, bob) = (house.account(), house.bob.client.account_id());
    for device in ["phone", "tablet", "laptop"] {
        let sender = match device {
            "phone" => &mut house.phone,
            "tablet" => &mut house.tablet,
            _ => &mut house.laptop,
        };
        let sent = sender.client.send(&bob, device.as_bytes()).expect("known");
        assert!(sent.unreached.is_empty(), "{device} reaches all: {:?}", sent.unreached);
        let events = house.settle();
        let ids: Vec<_> = events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Message(message) => Some(message.id),
                _ => None,
            })
            .collect();
        assert_eq!(ids, vec![sent.id; 3], "{device}");
        assert_eq!(messages(&events, &house.bob), [(account, device.as_bytes().to_vec())]);
        for other in [&house.phone, &house.tablet, &house.laptop] {
            let expected: &[_] = match other.address() == at_name(&house, device) {
                true => &[],
                false => &[(bob, device.as_bytes().to_vec())],
            };
            assert_eq!(messages(&events, other), expected, "from {device}");
        }
    }
    house.bob.client.send(&account, b"to all of you").expect("known");
    let events = house.settle();
    for device in [&house.phone, &house.tablet, &house.laptop] {
        assert_eq!(messages(&events, device), [(bob, b"to all of you".to_vec())]);
    }
}

fn at_name(house: &House, name: &str) -> Address {
    match name {
        "phone" => house.phone.address(),
        "tablet" => house.tablet.address(),
        _ => house.laptop.address(),
    }
}

// spec: CLIENT-24
#[test]
fn a_note_to_oneself_reaches_the_other_devices_and_nobody_else() {
    let mut house = House::new();
    let account = house.account();
    let sent = house.tablet.client.send(&account, b"buy bread").expect("own devices");
    let events = house.settle();
    for device in [&house.phone, &house.laptop] {
        assert_eq!(messages(&events, device), [(account, b"buy bread".to_vec())]);
    }
    assert!(messages(&events, &house.bob).is_empty());
    let ids = events.iter().filter_map(|(_, event)| match event {
        Event::Message(message) => Some(message.id),
        _ => None,
    });
    assert!(ids.eq([sent.id; 2]));

    // with one device there is nobody to send to, and nothing that would wait for ever
    let mut carol = Person::new(3);
    let store = |carol: &mut Person| carol.client.outbox().expect("readable").len();
    let me = carol.client.account_id();
    assert!(carol.client.send(&me, b"alone").expect("a note").outgoing.is_empty());
    assert_eq!(store(&mut carol), 0);
}

#[test]
fn devices_are_listed_with_this_one_and_the_primary_marked() {
    let mut house = House::new();
    let (phone, tablet, laptop) =
        (house.phone.address().device, house.tablet.address().device, house.laptop.address().device);
    for (person, this) in
        [(&mut house.phone, phone), (&mut house.tablet, tablet), (&mut house.laptop, laptop)]
    {
        let devices = person.client.devices().expect("readable");
        let mut ids = [phone, tablet, laptop];
        ids.sort_unstable();
        assert!(devices.iter().map(|device| device.id).eq(ids));
        for device in devices {
            assert_eq!(device.this, device.id == this);
            assert_eq!(device.primary, device.id == phone);
            assert_eq!((device.session, device.disputed), (device.id != this, false));
        }
    }
    // spec: CLIENT-60
    let own = house.tablet.client.begin_linking();
    assert!(matches!(own, Err(Error::NotPrimary)), "{own:?}");
    assert_eq!(house.tablet.client.remove_device(laptop), Err(Error::NotPrimary));
    assert!(matches!(house.phone.client.remove_device(phone), Err(Error::ApiMisuse(_))));
    let bobs = house.bob.address().device;
    assert!(matches!(house.phone.client.remove_device(bobs), Err(Error::Untrusted(_))));
}

// spec: CLIENT-72
#[test]
fn contacts_come_along_with_the_linking() {
    let clock = Clock::at_day(20_000);
    let mut phone = Person::on_clock(1, &clock);
    let mut contacts: Vec<Person> = (100..140).map(|seed| Person::on_clock(seed, &clock)).collect();
    for contact in &contacts {
        phone.start(contact, 0).expect("genuine");
    }
    let mut tablet = link(&mut phone, MemoryStore::new(), 11, &clock);
    let mut post = Post::default();
    let events = post.upkeep(&mut [&mut phone, &mut tablet]);
    let counts: Vec<u32> = at(&events, &tablet)
        .iter()
        .filter_map(|event| match event {
            Event::ContactsReceived { from, count } if *from == phone.address().device => Some(*count),
            _ => None,
        })
        .collect();
    assert_eq!(counts, [16, 16, 8]);
    for contact in &mut contacts {
        let account = contact.client.account_id();
        assert_eq!(
            tablet.client.safety_number(&account).expect("a contact"),
            phone.client.safety_number(&account).expect("a contact")
        );
        assert_eq!(tablet.client.missing_devices(&account), Ok(vec![contact.address()]));
    }
    // a contact with whom the new device has had nothing to do yet hears of it from the primary, with its message
    let contact = &mut contacts[0];
    phone.client.send(&contact.client.account_id(), b"new tablet").expect("known");
    let events = post.upkeep(&mut [&mut phone, &mut tablet, contact]);
    assert!(at(&events, contact).contains(&Event::DeviceAdded { device: tablet.address() }), "{events:?}");
    let waits = contact.client.send(&phone.client.account_id(), b"hi both").expect("known");
    assert_eq!(waits.unreached, [tablet.address()]);
    contact.client.start_session(&phone.client.account_id(), &tablet.upload.bundles[0]).expect("genuine");
    let events = post.carry(&mut [&mut phone, &mut tablet, contact]);
    assert_eq!(messages(&events, &tablet), [(contact.client.account_id(), b"hi both".to_vec())]);
}

// spec: CLIENT-11, CLIENT-75
#[test]
fn a_removed_device_is_told_and_gets_nothing_more() {
    let mut house = House::new();
    let (account, bob) = (house.account(), house.bob.client.account_id());
    let (tablet, laptop) = (house.tablet.address(), house.laptop.address());
    house.phone.client.remove_device(tablet.device).expect("the primary");
    let events = house.settle();
    assert!(house.post.refused.is_empty(), "{:?}", house.post.refused);
    assert!(at(&events, &house.tablet).contains(&Event::RemovedFromAccount), "{events:?}");
    let removed = Event::OwnDeviceRemoved { device: tablet.device };
    assert!(at(&events, &house.phone).contains(&removed));
    assert!(at(&events, &house.laptop).contains(&removed));
    assert!(at(&events, &house.bob).contains(&Event::DeviceRemoved { device: tablet }));

    for sender in [&mut house.phone, &mut house.laptop] {
        let sent = sender.client.send(&bob, b"without it").expect("known");
        let to = |out: &entrenous::Outgoing| out.to == tablet.into();
        assert!(!sent.outgoing.iter().any(to) && sent.unreached.is_empty());
    }
    let sent = house.bob.client.send(&account, b"from bob").expect("known");
    assert_eq!(sent.outgoing.iter().filter(|out| out.to == laptop.into()).count(), 1);
    assert!(!sent.outgoing.iter().any(|out| out.to == tablet.into()) && sent.unreached.is_empty());
    house.settle();

    // it can do nothing, and what it would have sent before is not taken
    assert_eq!(house.tablet.client.send(&bob, b"still here?").err(), Some(Error::RemovedFromAccount));
    assert_eq!(house.tablet.client.publish_prekeys().err(), Some(Error::RemovedFromAccount));
    assert_eq!(house.phone.client.devices().expect("readable").len(), 2);
    assert_eq!(house.bob.client.missing_devices(&account), Ok(vec![]));
    // a session that is built on the bundle that it once uploaded begins nothing
    let old = house.tablet.upload.last_resort.clone();
    let refused = house.bob.client.start_session(&account, &old);
    assert!(matches!(refused, Err(Error::Untrusted(_))), "{refused:?}");
}

// spec: RATCHET-45
#[test]
fn a_removed_device_that_does_not_listen_is_not_heard() {
    let mut house = House::new();
    let (account, bob) = (house.account(), house.bob.client.account_id());
    let tablet = house.tablet.address();
    let farewell = house.phone.client.remove_device(tablet.device).expect("the primary");
    // somebody holds the message back: the stolen tablet goes on
    let numbers: Vec<u64> = farewell.iter().filter_map(|out| out.number).collect();
    house.phone.client.handed_over(&numbers).expect("in the outbox");
    house.settle();
    house.tablet.client.send(&bob, b"I am the tablet").expect("it does not know");
    house.tablet.client.send(&account, b"I am the tablet").expect("it does not know");
    let events = house.settle();
    let heard: Vec<_> = events.iter().filter(|(_, event)| matches!(event, Event::Message(_))).collect();
    assert!(heard.is_empty(), "{heard:?}");
    assert!(house.post.refused.iter().all(|(_, error)| *error == Error::NoSession));
    assert_eq!(house.post.refused.len(), 5);
}

// spec: CLIENT-63, CLIENT-69, IDENTITY-16
#[test]
fn an_own_list_is_renewed_in_time_and_an_old_one_told_once() {
    let mut house = House::new();
    let bob = house.bob.client.account_id();
    let stale = |events: &[(Address, Event)], account: AccountId| {
        let told = |(_, event): &&(Address, Event)| *event == Event::DeviceListStale { account };
        events.iter().filter(told).count()
    };
    // Bob is away for so long that his list expires; the phone renews its own twice
    let mut told = 0;
    for day in (20_000..20_120).step_by(10) {
        house.clock.set_day(day);
        let events = house.post.upkeep(&mut [&mut house.phone, &mut house.tablet, &mut house.laptop]);
        told += stale(&events, bob);
    }
    assert_eq!(told, 3, "once on each of the own devices");
    // the pushes have waited for him: nothing is stale to him, his own list is renewed, and sessions go on
    let events = house.settle();
    assert_eq!(stale(&events, house.account()), 0);
    house.phone.client.send(&bob, b"welcome back").expect("known");
    let events = house.settle();
    assert_eq!(messages(&events, &house.bob), [(house.account(), b"welcome back".to_vec())]);
    house.settle();
    house.bob.publish();
    house.phone.publish();
    let mut carol = Person::on_clock(3, &house.clock);
    carol.client.start_session(&bob, &house.bob.upload.last_resort).expect("a list that is valid");
    let expired = house.tablet.upload.last_resort.clone();
    let refused = carol.client.start_session(&house.account(), &expired);
    assert!(matches!(refused, Err(Error::Untrusted(_))), "{refused:?}");
    let renewed = carol.client.start_session(&house.account(), &house.phone.upload.last_resort);
    renewed.expect("a list that is valid");
}

/// What the user has written elsewhere is of the own account, and of no stranger.
#[test]
fn a_copy_says_that_it_is_of_an_own_device_and_of_which_list() {
    let mut house = House::new();
    let bob = house.bob.client.account_id();
    house.tablet.client.send(&bob, b"hello").expect("known");
    let events = house.settle();
    let statuses = |person: &Person| -> Vec<_> {
        let status = |event: Event| match event {
            Event::Message(message) => Some((message.status.trust, message.status.list_epoch)),
            _ => None,
        };
        at(&events, person).into_iter().filter_map(status).collect()
    };
    assert_eq!(statuses(&house.phone), [(Trust::Own, 3)]);
    assert_eq!(statuses(&house.laptop), [(Trust::Own, 3)]);
    assert_eq!(statuses(&house.bob), [(Trust::FirstUse, 3)]);
    // and so it is kept
    house.tablet.client.send(&bob, b"again").expect("known");
    for out in house.tablet.client.outbox().expect("readable") {
        if out.to == house.phone.address().into() {
            house.phone.client.receive(&house.tablet.address(), &out.bytes).expect("genuine");
        }
    }
    let items = house.phone.client.inbox().expect("readable");
    let own = |event: &Event| matches!(event, Event::Message(message) if message.status.trust == Trust::Own);
    assert!(items.iter().any(|item| own(&item.event)), "{items:?}");
}
