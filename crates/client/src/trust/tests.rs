//! Decisions that devices tell: only an own one's count.
#![allow(clippy::panic, clippy::unwrap_used, reason = "test code")]

use entrenous_identity::{AccountId, Timestamp};
use entrenous_wire::proto::{Control, TrustDecision};

use super::{Proof, Trust};
use crate::{
    Address, Client, Created, Error, Event, MemoryStore, Outgoing, Recovery, StoreKey, System,
    engine::{Step, Stop, sealed::Run},
};

type Device = Client<MemoryStore, System>;

/// Sends what the client itself would never send.
struct Tell(Address, Control);

impl Run for Tell {
    type Output = Outgoing;

    fn run(&self, step: &mut Step<'_>) -> Result<Outgoing, Stop> {
        Ok(step.send_control(&self.0, &self.1)?.ok_or(Error::NoSession)?)
    }
}

fn key() -> StoreKey {
    StoreKey::from_bytes(&[7; 32])
}

fn create() -> Created<MemoryStore, System> {
    Client::create(MemoryStore::new(), &key(), System::new()).unwrap()
}

/// `from` tells `to` of `decision`, and this is what comes of it.
fn tell(from: &mut Device, to: &mut Device, decision: &TrustDecision) -> Vec<Event> {
    let upload = to.publish_prekeys().unwrap().unwrap();
    match from.start_session(&to.account_id(), &upload.last_resort) {
        Ok(_) | Err(Error::SessionExists(_)) => {}
        Err(error) => panic!("{error}"),
    }
    let control = Control { trust: Some(decision.clone()), ..Control::default() };
    let bytes = from.perform(&Tell(to.address(), control)).unwrap().bytes;
    to.receive(&from.address(), &bytes).unwrap().into_iter().map(|item| item.event).collect()
}

fn verified(account: &AccountId, ms: u64) -> TrustDecision {
    let account = account.as_bytes().to_vec();
    TrustDecision { account, trust: 2, proof: 1, decided_ms: ms, replaces: Vec::new() }
}

/// An account with two devices.
fn own_devices() -> (Device, Device) {
    let Created { client: mut one, recovery: code } = create();
    let newest = one.publish_prekeys().unwrap().unwrap().last_resort;
    let recovery = Recovery { code: &code, newest: &newest, lost: &[] };
    let other = Client::recover(MemoryStore::new(), &key(), System::new(), &recovery).unwrap();
    (one, other)
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
    assert_eq!(tell(&mut other, &mut one, &back(&account, 9)), []);
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
