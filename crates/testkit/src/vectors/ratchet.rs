//! The double ratchet: its derivations, its boxes, conversations, and what is refused.

mod opening;
mod records;

use entrenous_identity::HandshakeHash;
use entrenous_primitives::hash::sha256;
use entrenous_ratchet::SealError;
use entrenous_wire::{
    Strict,
    envelope::{Envelope, Kind},
    frame::Frame,
    header::{Flags, Header},
    label,
    padding::Padding,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    Fields, Vectors,
    conversation::{Conversation, End, frame_fields, nonce_base},
    hex,
};
use crate::{
    device::{TestDevice, start_of},
    forge::{chain_step, record, root_step, seal_boxes},
    pair::Pair,
    peer::{Peer, Stored, frame},
};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "ratchet",
        "Sessions: derivations, boxes, whole conversations with every key and state, and messages and records that are refused.",
    );
    derivations(&mut vectors);
    boxes(&mut vectors);
    conversations(&mut vectors);
    opening::vectors(&mut vectors);
    exhausted(&mut vectors);
    records::vectors(&mut vectors);
    vectors
}

/// HKDF-Extract by itself: a PRK of the product doesn't show its bytes.
fn extract(salt: &[u8], ikm: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(salt).expect("any length");
    mac.chain_update(ikm).finalize().into_bytes().to_vec()
}

fn derivations(vectors: &mut Vectors) {
    let roots = [
        ("the specification's example", None, 1),
        ("the specification's example, with an epoch mixed in", Some([3; 32]), 1),
        ("in a late epoch", Some([0xff; 32]), u64::from(u32::MAX) + 7),
    ];
    for (name, es, epoch) in roots {
        let (rk, dh) = ([1; 32], [2; 32]);
        let step = root_step(&rk, &dh, es.as_ref().map(|es| &es[..]), epoch);
        let info = [label::ROOT, &[u8::from(es.is_some())], &epoch.to_be_bytes()].concat();
        vectors.accepted(
            "root step",
            name,
            &["RATCHET-3", "RATCHET-51"],
            Fields {
                inputs: json!({ "rk": hex(&rk), "dh": hex(&dh), "es": es.map(|es| hex(&es)), "e": epoch }),
                intermediate: json!({
                    "prk": hex(&extract(&rk, &[&dh[..], es.as_ref().map_or(&[], |es| &es[..])].concat())),
                    "info": hex(&info),
                }),
                outputs: json!({
                    "RK": hex(&step[0]),
                    "CK": hex(&step[1]),
                    "NHK": hex(&step[2]),
                    "RS": hex(&step[3]),
                    "resumption_id": hex(&sha256(&[label::RESUMPTION_ID, &step[3]])[..8]),
                }),
            },
        );
    }
    let ck = [1; 32];
    let (next, mk) = chain_step(&ck);
    vectors.accepted(
        "chain step",
        "the specification's example",
        &["RATCHET-4"],
        Fields {
            inputs: json!({ "ck": hex(&ck) }),
            intermediate: Value::Null,
            outputs: json!({ "CK": hex(&next), "MK": hex(&mk) }),
        },
    );
}

fn boxes(vectors: &mut Vectors) {
    let hdr = Header {
        ratchet_key: [0xaa; 32],
        n: 5,
        pn: 3,
        flags: Flags { epoch: 1, have: false, mix: false },
        nonce_salt: [1, 2, 3, 4, 5, 6, 7, 8],
    }
    .encode();
    let content = Frame { sent_ms: 1, nonce: [9; 8], ..frame(b"bonjour") };
    let mut plain = vec![0; content.encoded_len(Padding::default())];
    content.encode_into(&mut plain).expect("in bounds");
    let handshake = TestDevice::new(1).initiate(&TestDevice::new(2), true, 41).handshake;
    for (name, handshake) in
        [("the specification's example", None), ("the same in a prekey message", Some(&handshake[..]))]
    {
        let (mk, header_key) = ([1; 32], [2; 32]);
        let hs = handshake.map(|handshake| HandshakeHash::of(handshake).0);
        let message = seal_boxes(handshake, &mk, &header_key, &hdr, &plain);
        let envelope = Envelope::parse(&message).expect("just sealed");
        let ad = [&envelope.kind().prefix()[..], hs.as_ref().map_or(&[], |hs| &hs[..])].concat();
        vectors.accepted(
            "seal message",
            name,
            &["RATCHET-5", "RATCHET-6", "RATCHET-7", "WIRE-10"],
            Fields {
                inputs: json!({
                    "handshake": handshake.map(hex),
                    "hs": hs.map(|hs| hex(&hs)),
                    "mk": hex(&mk),
                    "header_key": hex(&header_key),
                    "hdr": hex(&hdr),
                    "frame": hex(&plain),
                }),
                intermediate: json!({
                    "P": hex(&ad),
                    "body_nonce": hex(&[&hdr[hdr.len() - 8..], &[0; 4]].concat()),
                    "body": hex(envelope.body()),
                    "body_tag": hex(envelope.tag()),
                    "header_nonce": hex(&envelope.tag()[..12]),
                }),
                outputs: json!({ "message": hex(&message) }),
            },
        );
    }
}

const OF_CONVERSATIONS: [&str; 14] = [
    "RATCHET-1",
    "RATCHET-2",
    "RATCHET-3",
    "RATCHET-4",
    "RATCHET-5",
    "RATCHET-6",
    "RATCHET-7",
    "RATCHET-8",
    "RATCHET-25",
    "RATCHET-27",
    "RATCHET-29",
    "RATCHET-32",
    "RATCHET-50",
    "RATCHET-54",
];

fn conversations(vectors: &mut Vectors) {
    use End::{A, B};

    let mut talk = Conversation::new(101, true);
    talk.say(A, b"first");
    talk.say(A, b"second, with the handshake again");
    talk.say(B, b"answer");
    talk.say(B, b"and one more");
    talk.say(A, b"");
    talk.say(B, &[0xbb; 300]);
    talk.enter(vectors, "in order, with every state", &OF_CONVERSATIONS);

    let mut talk = Conversation::new(102, true);
    let sent: Vec<_> = (0..4).map(|n| talk.seal(A, &[n])).collect();
    talk.open(B, sent[2]);
    talk.open(B, sent[0]);
    talk.open(B, sent[0]);
    let answers: Vec<_> = (0..3).map(|n| talk.seal(B, &[n])).collect();
    talk.open(A, answers[1]);
    // the first chain's last number is in pn alone
    let next = talk.seal(A, b"next chain");
    talk.open(B, next);
    talk.open(B, sent[3]);
    talk.open(B, sent[1]);
    talk.open(A, answers[2]);
    talk.open(A, answers[0]);
    talk.open(A, answers[0]);
    talk.enter(
        vectors,
        "messages overtake each other within chains and across them, and come twice",
        &["RATCHET-16", "RATCHET-18", "RATCHET-20", "RATCHET-56", "WIRE-80", "WIRE-81"],
    );

    let mut talk = Conversation::new(103, true);
    talk.say(A, b"first");
    talk.seal_and_drop(B, b"a crash before this was stored");
    talk.say(B, b"sealed anew, with another ratchet key and salt");
    talk.seal_and_drop(A, b"dropped");
    let leaked = talk.seal_and_drop(A, b"left before it was stored");
    talk.open(B, leaked);
    let again = talk.seal(A, b"another chain in the place of that");
    talk.open(B, again);
    talk.enter(
        vectors,
        "steps that are dropped, of which one has left",
        &["RATCHET-8", "RATCHET-33", "RATCHET-57", "RATCHET-58"],
    );

    let mut talk = Conversation::new(106, true);
    let genuine = talk.seal(A, b"first");
    let message = talk.message(genuine).to_vec();
    let Kind::Prekey { handshake } = Envelope::parse(&message).expect("genuine").kind() else {
        panic!("a prekey message")
    };
    talk.open_bytes(B, &[&[1, 2], &message[4 + handshake.len()..]].concat());
    let mut changed = message.clone();
    changed[4 + handshake.len()] ^= 1;
    talk.open_bytes(B, &changed);
    talk.open(B, genuine);
    talk.enter(
        vectors,
        "a first message that was changed, and the genuine one after it",
        &["RATCHET-2", "RATCHET-26"],
    );

    let mut talk = Conversation::new(104, false);
    talk.say(A, b"first");
    talk.say(B, b"answer");
    let mut late = Vec::new();
    for n in 0..36u8 {
        late.push(talk.seal(A, &[n, 0]));
        talk.say(A, &[n, 1]);
        talk.say(B, &[n, 2]);
    }
    // of the first chains all is gone; the others are kept for 30 days
    for n in [0, 2, 3, 4, 35] {
        talk.open(B, late[n]);
    }
    for _ in 0..30 {
        talk.next_day();
    }
    talk.say(A, b"a chain turns, and the old ones go");
    talk.open(B, late[20]);
    talk.enter(vectors, "more former chains than are kept, and older ones", &["RATCHET-21", "RATCHET-19"]);

    let mut talk = Conversation::new(105, false);
    talk.say(A, b"first");
    talk.say(B, b"answer");
    let stored = talk.end(A).stored();
    let mut skipped: Vec<Vec<u8>> = Vec::new();
    for n in 0..2_100u32 {
        skipped.push(talk.end(A).seal(&n.to_be_bytes()).expect("sealed"));
    }
    let last = talk.end(A).seal(b"last").expect("sealed");
    talk.end(A).restore(&stored);
    for message in [&last, &skipped[99], &skipped[100], &skipped[2_099]] {
        talk.open_bytes(B, message);
    }
    talk.enter(vectors, "more skipped keys than are kept", &["RATCHET-12", "RATCHET-20"]);
}

/// Both have written and read, and it is Alice's turn.
fn answered(seed: u64) -> (Peer, Peer) {
    let (mut alice, mut bob) = Pair::established(seed);
    alice.read(&bob.seal(b"answer").expect("sealed"));
    (alice, bob)
}

fn exhausted(vectors: &mut Vectors) {
    let (mut alice, _) = answered(141);
    alice.seal(b"a chain begins").expect("sealed");
    for (name, sent, fails) in [
        ("the last message of a chain", (1 << 20) - 1, false),
        ("a message more than a chain has", 1 << 20, true),
    ] {
        let mut full = record(&alice.stored().session);
        full.sent = sent;
        let state = full.encode_canonical();
        let stored = Stored { session: state.clone(), ..alice.stored() };
        let mut peer = alice.reopen(&stored, 142);
        let base = hex(&nonce_base(142));
        let result = peer.seal(b"one more");
        let inputs = json!({
            "state": hex(&state),
            "nonce_base": base,
            "day": peer.today.0,
            "ms": start_of(peer.today).as_ms(),
            "frame": frame_fields(b"one more"),
        });
        if fails {
            assert_eq!(result, Err(SealError::ChainExhausted));
            vectors.refused("seal", name, &["RATCHET-9"], "session", "ChainExhausted", inputs);
        } else {
            let message = result.expect("the last");
            let outputs = json!({ "message": hex(&message), "state": hex(&peer.stored().session) });
            vectors.accepted(
                "seal",
                name,
                &["RATCHET-9"],
                Fields { inputs, intermediate: Value::Null, outputs },
            );
        }
    }
}
