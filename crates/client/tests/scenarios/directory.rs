//! Device lists that the application finds in the directory, without anybody writing.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Error, Event, Item, MemoryStore, Recovery};
use entrenous_testkit::{
    linked::link,
    person::{Clock, Person, converse, established},
    post::Post,
};

fn told(person: &mut Person) -> Vec<Event> {
    let items = person.client.inbox().expect("readable");
    let numbers: Vec<u64> = items.iter().filter_map(|item| item.number).collect();
    person.client.acknowledge(&numbers).expect("there");
    items.into_iter().map(|Item { event, .. }| event).collect()
}

// spec: CLIENT-145, CLIENT-11
#[test]
fn a_recovered_account_is_reached_though_it_has_not_written() {
    let clock = Clock::at_day(20_000);
    let (alice, mut bob) = established();
    let (account, lost) = (alice.client.account_id(), alice.address());
    let recovery =
        Recovery { code: alice.recovery(), newest: &alice.upload.last_resort, lost: &[lost.device] };
    let mut again = Person::recover(MemoryStore::new(), 10, &clock, &recovery).expect("the account's");
    told(&mut bob);
    assert_eq!(bob.client.learn_list(&account, &alice.upload.last_resort), Ok(false), "it is known");
    assert_eq!(bob.client.learn_list(&account, &again.upload.last_resort), Ok(true));
    let events = told(&mut bob);
    assert!(events.contains(&Event::DeviceRemoved { device: lost }), "{events:?}");
    assert_eq!(bob.client.missing_devices(&account), Ok(vec![again.address()]));
    // nothing goes back, and nothing is told twice
    for bundle in [&alice.upload.last_resort, &again.upload.last_resort] {
        assert_eq!(bob.client.learn_list(&account, bundle), Ok(false));
    }
    assert_eq!(told(&mut bob), []);
    // one bundle serves for both: no prekey was used
    bob.client.start_session(&account, &again.upload.last_resort).expect("genuine");
    let sent = bob.client.send(&account, b"welcome back").expect("known");
    let [out] = sent.outgoing.as_slice() else { panic!("{:?}", sent.outgoing) };
    assert_eq!(out.to, again.address().into());
    again.client.receive(&bob.address(), &out.bytes).expect("genuine");
}

// spec: CLIENT-145, CLIENT-8
#[test]
fn a_removed_device_learns_it_from_the_directory() {
    let clock = Clock::at_day(20_000);
    let mut phone = Person::on_clock(1, &clock);
    let mut tablet = link(&mut phone, MemoryStore::new(), 11, &clock);
    let account = phone.client.account_id();
    phone.client.remove_device(tablet.address().device).expect("the primary");
    phone.publish();
    told(&mut tablet);
    assert_eq!(tablet.client.learn_list(&account, &phone.upload.last_resort), Ok(true));
    assert!(told(&mut tablet).contains(&Event::RemovedFromAccount));
    assert_eq!(tablet.client.publish_prekeys().err(), Some(Error::RemovedFromAccount));
    // looking again is no error
    assert_eq!(tablet.client.learn_list(&account, &phone.upload.last_resort), Ok(false));
}

// spec: CLIENT-145
#[test]
fn what_does_not_hold_teaches_nothing() {
    let (alice, mut bob) = established();
    let account = alice.client.account_id();
    let carol = Person::new(3);
    let bundle = &carol.upload.last_resort;
    assert_eq!(bob.client.learn_list(&account, bundle), Err(Error::IdentityMismatch));
    assert_eq!(bob.client.learn_list(&carol.client.account_id(), bundle), Err(Error::NoSession));
    assert_eq!(bob.client.contact(&carol.client.account_id()), Err(Error::NoSession));
    assert!(matches!(bob.client.learn_list(&account, b"junk"), Err(Error::Malformed(_))));
    let mut changed = alice.upload.last_resort.clone();
    for at in 0..changed.len() {
        changed[at] ^= 1;
        let learned = bob.client.learn_list(&account, &changed);
        assert!(!matches!(learned, Ok(true)), "byte {at}");
        changed[at] ^= 1;
    }
}

/// A list whose descent nothing shows is asked the proof of, as if a device had brought it.
// spec: CLIENT-145, CLIENT-66
#[test]
fn a_list_that_skips_others_is_proven_later() {
    let clock = Clock::at_day(20_000);
    let (mut phone, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    let mut post = Post::default();
    phone.start(&bob, 0).expect("genuine");
    converse(&mut phone, &mut bob);
    post.upkeep(&mut [&mut phone, &mut bob]);
    let account = phone.client.account_id();
    for seed in [11, 12, 13] {
        link(&mut phone, MemoryStore::new(), seed, &clock);
    }
    phone.publish();
    // what the phone tells of it by itself is lost
    while phone.client.maintain().expect("idle").more {}
    let lost: Vec<u64> =
        phone.client.outbox().expect("readable").iter().filter_map(|out| out.number).collect();
    phone.client.handed_over(&lost).expect("in the outbox");
    assert_eq!(bob.client.learn_list(&account, &phone.upload.last_resort), Ok(true));
    assert!(bob.client.contact(&account).expect("known").list_is_unproven);
    for _ in 0..24 {
        clock.pass_ms(1_800_000);
        post.upkeep(&mut [&mut bob, &mut phone]);
        if !bob.client.contact(&account).expect("known").list_is_unproven {
            return;
        }
        // looking again asks for nothing more
        assert_eq!(bob.client.learn_list(&account, &phone.upload.last_resort), Ok(false));
    }
    panic!("no proof came");
}
