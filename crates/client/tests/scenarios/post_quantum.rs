//! The post-quantum ratchet as an application sees it: events, the status of messages, and choices of pace.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{Event, MixedEpoch, Policy, PostQuantumPolicy, ShardsPerMessage};
use entrenous_testkit::person::{Person, established};

/// What one message brings: events, and the status of the message.
fn send(from: &mut Person, to: &mut Person) -> Vec<Event> {
    let hint = from.address();
    let outgoing = from.client.send(&to.client.account_id(), b"hello").expect("a session").outgoing;
    let mut events = Vec::new();
    for envelope in outgoing {
        from.client.handed_over(envelope.number.as_slice()).expect("there");
        for item in to.client.receive(&hint, &envelope.bytes).expect("genuine") {
            to.client.acknowledge(item.number.as_slice()).expect("there");
            events.push(item.event);
        }
    }
    events
}

/// As fast as it goes: a whole blob with each message, and no pause.
fn hurried(person: Person) -> Person {
    let post_quantum = PostQuantumPolicy {
        shards: ShardsPerMessage::Exactly(37),
        pause_messages: 0,
        ..PostQuantumPolicy::default()
    };
    let client = person.client.with_policy(Policy { post_quantum, ..Policy::default() });
    Person { client, ..person }
}

// spec: CLIENT-90
#[test]
fn both_ends_are_told_of_an_epoch_and_see_it_in_their_messages() {
    let (alice, bob) = established();
    let (mut alice, mut bob) = (hurried(alice), hurried(bob));
    let (mut told, mut last) = ([Vec::new(), Vec::new()], None);
    for _ in 0..8 {
        for (at, events) in [send(&mut alice, &mut bob), send(&mut bob, &mut alice)].into_iter().enumerate() {
            for event in events {
                match event {
                    Event::PostQuantumEpoch { epoch, .. } => told[at].push(epoch),
                    Event::Message(message) => last = Some(message.status.post_quantum),
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    assert!(told[0].len() >= 3, "{told:?}");
    for told in &told {
        assert!(told.iter().copied().eq(1..=told.len() as u64), "each epoch once, in order: {told:?}");
    }
    let status = last.expect("a message");
    let Some(MixedEpoch { epoch, made }) = status.mixed else { panic!("{status:?}") };
    assert!(epoch + 1 == status.epoch && status.skipped == 0, "{status:?}");
    assert_eq!(made.day().0, 20_000);
}

/// The defaults: the first epoch begins at once, and the next after a pause.
#[test]
fn epochs_rest_in_between() {
    let (mut alice, mut bob) = established();
    let mut told = Vec::new();
    for message in 0_u32.. {
        let (from, to) = if message % 2 == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
        for event in send(from, to) {
            if let Event::PostQuantumEpoch { epoch, .. } = event {
                told.push((epoch, message));
            }
        }
        if told.len() == 4 {
            break;
        }
        assert!(message < 400, "{told:?}");
    }
    let [(1, first), (1, _), (2, second), (2, _)] = told[..] else { panic!("{told:?}") };
    assert!(first < 80 && second - first > 100, "{told:?}");
}
