//! What a fuzzer begins with: genuine bytes of every kind, and a few stories.

use entrenous_identity::{
    linking::{LinkCode, Offered, Requesting},
    stored_keys::account_key_to_record,
};
use entrenous_ratchet::Limits;
use entrenous_wire::{Strict, padding::Padding};
use rand::Rng as _;

use crate::{
    device::{TODAY, TestDevice, start_of},
    pair::Pair,
    peer::frame,
    rng::ScriptedRng,
    roster::{PEOPLE, Story, genesis},
    sender_keys::{Listener, Speaker, sender},
};

/// Inputs for each target.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
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
    seed("device_lists", &device.list.signed().encode_canonical());
    seed("device_lists", &device.list.signed().body);
    let story = Story::new(3, 12);
    seed("roster_entries", &genesis(&PEOPLE[0], 1).bytes);
    let batch: Vec<u8> = story.made.iter().flat_map(|made| made.bytes.clone()).collect();
    seed("roster_entries", &batch);
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
    for (key, _) in listener.records.values() {
        record(5, key);
    }
    record(8, &device.keys.to_record());
    record(9, &account_key_to_record(&device.account));

    let (account, now, rng) = (device.account_id(), start_of(TODAY), &mut ScriptedRng::new(9));
    let offered = Offered::new(account, now, rng).expect("scripted");
    let code = offered.code().text();
    seed("texts", code.as_bytes());
    let new = TestDevice::new(2);
    let prekeys = (new.signed.publish(&account, &new.keys), new.one_time.publish(&account, &new.keys));
    let code = LinkCode::parse(&code).expect("shown");
    let (_, request) = Requesting::new(code, &new.keys, prekeys.0, prekeys.1, now, rng).expect("well-formed");
    seed("messages", &[&[12], &request[..]].concat());
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
