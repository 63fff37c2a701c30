//! Who writes: quoting the account, the list or all that is public of another; handshakes for others.

use super::{
    sharing::{SessionKeys, differ},
    *,
};

/// Mallory, who has a device but not Alice's account key, wants to be taken for Alice.
// spec: AGREE-7, AGREE-14, IDENTITY-4
#[test]
fn quoting_the_account_of_another() {
    let (alice, bob, mallory) = (TestDevice::new(1), TestDevice::new(2), TestDevice::new(4));
    let honest = mallory.initiate(&bob, true, 1).handshake;
    assert!(bob.respond(&honest).is_ok());
    let unknown = AgreementError::Identity(IdentityError::UnknownDevice);
    let is = |handshake: Vec<u8>, error| {
        // refused at the verification already, before any secret is derived
        let verified = ReceivedHandshake::parse(&handshake).unwrap().verify(bob.keys.public().id, TODAY);
        assert_eq!(verified.err(), Some(error));
    };
    let alices_list = Some(alice.list.signed().clone());
    is(edited(&honest, |it| it.device_list = alices_list.clone()), unknown);
    is(
        edited(&honest, |it| {
            it.device_list = alices_list.clone();
            it.device_id = alice.keys.public().id.get();
        }),
        unknown,
    );
    // one of the two keys is Alice's
    is(
        edited(&honest, |it| {
            it.device_list = alices_list.clone();
            it.device_id = alice.keys.public().id.get();
            it.signing_key = alice.keys.public().signing.as_bytes().to_vec();
        }),
        unknown,
    );
    is(
        edited(&honest, |it| {
            it.device_list = alices_list.clone();
            it.device_id = alice.keys.public().id.get();
            it.agreement_key = alice.keys.public().agreement.as_bytes().to_vec();
        }),
        unknown,
    );
    // a list of Alice's account that Mallory signed
    let mut forged = DeviceListBody::parse(&mallory.list.signed().body).unwrap();
    forged.account_key = *alice.account.verifying_key().as_bytes();
    let forged = forge::sign_body(&mallory.account, &forged);
    let bad_list = AgreementError::Identity(IdentityError::BadSignature("device list"));
    is(edited(&honest, |it| it.device_list = Some(forged)), bad_list);
    // Alice's device in Mallory's own list: her entry is signed for her own account
    let borrowed = forge::list(&mallory.account, vec![received_entry(&alice)], TODAY);
    let borrowed = edited(&alice.initiate(&bob, true, 1).handshake, |it| it.device_list = Some(borrowed));
    is(borrowed, AgreementError::Identity(IdentityError::BadSignature("device entry")));
    // and Mallory's own machinery stops before all that
    let initiator =
        Initiator::new(&mallory.keys, &alice.list, bob.bundle(true), NonZeroU64::MIN, Mode::Fresh, TODAY);
    assert_eq!(initiator.err(), Some(unknown));
}

/// Everything of Alice's but her device's secret keys: the handshake verifies, and no message opens.
#[test]
fn quoting_all_that_is_public_of_another() {
    let (alice, bob, mallory) = (TestDevice::new(1), TestDevice::new(2), TestDevice::new(4));
    let secret = mallory.initiate(&bob, true, 1);
    let (ours, handshake) = (secret.session, secret.handshake);
    let handshake = edited(&handshake, |it| {
        it.device_list = Some(alice.list.signed().clone());
        it.device_id = alice.keys.public().id.get();
        it.signing_key = alice.keys.public().signing.as_bytes().to_vec();
        it.agreement_key = alice.keys.public().agreement.as_bytes().to_vec();
    });
    let responder = bob.respond(&handshake).expect("all of it is public");
    assert_ne!(responder.session.transcript, ours.transcript);
    differ(&responder, &SessionKeys::of(&ours));
}

// spec: AGREE-13, AGREE-16
#[test]
fn handshakes_for_others_and_of_modes_that_contradict() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let honest = alice.initiate(&bob, true, 1).handshake;
    let is = |edit: &dyn Fn(&mut proto::Handshake), error: AgreementError| {
        assert_eq!(bob.respond(&edited(&honest, edit)).err(), Some(error));
    };
    is(&|it| it.recipient_device_id ^= 1, AgreementError::WrongRecipient);
    let continued = |it: &mut proto::Handshake| (it.mode, it.continued_secret_id) = (2, vec![7; 8]);
    is(&continued, AgreementError::WrongKey);
    for mode in [0, 4, u32::MAX] {
        assert!(is_malformed(bob.respond(&edited(&honest, |it| it.mode = mode))), "{mode}");
    }
    let malformed = |edit: &dyn Fn(&mut proto::Handshake)| {
        assert!(is_malformed(bob.respond(&edited(&honest, edit))));
    };
    malformed(&|it| it.mode = 2);
    malformed(&|it| (it.mode, it.continued_secret_id) = (3, vec![7; 8]));
    malformed(&|it| it.continued_secret_id = vec![7; 8]);
    malformed(&|it| it.counter = 0);
    malformed(&|it| it.recipient_list_epoch = 0);
    malformed(&|it| it.one_time_prekey_id = Some(0));
    malformed(&|it| it.device_list = None);
    // what the handshake names is what must be used
    is(&|it| it.signed_prekey_id += 1, AgreementError::WrongKey);
    is(&|it| it.one_time_prekey_id = Some(2), AgreementError::WrongKey);
    is(&|it| it.recipient_list_epoch += 1, AgreementError::WrongKey);
    let verified = ReceivedHandshake::parse(&honest).unwrap().verify(bob.keys.public().id, TODAY).unwrap();
    let without = verified.agree(&bob.keys, OwnList::from(&bob.list), &bob.signed, None, None);
    assert_eq!(without.err(), Some(AgreementError::WrongKey));
    // another device of the responder's has nothing to say to it
    let verified = ReceivedHandshake::parse(&honest).unwrap().verify(bob.keys.public().id, TODAY).unwrap();
    let other = verified.agree(&alice.keys, OwnList::from(&bob.list), &bob.signed, Some(&bob.one_time), None);
    assert_eq!(other.err(), Some(AgreementError::WrongKey));
}

/// What a caller asks for before it looks for keys.
// spec: AGREE-20
#[test]
fn a_handshake_says_what_it_names() {
    let (alice, bob) = (TestDevice::new(1), TestDevice::new(2));
    let sent = edited(&alice.initiate(&bob, true, 1).handshake, |it| {
        (it.counter, it.recipient_list_epoch) = (7, 3);
    });
    let verified = ReceivedHandshake::parse(&sent).and_then(|it| it.verify(bob.keys.public().id, TODAY));
    let verified = verified.expect("nothing of it is compared yet");
    assert_eq!((verified.counter().get(), verified.recipient_list_epoch()), (7, 3));
    assert_eq!(verified.one_time_prekey(), Some(bob.one_time.public().id));
}
