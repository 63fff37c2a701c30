//! Trust: it comes from comparing, and reaches the own devices.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "test code")]

use entrenous::{CardList, Compared, Error, Event, MemoryStore, Policy, Proof, Recovery, Trust, TrustPolicy};
use entrenous_testkit::person::{Clock, MemoryMarker, Person, carry, established};

fn trust(of: &Person, at: &mut Person) -> Trust {
    at.client.contact(&of.client.account_id()).expect("known").trust
}

fn is_verified_by(trust: Trust, proof: Proof) -> bool {
    matches!(trust, Trust::Verified { by, .. } if by == proof)
}

// spec: CLIENT-42
#[test]
fn numbers_that_are_the_same_verify_and_others_are_told() {
    let (mut alice, bob) = established();
    let account = bob.client.account_id();
    let shown = alice.client.safety_number(&account).expect("known");
    assert_eq!(shown.account(), account);
    assert_eq!(alice.client.verify_by_number(shown, false), Ok(Compared::Different));
    assert_eq!(trust(&bob, &mut alice), Trust::FirstUse);
    let failed = Event::ComparisonFailed { account, by: Proof::SafetyNumber };
    assert!(alice.client.inbox().unwrap().iter().any(|item| item.event == failed));

    let shown = alice.client.safety_number(&account).expect("known");
    assert_eq!(alice.client.verify_by_number(shown, true), Ok(Compared::Same));
    assert!(is_verified_by(trust(&bob, &mut alice), Proof::SafetyNumber));
    // a later mismatch is told and takes nothing away
    let shown = alice.client.safety_number(&account).expect("known");
    assert_eq!(alice.client.verify_by_number(shown, false), Ok(Compared::Different));
    assert!(is_verified_by(trust(&bob, &mut alice), Proof::SafetyNumber));
}

// spec: CLIENT-43
#[test]
fn a_comparison_counts_for_its_own_two_accounts_alone() {
    let (mut alice, mut bob) = established();
    let bobs = bob.client.safety_number(&alice.client.account_id()).expect("known");
    assert!(matches!(alice.client.verify_by_number(bobs, true), Err(Error::ApiMisuse(_))));
    let shown = alice.client.safety_number(&bob.client.account_id()).expect("known");
    alice.client.forget(&bob.client.account_id()).expect("known");
    assert_eq!(alice.client.verify_by_number(shown, true), Err(Error::NoSession));
}

// spec: CLIENT-43
#[test]
fn typed_digits_verify_if_they_are_all_right() {
    let (mut alice, mut bob) = established();
    let account = bob.client.account_id();
    let bobs = bob.client.safety_number(&alice.client.account_id()).expect("known").to_string();
    let typo = match bobs.strip_prefix('1') {
        Some(rest) => format!("2{rest}"),
        None => format!("1{}", &bobs[1..]),
    };
    assert_eq!(alice.client.verify_by_digits(&account, &typo), Ok(Compared::Different));
    assert!(matches!(alice.client.verify_by_digits(&account, &bobs[1..]), Err(Error::Malformed(_))));
    assert_eq!(trust(&bob, &mut alice), Trust::FirstUse);
    assert_eq!(alice.client.verify_by_digits(&account, &bobs), Ok(Compared::Same));
    assert!(is_verified_by(trust(&bob, &mut alice), Proof::SafetyNumber));
}

// spec: CLIENT-20
#[test]
fn a_strict_policy_sends_to_verified_accounts_only() {
    let (mut alice, mut bob) = established();
    alice.client = alice.client.with_policy(Policy { trust: TrustPolicy::VerifiedOnly, ..Policy::default() });
    let account = bob.client.account_id();
    assert_eq!(alice.client.send(&account, b"?"), Err(Error::Unverified));
    let bytes = bob.send(&alice, b"received all the same");
    assert!(alice.receive(&bob, &bytes).is_ok());
    let shown = alice.client.safety_number(&account).expect("known");
    assert_eq!(alice.client.verify_by_number(shown, true), Ok(Compared::Same));
    assert!(alice.client.send(&account, b"now").is_ok());
}

/// A session is begun all the same: without the list that comes with it nobody could compare.
// spec: CLIENT-108
#[test]
fn what_waits_is_not_sealed_for_who_is_not_trusted_any_more() {
    for strict in [false, true] {
        let (mut alice, bob) = established();
        let account = bob.client.account_id();
        let marker = MemoryMarker::default();
        alice.client = alice.client.with_marker(marker.clone()).expect("marked");
        marker.set(None);
        alice.client = alice.client.with_marker(marker).expect("marked");
        let sent = alice.client.send(&account, b"waits for a session").expect("a contact");
        assert_eq!(sent.unreached, [bob.address()]);
        match strict {
            true => {
                let policy = Policy { trust: TrustPolicy::VerifiedOnly, ..Policy::default() };
                alice.client = alice.client.with_policy(policy);
            }
            false => {
                let carol = Person::new(3);
                alice.start(&carol, 0).expect("genuine");
                alice.client.replace_contact(&carol.client.account_id(), &account).expect("known");
            }
        }
        let started = alice.client.start_session(&account, &bob.upload.bundles[5]).expect("to compare");
        assert_eq!((started.outgoing, alice.client.outbox()), (Vec::new(), Ok(Vec::new())), "{strict}");
    }
}

// spec: CLIENT-44
#[test]
fn a_card_that_came_as_a_text_verifies_nothing() {
    let (mut alice, mut bob) = (Person::new(1), Person::new(2));
    let card = bob.client.own_card().expect("own").to_string();
    let seen = alice.client.add_card(&card).expect("genuine");
    assert_eq!(
        (seen.account, seen.list, seen.verified),
        (bob.client.account_id(), CardList::NoneKnown, false)
    );
    assert_eq!(alice.client.send(&seen.account, b"?"), Err(Error::NoSession));
    alice.start(&bob, 0).expect("genuine");
    assert_eq!(trust(&bob, &mut alice), Trust::FirstUse);
    assert!(alice.client.contact(&seen.account).unwrap().accepted);
    assert!(alice.client.send(&seen.account, b"hello").is_ok());
    let own = alice.client.own_card().expect("own").to_string();
    assert!(matches!(alice.client.add_card(&own), Err(Error::ApiMisuse(_))));
    assert!(matches!(alice.client.add_card(&card[1..]), Err(Error::Text(_))));
}

// spec: CLIENT-45
#[test]
fn a_card_from_the_persons_screen_verifies() {
    let (mut alice, mut bob, mut carol) = (Person::new(1), Person::new(2), Person::new(3));
    let card = bob.client.own_card().expect("own").to_string();
    let account = bob.client.account_id();
    // before anything is known of Bob
    let seen = alice.client.scan_card(&card, None).expect("genuine");
    assert_eq!((seen.list, seen.verified), (CardList::NoneKnown, true));
    alice.start(&bob, 0).expect("genuine");
    assert!(is_verified_by(trust(&bob, &mut alice), Proof::Card));
    assert!(alice.client.inbox().unwrap().is_empty(), "the list is the card's");
    // and after
    carol.start(&bob, 1).expect("genuine");
    let seen = carol.client.scan_card(&card, Some(&account)).expect("genuine");
    assert_eq!((seen.list, seen.verified), (CardList::Same, true));
    // the person whom Carol takes for Bob shows another card
    let alices = alice.client.own_card().expect("own").to_string();
    assert_eq!(carol.client.scan_card(&alices, Some(&account)), Err(Error::IdentityMismatch));
}

/// Bob's account with one device more, made by who has its key.
fn ghost(of: &Person, seed: u64) -> Person {
    let newest = &of.upload.last_resort;
    let recovery = Recovery { code: of.recovery(), newest, lost: &[] };
    Person::recover(MemoryStore::new(), seed, &Clock::at_day(20_000), &recovery).expect("has the key")
}

// spec: CLIENT-45
#[test]
fn a_scan_exposes_withheld_and_forked_lists() {
    let (mut alice, mut bob) = established();
    let account = bob.client.account_id();
    let mut newer = ghost(&bob, 20);
    let card = newer.client.own_card().expect("own").to_string();
    let seen = alice.client.scan_card(&card, Some(&account)).expect("genuine");
    assert_eq!((seen.list, seen.verified), (CardList::CardIsLater, true));
    let told = |person: &mut Person, event: &Event| {
        person.client.inbox().unwrap().iter().any(|item| item.event == *event)
    };
    assert!(told(&mut alice, &Event::ListWithheld { account }));
    // what then comes under that epoch is another list
    let other = ghost(&bob, 21);
    alice.start(&other, 0).expect("signed by the account");
    assert!(told(&mut alice, &Event::CardContradicts { account }));

    // the genuine one tells nothing
    let mut carol = Person::new(4);
    carol.start(&bob, 3).expect("genuine");
    carol.client.scan_card(&card, None).expect("genuine");
    carol.start(&newer, 0).expect("genuine");
    assert!(!told(&mut carol, &Event::CardContradicts { account }));
    // a card of the same epoch with another list doesn't verify
    let mut dave = Person::new(5);
    dave.start(&other, 1).expect("signed by the account");
    let seen = dave.client.scan_card(&card, None).expect("well-formed");
    assert_eq!((seen.list, seen.verified), (CardList::Contradicts, false));
    assert!(told(&mut dave, &Event::CardContradicts { account }));
    assert_eq!(trust(&bob, &mut dave), Trust::FirstUse);
    let seen = dave.client.scan_card(&bob.client.own_card().unwrap().to_string(), None).unwrap();
    assert_eq!((seen.list, seen.verified), (CardList::CardIsEarlier, true));
}

// spec: CLIENT-46, CLIENT-47
#[test]
fn a_replaced_contact_gets_nothing_until_the_change_is_accepted() {
    let (mut alice, bob) = established();
    let mut mallory = Person::new(3);
    let (old, new) = (bob.client.account_id(), mallory.client.account_id());
    let shown = alice.client.safety_number(&old).expect("known");
    assert_eq!(alice.client.verify_by_number(shown, true), Ok(Compared::Same));
    alice.start(&mallory, 0).expect("genuine");

    alice.client.replace_contact(&old, &new).expect("known");
    assert_eq!(trust(&bob, &mut alice), Trust::FirstUse, "the verification is gone");
    assert_eq!(trust(&mallory, &mut alice), Trust::Changed { replaces: old });
    let changed = Event::IdentityChanged { from: old, to: new };
    assert!(alice.client.inbox().unwrap().iter().any(|item| item.event == changed));
    assert_eq!(alice.client.send(&new, b"secret"), Err(Error::IdentityChanged));
    assert!(alice.client.outbox().unwrap().iter().all(|out| out.to != mallory.address().into()));
    assert!(alice.client.identity_change(&old).unwrap().is_none());

    let change = alice.client.identity_change(&new).unwrap().expect("to be accepted");
    assert_eq!((change.replaces(), change.account()), (old, new));
    alice.client.accept_change(change).expect("as shown");
    assert_eq!(trust(&mallory, &mut alice), Trust::FirstUse);
    let bytes = alice.send(&mallory, b"accepted");
    assert_eq!(mallory.receive(&alice, &bytes), Ok(b"accepted".to_vec()));
}

// spec: CLIENT-46, CLIENT-47
#[test]
fn comparing_lifts_a_change_and_another_change_needs_another_word() {
    let (mut alice, bob) = established();
    let (carol, mallory) = (Person::new(3), Person::new(4));
    let [old, other, new] = [&bob, &carol, &mallory].map(|person| person.client.account_id());
    alice.start(&carol, 0).expect("genuine");
    alice.start(&mallory, 0).expect("genuine");
    alice.client.replace_contact(&old, &new).expect("known");
    let change = alice.client.identity_change(&new).unwrap().expect("to be accepted");
    alice.client.replace_contact(&other, &new).expect("known");
    assert_eq!(alice.client.accept_change(change), Err(Error::IdentityChanged));
    let shown = alice.client.safety_number(&new).expect("known");
    assert_eq!(alice.client.verify_by_number(shown, true), Ok(Compared::Same));
    assert!(alice.client.send(&new, b"compared").is_ok());
    assert!(matches!(alice.client.replace_contact(&old, &old), Err(Error::ApiMisuse(_))));
    let nobody = Person::new(9).client.account_id();
    assert_eq!(alice.client.replace_contact(&nobody, &new), Err(Error::NoSession));
}

/// What waits for a session must not go to a changed account when the session begins.
// spec: CLIENT-46
#[test]
fn what_waits_for_a_changed_account_goes_when_it_is_accepted() {
    let (mut alice, bob) = established();
    let mut mallory = Person::new(3);
    let (old, new) = (bob.client.account_id(), mallory.client.account_id());
    alice.start(&mallory, 0).expect("genuine");
    alice.send(&mallory, b"under way");
    alice.client.replace_contact(&old, &new).expect("known");
    // Mallory answers the first session with a reset of her own
    mallory.start(&alice, 0).expect("genuine");
    let bytes = mallory.send(&alice, b"hello");
    alice.receive(&mallory, &bytes).expect("genuine");
    assert!(alice.client.outbox().unwrap().iter().all(|out| out.to != mallory.address().into()));
    let change = alice.client.identity_change(&new).unwrap().expect("to be accepted");
    alice.client.accept_change(change).expect("as shown");
    let events = carry(&mut alice, &mut mallory).expect("genuine");
    assert!(
        events.iter().any(|event| matches!(event, Event::Message(m) if *m.content == b"under way")),
        "{events:?}"
    );
}

/// Two devices of one account that have a session.
fn own_devices() -> (Person, Person) {
    let mut first = Person::new(1);
    let mut second = ghost(&first, 10);
    second.start(&first, 0).expect("own device");
    let bob = Person::new(99);
    second.start(&bob, 0).expect("genuine");
    second.client.send(&bob.client.account_id(), b"a copy for the own device").expect("a session");
    let events = carry(&mut second, &mut first).expect("genuine");
    assert!(events.iter().any(|event| matches!(event, Event::OwnDeviceAdded { .. })), "{events:?}");
    (first, second)
}

// spec: CLIENT-48
#[test]
fn own_devices_agree_and_say_which_decided() {
    let (mut first, mut second) = own_devices();
    let (bob, carol) = (Person::new(2), Person::new(3));
    let account = bob.client.account_id();
    first.start(&bob, 0).expect("genuine");
    let shown = first.client.safety_number(&account).expect("known");
    assert_eq!(first.client.verify_by_number(shown, true), Ok(Compared::Same));
    let by = first.address().device;
    let events = carry(&mut first, &mut second).expect("genuine");
    let [Event::TrustDecided { account: of, trust: decided, by: on }] = events[..] else {
        panic!("{events:?}")
    };
    assert!(is_verified_by(decided, Proof::SafetyNumber));
    assert_eq!((of, on), (account, by));
    let status = second.client.contact(&account).expect("told by the own device");
    assert_eq!((status.decided_on, status.list_epoch, status.accepted), (Some(by), 0, true));
    assert_eq!(second.client.send(&account, b"?"), Err(Error::NoSession));
    second.start(&bob, 1).expect("genuine");
    assert!(is_verified_by(trust(&bob, &mut second), Proof::SafetyNumber));
    // a change reaches it as well
    first.client.replace_contact(&account, &carol.client.account_id()).expect("known");
    carry(&mut first, &mut second).expect("genuine");
    assert_eq!(trust(&bob, &mut second), Trust::FirstUse);
    assert_eq!(trust(&carol, &mut second), Trust::Changed { replaces: account });
}
