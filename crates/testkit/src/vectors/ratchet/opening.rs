//! One message against one state: what opens and tells something, and what is refused and changes nothing.

use entrenous_primitives::x25519::{PublicKey, SecretKey};
use entrenous_wire::{
    Strict,
    envelope::{Envelope, Kind},
    frame::{Frame, Shards},
    header::Header,
    padding::Padding,
};
use serde_json::{Value, json};

use super::answered;
use crate::{
    forge::{Forger, points, record},
    pair::Pair,
    peer::{Peer, Stored, frame},
    vectors::{Fields, Recomputed, Vectors, conversation::told, hex},
};

pub(super) fn vectors(vectors: &mut Vectors) {
    opened(vectors);
    refused(vectors);
    clones(vectors);
}

/// One message, as it is taken by `reader`.
fn open(vectors: &mut Vectors, name: &str, rules: &[&str], reader: &Peer, message: &[u8], day: u32) -> Value {
    let mut peer = reader.reopen(&reader.stored(), 1);
    peer.today.0 = day;
    let before = peer.stored();
    let result = peer.open(message);
    let refused = result.is_err();
    let after = peer.stored();
    assert!(!refused || after == before, "{name}: a refusal changed the state");
    let told = told(result);
    let inputs = json!({
        "state": hex(&before.session),
        "skipped": before.skipped.values().map(|record| hex(record)).collect::<Vec<_>>(),
        "day": day,
        "message": hex(message),
    });
    if told["result"] == "refused" {
        let part = |name: &str| told[name].as_str().expect("text").to_owned();
        vectors.refused("open", name, rules, &part("layer"), &part("error"), inputs);
    } else {
        let mut outputs = told.clone();
        outputs["state"] = hex(&after.session).into();
        outputs["skipped"] = after.skipped.values().map(|record| hex(record)).collect();
        vectors.accepted("open", name, rules, Fields { inputs, intermediate: Value::Null, outputs });
    }
    told
}

/// The reader's case of a message, which must come out as `expected`: an error, an evidence, or "opened".
fn expect(vectors: &mut Vectors, name: &str, rules: &[&str], expected: &str, reader: &Peer, message: &[u8]) {
    let told = open(vectors, name, rules, reader, message, reader.today.0);
    let said = [&told["error"], &told["evidence"], &told["result"]];
    assert_eq!(said.iter().find_map(|value| value.as_str()), Some(expected), "{name}");
}

/// What opens, and tells something.
fn opened(vectors: &mut Vectors) {
    let (alice, bob) = answered(111);
    let mut ours = alice.reopen(&alice.stored(), 2);
    let no_frame = {
        ours.seal(b"a chain begins").expect("sealed");
        Forger::in_chain(&ours.stored().session).raw(&[0xff; 64])
    };
    expect(vectors, "a body that opens and is no frame", &["RATCHET-28"], "opened", &bob, &no_frame);

    let shards = [0x5a; 64];
    let run = Shards { first: 100, bytes: &shards };
    let with_run = Frame { shards: Some(run), ..frame(b"a run") };
    let mut plain = vec![0; with_run.encoded_len(Padding::default())];
    with_run.encode_into(&mut plain).expect("in bounds");
    let first = plain.windows(2).position(|pair| pair == [100, 2]).expect("the run");
    plain[first] = 255;
    let no_run = Forger::in_chain(&ours.stored().session).raw(&plain);
    let rules = ["RATCHET-28", "RATCHET-78", "WIRE-35"];
    expect(vectors, "a run from an index that there isn't", &rules, "opened", &bob, &no_run);

    let (mut alice, mut bob) = answered(112);
    let old = alice.stored();
    bob.read(&alice.seal(b"read, and then Alice is restored").expect("sealed"));
    bob.read(&alice.seal(b"read as well").expect("sealed"));
    alice.read(&bob.seal(b"to both").expect("sealed"));
    let mut record_of = record(&alice.stored().session);
    record_of.sent = 1;
    let restored = alice.reopen(&Stored { session: record_of.encode_canonical(), skipped: old.skipped }, 3);
    let fewer = { restored }.seal(b"says that one was sent").expect("sealed");
    expect(
        vectors,
        "a chain that counts less than was read before it",
        &["RATCHET-16"],
        "opened",
        &bob,
        &fewer,
    );

    let (mut alice, mut bob) = answered(113);
    bob.read(&alice.seal(b"read").expect("sealed"));
    alice.read(&bob.seal(b"turn").expect("sealed"));
    let mut far = record(&alice.stored().session);
    far.sent = 1 + 25_001;
    let stored = Stored { session: far.encode_canonical(), ..alice.stored() };
    let message = alice.reopen(&stored, 4).seal(b"the chain before is given up").expect("sealed");
    expect(vectors, "a gap before it that is beyond the budget", &["RATCHET-17"], "opened", &bob, &message);

    // Bob offers epoch 1, and may skip it
    let (mut alice, mut bob) = answered(114);
    bob.read(&alice.seal(b"Bob's turn").expect("sealed"));
    let stored = bob.stored().session;
    let (public, dh) = drawn_for(&alice);
    let mut skips = Forger::next_chain(&stored, public, &dh);
    skips.fields.flags.epoch = 2;
    let message = skips.message(b"skips epoch 1");
    expect(vectors, "the offerer skips the epoch", &["RATCHET-15", "RATCHET-74"], "opened", &alice, &message);
}

/// A key pair's public key, and what it gives with the ratchet key of `reader`'s newest chain.
fn drawn_for(reader: &Peer) -> ([u8; 32], [u8; 32]) {
    let record = record(&reader.stored().session);
    let sending = record.sending.as_ref().expect("it has sealed");
    let secret = SecretKey::<Recomputed>::from_bytes(&[0x42; 32]);
    let peer = PublicKey::<Recomputed>::from_bytes(sending.ratchet_key[..].try_into().expect("32"));
    let dh = secret.agree(&peer.expect("genuine")).expect("contributory");
    (*secret.public_key().as_bytes(), *dh.as_bytes())
}

/// What is refused, and changes nothing.
fn refused(vectors: &mut Vectors) {
    let (alice, mut bob) = answered(121);
    let mut writer = alice.reopen(&alice.stored(), 2);
    let next_chain = writer.seal(b"genuine").expect("sealed");
    let flipped = |at: usize| {
        let mut bytes = next_chain.clone();
        bytes[at] ^= 1;
        bytes
    };
    expect(
        vectors,
        "the genuine message of the cases that follow",
        &["RATCHET-14"],
        "opened",
        &bob,
        &next_chain,
    );
    expect(vectors, "a changed header", &["RATCHET-19"], "Rejected", &bob, &flipped(2));
    expect(vectors, "a changed body", &["RATCHET-26"], "Rejected", &bob, &flipped(70));
    let end = next_chain.len() - 1;
    expect(
        vectors,
        "a change at the end of the body's tag",
        &["RATCHET-26"],
        "Rejected",
        &bob,
        &flipped(end),
    );
    expect(
        vectors,
        "a change at the front of the body's tag",
        &["RATCHET-19"],
        "Rejected",
        &bob,
        &flipped(end - 15),
    );
    expect(vectors, "its own message", &["RATCHET-19"], "Rejected", &writer, &next_chain);
    expect(vectors, "cut off", &["WIRE-14"], "Malformed", &bob, &next_chain[..90]);

    // new chains with headers of the peer's own making
    let stored = alice.stored().session;
    let (public, dh) = drawn_for(&bob);
    let honest = Forger::next_chain(&stored, public, &dh);
    expect(
        vectors,
        "a chain that a peer makes by hand",
        &["RATCHET-14"],
        "opened",
        &bob,
        &honest.message(b"hand"),
    );
    let mut with = |name: &str, rule: &str, change: &dyn Fn(&mut Header)| {
        let mut forger = honest.clone();
        change(&mut forger.fields);
        expect(vectors, name, &[rule], "Rejected", &bob, &forger.message(b"no"));
    };
    with("a chain in an epoch after the next", "RATCHET-15", &|fields| fields.flags.epoch += 2);
    with("a chain in the next epoch, which the peer can't begin", "RATCHET-15", &|fields| {
        fields.flags.epoch += 1;
    });
    with("a chain in the epoch before", "RATCHET-15", &|fields| fields.flags.epoch -= 1);
    with("a chain that mixes and stays in the epoch", "RATCHET-15", &|fields| fields.flags.mix = true);
    with("a count that no chain has", "RATCHET-24", &|fields| fields.pn = (1 << 20) + 1);
    with("a ratchet key that isn't canonical", "RATCHET-23", &|fields| {
        fields.ratchet_key = points::NON_CANONICAL[2];
    });
    let of_bob = record(&bob.stored().session);
    let known = &of_bob.receiving.as_ref().expect("has read").ratchet_key;
    with("the ratchet key of the chain before", "RATCHET-14", &|fields| {
        fields.ratchet_key = known[..].try_into().expect("32");
    });
    for point in [points::LOW_ORDER[0], points::LOW_ORDER[3]] {
        let forged = Forger::next_chain(&stored, point, &[0; 32]).message(b"no");
        expect(vectors, "a ratchet key of small order", &["RATCHET-22", "PRIM-5"], "Rejected", &bob, &forged);
    }
    let mut ahead = honest.clone();
    ahead.fields.n = 25_001;
    let far = ahead.message(b"no");
    expect(
        vectors,
        "a chain's first message that is too far ahead",
        &["RATCHET-12"],
        "TooFarAhead",
        &bob,
        &far,
    );

    // the mix of who offers, without the secret at the other end
    let (mut offered, mut offerer) = answered(122);
    offerer.read(&offered.seal(b"the offerer's turn").expect("sealed"));
    let (public, dh) = drawn_for(&offered);
    let mut mixes = Forger::next_chain(&offerer.stored().session, public, &dh);
    (mixes.fields.flags.epoch, mixes.fields.flags.mix) = (2, true);
    let message = mixes.message(b"no");
    expect(
        vectors,
        "a chain that mixes a secret that there isn't",
        &["RATCHET-15"],
        "Rejected",
        &offered,
        &message,
    );

    // within a chain
    bob.read(&next_chain);
    let honest = Forger::in_chain(&writer.stored().session);
    expect(vectors, "the next one, made by hand", &["RATCHET-11"], "opened", &bob, &honest.message(b"hand"));
    let mut with = |name: &str, rule: &str, expected: &str, change: &dyn Fn(&mut Header)| {
        let mut forger = honest.clone();
        change(&mut forger.fields);
        expect(vectors, name, &[rule], expected, &bob, &forger.message(b"no"));
    };
    with("another pn than its chain's", "RATCHET-11", "Rejected", &|fields| fields.pn += 1);
    with("another epoch than its chain's", "RATCHET-11", "Rejected", &|fields| fields.flags.epoch += 1);
    with("another mix than its chain's", "RATCHET-11", "Rejected", &|fields| fields.flags.mix = true);
    with("25,000 before it are missing: the limit", "RATCHET-12", "opened", &|fields| fields.n = 25_001);
    with("25,001 before it are missing", "RATCHET-12", "TooFarAhead", &|fields| fields.n = 25_002);
    with("another ratchet key than its chain's", "RATCHET-57", "ChainBegunTwice", &|fields| {
        fields.ratchet_key = [9; 32];
    });
    expect(vectors, "opened before", &["RATCHET-18", "RATCHET-56"], "Duplicate", &bob, &next_chain);

    prekey_messages(vectors);
    lost_records(vectors);
    first_chain(vectors);
}

fn prekey_messages(vectors: &mut Vectors) {
    let (mut alice, bob) = Pair::established(123);
    let second = alice.seal(b"second").expect("sealed");
    expect(vectors, "a prekey message of the session", &["RATCHET-10"], "opened", &bob, &second);
    let mut other = second.clone();
    // a bit within the handshake part
    other[2_000] ^= 1;
    expect(vectors, "a prekey message with another handshake", &["RATCHET-10"], "Rejected", &bob, &other);
    let Kind::Prekey { handshake } = Envelope::parse(&second).expect("genuine").kind() else {
        panic!("a prekey message")
    };
    let stripped = [&[1, 2], &second[4 + handshake.len()..]].concat();
    expect(vectors, "the same as a ratchet message", &["RATCHET-7"], "Rejected", &bob, &stripped);
}

fn lost_records(vectors: &mut Vectors) {
    let (mut alice, mut bob) = answered(124);
    let sent = alice.seal_many(4);
    bob.read(&sent[3]);
    expect(vectors, "its key was skipped", &["RATCHET-18"], "opened", &bob, &sent[1]);
    let mut lost = bob.reopen(&bob.stored(), 2);
    lost.skipped.clear();
    expect(
        vectors,
        "the record of its skipped key is lost",
        &["RATCHET-31"],
        "WrongRecords",
        &lost,
        &sent[1],
    );
    let name = "the record of others' skipped keys is lost: it is begun anew";
    expect(vectors, name, &["RATCHET-31"], "opened", &lost, &alice.seal_many(2)[1]);
    let mut older = bob.reopen(&bob.stored(), 2);
    older.read(&sent[1]);
    older.skipped.clone_from(&bob.skipped);
    let name = "the record of its skipped key is an older one";
    expect(vectors, name, &["RATCHET-31"], "WrongRecords", &older, &sent[2]);
}

/// Alice, who has read nothing of Bob yet.
fn first_chain(vectors: &mut Vectors) {
    let (alice, mut bob) = Pair::established(125);
    let (public, dh) = drawn_for(&alice);
    let mut first = Forger::next_chain(&bob.stored().session, public, &dh);
    first.fields.pn = 1;
    let message = first.message(b"no");
    expect(vectors, "a first chain that counts one before it", &["RATCHET-14"], "Rejected", &alice, &message);
    let genuine = bob.seal(b"answer").expect("sealed");
    expect(vectors, "the genuine answer", &["RATCHET-14"], "opened", &alice, &genuine);
}

fn clones(vectors: &mut Vectors) {
    let (mut alice, mut bob) = answered(131);
    let before = alice.stored();
    bob.read(&alice.seal(b"read").expect("sealed"));
    let mut copy = alice.reopen(&alice.stored(), 132);
    bob.read(&alice.seal(b"read as well").expect("sealed"));
    let second = copy.seal(b"of a copy").expect("sealed");
    expect(vectors, "a second message in a place", &["RATCHET-56"], "NumberUsedTwice", &bob, &second);
    let chain = alice.reopen(&before, 133).seal(b"of an older copy").expect("sealed");
    expect(vectors, "a second chain in a place", &["RATCHET-57"], "ChainBegunTwice", &bob, &chain);
    alice.read(&bob.seal(b"turn").expect("sealed"));
    bob.read(&alice.seal(b"turn").expect("sealed"));
    let name = "a second message in a place of a former chain";
    expect(vectors, name, &["RATCHET-56"], "NumberUsedTwice", &bob, &second);
}
