//! What own devices are owed while there is no session with them: decisions about people, and contacts.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Address, Client, Event, MemoryStore, Trust};
use entrenous_testkit::{
    linked::link,
    person::{Clock, MemoryMarker, Person, ScriptedEnv, converse, store_key},
    post::Post,
};

/// Alice's phone, with a marker, her tablet, and Bob.
struct Scene {
    clock: Clock,
    disk: MemoryStore,
    post: Post,
    phone: Person,
    tablet: Person,
    bob: Person,
}

impl Scene {
    fn new(contacts: u64) -> Self {
        let (clock, disk) = (Clock::at_day(20_000), MemoryStore::new());
        let mut phone = Person::create(disk.clone(), 1, &clock).expect("scripted");
        let mut bob = Person::on_clock(2, &clock);
        phone.start(&bob, 0).expect("genuine");
        converse(&mut phone, &mut bob);
        for seed in 100..100 + contacts {
            phone.start(&Person::on_clock(seed, &clock), 0).expect("genuine");
        }
        let tablet = link(&mut phone, MemoryStore::new(), 11, &clock);
        Self { clock, disk, post: Post::default(), phone, tablet, bob }
    }

    fn settle(&mut self) -> Vec<(Address, Event)> {
        let Self { post, phone, tablet, bob, .. } = self;
        post.upkeep(&mut [phone, tablet, bob])
    }

    /// The phone's store comes back from a backup: nothing is sealed in its sessions any more.
    fn restore_phone(&mut self) {
        for seed in [30, 31] {
            let client = Client::open(self.disk.clone(), &store_key(), ScriptedEnv::new(seed, &self.clock));
            let client = client.expect("an account").with_marker(MemoryMarker::default());
            self.phone.client = client.expect("marked");
        }
    }

    /// The session with the tablet begins anew, as the guide's `tick` does it.
    fn reach_tablet(&mut self) {
        let account = self.phone.client.account_id();
        assert_eq!(self.phone.client.missing_devices(&account), Ok(vec![self.tablet.address()]));
        self.phone.client.start_session(&account, &self.tablet.upload.last_resort).expect("genuine");
    }

    fn decide(&mut self) {
        let card = self.bob.client.own_card().expect("a card").to_string();
        assert!(self.phone.client.scan_card(&card, None).expect("genuine").verified);
    }
}

fn decisions(events: &[(Address, Event)], at: Address) -> Vec<Trust> {
    let trust = |(who, event): &(Address, Event)| match event {
        Event::TrustDecided { trust, .. } if *who == at => Some(*trust),
        _ => None,
    };
    events.iter().filter_map(trust).collect()
}

// spec: CLIENT-131
#[test]
fn a_decision_after_a_restoral_comes_with_the_next_session() {
    let mut scene = Scene::new(0);
    scene.settle();
    scene.restore_phone();
    scene.decide();
    let events = scene.settle();
    assert_eq!(decisions(&events, scene.tablet.address()), []);
    scene.reach_tablet();
    let events = scene.settle();
    let told = decisions(&events, scene.tablet.address());
    assert!(matches!(told[..], [Trust::Verified { .. }]), "{told:?}");
    let account = scene.bob.client.account_id();
    let trust = scene.tablet.client.contact(&account).expect("known").trust;
    assert_eq!(trust, scene.phone.client.contact(&account).expect("known").trust);
    // once
    scene.clock.pass_ms(86_400_000);
    assert_eq!(decisions(&scene.settle(), scene.tablet.address()), []);
}

/// A later decision of the tablet counts, and is not undone by what was owed.
// spec: CLIENT-48, CLIENT-131
#[test]
fn what_is_owed_is_the_last_decision_alone() {
    let mut scene = Scene::new(0);
    scene.settle();
    let bob = scene.bob.client.account_id();
    scene.restore_phone();
    scene.decide();
    scene.clock.pass_ms(1_000);
    let mallory = Person::on_clock(4, &scene.clock).client.account_id();
    scene.phone.client.replace_contact(&bob, &mallory).expect("known");
    scene.settle();
    scene.reach_tablet();
    let events = scene.settle();
    let told = decisions(&events, scene.tablet.address());
    assert_eq!(told.len(), 2, "of Bob, and of who has come in his place: {told:?}");
    assert!(told.contains(&Trust::FirstUse) && told.contains(&Trust::Changed { replaces: bob }), "{told:?}");
}

/// A device that is removed is owed nothing: as many records are left as where nothing was ever owed to it.
// spec: CLIENT-131
#[test]
fn nothing_is_owed_to_a_device_that_was_removed() {
    let left_of = |decides: bool| {
        let mut scene = Scene::new(0);
        scene.settle();
        scene.restore_phone();
        let before = scene.disk.dump().len();
        if decides {
            scene.decide();
            assert!(scene.disk.dump().len() > before, "it is owed");
        }
        let tablet = scene.tablet.address().device;
        scene.phone.client.remove_device(tablet).expect("the primary");
        scene.settle();
        scene.disk.dump().len()
    };
    assert_eq!(left_of(true), left_of(false));
}

/// The session with a new device is lost before it was told of all contacts.
// spec: CLIENT-73, CLIENT-131
#[test]
fn contacts_that_were_not_handed_over_come_with_the_next_session() {
    let mut scene = Scene::new(50);
    scene.restore_phone();
    let counts = |events: &[(Address, Event)]| -> u32 {
        let count = |(_, event): &(Address, Event)| match event {
            Event::ContactsReceived { count, .. } => *count,
            _ => 0,
        };
        events.iter().map(count).sum()
    };
    let first = counts(&scene.settle());
    assert!(first < 51, "{first}");
    scene.reach_tablet();
    let rest = counts(&scene.settle());
    assert_eq!(first + rest, 51);
}
