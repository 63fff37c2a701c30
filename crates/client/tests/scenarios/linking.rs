//! A linking, and everything that must not become one.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Client, Destination, Error, Event, Linking, MemoryStore};
use entrenous_testkit::{
    faults::{Fault, Faults, FaultyStore, Reach},
    linked::{boxed, link, requested, scan},
    person::{Clock, Person, ScriptedEnv, store_key},
    post::Post,
};

const MINUTE_MS: u64 = 60_000;

fn home() -> (Clock, Person) {
    let clock = Clock::at_day(20_000);
    let phone = Person::on_clock(1, &clock);
    (clock, phone)
}

/// Nobody was linked, and the state can be left behind.
fn assert_alone(phone: &mut Person) {
    assert_eq!(phone.client.devices().expect("readable").len(), 1);
    assert!(phone.client.inbox().expect("readable").is_empty());
}

// spec: CLIENT-71
#[test]
fn who_has_photographed_the_code_is_not_linked() {
    let (clock, mut phone) = home();
    let code = phone.client.begin_linking().expect("the primary").code.text();
    let mut tablet = scan(&code, MemoryStore::new(), 11, &clock).expect("empty");
    let mut thief = scan(&code, MemoryStore::new(), 66, &clock).expect("empty");
    // the thief is quicker
    let shown = phone.client.receive_link(thief.request().expect("asks")).expect("the first");
    let late = phone.client.receive_link(tablet.request().expect("asks"));
    assert_eq!(late.err(), Some(Error::Duplicate));
    let reveal = boxed(&shown.outgoing);
    // the user's own screen never shows anything to compare, and the thief's is not the user's
    assert_eq!(tablet.receive_reveal(&reveal).err(), Some(Error::Rejected));
    assert_eq!(tablet.short_string(), None);
    assert!(thief.receive_reveal(&reveal).expect("its own") == shown.short_string);
    assert_ne!(shown.device, phone.address().device);
    // what the user would approve is named: it can't be swapped under the user's finger
    let other = phone.address().device;
    assert_eq!(phone.client.approve_link(other).err(), Some(Error::NotLinking));
    phone.client.cancel_linking().expect("the strings differ");
    assert_eq!(phone.client.approve_link(shown.device).err(), Some(Error::NotLinking));
    assert_alone(&mut phone);
}

// spec: CLIENT-70, CLIENT-71
#[test]
fn a_code_is_for_one_device_and_five_minutes() {
    let (clock, mut phone) = home();
    let code = phone.client.begin_linking().expect("the primary").code.text();
    assert_eq!(phone.client.begin_linking().err(), Some(Error::LinkingUnderWay));
    let tablet = scan(&code, MemoryStore::new(), 11, &clock).expect("empty");
    let request = tablet.request().expect("asks").to_vec();
    clock.pass_ms(5 * MINUTE_MS);
    assert_eq!(phone.client.receive_link(&request).err(), Some(Error::LinkExpired));
    assert!(phone.client.linking().expect("readable").is_none());
    // the next code takes no request for the former one
    phone.client.begin_linking().expect("the former one is over");
    assert_eq!(phone.client.receive_link(&request).err(), Some(Error::Rejected));
    assert!(matches!(phone.client.receive_link(b"noise"), Err(Error::Malformed(_))));
    phone.client.cancel_linking().expect("there is one");

    let (_, shown) = requested(&mut phone, MemoryStore::new(), 12, &clock);
    assert_eq!(phone.client.receive_link(&request).err(), Some(Error::Duplicate));
    clock.pass_ms(5 * MINUTE_MS);
    assert_eq!(phone.client.approve_link(shown.device).err(), Some(Error::LinkExpired));
    phone.client.maintain().expect("idle");
    assert_eq!(phone.client.receive_link(&request).err(), Some(Error::NotLinking), "nothing of it is kept");
    assert_alone(&mut phone);
}

/// Whoever has seen the nonce of a code could search for a request that gives a wanted string.
// spec: IDENTITY-77
#[test]
fn a_restored_primary_reveals_a_nonce_to_one_request_alone() {
    let clock = Clock::at_day(20_000);
    let store = MemoryStore::new();
    let mut phone = Person::create(store.clone(), 1, &clock).expect("scripted");
    let code = phone.client.begin_linking().expect("the primary").code.text();
    let before = store.copy();
    let [thief, tablet] =
        [21, 22].map(|seed| scan(&code, MemoryStore::new(), seed, &clock).expect("an empty store"));
    let [first, second] = [&thief, &tablet].map(|joining| joining.request().expect("asks"));
    let shown = phone.client.receive_link(first).expect("the first");
    // the store is put back under the open client
    store.restore(&before);
    assert_eq!(phone.client.receive_link(second).err(), Some(Error::Duplicate));
    assert_eq!(phone.client.receive_link(first).expect("the same").short_string, shown.short_string);
    // and the client is opened anew
    store.restore(&before);
    let mut again = Client::open(store, &store_key(), ScriptedEnv::new(23, &clock)).expect("an account");
    assert!(again.linking().expect("readable").is_none());
    assert_eq!(again.receive_link(second).err(), Some(Error::NotLinking));
    again.begin_linking().expect("a new code");
}

/// A second process on the primary's store.
// spec: CLIENT-70
#[test]
fn a_code_outlives_the_upkeep_of_other_clients_and_gives_way_to_their_codes() {
    let clock = Clock::at_day(20_000);
    let store = MemoryStore::new();
    let mut phone = Person::create(store.clone(), 1, &clock).expect("scripted");
    let mut other = Client::open(store, &store_key(), ScriptedEnv::new(31, &clock)).expect("an account");
    let code = phone.client.begin_linking().expect("the primary").code.text();
    other.maintain().expect("upkeep");
    assert!(other.linking().expect("readable").is_none());
    let joining = scan(&code, MemoryStore::new(), 32, &clock).expect("an empty store");
    let request = joining.request().expect("asks");
    assert_eq!(other.receive_link(request).err(), Some(Error::NotLinking));
    phone.client.receive_link(request).expect("its own code");
    // with a request any of them goes on
    assert!(matches!(other.linking(), Ok(Some(Linking::Requested(_)))));
    other.cancel_linking().expect("not the same string");
    let code = phone.client.begin_linking().expect("nothing is under way").code.text();
    other.begin_linking().expect("the other's code gives way");
    let joining = scan(&code, MemoryStore::new(), 33, &clock).expect("an empty store");
    assert_eq!(phone.client.receive_link(joining.request().expect("asks")).err(), Some(Error::NotLinking));
}

#[test]
fn a_new_device_believes_nothing_but_its_accounts_signature() {
    let (clock, mut phone) = home();
    let (joining, shown) = requested(&mut phone, MemoryStore::new(), 11, &clock);
    let (other, other_shown) = requested(&mut Person::on_clock(9, &clock), MemoryStore::new(), 12, &clock);
    let approval = boxed(&phone.client.approve_link(shown.device).expect("compared"));
    assert_eq!(other.receive_approval(&approval).err(), Some(Error::Rejected));
    assert_ne!(other_shown.short_string.emoji(), shown.short_string.emoji());
    let mut damaged = approval.clone();
    damaged[100] ^= 1;
    assert_eq!(joining.receive_approval(&damaged).err(), Some(Error::Rejected));
    let approval = joining.receive_approval(&approval).expect("genuine");
    let tablet = joining.finish(approval).expect("empty");
    assert_eq!(tablet.account_id(), phone.client.account_id());
    // an approval is used up with the state of the primary
    assert_eq!(phone.client.approve_link(shown.device).err(), Some(Error::NotLinking));
}

// spec: CLIENT-76
#[test]
fn a_store_in_the_middle_of_a_linking_is_no_account_and_can_be_emptied() {
    let (clock, mut phone) = home();
    let store = MemoryStore::new();
    let code = phone.client.begin_linking().expect("the primary").code.text();
    let env = || ScriptedEnv::new(5, &clock);
    let key = store_key();
    assert!(matches!(Client::join(store.clone(), &key, env(), "no code"), Err(Error::Text(_))));
    assert_eq!(Client::resume_join(store.clone(), &key, env()).err(), Some(Error::NoAccount));
    let joining = scan(&code, store.clone(), 11, &clock).expect("empty");
    assert_eq!(Client::open(store.clone(), &key, env()).err(), Some(Error::LinkingUnderWay));
    assert_eq!(Client::create(store.clone(), &key, env()).err(), Some(Error::LinkingUnderWay));
    assert_eq!(Client::join(store.clone(), &key, env(), &code).err(), Some(Error::LinkingUnderWay));
    let again = Client::resume_join(store.clone(), &key, env()).expect("there");
    assert_eq!(again.request(), joining.request(), "the same bytes");
    assert_eq!(again.rendezvous(), joining.rendezvous());
    again.abandon().expect("the only one");
    assert!(store.dump().is_empty());
    assert_eq!(joining.abandon().err(), Some(Error::Busy));
    Client::create(store.clone(), &key, env()).expect("empty again");
    assert_eq!(Client::join(store.clone(), &key, env(), &code).err(), Some(Error::AccountExists));
    assert_eq!(Client::resume_join(store, &key, env()).err(), Some(Error::AccountExists));
}

// spec: CLIENT-61, IDENTITY-14
#[test]
fn ids_of_removed_devices_never_come_back() {
    let (clock, mut phone) = home();
    let tablet = link(&mut phone, MemoryStore::new(), 11, &clock);
    let (_, shown) = requested(&mut phone, MemoryStore::new(), 11, &clock);
    assert_eq!(phone.client.approve_link(shown.device).err(), Some(Error::DeviceIdUsed), "still listed");
    phone.client.cancel_linking().expect("refused");
    phone.client.remove_device(tablet.address().device).expect("the primary");
    let (_, shown) = requested(&mut phone, MemoryStore::new(), 11, &clock);
    assert_eq!(phone.client.approve_link(shown.device).err(), Some(Error::DeviceIdUsed), "removed");
}

// spec: RATCHET-45
#[test]
fn there_are_at_most_sixteen_devices() {
    let (clock, mut phone) = home();
    for seed in 11..26 {
        link(&mut phone, MemoryStore::new(), seed, &clock);
    }
    let (_, shown) = requested(&mut phone, MemoryStore::new(), 30, &clock);
    assert_eq!(phone.client.approve_link(shown.device).err(), Some(Error::TooManyDevices));
    assert_eq!(phone.client.devices().expect("readable").len(), 16);
}

// spec: CLIENT-77
#[test]
fn the_prekeys_of_the_request_are_used_once_and_never_published() {
    let (clock, mut phone) = home();
    let mut tablet = link(&mut phone, MemoryStore::new(), 11, &clock);
    assert_eq!(tablet.upload.bundles.len(), 49, "one of fifty was in the request");
    let mut bob = Person::on_clock(2, &clock);
    let mut post = Post::default();
    post.upkeep(&mut [&mut phone, &mut tablet]);
    bob.client.start_session(&phone.client.account_id(), &tablet.upload.bundles[0]).expect("genuine");
    let sent = bob.client.send(&phone.client.account_id(), b"to the new one").expect("known");
    assert_eq!(sent.unreached, [phone.address()]);
    post.carry(&mut [&mut phone, &mut tablet, &mut bob]);
    assert!(post.refused.is_empty(), "{:?}", post.refused);
}

/// Whatever the disk does at whatever step of a linking: the two devices go on from their stores, and end as what an
/// undisturbed linking makes of them.
// spec: CLIENT-72
#[test]
fn a_linking_survives_a_fault_at_every_step() {
    let mut faults = 0;
    for fault in [Fault::FailLoad, Fault::FailCommit, Fault::FailAfterCommit, Fault::Conflict] {
        for at_the_primary in [true, false] {
            for occasion in 0.. {
                if !disturbed(fault, at_the_primary, occasion) {
                    assert!(occasion > 2, "{fault:?} has had its chances");
                    break;
                }
                faults += 1;
            }
        }
    }
    assert!(faults > 30, "{faults}");
}

type Disk = FaultyStore<MemoryStore>;

/// Tells whether the fault has fired.
fn disturbed(fault: Fault, at_the_primary: bool, occasion: u64) -> bool {
    let clock = Clock::at_day(20_000);
    let stores = [MemoryStore::new(), MemoryStore::new()];
    Person::create(stores[0].clone(), 1, &clock).expect("scripted");
    let [calm, troubled] = [Faults::default(), Faults::default()];
    troubled.arm(fault, Reach::Answer, occasion);
    let faults = if at_the_primary { [&troubled, &calm] } else { [&calm, &troubled] };
    let disk = |at: usize| FaultyStore::reopened(stores[at].clone(), faults[at]);
    let attempts = (0..3).map(|attempt| 100 + 2 * attempt).map(|seed| attempt(disk, seed, &clock));
    let failures: Vec<Error> = attempts.map_while(Result::err).collect();
    let expected = |error: &Error| matches!(error, Error::Store(_) | Error::Busy | Error::LinkingUnderWay);
    assert!(failures.len() < 2 && failures.iter().all(expected), "{fault:?} {occasion}: {failures:?}");

    let [home, away] = stores;
    let open = |store, seed| {
        Person::of(Client::open(store, &store_key(), ScriptedEnv::new(seed, &clock)).expect("a client"))
    };
    let (mut phone, mut tablet) = (open(home, 200).expect("prekeys"), open(away, 201).expect("prekeys"));
    let mut post = Post::default();
    post.upkeep(&mut [&mut phone, &mut tablet]);
    assert!(post.refused.is_empty(), "{:?}", post.refused);
    for (one, other) in [(true, "to the tablet"), (false, "to the phone")] {
        let account = phone.client.account_id();
        let sender = if one { &mut phone } else { &mut tablet };
        sender.client.send(&account, other.as_bytes()).expect("own devices");
        let events = post.carry(&mut [&mut phone, &mut tablet]);
        let contents: Vec<Vec<u8>> = events
            .iter()
            .filter_map(|(_, event)| match event {
                Event::Message(message) => Some(message.content.to_vec()),
                _ => None,
            })
            .collect();
        assert_eq!(contents, [other.as_bytes()]);
    }
    assert_eq!(phone.client.devices().expect("readable").len(), 2);
    troubled.fired()
}

/// Brings a linking to its end, from wherever the two stores are.
fn attempt(disk: impl Fn(usize) -> Disk, seed: u64, clock: &Clock) -> Result<(), Error> {
    let (key, env) = (store_key(), |seed| ScriptedEnv::new(seed, clock));
    let mut phone = Client::open(disk(0), &key, env(seed))?;
    let mut joining = match Client::open(disk(1), &key, env(seed + 1)) {
        Ok(_) => return Ok(()),
        Err(Error::LinkingUnderWay) => Client::resume_join(disk(1), &key, env(seed + 1))?,
        Err(Error::NoAccount) => {
            let code = phone.begin_linking()?.code.text();
            Client::join(disk(1), &key, env(seed + 1), &code)?
        }
        Err(error) => return Err(error),
    };
    if joining.request().is_some() && phone.linking()?.is_none() {
        // the code has ended with the client that showed it: both begin again
        joining.abandon()?;
        let code = phone.begin_linking()?.code.text();
        joining = Client::join(disk(1), &key, env(seed + 1), &code)?;
    }
    if let Some(request) = joining.request().map(<[u8]>::to_vec) {
        if let Some(Linking::Offered(_)) = phone.linking()? {
            phone.receive_link(&request)?;
        }
        let reveal = waiting_box(&mut phone, 0)?;
        joining.receive_reveal(&reveal)?;
    }
    if let Some(Linking::Requested(request)) = phone.linking()? {
        assert!(joining.short_string() == Some(request.short_string));
        phone.approve_link(request.device)?;
    }
    let approval = waiting_box(&mut phone, 1)?;
    let approval = joining.receive_approval(&approval)?;
    joining.finish(approval).map(drop)
}

/// A box that waits in the outbox for the mailbox of the linking.
fn waiting_box(phone: &mut Client<Disk, ScriptedEnv>, number: usize) -> Result<Vec<u8>, Error> {
    let waiting = phone.outbox()?.into_iter().filter(|out| matches!(out.to, Destination::Rendezvous(_)));
    Ok(waiting.map(|out| out.bytes).nth(number).expect("it waits until it is handed over"))
}
