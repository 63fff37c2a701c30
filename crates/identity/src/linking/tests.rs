use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use entrenous_primitives::secret::SecretBytes;
use entrenous_wire::{
    Reason, Strict,
    linking::Step,
    proto::{LinkDeviceRecord, LinkPrimaryRecord, LinkRequest, Prekey},
};
use proptest::prelude::*;

use super::*;
use crate::{
    AccountId, AccountKey, Day, DeviceKeys, DeviceList,
    testing::{Scripted, TODAY, account, at, hex, unhex},
};

/// A prekey in its form. Whether its keys and signature hold is not judged here.
fn prekey(id: u8) -> Prekey {
    let key = |len| vec![id; len];
    Prekey {
        id: id.into(),
        curve: key(32),
        kem: key(1568),
        issued_day: 1,
        expires_day: 2,
        signature: key(64),
    }
}

fn device(seed: u64) -> DeviceKeys {
    DeviceKeys::generate(&mut Scripted::new(seed)).unwrap()
}

/// A primary that shows a code, and what it is made of.
struct Home {
    key: AccountKey,
    primary: DeviceKeys,
    offered: Offered,
}

impl Home {
    fn new(seed: u64) -> Self {
        let (key, primary, list) = account(seed);
        let offered = Offered::new(list.account_id(), at(0), &mut Scripted::new(seed + 500)).unwrap();
        Self { key, primary, offered }
    }

    /// What the new device scans.
    fn scan(&self) -> LinkCode {
        LinkCode::parse(&self.offered.code().text()).unwrap()
    }

    /// A list of the account with these devices beside the primary.
    fn list(&self, devices: &[&DeviceKeys], day: Day) -> DeviceList {
        let account = *self.offered.code().account();
        let entries: Vec<_> =
            devices.iter().chain([&&self.primary]).map(|device| device.entry(&account)).collect();
        DeviceList::first(&self.key, &entries, day).unwrap()
    }
}

fn request(code: LinkCode, device: &DeviceKeys) -> (Requesting, Vec<u8>) {
    let rng = &mut Scripted::new(u64::from(device.public().id.get()));
    Requesting::new(code, device, prekey(1), prekey(2), at(1), rng).unwrap()
}

fn rng() -> Scripted {
    Scripted::new(99)
}

/// Every state of one honest linking, and its three boxes.
struct Linking {
    home: Home,
    device: DeviceKeys,
    requesting: Requesting,
    requested: Requested,
    comparing: Comparing,
    list: DeviceList,
    boxes: [Vec<u8>; 3],
}

fn linking() -> Linking {
    let (home, device) = (Home::new(1), device(50));
    let (requesting, first) = request(home.scan(), &device);
    let (requested, second) = home.offered.receive(&first, at(2), &mut rng()).unwrap();
    let comparing = requesting.receive(&second, at(2)).unwrap();
    let list = home.list(&[&device], TODAY);
    let (_, third) = requested.approve(&list, at(3), &mut rng()).unwrap();
    Linking { home, device, requesting, requested, comparing, list, boxes: [first, second, third] }
}

/// What the record of each state is, to see that a refusal changes nothing.
fn records(linking: &Linking) -> [Vec<u8>; 4] {
    let Linking { home: Home { offered, .. }, requested, requesting, comparing, .. } = linking;
    let code = |code: &LinkCode| code.payload().as_bytes().to_vec();
    [
        [code(&offered.code), offered.nonce.as_bytes().to_vec()].concat(),
        [code(&requested.code), requested.request.bytes.clone()].concat(),
        [code(&requesting.code), requesting.request.bytes.clone()].concat(),
        [code(&comparing.code), comparing.nonce.as_bytes().to_vec()].concat(),
    ]
}

// spec: IDENTITY-80, IDENTITY-85, IDENTITY-87
#[test]
fn a_device_is_linked() {
    let linking = linking();
    assert_eq!(linking.requested.short_string(), linking.comparing.short_string());
    assert_eq!(linking.requested.device(), linking.device.public());
    assert_eq!(linking.requested.entry(), &linking.device.entry(&linking.list.account_id()));

    let (approved, approval) = linking.requested.approve(&linking.list, at(3), &mut rng()).unwrap();
    assert_eq!(approved.device, *linking.device.public());
    assert_eq!(approved.bundle.device_id, linking.device.public().id.get());
    assert_eq!(approved.bundle.signed_prekey, Some(prekey(1)));
    assert_eq!(approved.bundle.one_time_prekey, Some(prekey(2)));

    let linked = linking.comparing.receive(&approval, at(600)).unwrap();
    assert!(linked.list.has(linking.device.public()));
    assert_eq!(linked.list.hash(), linking.list.hash());
}

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

// spec: IDENTITY-81
#[test]
fn five_minutes_and_no_more() {
    let Linking { home, requested, requesting, boxes, list, .. } = linking();
    assert_eq!(home.offered.expires(), at(5));
    assert_eq!(home.offered.receive(&boxes[0], at(5), &mut rng()).err(), Some(LinkError::Expired));
    assert_eq!((requesting.expires(), requested.expires()), (at(6), at(7)));
    assert_eq!(requesting.receive(&boxes[1], at(6)).err(), Some(LinkError::Expired));
    assert_eq!(requested.approve(&list, at(7), &mut rng()).err(), Some(LinkError::Expired));
    let just_before = Timestamp::from_ms(at(7).as_ms() - 1);
    assert!(requested.approve(&list, just_before, &mut rng()).is_ok());
}

// spec: IDENTITY-84
#[test]
fn an_approvals_length_does_not_tell_the_number_of_devices() {
    let Linking { home, device, requested, boxes, .. } = linking();
    let others: Vec<_> = (60..74).map(self::device).collect();
    for count in [0, 1, 3, 7, 14] {
        let devices: Vec<_> = others[..count].iter().chain([&device]).collect();
        let (_, approval) = requested.approve(&home.list(&devices, TODAY), at(3), &mut rng()).unwrap();
        assert_eq!(approval.len(), boxes[2].len());
    }
    assert_eq!(boxes.map(|sealed| sealed.len()), [3645, 63, 2339]);
}

#[test]
fn prekeys_out_of_their_form_are_not_sent() {
    let home = Home::new(1);
    let bad = Prekey { expires_day: 1, ..prekey(2) };
    let error = Requesting::new(home.scan(), &device(50), prekey(1), bad, at(1), &mut rng()).err();
    assert!(matches!(error, Some(LinkError::Malformed(_))));
}

#[test]
fn every_state_goes_on_from_its_record() {
    let Linking { home, requested, requesting, comparing, list, boxes, .. } = linking();
    let string = requested.short_string();

    let stored = |state: Primary| {
        let bytes = state.to_record().encode_canonical();
        let again = Primary::from_record(&LinkPrimaryRecord::decode_strict(&bytes).unwrap()).unwrap();
        assert_eq!(again.to_record().encode_canonical(), bytes);
        again
    };
    let Primary::Offered(offered) = stored(Primary::Offered(home.offered)) else { panic!("offered") };
    assert_eq!(offered.expires(), at(5));
    assert!(offered.receive(&boxes[0], at(2), &mut rng()).is_ok());
    let Primary::Requested(requested) = stored(Primary::Requested(requested)) else { panic!("requested") };
    assert_eq!(requested.short_string(), string);
    let (_, approval) = requested.approve(&list, at(3), &mut rng()).unwrap();

    let stored = |state: NewDevice| {
        let bytes = state.to_record().encode_canonical();
        let again = NewDevice::from_record(&LinkDeviceRecord::decode_strict(&bytes).unwrap()).unwrap();
        assert_eq!(again.to_record().encode_canonical(), bytes);
        again
    };
    let NewDevice::Requesting(requesting) = stored(NewDevice::Requesting(requesting)) else {
        panic!("requesting")
    };
    assert_eq!(requesting.receive(&boxes[1], at(2)).unwrap().short_string(), string);
    let NewDevice::Comparing(comparing) = stored(NewDevice::Comparing(comparing)) else {
        panic!("comparing")
    };
    assert_eq!(comparing.short_string(), string);
    assert!(comparing.receive(&approval, at(3)).is_ok());
}

#[test]
fn records_that_contradict_themselves_are_refused() {
    let Linking { home, requested, comparing, .. } = linking();
    let mut record = Primary::Offered(home.offered).to_record();
    record.nonce[0] ^= 1;
    assert_eq!(Primary::from_record(&record).err(), Some(LinkError::WrongNonce));
    let mut record = Primary::Requested(requested).to_record();
    record.code[16] ^= 1;
    assert!(matches!(Primary::from_record(&record).err(), Some(LinkError::Identity(_))));
    let mut record = NewDevice::Comparing(comparing).to_record();
    record.nonce[31] ^= 1;
    assert_eq!(NewDevice::from_record(&record).err(), Some(LinkError::WrongNonce));
}

#[test]
fn debug_shows_no_secret() {
    let Linking { home, requested, requesting, comparing, .. } = linking();
    let account = home.offered.code().account();
    let redacted = format!("LinkCode({account}, [redacted])");
    let id = comparing.device().id;
    assert_eq!(format!("{:?}", home.offered), format!("Offered({redacted})"));
    assert_eq!(format!("{requested:?}"), format!("Requested({redacted}, {id})"));
    assert_eq!(format!("{requesting:?}"), format!("Requesting({redacted}, {id})"));
    assert_eq!(format!("{comparing:?}"), format!("Comparing({redacted}, {id})"));
    let (primary, device) =
        (Primary::Requested(requested).to_record(), NewDevice::Comparing(comparing).to_record());
    assert_eq!(format!("{primary:?} {device:?}"), "LinkPrimaryRecord { .. } LinkDeviceRecord { .. }");
}

/// The worked example of `docs/spec/identity.md`, which another implementation computed.
// spec: IDENTITY-80, IDENTITY-82, IDENTITY-83, IDENTITY-85
#[test]
fn the_specifications_example_holds() {
    let nonce = [0x44; 32];
    let secret = SecretBytes::from_bytes(&[0x22; 32]);
    let account = AccountId::from_bytes([0x33; 32]);
    let code = LinkCode::new([0x11; 16], secret, account, commitment(&nonce));
    let text = code.text();
    assert_eq!(text.len(), 237);
    assert!(text.starts_with("EN1D-248H-248H-248H-248H-248H-248H-24H2-48H2-"));
    assert!(text.ends_with("-TC5B-2YHH-WP33-KPBA-33B1-GBSE-BENY-0S05-XTD7-3RM5-HT5C-4YKC-8QJE-N7CZ-Z8"));
    assert_eq!(hex(code.commitment()), "d30ab17a31e58639d96a18d6182f2e5babe06405ee9a71e2858e8ac27a6c45e4");
    assert_eq!(hex(&code.hash()), "5b2fb35890d2e7a17e502c55fa341e2a65b05a5526212a902e5be5b245eb40c6");
    let request = request_hash(&code.hash(), b"abc");
    assert_eq!(hex(&request), "227f56fc2d50f76abe00d99569f71a8a14e53f544091e3ca69f0f53fd60ef368");
    assert_eq!(
        hex(&transcript(&request, &nonce)),
        "1d9689a544f49c2820d9102f047500f4c5fa58635a02a03fba5789b6c6b4ef2f"
    );
    assert_eq!(short_string(&request, &nonce).to_string(), "8732 8419 0452");

    let reveal = unhex(concat!(
        "0102555555555555555555555555f746d2f538013a255a58e2b818b32ab2be057e07231a9e77fea2a95b0a5a3a01",
        "26b993520295b1d6299379e4cd26f6420b",
    ));
    assert_eq!(*sealed::open(Step::Reveal, &code, &request, &reveal).unwrap(), nonce);
}

proptest! {
    // spec: IDENTITY-85
    #[test]
    fn two_transcripts_give_two_strings(request: [u8; 32], nonce: [u8; 32], at in 0..64_usize, bit in 0..8_u8) {
        let (mut other_request, mut other_nonce) = (request, nonce);
        match at {
            0..32 => other_request[at] ^= 1 << bit,
            _ => other_nonce[at - 32] ^= 1 << bit,
        }
        let (one, other) = (short_string(&request, &nonce), short_string(&other_request, &other_nonce));
        prop_assert_ne!(one.emoji(), other.emoji());
        prop_assert_ne!(one.decimals(), other.decimals());
    }

    #[test]
    fn arbitrary_boxes_and_codes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4000), text: String) {
        let home = Home::new(1);
        prop_assert!(home.offered.receive(&bytes, at(2), &mut rng()).is_err());
        prop_assert!(LinkCode::parse(&text).is_err());
        prop_assert!(LinkRequest::decode_strict(&bytes).is_err());
    }
}
