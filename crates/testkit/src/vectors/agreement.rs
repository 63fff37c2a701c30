//! From a bundle to the secret of a session, on both sides.

use core::num::NonZeroU64;

use entrenous_agreement::{AgreementError, Initiator, Mode, ReceivedBundle, ReceivedHandshake, StalePrekeys};
use entrenous_identity::{AccountId, Day, IdentityError, InitiatorSecret, Resumption, Transcript};
use entrenous_primitives::{
    hash::sha256,
    hkdf::Prk,
    ml_kem::{Ciphertext1024, DecapsulationKey1024},
    secret::Key,
    x25519::{PublicKey, SecretKey},
};
use entrenous_wire::{
    Strict,
    proto::{Bundle, Handshake, Prekey, PrekeyRecord},
};
use rand_core::TryRng;
use serde_json::{Value, json};

use super::{Fields, Recomputed, Vectors, hex, identity::secrets_of};
use crate::{
    device::{TODAY, TestDevice},
    rng::ScriptedRng,
};

pub(super) fn vectors() -> Vectors {
    let mut vectors = Vectors::new(
        "agreement",
        "Bundles and handshakes: from all secret keys to T, hs, RK, HK_A and HK_B, with every shared secret on the way.",
    );
    let [alice, bob] = [1, 2].map(TestDevice::new);
    agreed(&mut vectors, "with a one-time prekey", &alice, &bob, true, Mode::Fresh, 21);
    agreed(&mut vectors, "without one", &alice, &bob, false, Mode::Fresh, 22);
    let continued = || Mode::Continued(Resumption::new(Transcript([6; 32]), Key::from_bytes(&[8; 32])));
    agreed(&mut vectors, "continued, with a one-time prekey", &alice, &bob, true, continued(), 23);
    agreed(&mut vectors, "continued, without one", &alice, &bob, false, continued(), 24);
    agreed(&mut vectors, "a reset", &bob, &alice, true, Mode::Reset, 25);
    refused_bundles(&mut vectors, &bob);
    refused_handshakes(&mut vectors, &alice, &bob);
    genuine(&mut vectors, &alice, &bob);
    vectors
}

/// A prekey's secrets, and its dates.
struct Secrets {
    curve: [u8; 32],
    kem_seed: [u8; 64],
    json: Value,
}

fn secrets(record: &[u8]) -> Secrets {
    let record = PrekeyRecord::decode_strict(record).expect("its own");
    let curve = record.curve.as_slice().try_into().expect("32");
    let kem_seed = record.kem_seed.as_slice().try_into().expect("64");
    Secrets { curve, kem_seed, json: prekey_fields(&record) }
}

/// The fields of a prekey's record.
pub(super) fn prekey_fields(record: &PrekeyRecord) -> Value {
    json!({
        "kind": record.kind,
        "id": record.id,
        "curve_secret": hex(&record.curve),
        "kem_seed": hex(&record.kem_seed),
        "issued_day": record.issued_day,
        "expires_day": record.expires_day,
    })
}

fn agreed(
    vectors: &mut Vectors,
    name: &str,
    a: &TestDevice,
    b: &TestDevice,
    one_time: bool,
    mode: Mode<Resumption>,
    seed: u64,
) {
    let counter = NonZeroU64::new(seed).expect("not 0");
    let (number, old) = match &mode {
        Mode::Fresh => (1, None),
        Mode::Continued(old) => (2, Some((old.transcript().0, *old.secret().as_bytes(), old.id().0))),
        Mode::Reset => (3, None),
    };
    let initiator =
        Initiator::new(&a.keys, &a.list, b.bundle(one_time), counter, mode, TODAY).expect("current");
    let InitiatorSecret { session, handshake, .. } =
        initiator.agree(&mut ScriptedRng::new(seed)).expect("scripted");

    // all of it once more, from the primitives
    let mut drawn = ScriptedRng::new(seed);
    let [mut ephemeral, mut randomness] = [[0; 32]; 2];
    let Ok(()) = drawn.try_fill_bytes(&mut ephemeral);
    let Ok(()) = drawn.try_fill_bytes(&mut randomness);
    let signed = secrets(&b.signed.to_record());
    let single = secrets(&b.one_time.to_record());
    let secret = |bytes: &[u8; 32]| SecretKey::<Recomputed>::from_bytes(bytes);
    let dh = |one: &[u8; 32], other: &[u8; 32]| -> [u8; 32] {
        let peer: PublicKey<Recomputed> = secret(other).public_key();
        *secret(one).agree(&peer).expect("contributory").as_bytes()
    };
    let (i_a, i_b) = (*a.keys.agreement().as_bytes(), *b.keys.agreement().as_bytes());
    let [dh1, dh2, dh3] = [dh(&i_a, &signed.curve), dh(&ephemeral, &i_b), dh(&ephemeral, &signed.curve)];
    let dh4 = one_time.then(|| dh(&ephemeral, &single.curve));
    let kem = DecapsulationKey1024::<Recomputed>::from_seed(if one_time {
        &single.kem_seed
    } else {
        &signed.kem_seed
    });
    let (ct, ss): (Ciphertext1024, _) = kem.encapsulation_key().encapsulate(&randomness);
    let absent = [0; 36];
    let of_one_time = one_time.then(|| {
        let public = b.one_time.public();
        [&public.id.get().to_be_bytes()[..], public.curve.as_bytes()].concat()
    });
    let party = |device: &TestDevice| {
        let keys = device.keys.public();
        [
            &device.account.verifying_key().as_bytes()[..],
            &keys.id.get().to_be_bytes(),
            keys.signing.as_bytes(),
            keys.agreement.as_bytes(),
            &device.list.epoch().to_be_bytes(),
            device.list.hash(),
        ]
        .concat()
    };
    let transcript_input = [
        &b"entrenous v1 transcript\0\x01"[..],
        &party(a),
        &party(b),
        &b.signed.public().id.get().to_be_bytes(),
        b.signed.public().curve.as_bytes(),
        &[u8::from(one_time)],
        of_one_time.as_deref().unwrap_or(&absent),
        kem.encapsulation_key().as_bytes(),
        secret(&ephemeral).public_key().as_bytes(),
        ct.as_bytes(),
        &counter.get().to_be_bytes(),
        &[number],
        &old.map_or([0; 32], |(transcript, _, _)| transcript),
        &old.map_or([0; 8], |(_, _, id)| id),
    ]
    .concat();
    assert_eq!(transcript_input.len(), 3587);
    let transcript = sha256(&[&transcript_input]);
    let hash = sha256(&[b"entrenous v1 handshake\0", &handshake]);
    let ikm = [
        &[0xff; 32][..],
        &dh1,
        &dh2,
        &dh3,
        dh4.as_ref().map_or(&[], |dh4| &dh4[..]),
        ss.as_bytes(),
        old.as_ref().map_or(&[], |(_, secret, _)| &secret[..]),
    ]
    .concat();
    // HKDF-Extract by itself, since a PRK doesn't show its bytes
    let keys = Prk::extract(&[0; 32], &[&ikm]).expand_keys::<3>(&[b"entrenous v1 session\0", &transcript]);

    // what the product has come to is the same, on both sides
    assert_eq!((session.transcript.0, session.handshake_hash.0), (transcript, hash));
    let derived =
        [session.root.as_bytes(), session.header_initiator.as_bytes(), session.header_responder.as_bytes()];
    assert_eq!(derived, [keys[0].as_bytes(), keys[1].as_bytes(), keys[2].as_bytes()]);
    let resumption =
        old.map(|(transcript, secret, _)| Resumption::new(Transcript(transcript), Key::from_bytes(&secret)));
    let answer = b.respond_with(&handshake, resumption.as_ref()).expect("genuine").session;
    assert_eq!((answer.transcript, answer.handshake_hash), (session.transcript, session.handshake_hash));
    assert_eq!(answer.root.as_bytes(), keys[0].as_bytes());

    let continued = old
        .map(|(transcript, secret, id)| json!({ "T": hex(&transcript), "RS": hex(&secret), "id": hex(&id) }));
    vectors.accepted(
        "handshake",
        name,
        &["AGREE-8", "AGREE-9", "AGREE-10", "AGREE-11", "AGREE-12", "AGREE-30", "AGREE-31", "WIRE-74"],
        Fields {
            inputs: json!({
                "initiator": secrets_of(a),
                "initiator_list": hex(&a.list.signed().encode_canonical()),
                "responder": secrets_of(b),
                "bundle": hex(&b.bundle_bytes(one_time)),
                "signed_prekey": signed.json,
                "one_time_prekey": if one_time { single.json } else { Value::Null },
                "today": TODAY.0,
                "counter": counter.get(),
                "mode": number,
                "continued": continued,
                "ephemeral_secret": hex(&ephemeral),
                "kem_randomness": hex(&randomness),
            }),
            intermediate: json!({
                "dh1": hex(&dh1),
                "dh2": hex(&dh2),
                "dh3": hex(&dh3),
                "dh4": dh4.map(|dh4| hex(&dh4)),
                "ct": hex(ct.as_bytes()),
                "ss": hex(ss.as_bytes()),
                "transcript_input": hex(&transcript_input),
                "ikm": hex(&ikm),
            }),
            outputs: json!({
                "handshake": hex(&handshake),
                "hs": hex(&hash),
                "T": hex(&transcript),
                "RK": hex(keys[0].as_bytes()),
                "HK_A": hex(keys[1].as_bytes()),
                "HK_B": hex(keys[2].as_bytes()),
            }),
        },
    );
}

/// The layer that refuses, and with which error.
fn named(error: &AgreementError) -> (&'static str, &'static str) {
    match error {
        AgreementError::Malformed(_) => ("encoding", "Malformed"),
        AgreementError::Identity(IdentityError::Malformed(_)) => ("encoding", "Malformed"),
        AgreementError::Identity(IdentityError::BadSignature(_)) => ("device list", "BadSignature"),
        AgreementError::Identity(IdentityError::IdentityMismatch) => ("account", "IdentityMismatch"),
        AgreementError::Identity(IdentityError::UnknownDevice) => ("device list", "UnknownDevice"),
        AgreementError::Identity(IdentityError::Expired) => ("device list", "Expired"),
        AgreementError::Identity(IdentityError::FutureDated) => ("device list", "FutureDated"),
        AgreementError::BadPrekeySignature => ("prekey", "BadPrekeySignature"),
        AgreementError::FutureDated => ("prekey", "FutureDated"),
        AgreementError::Stale => ("prekey", "Stale"),
        AgreementError::NonContributory(_) => ("key agreement", "NonContributory"),
        AgreementError::WrongRecipient => ("handshake", "WrongRecipient"),
        AgreementError::WrongKey => ("handshake", "WrongKey"),
        other => panic!("{other}"),
    }
}

/// Bundles of Bob's, of which each breaks one rule.
fn refused_bundles(vectors: &mut Vectors, bob: &TestDevice) {
    let genuine = Bundle::decode_strict(&bob.bundle_bytes(true)).expect("its own");
    let account = bob.account_id();
    let mut refuse = |name: &str, rules: &[&str], bytes: Vec<u8>, expected: AccountId, today: Day| {
        let verified = ReceivedBundle::parse(&bytes)
            .map_err(AgreementError::from)
            .and_then(|received| received.verify(&expected, today, StalePrekeys::Refuse).map(drop));
        let (layer, error) = named(&verified.expect_err(name));
        let inputs =
            json!({ "bundle": hex(&bytes), "expected_account": hex(expected.as_bytes()), "today": today.0 });
        vectors.refused("read bundle", name, rules, layer, error, inputs);
    };
    let mut with = |name: &str, rules: &[&str], change: &dyn Fn(&mut Bundle)| {
        let mut bundle = genuine.clone();
        change(&mut bundle);
        refuse(name, rules, bundle.encode_canonical(), account, TODAY);
    };
    with("a changed signature of the signed prekey", &["AGREE-2"], &|bundle| {
        flip(&mut bundle.signed_prekey.as_mut().expect("there").signature);
    });
    with("another curve key in the signed prekey", &["AGREE-2"], &|bundle| {
        flip(&mut bundle.signed_prekey.as_mut().expect("there").curve);
    });
    with("another expiry of the one-time prekey", &["AGREE-2"], &|bundle| {
        bundle.one_time_prekey.as_mut().expect("there").expires_day += 1;
    });
    with("the one-time prekey in the place of the signed one", &["AGREE-1", "AGREE-2"], &|bundle| {
        bundle.signed_prekey.clone_from(&bundle.one_time_prekey);
    });
    with("a KEM key with a coefficient that is too large", &["AGREE-3", "PRIM-8"], &|bundle| {
        bundle.signed_prekey.as_mut().expect("there").kem[..2].fill(0xff);
    });
    with("another device", &["IDENTITY-12"], &|bundle| bundle.device_id ^= 1);
    with("a changed signature of the device list", &["IDENTITY-5"], &|bundle| {
        flip(&mut bundle.device_list.as_mut().expect("there").signature);
    });
    with("no signed prekey", &["WIRE-73"], &|bundle| bundle.signed_prekey = None);
    let bytes = genuine.encode_canonical();
    let other = TestDevice::new(1).account_id();
    refuse("of another account than the one expected", &["AGREE-5"], bytes.clone(), other, TODAY);
    refuse(
        "on the day on which the signed prekey expires",
        &["AGREE-6", "IDENTITY-7"],
        bytes.clone(),
        account,
        bob.signed.public().expires,
    );
    refuse(
        "issued the day after tomorrow",
        &["AGREE-4", "IDENTITY-6"],
        bytes.clone(),
        account,
        Day(TODAY.0 - 2),
    );
    refuse("with a byte more", &["WIRE-64"], [&bytes[..], &[0]].concat(), account, TODAY);
}

fn flip(bytes: &mut [u8]) {
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
}

/// Handshakes of Alice's with Bob, of which each breaks one rule.
fn refused_handshakes(vectors: &mut Vectors, alice: &TestDevice, bob: &TestDevice) {
    let InitiatorSecret { handshake, .. } = alice.initiate(bob, true, 31);
    let genuine = Handshake::decode_strict(&handshake).expect("its own");
    let mut refuse = |name: &str, rules: &[&str], bytes: Vec<u8>| {
        let read = ReceivedHandshake::parse(&bytes).and_then(|_| bob.respond(&bytes).map(drop));
        let (layer, error) = named(&read.expect_err(name));
        let inputs = json!({
            "handshake": hex(&bytes),
            "responder": secrets_of(bob),
            "responder_list": hex(&bob.list.signed().encode_canonical()),
            "signed_prekey": secrets(&bob.signed.to_record()).json,
            "one_time_prekey": secrets(&bob.one_time.to_record()).json,
            "today": TODAY.0,
        });
        vectors.refused("read handshake", name, rules, layer, error, inputs);
    };
    let mut with = |name: &str, rules: &[&str], change: &dyn Fn(&mut Handshake)| {
        let mut handshake = genuine.clone();
        change(&mut handshake);
        refuse(name, rules, handshake.encode_canonical());
    };
    with("for another device", &["AGREE-13"], &|handshake| handshake.recipient_device_id ^= 1);
    with("of a device that isn't listed", &["AGREE-14"], &|handshake| handshake.device_id ^= 1);
    with("with another signing key than is listed", &["AGREE-14"], &|handshake| {
        flip(&mut handshake.signing_key);
    });
    with("with another agreement key than is listed", &["AGREE-14"], &|handshake| {
        flip(&mut handshake.agreement_key);
    });
    with("with a changed signature of the device list", &["IDENTITY-5"], &|handshake| {
        flip(&mut handshake.device_list.as_mut().expect("there").signature);
    });
    with("under another epoch of the responder's list", &["AGREE-16"], &|handshake| {
        handshake.recipient_list_epoch += 1;
    });
    with("with an ephemeral key of small order", &["PRIM-5"], &|handshake| handshake.ephemeral = vec![0; 32]);
    with("with an ephemeral key that isn't canonical", &["AGREE-3", "PRIM-4"], &|handshake| {
        handshake.ephemeral = vec![0xff; 32];
    });
    with("with counter 0", &["WIRE-74"], &|handshake| handshake.counter = 0);
    with("in mode 4", &["WIRE-74"], &|handshake| handshake.mode = 4);
    with("with a ciphertext that is too short", &["WIRE-74"], &|handshake| {
        handshake.kem_ciphertext.truncate(1567);
    });
}

/// The genuine bundle and handshake that the refused ones are changed from.
fn genuine(vectors: &mut Vectors, alice: &TestDevice, bob: &TestDevice) {
    let bytes = bob.bundle_bytes(true);
    let received = ReceivedBundle::parse(&bytes).expect("its own");
    received.verify(&bob.account_id(), TODAY, StalePrekeys::Refuse).expect("genuine");
    let bundle = Bundle::decode_strict(&bytes).expect("its own");
    let id = |prekey: &Option<Prekey>| prekey.as_ref().map(|prekey| prekey.id);
    vectors.accepted(
        "read bundle",
        "the genuine one",
        &["AGREE-1", "AGREE-2", "AGREE-4", "AGREE-5", "WIRE-71", "WIRE-73"],
        Fields {
            inputs: json!({
                "bundle": hex(&bytes),
                "expected_account": hex(bob.account_id().as_bytes()),
                "today": TODAY.0,
            }),
            intermediate: Value::Null,
            outputs: json!({
                "account": hex(bob.account_id().as_bytes()),
                "device_id": bob.keys.public().id.get(),
                "signed_prekey_id": id(&bundle.signed_prekey),
                "one_time_prekey_id": id(&bundle.one_time_prekey),
            }),
        },
    );
    let secret = alice.initiate(bob, true, 31);
    ReceivedHandshake::parse(&secret.handshake).expect("its own");
    let answer = bob.respond(&secret.handshake).expect("genuine");
    let prekey = |record: &[u8]| secrets(record).json;
    vectors.accepted(
        "read handshake",
        "the genuine one",
        &["AGREE-13", "AGREE-14", "AGREE-16", "WIRE-74"],
        Fields {
            inputs: json!({
                "handshake": hex(&secret.handshake),
                "responder": secrets_of(bob),
                "responder_list": hex(&bob.list.signed().encode_canonical()),
                "signed_prekey": prekey(&bob.signed.to_record()),
                "one_time_prekey": prekey(&bob.one_time.to_record()),
                "today": TODAY.0,
            }),
            intermediate: Value::Null,
            outputs: json!({
                "account": hex(alice.account_id().as_bytes()),
                "device_id": alice.keys.public().id.get(),
                "T": hex(&answer.session.transcript.0),
            }),
        },
    );
}
