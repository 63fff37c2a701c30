//! Mailboxes: order, batches, hints, removal, limits, waiting.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use entrenous_cli::transport::{MAX_ENVELOPE, Mailbox, Seen, Transport, TransportError};

use crate::scratch::{Scratch, address, collect, envelopes, mailbox, mailbox_dir, names};

// spec: FOLDER-16
#[test]
fn what_is_delivered_comes_in_order_with_its_hint_until_it_is_removed() {
    let scratch = Scratch::new("in_order");
    let folder = scratch.folder();
    let alice = address(0xa1, 0x0102_0304);
    let sent: Vec<Vec<u8>> = (0..700_u32).map(|n| n.to_be_bytes().to_vec()).collect();
    for (n, envelope) in sent.iter().enumerate() {
        let from = (n % 2 == 0).then_some(&alice);
        folder.deliver(&mailbox(), from, envelope).expect("delivered");
    }
    for _ in 0..2 {
        let batch = collect(&folder, &mailbox());
        assert_eq!(envelopes(&batch.arrived), sent);
        assert_eq!(batch.left_alone, 0);
        for (n, arrived) in batch.arrived.iter().enumerate() {
            assert_eq!(arrived.from, (n % 2 == 0).then_some(alice));
        }
    }

    let batch = collect(&folder, &mailbox());
    for arrived in batch.arrived.iter().filter(|arrived| arrived.envelope[3] % 2 == 0) {
        folder.remove(&mailbox(), &arrived.ticket).expect("removed");
        folder.remove(&mailbox(), &arrived.ticket).expect("no error");
    }
    let odd: Vec<Vec<u8>> = sent.into_iter().filter(|envelope| envelope[3] % 2 == 1).collect();
    assert_eq!(envelopes(&collect(&folder, &mailbox()).arrived), odd);
}

#[test]
fn a_batch_is_bounded_by_bytes_as_well() {
    let scratch = Scratch::new("batches");
    let folder = scratch.folder();
    let large = vec![0x55; MAX_ENVELOPE];
    for _ in 0..3 {
        folder.deliver(&mailbox(), None, &large).expect("delivered");
    }
    let first = folder.collect(&mailbox(), None).expect("collected");
    assert_eq!(first.arrived.len(), 2);
    let second = folder.collect(&mailbox(), first.next.as_ref()).expect("collected");
    assert_eq!((second.arrived.len(), second.next), (1, None));
    assert!(second.arrived[0].envelope == large);
}

// spec: FOLDER-6
#[test]
fn a_longer_envelope_is_refused_and_nothing_written() {
    let scratch = Scratch::new("too_long");
    let refused = scratch.folder().deliver(&mailbox(), None, &vec![0; MAX_ENVELOPE + 1]);
    assert!(matches!(refused, Err(TransportError::TooLong { .. })), "{refused:?}");
    assert_eq!(names(scratch.path()), [""; 0]);
}

#[test]
fn mailboxes_don_t_mix() {
    let scratch = Scratch::new("mailboxes");
    let folder = scratch.folder();
    let boxes = [
        mailbox(),
        Mailbox::Device(address(0xb0, 8)),
        Mailbox::Device(address(0xb1, 7)),
        Mailbox::Rendezvous([0xb0; 16]),
        Mailbox::Rendezvous([0xb1; 16]),
    ];
    for (n, to) in (0_u8..).zip(&boxes) {
        folder.deliver(to, None, &[n]).expect("delivered");
    }
    for (n, of) in (0_u8..).zip(&boxes) {
        assert_eq!(envelopes(&collect(&folder, of).arrived), [[n]]);
    }
}

// spec: FOLDER-16
#[test]
fn a_meeting_place_vanishes_when_it_is_empty_and_can_be_used_again() {
    let scratch = Scratch::new("rendezvous");
    let folder = scratch.folder();
    let place = Mailbox::Rendezvous([9; 16]);
    for round in 0..3_u8 {
        folder.deliver(&place, None, &[round]).expect("delivered");
        let batch = collect(&folder, &place);
        assert_eq!(envelopes(&batch.arrived), [[round]]);
        folder.remove(&place, &batch.arrived[0].ticket).expect("removed");
        assert_eq!(names(&scratch.path().join("v1/rendezvous")), [""; 0]);
    }
}

// spec: FOLDER-10
#[test]
fn a_crowded_mailbox_takes_no_more() {
    let scratch = Scratch::new("crowded");
    let folder = scratch.folder();
    folder.deliver(&mailbox(), None, b"first").expect("delivered");
    let dir = mailbox_dir(scratch.path());
    for n in 1..1 << 16 {
        fs::write(dir.join(format!("{:016x}-{n:032x}", u64::MAX)), b"").expect("written");
    }
    let refused = folder.deliver(&mailbox(), None, b"one more");
    assert!(matches!(refused, Err(TransportError::Crowded { limit: 65_536, .. })), "{refused:?}");
    assert_eq!(names(&dir).len(), 1 << 16, "nothing was written");
    let batch = collect(&folder, &mailbox());
    assert_eq!((envelopes(&batch.arrived), batch.left_alone), (vec![b"first".to_vec()], 65_535));
}

#[test]
fn waiting_ends_with_something_new_or_with_patience() {
    let scratch = Scratch::new("waiting");
    let folder = scratch.folder();
    let mut seen = Seen::default();
    let started = Instant::now();
    let short = Duration::from_millis(200);
    assert!(!folder.wait(&mailbox(), &mut seen, short).expect("waited"));
    assert!(started.elapsed() >= short);

    folder.deliver(&mailbox(), None, b"one").expect("delivered");
    assert!(folder.wait(&mailbox(), &mut seen, Duration::ZERO).expect("waited"));
    // what is there is known now, dealt with or not
    assert!(!folder.wait(&mailbox(), &mut seen, Duration::ZERO).expect("waited"));

    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(short);
            folder.deliver(&mailbox(), None, b"two").expect("delivered");
        });
        let started = Instant::now();
        assert!(folder.wait(&mailbox(), &mut seen, Duration::from_secs(60)).expect("waited"));
        assert!(started.elapsed() < Duration::from_secs(30));
    });
    assert_eq!(envelopes(&collect(&folder, &mailbox()).arrived), [b"one", b"two"]);
}
