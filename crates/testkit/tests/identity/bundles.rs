//! What a directory may try: lists and prekeys out of date, swapped or borrowed.

use super::*;

// spec: AGREE-7, IDENTITY-6, IDENTITY-7
#[test]
fn lists_out_of_date() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let dated = |issued: Day| {
        let list = forge::list(&bob.account, vec![received_entry(&bob)], issued);
        proto::Bundle { device_list: Some(list), ..bundle_of(&bob) }
    };
    let handshake = |issued: Day| {
        let list = forge::list(&alice.account, vec![received_entry(&alice)], issued);
        edited(&alice.initiate(&bob, true, 1).handshake, |it| it.device_list = Some(list))
    };
    let day = |offset: i32| Day(TODAY.0.checked_add_signed(offset).unwrap());
    for (offset, expected) in [
        (2, Some(IdentityError::FutureDated)),
        (1, None),
        (0, None),
        (-89, None),
        (-90, Some(IdentityError::Expired)),
        (-400, Some(IdentityError::Expired)),
    ] {
        let expected = expected.map(AgreementError::Identity);
        assert_eq!(verify(&dated(day(offset)), &bob).err(), expected, "{offset}");
        assert_eq!(bob.respond(&handshake(day(offset))).err(), expected, "{offset}");
    }
    // an initiator stops when a list has expired in its hands, the own one included
    let expired = AgreementError::Identity(IdentityError::Expired);
    let late = TODAY.plus(90);
    let initiator =
        Initiator::new(&alice.keys, &alice.list, bob.bundle(true), NonZeroU64::MIN, Mode::Fresh, late);
    assert_eq!(initiator.err(), Some(expired));
    let renewed = forge::list(&alice.account, vec![received_entry(&alice)], late);
    let renewed = forge::received(renewed).verify(late).expect("current");
    let initiator =
        Initiator::new(&alice.keys, &renewed, bob.bundle(true), NonZeroU64::MIN, Mode::Fresh, late);
    assert_eq!(initiator.err(), Some(expired));
}

// spec: AGREE-1, AGREE-4, AGREE-17
#[test]
fn prekeys_out_of_date() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let entry = received_entry(&bob);
    let dated = |kind: u8, issued: u32, expires: u32| {
        let mut bundle = bundle_of(&bob);
        let prekey = if kind == 1 { &mut bundle.signed_prekey } else { &mut bundle.one_time_prekey };
        let prekey = prekey.as_mut().unwrap();
        (prekey.issued_day, prekey.expires_day) = (issued, expires);
        forge::sign_prekey(prekey, kind, &bob.keys, &bob.account_id(), &entry);
        bundle
    };
    for kind in [1, 2] {
        let ahead = |days: u32| verify(&dated(kind, TODAY.0 + days, TODAY.0 + 90), &bob);
        assert_eq!(ahead(2).err(), Some(AgreementError::FutureDated));
        assert!(ahead(1).is_ok());
    }
    // a stale signed prekey is the application's decision, and works when it is accepted
    let stale = dated(1, TODAY.0 - 90, TODAY.0);
    assert_eq!(verify(&stale, &bob).err(), Some(AgreementError::Stale));
    let accepted = verify_on(&stale, &bob, TODAY, StalePrekeys::Accept).expect("accepted");
    let secret = initiate(&alice, accepted).expect("agrees");
    let responder = bob.respond(&secret.handshake).expect("agrees");
    assert_eq!(responder.session.transcript, secret.session.transcript);
    assert!(verify(&dated(1, TODAY.0 - 89, TODAY.0 + 1), &bob).is_ok());
    // an expired one-time prekey is left unused
    let bundle = verify(&dated(2, TODAY.0 - 90, TODAY.0), &bob).expect("the rest is current");
    assert!(!bundle.has_one_time_prekey());
    let secret = initiate(&alice, bundle).expect("agrees");
    let sent = proto::Handshake::decode_strict(&secret.handshake).unwrap();
    assert_eq!(sent.one_time_prekey_id, None);
    let responder = bob.respond(&secret.handshake).expect("agrees");
    assert_eq!(responder.session.transcript, secret.session.transcript);
    // but a false signature on it is not overlooked for that
    let mut bad = dated(2, TODAY.0 - 90, TODAY.0);
    bad.one_time_prekey.as_mut().unwrap().issued_day -= 1;
    assert_eq!(verify(&bad, &bob).err(), Some(AgreementError::BadPrekeySignature));
}

/// Everything a directory can put together from what it was given, but for leaving the one-time prekey out.
// spec: AGREE-2, AGREE-5, IDENTITY-12
#[test]
fn bundles_put_together_by_the_directory() {
    let (bob, carol) = (TestDevice::new(2), TestDevice::new(3));
    let (bobs, carols) = (bundle_of(&bob), bundle_of(&carol));
    let bad_prekey = Some(AgreementError::BadPrekeySignature);
    let is = |bundle: proto::Bundle, error| assert_eq!(verify(&bundle, &bob).err(), error);
    is(bobs.clone(), None);
    is(proto::Bundle { one_time_prekey: None, ..bobs.clone() }, None);
    // prekeys of another account
    is(proto::Bundle { signed_prekey: carols.signed_prekey.clone(), ..bobs.clone() }, bad_prekey);
    is(proto::Bundle { one_time_prekey: carols.one_time_prekey.clone(), ..bobs.clone() }, bad_prekey);
    // a one-time prekey passed off as signed, and the other way round
    is(proto::Bundle { signed_prekey: bobs.one_time_prekey.clone(), ..bobs.clone() }, bad_prekey);
    is(proto::Bundle { one_time_prekey: bobs.signed_prekey.clone(), ..bobs.clone() }, bad_prekey);
    // KEM keys or curve keys exchanged under their signatures
    let kem_of = |from: &Option<proto::Prekey>| from.as_ref().unwrap().kem.clone();
    let mut swapped = bobs.clone();
    swapped.signed_prekey.as_mut().unwrap().kem = kem_of(&carols.signed_prekey);
    is(swapped, bad_prekey);
    let mut swapped = bobs.clone();
    swapped.one_time_prekey.as_mut().unwrap().kem = kem_of(&bobs.signed_prekey);
    is(swapped, bad_prekey);
    let mut swapped = bobs.clone();
    swapped.one_time_prekey.as_mut().unwrap().curve = bobs.signed_prekey.as_ref().unwrap().curve.clone();
    is(swapped, bad_prekey);
    // another account's bundle, or its list with Bob's prekeys
    is(carols.clone(), Some(IdentityError::IdentityMismatch.into()));
    let list_of_carol = proto::Bundle { device_list: carols.device_list, ..bobs.clone() };
    is(list_of_carol, Some(IdentityError::IdentityMismatch.into()));
    // a device that isn't listed
    is(proto::Bundle { device_id: carols.device_id, ..bobs }, Some(IdentityError::UnknownDevice.into()));
}

/// Two devices of one account: the prekeys of one don't serve for the other.
// spec: AGREE-2
#[test]
fn prekeys_of_another_device_of_the_account() {
    let bob = TestDevice::new(2);
    let second = DeviceKeys::generate(&mut ScriptedRng::new(20)).expect("scripted");
    let account = bob.account_id();
    let list = DeviceList::first(&bob.account, &[bob.keys.entry(&account), second.entry(&account)], TODAY);
    let list = list.expect("two devices").signed().clone();
    let both = proto::Bundle { device_list: Some(list), ..bundle_of(&bob) };
    assert!(verify(&both, &bob).is_ok());
    let as_second = proto::Bundle { device_id: second.public().id.get(), ..both };
    assert_eq!(verify(&as_second, &bob).err(), Some(AgreementError::BadPrekeySignature));
}
