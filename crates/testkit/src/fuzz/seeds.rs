//! What a fuzzer begins with: genuine bytes of every kind, and a few stories.

use entrenous_identity::{RecoveryCode, RecoveryFile};
use entrenous_primitives::passphrase::Cost;
use entrenous_ratchet::Limits;
use entrenous_wire::{
    Strict,
    envelope::{Envelope, Kind},
    padding::Padding,
    proto::Bundle,
};
use rand::Rng as _;

use super::{
    client_records,
    genuine::{ENTRIES, LISTS},
    vector_seeds::vector_seeds,
};
use crate::{
    device::TestDevice,
    pair::Pair,
    peer::frame,
    rng::ScriptedRng,
    sender_keys::{Listener, Speaker, sender},
};

/// Inputs for each target.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    seeds.extend(vector_seeds());
    seeds.extend(client_records::seeds().into_iter().map(|bytes| ("client_records", bytes)));
    let mut seed = |target, bytes: &[u8]| seeds.push((target, bytes.to_vec()));
    let (mut alice, mut bob) = Pair::established(1);
    let first = Pair::new(1, Limits::default()).alice.seal(b"first").expect("scripted");
    seed("envelopes", &first);
    seed("envelopes", &alice.seal(b"later").expect("scripted"));
    let mut plain = vec![0; frame(b"content").encoded_len(Padding::default())];
    frame(b"content").encode_into(&mut plain).expect("in range");
    seed("envelopes", &plain);
    let mut speaker = Speaker::new(sender(1, 1), 1);
    seed("envelopes", &speaker.seal(b"to all"));

    let device = TestDevice::new(1);
    seed("messages", &[&[1], &device.bundle_bytes(true)[..]].concat());
    seed("messages", &[&[11], &device.list.signed().encode_canonical()[..]].concat());
    let bundle = Bundle::decode_strict(&device.bundle_bytes(true)).expect("its own");
    seed("messages", &[&[2], &bundle.signed_prekey.expect("there").encode_canonical()[..]].concat());
    let Ok(Kind::Prekey { handshake }) = Envelope::parse(&first).map(|envelope| envelope.kind()) else {
        panic!("the first message has a handshake part")
    };
    seed("messages", &[&[0], handshake].concat());
    for list in [0, 2, 4, 5].map(|list| &LISTS[list]) {
        seed("device_lists", list);
    }
    seed("device_lists", &device.list.signed().body);
    seed("roster_entries", &ENTRIES[0]);
    seed("roster_entries", &ENTRIES[1]);
    seed("roster_entries", &ENTRIES.concat());
    seed("sender_keys", &speaker.distribution());

    alice.seal_many(3);
    let late = alice.seal(b"ahead").expect("scripted");
    bob.read(&late);
    let mut record = |kind: u8, bytes: &[u8]| seed("records", &[&[kind], bytes].concat());
    record(0, &alice.stored().session);
    record(0, &bob.stored().session);
    for block in bob.skipped.values() {
        record(1, block);
    }
    record(2, &device.signed.to_record());
    record(3, &device.one_time.to_record());
    record(4, &speaker.key.to_record());
    let mut listener = Listener::default();
    listener.accept(&speaker.distribution(), sender(1, 1)).expect("genuine");
    let sealed = [0, 1, 2].map(|content| speaker.seal(&[content]));
    listener.open(&sealed[2]).expect("genuine");
    for (key, skipped) in listener.records.values() {
        record(5, key);
        for block in skipped.values() {
            record(6, block);
        }
    }

    let code = RecoveryCode::of(&device.account);
    let cheapest = Cost::new(Cost::MIN_MEMORY_KIB, Cost::MIN_PASSES, 1).expect("in bounds");
    let file = RecoveryFile::wrap(&code, b"passphrase", cheapest, &mut ScriptedRng::new(9));
    seed("texts", file.expect("scripted").as_bytes());
    for (kind, payload) in [(0xfd, 68), (0xfe, 112), (0xff, 32)] {
        seed("texts", &[&[kind], &vec![1; payload][..]].concat());
    }
    for kind in 0..4_u8 {
        seed("handshakes", &[&[kind], &device.bundle_bytes(true)[..200]].concat());
    }
    seed("handshakes", &[&[1], &device.bundle_bytes(true)[..]].concat());

    for (target, lengths) in [
        ("linking", [16, 64]),
        ("attack", [120, 480]),
        ("conversation", [200, 1000]),
        ("speech", [600, 2400]),
        ("rosters", [240, 576]),
        ("clients", [400, 2000]),
        ("two_clients", [240, 960]),
        ("groups", [200, 800]),
    ] {
        for length in lengths {
            let mut script = vec![0; length];
            ScriptedRng::new(length as u64).fill_bytes(&mut script);
            seed(target, &script);
        }
    }
    seeds
}
