//! What a malicious peer may send in a comparison.
#![allow(clippy::panic, clippy::unwrap_used, reason = "test code")]

use entrenous_wire::{
    proto::Control,
    sas::{SasMessage, SasStep},
};

use super::ShortStringState;
use crate::{
    Address, Compared, Event, Trust,
    engine::{Name, Step, Stop, sealed::Run},
    event::ShortStringEnd,
    record::{ShortStrings, array},
    testing::{Device, create, own_devices, tell},
};

/// Two people with a session on which both have read, the one with the lower account id first.
fn pair() -> (Device, Device) {
    let [mut one, mut other] = [create().client, create().client];
    let bytes = [SasStep::Answer; 2].map(|step| message(step, [1; 32]));
    tell(&mut one, &mut other, bytes[0].clone());
    tell(&mut other, &mut one, bytes[1].clone());
    if one.account_id() < other.account_id() { (one, other) } else { (other, one) }
}

fn message(step: SasStep, view: [u8; 32]) -> Control {
    let (run, value) = if step == SasStep::Ask { ([0; 16], [0; 32]) } else { ([2; 16], [3; 32]) };
    control(&SasMessage { step, view, run, value })
}

fn control(message: &SasMessage) -> Control {
    Control { short_string: message.encode(), ..Control::default() }
}

/// What names the run that a client takes part in.
struct UnderWay;

impl Run for UnderWay {
    type Output = SasMessage;

    fn run(&self, step: &mut Step<'_>) -> Result<SasMessage, Stop> {
        let all: ShortStrings = step.expect(Name::ShortStrings)?;
        let record = all.run.unwrap().state.to_record();
        let (view, run) = (array(&record.view)?, array(&record.run)?);
        Ok(SasMessage { step: SasStep::Commit, view, run, value: [0; 32] })
    }
}

/// Carries what is in the outbox.
fn carry(from: &mut Device, to: &mut Device) -> Vec<Event> {
    let mut events = Vec::new();
    for out in from.outbox().unwrap() {
        if let Ok(items) = to.receive(&from.address(), &out.bytes) {
            events.extend(items.into_iter().map(|item| item.event));
        }
        from.handed_over(out.number.as_slice()).unwrap();
    }
    events
}

fn state(of: &mut Device, with: &Address) -> Option<ShortStringState> {
    of.short_string(&with.account).unwrap()
}

// spec: IDENTITY-75, WIRE-117
#[test]
fn what_nobody_waits_for_does_nothing() {
    let (mut lower, mut higher) = pair();
    for step in [SasStep::Answer, SasStep::Reveal, SasStep::Ask] {
        assert_eq!(tell(&mut lower, &mut higher, message(step, [1; 32])), [], "{step:?}");
    }
    for step in [SasStep::Answer, SasStep::Reveal, SasStep::Commit] {
        assert_eq!(tell(&mut higher, &mut lower, message(step, [1; 32])), [], "{step:?}");
    }
    let mut garbage = message(SasStep::Commit, [1; 32]);
    garbage.short_string[0] = 9;
    assert_eq!(tell(&mut lower, &mut higher, garbage), [Event::Unsupported { from: lower.address() }]);
    assert!(state(&mut lower, &higher.address()).is_none());
    assert!(state(&mut higher, &lower.address()).is_none());
}

// spec: IDENTITY-73
#[test]
fn a_wrong_reveal_ends_it_and_is_told() {
    let (mut lower, mut higher) = pair();
    lower.begin_short_string(&higher.address()).unwrap();
    let committed = lower.perform(&UnderWay).unwrap();
    carry(&mut lower, &mut higher);
    higher.join_short_string(&lower.address()).unwrap();
    let wrong = control(&SasMessage { step: SasStep::Reveal, value: [9; 32], ..committed });
    let with = lower.address();
    let end = Event::ShortStringEnded { with, why: ShortStringEnd::WrongReveal };
    assert_eq!(tell(&mut lower, &mut higher, wrong), [end]);
    assert!(state(&mut higher, &with).is_none());
    // the right one comes too late
    carry(&mut higher, &mut lower);
    assert_eq!(carry(&mut lower, &mut higher), []);
    assert_eq!(higher.contact(&with.account).unwrap().trust, Trust::FirstUse);
}

// spec: IDENTITY-71
#[test]
fn another_view_ends_it_and_is_told() {
    let (mut lower, mut higher) = pair();
    lower.begin_short_string(&higher.address()).unwrap();
    let committed = lower.perform(&UnderWay).unwrap();
    let other = control(&SasMessage { step: SasStep::Answer, view: [9; 32], ..committed });
    let end = Event::ShortStringEnded { with: higher.address(), why: ShortStringEnd::DifferentView };
    assert_eq!(tell(&mut higher, &mut lower, other), [end]);
    assert!(state(&mut lower, &higher.address()).is_none());
}

#[test]
fn a_question_is_told_once_and_the_last_one_is_joined() {
    let (mut lower, mut higher) = pair();
    let asked = Event::ShortStringAsked { with: lower.address() };
    assert_eq!(tell(&mut lower, &mut higher, message(SasStep::Commit, [1; 32])), [asked]);
    lower.begin_short_string(&higher.address()).unwrap();
    assert_eq!(carry(&mut lower, &mut higher), [], "it waits already");
    higher.join_short_string(&lower.address()).unwrap();
    let ready = Event::ShortStringReady { with: higher.address() };
    assert_eq!(carry(&mut higher, &mut lower), [ready]);
    carry(&mut lower, &mut higher);
    let Some(ShortStringState::Ready(shown)) = state(&mut higher, &lower.address()) else { panic!() };
    assert_eq!(higher.decide_short_string(shown, true), Ok(Compared::Same));
}

/// Nobody has read yet what the other has begun: their sessions cross, and so do their questions.
// spec: IDENTITY-71
#[test]
fn two_who_begin_at_once_in_sessions_of_their_own_compare() {
    let [mut one, mut other] = [create().client, create().client];
    let bundle = |of: &mut Device| of.publish_prekeys().unwrap().unwrap().last_resort;
    let (of_one, of_other) = (bundle(&mut one), bundle(&mut other));
    one.start_session(&other.account_id(), &of_other).unwrap();
    other.start_session(&one.account_id(), &of_one).unwrap();
    let (mut lower, mut higher) =
        if one.account_id() < other.account_id() { (one, other) } else { (other, one) };
    lower.begin_short_string(&higher.address()).unwrap();
    higher.begin_short_string(&lower.address()).unwrap();
    let ended = |events: &[Event]| events.iter().any(|event| matches!(event, Event::ShortStringEnded { .. }));
    for _ in 0..2 {
        assert!(!ended(&carry(&mut lower, &mut higher)));
        assert!(!ended(&carry(&mut higher, &mut lower)));
    }
    let (with_higher, with_lower) = (higher.address(), lower.address());
    let Some(ShortStringState::Ready(of_lower)) = state(&mut lower, &with_higher) else { panic!() };
    let Some(ShortStringState::Ready(of_higher)) = state(&mut higher, &with_lower) else { panic!() };
    assert_eq!(of_lower.string(), of_higher.string());
    assert_eq!(lower.decide_short_string(of_lower, true), Ok(Compared::Same));
    assert_eq!(higher.decide_short_string(of_higher, true), Ok(Compared::Same));
}

#[test]
fn own_devices_have_nothing_to_compare() {
    let (mut one, mut other) = own_devices();
    let events = tell(&mut other, &mut one, message(SasStep::Ask, [1; 32]));
    assert!(events.contains(&Event::Unsupported { from: other.address() }), "{events:?}");
    assert!(one.begin_short_string(&other.address()).is_err());
    assert!(state(&mut one, &other.address()).is_none());
}
