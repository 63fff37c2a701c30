//! Comparing short strings over a session.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous::{
    Address, Client, Compared, Error, Event, MemoryStore, Proof, ShortStringEnd, ShortStringState,
    ShownString, Store, Trust,
};
use entrenous_testkit::person::{
    Clock, Person, ScriptedEnv, carry, contents, converse, established, store_key,
};

const MINUTE_MS: u64 = 60_000;

/// Two people with a session, the one with the lower account id first; he is the one who commits.
fn pair() -> (Person, Person) {
    let (one, other) = established();
    if one.client.account_id() < other.client.account_id() { (one, other) } else { (other, one) }
}

fn shown<S: Store>(at: &mut Person<S>, with: &Address) -> ShownString {
    match at.client.short_string(&with.account) {
        Ok(Some(ShortStringState::Ready(shown))) => shown,
        other => panic!("not ready: {other:?}"),
    }
}

fn trust(at: &mut Person, of: &Person) -> Trust {
    at.client.contact(&of.client.account_id()).expect("known").trust
}

/// Carries until nothing is under way any more, and gives what each was told.
fn exchange(one: &mut Person, other: &mut Person) -> [Vec<Event>; 2] {
    let mut told = [Vec::new(), Vec::new()];
    for _ in 0..4 {
        told[1].extend(carry(one, other).expect("genuine"));
        told[0].extend(carry(other, one).expect("genuine"));
    }
    told
}

fn asked_by(person: &Person) -> Event {
    Event::ShortStringAsked { with: person.address() }
}

fn ready_with(person: &Person) -> Event {
    Event::ShortStringReady { with: person.address() }
}

fn ended(with: &Person, why: ShortStringEnd) -> Event {
    Event::ShortStringEnded { with: with.address(), why }
}

// spec: IDENTITY-70, IDENTITY-71, IDENTITY-72, IDENTITY-74
#[test]
fn two_people_compare_whoever_begins() {
    for lower_begins in [true, false] {
        let (lower, higher) = pair();
        let (mut first, mut second) = if lower_begins { (lower, higher) } else { (higher, lower) };
        first.client.begin_short_string(&second.address()).expect("a session");
        assert_eq!(carry(&mut first, &mut second), Ok(vec![asked_by(&first)]));
        let asked = second.client.short_string(&first.client.account_id());
        assert_eq!(asked, Ok(Some(ShortStringState::Asked { with: first.address() })));
        second.client.join_short_string(&first.address()).expect("asked");
        let [at_first, at_second] = exchange(&mut first, &mut second);
        assert_eq!((at_first, at_second), (vec![ready_with(&second)], vec![ready_with(&first)]));

        let ours = shown(&mut first, &second.address());
        let theirs = shown(&mut second, &first.address());
        assert_eq!(ours.string(), theirs.string());
        assert_eq!(first.client.decide_short_string(ours, true), Ok(Compared::Same));
        assert_eq!(second.client.decide_short_string(theirs, true), Ok(Compared::Same));
        for trust in [trust(&mut first, &second), trust(&mut second, &first)] {
            assert!(matches!(trust, Trust::Verified { by: Proof::ShortString, .. }));
        }
        assert_eq!(first.client.short_string(&second.client.account_id()), Ok(None));
        converse(&mut first, &mut second);
    }
}

// spec: IDENTITY-76
#[test]
fn a_mismatch_is_told_once_and_verifies_nothing() {
    let (mut one, mut other) = pair();
    one.client.begin_short_string(&other.address()).expect("a session");
    carry(&mut one, &mut other).expect("genuine");
    other.client.join_short_string(&one.address()).expect("asked");
    exchange(&mut one, &mut other);
    let (seen, again) = (shown(&mut one, &other.address()), shown(&mut one, &other.address()));
    assert_eq!(one.client.decide_short_string(seen, false), Ok(Compared::Different));
    assert_eq!(trust(&mut one, &other), Trust::FirstUse);
    let account = other.client.account_id();
    let failed = Event::ComparisonFailed { account, by: Proof::ShortString };
    assert!(one.client.inbox().unwrap().iter().any(|item| item.event == failed));
    // one try: the user can't think better of it
    assert_eq!(one.client.decide_short_string(again, true), Err(Error::NotComparing));
    assert_eq!(trust(&mut one, &other), Trust::FirstUse);
    converse(&mut one, &mut other);
}

// spec: IDENTITY-75
#[test]
fn both_may_begin_at_once() {
    let (mut lower, mut higher) = pair();
    lower.client.begin_short_string(&higher.address()).expect("a session");
    higher.client.begin_short_string(&lower.address()).expect("a session");
    let [at_lower, at_higher] = exchange(&mut lower, &mut higher);
    assert_eq!((at_lower, at_higher), (vec![ready_with(&higher)], vec![ready_with(&lower)]));
    let [ours, theirs] = [shown(&mut lower, &higher.address()), shown(&mut higher, &lower.address())];
    assert_eq!(ours.string(), theirs.string());
}

// spec: IDENTITY-75
#[test]
fn late_messages_are_set_aside() {
    let (mut lower, mut higher) = pair();
    lower.client.begin_short_string(&higher.address()).expect("a session");
    let late: Vec<_> = lower.client.outbox().unwrap();
    lower.client.handed_over(&late.iter().filter_map(|out| out.number).collect::<Vec<_>>()).unwrap();
    lower.client.begin_short_string(&higher.address()).expect("a session");
    carry(&mut lower, &mut higher).expect("genuine");
    higher.client.join_short_string(&lower.address()).expect("asked");
    // the commitment of the run before comes now
    let items = higher.client.receive(&lower.address(), &late[0].bytes).expect("authentic");
    assert_eq!(contents(&items).len(), items.len(), "nothing is told: {items:?}");
    exchange(&mut lower, &mut higher);
    let [ours, theirs] = [shown(&mut lower, &higher.address()), shown(&mut higher, &lower.address())];
    assert_eq!(ours.string(), theirs.string());
}

/// Who stands between has a session with each; the strings differ, however he passes on what he gets.
#[test]
fn somebody_in_between_is_found_out() {
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    let mut mallory = Person::new(3);
    for (victim, bundle) in [(&mut alice, 0), (&mut bob, 1)] {
        victim.start(&mallory, bundle).expect("genuine");
        let first = victim.send(&mallory, b"hello");
        mallory.receive(victim, &first).expect("genuine");
        let reply = mallory.send(victim, b"hello");
        victim.receive(&mallory, &reply).expect("genuine");
    }
    let mut strings = Vec::new();
    for victim in [&mut alice, &mut bob] {
        victim.client.begin_short_string(&mallory.address()).expect("a session");
        carry(victim, &mut mallory).expect("genuine");
        mallory.client.join_short_string(&victim.address()).expect("asked");
        exchange(victim, &mut mallory);
        strings.push(*shown(victim, &mallory.address()).string());
    }
    assert_ne!(strings[0], strings[1]);
}

// spec: IDENTITY-71
#[test]
fn a_verdict_counts_for_what_was_compared_alone() {
    let (mut lower, mut higher) = pair();
    lower.client.begin_short_string(&higher.address()).expect("a session");
    carry(&mut lower, &mut higher).expect("genuine");
    higher.client.join_short_string(&lower.address()).expect("asked");
    exchange(&mut lower, &mut higher);
    let seen = shown(&mut higher, &lower.address());
    // a device more came while the users compared
    let newest = &lower.upload.last_resort;
    let recovery = entrenous::Recovery { code: lower.recovery(), newest, lost: &[] };
    let second =
        Person::recover(MemoryStore::new(), 50, &Clock::at_day(20_000), &recovery).expect("has the key");
    higher.start(&second, 0).expect("genuine");
    assert_eq!(higher.client.decide_short_string(seen, true), Ok(Compared::Outdated));
    assert_eq!(trust(&mut higher, &lower), Trust::FirstUse);
}

// spec: IDENTITY-71
#[test]
fn an_older_list_on_one_side_ends_it() {
    let (mut lower, mut higher) = pair();
    lower.client.begin_short_string(&higher.address()).expect("a session");
    carry(&mut lower, &mut higher).expect("genuine");
    let newest = &lower.upload.last_resort;
    let recovery = entrenous::Recovery { code: lower.recovery(), newest, lost: &[] };
    let second =
        Person::recover(MemoryStore::new(), 50, &Clock::at_day(20_000), &recovery).expect("has the key");
    higher.start(&second, 0).expect("genuine");
    higher.client.join_short_string(&lower.address()).expect("asked");
    let told: Vec<_> = higher.client.inbox().unwrap().into_iter().map(|item| item.event).collect();
    assert!(told.contains(&ended(&lower, ShortStringEnd::DifferentView)), "{told:?}");
    assert_eq!(higher.client.short_string(&lower.client.account_id()), Ok(None));
}

// spec: IDENTITY-76
#[test]
fn nothing_is_compared_after_ten_minutes() {
    let clock = Clock::at_day(20_000);
    let (mut alice, mut bob) = (Person::on_clock(1, &clock), Person::on_clock(2, &clock));
    alice.start(&bob, 0).expect("genuine");
    let first = alice.send(&bob, b"first");
    bob.receive(&alice, &first).expect("genuine");
    converse(&mut bob, &mut alice);
    alice.client.begin_short_string(&bob.address()).expect("a session");
    carry(&mut alice, &mut bob).expect("genuine");
    bob.client.join_short_string(&alice.address()).expect("asked");
    exchange(&mut alice, &mut bob);
    let seen = shown(&mut alice, &bob.address());
    clock.pass_ms(10 * MINUTE_MS);
    assert_eq!(alice.client.short_string(&bob.client.account_id()), Ok(None));
    assert_eq!(alice.client.decide_short_string(seen, true), Err(Error::NotComparing));
    alice.client.maintain().expect("own store");
    let told: Vec<_> = alice.client.inbox().unwrap().into_iter().map(|item| item.event).collect();
    assert_eq!(told, [ended(&bob, ShortStringEnd::TimedOut)]);
    assert_eq!(trust(&mut alice, &bob), Trust::FirstUse);

    // who asks is forgotten as well
    alice.client.begin_short_string(&bob.address()).expect("a session");
    carry(&mut alice, &mut bob).expect("genuine");
    clock.pass_ms(10 * MINUTE_MS);
    assert_eq!(bob.client.join_short_string(&alice.address()), Err(Error::NotComparing));
}

// spec: IDENTITY-76
#[test]
fn every_third_try_in_a_day_is_told() {
    let (mut lower, mut higher) = pair();
    let many = Event::ManyShortStrings { account: lower.client.account_id() };
    let mut told = 0;
    for _ in 0..6 {
        lower.client.begin_short_string(&higher.address()).expect("a session");
        carry(&mut lower, &mut higher).expect("genuine");
        higher.client.join_short_string(&lower.address()).expect("asked");
        exchange(&mut lower, &mut higher);
        higher.client.cancel_short_string(&lower.client.account_id()).expect("own store");
        lower.client.cancel_short_string(&higher.client.account_id()).expect("own store");
        let items = higher.client.inbox().unwrap();
        told += items.iter().filter(|item| item.event == many).count();
        let numbers: Vec<_> = items.iter().filter_map(|item| item.number).collect();
        higher.client.acknowledge(&numbers).unwrap();
    }
    assert_eq!(told, 2);
}

/// The nonce that was committed to is revealed for one answer. Who gets the store restored and answers anew, knowing
/// it, could search for the string that he wants.
// spec: IDENTITY-77
#[test]
fn a_restored_store_reveals_nothing_twice() {
    for reopened in [false, true] {
        let clock = Clock::at_day(20_000);
        let on_store = |seed| {
            let store = MemoryStore::new();
            let person = Person::create(store.clone(), seed, &clock).expect("scripted");
            (store, person)
        };
        let mut both = [on_store(1), on_store(2)];
        both.sort_by_key(|(_, person)| person.client.account_id());
        let [(store, mut lower), (attackers, mut higher)] = both;
        let open = |store: &MemoryStore, seed| {
            let env = ScriptedEnv::new(seed, &clock);
            Client::open(store.clone(), &store_key(), env).expect("own store")
        };
        lower.start(&higher, 0).expect("genuine");
        let first = lower.send(&higher, b"first");
        higher.receive(&lower, &first).expect("genuine");
        converse(&mut higher, &mut lower);

        lower.client.begin_short_string(&higher.address()).expect("a session");
        carry(&mut lower, &mut higher).expect("genuine");
        let [backup, attackers_backup] = [store.copy(), attackers.copy()];
        let answer = |higher: &mut Person, lower: &Person| {
            higher.client.join_short_string(&lower.address()).expect("asked");
            higher.client.outbox().unwrap().remove(0).bytes
        };
        let one = answer(&mut higher, &lower);
        attackers.restore(&attackers_backup);
        higher.client = open(&attackers, 50);
        let other = answer(&mut higher, &lower);

        let told = |lower: &mut Person, bytes: &[u8]| {
            let items = lower.client.receive(&higher.address(), bytes).expect("authentic");
            items.into_iter().map(|item| item.event).collect::<Vec<_>>()
        };
        assert_eq!(told(&mut lower, &one), [ready_with(&higher)]);
        assert_eq!(lower.client.outbox().unwrap().len(), 1, "the reveal");

        store.restore(&backup);
        if reopened {
            lower.client = open(&store, 51);
        }
        assert_eq!(told(&mut lower, &other), [ended(&higher, ShortStringEnd::Interrupted)]);
        assert!(lower.client.outbox().unwrap().is_empty());
        assert_eq!(lower.client.short_string(&higher.client.account_id()), Ok(None));
    }
}

/// The application may be ended between two messages, but for the one after which a nonce is revealed.
#[test]
fn a_comparison_goes_on_after_a_restart() {
    let clock = Clock::at_day(20_000);
    let store = MemoryStore::new();
    let mut bob = Person::create(store.clone(), 2, &clock).expect("scripted");
    let mut alice = (10..).map(|seed| Person::on_clock(seed, &clock));
    let mut alice =
        alice.find(|alice| alice.client.account_id() < bob.client.account_id()).expect("half of them");
    alice.start(&bob, 0).expect("genuine");
    alice.client.begin_short_string(&bob.address()).expect("a session");
    let reopen = |bob: &mut Person, seed| {
        bob.client =
            Client::open(store.clone(), &store_key(), ScriptedEnv::new(seed, &clock)).expect("own store");
    };
    carry(&mut alice, &mut bob).expect("genuine");
    reopen(&mut bob, 60);
    bob.client.join_short_string(&alice.address()).expect("asked");
    reopen(&mut bob, 61);
    exchange(&mut alice, &mut bob);
    reopen(&mut bob, 62);
    let [ours, theirs] = [shown(&mut alice, &bob.address()), shown(&mut bob, &alice.address())];
    assert_eq!(ours.string(), theirs.string());
    assert_eq!(bob.client.decide_short_string(theirs, true), Ok(Compared::Same));
}
