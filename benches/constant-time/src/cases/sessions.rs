//! The ratchet: one session in the middle of its life, read from a record of which all secrets are secret.

use std::{cell::RefCell, sync::LazyLock};

use entrenous_primitives::nonce_salt::NonceSalt;
use entrenous_ratchet::{Limits, Looked, SealPolicy, Session};
use entrenous_testkit::{
    device::{TODAY, start_of},
    forge::record,
    pair::Pair,
    peer::{Peer, frame},
    rng::ScriptedRng,
};
use entrenous_wire::{envelope::Envelope, proto::SessionRecord};

use crate::{
    case::{Case, Decision, Run},
    inputs::{assert_secret, classify, declassify},
};

const TAG: &str = "AES-GCM: whether the tag holds";
const CONTRIBUTORY: &str = "X25519: whether the result is zero";
const SHARDS: &str = "frame: the shards that it brings";

pub const CASES: &[Case] = &[
    Case {
        name: "session, forged header, first or last byte of its tag",
        decisions: &[Decision(TAG, 24)],
        timed: 50_000,
        prepare: |inputs| {
            let (session, header) =
                (session(secrets), Envelope::parse(&FIXTURE.current).expect("genuine").sealed_header());
            let at = place(&FIXTURE.current, header) + header.len() - inputs.either(16, 1);
            refuse(session, changed(&FIXTURE.current, at))
        },
    },
    Case {
        name: "session, false body, first or last byte",
        decisions: &[Decision(TAG, 4)],
        timed: 50_000,
        prepare: |inputs| {
            let (session, body) =
                (session(secrets_but_header), Envelope::parse(&FIXTURE.current).expect("genuine").body());
            let at = place(&FIXTURE.current, body) + inputs.either(0, body.len() - 1);
            refuse(session, changed(&FIXTURE.current, at))
        },
    },
    Case {
        name: "session, false body in a new chain, first or last byte",
        decisions: &[Decision(TAG, 4), Decision(CONTRIBUTORY, 2)],
        timed: 20_000,
        prepare: |inputs| {
            let (session, body) =
                (session(secrets_but_header), Envelope::parse(&FIXTURE.next).expect("genuine").body());
            let at = place(&FIXTURE.next, body) + inputs.either(0, body.len() - 1);
            refuse(session, changed(&FIXTURE.next, at))
        },
    },
    Case {
        name: "session, genuine message",
        decisions: &[Decision(TAG, 4), Decision(SHARDS, 102)],
        timed: 0,
        prepare: |_| open(session(secrets_but_header), FIXTURE.current.clone()),
    },
    Case {
        name: "session, genuine message in a new chain",
        decisions: &[Decision(TAG, 4), Decision(CONTRIBUTORY, 2), Decision(SHARDS, 82)],
        timed: 0,
        prepare: |_| open(session(secrets_but_header), FIXTURE.next.clone()),
    },
    Case {
        name: "session, sealing of a fixed or random text",
        decisions: &[],
        timed: 50_000,
        prepare: |inputs| {
            let (session, text): (_, [u8; 64]) = (RefCell::new(session(secrets)), inputs.fixed_or_random());
            Box::new(move || {
                let mut rng = ScriptedRng::new(1);
                let mut salt = NonceSalt::new(&mut rng).expect("scripted");
                let (mut session, mut out) = (session.borrow_mut(), Vec::new());
                let policy = SealPolicy::default();
                let sealed =
                    session.seal(&frame(&text), &policy, start_of(TODAY), &mut salt, &mut rng, &mut out);
                let bytes = sealed.expect("sealed").commit();
                // behind version and type
                assert_secret(&bytes[2..]);
            })
        },
    },
];

/// What Alice has stored, and two messages for her.
struct Fixture {
    record: Vec<u8>,
    /// In the chain that she has begun to read.
    current: Vec<u8>,
    /// The first of the next chain.
    next: Vec<u8>,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let (mut alice, mut bob) = Pair::established(1);
    for _ in 0..4 {
        tell(&mut bob, &mut alice);
        tell(&mut alice, &mut bob);
    }
    tell(&mut bob, &mut alice);
    let current = bob.seal(b"current").expect("sealed");
    tell(&mut alice, &mut bob);
    let next = bob.seal(b"next").expect("sealed");
    Fixture { record: alice.stored().session, current, next }
});

fn tell(from: &mut Peer, to: &mut Peer) {
    to.read(&from.seal(b"hello").expect("sealed"));
}

/// Alice's session, in whose record what `select` names is secret.
fn session(select: fn(&SessionRecord) -> Vec<&[u8]>) -> Session {
    let mut bytes = FIXTURE.record.clone();
    for secret in select(&record(&FIXTURE.record)) {
        let at = FIXTURE.record.windows(secret.len()).position(|part| part == secret).expect("in the record");
        classify(&mut bytes[at..at + secret.len()]);
    }
    Session::from_record(&bytes, Limits::default()).expect("own record")
}

fn secrets(record: &SessionRecord) -> Vec<&[u8]> {
    let (live, receiving) =
        (record.sending.as_ref().expect("Live"), record.receiving.as_ref().expect("a chain"));
    let old = record.old.chunks_exact(40).map(|chain| &chain[..32]);
    let headers = [&record.next_header_receive[..], &receiving.header];
    secrets_but_header(record).into_iter().chain(headers).chain(old).chain([&live.header[..]]).collect()
}

/// All but the keys under which the peer's headers are read: what a header says decides where its message belongs.
fn secrets_but_header(record: &SessionRecord) -> Vec<&[u8]> {
    let (live, receiving) =
        (record.sending.as_ref().expect("Live"), record.receiving.as_ref().expect("a chain"));
    let epoch = record.post_quantum.as_ref().expect("always there");
    let rest =
        record.resumption.chunks_exact(32).chain([&epoch.secret[..]]).filter(|secret| !secret.is_empty());
    let keys = [&record.root, &record.next_header_send, &live.ratchet_secret, &live.chain, &receiving.chain];
    keys.into_iter().map(|key| &key[..]).chain(rest).collect()
}

fn place(bytes: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - bytes.as_ptr().addr()
}

fn changed(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

fn refuse(session: Session, message: Vec<u8>) -> Run {
    let session = RefCell::new(session);
    Box::new(move || assert!(!declassify(opens(&mut session.borrow_mut(), &message))))
}

fn open(session: Session, message: Vec<u8>) -> Run {
    let session = RefCell::new(session);
    Box::new(move || assert!(declassify(opens(&mut session.borrow_mut(), &message))))
}

/// Whether the message opens. The step is dropped: what the text says is not read.
fn opens(session: &mut Session, message: &[u8]) -> bool {
    let (envelope, mut out) = (Envelope::parse(message).expect("well-formed"), Vec::new());
    match session.locate(&envelope, TODAY) {
        Ok(Looked::Message(located)) => located.open(Vec::new(), &mut out).is_ok(),
        _ => false,
    }
}
