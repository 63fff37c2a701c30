//! X25519 keys of small order and in second encodings, in every place where a key is taken.

use super::*;

/// The three X25519 keys of a bundle.
#[derive(Clone, Copy, Debug)]
enum BundleKey {
    Device,
    Signed,
    OneTime,
}

/// Bob's bundle, properly signed by Bob himself throughout, with `point` for one of its keys.
fn bundle_with(bob: &TestDevice, which: BundleKey, point: [u8; 32]) -> proto::Bundle {
    let account = bob.account_id();
    let mut bundle = bundle_of(bob);
    let mut entry = received_entry(bob);
    match which {
        BundleKey::Device => entry = forge::entry(&bob.keys, &account, point),
        BundleKey::Signed => bundle.signed_prekey.as_mut().unwrap().curve = point.to_vec(),
        BundleKey::OneTime => bundle.one_time_prekey.as_mut().unwrap().curve = point.to_vec(),
    }
    bundle.device_list = Some(forge::list(&bob.account, vec![entry.clone()], TODAY));
    forge::sign_prekey(bundle.signed_prekey.as_mut().unwrap(), 1, &bob.keys, &account, &entry);
    forge::sign_prekey(bundle.one_time_prekey.as_mut().unwrap(), 2, &bob.keys, &account, &entry);
    bundle
}

// spec: AGREE-1, AGREE-3, AGREE-8, IDENTITY-2, IDENTITY-3
#[test]
fn curve_keys_of_a_bundle() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    for which in [BundleKey::Device, BundleKey::Signed, BundleKey::OneTime] {
        // the forged signatures are good: a proper key passes
        let bundle = verify(&bundle_with(&bob, which, points::small(9)), &bob).expect("well signed");
        assert!(initiate(&alice, bundle).is_ok(), "{which:?}");
        for point in points::LOW_ORDER {
            let bundle = verify(&bundle_with(&bob, which, point), &bob).expect("canonical");
            let error = initiate(&alice, bundle).err();
            assert!(
                matches!(error, Some(AgreementError::NonContributory(_))),
                "{which:?} {point:x?}: {error:?}"
            );
        }
        for point in points::NON_CANONICAL {
            let bundle = bundle_with(&bob, which, point);
            assert!(is_malformed(verify(&bundle, &bob)), "{which:?} {point:x?}");
        }
    }
}

// spec: AGREE-3, AGREE-8
#[test]
fn curve_keys_of_a_handshake() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let honest = alice.initiate(&bob, true, 1).handshake;
    let with_ephemeral = |point: [u8; 32]| edited(&honest, |it| it.ephemeral = point.to_vec());
    let with_device_key = |point: [u8; 32]| {
        let entry = forge::entry(&alice.keys, &alice.account_id(), point);
        edited(&honest, |it| {
            it.device_list = Some(forge::list(&alice.account, vec![entry], TODAY));
            it.agreement_key = point.to_vec();
        })
    };
    for handshake in [with_ephemeral(points::small(9)), with_device_key(points::small(9))] {
        assert!(bob.respond(&handshake).is_ok());
    }
    for point in points::LOW_ORDER {
        for handshake in [with_ephemeral(point), with_device_key(point)] {
            let error = bob.respond(&handshake).err();
            assert!(matches!(error, Some(AgreementError::NonContributory(_))), "{point:x?}: {error:?}");
        }
    }
    for point in points::NON_CANONICAL {
        for handshake in [with_ephemeral(point), with_device_key(point)] {
            assert!(is_malformed(bob.respond(&handshake)), "{point:x?}");
        }
    }
}

/// The peer seals under a ratchet key whose Diffie-Hellman result it knows without a secret: zero for small
/// order, our own public key for the base point. Only the check of the key stands between such a message and us.
// spec: RATCHET-1, RATCHET-5, RATCHET-6, RATCHET-7, RATCHET-22, RATCHET-23
#[test]
fn curve_keys_in_headers() {
    // the first message of a session: the result is with the signed prekey
    let mut pair = Pair::new(1, Limits::default());
    let stored = pair.alice.stored().session;
    let ours: [u8; 32] = record(&stored).peer_ratchet_key[..].try_into().unwrap();
    for (point, dh) in bad_points(&ours) {
        assert_eq!(
            pair.refuse(&Forger::next_chain(&stored, point, &dh).message(b"forged")),
            REJECTED,
            "{point:x?}"
        );
    }
    let control = Forger::next_chain(&stored, points::small(9), &ours).message(b"opens");
    assert_eq!(pair.accept(&control).expect("a good key").content.as_deref(), Ok(&b"opens"[..]));

    // a new chain: the result is with our newest ratchet key
    let (mut alice, mut bob) = Pair::established(2);
    alice.read(&bob.seal(b"answer").expect("sealed"));
    let stored = alice.stored().session;
    let ours: [u8; 32] = record(&stored).peer_ratchet_key[..].try_into().unwrap();
    for (point, dh) in bad_points(&ours) {
        assert_eq!(
            bob.refuse(&Forger::next_chain(&stored, point, &dh).message(b"forged")),
            REJECTED,
            "{point:x?}"
        );
    }
    let genuine = alice.seal(b"genuine").expect("sealed");
    let control = Forger::next_chain(&stored, points::small(9), &ours).message(b"opens");
    let before = bob.stored();
    assert_eq!(bob.read(&control), b"opens");
    bob.restore(&before);
    assert_eq!(bob.read(&genuine), b"genuine");
}

/// Points that must not be used, with what X25519 gives for them and the secret of `public`.
fn bad_points(public: &[u8; 32]) -> Vec<([u8; 32], [u8; 32])> {
    let zero = [0; 32];
    let mut points: Vec<_> = points::LOW_ORDER.into_iter().map(|point| (point, zero)).collect();
    points.extend([(points::p_plus(0), zero), (points::p_plus(1), zero)]);
    points.extend([points::p_plus(9), points::top_bit(points::small(9))].map(|point| (point, *public)));
    points
}

/// A chain's key doesn't come again: the new chain of the peer must bring a new one.
// spec: RATCHET-14
#[test]
fn a_ratchet_key_that_is_not_new() {
    let (mut alice, mut bob) = Pair::established(3);
    alice.read(&bob.seal(b"answer").expect("sealed"));
    let stored = alice.stored().session;
    let ours: [u8; 32] = record(&stored).peer_ratchet_key[..].try_into().unwrap();
    bob.read(&Forger::next_chain(&stored, points::small(9), &ours).message(b"first use"));
    // Alice goes on from what Bob has: play her side of that chain with the same key again
    let mut edited = record(&stored);
    let [root, _, next, _] = forge::root_step(&edited.root, &ours, None, 1);
    (edited.root, edited.next_header_send) = (root.to_vec(), next.to_vec());
    bob.seal(b"turn").expect("sealed");
    let bob_record = record(&bob.stored().session);
    let bobs_new: [u8; 32] = bob_record.sending.as_ref().unwrap().ratchet_key[..].try_into().unwrap();
    // DH(9, bob's new key) is that key: both root steps are known
    let [root, ..] = forge::root_step(&edited.root, &bobs_new, None, 1);
    edited.root = root.to_vec();
    assert_eq!(edited.root, bob_record.root, "the forger follows Bob's root");
    edited.sent = 1;
    let again = Forger::next_chain(&edited.encode_canonical(), points::small(9), &bobs_new);
    assert_eq!(bob.refuse(&again.message(b"second use")), REJECTED);
    // with a fresh key whose result is known as well it opens: nothing but the key was wrong
    edited.sending = None;
    let other = entrenous_primitives::x25519::SecretKey::<SignedPrekey>::from_bytes(&[5; 32]);
    let peer = entrenous_primitives::x25519::PublicKey::<SignedPrekey>::from_bytes(&bobs_new).unwrap();
    let dh = *other.agree(&peer).unwrap().as_bytes();
    let fresh = Forger::next_chain(&edited.encode_canonical(), *other.public_key().as_bytes(), &dh);
    assert_eq!(bob.read(&fresh.message(b"new key")), b"new key");
}
