//! What the network, a stranger and a thief of the code try.

use super::*;

// spec: IDENTITY-83, IDENTITY-84, WIRE-121
#[test]
fn every_changed_byte_of_every_box_is_refused_and_changes_nothing() {
    let linking = linking();
    let before = records(&linking);
    for (i, sealed) in linking.boxes.iter().enumerate() {
        for byte in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[byte] ^= 1;
            let error = match i {
                0 => linking.home.offered.receive(&bad, at(2), &mut rng()).err(),
                1 => linking.requesting.receive(&bad, at(2)).err(),
                _ => linking.comparing.receive(&bad, at(2)).err(),
            };
            match byte {
                0 | 1 => assert!(matches!(error, Some(LinkError::Malformed(_))), "{i} {byte}"),
                _ => assert_eq!(error, Some(LinkError::NotAuthentic), "{i} {byte}"),
            }
        }
        for bad in [&sealed[1..], &sealed[..sealed.len() - 1], &[]] {
            let error = linking.home.offered.receive(bad, at(2), &mut rng()).err();
            assert!(matches!(error, Some(LinkError::Malformed(m)) if m.reason == Reason::Length));
        }
    }
    assert_eq!(records(&linking), before);
}

/// Who photographed the code can seal what he likes, but sign nothing for another device.
// spec: IDENTITY-82
#[test]
fn every_changed_byte_of_a_request_is_refused_even_from_who_has_the_code() {
    let linking = linking();
    let (offered, code) = (&linking.home.offered, linking.home.scan());
    let content = linking.requesting.request.bytes.clone();
    for byte in 0..content.len() {
        let mut bad = content.clone();
        bad[byte] ^= 1;
        let sealed = sealed::seal(Step::Request, &code, &code.hash(), &bad, &mut rng()).unwrap();
        let error = offered.receive(&sealed, at(2), &mut rng()).err();
        assert!(matches!(error, Some(LinkError::Malformed(_) | LinkError::Identity(_))), "byte {byte}");
    }
}

// spec: IDENTITY-82
#[test]
fn a_request_for_one_code_is_none_for_another() {
    let [one, other] = [Home::new(1), Home::new(2)];
    let new = device(50);
    let (requesting, sealed) = request(one.scan(), &new);
    assert_eq!(other.offered.receive(&sealed, at(2), &mut rng()).err(), Some(LinkError::NotAuthentic));

    // the same account, another code; sealed anew by somebody who has both codes
    let second = Offered::new(*one.offered.code().account(), at(0), &mut Scripted::new(7)).unwrap();
    for (offered, whose) in [(&second, "link request"), (&other.offered, "device entry")] {
        let code = offered.code();
        let moved =
            sealed::seal(Step::Request, code, &code.hash(), &requesting.request.bytes, &mut rng()).unwrap();
        let error = offered.receive(&moved, at(2), &mut rng()).err();
        assert_eq!(error, Some(LinkError::Identity(IdentityError::BadSignature(whose))));
    }
}

/// A thief has photographed the code and is first. Nothing that he can send makes the two screens agree.
// spec: IDENTITY-80, IDENTITY-86
#[test]
fn a_photographed_code_gives_two_strings() {
    let home = Home::new(1);
    let (victim, thief) = (device(50), device(51));
    let (requesting, _) = request(home.scan(), &victim);
    let (_, his) = request(home.scan(), &thief);
    let (requested, reveal) = home.offered.receive(&his, at(2), &mut rng()).unwrap();
    assert_eq!(requested.device(), thief.public());

    // the reveal answers the thief's request: passed on it doesn't open
    assert_eq!(requesting.receive(&reveal, at(2)).err(), Some(LinkError::NotAuthentic));
    // he opens it, and seals the nonce anew for the victim's request
    let his_request = requested.request.hash(&home.scan());
    let nonce = sealed::open(Step::Reveal, &home.scan(), &his_request, &reveal).unwrap();
    let hash = requesting.request.hash(&home.scan());
    let again = sealed::seal(Step::Reveal, &home.scan(), &hash, &nonce, &mut rng()).unwrap();
    let comparing = requesting.receive(&again, at(2)).unwrap();
    assert_ne!(comparing.short_string().emoji(), requested.short_string().emoji());
    assert_ne!(comparing.short_string().decimals(), requested.short_string().decimals());
    // any other nonce, which he might have searched for, is refused
    for byte in 0..32 {
        let mut other = nonce.to_vec();
        other[byte] ^= 1;
        let bad = sealed::seal(Step::Reveal, &home.scan(), &hash, &other, &mut rng()).unwrap();
        assert_eq!(requesting.receive(&bad, at(2)).err(), Some(LinkError::WrongNonce));
    }
    // and the approval of the thief's device tells the victim nothing, even sealed anew for it
    let list = home.list(&[&thief], TODAY);
    let (_, approval) = requested.approve(&list, at(3), &mut rng()).unwrap();
    assert_eq!(comparing.receive(&approval, at(3)).err(), Some(LinkError::NotAuthentic));
    assert_eq!(
        comparing.receive(&approval_of(&comparing, &list), at(3)).err(),
        Some(LinkError::Identity(IdentityError::UnknownDevice))
    );
}

/// An approval with any list, as somebody who has the code and the nonce can seal it.
fn approval_of(comparing: &Comparing, list: &DeviceList) -> Vec<u8> {
    let context = transcript(&comparing.request.hash(&comparing.code), comparing.nonce.as_bytes());
    let content = list.signed().encode_canonical();
    sealed::seal(Step::Approval, &comparing.code, &context, &content, &mut rng()).unwrap()
}

// spec: IDENTITY-88
#[test]
fn a_new_device_believes_its_accounts_signature_alone() {
    let Linking { home, device, comparing, .. } = linking();
    let refused = |list: &DeviceList| match comparing.receive(&approval_of(&comparing, list), at(3)) {
        Err(LinkError::Identity(error)) => error,
        other => panic!("{other:?}"),
    };
    let mine = [&device];
    assert_eq!(refused(&home.list(&[], TODAY)), IdentityError::UnknownDevice);
    assert_eq!(refused(&Home::new(2).list(&mine, TODAY)), IdentityError::IdentityMismatch);
    assert_eq!(refused(&home.list(&mine, TODAY.plus(2))), IdentityError::FutureDated);
    assert_eq!(refused(&home.list(&mine, Day(TODAY.0 - 90))), IdentityError::Expired);
    assert!(comparing.receive(&approval_of(&comparing, &home.list(&mine, TODAY)), at(3)).is_ok());

    // the account's list with another account's signature
    let mut forged = home.list(&mine, TODAY).signed().clone();
    forged.signature = Home::new(2).list(&mine, TODAY).signed().signature.clone();
    let context = transcript(&comparing.request.hash(&comparing.code), comparing.nonce.as_bytes());
    let content = forged.encode_canonical();
    let bad = sealed::seal(Step::Approval, &comparing.code, &context, &content, &mut rng()).unwrap();
    assert_eq!(
        comparing.receive(&bad, at(3)).err(),
        Some(LinkError::Identity(IdentityError::BadSignature("device list")))
    );
}

// spec: IDENTITY-88
#[test]
fn only_a_list_that_has_the_device_is_an_approval() {
    let Linking { home, device, requested, .. } = linking();
    let refused = |list: &DeviceList| requested.approve(list, at(3), &mut rng()).err();
    let unknown = Some(LinkError::Identity(IdentityError::UnknownDevice));
    assert_eq!(refused(&home.list(&[], TODAY)), unknown);
    assert_eq!(refused(&home.list(&[&self::device(51)], TODAY)), unknown);
    assert_eq!(
        refused(&Home::new(2).list(&[&device], TODAY)),
        Some(LinkError::Identity(IdentityError::IdentityMismatch))
    );
}
