//! A message with a token can be sent again by an application that doesn't know whether it was: it is sent once.
#![allow(clippy::expect_used, clippy::panic, reason = "test code")]

use entrenous::{
    Client, Error, Limits, MemoryStore, Policy, SendOptions, Sent, Store,
    operation::{Send, SendMany},
};
use entrenous_testkit::{
    faults::{Fault, Faults, FaultyStore, Reach},
    person::{Clock, Person, ScriptedEnv, converse, established, store_key},
};

fn with_token(token: u64) -> SendOptions {
    SendOptions { token: Some(token.to_be_bytes()), ..SendOptions::default() }
}

fn send<S: Store>(from: &mut Person<S>, to: &Person, content: &[u8], token: u64) -> Result<Sent, Error> {
    from.client.perform(&Send { to: to.client.account_id(), content, options: with_token(token) })
}

// spec: CLIENT-115
#[test]
fn a_crash_between_the_commit_and_its_return_sends_nothing_twice() {
    for fault in [Fault::FailCommit, Fault::FailAfterCommit] {
        let (clock, disk, faults) = (Clock::at_day(20_000), MemoryStore::new(), Faults::default());
        let open = || FaultyStore::reopened(disk.clone(), &faults);
        let mut alice = Person::create(open(), 1, &clock).expect("scripted");
        let mut bob = Person::on_clock(2, &clock);
        alice.start(&bob, 0).expect("genuine");
        converse(&mut alice, &mut bob);

        faults.arm(fault, Reach::Answer, 0);
        assert!(matches!(send(&mut alice, &bob, b"once", 7), Err(Error::Store(_))));
        assert!(faults.fired());
        clock.pass_ms(60_000);
        alice.client = Client::open(open(), &store_key(), ScriptedEnv::new(77, &clock)).expect("there");
        let sent = send(&mut alice, &bob, b"once", 7).expect("a session");
        assert_eq!(sent.outgoing.len(), 1);
        assert_eq!(alice.client.outbox(), Ok(sent.outgoing.clone()));
        // however often
        assert_eq!(send(&mut alice, &bob, b"once", 7), Ok(sent.clone()));
        let items = bob.client.receive(&alice.address(), &sent.outgoing[0].bytes).expect("genuine");
        assert!(matches!(&items[..], [item] if matches!(&item.event,
            entrenous::Event::Message(message) if message.id == sent.id)));
        bob.client.acknowledge(items[0].number.as_slice()).expect("there");

        // the transport has it: nothing is left of it but its id
        alice.client.handed_over(sent.outgoing[0].number.as_slice()).expect("there");
        let again = send(&mut alice, &bob, b"once", 7).expect("known");
        assert_eq!((again.id, again.outgoing, again.unreached), (sent.id, vec![], vec![]));
        converse(&mut alice, &mut bob);
    }
}

#[test]
fn a_token_is_of_one_message() {
    let (mut alice, bob) = established();
    let mut carol = Person::new(3);
    carol.start(&alice, 1).expect("genuine");
    let hello = carol.send(&alice, b"hello");
    alice.receive(&carol, &hello).expect("genuine");
    send(&mut alice, &bob, b"one", 1).expect("a session");
    let before = alice.client.outbox();
    for (to, content) in [(&bob, b"two"), (&carol, b"one")] {
        assert!(matches!(send(&mut alice, to, content, 1), Err(Error::ApiMisuse(_))));
    }
    assert_eq!(alice.client.outbox(), before);
    // another token is another message, of the same content as well
    let [one, other] = [1, 2].map(|token| send(&mut alice, &bob, b"one", token).expect("a session"));
    assert_ne!(one.id, other.id);
    // and without one every sending is
    let to = bob.client.account_id();
    let [one, other] = [(), ()].map(|()| alice.client.send(&to, b"one").expect("a session"));
    assert_ne!(one.id, other.id);
}

#[test]
fn what_waits_is_known_by_its_token_as_well() {
    let (mut alice, bob) = established();
    let limits = Limits { chain_messages: 1, ..Limits::default() };
    alice.client = alice.client.with_policy(Policy { limits, ..Policy::default() });
    send(&mut alice, &bob, b"fills the chain", 1).expect("a session");
    let waits = send(&mut alice, &bob, b"waits", 2).expect("it can wait");
    assert_eq!((waits.outgoing.len(), &waits.unreached[..]), (0, &[bob.address()][..]));
    assert_eq!(send(&mut alice, &bob, b"waits", 2), Ok(waits));
    let status = alice.client.contact(&bob.client.account_id()).expect("known");
    assert_eq!(status.devices[0].unproven, 3, "the first message, and these two");
}

#[test]
fn tokens_are_for_single_messages_that_are_kept() {
    let (mut alice, bob) = established();
    let to = bob.client.account_id();
    let options = SendOptions { ephemeral: true, ..with_token(1) };
    let typing = alice.client.perform(&Send { to, content: b"typing", options });
    assert!(matches!(typing, Err(Error::ApiMisuse(_))));
    let many = alice.client.perform(&SendMany { to, contents: &[b"one"], options: with_token(1) });
    assert!(matches!(many, Err(Error::ApiMisuse(_))));
    assert_eq!(alice.client.outbox(), Ok(Vec::new()));
}
