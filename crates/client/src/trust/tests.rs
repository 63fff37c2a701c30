//! Decisions that devices tell: only an own one's count.
#![allow(clippy::unwrap_used, reason = "test code")]

use entrenous_identity::{AccountId, Timestamp};
use entrenous_wire::proto::{Control, TrustDecision};

use super::{Proof, Trust};
use crate::{
    Created, Error, Event,
    testing::{Device, create, own_devices},
};

/// `from` tells `to` of `decision`, and this is what comes of it.
fn tell(from: &mut Device, to: &mut Device, decision: &TrustDecision) -> Vec<Event> {
    let control = Control { trust: Some(decision.clone()), ..Control::default() };
    crate::testing::tell(from, to, control)
}

fn verified(account: &AccountId, ms: u64) -> TrustDecision {
    let account = account.as_bytes().to_vec();
    TrustDecision { account, trust: 2, proof: 1, decided_ms: ms, replaces: Vec::new() }
}

// spec: CLIENT-49
#[test]
fn a_contact_can_not_decide_for_the_user() {
    let (Created { client: mut alice, .. }, Created { client: mut mallory, .. }) = (create(), create());
    let account = mallory.account_id();
    let events = tell(&mut mallory, &mut alice, &verified(&account, 1));
    assert!(events.contains(&Event::Unsupported { from: mallory.address() }), "{events:?}");
    assert_eq!(alice.contact(&account).unwrap().trust, Trust::FirstUse);
    let third = create().client.account_id();
    tell(&mut mallory, &mut alice, &verified(&third, 1));
    assert_eq!(alice.contact(&third).err(), Some(Error::NoSession));
}

// spec: CLIENT-48
#[test]
fn the_later_decision_counts() {
    let (mut one, mut other) = own_devices();
    let account = create().client.account_id();
    let back = |account: &AccountId, ms| TrustDecision { trust: 1, proof: 0, ..verified(account, ms) };
    let by = other.address().device;
    let events = tell(&mut other, &mut one, &verified(&account, 10));
    let trust = Trust::Verified { by: Proof::SafetyNumber, at: Timestamp::from_ms(10) };
    assert!(events.contains(&Event::TrustDecided { account, trust, by }), "{events:?}");
    let events = tell(&mut other, &mut one, &back(&account, 9));
    assert!(!events.iter().any(|event| matches!(event, Event::TrustDecided { .. })), "{events:?}");
    assert_eq!(one.contact(&account).unwrap().trust, trust);
    tell(&mut other, &mut one, &back(&account, 11));
    assert_eq!(one.contact(&account).unwrap().trust, Trust::FirstUse);
}

/// A clock that is ahead must not make a decision the last one for ever.
// spec: CLIENT-48
#[test]
fn a_decision_from_the_future_is_of_now() {
    let (mut one, mut other) = own_devices();
    let Created { client: mut bob, .. } = create();
    let account = bob.account_id();
    tell(&mut other, &mut one, &verified(&account, (1 << 48) - 1));
    let back = TrustDecision { trust: 1, proof: 0, ..verified(&account, (1 << 48) - 1) };
    tell(&mut other, &mut one, &back);
    assert_eq!(one.contact(&account).unwrap().trust, Trust::FirstUse);
    let card = bob.own_card().unwrap().to_string();
    assert!(one.scan_card(&card, None).unwrap().verified);
    assert!(matches!(one.contact(&account).unwrap().trust, Trust::Verified { by: Proof::Card, .. }));
}

// spec: CLIENT-49
#[test]
fn the_own_account_needs_no_trust() {
    let (mut one, mut other) = own_devices();
    let me = one.account_id();
    let events = tell(&mut other, &mut one, &verified(&me, 1));
    assert!(events.contains(&Event::Unsupported { from: other.address() }), "{events:?}");
    assert_eq!(one.contact(&me).err(), Some(Error::NoSession));
}
